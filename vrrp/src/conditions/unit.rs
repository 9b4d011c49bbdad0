//! The states of units.

use std::fmt;

use super::Observation;
use crate::config::{Effect, Instance};

/// A unit's ActiveState as systemd tells it, or that it is frozen, or that nobody can tell.
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
    /// Systemd takes it for running, and all of its processes are frozen.
    Frozen,
    /// Nobody can tell.
    #[default]
    Unknown,
}

impl UnitState {
    const NAMES: [(Self, &'static str); 10] = [
        (Self::Active, "active"),
        (Self::Reloading, "reloading"),
        (Self::Refreshing, "refreshing"),
        (Self::Inactive, "inactive"),
        (Self::Failed, "failed"),
        (Self::Activating, "activating"),
        (Self::Deactivating, "deactivating"),
        (Self::Maintenance, "maintenance"),
        (Self::Frozen, "frozen"),
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

impl Observation {
    /// What the state of a unit comes to. `blind` says why it is unknown, if it is.
    #[must_use]
    pub fn of_unit(unit: &str, state: UnitState, blind: &str) -> Self {
        match state {
            UnitState::Unknown => Self::unknown(format!("the state of {unit} is unknown: {blind}")),
            UnitState::Active
            | UnitState::Reloading
            | UnitState::Refreshing
            | UnitState::Inactive
            | UnitState::Failed
            | UnitState::Activating
            | UnitState::Deactivating
            | UnitState::Maintenance
            | UnitState::Frozen => {
                let words = format!("{unit} is {state}");
                if state.is_serving() { Self::good(words) } else { Self::bad(words) }
            }
        }
    }
}

/// Tells why an instance was ordered to stay Backup: its own `vrrp@NAME.service` does not run.
///
/// While a unit that it protects with the effect `backup` does not run, systemd stops that one with it, and nobody
/// has ordered anything; a frozen one runs for systemd. An instance that protects nothing needs nobody to tell it about
/// units.
#[must_use]
pub fn order(instance: &Instance, state_of: impl Fn(&str) -> UnitState, blind: &str) -> Option<String> {
    let own = instance.unit();
    let state = state_of(&own);
    let idle = state == UnitState::Unknown && instance.protect.is_empty();
    let mut backups = instance.protect.iter().filter(|protection| protection.effect == Effect::Backup);
    let runs = |state: UnitState| state.is_serving() || state == UnitState::Frozen;
    let follows = backups.any(|protection| !runs(state_of(protection.unit.as_str())));
    let ordered = !(state.is_serving() || idle || follows);
    ordered.then(|| Observation::of_unit(&own, state, blind).words)
}
