//! The hosts of a round, and what is known of them.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, bail, ensure};

use super::check;
use super::impair::Cables;
use super::node::Node;
use super::plan::{NAMES, Plan, Weather};
use crate::capture::{Capture, Frame};
use crate::container::Container;
use crate::host::Host;
use crate::image::Release;
use crate::lab::Lab;
use crate::pair::{VIPS, VRID, installed};
use crate::switch::Switch;

/// The longest time for which a host that was killed may still answer: its lease, and the kernel's second.
const LEASE: Duration = Duration::from_secs(4);

/// The longest time that a host may stay in Fault when nothing is wrong any more.
const RECOVERY: Duration = Duration::from_secs(12);

/// An instance that comes and goes beside the one that is looked at.
const SECOND: &str = "[instance.inst2]\ninterface = \"eth0\"\nvrid = 52\naddresses = [\"192.0.2.20/24\"]\n";

/// A round's hosts, its switch with the cables in between, and a client that asks.
#[derive(Debug)]
pub(super) struct Scene {
    // Dropped in this order.
    pub(super) nodes: Vec<Node>,
    pub(super) cables: Cables,
    client: Host,
    wire: Capture,
    lab: Lab,
    pub(super) plan: Plan,
    pub(super) weather: Weather,
}

impl Plan {
    pub(super) fn configuration(&self, priority: u8, second: bool) -> String {
        let first = format!(
            "[instance.inst1]\ninterface = \"eth0\"\nvrid = {VRID}\naddresses = [\"{}/24\", \"{}/64\"]\n\
             priority = {priority}\nadvert_interval = \"{}ms\"\npreempt = {}\nmac = \"{}\"\n",
            VIPS[0],
            VIPS[1],
            self.interval.as_millis(),
            self.preempt,
            if self.virtual_mac { "virtual" } else { "interface" }
        );
        let first = if self.systemd { first + "protect = [\"http.service\"]\n" } else { first };
        if second { first + SECOND } else { first }
    }

    /// What a busy machine may add to every time; the more runs on it, the more.
    const fn slack(&self) -> Duration {
        Duration::from_millis(if self.systemd { 1500 } else { 700 })
    }

    /// The longest Master_Down_Interval that a router can have: three intervals and nearly one of Skew_Time.
    pub(super) fn down(&self) -> Duration {
        self.interval * 4
    }
}

