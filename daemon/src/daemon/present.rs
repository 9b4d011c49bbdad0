//! What the world is shown of the daemon: the status, the line in `systemctl status`, and what was published.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use vrrp::conditions::Standing;
use vrrp::config::{Effect, Hold, Mac, RouterAdvertisement};
use vrrp::id::Version;
use vrrp::machine::{Kind, VirtualRouter};
use vrrp::status::{self, State, Status};
use vrrp::wire::Discard;

use super::conditions::Watched;
use super::contest::Rival;
use super::instance::{Instance, Router};
use super::{Daemon, Phase, realtime};
use crate::control::{Update, Whole};
use crate::notify;

/// How often may be published in a [`WHILE`]. Whoever can forge advertisements can bring about a change with each, and the
/// bus and systemd are told of every one.
const OFTEN: u32 = 16;
const WHILE: Duration = Duration::from_millis(50);

/// How often was published of late.
#[derive(Debug, Default)]
pub(super) struct Pace {
    since: Option<Instant>,
    count: u32,
}

impl Pace {
    /// Tells whether to publish now, and counts it.
    fn admit(&mut self, now: Instant) -> bool {
        if self.since.is_none_or(|since| now >= since + WHILE) {
            (self.since, self.count) = (Some(now), 0);
        }
        self.count += u32::from(self.count < OFTEN + 1);
        self.count <= OFTEN
    }

    /// When to publish what had to wait.
    pub(super) fn due(&self) -> Option<Instant> {
        self.since.filter(|_| self.count > OFTEN).map(|since| since + WHILE)
    }
}

impl Daemon {
    /// Publishes what has changed since it was last published.
    pub(super) fn publish(&mut self) {
        if self.phase == Phase::Starting || !self.news() || !self.publications.admit(self.now) {
            return;
        }
        while let Some(id) = self.changed.pop_first() {
            if let Some(instance) = self.instances.get(&id) {
                let update = Update::Instance(Arc::new(self.present(instance)));
                self.publish_update(update);
            }
        }
        let daemon = self.present_daemon();
        notify::status(&daemon.summary);
        let groups = self.outline_groups();
        self.publish_update(Update::Daemon(Box::new(Whole { daemon, groups })));
        self.general_news = false;
    }

    /// Tells whether something has changed that was not published.
    pub(super) fn news(&self) -> bool {
        self.general_news || !self.changed.is_empty()
    }

    /// Hands an update to the bus's thread. While the daemon runs, that does, too.
    pub(super) fn publish_update(&self, update: Update) {
        if self.updates.send(update).is_err() {
            tracing::error!("the thread that serves the bus has ended; vrrpadm sees no more changes");
        }
    }

    /// Everything that the daemon knows.
    pub(super) fn describe(&self) -> Status {
        let instances = self.names.values().filter_map(|id| self.instances.get(id));
        Status {
            daemon: self.present_daemon(),
            instances: instances.map(|instance| self.present(instance)).collect(),
            groups: self.present_groups(),
        }
    }

