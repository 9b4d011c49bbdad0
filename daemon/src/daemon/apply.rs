//! From a configuration to running instances.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use vrrp::config::diff::{Change, diff};
use vrrp::config::file::Source;
use vrrp::config::{self, Config, Hold, InstanceName, Mac, VirtualAddress, VirtualRoute, VirtualRule};
use vrrp::machine::{Event, Kind};

use super::formation::{Number, Plan};
use super::instance::Instance;
use super::{Daemon, Id, Phase, Reading, Reply, realtime};
use crate::control::{Reloaded, Update};
use crate::kernel::ClaimId;
use crate::reload::Secrets;
use crate::{journal, kernel, notify, reload};

impl Daemon {
    /// Takes the configuration that was read at the start: the last good one, if what was read is broken.
    ///
    /// An instance whose secrets cannot be read is in Fault. Its addresses are held all the same.
    pub(super) fn apply_first(&mut self, read: reload::Read) {
        match read.checked {
            Ok(checked) => {
                self.apply(checked.config, &read.secrets);
                self.remember(read.sources);
            }
            Err(problems) => {
                self.refuse(&problems.iter().map(ToString::to_string).collect::<Vec<_>>());
                let (config, secrets) = reload::remembered(&self.settings.state_dir).unwrap_or_default();
                self.apply(config, &secrets);
            }
        }
    }

    /// Has the configuration read elsewhere; the answer comes when it is applied and every address is held.
    pub(super) fn read_again(&mut self, reply: Option<Reply>) {
        let mut replies: Vec<Reply> = reply.into_iter().collect();
        if let Some(reading) = self.reading.take() {
            // That reading may have begun before the files were written that this one is asked for.
            reading.task.abort();
            replies.extend(reading.replies);
        }
        if self.held.is_some() {
            notify::reloading();
        }
        let path = self.settings.config.clone();
        let task = tokio::task::spawn_blocking(move || reload::read(&path));
        self.reading = Some(Reading { task, replies });
    }

    /// Applies what was read, whole or not at all.
    pub(super) fn heed_read(&mut self, read: reload::Read) {
        let replies = self.reading.take().map(|reading| reading.replies).unwrap_or_default();
        self.general_news = true;
        let sources = read.sources.clone();
        match read.whole() {
            Ok((checked, secrets)) => {
                self.problems.clear();
                let mut reloaded = self.apply(checked.config, &secrets);
                reloaded.warnings = checked.warnings.iter().map(ToString::to_string).collect();
                journal::reloaded(reloaded.added, reloaded.removed, reloaded.changed);
                self.remember(sources);
                self.reloads.extend(replies.into_iter().map(|reply| (reply, reloaded.clone())));
            }
            Err(problems) => {
                let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                self.refuse(&problems);
                for reply in replies {
                    // Whoever asked may be gone.
                    let _ = reply.send(Err(problems.clone()));
                }
            }
        }
        if self.held.is_some() {
            notify::ready();
        }
    }

    fn refuse(&mut self, problems: &[String]) {
        journal::problems(problems);
        self.problems = problems.to_vec();
        self.general_news = true;
    }

    /// Remembers the files of the configuration that is now applied.
    fn remember(&self, sources: Vec<Source>) {
        let state_dir = self.settings.state_dir.clone();
        tokio::task::spawn_blocking(move || {
            if let Err(error) = reload::remember(&state_dir, &sources) {
                journal::not_remembered(&state_dir, &error);
            }
        });
    }

