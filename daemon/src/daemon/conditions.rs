//! From what is watched around an instance to what its routers are told.

use std::collections::BTreeSet;

use vrrp::conditions::{Condition, Observation, UnitState, Verdict, order};
use vrrp::config::{self, Config, Damping, Track, Watch};
use vrrp::machine::{Event, Kind, Reason};

use super::instance::Instance;
use super::timers::Deadline;
use super::{Daemon, Id};
use crate::{conditions as sources, journal, kernel, units};

/// A condition and what it depends on.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) watch: Watch,
    damping: Damping,
    /// Whether it is the sync group's, and so one of every instance in it.
    shared: bool,
    pub(super) condition: Condition,
}

impl Watched {
    /// All conditions of an instance, in the order of its configuration; last those of the sync group that it is in.
    pub(super) fn all(config: &config::Instance, group: &[Track]) -> Vec<Self> {
        let new = |watch: &Watch, effect, damping, shared| Self {
            condition: Condition::new(effect, damping, format!("{watch} has not been looked at yet")),
            watch: watch.clone(),
            damping,
            shared,
        };
        let protected = config.protect.iter().map(|one| (Watch::Unit(one.unit.clone()), one.effect));
        let protected = protected.map(|(watch, effect)| new(&watch, effect, Damping::NONE, false));
        let tracked = config.track.iter().map(|one| new(&one.watch, one.effect, one.damping, false));
        let shared = group.iter().map(|one| new(&one.watch, one.effect, one.damping, true));
        protected.chain(tracked).chain(shared).collect()
    }

    /// Tells whether it is the same condition, so that what is known of one holds for the other.
    fn is(&self, other: &Self) -> bool {
        (&self.watch, self.shared) == (&other.watch, other.shared)
            && self.damping == other.damping
            && self.condition.effect() == other.condition.effect()
    }
}

impl Daemon {
    /// Has everything watched that decides about an instance.
    pub(super) fn follow_watches(&mut self) {
        let mut wanted: BTreeSet<Watch> = BTreeSet::new();
        let mut units = BTreeSet::new();
        for instance in self.instances.values() {
            units.insert(instance.config.unit());
            for watched in &instance.conditions {
                if let Watch::Unit(unit) = &watched.watch {
                    units.insert(unit.to_string());
                } else {
                    wanted.insert(watched.watch.clone());
                }
            }
        }
        self.unit_states.retain(|unit, _| units.contains(unit));
        self.seen.retain(|watch, _| wanted.contains(watch));
        self.watched_units.send_if_modified(|watched| replace(watched, units));
        let routes = routes_of(&wanted);
        if routes != routes_of(&self.watched.borrow()) {
            self.kernel.submit(kernel::Request::Routes(routes));
        }
        if self.holding {
            let begun = self.watched.borrow();
            wanted.retain(|watch| !reaches(watch) || begun.contains(watch));
        }
        self.watched.send_if_modified(|watched| replace(watched, wanted));
    }

