//! A segment in virtual time: what connects the hosts, and what becomes of their packets on the way.

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, Instant};

use vrrp::machine::{Heard, Kind};

use super::host::{Effect, Host, Wakeup};
use super::plan::{LINKS, Lane, Plan};

/// What happens to packets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// How many of a hundred are lost on the way to one host.
    pub(crate) lost: u8,
    /// How many of a hundred arrive twice.
    pub(crate) doubled: u8,
    /// The longest that a packet is under way; the shortest is [`LATENCY`]. They overtake one another.
    pub(crate) slowest: Duration,
}

/// How long a packet takes in calm weather.
pub(crate) const LATENCY: Duration = Duration::from_millis(1);

/// How long a kernel takes to claim addresses, or to find that it cannot.
pub(crate) const KERNEL: Duration = Duration::from_millis(30);

/// Weather in which every packet arrives, at once and in order.
pub(crate) const CALM: Weather = Weather { lost: 0, doubled: 0, slowest: LATENCY };

/// A host's change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) at: Instant,
    pub(crate) host: usize,
    pub(crate) kind: Kind,
}

/// The segment.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) now: Instant,
    pub(crate) hosts: Vec<Host>,
    pub(crate) weather: Weather,
    /// The part of each link that each host is connected to.
    pub(crate) sides: [Vec<bool>; LINKS],
    /// The part of the heartbeat link that each host is connected to.
    pub(crate) beats: Vec<bool>,
    pub(crate) history: Vec<Transition>,
    kinds: Vec<Kind>,
    deadlines: Vec<Option<Instant>>,
    /// What is on its way, by the time of its arrival and a number that keeps the order of what arrives at once.
    under_way: BTreeMap<(Instant, u64), (usize, Wakeup)>,
    posted: u64,
    chance: Chance,
}

impl Segment {
    /// Makes a segment of hosts that are switched off.
    pub(crate) fn new(plans: impl IntoIterator<Item = Plan>, seed: u64) -> Self {
        let hosts: Vec<Host> = plans.into_iter().map(Host::new).collect();
        Self {
            now: beginning(),
            sides: [const { Vec::new() }; LINKS].map(|_: Vec<bool>| vec![true; hosts.len()]),
            beats: vec![true; hosts.len()],
            kinds: vec![Kind::Init; hosts.len()],
            deadlines: vec![None; hosts.len()],
            hosts,
            weather: CALM,
            history: Vec::new(),
            under_way: BTreeMap::new(),
            posted: 0,
            chance: Chance(seed),
        }
    }

    /// Lets time pass, and all happen that is due until then.
    pub(crate) fn run(&mut self, duration: Duration) {
        let end = self.now + duration;
        loop {
            let packet = self.under_way.keys().next().map(|(at, _)| *at);
            let deadlines = self.deadlines.iter().zip(0..);
            let wake = deadlines.filter_map(|(deadline, host)| Some(((*deadline)?, host))).min();
            // A packet that arrives in the moment of a deadline is handled before it, as the daemon does.
            if let Some(at) = packet.filter(|at| *at <= end && wake.is_none_or(|(deadline, _)| *at <= deadline)) {
                self.now = at;
                if let Some((_, (host, wakeup))) = self.under_way.pop_first() {
                    let effects = self.hosts[host].wake(at, wakeup);
                    self.spread(host, effects);
                }
            } else if let Some((deadline, host)) = wake.filter(|(deadline, _)| *deadline <= end) {
                // A host that was stalled comes late to its deadline.
                self.now = deadline.max(self.now);
                self.with(host, |host, now| host.expire(now));
            } else {
                self.now = end;
                return;
            }
        }
    }

    /// Does something to a host.
    pub(crate) fn with(&mut self, host: usize, change: impl FnOnce(&mut Host, Instant) -> Vec<Effect>) {
        let effects = change(&mut self.hosts[host], self.now);
        self.spread(host, effects);
    }

    /// Sends a packet that is none of a host's to every one.
    pub(crate) fn forge(&mut self, lane: Lane, heard: Heard) {
        for host in 0..self.hosts.len() {
            self.carry(host, &Wakeup::Packet(lane, heard));
        }
    }

    pub(crate) fn masters(&self, lane: Lane) -> Vec<usize> {
        let is_master = |host: &Host| host.is_master() && host.plan.lanes.contains(&lane);
        (0..self.hosts.len()).filter(|&host| is_master(&self.hosts[host])).collect()
    }

    fn spread(&mut self, from: usize, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Answer(wakeup) => self.post(from, KERNEL, wakeup),
                Effect::Send(lane, heard) => {
                    let sides = self.sides[lane.link()].clone();
                    for host in 0..self.hosts.len() {
                        if host != from && sides[host] == sides[from] {
                            self.carry(host, &Wakeup::Packet(lane, heard));
                        }
                    }
                }
                Effect::Beat(lane, heard) => {
                    for host in 0..self.hosts.len() {
                        if host != from && self.beats[host] == self.beats[from] {
                            self.carry(host, &Wakeup::Heartbeat(lane, heard));
                        }
                    }
                }
            }
        }
        self.deadlines[from] = self.hosts[from].deadline();
        let kind = if self.hosts[from].running { self.hosts[from].group.kind() } else { Kind::Init };
        if std::mem::replace(&mut self.kinds[from], kind) != kind {
            self.history.push(Transition { at: self.now, host: from, kind });
        }
    }

    fn carry(&mut self, to: usize, wakeup: &Wakeup) {
        if self.chance.percent(self.weather.lost) {
            return;
        }
        for _ in 0..=usize::from(self.chance.percent(self.weather.doubled)) {
            let delay = LATENCY + self.chance.up_to(self.weather.slowest - LATENCY);
            self.post(to, delay, wakeup.clone());
        }
    }

    fn post(&mut self, to: usize, delay: Duration, wakeup: Wakeup) {
        self.posted += 1;
        self.under_way.insert((self.now + delay, self.posted), (to, wakeup));
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, host) in self.hosts.iter().enumerate() {
            writeln!(out, "host {index}: {host}")?;
        }
        for Transition { at, host, kind } in self.history.iter().rev().take(40).rev() {
            writeln!(out, "{:9.3} s before: host {host} {kind:?}", (self.now - *at).as_secs_f64())?;
        }
        Ok(())
    }
}

/// Numbers that are the same in every run with the same seed (splitmix64).
#[derive(Debug)]
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn percent(&mut self, percent: u8) -> bool {
        percent > 0 && self.next() % 100 < u64::from(percent)
    }

    fn up_to(&mut self, longest: Duration) -> Duration {
        let micros = u64::try_from(longest.as_micros()).unwrap();
        Duration::from_micros(self.next() % (micros + 1))
    }
}

#[expect(clippy::disallowed_methods, reason = "virtual time starts at some instant, and std makes no other")]
fn beginning() -> Instant {
    Instant::now()
}
