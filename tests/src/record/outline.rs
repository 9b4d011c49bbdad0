//! What two recordings of the same story have in common: their words, and not the times, numbers and addresses.

use std::collections::BTreeSet;

use anyhow::Result;
use svg::node::element::tag::Type;
use svg::parser::Event;

/// Reads the words of a picture, row by row, with `#` for whatever has a number in it.
///
/// What a host tells that stayed what it was is left out: how much of its units' ways it sees depends on who is quicker.
///
/// # Errors
/// It is no SVG.
pub fn outline(picture: &str) -> Result<BTreeSet<String>> {
    let (mut rows, mut row, mut inside) = (BTreeSet::new(), String::new(), false);
    for event in svg::read(picture)? {
        match event {
            Event::Tag("text", kind, _) => inside = kind == Type::Start,
            // A row is a group.
            Event::Tag("g", ..) => {
                let stayed = row.contains(" ago: ") && !row.contains("-&gt;");
                rows.extend(Some(masked(&row)).filter(|row| !row.is_empty() && !stayed));
                row.clear();
            }
            Event::Text(text) if inside => row.extend([text, " "]),
            Event::Error(error) => return Err(error.into()),
            Event::Tag(..) | Event::Text(_) | Event::Comment(_) | Event::Declaration(_) | Event::Instruction(_) => {}
        }
    }
    Ok(rows)
}

/// A row without what is no whole word: what is drawn of other characters, single letters, and what its edge cuts off.
fn masked(row: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in row.split_whitespace() {
        let word = if word.contains(|character: char| character.is_ascii_digit()) { "#" } else { word };
        let letters = word.chars().filter(|character| character.is_alphabetic()).count();
        if (letters > 1 && !word.ends_with('…')) || (word == "#" && words.last() != Some(&"#")) {
            words.push(word);
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{masked, outline};

    #[test]
    fn numbers_are_masked_and_rules_left_out() {
        assert_eq!(masked("nginx.service is inactive (bad for 3s)"), "nginx.service is inactive (bad for #");
        assert_eq!(masked("1min 4s ago: Master -&gt; Backup:"), "# ago: Master -&gt; Backup:");
        assert_eq!(masked("── 1, trouble first ────"), "# trouble first");
        assert_eq!(masked("Last 15m: ·····B M now is Mast…"), "Last # now is");
    }

    #[test]
    fn the_texts_of_a_picture_are_told_and_nothing_else() -> anyhow::Result<()> {
        let picture = "<svg><title>no</title><style>no</style><g><g><text x=\"1\">\nweb  is\n</text><text>up</text></g>\
                       <g><text>2s ago: Backup: no</text></g><g><text>2s ago: Master -&gt; Backup: yes</text></g></g></svg>";
        let told: Vec<String> = outline(picture)?.into_iter().collect();
        assert_eq!(told, ["# ago: Master -&gt; Backup: yes", "web is up"]);
        Ok(())
    }
}
