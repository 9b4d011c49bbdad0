//! `on_transition`: what is run when an instance has entered a state.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use super::entries::Entry;
use super::field::{Field, Given};
use super::program::{command, user_name};
use super::value::{Content, Key, Value};
use crate::state::State;

/// How long a program may take, where nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(30);
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(3600);

const KEYS: [&str; 4] = ["program", "to", "user", "timeout"];

/// The states with the words for them in a configuration.
const WORDS: [(State, &str); 4] =
    [(State::Init, "init"), (State::Backup, "backup"), (State::Master, "master"), (State::Fault, "fault")];

/// A program that is run when the instance has entered a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnTransition {
    /// The program, as an absolute path.
    pub program: PathBuf,
    /// Its arguments. No shell sees them.
    pub arguments: Vec<String>,
    /// The states; at least one.
    pub to: BTreeSet<State>,
    /// The user that runs it, by name; where none is named, one that exists only as long as it runs.
    pub user: Option<String>,
    /// How long it may take until it is killed, 100 ms to 1 h.
    pub timeout: Duration,
}

/// Reads one program, as text, as a list of a path and arguments or as a table, or a list of tables.
pub(crate) fn on_transition(given: &mut Given<'_>) -> Option<Vec<OnTransition>> {
    let value = given.value;
    match &value.content {
        Content::Table(keys) => table(given, value, keys).map(|one| vec![one]),
        Content::List(entries) if entries.iter().any(|entry| matches!(entry.content, Content::Table(_))) => {
            let all: Vec<Option<OnTransition>> = entries.iter().map(|entry| one(given, entry)).collect();
            all.into_iter().collect()
        }
        Content::List(entries) if entries.is_empty() => Some(Vec::new()),
        Content::Text(_) | Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) => {
            let (program, arguments) = command(given)?;
            let to = State::ALL.into_iter().collect();
            Some(vec![OnTransition { program, arguments, to, user: None, timeout: TIMEOUT }])
        }
    }
}

fn one(given: &mut Given<'_>, entry: &Value) -> Option<OnTransition> {
    match &entry.content {
        Content::Table(keys) => table(given, entry, keys),
        Content::Text(_) | Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) => {
            let message = format!("{entry} is {}: write a table, such as {{ program = \"…\" }}", entry.kind());
            given.wrong_at(&entry.spot, message)
        }
    }
}

fn table(given: &mut Given<'_>, entry: &Value, keys: &[(Key, Value)]) -> Option<OnTransition> {
    let mut entry = Entry { given, spot: &entry.spot, keys };
    let known = entry.knows(&KEYS);
    let program = match entry.key("program", command) {
        Field::Absent => {
            entry.wrong_at(entry.spot, "the program is missing: add program = \"/usr/local/lib/vrrp-event\"")
        }
        Field::Wrong => None,
        Field::Given(program, _) => Some(program),
    };
    let to = entry.key("to", states).value_or(State::ALL.into_iter().collect());
    let user = entry.key("user", |given| given.read("nobody", user_name)).map(Some).value_or(None);
    let timeout = entry.key("timeout", |given| match given.duration()? {
        time if (SHORTEST..=LONGEST).contains(&time) => Some(time),
        _ => given.wrong("is out of range: use 100ms to 60min"),
    });
    let (timeout, (program, arguments)) = (timeout.value_or(TIMEOUT)?, program?);
    known.then_some(())?;
    Some(OnTransition { program, arguments, to: to?, user: user?, timeout })
}

/// Reads a state or a list of them.
fn states(given: &mut Given<'_>) -> Option<BTreeSet<State>> {
    let value = given.value;
    let Content::List(list) = &value.content else {
        return given.choice(&WORDS).map(|state| BTreeSet::from([state]));
    };
    let states: Vec<Option<State>> = list.iter().map(|state| given.inner("to", state).choice(&WORDS)).collect();
    let states: BTreeSet<State> = states.into_iter().collect::<Option<_>>()?;
    match states.is_empty() {
        true => given.wrong("names no state: leave it out for all of them"),
        false => Some(states),
    }
}
