//! `vrrp_script`: a script, or what it asks for where that can be watched without one.

use toml_edit::{Array, Value};

use super::asked::asked;
use crate::import::fate::{Fate, Kind};
use crate::import::keywords::Block;
use crate::import::made::Entry;
use crate::import::statement::{Weight, duration, milliseconds};
use crate::import::translate::{Tracker, Work};
use crate::import::tree::Statement;
use crate::import::words::{Backslash, quoted};

/// Where a program without a path is looked for.
const PATH: [&str; 6] = ["usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin"];
/// The times that a condition takes, in milliseconds.
pub(super) const TIMES: std::ops::RangeInclusive<u64> = 10..=3_600_000;
/// What only a shell would understand.
const OF_SHELL: [char; 9] = ['|', '&', ';', '<', '>', '$', '`', '*', '?'];

/// How often and how a script is looked at.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    pub(super) interval: u64,
    pub(super) timeout: u64,
    pub(super) rise: u64,
    pub(super) fall: u64,
}

impl Work {
    /// Reads a script and keeps it for those who track it.
    pub(crate) fn script(&mut self, block: &Statement) {
        let Some(name) = self.named(block).map(str::to_owned) else {
            return;
        };
        let words = self.sort(Block::Script, block.statements());
        let pace = self.pace(&words);
        let user = self.user(&words);
        let weight = self.own_weight(&words, Weight::default());
        let command = self.last(&words, "script");
        let arguments = command.and_then(arguments);
        let Some((statement, arguments)) = command.zip(arguments).filter(|(_, arguments)| !arguments.is_empty()) else {
            let why = "it has no script that can be read, so keepalived leaves it out";
            return self.whole(block, Kind::Unknown, why);
        };
        let (condition, reversed) = match asked(&arguments) {
            Some(asked) => (asked.damped(pace), None),
            None => {
                let command = self.command(&arguments);
                let user = user.as_deref();
                let reversed = inverted(&command);
                (scripted(&command, user, pace), Some(scripted(&reversed, user, pace)))
            }
        };
        let toml = condition.keys.first().map(|(key, value)| format!("{key} = {}", value.to_string().trim()));
        self.fates.push(Fate::became(statement.place, toml.unwrap_or_default()));
        self.fates.push(Fate::became(block.place, "[[track]] where it is tracked"));
        // Where nothing is run, nobody runs it.
        let idle = words.iter().filter(|word| reversed.is_none() && matches!(word.keyword(), "timeout" | "user"));
        let why = "nothing is run: the daemon looks itself";
        self.fates.extend(idle.map(|word| Fate::new(word.place, Kind::Needless, why)));
        let tracker =
            Tracker { place: Some(block.place), condition: Some(condition), reversed, weight, ..Tracker::default() };
        self.trackers.insert(name, tracker);
    }

    fn pace(&mut self, words: &[&Statement]) -> Pace {
        let interval = self.time(words, "interval").unwrap_or(1000);
        let timeout = self.time(words, "timeout").unwrap_or(interval);
        let (rise, fall) = (self.results(words, "rise"), self.results(words, "fall"));
        Pace { interval, timeout, rise, fall }
    }

    fn time(&mut self, words: &[&Statement], keyword: &str) -> Option<u64> {
        let statement = self.last(words, keyword)?;
        let Some(given) = self.value(statement).and_then(milliseconds).filter(|given| *given > 0) else {
            self.malformed(statement, "write a number of seconds");
            return None;
        };
        let fit = given.clamp(*TIMES.start(), *TIMES.end());
        let toml = format!("{keyword} = \"{}\"", duration(fit));
        self.fates.push(match fit == given {
            true => Fate::became(statement.place, toml),
            false => Fate::differs(statement.place, toml, "from 10 ms to an hour is possible"),
        });
        Some(fit)
    }

    fn results(&mut self, words: &[&Statement], keyword: &str) -> u64 {
        let Some(statement) = self.last(words, keyword) else {
            return 1;
        };
        let Some(given) = self.value(statement).and_then(|value| value.parse::<u64>().ok()).filter(|given| *given > 0)
        else {
            self.malformed(statement, "write how many results in a row it takes");
            return 1;
        };
        let fit = given.min(255);
        let toml = format!("{keyword} = {fit}");
        self.fates.push(match fit == given {
            true => Fate::became(statement.place, toml),
            false => Fate::differs(statement.place, toml, "255 is the most"),
        });
        fit
    }

