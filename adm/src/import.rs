//! Translates a configuration of keepalived's.
//!
//! [`lines`] gives the lines that are meant for this host, [`tree`] makes statements and blocks of them, [`translate`] makes
//! instances, sync groups and conditions of those, and gives every line a [`Fate`]. [`keywords`] has a row for each keyword
//! that keepalived knows. vrrpd's own check has the last word on what was made ([`trial`]).

mod definitions;
mod fate;
mod files;
mod global;
mod group;
mod include;
mod instance;
mod ipvs;
mod keywords;
mod lines;
mod made;
mod names;
mod secret;
mod sequence;
mod statement;
#[cfg(test)]
mod tests;
mod track;
mod translate;
mod tree;
mod trial;
mod words;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use vrrp::config::harmless;
use vrrp::config::problem::Problem;

pub(crate) use fate::{Fate, Kind};
use files::Unread;
pub(crate) use files::{Files, Place};
use lines::Lines;
pub(crate) use secret::Secret;
use translate::{Outcome, translate};

/// The first lines of what is made.
const HEAD: &str = "# Translated by vrrpadm import from a configuration of keepalived's. Edit it as you like.\n\
                    # vrrpadm import --diff shows what became of each line.\n";

/// What was made of a configuration of keepalived's.
#[derive(Debug)]
pub(crate) struct Imported {
    /// The same as a configuration of vrrpd's, in which its check finds no problem.
    pub(crate) toml: String,
    /// The names of its instances.
    pub(crate) instances: Vec<String>,
    /// The files that were read.
    pub(crate) files: Files,
    /// What became of their lines, in the order of these, each once.
    pub(crate) fates: Vec<Fate>,
    /// The secrets, which stand in none of the above.
    pub(crate) secrets: Vec<Secret>,
    /// What must not be shown of the files.
    spoken: Vec<String>,
}

impl Imported {
    /// Tells whether every line that says something became something, or needs not.
    pub(crate) fn is_whole(&self) -> bool {
        !self.fates.iter().any(|fate| matches!(fate.kind, Kind::Lost | Kind::Unknown))
    }

    /// A line of the files as it may be shown.
    pub(crate) fn line(&self, place: Place) -> String {
        harmless(&secret::masked(self.files.line(place), &self.spoken).replace('\t', "    "))
    }
}

/// Translates the configuration that begins with a file. What it includes from the root is included from `root`; lines
/// for other hosts than `config_id` are left out.
///
/// # Errors
/// It cannot be read or understood: where, and what to do.
pub(crate) fn import(file: &Path, root: &Path, config_id: &str) -> Result<Imported, Problem> {
    let (mut files, mut fates) = (Files::default(), Vec::new());
    let first = files.read(file).map_err(|unread| {
        let why = match unread {
            Unread::Absent => "there is no such file: name the configuration of keepalived's".to_owned(),
            Unread::Refused(reason) => reason,
        };
        Problem::of_file(&file.to_string_lossy(), format!("cannot be read: {why}"))
    })?;
    let mut lines = Lines::new(root, config_id, first, &mut files, &mut fates);
    let statements = match tree::read(&mut lines) {
        Ok(statements) => statements,
        Err(fault) => return Err(files.problem(fault.place, &fault.mark, &fault.message)),
    };
    let mut outcome = translate(&statements, fates, root);
    let toml = accepted(&mut outcome)?;
    let Outcome { instances, mut fates, mut secrets, spoken, .. } = outcome;
    let mut told = HashSet::new();
    fates.retain(|fate| told.insert(fate.clone()));
    // What a line became stands before what is said of it.
    fates.sort_by_key(|fate| (fate.place, fate.kind != Kind::Became, fate.kind));
    let made: Vec<String> = instances.into_iter().map(|instance| instance.name).collect();
    secrets.retain(|secret| toml.contains(&secret.path));
    Ok(Imported { toml, instances: made, files, fates, secrets, spoken })
}

/// The text of what was made, without what vrrpd's check refuses: two instances may be right each, and not together.
fn accepted(outcome: &mut Outcome) -> Result<String, Problem> {
    loop {
        let toml = made::text(HEAD, &outcome.instances, &outcome.syncs, outcome.sync_daemon.as_ref());
        let problems = trial::problems(&toml);
        let Some(first) = problems.first() else {
            return Ok(toml);
        };
        let refused: BTreeMap<&str, &str> = problems
            .iter()
            .rev()
            .filter_map(|problem| Some((problem.instance.as_deref()?, problem.message.as_str())))
            .collect();
        if refused.is_empty() {
            let Some(sync) = outcome.syncs.pop() else {
                return Err(first.clone());
            };
            let why = format!("the sync group is left out: {}", first.message);
            outcome.fates.push(Fate::new(sync.place, Kind::Lost, why));
            continue;
        }
        for instance in outcome.instances.iter().filter(|instance| refused.contains_key(instance.name.as_str())) {
            let message = refused.get(instance.name.as_str()).copied().unwrap_or_default();
            let why = format!("{} is left out: {message}", instance.name);
            outcome.fates.push(Fate::new(instance.place, Kind::Lost, why));
        }
        outcome.instances.retain(|instance| !refused.contains_key(instance.name.as_str()));
        for sync in &mut outcome.syncs {
            sync.instances.retain(|member| !refused.contains_key(member.as_str()));
        }
        outcome.syncs.retain(|sync| sync.instances.len() > 1);
        if let Some(daemon) = outcome.sync_daemon.take_if(|daemon| refused.contains_key(daemon.instance.as_str())) {
            let why = format!("the instance {} that it follows could not be translated", daemon.instance);
            outcome.fates.push(Fate::new(daemon.place, Kind::Lost, why));
        }
    }
}

/// A piece of the files in a message: 60 characters at most.
fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    harmless(&short)
}
