//! One key of a table: what was given for it, read as the type that it should have.

use std::time::Duration;

use super::place::Spot;
use super::problem::Finding;
use super::suggest::nearest;
use super::text::{Shown, listed};
use super::value::{Content, Value};
use super::written::Table;

/// What is known of a key.
#[derive(Clone, Debug)]
pub(crate) enum Field<T> {
    /// It does not stand there.
    Absent,
    /// It stands there and is wrong, which has been said.
    Wrong,
    /// It has this value, which stands at this spot.
    Given(T, Spot),
}

impl<T: Clone> Field<T> {
    /// This field, or the default where this one is absent.
    pub(crate) fn or(self, default: &Self) -> Self {
        match self {
            Self::Absent => default.clone(),
            Self::Wrong | Self::Given(..) => self,
        }
    }

    /// The value, or `builtin` where the key is absent; none where it is wrong.
    pub(crate) fn value_or(&self, builtin: T) -> Option<T> {
        match self {
            Self::Absent => Some(builtin),
            Self::Wrong => None,
            Self::Given(value, _) => Some(value.clone()),
        }
    }

    /// The same field with what `change` makes of its value.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Absent => Field::Absent,
            Self::Wrong => Field::Wrong,
            Self::Given(value, spot) => Field::Given(change(value), spot),
        }
    }

    /// The value and its spot, where one was given.
    pub(crate) fn given(&self) -> Option<(&T, &Spot)> {
        match self {
            Self::Absent | Self::Wrong => None,
            Self::Given(value, spot) => Some((value, spot)),
        }
    }
}

/// Reads the keys of one table.
pub(crate) struct Reader<'t> {
    pub(crate) table: &'t Table,
    /// The table as its heading names it: `instance.inst1`.
    pub(crate) heading: &'t str,
    pub(crate) instance: Option<&'t str>,
    pub(crate) findings: &'t mut Vec<Finding>,
}

impl Reader<'_> {
    /// Reads a key with a function that says what is wrong itself and then gives `None`.
    pub(crate) fn key<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Given<'_>) -> Option<T>) -> Field<T> {
        let Some(item) = self.table.items.get(name) else {
            return Field::Absent;
        };
        if item.unreadable {
            return Field::Wrong;
        }
        let Self { heading, instance, .. } = *self;
        let mut given = Given { name, value: &item.value, heading, instance, findings: self.findings };
        match read(&mut given) {
            Some(value) => Field::Given(value, item.value.spot.clone()),
            None => Field::Wrong,
        }
    }
}

/// A value on its way to its type.
pub(crate) struct Given<'v> {
    pub(crate) name: &'static str,
    pub(crate) value: &'v Value,
    heading: &'v str,
    instance: Option<&'v str>,
    findings: &'v mut Vec<Finding>,
}

