//! What the daemon told systemd's journal, before it was started last as well.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::Value;
use vrrp::config::harmless;
use vrrp::message_id;
use vrrp::status::State;

use crate::render::news::{News, What};

/// What is looked for: transitions, and the daemon coming and going.
const MESSAGES: [&str; 5] =
    [message_id::TRANSITION, message_id::TRANSITIONS, message_id::STARTING, message_id::STOPPING, message_id::FAILED];
/// The fields that are read.
const FIELDS: &str = "_SOURCE_REALTIME_TIMESTAMP,MESSAGE_ID,MESSAGE,VRRP_INSTANCE,VRRP_INSTANCES,VRRP_OLD_STATE,VRRP_STATE,\
                      VRRP_REASON";

/// Reads the journal backwards, with journalctl.
#[derive(Debug)]
pub(crate) struct Journal {
    journalctl: Child,
    lines: BufReader<std::process::ChildStdout>,
}

impl Journal {
    /// Opens the journal of a host; `root` is where its files are.
    pub(crate) fn open(root: Option<&Path>) -> anyhow::Result<Self> {
        let mut command = Command::new("journalctl");
        // A field of 4 KiB and more, as the names of many instances are, is left out unless all is wanted.
        command.args(["--quiet", "--no-pager", "--output=json", "--all", "--reverse"]);
        command.arg(format!("--output-fields={FIELDS}"));
        if let Some(root) = root {
            command.arg("--root").arg(root);
        }
        command.arg("_SYSTEMD_UNIT=vrrp.service").args(MESSAGES.map(|id| format!("MESSAGE_ID={id}")));
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut journalctl = piped.context("journalctl cannot be run")?;
        let output = journalctl.stdout.take().context("journalctl says nothing")?;
        Ok(Self { journalctl, lines: BufReader::new(output) })
    }

    /// Reads the entry before those that were read; `None` at the beginning of the journal. One entry may tell of many instances.
    ///
    /// # Errors
    /// It cannot be read, for which journalctl gives the reason.
    pub(crate) fn earlier(&mut self) -> anyhow::Result<Option<Vec<News>>> {
        let mut line = String::new();
        if self.lines.read_line(&mut line).context("the journal cannot be read")? > 0 {
            return Ok(Some(read(&line)));
        }
        let mut said = String::new();
        if let Some(mut complaint) = self.journalctl.stderr.take() {
            // What it complains of is no more than a hint.
            let _ = complaint.read_to_string(&mut said);
        }
        match (self.journalctl.wait()?.success(), said.lines().find(|line| !line.is_empty())) {
            (true, _) | (false, None) => Ok(None),
            (false, Some(reason)) => bail!("the journal cannot be read: {}", harmless(reason)),
        }
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Whoever has read enough does not read to the end.
        let _ = self.journalctl.kill();
        let _ = self.journalctl.wait();
    }
}

/// An entry as journalctl writes it.
#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "__REALTIME_TIMESTAMP")]
    received: Option<Field>,
    #[serde(rename = "_SOURCE_REALTIME_TIMESTAMP")]
    sent: Option<Field>,
    #[serde(rename = "MESSAGE_ID")]
    id: Field,
    #[serde(rename = "MESSAGE")]
    message: Option<Field>,
    #[serde(rename = "VRRP_INSTANCE")]
    instance: Option<Field>,
    #[serde(rename = "VRRP_INSTANCES")]
    instances: Option<Field>,
    #[serde(rename = "VRRP_OLD_STATE")]
    old: Option<Field>,
    #[serde(rename = "VRRP_STATE")]
    state: Option<Field>,
    #[serde(rename = "VRRP_REASON")]
    reason: Option<Field>,
}

/// The text of a field; bytes that are no text are an array of numbers.
#[derive(Deserialize)]
#[serde(from = "Value")]
struct Field(String);