    /// One instance as the tool shows it.
    pub(super) fn present(&self, instance: &Instance) -> status::Instance {
        let config = &instance.config;
        let members: Vec<&VirtualRouter> = self.formations.machines(instance).collect();
        let state = State::from(self.formations.kind(instance));
        let effective = members.first().map_or(config.priority, |member| member.priority());
        status::Instance {
            name: config.name.to_string(),
            state,
            barred: state == State::Backup && members.iter().any(|member| member.bar().is_some()),
            reason: self.reason(instance),
            since: instance.since,
            transitions: instance.history.count(),
            away: instance.away.as_ref().map(|away| away.shown),
            draining: self.is_draining(instance),
            interface: config.interface.to_string(),
            link: self.carrier_of(instance),
            vrid: config.vrid.get(),
            version: match config.version {
                Version::V2 => 2,
                Version::V3 => 3,
            },
            addresses: config.addresses.iter().map(ToString::to_string).collect(),
            unadvertised: config.unadvertised.iter().map(ToString::to_string).collect(),
            virtual_routes: config.virtual_routes.iter().map(ToString::to_string).collect(),
            virtual_rules: config.virtual_rules.iter().map(ToString::to_string).collect(),
            priority: config.priority.get(),
            effective_priority: effective.get(),
            preempt: config.preempt,
            advert_interval: milliseconds(config.advert_interval.duration()),
            mac: match config.mac {
                Mac::Interface => "interface",
                Mac::Virtual => "virtual",
            }
            .to_owned(),
            drops: config.drops(),
            router_lifetime: config.router_advertisement.as_ref().map(RouterAdvertisement::lifetime_seconds),
            hold: match config.hold {
                Hold::Address => "address",
                Hold::Freebind => "freebind",
                Hold::None => "none",
            }
            .to_owned(),
            lease: Some(milliseconds(whole_seconds(self.lease(instance)))),
            held: config.hold == Hold::Address && matches!(self.held, Some(Ok(()))),
            auth: status::Auth::of(config),
            enabled: config.enabled,
            sync_daemon: self.present_sync_daemon(&config.name),
            protects: config.protect.iter().map(|protection| self.present_unit(protection)).collect(),
            conditions: self.present_conditions(instance),
            routers: instance
                .routers
                .iter()
                .zip(members)
                .map(|(router, machine)| self.present_router(router, machine))
                .collect(),
        }
    }

    /// Why an instance is in its state, in words.
    pub(super) fn reason(&self, instance: &Instance) -> String {
        self.formations.words(instance, &self.formations.reason(instance))
    }

    fn present_unit(&self, protection: &vrrp::config::Protection) -> status::Unit {
        let unit = protection.unit.to_string();
        let state = self.unit_states.get(&unit).copied().unwrap_or_default();
        status::Unit { unit, effect: protection.effect.to_string(), active_state: state.name().to_owned() }
    }

    /// What is watched for an instance: its own links, and what its configuration names.
    fn present_conditions(&self, instance: &Instance) -> Vec<status::Condition> {
        let own = instance.routers.iter().map(|router| self.present_address(instance, router));
        own.chain(instance.conditions.iter().map(|watched| self.present_condition(watched))).collect()
    }

    /// The time on the realtime clock, in microseconds since 1970.
    fn time_of(&self, at: Instant) -> u64 {
        let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let now = realtime().saturating_sub(micros(self.now.elapsed()));
        let (ahead, ago) = (at.saturating_duration_since(self.now), self.now.saturating_duration_since(at));
        now.saturating_add(micros(ahead)).saturating_sub(micros(ago))
    }

    fn present_condition(&self, Watched { watch, condition, .. }: &Watched) -> status::Condition {
        let last = condition.last();
        status::Condition {
            kind: watch.kind().to_owned(),
            watches: watch.to_string(),
            effect: condition.effect().to_string(),
            standing: condition.standing().name().to_owned(),
            reason: condition.words().to_owned(),
            since: condition.since().map(|at| self.time_of(at)),
            last_result: last.map(|(observation, _)| observation.words.clone()),
            last_checked: last.map(|(_, at)| self.time_of(*at)),
        }
    }

    /// The condition that every router has: an address to send from, on a link that carries.
    fn present_address(&self, instance: &Instance, router: &Router) -> status::Condition {
        let (standing, reason) = match &router.standing {
            None => (Standing::Unknown, "the kernel has not told it yet".to_owned()),
            Some(Ok(address)) => {
                let on = self.carrier_of(instance).unwrap_or_else(|| instance.config.interface.to_string());
                (Standing::Good, format!("{address} on {on}"))
            }
            Some(Err(reason)) => (Standing::Bad, reason.to_string()),
        };
        status::Condition {
            kind: "address".to_owned(),
            watches: format!("{} {}", instance.config.interface, router.family),
            effect: Effect::Fault.to_string(),
            standing: standing.name().to_owned(),
            reason,
            since: router.standing.as_ref().map(|_| router.standing_since),
            last_result: None,
            last_checked: None,
        }
    }

