//! A page of the documentation, in Markdown or for man(1), taken apart into what it shows and what it refers to.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::workspace;

mod markdown;
mod roff;

/// A text at a place of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The line, counted from 1.
    pub line: usize,
    /// What begins there.
    pub what: T,
}

/// Lines that are shown as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Block {
    /// What its fence calls it; nothing where there is none, as in a manual page.
    pub language: String,
    /// The last heading before it.
    pub heading: String,
    /// The comment right before it, without its signs.
    pub comment: String,
    /// The lines.
    pub text: String,
}

/// A page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Its path below the root of the workspace.
    pub path: PathBuf,
    /// Its blocks; the line is that of the first line shown.
    pub blocks: Vec<At<Block>>,
    /// The code in its sentences; in a manual page, what is bold or italic.
    pub words: Vec<At<String>>,
    /// Where its links lead.
    pub links: Vec<At<String>>,
    /// What a link can name after a `#`.
    pub anchors: Vec<String>,
}

impl Document {
    /// Reads a page by its path below the root of the workspace.
    ///
    /// # Errors
    /// It is not there.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(workspace::root().join(path));
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        let page = match path.extension().and_then(OsStr::to_str) {
            Some("5" | "8") => roff::read(&text),
            Some(_) | None => markdown::read(&text),
        };
        Ok(Self { path: path.to_owned(), ..page })
    }

    /// Reads all pages: those of the root, those of `docs/` and the manual.
    ///
    /// # Errors
    /// A directory cannot be read; as [`Document::read`].
    pub fn all() -> Result<Vec<Self>> {
        let mut paths = Vec::new();
        for directory in ["", "docs", "docs/man"] {
            for entry in fs::read_dir(workspace::root().join(directory))? {
                let path = Path::new(directory).join(entry?.file_name());
                let extension = path.extension().and_then(OsStr::to_str);
                paths.extend(matches!(extension, Some("md" | "5" | "8")).then_some(path));
            }
        }
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    /// Its name as messages have it, with a line.
    pub fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }
}
