//! What a shell may offer while somebody types: verbs and options, and what this host has of instances, units and links.
//!
//! The shell runs this program for it at each press of the key. So it reads files and asks nobody who might not answer, and whatever fails, the
//! line on which somebody types stays as it is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Arg, Command};
use clap_complete::CompleteEnv;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use vrrp::config::check::outline;
use vrrp::config::file::Tree;
use vrrp::config::{Interface, Written};

use super::command;
use super::warnings::unit_files;
use crate::files::gather;
use crate::smf::Given;

/// The variable by which a shell asks.
pub(super) const VARIABLE: &str = "VRRPADM_COMPLETE";

/// What a unit may be that is protected.
const KINDS: [&str; 6] = [".service", ".socket", ".target", ".timer", ".path", ".mount"];
/// Where the links of a host are.
const LINKS: &str = "/sys/class/net";

/// Answers a shell that asks; `false` where none does.
pub(crate) fn complete() -> bool {
    let directory = std::env::current_dir().ok();
    let environment = CompleteEnv::with_factory(whole).var(VARIABLE);
    environment.try_complete(std::env::args_os(), directory.as_deref()).unwrap_or(true)
}

/// The command line, which knows the host.
fn whole() -> Command {
    command().mut_subcommands(|verb| verb.mut_args(knowing).mut_subcommands(|verb| verb.mut_args(knowing)))
}

fn knowing(argument: Arg) -> Arg {
    let candidates = match argument.get_id().as_str() {
        "name" | "names" => ArgValueCandidates::new(instances),
        "protect" => ArgValueCandidates::new(units),
        "interface" => ArgValueCandidates::new(interfaces),
        "fmris" => ArgValueCandidates::new(fmris),
        "group" => ArgValueCandidates::new(groups),
        "member" => ArgValueCandidates::new(members),
        _ => return argument,
    };
    argument.add(candidates)
}

fn instances() -> Vec<CompletionCandidate> {
    let gathered = gather(&Tree::below(&root()));
    Written::read(&gathered.sources).names().map(CompletionCandidate::new).collect()
}

/// What each protected unit is taken for in SMF, as it would be said: most of a line that names another service.
fn fmris() -> Vec<CompletionCandidate> {
    let (outlines, _) = outline(&gather(&Tree::below(&root())).sources);
    let units: BTreeSet<_> =
        outlines.iter().flat_map(|outline| &outline.protect).map(|protected| &protected.unit).collect();
    units.into_iter().map(|unit| CompletionCandidate::new(Given::usual(unit))).collect()
}

/// What can carry an instance.
fn interfaces() -> Vec<CompletionCandidate> {
    let gathered = gather(&Tree::below(&root()));
    let written = Written::read(&gathered.sources);
    let groups = written.groups().map(|group| CompletionCandidate::new(Interface::Group(group.to_owned()).to_string()));
    links().into_iter().chain(groups).collect()
}

fn groups() -> Vec<CompletionCandidate> {
    let gathered = gather(&Tree::below(&root()));
    Written::read(&gathered.sources).groups().map(CompletionCandidate::new).collect()
}

/// The members of the groups that the line names which somebody types; of all if it names none.
fn members() -> Vec<CompletionCandidate> {
    let gathered = gather(&Tree::below(&root()));
    let written = Written::read(&gathered.sources);
    let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let named = |group: &&str| words.iter().any(|word| word == group);
    let groups: Vec<&str> = written.groups().collect();
    let of_line: Vec<&str> = groups.iter().copied().filter(named).collect();
    let chosen = if of_line.is_empty() { groups } else { of_line };
    chosen.into_iter().flat_map(|group| written.links_of(group)).map(CompletionCandidate::new).collect()
}

/// The root that the line names which somebody types.
fn root() -> PathBuf {
    let mut words = std::env::args_os();
    let mut root = PathBuf::from("/");
    while let Some(word) = words.next() {
        let word = word.to_string_lossy().into_owned();
        if let Some(named) = word.strip_prefix("--root=") {
            root = PathBuf::from(named);
        } else if word == "--root" {
            root = words.next().map_or(root, PathBuf::from);
        }
    }
    root
}

fn units() -> Vec<CompletionCandidate> {
    let fit = |name: &String| {
        let ours = name.starts_with("vrrp.") || name.starts_with("vrrp@");
        KINDS.iter().any(|kind| name.ends_with(kind)) && !name.contains("@.") && !ours
    };
    unit_files().into_iter().filter(fit).map(CompletionCandidate::new).collect()
}

fn links() -> Vec<CompletionCandidate> {
    let entries = std::fs::read_dir(Path::new(LINKS)).into_iter().flatten().flatten();
    // Whatever is no link there is no directory either.
    let links = entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name());
    let links: BTreeSet<_> = links.filter(|name| name != "lo").collect();
    links.into_iter().map(CompletionCandidate::new).collect()
}
