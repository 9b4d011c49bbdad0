//! From `auth = { … }` to what it says.

use std::collections::BTreeMap;
use std::time::Duration;

use super::literal::{ADVICE, NAMES};
use super::{Auth, SecretSource, WINDOWS};
use crate::config::field::{Given, duration};
use crate::config::place::Spot;
use crate::config::suggest::nearest;
use crate::config::text::{Shown, listed};
use crate::config::value::{Content, Key, Value};
use crate::wire::auth::{KeyId, Mode, Window};

/// The keys of the table.
const KEYS: [&str; 7] = ["type", "credential", "file", "keys", "send", "mode", "window"];
const OF_A_SECRET: [&str; 2] = ["credential", "file"];
const OF_HMAC: [&str; 4] = ["keys", "send", "mode", "window"];
const OF_A_KEY: [&str; 3] = ["id", "credential", "file"];

/// Reads `auth`: none of it for `type = "none"`.
pub(crate) fn auth(given: &mut Given<'_>) -> Option<Option<Auth>> {
    let whole = &given.value.spot;
    let Content::Table(entries) = &given.value.content else {
        let example = "{ type = \"hmac-sha256\", keys = [{ id = 1, file = \"/etc/vrrp/keys/1\" }] }";
        return given.wrong_at(whole, format!("auth is {}: write a table, such as {example}", given.value.kind()));
    };
    let known = known(given, entries, &KEYS);
    let name = match find(entries, "type") {
        Some(value) => word(given, "type", value, &Auth::TYPES.map(|name| (name, name)))?,
        None => {
            let message = "the type is missing: add type = \"hmac-sha256\", or \"password\" or \"ah\" with version 2";
            return given.wrong_at(whole, message);
        }
    };
    let auth = match name {
        "none" => {
            misplaced(given, entries, &[&OF_A_SECRET[..], &OF_HMAC].concat(), "type = \"none\" takes nothing else")
                .map(|()| None)
        }
        "hmac-sha256" => {
            let advice = "each of keys has its own, as in keys = [{ id = 1, file = \"/etc/vrrp/keys/1\" }]";
            let placed = misplaced(given, entries, &OF_A_SECRET, advice);
            hmac(given, entries).zip(placed).map(|(auth, ())| Some(auth))
        }
        name => {
            let placed = misplaced(given, entries, &OF_HMAC, "only type = \"hmac-sha256\" has it");
            let source = source(given, entries, whole).zip(placed);
            source.map(|(source, ())| Some(if name == "ah" { Auth::Ah(source) } else { Auth::Password(source) }))
        }
    };
    auth.zip(known).map(|(auth, ())| auth)
}

fn hmac(given: &mut Given<'_>, entries: &[(Key, Value)]) -> Option<Auth> {
    let mode = match find(entries, "mode") {
        Some(value) => word(given, "mode", value, &Mode::WORDS.map(|(mode, word)| (word, mode))),
        None => Some(Mode::Enforce),
    };
    let window = match find(entries, "window") {
        Some(value) => window(given, value).map(Some),
        None => Some(None),
    };
    let Some(list) = find(entries, "keys") else {
        let message = "the keys are missing: add, for example, keys = [{ id = 1, file = \"/etc/vrrp/keys/1\" }]";
        return given.wrong_at(&given.value.spot, message);
    };
    let keys = keys(given, list)?;
    let send = match (find(entries, "send"), keys.keys().next()) {
        (Some(value), _) => {
            let send = id(given, "send", value)?;
            match keys.contains_key(&send) {
                true => send,
                false => {
                    let ids = keys.keys().map(ToString::to_string).collect();
                    return given.wrong_at(&value.spot, format!("send = {send} is no key: use {}", listed(ids, "or")));
                }
            }
        }
        (None, Some(&only)) if keys.len() == 1 => only,
        (None, _) => {
            let message = "send is missing: of several keys, name the one to send with, such as send = 1";
            return given.wrong_at(&list.spot, message);
        }
    };
    Some(Auth::Hmac { keys, send, mode: mode?, window: window? })
}

fn keys(given: &mut Given<'_>, list: &Value) -> Option<BTreeMap<KeyId, SecretSource>> {
    let example = "{ id = 1, file = \"/etc/vrrp/keys/1\" }";
    let entries = match &list.content {
        Content::List(entries) if !entries.is_empty() => entries.as_slice(),
        Content::Table(_) => std::slice::from_ref(list),
        Content::List(_) => return given.wrong_at(&list.spot, format!("keys is empty: write [{example}]")),
        Content::Text(_) | Content::Integer(..) | Content::Other(_) | Content::Boolean(_) => {
            return given.wrong_at(&list.spot, format!("keys is {}: write [{example}]", list.kind()));
        }
    };
    let mut all = Some(BTreeMap::new());
    let mut spots: BTreeMap<KeyId, &Spot> = BTreeMap::new();
    for entry in entries {
        let Content::Table(fields) = &entry.content else {
            all = given.wrong_at(&entry.spot, format!("a key is a table: write {example}"));
            continue;
        };
        let known = known(given, fields, &OF_A_KEY);
        let id = match find(fields, "id") {
            Some(value) => id(given, "id", value),
            None => given.wrong_at(&entry.spot, "the id is missing: add id = 1, the same on all hosts"),
        };
        let source = source(given, fields, &entry.spot);
        let once = id.and_then(|id| match spots.insert(id, &entry.spot) {
            Some(first) => given.twice(&entry.spot, &format!("key {id}"), first),
            None => Some(id),
        });
        all = all.zip(once).zip(source).zip(known).map(|(((mut all, id), source), ())| {
            all.insert(id, source);
            all
        });
    }
    all
}

