//! From what is watched around an instance to what its routers are told.

use std::collections::BTreeSet;

use vrrp::conditions::{UnitState, evaluate};
use vrrp::machine::{Event, Kind, Reason};

use super::{Daemon, Id};
use crate::{journal, units};

impl Daemon {
    /// Has every unit watched that decides about an instance.
    pub(super) fn watch_units(&mut self) {
        let mut wanted = BTreeSet::new();
        for instance in self.config.instances.values() {
            wanted.insert(instance.unit());
            wanted.extend(instance.protect.iter().map(|protection| protection.unit.to_string()));
        }
        self.unit_states.retain(|unit, _| wanted.contains(unit));
        self.watched.send_if_modified(|watched| {
            let modified = *watched != wanted;
            *watched = wanted;
            modified
        });
    }

    /// Applies what the watcher of units reports.
    pub(super) fn heed_units(&mut self, report: units::Report) {
        match report {
            units::Report::State { unit, state } => {
                self.blind = None;
                self.heed_unit(unit, state);
            }
            units::Report::Unknown { reason } => {
                if self.config.instances.values().any(|instance| !instance.protect.is_empty()) {
                    journal::units_unknown(&reason);
                }
                self.blind = Some(reason);
                self.unit_states.clear();
                self.general_news = true;
                let ids: Vec<Id> = self.instances.keys().copied().collect();
                for id in ids {
                    self.follow_conditions(id);
                }
            }
            units::Report::Following => {
                journal::units_following(self.unit_states.len());
                self.blind = None;
                self.general_news = true;
            }
        }
    }

    /// Tells every instance that a unit concerns of its state.
    pub(super) fn heed_unit(&mut self, unit: String, state: UnitState) {
        let concerned = self.instances.iter().filter(|(_, instance)| instance.heeds(&unit));
        let concerned: Vec<Id> = concerned.map(|(&id, _)| id).collect();
        self.unit_states.insert(unit, state);
        for id in concerned {
            self.follow_conditions(id);
            self.changed.insert(id);
        }
    }

    /// Evaluates an instance's conditions and tells its routers what changed.
    pub(super) fn follow_conditions(&mut self, id: Id) {
        if self.is_about_to_be_told(id) {
            return;
        }
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let blind = self.blind.as_deref().unwrap_or("systemd has not told it yet");
        let state_of = |unit: &str| self.unit_states.get(unit).copied().unwrap_or_default();
        let verdict = evaluate(&instance.config, state_of, blind);
        if instance.verdict == verdict {
            return;
        }
        let before = std::mem::replace(&mut instance.verdict, verdict.clone());
        if before.weight != verdict.weight {
            self.reconfigure(id);
        }
        if before.fault != verdict.fault {
            self.follow_standing(id);
        }
        match verdict.bar {
            Some(reason) => self.tell_all(id, &Event::Barred(Reason::Because(reason))),
            None => self.tell_all(id, &Event::Admitted),
        }
    }

    /// Tells whether a Master waits for the first word about a unit that it has only just begun to heed: it comes in a
    /// moment, and a reload must not cost an instance its addresses meanwhile.
    fn is_about_to_be_told(&self, id: Id) -> bool {
        let Some(instance) = self.instances.get(&id) else { return false };
        let untold = |unit: &str| !self.unit_states.contains_key(unit);
        let protected = instance.config.protect.iter().any(|protection| untold(protection.unit.as_str()));
        instance.group.kind() == Kind::Master && self.blind.is_none() && protected
    }
}
