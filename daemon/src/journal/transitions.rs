//! Transitions: one line each, and one line for what one cause does to many instances.
//!
//! A link of 250 instances that goes down is one line. What comes in many turns, as when the Master of thousands dies, is told
//! a second later once there were lines enough.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tracing::{info, warn};
use vrrp::message_id as id;
use vrrp::status::State;

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

/// Tells of a transition, a Fault as a warning.
macro_rules! tell {
    ($id:expr, $whose:ident = $names:expr, $transition:expr, $text:expr) => {{
        let Transition { from, to, reason, .. } = $transition;
        let (old, new, text) = (from.name(), to.name(), $text);
        macro_rules! message {
            ($level:ident) => {
                $level!(
                    MESSAGE_ID = $id,
                    $whose = $names,
                    VRRP_OLD_STATE = old,
                    VRRP_STATE = new,
                    VRRP_REASON = reason,
                    "{text}"
                )
            };
        }
        match to {
            State::Fault => message!(warn),
            State::Init | State::Backup | State::Master => message!(info),
        }
    }};
}

fn tell_one(one: &Transition) {
    let text = format!("{}: {}: {}", one.instance, change(one), one.reason);
    tell!(id::TRANSITION, VRRP_INSTANCE = one.instance, one, text);
}

fn tell_many(first: &Transition, all: &[Transition]) {
    let names: Vec<&str> = all.iter().map(|one| one.instance.as_str()).collect();
    tell!(id::TRANSITIONS, VRRP_INSTANCES = names.join(" "), first, text_of_many(first, all));
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
mod tests;