impl From<Value> for Field {
    fn from(value: Value) -> Self {
        let byte = |value: &Value| value.as_u64().and_then(|number| u8::try_from(number).ok());
        Self(match value {
            Value::String(text) => text,
            Value::Array(bytes) => String::from_utf8_lossy(&bytes.iter().filter_map(byte).collect::<Vec<u8>>()).into(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
        })
    }
}

/// Reads an entry. One that is not as the daemon writes them tells nothing: scripts of its unit can write some, too.
fn read(line: &str) -> Vec<News> {
    let Ok(entry) = serde_json::from_str::<Entry>(line) else { return Vec::new() };
    let Some(time) = entry.time() else { return Vec::new() };
    if ![message_id::TRANSITION, message_id::TRANSITIONS].contains(&entry.id.0.as_str()) {
        let message = entry.message.map(|message| harmless(&message.0));
        return message.map(|message| News { time, what: What::Daemon { message } }).into_iter().collect();
    }
    let names = entry.instances.as_ref().or(entry.instance.as_ref()).map_or("", |field| &field.0);
    // A line may be longer than the names that a host can have; no name stands in it twice.
    let names: BTreeSet<&str> = names.split(' ').filter(|name| !name.is_empty()).collect();
    let state = |field: &Option<Field>| State::from_name(&field.as_ref()?.0);
    let Some((old, state)) = state(&entry.old).zip(state(&entry.state)) else { return Vec::new() };
    let reason = harmless(entry.reason.as_ref().map_or("", |field| &field.0));
    let change = |name: &str| What::change(harmless(name), old, state, reason.clone(), None);
    names.into_iter().map(|name| News { time, what: change(name) }).collect()
}

impl Entry {
    fn time(&self) -> Option<u64> {
        self.sent.as_ref().or(self.received.as_ref())?.0.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, fields: &str) -> Vec<News> {
        read(&format!(
            r#"{{"__REALTIME_TIMESTAMP":"9","_SOURCE_REALTIME_TIMESTAMP":"7","MESSAGE_ID":"{id}",{fields}}}"#
        ))
    }

    #[test]
    fn a_transition_of_many_is_one_of_each() {
        let read = entry(
            message_id::TRANSITIONS,
            r#""VRRP_INSTANCES":"web db","VRRP_OLD_STATE":"Master","VRRP_STATE":"Fault","VRRP_REASON":"eth0 is down""#,
        );
        let change = |instance: &str| News {
            time: 7,
            what: What::Transition {
                instance: instance.to_owned(),
                old: State::Master,
                state: State::Fault,
                reason: "eth0 is down".to_owned(),
                since: None,
            },
        };
        assert_eq!(read, [change("db"), change("web")]);
    }

    #[test]
    fn a_new_reason_and_what_the_daemon_says_are_told_apart() {
        let fields =
            r#""VRRP_INSTANCE":"web","VRRP_OLD_STATE":"Backup","VRRP_STATE":"Backup","VRRP_REASON":[104,105,27]"#;
        let [News { time: 7, what: What::Standing { instance, reason, .. } }] =
            &entry(message_id::TRANSITION, fields)[..]
        else {
            panic!("no standing");
        };
        assert_eq!((instance.as_str(), reason.as_str()), ("web", "hi␛"));
        let said = entry(message_id::STARTING, r#""MESSAGE":"vrrpd 0.1.0 starts""#);
        assert_eq!(said, [News { time: 7, what: What::Daemon { message: "vrrpd 0.1.0 starts".to_owned() } }]);
    }

    #[test]
    fn what_the_daemon_never_wrote_tells_nothing() {
        assert_eq!(read("{"), []);
        assert_eq!(read(r#"{"MESSAGE_ID":"x"}"#), []);
        let fields = r#""VRRP_INSTANCE":"web","VRRP_OLD_STATE":"Master","VRRP_STATE":"King","VRRP_REASON":"x""#;
        assert_eq!(entry(message_id::TRANSITION, fields), []);
    }
}
