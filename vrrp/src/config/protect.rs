//! What an instance protects: one unit or a list, each alone or with an effect.

use std::collections::HashMap;

use super::field::Given;
use super::suggest::nearest;
use super::text::Shown;
use super::value::{Content, Key, Value};
use super::{Effect, Protection, UnitName};

/// The largest weight, upwards and downwards: it moves any priority from one end to the other.
const HEAVIEST: i64 = 253;

/// Reads `protect`: `"http.service"`, `{ unit = "http.service", effect = "fault" }` or a list of these.
pub(crate) fn protect(given: &mut Given<'_>) -> Option<Vec<Protection>> {
    let value = given.value;
    let entries = match &value.content {
        Content::List(entries) => entries.as_slice(),
        Content::Text(_) | Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::Table(_) => {
            std::slice::from_ref(value)
        }
    };
    let mut seen = HashMap::new();
    let mut all = Some(Vec::new());
    for entry in entries {
        let protection =
            protection(given, entry).and_then(|protection| match seen.insert(protection.unit.clone(), &entry.spot) {
                Some(first) => given.twice(&entry.spot, protection.unit.as_str(), first),
                None => Some(protection),
            });
        all = all.zip(protection).map(|(mut all, protection)| {
            all.push(protection);
            all
        });
    }
    all
}

fn protection(given: &mut Given<'_>, entry: &Value) -> Option<Protection> {
    match &entry.content {
        Content::Text(_) => unit(given, entry).map(|unit| Protection { unit, effect: Effect::Backup }),
        Content::Table(entries) => table(given, entry, entries),
        Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) => {
            let message = format!("{entry} is {}: write a unit, such as \"http.service\"", entry.kind());
            given.wrong_at(&entry.spot, message)
        }
    }
}

fn table(given: &mut Given<'_>, entry: &Value, entries: &[(Key, Value)]) -> Option<Protection> {
    let mut known = Some(());
    for (key, _) in entries.iter().filter(|(key, _)| !matches!(key.name.as_str(), "unit" | "effect")) {
        let shown = Shown::new(&key.name);
        known = given.wrong_at(
            &key.spot,
            match nearest(&key.name, ["unit", "effect"]) {
                Some(near) => format!("{shown} is unknown: did you mean {near}?"),
                None => format!("{shown} is unknown: there are unit and effect"),
            },
        );
    }
    let find = |name| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
    let effect = match find("effect") {
        Some(value) => effect(given, value),
        None => Some(Effect::Backup),
    };
    let unit = match find("unit") {
        Some(value) => unit(given, value),
        None => given.wrong_at(&entry.spot, "the unit is missing: add unit = \"http.service\""),
    };
    known?;
    Some(Protection { unit: unit?, effect: effect? })
}

fn unit(given: &mut Given<'_>, value: &Value) -> Option<UnitName> {
    let refusal = match &value.content {
        Content::Text(name) => match UnitName::new(name) {
            Ok(unit) => return Some(unit),
            Err(refusal) => refusal,
        },
        Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => {
            format!("unit = {value} is {}: write a unit, such as \"http.service\"", value.kind())
        }
    };
    given.wrong_at(&value.spot, refusal)
}

/// Reads what a condition does: `"backup"`, `"fault"` or a weight.
pub(crate) fn effect(given: &mut Given<'_>, value: &Value) -> Option<Effect> {
    let advice = "use \"backup\", \"fault\" or a weight from -253 to 253, not 0";
    let message = match &value.content {
        Content::Text(word) => match word.as_str() {
            "backup" => return Some(Effect::Backup),
            "fault" => return Some(Effect::Fault),
            _ => match nearest(word, ["backup", "fault"]) {
                Some(near) => format!("effect = {value} is unknown: did you mean \"{near}\"?"),
                None => format!("effect = {value} is unknown: {advice}"),
            },
        },
        Content::Integer(_, number) => {
            let weight = number.filter(|weight| *weight != 0 && (-HEAVIEST..=HEAVIEST).contains(weight));
            match weight.and_then(|weight| i16::try_from(weight).ok()) {
                Some(weight) => return Some(Effect::Weight(weight)),
                None => format!("effect = {value} is out of range: {advice}"),
            }
        }
        Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => {
            format!("effect = {value} is {}: {advice}", value.kind())
        }
    };
    given.wrong_at(&value.spot, message)
}
