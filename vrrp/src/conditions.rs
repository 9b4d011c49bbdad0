//! Conditions: what is watched around an instance, and what follows for its eligibility and priority.

use std::fmt;

use crate::config::{Effect, Instance};

/// A unit's ActiveState as systemd tells it, or that nobody can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnitState {
    /// It runs.
    Active,
    /// It runs and reads its configuration again.
    Reloading,
    /// It runs and its mounts are renewed (systemd 257 and later).
    Refreshing,
    /// It does not run.
    Inactive,
    /// It does not run, because it failed.
    Failed,
    /// It starts.
    Activating,
    /// It stops.
    Deactivating,
    /// Its clean-up goes on.
    Maintenance,
    /// Nobody can tell.
    #[default]
    Unknown,
}

impl UnitState {
    const NAMES: [(Self, &'static str); 9] = [
        (Self::Active, "active"),
        (Self::Reloading, "reloading"),
        (Self::Refreshing, "refreshing"),
        (Self::Inactive, "inactive"),
        (Self::Failed, "failed"),
        (Self::Activating, "activating"),
        (Self::Deactivating, "deactivating"),
        (Self::Maintenance, "maintenance"),
        (Self::Unknown, "unknown"),
    ];

    /// Reads systemd's word; one that is not known gives [`Unknown`](Self::Unknown).
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        Self::NAMES.into_iter().find(|(_, word)| *word == name).map_or(Self::Unknown, |(state, _)| state)
    }

    /// Systemd's word.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.into_iter().find(|(state, _)| *state == self).map_or("unknown", |(_, word)| word)
    }

    /// Tells whether the unit serves.
    #[must_use]
    pub const fn is_serving(self) -> bool {
        matches!(self, Self::Active | Self::Reloading | Self::Refreshing)
    }
}

impl fmt::Display for UnitState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

/// What all conditions of an instance come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Why it may not be Master.
    pub bar: Option<String>,
    /// Why it is in Fault.
    pub fault: Option<String>,
    /// What is added to its priority.
    pub weight: i32,
}

/// Evaluates the conditions of one instance.
///
/// `state_of` tells the state of a unit: of those that the instance protects, and of its own `vrrp@NAME.service`. An
/// instance that protects nothing needs nobody to tell it about units. `blind` says why a state is unknown, if one is.
#[must_use]
pub fn evaluate(instance: &Instance, state_of: impl Fn(&str) -> UnitState, blind: &str) -> Verdict {
    let mut verdict = Verdict::default();
    for protection in &instance.protect {
        let state = state_of(protection.unit.as_str());
        let reason = || Some(describe(protection.unit.as_str(), state, blind));
        match protection.effect {
            Effect::Weight(weight) if (weight > 0) == state.is_serving() => verdict.weight += i32::from(weight),
            Effect::Backup if !state.is_serving() => verdict.bar = verdict.bar.or_else(reason),
            Effect::Fault if !state.is_serving() => verdict.fault = verdict.fault.or_else(reason),
            Effect::Weight(_) | Effect::Backup | Effect::Fault => {}
        }
    }
    let own = instance.unit();
    let state = state_of(&own);
    if !state.is_serving() && (state != UnitState::Unknown || !instance.protect.is_empty()) {
        verdict.bar = verdict.bar.or_else(|| Some(describe(&own, state, blind)));
    }
    verdict
}

fn describe(unit: &str, state: UnitState, blind: &str) -> String {
    if state == UnitState::Unknown {
        format!("the state of {unit} is unknown: {blind}")
    } else {
        format!("{unit} is {state}")
    }
}
