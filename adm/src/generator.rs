//! The systemd generator: at boot and at every daemon-reload it turns the configuration into units.
//!
//! It never fails, because systemd would drop every drop-in of a generator that does, and with them the protection. Where
//! the configuration is broken it takes the last one that the daemon applied whole, else whatever of each instance can
//! be read.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use vrrp::config::Config;
use vrrp::config::check::{Needs, Outline, check, check_gathered, outline};
use vrrp::config::file::{Gathered, LARGEST, Source, Tree};
use vrrp::config::problem::Problem;

use crate::files;
use directory::Directory;
pub(crate) use units::{Content, OWN_USER};

mod directory;
mod log;
mod units;

#[cfg(test)]
mod tests;

/// Where the daemon keeps the files of the last configuration that it applied whole: a list of pairs, path and text.
const APPLIED: &str = "var/lib/vrrp/applied.json";

/// Where systemd has its generators write units of normal priority.
const DIRECTORY: &str = "run/systemd/generator";

/// Runs as systemd runs generators, with the directories for units of normal, high and low priority as arguments.
pub(crate) fn main() -> ExitCode {
    let complaints = match std::env::args_os().nth(1) {
        Some(directory) => generate(Path::new("/"), &PathBuf::from(directory)),
        None => vec!["name the directory to write units to, as systemd.generator(7) tells".to_owned()],
    };
    log::complain(&complaints);
    ExitCode::SUCCESS
}

/// Writes the units of the configuration below `root` into `directory`; returns what somebody should know.
fn generate(root: &Path, directory: &Path) -> Vec<String> {
    let (outlines, mut complaints) = outlines(&files::gather(&Tree::below(root)), root);
    match Directory::open(directory) {
        Ok(directory) => complaints.extend(directory.fill(&units::units(&outlines))),
        Err(error) => complaints.push(format!("no unit can be written to {}: {error}", directory.display())),
    }
    complaints
}

/// Gives the units that follow from some files on the host whose root this is, with their paths where systemd reads them.
pub(crate) fn units_of(gathered: &Gathered, root: &Path) -> BTreeMap<PathBuf, Content> {
    units_of_all(&outlines(gathered, root).0, root)
}

/// Gives the units of some instances, with their paths where systemd reads them on the host whose root this is.
pub(crate) fn units_of_all(outlines: &[Outline], root: &Path) -> BTreeMap<PathBuf, Content> {
    let place = |(path, content)| (root.join(DIRECTORY).join(path), content);
    units::units(outlines).into_iter().map(place).collect()
}

/// Gives the instances of the host, as far as they can be known from its files, and what somebody should know.
pub(crate) fn outlines(gathered: &Gathered, root: &Path) -> (Vec<Outline>, Vec<String>) {
    let mut complaints = match guarded(|| check_gathered(gathered)) {
        Some(Ok(checked)) => return (outlines_of(&checked.config), Vec::new()),
        Some(Err(problems)) => problems.iter().map(told).collect(),
        None => vec!["vrrpadm failed over the configuration: please report it with the files".to_owned()],
    };
    let readable = guarded(|| outline(&gathered.sources).0).unwrap_or_default();
    match applied(root) {
        Some(config) => {
            complaints.push("the units are those of the configuration that was applied last".to_owned());
            (with_needs_of(outlines_of(&config), &readable), complaints)
        }
        None => {
            complaints.push("the units are those of the instances that can be read".to_owned());
            (readable, complaints)
        }
    }
}

/// Takes from the administrator's own files what the daemon is given beyond the usual: what was applied belongs to the
/// daemon's user, who must not be able to get out of its sandbox by it.
fn with_needs_of(mut outlines: Vec<Outline>, readable: &[Outline]) -> Vec<Outline> {
    for outline in &mut outlines {
        let own = readable.iter().find(|own| own.name == outline.name);
        outline.needs = own.map_or_else(Needs::default, |own| own.needs.clone());
    }
    outlines
}

/// Does what judges text that anybody may have written. A panic there is our mistake, and must not cost the host its units.
fn guarded<T>(judge: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(judge)).ok()
}

fn outlines_of(config: &Config) -> Vec<Outline> {
    config.instances.values().map(|instance| Outline::of(instance, config)).collect()
}

fn told(problem: &Problem) -> String {
    format!("{}: {}", problem.place, problem.message)
}

/// Reads the configuration that was applied last. It belongs to the daemon's user, so nothing of it is logged, and no
/// link is followed: this runs as root.
fn applied(root: &Path) -> Option<Config> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(nix::fcntl::OFlag::O_NOFOLLOW.bits() | nix::fcntl::OFlag::O_NONBLOCK.bits())
        .open(root.join(APPLIED))
        .ok()?;
    let text = contents(file).ok()?;
    let files: Vec<(String, String)> = serde_json::from_slice(&text).ok()?;
    let sources: Vec<Source> = files.into_iter().map(|(path, text)| Source { path, text }).collect();
    check(&sources).ok().map(|checked| checked.config)
}

fn contents(file: File) -> io::Result<Vec<u8>> {
    if !file.metadata()?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut text = Vec::new();
    // Quoted text is longer than the text that is quoted, at most by so much.
    file.take(LARGEST * 4).read_to_end(&mut text)?;
    Ok(text)
}
