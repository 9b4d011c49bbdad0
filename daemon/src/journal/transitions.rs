//! Transitions: one line each, and one line for what one cause does to many instances.
//!
//! A link of 250 instances that goes down is one line. What comes in many turns, as when the Master of thousands dies, is told
//! a second later once there were lines enough.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tracing::{info, warn};
use vrrp::status::State;

use super::id;
use super::limit::admit;

/// How many instances have a line each for the same transition in one turn.
const FEW: usize = 3;
/// How many lines are told at once in a [`WINDOW`].
const LINES: usize = 20;
const WINDOW: Duration = Duration::from_secs(1);
/// How many names a line has; all of them are in its field.
const NAMES: usize = 4;

/// Transitions that the journal has not been told.
#[derive(Debug, Default)]
pub(crate) struct Transitions {
    turn: Vec<Transition>,
    late: Vec<Transition>,
    since: Option<Instant>,
    lines: usize,
}

/// An instance has a new state, or a new reason for its old one.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Transition {
    instance: String,
    from: State,
    to: State,
    reason: String,
}

impl Transitions {
    /// Notes a transition. Tells whether there were not too many of this instance: then this one was left out.
    pub(crate) fn add(&mut self, instance: &str, from: State, to: State, reason: &str) -> bool {
        let Some(left_out) = admit(id::TRANSITION, instance) else { return false };
        let reason = format!("{reason}{left_out}");
        self.turn.push(Transition { instance: instance.to_owned(), from, to, reason });
        true
    }

    /// Tells the journal, at the end of a turn.
    pub(crate) fn tell(&mut self, now: Instant) {
        if self.since.is_none_or(|since| now >= since + WINDOW) {
            if self.turn.is_empty() && self.late.is_empty() {
                return;
            }
            self.finish_late();
            (self.since, self.lines) = (Some(now), 0);
        }
        for group in alike(std::mem::take(&mut self.turn), |one| one.reason.clone()) {
            if self.lines < LINES {
                self.lines += tell_group(&group);
            } else {
                self.late.extend(group);
            }
        }
    }

    /// When what had to wait is told.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.since.filter(|_| !self.late.is_empty()).map(|since| since + WINDOW)
    }

    /// Tells everything, for nothing will come after it.
    pub(crate) fn finish(&mut self) {
        self.late.append(&mut self.turn);
        self.finish_late();
    }

    /// What came in many turns differs in times and addresses, and has one cause all the same.
    fn finish_late(&mut self) {
        for group in alike(std::mem::take(&mut self.late), |one| one.reason.replace(|c: char| c.is_ascii_digit(), "")) {
            tell_group(&group);
        }
    }
}

/// Puts together what went from one state to another for a reason that `class` takes for the same, in the order of coming.
fn alike(transitions: Vec<Transition>, class: impl Fn(&Transition) -> String) -> Vec<Vec<Transition>> {
    let mut groups: Vec<Vec<Transition>> = Vec::new();
    let mut places = HashMap::new();
    for one in transitions {
        let place = *places.entry((one.from.name(), one.to.name(), class(&one))).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// Tells of a group, and how many lines that took.
fn tell_group(group: &[Transition]) -> usize {
    match group {
        [first, ..] if group.len() > FEW => {
            tell_many(first, group);
            1
        }
        few => {
            few.iter().for_each(tell_one);
            few.len()
        }
    }
}

fn change(one: &Transition) -> String {
    match one.from == one.to {
        true => one.to.name().to_owned(),
        false => format!("{} -> {}", one.from.name(), one.to.name()),
    }
}

fn tell_one(one: &Transition) {
    let Transition { instance, from, to, reason } = one;
    let text = format!("{instance}: {}: {reason}", change(one));
    macro_rules! tell {
        ($level:ident) => {
            $level!(
                MESSAGE_ID = id::TRANSITION,
                VRRP_INSTANCE = instance,
                VRRP_OLD_STATE = from.name(),
                VRRP_STATE = to.name(),
                VRRP_REASON = reason,
                "{text}"
            )
        };
    }
    match to {
        State::Fault => tell!(warn),
        State::Init | State::Backup | State::Master => tell!(info),
    }
}

fn tell_many(first: &Transition, all: &[Transition]) {
    let Transition { from, to, reason, .. } = first;
    let text = text_of_many(first, all);
    let names: Vec<&str> = all.iter().map(|one| one.instance.as_str()).collect();
    let names = names.join(" ");
    macro_rules! tell {
        ($level:ident) => {
            $level!(
                MESSAGE_ID = id::TRANSITIONS,
                VRRP_INSTANCES = names,
                VRRP_OLD_STATE = from.name(),
                VRRP_STATE = to.name(),
                VRRP_REASON = reason,
                "{text}"
            )
        };
    }
    match to {
        State::Fault => tell!(warn),
        State::Init | State::Backup | State::Master => tell!(info),
    }
}

fn text_of_many(first: &Transition, all: &[Transition]) -> String {
    let like = if all.iter().any(|one| one.reason != first.reason) { ", or the like" } else { "" };
    let names: Vec<&str> = all.iter().take(NAMES).map(|one| one.instance.as_str()).collect();
    let others = match all.len().saturating_sub(NAMES) {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    format!("{} instances: {}: {}{like}: {}{others}", all.len(), change(first), first.reason, names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transitions(count: usize, reason: impl Fn(usize) -> String) -> Vec<Transition> {
        let one = |number| Transition {
            instance: format!("i{number}"),
            from: State::Backup,
            to: State::Master,
            reason: reason(number),
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn one_cause_is_one_line_that_names_some() {
        let all = transitions(250, |_| "eth0 is up".to_owned());
        assert_eq!(
            text_of_many(&all[0], &all),
            "250 instances: Backup -> Master: eth0 is up: i0, i1, i2, i3 and 246 more"
        );
        let all = transitions(4, |number| format!("silent for {number} s"));
        assert_eq!(
            text_of_many(&all[0], &all),
            "4 instances: Backup -> Master: silent for 0 s, or the like: i0, i1, i2, i3"
        );
    }

    #[test]
    fn two_causes_in_one_turn_are_two_groups_in_their_order() {
        let all = transitions(6, |number| format!("eth{} is up", number % 2));
        let groups = alike(all, |one| one.reason.clone());
        let names = |group: &Vec<Transition>| group.iter().map(|one| one.instance.clone()).collect::<Vec<_>>();
        assert_eq!(groups.iter().map(names).collect::<Vec<_>>(), [["i0", "i2", "i4"], ["i1", "i3", "i5"]]);
    }

    #[test]
    fn what_comes_in_thousands_of_turns_waits_for_the_end_of_the_second() {
        let start = Instant::now();
        let mut journal = Transitions::default();
        for number in 0..1000 {
            assert!(journal.add(&format!("of-thousands-{number}"), State::Backup, State::Master, "silence"));
            journal.tell(start + Duration::from_micros(number));
        }
        assert_eq!((journal.lines, journal.late.len()), (LINES, 1000 - LINES));
        assert_eq!(journal.due(), Some(start + WINDOW));
        journal.tell(start + WINDOW);
        assert_eq!((journal.late.len(), journal.due()), (0, None));
    }

    #[test]
    fn one_that_flaps_is_left_out_and_silences_nobody_else() {
        let mut journal = Transitions::default();
        while journal.add("flaps", State::Backup, State::Master, "silence") {}
        assert!(journal.add("calm", State::Backup, State::Master, "silence"));
    }
}
