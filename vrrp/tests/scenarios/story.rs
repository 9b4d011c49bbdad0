//! The language of the stories.
//!
//! ```text
//! check(
//!     "priority 128, preempt off",            // what differs from the usual instance
//!     "0.000 startup                          // seconds, and what happens then
//!      3.500 deadline                         // fails unless exactly this was the deadline
//!      4.000 advert 192.0.2.2 200",
//!     "0.000 Backup (listening for a Master)  // what is done then, in this order
//!      3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
//!      4.000 release, Backup (192.0.2.2 took over with priority 200 against 128)",
//! );
//! ```
//!
//! The usual instance has IPv4, version 3, priority 128, an interval of one second, preempts at once, and its link is
//! usable with 192.0.2.10 (fe80::10). Of an instance with `both` families, each line is about `v4` or `v6`.
//!
//! A deadline that the story passes over in silence fails it, unless the story says `late deadline` at that time.
//!
//! `early` fails unless exactly from then on an advertisement may leave that is due a moment later.
//!
//! `look` fails unless exactly from then on it is looked for what is filtered, `looking` unless it always is, `no look` unless it
//! never is.

use std::net::IpAddr;
use std::str::FromStr;
use std::time::{Duration, Instant};

use vrrp::config::Checksum;
use vrrp::id::{Family, Interval, Priority, Version};
use vrrp::machine::{Action, Event, Filter, Handover, Heard, Look, Parameters, Reason, Resumption};
use vrrp::sync::{Group, MemberAction};
use vrrp::wire::Dialect;