    /// The user who runs a script, where one is named.
    fn user(&mut self, words: &[&Statement]) -> Option<String> {
        let Some(statement) = self.last(words, "user") else {
            return self.global.script_user.clone();
        };
        let user = self.first_value(statement)?.to_owned();
        let why = "a group is not named: a script runs with the groups of its user";
        let toml = format!("user = {user:?}");
        self.fates.push(match statement.word(2) {
            Some(_) => Fate::differs(statement.place, toml, why),
            None => Fate::became(statement.place, toml),
        });
        Some(user)
    }

    /// The weight that a tracker has where nothing else is said.
    pub(super) fn own_weight(&mut self, words: &[&Statement], usual: Weight) -> Weight {
        let Some(statement) = self.last(words, "weight") else {
            return usual;
        };
        match Weight::read(statement.words.get(1..).unwrap_or_default(), i32::MAX) {
            Some(weight) => {
                self.fates.push(Fate::became(statement.place, "effect, where it is tracked"));
                weight
            }
            None => {
                self.malformed(statement, "write a number, and perhaps reverse behind it");
                usual
            }
        }
    }

    /// The command with the path of its program.
    pub(in crate::import) fn command(&self, arguments: &[String]) -> Vec<String> {
        let Some((program, rest)) = arguments.split_first() else {
            return Vec::new();
        };
        // What begins like this is no program: keepalived gives it to a shell.
        if program.starts_with(['<', '>']) {
            return vec!["/bin/sh".to_owned(), "-c".to_owned(), arguments.join(" ")];
        }
        let found = PATH.iter().find(|directory| self.root.join(directory).join(program).is_file());
        let path = match found {
            _ if program.starts_with('/') => program.clone(),
            Some(directory) => format!("/{directory}/{program}"),
            None => format!("/usr/bin/{program}"),
        };
        std::iter::once(path).chain(rest.iter().cloned()).collect()
    }
}

/// Reads `script COMMAND`: keepalived takes one word, and parts it again.
pub(in crate::import) fn arguments(statement: &Statement) -> Option<Vec<String>> {
    let words = quoted(&statement.text, Backslash::Stays)?;
    quoted(words.get(1)?, Backslash::Escapes)
}

fn scripted(command: &[String], user: Option<&str>, pace: Pace) -> Entry {
    let mut condition = Entry::new("script", Value::from(command.iter().collect::<Array>()));
    if let Some(user) = user {
        condition.set("user", user);
    }
    looked_at(&mut condition, pace);
    let shell = command.iter().skip(1).any(|word| word.contains(OF_SHELL))
        && command.first().is_none_or(|first| !first.ends_with("/sh"));
    condition.comment = match (user, shell) {
        (_, true) => {
            Some("The arguments are not seen by a shell, here as in keepalived: is this one meant for it?".to_owned())
        }
        (None, false) => Some(
            "Run by the user vrrp, in the daemon's sandbox. keepalived runs it as keepalived_script, or as root: add \
             user = \"…\" if it needs more."
                .to_owned(),
        ),
        (Some(_), false) => None,
    };
    condition
}

/// A command that ends well where another one does not.
fn inverted(command: &[String]) -> Vec<String> {
    let head = ["/bin/sh", "-c", "! \"$@\"", "sh"].map(str::to_owned);
    head.into_iter().chain(command.iter().cloned()).collect()
}

pub(super) fn looked_at(condition: &mut Entry, pace: Pace) {
    if pace.interval != 1000 {
        condition.set("interval", duration(pace.interval));
    }
    if pace.timeout != 1000 {
        condition.set("timeout", duration(pace.timeout));
    }
    for (key, results) in [("rise", pace.rise), ("fall", pace.fall)] {
        if results != 1 {
            condition.set(key, i64::try_from(results).unwrap_or(255));
        }
    }
}
