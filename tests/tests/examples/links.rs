//! Each link between pages, and each file that a sentence names, leads somewhere.

use std::path::{Component, Path, PathBuf};

use anyhow::{Result, ensure};
use lab::document::Document;
use lab::workspace;

use crate::nothing;

/// What a sentence can name a file of the project by.
const FILES: [&str; 6] = [".md", ".rs", ".toml", ".yml", ".json", ".spec"];

/// A path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        if part == Component::ParentDir {
            plain.pop();
        } else {
            plain.push(part);
        }
    }
    plain
}

/// Says why a link of a page leads nowhere.
fn wrong(pages: &[Document], page: &Document, link: &str) -> Option<String> {
    if link.contains("://") {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => page.path.clone(),
        path => plain(&page.path.parent()?.join(path)),
    };
    if !workspace::root().join(&target).exists() {
        return Some(format!("{link} leads to {}, which is not there", target.display()));
    }
    let anchors = pages.iter().find(|page| page.path == target).map(|page| &page.anchors[..]).unwrap_or_default();
    (!anchor.is_empty() && !anchors.iter().any(|known| known == anchor))
        .then(|| format!("{link} leads to a heading that {} does not have: {}", target.display(), anchors.join(", ")))
}

/// Tells whether a word of a page is the path of a file of the project.
fn is_path(word: &str) -> bool {
    let relative = word.contains('/') && word.starts_with(|first: char| first.is_ascii_alphanumeric());
    // What is made while the project is built is in no checkout.
    let kept = relative && !word.starts_with("target/");
    kept && !word.contains(['*', ' ', ':', '\\']) && FILES.iter().any(|file| word.ends_with(file))
}

#[test]
fn every_link_leads_to_a_page_and_a_heading() -> Result<()> {
    let pages = Document::all()?;
    let links = pages.iter().flat_map(|page| page.links.iter().map(move |link| (page, link)));
    let links: Vec<_> = links.collect();
    ensure!(links.len() > 40, "only {} are found", links.len());
    let found = links.into_iter().filter_map(|(page, link)| {
        wrong(&pages, page, &link.what).map(|wrong| format!("{}: {wrong}", page.place(link.line)))
    });
    nothing(&found.collect::<Vec<_>>())
}

#[test]
fn every_file_of_the_project_that_a_page_names_is_there() -> Result<()> {
    let pages = crate::pages()?;
    let words = pages.iter().flat_map(|page| page.words.iter().map(move |word| (page, word)));
    let paths: Vec<_> = words.filter(|(_, word)| is_path(&word.what)).collect();
    ensure!(paths.len() > 5, "only {} are found", paths.len());
    let gone = paths.into_iter().filter(|(_, path)| !workspace::root().join(&path.what).exists());
    let found = gone.map(|(page, path)| format!("{}: there is no {}", page.place(path.line), path.what));
    nothing(&found.collect::<Vec<_>>())
}
