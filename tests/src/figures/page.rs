//! The parts of a page that a program writes: each stands between two comments.

use std::fs;

use anyhow::{Context, Result};

use crate::workspace;

/// Replaces a part of a page, whose path is relative to the workspace, by `text`.
///
/// # Errors
/// The page has no such part, or cannot be written.
pub(crate) fn write(page: &str, part: &str, text: &str) -> Result<()> {
    let file = workspace::root().join(page);
    let old = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let new = replaced(&old, part, text).with_context(|| format!("no place for it in {}", file.display()))?;
    fs::write(&file, new).with_context(|| format!("cannot write {}", file.display()))
}

/// The page with a text between the comments of a part.
fn replaced(page: &str, part: &str, text: &str) -> Result<String> {
    let (start, end) = (format!("<!-- {part} -->\n"), format!("<!-- end of {part} -->"));
    let (before, rest) = page.split_once(&start).with_context(|| format!("{start:?} is missing"))?;
    let (_, after) = rest.split_once(&end).with_context(|| format!("{end:?} is missing"))?;
    Ok(format!("{before}{start}```text\n{text}\n```\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_the_part_is_replaced() {
        let page = "# Page\n<!-- a -->\nold\n<!-- end of a -->\n<!-- b -->\nother\n<!-- end of b -->\n";
        let new = replaced(page, "a", "new");
        let expected =
            "# Page\n<!-- a -->\n```text\nnew\n```\n<!-- end of a -->\n<!-- b -->\nother\n<!-- end of b -->\n";
        assert_eq!(new.ok().as_deref(), Some(expected));
        assert!(replaced(page, "c", "new").is_err());
    }
}
