//! The manual has an entry for each key of the configuration and each option of the daemon, and for no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use lab::document::Document;
use lab::install::Binaries;
use lab::{Place, workspace};
use serde_json::Value;

use crate::nothing;

const CONFIGURATION: &str = "docs/man/vrrp.toml.5";
const DAEMON: &str = "docs/man/vrrpd.8";

/// A key that there is not, and that is not near any: of it the check says which there are.
const PROBE: &str = "qqqqqqqqqqqq";
const INSTANCE: &str = "[instance.a]\ninterface = \"eth0\"\nvrid = 1\naddresses = [\"192.0.2.10/24\"]\n";

/// What a page says of one thing, or of several that belong together.
#[derive(Debug, Default)]
struct Entry {
    section: String,
    names: BTreeSet<String>,
    /// Every word that is marked in its text.
    words: BTreeSet<String>,
    line: usize,
}

/// The entries of a page: what follows each `.TP`.
fn entries(page: &str) -> Result<Vec<Entry>> {
    let document = Document::read(Path::new(page))?;
    let text = fs::read_to_string(workspace::root().join(page))?;
    let (mut entries, mut section, mut open, mut named) = (Vec::<Entry>::new(), String::new(), false, false);
    for (number, source) in text.lines().enumerate() {
        let line = number + 1;
        let words = document.words.iter().filter(|word| word.line == line);
        let words = words.flat_map(|word| word.what.split(|letter: char| !is_of_a_name(letter)).map(str::to_owned));
        match source {
            ".TP" => {
                (open, named) = (true, false);
                entries.push(Entry { section: section.clone(), line: line + 1, ..Entry::default() });
            }
            _ if source.starts_with('.') => {
                open &= source == ".br";
                if let Some(heading) = source.strip_prefix(".SH ") {
                    heading.clone_into(&mut section);
                }
            }
            _ => {
                if let Some(entry) = entries.last_mut().filter(|_| open) {
                    let to = if named { &mut entry.words } else { &mut entry.names };
                    to.extend(words.filter(|word| !word.is_empty()));
                    named = true;
                }
            }
        }
    }
    ensure!(entries.len() > 2, "{page} has {} entries", entries.len());
    Ok(entries)
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '-'
}

/// What follows a part of the problem with a configuration that begins in some way: a list of names.
fn listed(configuration: &str, problem: &str, behind: &str) -> Result<BTreeSet<String>> {
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("vrrp.toml");
    fs::write(&file, configuration)?;
    let vrrpadm = Binaries::for_tests()?.vrrpadm.display().to_string();
    let output = Place::machine().run(&[&vrrpadm, "check", "--json", &file.display().to_string()])?;
    let told: Value = serde_json::from_str(&output.stdout).context(output.stderr)?;
    let problems = told["problems"].as_array().context("problems")?;
    let mut messages = problems.iter().filter_map(|problem| problem["message"].as_str());
    let message = messages.find(|message| message.starts_with(problem));
    let names = message.and_then(|message| Some(message.rsplit_once(behind)?.1));
    let names = names.with_context(|| format!("it does not say {problem}{behind}: {}", output.stdout))?;
    Ok(names.split([',', ' ']).filter(|word| !["", "and", "or"].contains(word)).map(str::to_owned).collect())
}

/// The keys that there are where [`PROBE`] stands in a configuration.
fn known(configuration: &str) -> Result<BTreeSet<String>> {
    listed(configuration, PROBE, " are ")
}

/// The keys of the table that a value of an instance's key is.
fn known_of_value(value: &str) -> Result<BTreeSet<String>> {
    known(&format!("{INSTANCE}{}\n", value.replace("PROBE", &format!("{PROBE} = 1"))))
}

