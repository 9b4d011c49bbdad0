//! Tables that stand for a value, each with keys of its own, and lists of them.

use super::field::{Field, Given};
use super::place::Spot;
use super::suggest::nearest;
use super::text::{Shown, listed};
use super::value::{Content, Key, Value};

/// One table.
pub(crate) struct Entry<'g, 'v> {
    pub(crate) given: &'g mut Given<'v>,
    pub(crate) spot: &'g Spot,
    pub(crate) keys: &'g [(Key, Value)],
}

/// Reads a list of tables, or a single one. `example` is one of them, `known` are the keys that it may have.
pub(crate) fn entries<T>(
    given: &mut Given<'_>,
    example: &str,
    known: &[&'static str],
    read: impl Fn(&mut Entry<'_, '_>) -> Option<T>,
) -> Option<Vec<(T, Spot)>> {
    let value = given.value;
    let list = match &value.content {
        Content::List(list) => list.as_slice(),
        Content::Table(_) => std::slice::from_ref(value),
        Content::Text(_) | Content::Integer(..) | Content::Other(_) | Content::Boolean(_) => {
            return given.wrong(&format!("is {}: write a list of tables, such as [{example}]", value.kind()));
        }
    };
    let one = |value: &Value| {
        let Content::Table(keys) = &value.content else {
            let message = format!("{value} is {}: write a table, such as {example}", value.kind());
            return given.wrong_at(&value.spot, message);
        };
        let mut entry = Entry { given: &mut *given, spot: &value.spot, keys };
        let good = entry.knows(known);
        let read = read(&mut entry);
        good.then_some((read?, value.spot.clone()))
    };
    // All of them are read, so that every mistake is told at once.
    let all: Vec<Option<(T, Spot)>> = list.iter().map(one).collect();
    all.into_iter().collect()
}

impl Entry<'_, '_> {
    /// Reads a key with a function that says what is wrong itself and then gives `None`.
    pub(crate) fn key<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Given<'_>) -> Option<T>) -> Field<T> {
        let Some((_, value)) = self.keys.iter().find(|(key, _)| key.name == name) else {
            return Field::Absent;
        };
        match read(&mut self.given.inner(name, value)) {
            Some(read) => Field::Given(read, value.spot.clone()),
            None => Field::Wrong,
        }
    }

    /// Says what is wrong at a spot; `None` for the caller to return.
    pub(crate) fn wrong_at<T>(&mut self, spot: &Spot, message: impl Into<String>) -> Option<T> {
        self.given.wrong_at(spot, message)
    }

    /// Says which of some keys stand there although they change nothing. Tells whether there is none.
    pub(crate) fn idle(&mut self, names: &[&str], why: &str) -> bool {
        let mut good = true;
        for (key, _) in self.keys.iter().filter(|(key, _)| names.contains(&key.name.as_str())) {
            good = false;
            self.given.wrong_at::<()>(&key.spot, format!("{} changes nothing {why}: leave it out", key.name));
        }
        good
    }

    /// Says which keys are unknown. Tells whether there is none.
    pub(crate) fn knows(&mut self, known: &[&'static str]) -> bool {
        let mut good = true;
        for (key, _) in self.keys.iter().filter(|(key, _)| !known.contains(&key.name.as_str())) {
            good = false;
            let shown = Shown::new(&key.name);
            let message = match nearest(&key.name, known.iter().copied()) {
                Some(near) => format!("{shown} is unknown: did you mean {near}?"),
                None => {
                    let known = known.iter().map(|name| (*name).to_owned()).collect();
                    format!("{shown} is unknown: there are {}", listed(known, "and"))
                }
            };
            self.given.wrong_at::<()>(&key.spot, message);
        }
        good
    }
}
