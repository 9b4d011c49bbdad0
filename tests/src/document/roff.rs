use super::{At, Block, Document};

/// Takes a page of the manual apart.
pub(super) fn read(text: &str) -> Document {
    let mut page = Document::default();
    let mut heading = String::new();
    let mut block: Option<At<Block>> = None;
    for (number, source) in text.lines().enumerate() {
        let line = number + 1;
        if source == ".nf" {
            let empty = Block { heading: heading.clone(), ..Block::default() };
            block = Some(At { line: line + 1, what: empty });
        } else if source == ".fi" {
            page.blocks.extend(block.take());
        } else if let Some(block) = &mut block {
            block.what.text.push_str(&plain(source));
            block.what.text.push('\n');
        } else if let Some(name) = source.strip_prefix(".SH ") {
            name.clone_into(&mut heading);
        } else {
            page.words.extend(marked(source).into_iter().map(|what| At { line, what }));
        }
    }
    page
}

/// What escapes of a text stand for.
fn plain(text: &str) -> String {
    text.replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\")
}

/// The words of a line that are bold or italic; what follows one another without a space is one.
fn marked(line: &str) -> Vec<String> {
    if let Some(whole) = line.strip_prefix(".B ").or_else(|| line.strip_prefix(".I ")) {
        return vec![plain(whole)];
    }
    let mut words = Vec::new();
    let mut word = String::new();
    // What stands before the first change of the font is roman.
    for (number, piece) in line.split("\\f").enumerate() {
        let (font, text) = if number == 0 { ("R", piece) } else { piece.split_at(piece.len().min(1)) };
        if font != "R" {
            word.push_str(&plain(text));
        } else if !text.is_empty() && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[cfg(test)]
mod tests {
    use super::read;

    const PAGE: &str = ".TH x 8\n.SH ONE\nRun \\fBvrrp\\-x@\\fR\\fINAME\\fR\\fB.target\\fR or \\fBls\\fR, not \\fIthat\\fR.\n.nf\n[a]\n\
                        b = \"c\\-d\"\n.fi\n.B whole line\n";

    #[test]
    fn a_page_is_taken_apart_with_its_lines() {
        let page = read(PAGE);
        let [block] = &page.blocks[..] else { panic!("{:?}", page.blocks) };
        assert_eq!((block.line, &*block.what.heading, &*block.what.text), (5, "ONE", "[a]\nb = \"c-d\"\n"));
        let words: Vec<_> = page.words.iter().map(|word| format!("{} {}", word.line, word.what)).collect();
        assert_eq!(words, ["3 vrrp-x@NAME.target", "3 ls", "3 that", "8 whole line"]);
    }
}
