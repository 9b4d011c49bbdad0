use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::{At, Block, Document};

/// Takes a page of Markdown apart.
pub(super) fn read(text: &str) -> Document {
    let mut reader = Reader::default();
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        let line = 1 + text[..range.start].matches('\n').count();
        match event {
            Event::Start(tag) => reader.start(tag, line),
            Event::End(tag) => reader.end(tag),
            Event::Code(code) => {
                reader.text(&code);
                reader.page.words.push(At { line, what: code.into_string() });
            }
            Event::Text(text) => reader.text(&text),
            Event::Html(html) => {
                let inner = html.trim().strip_prefix("<!--").and_then(|html| html.strip_suffix("-->"));
                reader.comment = inner.unwrap_or_default().trim().to_owned();
            }
            Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::InlineHtml(_)
            | Event::FootnoteReference(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::Rule
            | Event::TaskListMarker(_) => {}
        }
    }
    reader.page
}

/// The page so far, and what is open.
#[derive(Default)]
struct Reader {
    page: Document,
    heading: String,
    in_heading: bool,
    comment: String,
    block: Option<At<Block>>,
}

impl Reader {
    fn start(&mut self, tag: Tag<'_>, line: usize) {
        // A comment is a block itself, which ends before what it is about begins.
        if tag == Tag::HtmlBlock {
            return;
        }
        let comment = std::mem::take(&mut self.comment);
        if let Tag::CodeBlock(kind) = tag {
            let (language, line) = match kind {
                CodeBlockKind::Fenced(language) => (language.into_string(), line + 1),
                CodeBlockKind::Indented => (String::new(), line),
            };
            let block = Block { language, heading: self.heading.clone(), comment, text: String::new() };
            self.block = Some(At { line, what: block });
        } else if let Tag::Heading { .. } = tag {
            self.in_heading = true;
            self.heading.clear();
        } else if let Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } = tag {
            self.page.links.push(At { line, what: dest_url.into_string() });
        }
    }

    fn end(&mut self, tag: TagEnd) {
        if tag == TagEnd::CodeBlock {
            self.page.blocks.extend(self.block.take());
        } else if matches!(tag, TagEnd::Heading(_)) {
            self.in_heading = false;
            let anchor = anchor(&self.heading, &self.page.anchors);
            self.page.anchors.push(anchor);
        }
    }

    fn text(&mut self, text: &str) {
        if let Some(block) = &mut self.block {
            block.what.text.push_str(text);
        } else if self.in_heading {
            self.heading.push_str(text);
        }
    }
}

/// The name by which a link leads to a heading, as the forges make it.
fn anchor(heading: &str, taken: &[String]) -> String {
    let kept = heading.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    let name: String =
        kept.flat_map(char::to_lowercase).map(|letter| if letter == ' ' { '-' } else { letter }).collect();
    let later = (1..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.clone()).chain(later).find(|name| !taken.contains(name)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::document::{At, Block};

    const PAGE: &str = "# One `a` page\n\nSee `vrrpadm why` and [that](other.md#b).\n\n<!-- table -->\n```text\n1\n2\n```\n\n\
                        ## Again\n\n    indented\n\n| `cell` | [x](y.md) |\n|---|---|\n\n## Again\n\nText\n```sh\nls\n```\n";

    fn block(line: usize, language: &str, heading: &str, comment: &str, text: &str) -> At<Block> {
        let [language, heading, comment, text] = [language, heading, comment, text].map(str::to_owned);
        At { line, what: Block { language, heading, comment, text } }
    }

    #[test]
    fn a_page_is_taken_apart_with_its_lines() {
        let page = read(PAGE);
        let blocks = [
            block(7, "text", "One a page", "table", "1\n2\n"),
            block(13, "", "Again", "", "indented\n"),
            block(22, "sh", "Again", "", "ls\n"),
        ];
        assert_eq!(page.blocks, blocks);
        let told = |found: &[At<String>]| found.iter().map(|at| format!("{} {}", at.line, at.what)).collect::<Vec<_>>();
        assert_eq!(told(&page.words), ["1 a", "3 vrrpadm why", "15 cell"]);
        assert_eq!(told(&page.links), ["3 other.md#b", "15 y.md"]);
        assert_eq!(page.anchors, ["one-a-page", "again", "again-1"]);
    }
}
