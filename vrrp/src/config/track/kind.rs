//! The kinds of conditions: the key that names each, the further keys that it has, and how it is read.

use super::{BadGroup, Expect, File, GroupTrack, Mii, Process, Script, Watch, route, server};
use crate::config::entries::Entry;
use crate::config::interface::link_beyond;
use crate::config::program::{command, path, user_name};
use crate::config::text::Shown;
use crate::config::{LinkName, UnitName};

/// One kind.
pub(super) struct Kind {
    /// The key that names it.
    pub(super) name: &'static str,
    /// Its further keys, beside those that all kinds have.
    pub(super) keys: &'static [&'static str],
    /// Reads what is watched, and says what is wrong.
    pub(super) read: fn(&mut Entry<'_, '_>) -> Option<Watch>,
}

/// All kinds, in the order in which they are documented.
pub(super) static KINDS: [Kind; 10] = [
    Kind { name: "unit", keys: &[], read: unit },
    Kind { name: "interface", keys: &[], read: |entry| Some(Watch::Interface(link(entry, "interface")?)) },
    Kind { name: "mii", keys: &["interval", "rise", "fall"], read: mii },
    Kind { name: "route", keys: &["via", "through"], read: route::route },
    Kind { name: "script", keys: &["user", "interval", "timeout", "rise", "fall"], read: script },
    Kind { name: "http", keys: &["status", "body", "host", "interval", "timeout", "rise", "fall"], read: server::http },
    Kind { name: "tcp", keys: &["interval", "timeout", "rise", "fall"], read: server::tcp },
    Kind { name: "process", keys: &["count"], read: process },
    Kind { name: "file", keys: &["expect"], read: file },
    Kind { name: "group", keys: &["when"], read: group },
];

/// The keys of every kind.
pub(super) const COMMON: [&str; 3] = ["effect", "up_delay", "down_delay"];

/// What the kernel keeps of a process's name (TASK_COMM_LEN, less the NUL).
const LONGEST_NAME: usize = 15;

impl Kind {
    /// The kind that a key names.
    pub(super) fn named(key: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == key)
    }

    /// Tells whether a condition of this kind has a key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.name == key || COMMON.contains(&key) || self.keys.contains(&key)
    }
}

/// Reads a script: a path, or a list of a path and arguments.
fn script(entry: &mut Entry<'_, '_>) -> Option<Watch> {
    let command = entry.key("script", command);
    let user = entry.key("user", |given| given.read("nobody", user_name)).map(Some).value_or(None);
    let pace = entry.pace();
    let (program, arguments) = command.given()?.0.clone();
    Some(Watch::Script(Script { program, arguments, user: user?, pace: pace? }))
}

fn unit(entry: &mut Entry<'_, '_>) -> Option<Watch> {
    let unit = entry.key("unit", |given| given.read("http.service", UnitName::new));
    Some(Watch::Unit(unit.given()?.0.clone()))
}

fn mii(entry: &mut Entry<'_, '_>) -> Option<Watch> {
    let link = link(entry, "mii");
    let interval = entry.interval();
    Some(Watch::Mii(Mii { link: link?, interval: interval? }))
}

fn link(entry: &mut Entry<'_, '_>, key: &'static str) -> Option<LinkName> {
    let link = entry.key(key, |given| link_beyond(given, "is the loopback, which never fails: name another link"));
    Some(link.given()?.0.clone())
}

fn process(entry: &mut Entry<'_, '_>) -> Option<Watch> {
    let name = entry.key("process", |given| given.read("nginx", process_name));
    let count = entry.key("count", |given| {
        given.number("is no number of processes: use 1 to 65535", 1, |number: u16| (number > 0).then_some(number))
    });
    let count = count.value_or(1);
    Some(Watch::Process(Process { name: name.given()?.0.clone(), count: count? }))
}

fn process_name(name: &str) -> Result<String, String> {
    let shown = Shown::new(name);
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(format!("\"{shown}\" is no process: write the program's name, such as \"nginx\""));
    }
    if let Some((_, last)) = name.rsplit_once('/') {
        let last = Shown::new(last);
        return Err(format!("\"{shown}\" is a path: write the program's name, \"{last}\", as ps -o comm shows it"));
    }
    if name.len() > LONGEST_NAME {
        let kept = name.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|&end| end <= LONGEST_NAME).last();
        let kept = name.get(..kept.unwrap_or_default()).unwrap_or_default();
        return Err(format!(
            "\"{shown}\" is longer than the {LONGEST_NAME} bytes that the kernel keeps of a name: write \"{kept}\""
        ));
    }
    Ok(name.to_owned())
}

fn file(entry: &mut Entry<'_, '_>) -> Option<Watch> {
    let path = entry.key("file", |given| given.read("/run/maintenance", path));
    let expect = entry.key("expect", |given| given.choice(&Expect::WORDS)).value_or(Expect::Present);
    Some(Watch::File(File { path: path.given()?.0.clone(), expect: expect? }))
}

/// Reads the state of a group. Whether there is one of that name is seen when all tables are known.
fn group(entry: &mut Entry<'_, '_>) -> Option<Watch> {
    let group = entry.key("group", |given| given.text("net0").map(str::to_owned));
    let when = entry.key("when", |given| given.choice(&BadGroup::WORDS)).value_or(BadGroup::Failed);
    Some(Watch::Group(GroupTrack { group: group.given()?.0.clone(), when: when? }))
}
