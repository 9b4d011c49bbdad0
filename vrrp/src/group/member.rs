//! One member: from its two detectors to whether it can be used.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::carrier::{Carrier, Turn};
use super::probing::{Probing, haste};
use super::{ANSWERS, LINK_UPS, MemberState, ProbeState};
use crate::chance::Chance;
use crate::config::LinkName;

/// How long the probes of a link that comes up too often must be answered without a loss until it is used again.
const PROOF: Duration = Duration::from_secs(10);

#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) link: LinkName,
    pub(super) carrier: Carrier,
    pub(super) probing: Probing,
    pub(super) offline: bool,
    /// Whether it may carry what the group carries.
    pub(super) active: bool,
    /// That it cannot be used, and what its probes say of that.
    failed: Option<Failure>,
    /// What was told of it last, and why.
    pub(super) state: MemberState,
    pub(super) reason: String,
}

/// Why a member cannot be used although its link can.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Failure {
    /// Its link was gone.
    Link,
    /// Its probes were lost, in these words.
    Probes(String),
}

impl Member {
    pub(super) fn new(link: LinkName) -> Self {
        Self {
            link,
            carrier: Carrier::default(),
            probing: Probing::default(),
            offline: false,
            active: false,
            failed: None,
            state: MemberState::Unknown,
            reason: String::new(),
        }
    }

    /// Whether it can be used, or nothing is known that speaks against it.
    pub(super) const fn is_usable(&self) -> bool {
        self.failed.is_none() && !self.offline
    }

    /// Whether it is known to work: by its probes where there are any, else by its link.
    pub(super) fn is_proven(&self, probes: bool) -> bool {
        let link = self.is_usable() && self.carrier.is_up() == Some(true);
        link && (!probes || self.probing.state() == ProbeState::Ok)
    }

    /// Takes what the kernel tells of its link. One that comes up again is probed in haste, unless it does so too often.
    pub(super) fn heed_link(&mut self, now: Instant, told: Result<(), String>, detection_time: Duration) {
        match self.carrier.heed(now, told) {
            Some(Turn::Down) => {
                self.probing.doubt(None);
                self.failed = Some(Failure::Link);
            }
            Some(Turn::Up) => {
                self.carrier.pass(now);
                let steady = self.carrier.unsteady_until().is_none();
                self.probing.doubt(steady.then(|| haste(now, detection_time)));
            }
            None => {}
        }
    }

    /// Fails it because its probes were lost.
    pub(super) fn fail(&mut self, reason: String) {
        self.probing.fail();
        self.failed = Some(Failure::Probes(reason));
    }

    /// Whether its probes can be lost, and their answers tell something.
    pub(super) fn is_witness(&self, alive: &BTreeSet<IpAddr>) -> bool {
        self.failed.is_none() && self.probing.is_trusted() && self.probing.is_probing(alive)
    }

    /// Repairs it where both detectors agree.
    pub(super) fn settle(&mut self, now: Instant, alive: &BTreeSet<IpAddr>) {
        self.carrier.pass(now);
        let link = self.carrier.trouble().is_none() && self.steady_from(now) <= now;
        if link && self.probing.agrees(alive) {
            self.failed = None;
            self.probing.trust();
        }
    }

    /// Has it probed while its link can be used and somebody wants it to be.
    pub(super) fn probe(&mut self, now: Instant, interval: Duration, chance: &mut Chance) {
        if self.carrier.trouble().is_some() || self.offline {
            self.probing.stop();
        } else {
            self.probing.start(now, interval, chance);
        }
    }

    pub(super) fn deadline(&self, interval: Duration) -> Option<Instant> {
        let steady = self.failed.as_ref().filter(|_| self.carrier.trouble().is_none()).and_then(|_| {
            let proven = self.probing.proven_from().map(|from| from + PROOF);
            self.carrier.unsteady_until().map(|until| proven.map_or(until, |proven| until.min(proven)))
        });
        [self.probing.deadline(interval), steady].into_iter().flatten().min()
    }

    /// Its state and why it is in it.
    pub(super) fn describe(&self, probes: bool) -> (MemberState, String) {
        let link = &self.link;
        if self.offline {
            return (MemberState::Offline, format!("an administrator took {link} offline"));
        }
        if let Some(failure) = &self.failed {
            return (MemberState::Failed, self.describe_failure(failure));
        }
        if !self.active {
            return (MemberState::Standby, format!("{link} waits until another member cannot be used"));
        }
        if self.carrier.is_up().is_none() {
            return (MemberState::Unknown, format!("{link} has not been told of yet"));
        }
        match self.probing.state() {
            _ if !probes => (MemberState::Ok, format!("{link} is up")),
            ProbeState::Ok => (MemberState::Ok, format!("{link} is up and its targets answer")),
            ProbeState::Unknown | ProbeState::Disabled if self.probing.targets().is_empty() => {
                (MemberState::Unknown, format!("{link} is up, and no target is known"))
            }
            ProbeState::Unknown | ProbeState::Disabled | ProbeState::Failed => {
                (MemberState::Unknown, format!("{link} is up, and no target has answered yet"))
            }
        }
    }

    fn describe_failure(&self, failure: &Failure) -> String {
        let link = &self.link;
        if let Some(trouble) = self.carrier.trouble() {
            return format!("{link} {trouble}");
        }
        match failure {
            Failure::Probes(reason) => reason.clone(),
            Failure::Link if self.carrier.unsteady_until().is_some() => {
                format!("{link} came up more than {LINK_UPS} times in a minute, and has to be steady for as long")
            }
            Failure::Link => {
                format!("{link} is up again, and {ANSWERS} probes in a row have to be answered")
            }
        }
    }

    /// From when on its link counts as steady: also one that comes up often, where its probes prove its health.
    fn steady_from(&self, now: Instant) -> Instant {
        let Some(until) = self.carrier.unsteady_until() else { return now };
        self.probing.proven_from().map_or(until, |from| until.min(from + PROOF))
    }
}