impl<'v> Given<'v> {
    /// A value inside this one.
    pub(crate) fn inner<'i>(&'i mut self, name: &'static str, value: &'i Value) -> Given<'i> {
        Given { name, value, heading: self.heading, instance: self.instance, findings: self.findings }
    }

    /// The table that it stands in, as its heading names it.
    pub(crate) const fn table(&self) -> &str {
        self.heading
    }

    /// Says what is wrong at a spot; `None` for the caller to return.
    pub(crate) fn wrong_at<T>(&mut self, spot: &Spot, message: impl Into<String>) -> Option<T> {
        self.findings.push(Finding::new(spot.clone(), message).of(self.instance));
        None
    }

    /// Says what is wrong at a spot because of another one.
    pub(crate) fn wrong_beside<T>(
        &mut self,
        spot: &Spot,
        message: impl Into<String>,
        (word, other): (&'static str, &Spot),
    ) -> Option<T> {
        let finding = Finding::new(spot.clone(), message).of(self.instance);
        self.findings.push(finding.related(word, other.clone()));
        None
    }

    /// Says that a value stands in one list twice.
    pub(crate) fn twice<T>(&mut self, spot: &Spot, what: &str, first: &Spot) -> Option<T> {
        let message = format!("{what} stands twice in {}: leave one out", self.name);
        self.wrong_beside(spot, message, ("first at", first))
    }

    /// Says what is wrong with the whole value, after `NAME = VALUE`.
    pub(crate) fn wrong<T>(&mut self, what: &str) -> Option<T> {
        let message = format!("{} = {} {what}", self.name, self.value);
        self.wrong_at(&self.value.spot, message)
    }

    /// A text.
    pub(crate) fn text(&mut self, example: &str) -> Option<&'v str> {
        match &self.value.content {
            Content::Text(text) => Some(text),
            Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => {
                self.wrong(&format!("is {}: write text in quotes, such as \"{example}\"", self.value.kind()))
            }
        }
    }

    /// A text that `read` makes a value of, or says in one clause what is wrong with.
    pub(crate) fn read<T>(&mut self, example: &str, read: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        match read(self.text(example)?) {
            Ok(value) => Some(value),
            Err(message) => self.wrong_at(&self.value.spot, message),
        }
    }

    /// A whole number that `take` accepts.
    pub(crate) fn number<N: TryFrom<i64>, T>(
        &mut self,
        what: &str,
        example: u16,
        take: impl Fn(N) -> Option<T>,
    ) -> Option<T> {
        match &self.value.content {
            Content::Integer(_, number) => {
                let taken = number.and_then(|number| N::try_from(number).ok()).and_then(take);
                taken.or_else(|| self.wrong(what))
            }
            Content::Text(text) if text.parse::<u32>().is_ok() => {
                self.wrong(&format!("is text: write the number without quotes, {}", Shown::new(text)))
            }
            Content::Text(_) | Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => {
                self.wrong(&format!("is {}: write a whole number, such as {example}", self.value.kind()))
            }
        }
    }

    /// `true` or `false`.
    pub(crate) fn truth(&mut self) -> Option<bool> {
        match self.value.content {
            Content::Boolean(truth) => Some(truth),
            Content::Text(_) | Content::Integer(..) | Content::Other(_) | Content::List(_) | Content::Table(_) => {
                self.wrong(&format!("is {}: write true or false, without quotes", self.value.kind()))
            }
        }
    }

    /// A list.
    pub(crate) fn list(&mut self, example: &str) -> Option<&'v [Value]> {
        match &self.value.content {
            Content::List(list) => Some(list),
            Content::Text(text) => {
                let shown = Shown::new(text);
                self.wrong(&format!("is one text: write a list, [\"{shown}\"]"))
            }
            Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::Table(_) => {
                self.wrong(&format!("is {}: write a list, such as [\"{example}\"]", self.value.kind()))
            }
        }
    }

    /// One of some words.
    pub(crate) fn choice<T: Copy>(&mut self, choices: &[(T, &'static str)]) -> Option<T> {
        let example = choices.first().map_or("", |&(_, word)| word);
        let text = self.text(example)?;
        if let Some(&(choice, _)) = choices.iter().find(|&&(_, word)| word == text) {
            return Some(choice);
        }
        match nearest(text, choices.iter().map(|&(_, word)| word)) {
            Some(near) => self.wrong(&format!("is unknown: did you mean \"{near}\"?")),
            None => {
                let words = choices.iter().map(|(_, word)| format!("\"{word}\"")).collect();
                self.wrong(&format!("is unknown: use {}", listed(words, "or")))
            }
        }
    }

    /// A duration: digits, perhaps a fraction of seconds, and one of `ms`, `s` and `min`.
    pub(crate) fn duration(&mut self) -> Option<Duration> {
        let text = match &self.value.content {
            Content::Text(text) => text.as_str(),
            Content::Integer(text, _) | Content::Other(text) => text,
            Content::Boolean(_) | Content::List(_) | Content::Table(_) => self.text("1s")?,
        };
        match duration(text) {
            Ok(duration) => Some(duration),
            Err(advice) => self.wrong(&advice),
        }
    }
}

/// Reads a duration, to the millisecond, or says after the value what is wrong with it.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let number_end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(number_end);
    let example = "is no duration: write one such as \"10ms\", \"1.5s\" or \"2min\"".to_owned();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || fraction.contains('.') || number.ends_with('.') {
        return Err(example);
    }
    let shown = Shown::new(number);
    let factor = match unit {
        "ms" => 1,
        "s" => 1000,
        "min" => 60_000,
        "" if fraction.is_empty() => {
            return Err(format!("has no unit: write \"{shown}s\" for seconds, or \"{shown}ms\" for milliseconds"));
        }
        "" => return Err(format!("has no unit: write \"{shown}s\" for seconds")),
        "cs" => return Err("is in centiseconds: write milliseconds, such as \"100ms\" for 10 cs".to_owned()),
        _ => return Err(example),
    };
    let milliseconds = match (fraction.is_empty(), unit, fraction.len()) {
        (true, ..) => whole.parse().ok().and_then(|whole: u64| whole.checked_mul(factor)),
        (false, "s", 1..=3) => {
            let thousandths: Option<u64> = format!("{fraction:0<3}").parse().ok();
            let whole: Option<u64> = whole.parse().ok();
            whole.and_then(|whole| whole.checked_mul(factor)?.checked_add(thousandths?))
        }
        (false, ..) => {
            return Err("is finer than a millisecond: write whole milliseconds, such as \"10ms\"".to_owned());
        }
    };
    milliseconds.map(Duration::from_millis).ok_or_else(|| "is too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit_and_are_exact() {
        let milliseconds = |text| duration(text).map(|duration| duration.as_millis());
        let good = [("10ms", 10), ("1s", 1000), ("1.5s", 1500), ("0.025s", 25), ("2min", 120_000), ("40.95s", 40_950)];
        for (text, expected) in good {
            assert_eq!(milliseconds(text), Ok(expected), "{text}");
        }
        let bad = ["", "s", ".5s", "1.s", "1.2.3s", "1 s", "-1s", "1", "100cs", "1.2345s", "0.5ms", "1h", "1e3s"];
        for text in bad.into_iter().chain(["99999999999999999999s", "18446744073709551615min"]) {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