/// Starts all hosts at once.
fn each<T: Send>(hosts: Vec<T>, plan: &Plan, start: fn(T, &Plan, u8) -> Result<Node>) -> Result<Vec<Node>> {
    thread::scope(|scope| {
        let hosts = hosts.into_iter().zip(&plan.priorities);
        let starts: Vec<_> = hosts.map(|(host, priority)| scope.spawn(move || start(host, plan, *priority))).collect();
        let done =
            starts.into_iter().map(|start| start.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        done.collect()
    })
}

impl Scene {
    pub(super) fn new(plan: Plan, seed: u64) -> Result<Self> {
        let lab = Lab::new("chaos")?;
        let wire = lab.switch().capture_signalling()?;
        let client = lab.host("client")?;
        let names = &NAMES[..plan.priorities.len()];
        let (cables, nodes) = if plan.systemd {
            let releases = Release::ALL.into_iter().cycle();
            let hosts = names.iter().zip(releases).map(|(name, release)| installed(&lab, name, release));
            let hosts = hosts.collect::<Result<Vec<Container>>>()?;
            (Cables::new(lab.switch(), names, seed)?, each(hosts, &plan, Node::systemd)?)
        } else {
            let hosts = names.iter().map(|name| lab.host(name)).collect::<Result<Vec<Host>>>()?;
            (Cables::new(lab.switch(), names, seed)?, each(hosts, &plan, Node::bare)?)
        };
        Ok(Self { nodes, cables, client, wire, lab, plan, weather: Weather::default() })
    }

    pub(super) const fn switch(&self) -> &Switch {
        self.lab.switch()
    }

    /// Whether nobody would take a Master's place that can hear it.
    pub(super) fn unrivalled(&self, master: usize) -> bool {
        let best = self.running().all(|node| node.priority <= self.nodes[master].priority);
        self.weather.loss == 0 && (best || !self.plan.preempt)
    }

    /// What the weather may add to a frame's way.
    fn way(&self) -> Duration {
        Duration::from_millis(self.weather.delay + self.weather.jitter)
    }

    /// The longest time without any Master's advertisement.
    pub(super) fn gap_bound(&self) -> Duration {
        self.plan.down() + self.way() + self.plan.slack()
    }

    /// The longest time for which two may advertise as Masters: the one that gives way hears the other within an interval, and
    /// within three more if the weather takes advertisements away.
    pub(super) fn contest_bound(&self) -> Duration {
        let tries = if self.weather.loss > 0 { 4 } else { 1 };
        self.plan.interval * tries + self.way() * 2 + self.plan.slack()
    }

    /// The advertisements of a family since a moment.
    pub(super) fn adverts(&self, since: SystemTime, ipv4: bool) -> Vec<check::Advert> {
        let frames = self.wire.all(|frame: &Frame| frame.at >= since && frame.advert().is_some());
        check::adverts(&frames, ipv4)
    }

    /// Waits until one host alone advertises both families and it alone answers for every address; returns its number.
    pub(super) fn served(&self) -> Result<usize> {
        // A better host may take over while one looks, once each.
        for _ in 0..NAMES.len() {
            let master = self.settle()?;
            if self.answered_by(master)? {
                return Ok(master);
            }
        }
        bail!("the addresses move on and on")
    }

    /// Waits until one host alone has advertised both families for two intervals and a half, from now on; returns its number.
    fn settle(&self) -> Result<usize> {
        let patience = self.plan.down() * 2 + self.plan.interval * 3 + self.way() * 4 + self.plan.slack() * 2;
        let end = Instant::now() + patience;
        // What was sent before may come from a Master that is gone.
        thread::sleep(self.window());
        loop {
            let [v4, v6] = self.senders();
            if v4 == v6
                && let [master] = &v4[..]
            {
                let found = NAMES.iter().position(|name| name == master);
                return found.context("a stranger advertises");
            }
            thread::sleep(self.plan.interval / 4);
            ensure!(Instant::now() < end, "nobody alone serves within {patience:?}: IPv4 {v4:?}, IPv6 {v6:?}");
        }
    }

    /// How far back the advertisements of a living Master are looked for.
    fn window(&self) -> Duration {
        self.plan.interval * 5 / 2 + self.way()
    }

    /// Who has advertised of late, as Master, for IPv4 and for IPv6.
    fn senders(&self) -> [Vec<String>; 2] {
        let since = SystemTime::now() - self.window();
        [true, false].map(|ipv4| {
            let sent = self.adverts(since, ipv4).into_iter().filter(|advert| !advert.resigns);
            let mut hosts: Vec<String> = sent.map(|advert| advert.host).collect();
            hosts.sort();
            hosts.dedup();
            hosts
        })
    }

    /// Waits until the Master alone answers for every address; false if it is not Master any more.
    fn answered_by(&self, master: usize) -> Result<bool> {
        let window = Duration::from_millis(30) + self.way() * 2;
        for vip in VIPS {
            let end = Instant::now() + LEASE + self.plan.slack();
            loop {
                let answers = self.client.ask(&self.wire, vip, window)?;
                if answers == [NAMES[master]] {
                    break;
                }
                if self.senders().iter().any(|hosts| *hosts != [NAMES[master]]) {
                    return Ok(false);
                }
                ensure!(Instant::now() < end, "{} is Master, but for {vip} answer {answers:?}", NAMES[master]);
            }
        }
        Ok(true)
    }

    /// Waits until no host is in Fault, and tells how long that took and which was the last. A host that the kernel refused
    /// something stays away for ten seconds, and until then it is not there to take over.
    pub(super) fn recover(&self) -> Result<Option<(Duration, String)>> {
        let start = Instant::now();
        let mut last = None;
        loop {
            let mut ill = None;
            for node in self.running() {
                let name = node.host().name();
                match node.told() {
                    Ok(told) if told["state"] == "fault" => {
                        ill = Some(format!("{name} in Fault, since {}", told["reason"]))
                    }
                    Ok(_) => {}
                    Err(error) => ill = Some(format!("{name} does not answer: {error:#}")),
                }
            }
            let Some(ill) = ill else { return Ok(last.map(|last| (start.elapsed(), last))) };
            ensure!(start.elapsed() < RECOVERY, "{ill}");
            last = Some(ill);
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Makes sure that services can bind on every host whose daemon was not stopped on purpose.
    pub(super) fn bindable(&self) -> Result<()> {
        self.running().try_for_each(Node::bindable)
    }

    /// Makes sure that every daemon that should run does, and that none panicked.
    pub(super) fn alive(&self) -> Result<()> {
        self.running().try_for_each(Node::alive)
    }

    fn running(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| !node.stopped)
    }
}