    /// Makes a configuration true and touches only what changed.
    fn apply(&mut self, new: Config, secrets: &Secrets) -> Reloaded {
        // Who waits by another interval than was written waits for another time.
        self.legacy.renounce();
        let old = std::mem::take(&mut self.config);
        let mut reloaded = Reloaded::default();
        // What is removed leaves those that it moved with first, so that it does not take them with it.
        let changes = diff(&old, &new);
        let leaving = changes.iter().filter(|change| change.replaces() || matches!(change, Change::Removed(_)));
        self.form(&new, &leaving.map(Change::name).collect());
        for change in changes {
            match change {
                Change::Added(instance) => {
                    reloaded.added += 1;
                    self.add(instance.clone());
                }
                Change::Removed(instance) => {
                    reloaded.removed += 1;
                    let away = self.take_away(&instance.name);
                    self.remove(instance);
                    self.put_away(&instance.name, away);
                }
                Change::Changed { old, new } if change.replaces() => {
                    reloaded.changed += 1;
                    let away = self.take_away(&old.name);
                    self.remove(old);
                    self.add(new.clone());
                    self.put_away(&new.name, away);
                }
                Change::Changed { new, .. } => {
                    reloaded.changed += 1;
                    self.change(new.clone(), secrets);
                }
            }
        }
        let sealed = self.legacy.sealed();
        for instance in self.instances.values_mut() {
            // A secret may be another one though its name is the same.
            instance.secure(secrets.get(&instance.config.name), sealed);
        }
        self.form(&new, &BTreeSet::new());
        self.keep_conditions(&new);
        self.follow_heartbeats(&new);
        self.follow_groups(&new);
        self.sync_daemon.doubt();
        self.follow_hosts();
        self.configured_addresses = addresses(&new);
        self.follow_intervals();
        self.config = new;
        self.follow_filter();
        self.follow_leases();
        self.kernel.submit(kernel::Request::Hold(self.held_addresses()));
        self.holding = true;
        self.follow_watches();
        self.general_news = true;
        if self.phase == Phase::Running {
            self.start_instances();
        }
        reloaded
    }

    /// Puts together the instances that the configuration moves together, those apart that are `leaving`.
    fn form(&mut self, config: &Config, leaving: &BTreeSet<&InstanceName>) {
        let syncs = config.syncs_by_instance();
        let mut plans: BTreeMap<String, Plan> = BTreeMap::new();
        for (name, &id) in &self.names {
            let sync = syncs.get(name).filter(|_| !leaving.contains(name));
            // No name of a sync group has a slash.
            let key = sync.map_or_else(|| format!("/{name}"), |(sync, _)| (*sync).to_owned());
            plans.entry(key).or_default().insert(id);
        }
        let plans: BTreeSet<Plan> = plans.into_values().collect();
        let (formed, gone) = self.formations.follow(self.now, &plans, &mut self.instances);
        for number in gone {
            self.timers.clear(number);
        }
        for (number, actions) in formed {
            self.perform(number, actions);
            let ids: Vec<Id> = self.formations.get_mut(number).map(|one| one.instances().collect()).unwrap_or_default();
            for id in ids {
                self.changed.insert(id);
                self.follow_verdicts(id);
            }
        }
    }

    fn add(&mut self, config: config::Instance) {
        let id = self.next_id;
        self.next_id += 1;
        self.names.insert(config.name.clone(), id);
        let (mut instance, group) = Instance::new(config, realtime());
        self.formations.add(id, &mut instance, group);
        self.instances.insert(id, Box::new(instance));
        self.changed.insert(id);
    }

    fn remove(&mut self, config: &config::Instance) {
        let Some(id) = self.names.remove(&config.name) else { return };
        self.tell_all(id, &Event::Shutdown);
        if let Some(instance) = self.instances.get(&id) {
            self.timers.clear(instance.formation);
            self.formations.remove(instance);
        }
        self.condition_timers.clear(id);
        self.absence_timers.clear(id);
        self.beacon_timers.clear(id);
        self.changed.remove(&id);
        self.instances.remove(&id);
        self.publish_update(Update::Removed(config.name.to_string()));
    }