    fn present_router(&self, router: &Router, machine: &VirtualRouter) -> status::Router {
        let own = (machine.kind() == Kind::Master).then(|| machine.primary()).flatten();
        let master = machine.master();
        let mut counters = router.counters.clone();
        counters.discards = named(&router.discards);
        let parameters = machine.parameters();
        status::Router {
            family: router.family.to_string(),
            primary: machine.primary().map(|address| address.to_string()),
            master: own.or(master.map(|master| master.address)).map(|address| address.to_string()),
            master_priority: own.map(|_| parameters.priority).or(master.map(|m| m.priority)).map(|p| p.get()),
            master_advert_interval: own
                .map(|_| parameters.interval)
                .or(master.map(|master| master.interval))
                .map(|interval| milliseconds(interval.duration())),
            master_down_interval: milliseconds(machine.master_down_interval()),
            timer: machine.deadline().map(|at| self.time_of(at)),
            auth_refusals: router.refusals.present(),
            filtered_by: machine.filter().map(|filter| filter.name().to_owned()),
            conflict: router.conflict.and_then(Rival::present),
            counters,
        }
    }

    fn present_daemon(&self) -> status::Daemon {
        status::Daemon {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: self.started,
            summary: self.summary(),
            problems: self.problems.clone(),
            units_unknown: self.blind.clone(),
            fights: self.present_fights(),
            discards: named(&self.discards),
            heartbeats: self.heartbeats.iter().map(|(name, heartbeat)| heartbeat.present(name)).collect(),
        }
    }

    /// One line that a person wants to read in `systemctl status`.
    fn summary(&self) -> String {
        let mut line = String::new();
        if !self.problems.is_empty() {
            line.push_str("The configuration has problems and is not applied, see vrrpadm check. ");
        }
        if let Some(Err(reason)) = &self.held {
            line.push_str(&format!("Not all addresses are held: {reason}. "));
        }
        match self.instances.values().next() {
            None => line.push_str("No instance is configured"),
            Some(only) if self.instances.len() == 1 => {
                let state = State::from(self.formations.kind(only)).name();
                line.push_str(&format!("{} is {state}: {}", only.config.name, self.reason(only)));
            }
            Some(_) => line.push_str(&self.count_states()),
        }
        line
    }

    fn count_states(&self) -> String {
        let mut parts = Vec::new();
        for kind in [Kind::Master, Kind::Backup, Kind::Fault, Kind::Init] {
            let count = self.instances.values().filter(|instance| self.formations.kind(instance) == kind).count();
            if count > 0 {
                parts.push(format!("{count} {}", State::from(kind).name()));
            }
        }
        let fault = self.instances.values().find(|instance| self.formations.kind(instance) == Kind::Fault);
        let trouble = fault.map(|one| format!(" ({}: {})", one.config.name, self.reason(one)));
        format!("{}{}", parts.join(", "), trouble.unwrap_or_default())
    }
}

/// Discards under the names that they have everywhere.
pub(super) fn named(discards: &BTreeMap<Discard, u64>) -> BTreeMap<String, u64> {
    discards.iter().map(|(reason, count)| (reason.name().to_owned(), *count)).collect()
}

/// The kernel counts leases in whole seconds.
fn whole_seconds(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs() + u64::from(duration.subsec_nanos() > 0))
}

fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_all_the_time_is_published_at_a_pace_and_in_the_end() {
        let begin = Instant::now();
        let mut pace = Pace::default();
        let published = (0..1000).filter(|&at| pace.admit(begin + Duration::from_micros(at))).count();
        assert_eq!(published, 16);
        let due = pace.due().unwrap();
        assert_eq!(due, begin + WHILE);
        assert!(pace.admit(due));
        assert_eq!(pace.due(), None);
    }
}
