//! Going on where a former daemon stopped, while nobody else can have taken over.
//!
//! What was Master is Master again as soon as the links are known. What is around it has not been told then: systemd takes
//! some milliseconds, a script as long as it wants. It was well a moment ago, so a Master waits for the first word as
//! Master; but not for ever.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use vrrp::conditions::{Bar, Verdict, order};
use vrrp::machine::{Event, Reason, Resumption, VirtualRouter};
use vrrp::saved::{self, Alive, Stale};

use super::formation::Number;
use super::instance::Instance;
use super::legacy::uptime;
use super::{Daemon, Id};
use crate::journal;
use crate::saved::Former;

/// How long a Master waits for the first word about what is around it.
const PATIENCE: Duration = Duration::from_secs(10);

/// What every instance of a formation goes on with.
pub(super) type Heirs = BTreeMap<Id, saved::Legacy>;

impl Daemon {
    /// Finds which formations may go on: those of which every instance was Master so short ago that nobody can have
    /// taken over.
    pub(super) fn find_heirs(&mut self) -> BTreeMap<Number, Heirs> {
        let Some(former) = self.legacy.former.take() else { return BTreeMap::new() };
        let now = uptime();
        let (state, alive) = match believe(former, self.legacy.scene(), now) {
            Ok(Some(believed)) => believed,
            Ok(None) => return BTreeMap::new(),
            Err(reason) => {
                self.legacy.renounce();
                journal::not_resumed(&reason);
                return BTreeMap::new();
            }
        };
        let away = self.instances.iter().filter_map(|(id, one)| Some((*id, state.away(&one.config)?)));
        for (id, away) in away.collect::<Vec<_>>() {
            self.stay_away(id, away);
        }
        let mut heirs: BTreeMap<Number, Heirs> = BTreeMap::new();
        for (&id, instance) in &self.instances {
            let legacy = state.legacy(alive, &instance.config).filter(|legacy| now < legacy.until);
            if let Some(legacy) = legacy {
                heirs.entry(instance.formation).or_default().insert(id, legacy);
            }
        }
        heirs.retain(|_, heirs| {
            let one = heirs.keys().next().and_then(|id| self.instances.get(id));
            one.is_some_and(|one| self.formations.together(one).iter().all(|id| heirs.contains_key(id)))
        });
        let masters = state.instances.values().filter(|instance| instance.master.is_some()).count();
        let resumed: usize = heirs.values().map(Heirs::len).sum();
        if resumed < masters {
            // Some of them begin anew, and are Masters no longer.
            self.legacy.renounce();
            let silence = now.saturating_sub(state.left_at.unwrap_or(alive.at));
            journal::too_late(masters, resumed, silence);
        }
        self.legacy.awaiting = heirs.values().flat_map(|heirs| heirs.keys().copied()).collect();
        self.legacy.patience = (!heirs.is_empty()).then(|| self.now + PATIENCE);
        heirs
    }

    /// Makes Masters of the instances of a formation, which were it. `false` where something keeps one of them from it:
    /// then they start as any other.
    pub(super) fn resume(&mut self, number: Number, heirs: &Heirs) -> bool {
        let Some(formation) = self.formations.get_mut(number) else { return false };
        // The time is told again: thousands of others have gone on before this one.
        let too_late = heirs.values().any(|legacy| legacy.until <= uptime());
        if too_late || !formation.group.members().iter().all(VirtualRouter::may_resume) {
            self.begin_anew(heirs);
            return false;
        }
        for (&id, legacy) in heirs {
            self.assume(id, &legacy.master);
        }
        let (now, at) = (self.now, uptime());
        let Some(formation) = self.formations.get_mut(number) else { return false };
        let owners: Vec<Option<Id>> =
            (0..formation.group.members().len()).map(|place| formation.owner(place).map(|(id, _)| id)).collect();
        let legacies = owners.iter().map(|owner| owner.and_then(|id| heirs.get(&id)));
        let resumptions: Vec<Resumption> = legacies
            .map(|legacy| Resumption {
                advertise_at: legacy.and_then(|legacy| instant(now, at, legacy.advertise_at?)),
                dialect: legacy.and_then(|legacy| legacy.master.dialect),
            })
            .collect();
        let actions = formation.group.resume(now, &resumptions);
        self.perform(number, actions);
        for (id, legacy) in heirs {
            if let Some(instance) = self.instances.get_mut(id) {
                instance.since = legacy.master.since;
            }
        }
        true
    }