    /// Changes an instance in place, so that a Master stays Master.
    fn change(&mut self, config: config::Instance, secrets: &Secrets) {
        let Some(&id) = self.names.get(&config.name) else { return };
        let sealed = self.legacy.sealed();
        let Some(instance) = self.instances.get_mut(&id) else { return };
        let moved = claimed(&instance.config) != claimed(&config);
        let enabled = config.enabled;
        let told = instance.config.router_advertisement != config.router_advertisement;
        instance.replace(config);
        instance.secure(secrets.get(&instance.config.name), sealed);
        self.changed.insert(id);
        if told {
            let members = self.instances.get(&id).map_or(0, |instance| instance.routers.len());
            (0..members).for_each(|member| self.follow_beacon(id, member));
        }
        if !enabled {
            self.tell_all(id, &Event::Shutdown);
        }
        self.reconfigure(id);
        if moved {
            self.claim_again(id);
        }
    }

    /// Claims a Master's addresses as they are configured, in place of those that they were.
    fn claim_again(&mut self, id: Id) {
        let Some(instance) = self.instances.get(&id) else { return };
        let claims: Vec<Option<ClaimId>> =
            instance.routers.iter().map(|router| router.claim.map(|(name, _)| name)).collect();
        for (member, claim) in claims.into_iter().enumerate() {
            if claim.is_some() {
                self.claim(id, member, claim);
            }
        }
    }

    /// Claims anew what is to live for another time than it does.
    fn follow_leases(&mut self) {
        let differs = |instance: &Instance| {
            let lease = self.lease(instance);
            instance.routers.iter().any(|router| router.claim.is_some_and(|(_, present)| present != lease))
        };
        let ids: Vec<Id> = self.instances.iter().filter(|(_, one)| differs(one)).map(|(&id, _)| id).collect();
        for id in ids {
            self.claim_again(id);
        }
    }

    /// Tells every router of an instance what it is to be.
    pub(super) fn reconfigure(&mut self, id: Id) {
        let members = self.instances.get(&id).map_or(0, |instance| instance.routers.len());
        for member in 0..members {
            let parameters = self.instances.get(&id).and_then(|instance| instance.parameters(member));
            if let Some(parameters) = parameters {
                self.tell(id, member, Event::Reconfigured(parameters));
            }
        }
    }

    /// Starts every enabled instance that does not run, once links and units are what is known of them.
    pub(super) fn start_instances(&mut self) {
        let mut heirs = self.find_heirs();
        let ids: Vec<Id> = self.instances.keys().copied().collect();
        for &id in &ids {
            self.show_conditions(id);
        }
        self.follow_links();
        self.follow_presence();
        let starts = |instance: &Instance| instance.config.enabled && self.formations.kind(instance) == Kind::Init;
        let mut starting: BTreeMap<Number, Vec<usize>> = BTreeMap::new();
        for instance in self.instances.values().filter(|instance| starts(instance)) {
            starting.entry(instance.formation).or_default().extend(&instance.places);
        }
        for (number, places) in starting {
            let resumed = heirs.remove(&number).is_some_and(|heirs| self.resume(number, &heirs));
            if !resumed {
                self.tell_places(number, &places, &Event::Startup);
            }
        }
    }

    /// The addresses that services are to be able to bind, whoever is Master.
    pub(super) fn held_addresses(&self) -> BTreeSet<IpAddr> {
        let holding = self.config.instances.values().filter(|instance| instance.hold == Hold::Address);
        holding.flat_map(|instance| instance.virtual_addresses().map(|address| address.ip)).collect()
    }
}

/// What a Master of an instance has in the kernel, in whatever order.
fn claimed(config: &config::Instance) -> (Mac, bool, BTreeSet<VirtualAddress>, &[VirtualRoute], &[VirtualRule]) {
    let addresses = config.virtual_addresses().collect();
    (config.mac, config.drops(), addresses, &config.virtual_routes, &config.virtual_rules)
}

/// How many virtual addresses there are in all.
fn addresses(config: &Config) -> u32 {
    let count: usize = config.instances.values().map(|instance| instance.virtual_addresses().count()).sum();
    u32::try_from(count).unwrap_or(u32::MAX)
}