/// Reads where one secret is.
fn source(given: &mut Given<'_>, entries: &[(Key, Value)], whole: &Spot) -> Option<SecretSource> {
    let (value, key) = match (find(entries, "credential"), find(entries, "file")) {
        (Some(value), None) => (value, "credential"),
        (None, Some(value)) => (value, "file"),
        (Some(_), Some(file)) => {
            return given.wrong_at(&file.spot, "a secret is in one place: leave out credential or file");
        }
        // Somebody who wrote the secret itself was told where it belongs.
        (None, None) if entries.iter().any(|(key, _)| is_literal(key)) => return None,
        (None, None) => {
            let message = "the secret is missing: add file = \"/etc/vrrp/keys/NAME\", or credential = \"NAME\" for one of systemd's";
            return given.wrong_at(whole, message);
        }
    };
    let Content::Text(text) = &value.content else {
        let kind = value.kind();
        return given.wrong_at(&value.spot, format!("{key} is {kind}: write it in quotes"));
    };
    let shown = Shown::new(text);
    match key {
        "file" if text.starts_with('/') && !text.contains(char::is_control) => Some(SecretSource::File(text.into())),
        "file" => given.wrong_at(&value.spot, "file is no path from the root: write one such as /etc/vrrp/keys/NAME"),
        _ if is_credential(text) => Some(SecretSource::Credential(text.clone())),
        _ => {
            let message = format!("{shown} is no name of a credential: use letters, digits, . _ and -");
            given.wrong_at(&value.spot, message)
        }
    }
}

fn is_credential(name: &str) -> bool {
    let fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@' | '+');
    (1..=255).contains(&name.len()) && name.chars().all(fit) && name != "." && name != ".."
}

fn window(given: &mut Given<'_>, value: &Value) -> Option<Window> {
    let advice = "use whole seconds, \"1s\" to \"300s\", or \"unlimited\" where clocks cannot be trusted";
    let Content::Text(text) = &value.content else {
        return given.wrong_at(&value.spot, format!("window = {value} is {}: {advice}", value.kind()));
    };
    if text == "unlimited" {
        return Some(Window::Unlimited);
    }
    match duration(text) {
        Ok(window) if window.subsec_nanos() == 0 && WINDOWS.contains(&window.as_secs()) => {
            Some(Window::Within(Duration::from_secs(window.as_secs())))
        }
        Ok(_) => given.wrong_at(&value.spot, format!("window = {value} is no window: {advice}")),
        Err(_) => given.wrong_at(&value.spot, format!("window = {value} is no duration: {advice}")),
    }
}

fn id(given: &mut Given<'_>, name: &str, value: &Value) -> Option<KeyId> {
    let number = match &value.content {
        Content::Integer(_, number) => number.and_then(|number| u8::try_from(number).ok()).and_then(KeyId::new),
        Content::Text(_) | Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => None,
    };
    number.or_else(|| given.wrong_at(&value.spot, format!("{name} = {value} is no number of a key: use 1 to 255")))
}

/// Reads one of some words.
fn word<T: Copy>(given: &mut Given<'_>, name: &str, value: &Value, words: &[(&'static str, T)]) -> Option<T> {
    let found = match &value.content {
        Content::Text(text) => words.iter().find(|(word, _)| word == text),
        Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => None,
    };
    if let Some(&(_, meant)) = found {
        return Some(meant);
    }
    let near = match &value.content {
        Content::Text(text) => nearest(text, words.iter().map(|&(word, _)| word)),
        Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => None,
    };
    let message = match near {
        Some(near) => format!("{name} = {value} is unknown: did you mean \"{near}\"?"),
        None => {
            let words = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
            format!("{name} = {value} is unknown: use {}", listed(words, "or"))
        }
    };
    given.wrong_at(&value.spot, message)
}

/// Says which entries do not belong into any such table.
fn known(given: &mut Given<'_>, entries: &[(Key, Value)], keys: &[&'static str]) -> Option<()> {
    let mut all = Some(());
    for (key, _) in entries.iter().filter(|(key, _)| !keys.contains(&key.name.as_str())) {
        let shown = Shown::new(&key.name);
        let message = match nearest(&key.name, keys.iter().copied()) {
            _ if is_literal(key) => ADVICE.to_owned(),
            Some(near) => format!("{shown} is unknown: did you mean {near}?"),
            None => format!("{shown} is unknown: there are {}", keys.join(", ")),
        };
        all = given.wrong_at(&key.spot, message);
    }
    all
}

/// Says which entries belong to another type.
fn misplaced(given: &mut Given<'_>, entries: &[(Key, Value)], keys: &[&str], advice: &str) -> Option<()> {
    let mut all = Some(());
    for (key, _) in entries.iter().filter(|(key, _)| keys.contains(&key.name.as_str())) {
        all = given.wrong_at(&key.spot, format!("{} changes nothing here: {advice}", key.name));
    }
    all
}

fn is_literal(key: &Key) -> bool {
    NAMES.contains(&key.name.to_lowercase().as_str())
}

fn find<'v>(entries: &'v [(Key, Value)], name: &str) -> Option<&'v Value> {
    entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value)
}
