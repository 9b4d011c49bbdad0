//! The rule that whatever the README, `docs/` and the manual show can be done as it stands there: each configuration passes the check, each
//! command line is understood by the program that it is for, each link leads somewhere, and what no rule can judge is
//! named together with the test that proves it.

use anyhow::{Result, ensure};
use lab::document::{At, Block, Document};

#[path = "examples/commands.rs"]
mod commands;
#[path = "examples/configurations.rs"]
mod configurations;
#[path = "examples/links.rs"]
mod links;
#[path = "examples/manual.rs"]
mod manual;
#[path = "examples/programs.rs"]
mod programs;
#[path = "examples/proofs.rs"]
mod proofs;

/// What tells of times past, when commands were others.
const HISTORY: &str = "CHANGELOG.md";

/// The pages that tell how things are.
fn pages() -> Result<Vec<Document>> {
    let mut pages = Document::all()?;
    ensure!(pages.iter().any(|page| page.path.ends_with("vrrp.toml.5")), "the pages are not found");
    pages.retain(|page| !page.path.ends_with(HISTORY));
    Ok(pages)
}

/// What a block is written in. The manual has no fences: there it is a configuration, a part of a unit or what is typed.
fn language(page: &Document, block: &Block) -> String {
    let of_the_manual = page.path.extension().is_none_or(|extension| extension != "md");
    match block.language.as_str() {
        "" if of_the_manual && block.text.starts_with('[') => "toml".to_owned(),
        "" if of_the_manual && block.text.contains("\n[") => "ini".to_owned(),
        "" if of_the_manual => "sh".to_owned(),
        language => language.to_owned(),
    }
}

/// The blocks of all pages that are in a language.
fn blocks<'p>(pages: &'p [Document], wanted: &str) -> Vec<(&'p Document, &'p At<Block>)> {
    let all = pages.iter().flat_map(|page| page.blocks.iter().map(move |block| (page, block)));
    all.filter(|(page, block)| language(page, &block.what) == wanted).collect()
}

/// Fails with everything that was found.
fn nothing(found: &[String]) -> Result<()> {
    ensure!(found.is_empty(), "{}", found.join("\n"));
    Ok(())
}
