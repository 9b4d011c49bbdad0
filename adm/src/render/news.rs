//! What happens, a line each time.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use vrrp::status::State;

use super::{BAD, DOUBTFUL, GOOD, HEADING, PLAIN, styled};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct News {
    /// When it was heard of, in microseconds since 1970.
    pub(crate) time: u64,
    /// What it is.
    #[serde(flatten)]
    pub(crate) what: What,
}

/// What happened. Its name is the field `event` for programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "lowercase")]
pub(crate) enum What {
    /// A daemon runs.
    Running {
        /// Its version.
        version: String,
    },
    /// None runs.
    Stopped,
    /// What a daemon said of itself.
    Daemon {
        /// In words.
        message: String,
    },
    /// An instance is in a state, or has another reason for it.
    Standing {
        /// Its name.
        instance: String,
        /// The state.
        state: State,
        /// Why, in words.
        reason: String,
        /// When it was entered, in microseconds since 1970.
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<u64>,
    },
    /// An instance has entered a state.
    Transition {
        /// Its name.
        instance: String,
        /// The state before.
        old: State,
        /// The state from then on.
        state: State,
        /// Why, in words.
        reason: String,
        /// When it was entered, in microseconds since 1970.
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<u64>,
    },
    /// An instance is there no longer.
    Removed {
        /// Its name.
        instance: String,
    },
    /// So many events were lost.
    Lost {
        /// How many.
        events: u64,
    },
}

impl What {
    /// A transition, or another reason for the same state. `since` is when the state was entered, where that is known.
    pub(crate) fn change(instance: String, old: State, state: State, reason: String, since: Option<u64>) -> Self {
        match old == state {
            true => Self::Standing { instance, state, reason, since },
            false => Self::Transition { instance, old, state, reason, since },
        }
    }

    /// Tells whether one cause may have done this and that to two instances.
    fn is_like(&self, other: &Self) -> bool {
        self.instance() != other.instance() && self.clone().of(String::new()) == other.clone().of(String::new())
    }

    /// The same of another instance.
    fn of(self, instance: String) -> Self {
        match self {
            Self::Standing { state, reason, since, .. } => Self::Standing { instance, state, reason, since },
            Self::Transition { old, state, reason, since, .. } => {
                Self::Transition { instance, old, state, reason, since }
            }
            Self::Removed { .. } => Self::Removed { instance },
            other @ (Self::Running { .. } | Self::Stopped | Self::Daemon { .. } | Self::Lost { .. }) => other,
        }
    }

    /// The instance that it happened to.
    pub(crate) fn instance(&self) -> Option<&str> {
        match self {
            Self::Standing { instance, .. } | Self::Transition { instance, .. } | Self::Removed { instance } => {
                Some(instance)
            }
            Self::Running { .. } | Self::Stopped | Self::Daemon { .. } | Self::Lost { .. } => None,
        }
    }
}

/// How many instances have a line each for what one cause did to all of them.
const FEW: usize = 3;
/// In how many microseconds one cause does so.
const TOGETHER: u64 = 1_000_000;

/// The lines for people. What the same cause did to many instances at a time is one.
pub(crate) fn lines(news: &[News], zone: &TimeZone) -> String {
    let mut out = String::new();
    for alike in
        news.chunk_by(|one, next| one.what.is_like(&next.what) && next.time.saturating_sub(one.time) <= TOGETHER)
    {
        match alike {
            [first, ..] if alike.len() > FEW => out.push_str(&(first.line_of_many(alike, zone) + "\n")),
            few => few.iter().for_each(|one| out.push_str(&(one.line(zone) + "\n"))),
        }
    }
    out
}

impl News {
    /// The line for people that tells of all that is like this one.
    fn line_of_many(&self, alike: &[Self], zone: &TimeZone) -> String {
        let names: Vec<&str> = alike.iter().filter_map(|one| one.what.instance()).take(FEW).collect();
        let who = format!("{} and {} more", names.join(", "), alike.len() - names.len());
        Self { time: self.time, what: self.what.clone().of(who) }.line(zone)
    }

    /// The line for people.
    pub(crate) fn line(&self, zone: &TimeZone) -> String {
        let time = clock(self.time, zone);
        let text = match &self.what {
            What::Running { version } => format!("vrrpd {version} runs"),
            What::Daemon { message } => message.clone(),
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
        let transition =
            What::Transition { instance, old: State::Backup, state: State::Master, reason, since: Some(1) };
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
    fn what_one_cause_does_to_many_is_one_line() {
        let down = |number: usize, time| News {
            time,
            what: What::change(format!("i{number}"), State::Master, State::Fault, "eth0 is down".to_owned(), None),
        };
        let many: Vec<News> = (1..=5).map(|number| down(number, 1_700_000_000_000_000)).collect();
        let said = |news: &[News]| anstream::adapter::strip_str(&lines(news, &TimeZone::UTC)).to_string();
        assert_eq!(said(&many), "2023-11-14 22:13:20.000 i1, i2, i3 and 2 more: Master -> Fault: eth0 is down\n");
        assert_eq!(said(&many[..3]).lines().count(), 3);
        let later = [&many[..2], &[down(3, 1_700_000_009_000_000), down(4, 1_700_000_009_000_000)]].concat();
        assert_eq!(said(&later).lines().count(), 4);
        assert_eq!(said(&[many[0].clone(), many[0].clone()]).lines().count(), 2);
    }

    #[test]
    fn programs_get_an_object_a_line() {
        let news = News { time: 7, what: What::Removed { instance: "inst1".to_owned() } };
        assert_eq!(serde_json::to_string(&news).unwrap(), r#"{"time":7,"event":"removed","instance":"inst1"}"#);
    }
}