    /// Takes the former weight and last resort of an instance for true that has not been told of all that is around it.
    fn assume(&mut self, id: Id, former: &saved::Master) {
        if !self.legacy.awaiting.contains(&id) {
            return;
        }
        let reason = "what is watched for it has not been looked at again yet";
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let bar = former.last_resort.then(|| Bar { reason: reason.to_owned(), ordered: false });
        instance.effective = Verdict { bar, weight: former.weight, ..Verdict::default() };
        if former.last_resort {
            self.tell_all(id, &Event::LastResort(Reason::Because(reason.to_owned())));
        }
        self.reconfigure(id);
    }

    fn begin_anew(&mut self, heirs: &Heirs) {
        self.legacy.renounce();
        for id in heirs.keys() {
            self.legacy.awaiting.remove(id);
        }
        for &id in heirs.keys() {
            self.look_at_units(id);
            self.judge(id);
        }
    }

    /// Judges an instance that goes on, once it has been told of all that is around it, or of something that is not well.
    pub(super) fn follow_heir(&mut self, id: Id) {
        let Some(instance) = self.instances.get(&id) else { return };
        let unit_told = self.legacy.answered || self.unit_states.contains_key(&instance.config.unit());
        let told = instance.conditions.iter().filter(|one| one.condition.since().is_some());
        let all_told = unit_told && told.clone().count() == instance.conditions.len();
        if all_told || self.is_unwell(instance) {
            self.legacy.awaiting.remove(&id);
            self.judge(id);
        }
    }

    /// Whether something that was told keeps an instance from being Master.
    fn is_unwell(&self, instance: &Instance) -> bool {
        let told = instance.conditions.iter().filter(|one| one.condition.since().is_some());
        let verdict = Verdict::of(told.map(|one| &one.condition));
        let state_of = |unit: &str| self.unit_states.get(unit).copied().unwrap_or_default();
        let unit_told = self.unit_states.contains_key(&instance.config.unit());
        instance.away.is_some()
            || verdict.bar.is_some()
            || verdict.fault.is_some()
            || unit_told && order(&instance.config, state_of, "").is_some()
    }

    /// Judges those that have waited for long enough by what they have been told.
    pub(super) fn expire_patience(&mut self) {
        if self.legacy.patience.is_none_or(|patience| patience > self.now) {
            return;
        }
        self.legacy.patience = None;
        let late = std::mem::take(&mut self.legacy.awaiting);
        for &id in &late {
            self.look_at_units(id);
            self.judge(id);
        }
    }
}

/// What a former daemon left, if that can be believed.
fn believe(former: Former, scene: &str, now: Duration) -> Result<Option<(saved::State, Alive)>, String> {
    let Some(state) = former.state else { return Ok(None) };
    let state = state.map_err(|reason| format!("the state of the former daemon cannot be read: {reason}"))?;
    let alive = former.alive.ok_or("nothing tells until when the former daemon lived")?;
    match state.confirm(alive, scene, now) {
        Ok(()) => Ok(Some((state, alive))),
        Err(Stale::OtherBoot) => Err("the state is of another boot or network namespace".to_owned()),
        Err(Stale::Outdated) => Err("the former daemon resigned after it had written its state".to_owned()),
        Err(Stale::Clock) => Err("the state is of a time to come".to_owned()),
    }
}

/// The loop's time of something that happens at an uptime, if that is still to come.
fn instant(now: Instant, uptime: Duration, at: Duration) -> Option<Instant> {
    at.checked_sub(uptime).map(|left| now + left)
}