    /// Has the conditions that every instance is configured to have, and keeps what is known of them.
    pub(super) fn keep_conditions(&mut self, config: &Config) {
        let syncs = config.syncs_by_instance();
        for instance in self.instances.values_mut() {
            let tracks = syncs.get(&instance.config.name).map(|(_, sync)| sync.track.as_slice()).unwrap_or_default();
            let old = std::mem::replace(&mut instance.conditions, Watched::all(&instance.config, tracks));
            for watched in &mut instance.conditions {
                if let Some(former) = old.iter().find(|former| former.is(watched)) {
                    watched.condition = former.condition.clone();
                }
            }
        }
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
                self.legacy.answered = true;
                self.blind = Some(reason);
                self.unit_states.clear();
                self.general_news = true;
                let ids: Vec<Id> = self.instances.keys().copied().collect();
                for id in ids {
                    self.look_at_units(id);
                }
            }
            units::Report::Following => {
                journal::units_following(self.unit_states.len());
                self.blind = None;
                self.general_news = true;
                self.legacy.answered = true;
                for id in self.legacy.awaiting.clone() {
                    self.follow_conditions(id);
                }
            }
        }
    }

    /// Tells every instance that a unit concerns of its state.
    pub(super) fn heed_unit(&mut self, unit: String, state: UnitState) {
        let concerned = self.instances.iter().filter(|(_, instance)| instance.heeds(&unit));
        let concerned: Vec<Id> = concerned.map(|(&id, _)| id).collect();
        self.unit_states.insert(unit, state);
        for id in concerned {
            self.look_at_units(id);
            self.changed.insert(id);
        }
    }

    /// Observes every unit that concerns an instance, as far as it has been told or nobody can tell it.
    pub(super) fn look_at_units(&mut self, id: Id) {
        let unasked = !self.legacy.answered && self.legacy.awaiting.contains(&id);
        let Some(instance) = self.instances.get_mut(&id) else { return };
        for Watched { watch, condition, .. } in &mut instance.conditions {
            let Watch::Unit(unit) = watch else { continue };
            let observation = match (self.unit_states.get(unit.as_str()), &self.blind) {
                (Some(&state), _) => Observation::of_unit(unit.as_str(), state, ""),
                (None, Some(blind)) if !unasked => Observation::of_unit(unit.as_str(), UnitState::Unknown, blind),
                (None, None | Some(_)) => continue,
            };
            condition.observe(self.now, observation);
        }
        self.follow_conditions(id);
    }

    /// Applies what a source of conditions saw to every instance that it concerns.
    pub(super) fn heed_condition(&mut self, report: sources::Report) {
        let sources::Report { watch, observation } = report;
        if !self.watched.borrow().contains(&watch) {
            // It was told before its source learned that nobody wants it any more.
            return;
        }
        let concerned = |instance: &Instance| instance.conditions.iter().any(|one| one.watch == watch);
        let ids: Vec<Id> = self.instances.iter().filter(|(_, one)| concerned(one)).map(|(&id, _)| id).collect();
        for id in ids {
            self.observe(id, &watch, &observation);
            self.follow_conditions(id);
        }
        self.seen.insert(watch, observation);
    }

    /// Shows an instance's new conditions what has been seen already.
    pub(super) fn show_conditions(&mut self, id: Id) {
        let Some(instance) = self.instances.get(&id) else { return };
        let new = instance.conditions.iter().filter(|one| one.condition.since().is_none());
        let seen = new.filter_map(|one| self.seen.get_key_value(&one.watch));
        let seen: Vec<(Watch, Observation)> = seen.map(|(watch, seen)| (watch.clone(), seen.clone())).collect();
        for (watch, observation) in seen {
            self.observe(id, &watch, &observation);
        }
        self.look_at_units(id);
    }

    fn observe(&mut self, id: Id, watch: &Watch, observation: &Observation) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let mut changed = false;
        for one in instance.conditions.iter_mut().filter(|one| one.watch == *watch) {
            changed |= one.condition.observe(self.now, observation.clone());
        }
        if changed {
            self.changed.insert(id);
        }
    }

    /// Completes the turns of an instance's conditions whose time has come.
    pub(super) fn expire_conditions(&mut self, id: Id) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        for one in &mut instance.conditions {
            one.condition.expire(self.now);
        }
        self.changed.insert(id);
        self.follow_conditions(id);
    }

    /// Observes every link that a condition watches.
    pub(super) fn look_at_links(&mut self) {
        let links: Vec<Watch> =
            self.watched.borrow().iter().filter(|watch| matches!(watch, Watch::Interface(_))).cloned().collect();
        for watch in links {
            let Watch::Interface(name) = &watch else { continue };
            let observation = self.observe_link(name.as_str());
            if self.seen.get(&watch) != Some(&observation) {
                self.heed_condition(sources::Report { watch, observation });
            }
        }
    }

    fn observe_link(&self, name: &str) -> Observation {
        match self.links.values().find(|link| link.name == name) {
            None => Observation::bad(format!("{name} does not exist")),
            Some(kernel::Link { trouble: Some(trouble), .. }) => Observation::bad(format!("{name} {trouble}")),
            Some(_) => Observation::good(format!("{name} is up")),
        }
    }

    /// Evaluates an instance's conditions and tells its routers what changed.
    pub(super) fn follow_conditions(&mut self, id: Id) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let deadline = instance.conditions.iter().filter_map(|one| one.condition.deadline()).min();
        self.condition_timers.set(id, deadline.map(Deadline::from));
        if self.legacy.awaiting.contains(&id) {
            return self.follow_heir(id);
        }
        let untold = instance.conditions.iter().any(|one| one.condition.since().is_none());
        // A Master that waits for the first word about something that has only just begun to concern it waits as Master:
        // a reload must not cost an instance its addresses.
        if untold && self.formations.kind(instance) == Kind::Master {
            return;
        }
        self.judge(id);
    }

    /// Tells the routers of an instance what its conditions come to, whether all were told or not.
    pub(super) fn judge(&mut self, id: Id) {
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let mut verdict = Verdict::of(instance.conditions.iter().filter(|one| !one.shared).map(|one| &one.condition));
        let blind = self.blind.as_deref().unwrap_or("systemd has not told it yet");
        let state_of = |unit: &str| self.unit_states.get(unit).copied().unwrap_or_default();
        if let Some(reason) = order(&instance.config, state_of, blind) {
            verdict = verdict.ordered(reason);
        }
        if let Some(away) = &instance.away {
            verdict =
                if away.forced { verdict.ordered(away.reason.clone()) } else { verdict.aside(away.reason.clone()) };
        }
        instance.verdict = verdict;
        let together = self.instances.get(&id).map(|instance| self.formations.together(instance));
        for other in together.unwrap_or_default() {
            self.follow_verdicts(other);
        }
    }

    /// Tells an instance what its conditions and those of all that it moves with come to.
    pub(super) fn follow_verdicts(&mut self, id: Id) {
        let Some(instance) = self.instances.get(&id) else { return };
        let others = self.formations.together(instance);
        if others.iter().any(|other| self.legacy.awaiting.contains(other)) {
            return;
        }
        let others = others.iter().filter(|other| **other != id).filter_map(|other| self.instances.get(other));
        let shared = instance.conditions.iter().filter(|one| one.shared).map(|one| &one.condition);
        let own = instance.verdict.clone().and(Verdict::of(shared));
        let verdict = others
            .fold(own, |verdict, other| verdict.with(&other.verdict, &format!("it moves with {}", other.config.name)));
        let last_resort = instance.config.last_resort;
        let Some(instance) = self.instances.get_mut(&id).filter(|instance| instance.effective != verdict) else {
            return;
        };
        let before = std::mem::replace(&mut instance.effective, verdict.clone());
        if before.weight != verdict.weight {
            self.reconfigure(id);
        }
        if before.fault != verdict.fault {
            self.follow_standing(id);
        }
        let event = match verdict.bar {
            None => verdict.aside.map_or(Event::Admitted, |reason| Event::LastResort(Reason::Because(reason))),
            Some(bar) if last_resort && !bar.ordered => Event::LastResort(Reason::Because(bar.reason)),
            Some(bar) => Event::Barred(Reason::Because(bar.reason)),
        };
        self.tell_all(id, &event);
    }
}

/// Whether it may connect to a virtual address. Before that is held, another host would answer.
const fn reaches(watch: &Watch) -> bool {
    matches!(watch, Watch::Http(_) | Watch::Tcp(_) | Watch::Script(_))
}

fn routes_of(wanted: &BTreeSet<Watch>) -> BTreeSet<config::Route> {
    let route = |watch: &Watch| if let Watch::Route(route) = watch { Some(route.clone()) } else { None };
    wanted.iter().filter_map(route).collect()
}

/// Replaces what is wanted, and tells whether it is something else.
fn replace<T: PartialEq>(before: &mut T, wanted: T) -> bool {
    let modified = *before != wanted;
    *before = wanted;
    modified
}