/// Plays a story, and compares what is done with what is expected.
#[track_caller]
pub(crate) fn check(instance: &str, happens: &str, expected: &str) {
    let mut player = Player::new(instance);
    let done: Vec<String> = lines(happens).flat_map(|line| player.play(line)).collect();
    let expected: Vec<String> = lines(expected).map(|line| words(line).join(" ")).collect();
    assert!(done == expected, "expected:\n  {}\ndone:\n  {}", expected.join("\n  "), done.join("\n  "));
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

struct Player {
    zero: Instant,
    group: Group,
    parameters: Vec<Parameters>,
}

impl Player {
    #[track_caller]
    fn new(instance: &str) -> Self {
        let mut parameters = usual();
        let mut families = vec![Family::V4];
        let mut usable = true;
        for setting in instance.split(',').map(str::trim).filter(|setting| !setting.is_empty()) {
            match setting {
                "both" => families = Family::ALL.to_vec(),
                "ipv6" => families = vec![Family::V6],
                "link unknown" => usable = false,
                _ => set(&mut parameters, setting),
            }
        }
        let parameters: Vec<_> =
            families.into_iter().map(|family| Parameters { family, ..parameters.clone() }).collect();
        let mut player = Self { zero: beginning(), group: Group::new(parameters.clone()), parameters };
        if usable {
            for member in 0..player.parameters.len() {
                let address = primary(player.parameters[member].family);
                let done = player.group.handle(player.zero, member, Event::Usable(address));
                assert_eq!(done, [], "a disabled instance acts");
            }
        }
        player
    }

    /// Plays a line, and tells what is done.
    #[track_caller]
    fn play(&mut self, line: &str) -> Vec<String> {
        let (time, happens) = line.split_once(' ').unwrap_or_else(|| panic!("no time: {line}"));
        let now = self.zero + seconds(time);
        let deadline = self.group.deadline();
        let actions = match happens.trim() {
            "deadline" => {
                let told = deadline.map(|deadline| deadline - self.zero);
                assert_eq!(told, Some(now - self.zero), "the deadline is another one: {line}");
                self.group.expire(now)
            }
            "early" => {
                let from = self.group.due_from().map(|from| from - self.zero);
                assert_eq!(from, Some(now - self.zero), "it may be early by another time: {line}");
                self.group.expire(now)
            }
            "late deadline" => {
                assert!(deadline.is_some_and(|deadline| deadline < now), "nothing is late: {line}");
                self.group.expire(now)
            }
            "no deadline" => {
                assert_eq!(deadline.map(|deadline| deadline - self.zero), None, "there is a deadline: {line}");
                Vec::new()
            }
            "look" => self.look(line, Look::From(now)),
            "looking" => self.look(line, Look::Yes),
            "no look" => self.look(line, Look::No),
            happens => {
                // A story about a stall tells packets before the late deadline.
                let (late, happens) = happens.strip_prefix("late ").map_or((false, happens), |rest| (true, rest));
                let passed = deadline.filter(|deadline| *deadline < now).map(|deadline| deadline - self.zero);
                assert_eq!(passed.is_some(), late, "a deadline has passed, at {passed:?}: {line}");
                self.happen(now, happens)
            }
        };
        self.tell(time, actions)
    }

    /// Compares how the first router looks for what is filtered.
    #[track_caller]
    fn look(&self, line: &str, expected: Look) -> Vec<MemberAction> {
        let since = |look| match look {
            Look::From(at) => format!("from {:?}", at - self.zero),
            Look::Yes => "yes".to_owned(),
            Look::No => "no".to_owned(),
        };
        assert_eq!(since(self.group.members()[0].look()), since(expected), "it looks otherwise: {line}");
        Vec::new()
    }

    #[track_caller]
    fn happen(&mut self, now: Instant, happens: &str) -> Vec<MemberAction> {
        let (family, happens) = match happens.split_once(' ') {
            Some(("v4", rest)) => (Some(Family::V4), rest),
            Some(("v6", rest)) => (Some(Family::V6), rest),
            Some(_) | None => (None, happens),
        };
        let (verb, rest) = happens.split_once(' ').unwrap_or((happens, ""));
        let because = || Reason::Because(rest.to_owned());
        let event = match verb {
            "resume" => return self.resume(now, rest),
            "startup" => Event::Startup,
            "shutdown" => Event::Shutdown,
            "admitted" => Event::Admitted,
            "barred" => Event::Barred(because()),
            "resort" => Event::LastResort(because()),
            "unusable" => Event::Unusable(because()),
            "claimed" => Event::Claimed,
            "lapsed" => Event::Lapsed,
            "contested" => Event::Contested,
            "refused" => Event::Refused(because()),
            "usable" => {
                let address = parse(rest);
                return self.group.handle(now, self.member(Family::of(address)), Event::Usable(address));
            }
            "advert" | "resign" => {
                let heard = heard(verb, rest);
                return self.group.handle(now, self.member(Family::of(heard.source)), Event::Received(heard));
            }
            "afar" => {
                let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
                let heard = heard(verb, rest);
                return self.group.handle(now, self.member(Family::of(heard.source)), Event::Heartbeat(heard));
            }
            "filtered" => {
                let (heard, by) = filtered(rest);
                return self.group.handle(now, self.member(Family::of(heard.source)), Event::Filtered(heard, by));
            }
            _ => return self.reconfigure(now, happens),
        };
        match family {
            Some(family) => self.group.handle(now, self.member(family), event),
            None => self.group.handle_all(now, &event),
        }
    }

    /// `resume`, then what is known: `next SECONDS`, `message-only`.
    #[track_caller]
    fn resume(&mut self, now: Instant, rest: &str) -> Vec<MemberAction> {
        let mut words = rest.split_whitespace();
        let mut resumption = Resumption::default();
        while let Some(word) = words.next() {
            match word {
                "next" => resumption.advertise_at = words.next().map(|time| self.zero + seconds(time)),
                "message-only" => resumption.dialect = Some(Dialect::MessageOnly),
                _ => panic!("no such word: {word}"),
            }
        }
        self.group.resume(now, &vec![resumption; self.parameters.len()])
    }

    #[track_caller]
    fn reconfigure(&mut self, now: Instant, setting: &str) -> Vec<MemberAction> {
        let mut actions = Vec::new();
        for member in 0..self.parameters.len() {
            set(&mut self.parameters[member], setting);
            actions.extend(self.group.handle(now, member, Event::Reconfigured(self.parameters[member].clone())));
        }
        actions
    }

    #[track_caller]
    fn member(&self, family: Family) -> usize {
        let place = self.parameters.iter().position(|parameters| parameters.family == family);
        place.unwrap_or_else(|| panic!("the instance has no {family}"))
    }

    /// One line for each run of actions of one member.
    fn tell(&self, time: &str, actions: Vec<MemberAction>) -> Vec<String> {
        let mut runs: Vec<(usize, Vec<String>)> = Vec::new();
        for (member, action) in actions {
            let words = self.words(member, action);
            match runs.last_mut() {
                Some((last, run)) if *last == member => run.push(words),
                Some(_) | None => runs.push((member, vec![words])),
            }
        }
        let prefix = |member: usize| match (self.parameters.len(), self.parameters[member].family) {
            (1, _) => "",
            (_, Family::V4) => "v4 ",
            (_, Family::V6) => "v6 ",
        };
        runs.into_iter().map(|(member, run)| format!("{time} {}{}", prefix(member), run.join(", "))).collect()
    }

    fn words(&self, member: usize, action: Action) -> String {
        match action {
            // The sum that it carries is worth a word where it is not the usual one.
            Action::Advertise(priority) => match self.group.members()[member].dialect() {
                Dialect::PseudoHeader => format!("advertise {priority}"),
                Dialect::MessageOnly => format!("advertise {priority} (message-only sum)"),
            },
            Action::Hasten(priority) => format!("hasten {priority}"),
            Action::Resign => "resign".to_owned(),
            Action::Claim => "claim".to_owned(),
            Action::Drain => "drain".to_owned(),
            Action::Release => "release".to_owned(),
            Action::Announce => "announce".to_owned(),
            Action::Discard(discard) => format!("discard {}", discard.name()),
            Action::CountFiltered => "count".to_owned(),
            Action::Contested => "contested".to_owned(),
            Action::Enter(kind, reason) => format!("{kind:?} ({reason})"),
        }
    }
}

/// The instance that a story has not told otherwise.
pub(crate) fn usual() -> Parameters {
    Parameters {
        family: Family::V4,
        version: Version::V3,
        priority: parse_priority("128"),
        interval: Interval::DEFAULT,
        preempt: true,
        preempt_delay: Duration::ZERO,
        checksum: Checksum::Auto,
        handover: Handover::default(),
    }
}

/// The address of every story's instance.
pub(crate) fn primary(family: Family) -> IpAddr {
    match family {
        Family::V4 => parse("192.0.2.10"),
        Family::V6 => parse("fe80::10"),
    }
}

#[track_caller]
fn set(parameters: &mut Parameters, setting: &str) {
    let (key, value) = setting.split_once(' ').unwrap_or_else(|| panic!("no such setting: {setting}"));
    match (key, value) {
        ("priority", value) => parameters.priority = parse_priority(value),
        ("interval", value) => parameters.interval = interval(value, parameters.version),
        ("version", "2") => parameters.version = Version::V2,
        ("preempt", "off") => parameters.preempt = false,
        ("preempt", "on") => parameters.preempt = true,
        ("resign", "fast") => parameters.handover.fast = true,
        ("drain", value) => parameters.handover.drain = seconds(value),
        ("linger", value) => parameters.handover.linger = seconds(value),
        ("patience", value) => parameters.preempt_delay = seconds(value),
        ("checksum", "auto") => parameters.checksum = Checksum::Auto,
        ("checksum", "rfc5798") => parameters.checksum = Checksum::Rfc5798,
        ("checksum", "rfc9568") => parameters.checksum = Checksum::Rfc9568,
        _ => panic!("no such setting: {setting}"),
    }
}

/// `advert` or `resign` and what follows, by the firewall unless a word before says `martian` or `rp_filter`.
#[track_caller]
fn filtered(rest: &str) -> (Heard, Filter) {
    let (first, others) = rest.split_once(' ').unwrap_or((rest, ""));
    let by = [Filter::Martian, Filter::ReversePath].into_iter().find(|by| by.name() == first);
    let (verb, what) = if by.is_some() { others.split_once(' ').unwrap_or((others, "")) } else { (first, others) };
    (heard(verb, what), by.unwrap_or(Filter::Firewall))
}

/// `ADDRESS PRIORITY` of an advertisement or `ADDRESS` of a resignation, then what is unusual: `every SECONDS`, `v2`,
/// `message-only`.
#[track_caller]
fn heard(verb: &str, rest: &str) -> Heard {
    let mut words = rest.split_whitespace();
    let mut next = || words.next().unwrap_or_else(|| panic!("an advertisement lacks words: {rest}"));
    let source = parse(next());
    let priority = (verb == "advert").then(|| parse_priority(next()));
    let (mut version, mut interval, mut dialect) = (Version::V3, "1", Dialect::PseudoHeader);
    while let Some(word) = words.next() {
        match word {
            "v2" => version = Version::V2,
            "message-only" => dialect = Dialect::MessageOnly,
            "every" => interval = words.next().unwrap_or_else(|| panic!("every how many seconds: {rest}")),
            _ => panic!("no such word: {word}"),
        }
    }
    Heard { source, version, priority, interval: self::interval(interval, version), dialect }
}

#[track_caller]
fn interval(text: &str, version: Version) -> Interval {
    Interval::from_duration(seconds(text), version).unwrap_or_else(|| panic!("no interval: {text}"))
}

#[track_caller]
fn parse_priority(text: &str) -> Priority {
    Priority::new(parse(text)).unwrap_or_else(|| panic!("no priority: {text}"))
}

#[track_caller]
fn parse<T: FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("cannot be read: {text}"))
}

/// Reads seconds without rounding: `3.609375`.
#[track_caller]
fn seconds(text: &str) -> Duration {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    Duration::from_secs(parse(whole)) + Duration::from_nanos(parse(&format!("{fraction:0<9}")))
}

#[expect(clippy::disallowed_methods, reason = "virtual time starts at some instant, and std makes no other")]
pub(crate) fn beginning() -> Instant {
    Instant::now()
}
