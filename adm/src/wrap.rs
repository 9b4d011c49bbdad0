//! Lines of words.

/// Breaks text at spaces into lines of at most `width` columns. A word that is longer stays whole.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(word) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// How many columns text takes. Names, addresses and units are ASCII; other text counts a column a character.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_at_spaces_only() {
        assert_eq!(wrap("a bb ccc", 4), ["a bb", "ccc"]);
        assert_eq!(wrap("x 2001:db8::10/64 y", 5), ["x", "2001:db8::10/64", "y"]);
        assert_eq!(wrap("", 5), Vec::<String>::new());
    }
}
