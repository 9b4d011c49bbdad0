//! The configuration's files: read, checked, and remembered once they are applied.
//!
//! These functions touch the disk, so the loop runs them elsewhere. Secrets are read with the configuration that names them.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use vrrp::config::Config;
use vrrp::config::check::{Checked, check, check_gathered};
use vrrp::config::file::{LARGEST, Source, Tree};
use vrrp::config::problem::Problem;

pub(crate) use secrets::Secrets;

mod secrets;

/// What a reading found.
#[derive(Debug)]
pub(crate) struct Read {
    /// The configuration with its warnings, or every problem.
    pub(crate) checked: Result<Checked, Vec<Problem>>,
    /// The files that were read.
    pub(crate) sources: Vec<Source>,
    /// The secrets of the configuration.
    pub(crate) secrets: Secrets,
}

impl Read {
    /// The configuration and its secrets, if nothing is wrong with either.
    pub(crate) fn whole(self) -> Result<(Checked, Secrets), Vec<Problem>> {
        let checked = self.checked?;
        let wrong: Vec<Problem> =
            self.secrets.values().filter_map(|keys| keys.as_ref().err()).flatten().cloned().collect();
        if wrong.is_empty() { Ok((checked, self.secrets)) } else { Err(wrong) }
    }
}

/// Reads the configuration whose main file is `main`.
pub(crate) fn read(main: &Path) -> Read {
    let gathered = Tree::of(main).gather(list, contents);
    // A panic there is our mistake; a file must not end a daemon that serves.
    let checked = catch_unwind(AssertUnwindSafe(|| check_gathered(&gathered))).unwrap_or_else(|_| {
        let message = "vrrpd failed over the configuration: please report it with the files";
        Err(vec![Problem::of_file(&main.to_string_lossy(), message.to_owned())])
    });
    let secrets = checked.as_ref().map(|checked| secrets::fetch(&checked.config)).unwrap_or_default();
    Read { checked, sources: gathered.sources, secrets }
}

/// Keeps the files of a configuration that was applied whole, for a start or a boot that finds broken ones.
///
/// # Errors
/// The disk's. What was kept before is then still there.
pub(crate) fn remember(state_dir: &Path, sources: &[Source]) -> io::Result<()> {
    let path = applied(state_dir);
    let new = path.with_extension("new");
    let mut file = File::create(&new)?;
    file.write_all(serde_json::to_string_pretty(&pairs(sources))?.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(new, path)
}

/// Gives the configuration that was last applied whole, if there is one, and its secrets as they are.
pub(crate) fn remembered(state_dir: &Path) -> Option<(Config, Secrets)> {
    let text = std::fs::read(applied(state_dir)).ok()?;
    let files: Vec<(String, String)> = serde_json::from_slice(&text).ok()?;
    let sources: Vec<Source> = files.into_iter().map(|(path, text)| Source { path, text }).collect();
    let config = check(&sources).ok()?.config;
    let secrets = secrets::fetch(&config);
    Some((config, secrets))
}

/// The file that `vrrpadm`'s generator reads too: a list of pairs, a path and what was in it.
fn applied(state_dir: &Path) -> PathBuf {
    state_dir.join("applied.json")
}

fn pairs(sources: &[Source]) -> Vec<(&str, &str)> {
    sources.iter().map(|source| (source.path.as_str(), source.text.as_str())).collect()
}

fn list(directory: &Path) -> io::Result<Vec<String>> {
    std::fs::read_dir(directory)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

fn contents(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
