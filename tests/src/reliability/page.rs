//! The table in docs/reliability.md: each case stands between two comments.

use std::fs;

use anyhow::{Context, Result};

use super::row::Row;
use super::{Case, table};
use crate::workspace;

/// Replaces a case's part of the page.
pub(super) fn write(case: Case, rows: &[Row]) -> Result<()> {
    let file = workspace::root().join("docs/reliability.md");
    let page = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let table = format!("{}\n{}", table::head(), table::rows(rows));
    let page =
        replaced(&page, &case.name(), &table).with_context(|| format!("no place for it in {}", file.display()))?;
    fs::write(&file, page).with_context(|| format!("cannot write {}", file.display()))
}

/// The page with a table between the comments of a case.
fn replaced(page: &str, case: &str, table: &str) -> Result<String> {
    let (start, end) = (format!("<!-- {case} -->\n"), format!("<!-- end of {case} -->"));
    let (before, rest) = page.split_once(&start).with_context(|| format!("{start:?} is missing"))?;
    let (_, after) = rest.split_once(&end).with_context(|| format!("{end:?} is missing"))?;
    Ok(format!("{before}{start}```text\n{table}\n```\n{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_the_part_of_the_case_is_replaced() {
        let page = "# Page\n<!-- a -->\nold\n<!-- end of a -->\n<!-- b -->\nother\n<!-- end of b -->\n";
        let new = replaced(page, "a", "new");
        let expected =
            "# Page\n<!-- a -->\n```text\nnew\n```\n<!-- end of a -->\n<!-- b -->\nother\n<!-- end of b -->\n";
        assert_eq!(new.ok().as_deref(), Some(expected));
        assert!(replaced(page, "c", "new").is_err());
    }
}