/// Says what a section lacks, and what it has without there being any such thing.
fn compare(page: &str, entries: &[Entry], section: &str, there: &BTreeSet<String>) -> Vec<String> {
    let of_it = || entries.iter().filter(|entry| entry.section == section);
    let written: BTreeSet<_> = of_it().flat_map(|entry| &entry.names).collect();
    let lacks = there.iter().filter(|name| !written.contains(name));
    let mut found: Vec<_> = lacks.map(|name| format!("{page}: {section} has no entry for {name}")).collect();
    for entry in of_it() {
        let unknown = entry.names.iter().filter(|name| !there.contains(*name));
        found.extend(unknown.map(|name| format!("{page}:{}: there is no {name}", entry.line)));
    }
    found
}

#[test]
fn every_key_of_the_configuration_has_an_entry_and_nothing_else_has() -> Result<()> {
    let entries = entries(CONFIGURATION)?;
    let mut found = Vec::new();
    for (section, there) in [
        ("INSTANCES", known(&format!("[instance.a]\n{PROBE} = 1\n"))?),
        ("SYNC GROUPS", known(&format!("[sync.a]\n{PROBE} = 1\n"))?),
        ("HEARTBEATS", known(&format!("[heartbeat.a]\n{PROBE} = 1\n"))?),
        ("INTERFACE GROUPS", known(&format!("[group.a]\n{PROBE} = 1\n"))?),
        ("PROGRAMS AND TARGETS", known_of_value("on_transition = [{ PROBE }]")?),
    ] {
        found.extend(compare(CONFIGURATION, &entries, section, &there));
    }
    // The tables that are values have their keys in the text of the entry.
    for (name, value) in [
        ("peers", "peers = [{ PROBE }]"),
        ("protect", "protect = { PROBE }"),
        ("auth", "auth = { type = \"ah\", file = \"/a\", PROBE }"),
    ] {
        let entry = entries.iter().find(|entry| entry.section == "INSTANCES" && entry.names.contains(name));
        let entry = entry.with_context(|| format!("{CONFIGURATION} has no entry for {name}"))?;
        let lacks = known_of_value(value)?.into_iter().filter(|key| !entry.words.contains(key));
        found.extend(lacks.map(|key| format!("{CONFIGURATION}:{}: it does not tell of {key}", entry.line)));
    }
    nothing(&found)
}

#[test]
fn every_condition_and_its_keys_have_an_entry_and_nothing_else_has() -> Result<()> {
    let entries = entries(CONFIGURATION)?;
    let kinds = listed(&format!("{INSTANCE}track = [{{}}]\n"), "nothing is watched", "add one of ")?;
    let (mut there, mut found) = (BTreeSet::new(), Vec::new());
    for kind in &kinds {
        let own = entries.iter().find(|entry| entry.section == "CONDITIONS" && entry.names.contains(kind));
        let keys = known_of_value(&format!("track = [{{ {kind} = 1, PROBE }}]"))?;
        // A key of one kind may be told of with it.
        let with_it = |key: &String| own.is_some_and(|entry| entry.words.contains(key));
        let written =
            |key: &String| entries.iter().any(|entry| entry.section == "CONDITIONS" && entry.names.contains(key));
        there.extend(keys.iter().filter(|key| written(key) || !with_it(key)).cloned());
        there.insert(kind.clone());
    }
    found.extend(compare(CONFIGURATION, &entries, "CONDITIONS", &there));
    nothing(&found)
}

#[test]
fn every_option_of_the_daemon_has_an_entry_and_nothing_else_has() -> Result<()> {
    let help = Place::machine().run(&[&Binaries::for_tests()?.vrrpd.display().to_string(), "--help"])?.ok()?;
    let options = help.split_whitespace().filter(|word| word.starts_with("--")).map(str::to_owned);
    let there: BTreeSet<_> = options.filter(|option| !["--help", "--version"].contains(&option.as_str())).collect();
    ensure!(there.contains("--config"), "{help}");
    let mut entries = entries(DAEMON)?;
    for entry in &mut entries {
        entry.names.retain(|name| name.starts_with("--"));
    }
    nothing(&compare(DAEMON, &entries, "OPTIONS", &there))
}
