//! What happens, a line each time.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use vrrp::status::State;

use super::{BAD, DOUBTFUL, GOOD, HEADING, PLAIN, styled};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct News {
    /// When it was heard of, in microseconds since 1970.
    pub(crate) time: u64,
    #[serde(flatten)]
    pub(crate) what: What,
}

/// What happened. Its name is the field `event` for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(crate) enum What {
    /// A daemon runs.
    Running { version: String },
    /// None runs.
    Stopped,
    /// An instance is in a state, or has another reason for it.
    Standing { instance: String, state: State, reason: String, since: u64 },
    /// An instance has entered a state.
    Transition { instance: String, old: State, state: State, reason: String, since: u64 },
    /// An instance is there no longer.
    Removed { instance: String },
    /// So many events were lost.
    Lost { events: u64 },
}

impl News {
    /// The line for people.
    pub(crate) fn line(&self, zone: &TimeZone) -> String {
        let time = clock(self.time, zone);
        let text = match &self.what {
            What::Running { version } => format!("vrrpd {version} runs"),
            What::Stopped => styled(BAD, "vrrpd is not running"),
            What::Standing { instance, state, reason, .. } => {
                format!("{}: {}: {reason}", styled(HEADING, instance), shown(*state))
            }
            What::Transition { instance, old, state, reason, .. } => {
                let (old, new) = (old.name(), shown(*state));
                format!("{}: {old} -> {new}: {reason}", styled(HEADING, instance))
            }
            What::Removed { instance } => format!("{}: is there no longer", styled(HEADING, instance)),
            What::Lost { events } => {
                styled(DOUBTFUL, &format!("{events} lines were lost, for they came faster than they were read"))
            }
        };
        format!("{time} {text}")
    }
}

/// A state's name, which tells at a glance what it is.
fn shown(state: State) -> String {
    let style = match state {
        State::Master => GOOD,
        State::Fault => BAD,
        State::Init | State::Backup => PLAIN,
    };
    styled(style, state.name())
}

/// The time of day with the milliseconds that matter here, and the day before it.
fn clock(time: u64, zone: &TimeZone) -> String {
    let stamp = i64::try_from(time).ok().and_then(|time| Timestamp::from_microsecond(time).ok());
    match stamp {
        Some(stamp) => stamp.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f").to_string(),
        None => "an unknown time".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_when_who_and_what() {
        let said = |what| {
            let line = News { time: 1_700_000_000_123_456, what }.line(&TimeZone::UTC);
            anstream::adapter::strip_str(&line).to_string()
        };
        let (instance, reason) = ("inst1".to_owned(), "192.0.2.2 was silent for 3.609 s".to_owned());
        let transition = What::Transition { instance, old: State::Backup, state: State::Master, reason, since: 1 };
        assert_eq!(
            said(transition),
            "2023-11-14 22:13:20.123 inst1: Backup -> Master: 192.0.2.2 was silent for 3.609 s"
        );
        assert_eq!(said(What::Stopped), "2023-11-14 22:13:20.123 vrrpd is not running");
        assert_eq!(
            said(What::Lost { events: 7 }),
            "2023-11-14 22:13:20.123 7 lines were lost, for they came faster than they were read"
        );
    }

    #[test]
    fn programs_get_an_object_a_line() {
        let news = News { time: 7, what: What::Removed { instance: "inst1".to_owned() } };
        assert_eq!(serde_json::to_string(&news).unwrap(), r#"{"time":7,"event":"removed","instance":"inst1"}"#);
    }
}
