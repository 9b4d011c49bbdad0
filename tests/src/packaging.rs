//! `cargo lab deb` and `cargo lab rpm`: packages of what [`install`](crate::install::install) lays out.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::install::{Binaries, Profile};
use crate::process::Place;
use crate::workspace;

pub mod debian;
pub mod rpm;

/// The version of the product.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What is told to the commands that make packages.
#[derive(Clone, Debug, clap::Args)]
pub struct Options {
    /// Where the package is put.
    #[arg(long, value_name = "DIR", default_value_os_t = workspace::target_directory().join("packages"))]
    pub out: PathBuf,
}

/// What a package is made of.
#[derive(Clone, Debug)]
pub struct Contents {
    /// The programs.
    pub binaries: Binaries,
    /// The version, as cargo writes it.
    pub version: String,
    /// Whether it is packed in a moment, and not small.
    pub quick: bool,
}

impl Contents {
    /// What users get, built if it is older than its sources.
    ///
    /// # Errors
    /// As [`Binaries::build`].
    pub fn for_users() -> Result<Self> {
        Ok(Self { binaries: Binaries::build(Profile::Release)?, version: VERSION.to_owned(), quick: false })
    }

    /// The programs of the tests, as the product's version.
    ///
    /// # Errors
    /// As [`Binaries::build`].
    pub fn for_tests() -> Result<Self> {
        Ok(Self { binaries: Binaries::for_tests()?.clone(), version: VERSION.to_owned(), quick: true })
    }

    /// The version as both kinds of packages write it: there a release candidate is older than its release, too.
    fn upstream_version(&self) -> String {
        self.version.replacen('-', "~", 1)
    }
}

/// Makes an empty directory to work in, of a name that nobody else uses.
fn workroom(out: &Path) -> Result<PathBuf> {
    let directory = std::path::absolute(out)?.join(".vrrpd-packaging");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    Ok(directory)
}

/// Runs a tool in a directory, and with what makes two packages of one commit the same.
fn run(directory: &Path, argv: &[&str]) -> Result<String> {
    let directory = format!("--chdir={}", directory.display());
    let epoch = format!("SOURCE_DATE_EPOCH={}", date("%ct", "+%s")?);
    Place::machine().run(&[&["env", &directory, &epoch, "LC_ALL=C.UTF-8"], argv].concat())?.ok()
}

/// When the sources were last changed: their last commit, or now where there is no git. Both formats mean the same, git's and
/// that of `date`.
fn date(of_git: &str, of_date: &str) -> Result<String> {
    let root = workspace::root().display().to_string();
    let of_git = format!("--format={of_git}");
    let git = ["git", "-c", "safe.directory=*", "-C", &root, "log", "--max-count=1", &of_git];
    let commit = Place::machine().run(&git).and_then(|output| output.ok());
    let date = commit.or_else(|_| Place::machine().run(&["date", of_date])?.ok())?;
    Ok(date.trim().to_owned())
}
