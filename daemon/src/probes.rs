//! Probes of the members of interface groups: on a thread of its own, which there is while one is probed.
//!
//! Each link has a socket a family, bound to it, and a task that sends what the loop asks for and tells what is answered.
//! Nothing here decides anything.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use vrrp::config::Probe;
use vrrp::id::Family;

use self::socket::Prober;

mod gateways;
mod socket;
#[cfg(test)]
mod tests;

/// How often it is looked for other routers: nobody tells of those.
const RESCAN: Duration = Duration::from_secs(20);
/// How many late answers of a target count at once.
const MOST_OWED: u32 = 8;

/// How the targets of a family are probed over a link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Way {
    /// The link's index.
    pub(crate) link: u32,
    /// The family of the targets.
    pub(crate) family: Family,
    /// With echo requests, or with ARP requests and neighbour solicitations.
    pub(crate) echo: bool,
    /// The link's MAC address; only echo requests need none.
    pub(crate) mac: Option<[u8; 6]>,
    /// The link's own address. An ARP request without one claims none (RFC 5227, section 1.1).
    pub(crate) source: Option<IpAddr>,
}

impl Way {
    /// How a link with these addresses is probed, where it can be.
    pub(crate) fn of(
        link: u32,
        family: Family,
        probe: Probe,
        mac: Option<[u8; 6]>,
        source: Option<IpAddr>,
    ) -> Option<Self> {
        let possible = match (probe, family) {
            (Probe::None, _) => false,
            (Probe::Icmp, _) => source.is_some(),
            (Probe::Arp, Family::V4) => mac.is_some(),
            (Probe::Arp, Family::V6) => mac.is_some() && source.is_some(),
        };
        possible.then_some(Self { link, family, echo: probe == Probe::Icmp, mac, source })
    }
}

/// What is told of probes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// Somebody has answered.
    Answered {
        /// The index of the link on which the answer came.
        link: u32,
        /// Who answered.
        target: IpAddr,
        /// The number of the probe, where the answer bears it.
        sequence: Option<u16>,
    },
    /// A probe could not be sent.
    Refused {
        /// The index of the link.
        link: u32,
        /// The number of the probe.
        sequence: u16,
        /// Why.
        reason: String,
    },
    /// The routers that routes lead to, by the name of the link; the nearest to all destinations first.
    Gateways(BTreeMap<String, Vec<IpAddr>>),
}

enum Command {
    Follow { ways: BTreeSet<Way>, gateways: bool },
    Send { link: u32, target: IpAddr, sequence: u16 },
    Look,
}

/// The way to the thread.
pub(crate) struct Probes {
    thread: Option<mpsc::UnboundedSender<Command>>,
    reports: mpsc::Sender<Report>,
}

impl Probes {
    /// Probes nothing yet. Reports arrive at the returned receiver.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Report>) {
        let (reports, receiver) = mpsc::channel(64);
        (Self { thread: None, reports }, receiver)
    }

    /// Has targets probed in these ways, and no others, and it told whether there are `gateways`. The thread of the caller hands
    /// its network namespace on.
    pub(crate) fn follow(&mut self, ways: BTreeSet<Way>, gateways: bool) {
        if ways.is_empty() && !gateways {
            self.thread = None;
            return;
        }
        if self.thread.as_ref().is_none_or(mpsc::UnboundedSender::is_closed) {
            self.thread = self.spawn();
        }
        self.tell(Command::Follow { ways, gateways });
    }

    /// Sends a probe. What becomes of it is told.
    pub(crate) fn send(&self, link: u32, target: IpAddr, sequence: u16) {
        self.tell(Command::Send { link, target, sequence });
    }

    /// Looks for routers now.
    pub(crate) fn look_for_gateways(&self) {
        self.tell(Command::Look);
    }

    fn tell(&self, command: Command) {
        if let Some(thread) = &self.thread {
            // A thread that has just died is replaced when links change next.
            let _ = thread.send(command);
        }
    }

    fn spawn(&self) -> Option<mpsc::UnboundedSender<Command>> {
        let (thread, commands) = mpsc::unbounded_channel();
        let reports = self.reports.clone();
        let body = move || match tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build() {
            Ok(runtime) => runtime.block_on(run(commands, reports)),
            Err(error) => tracing::error!(%error, "no interface group can be probed"),
        };
        match std::thread::Builder::new().name("probes".to_owned()).spawn(body) {
            Ok(_) => Some(thread),
            Err(error) => {
                tracing::error!(%error, "no interface group can be probed");
                None
            }
        }
    }
}

/// What works for one way.
struct Task {
    probes: mpsc::UnboundedSender<(IpAddr, u16)>,
    handle: JoinHandle<()>,
}

impl Drop for Task {
    fn drop(&mut self) {
        self.handle.abort();
    }
}

async fn run(mut commands: mpsc::UnboundedReceiver<Command>, reports: mpsc::Sender<Report>) {
    let mut tasks: BTreeMap<Way, Task> = BTreeMap::new();
    let mut looks = interval(RESCAN);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut looking = false;
    let mut told = None;
    loop {
        let look = tokio::select! {
            command = commands.recv() => match command {
                None => return,
                Some(Command::Follow { ways, gateways }) => {
                    tasks.retain(|way, _| ways.contains(way));
                    for way in ways {
                        tasks.entry(way.clone()).or_insert_with(|| start(way, reports.clone()));
                    }
                    looking = gateways;
                    gateways
                }
                Some(Command::Send { link, target, sequence }) => {
                    let family = Family::of(target);
                    let task = tasks.iter().find(|(way, _)| (way.link, way.family) == (link, family));
                    if task.is_none_or(|(_, task)| task.probes.send((target, sequence)).is_err()) {
                        let reason = format!("the link has no {family} address to send from");
                        if reports.send(Report::Refused { link, sequence, reason }).await.is_err() {
                            return;
                        }
                    }
                    false
                }
                Some(Command::Look) => {
                    // Whoever asks has lost a target, and is told though it may be the same again.
                    told = None;
                    looking
                }
            },
            _ = looks.tick(), if looking => true,
        };
        if look {
            let found = gateways::all();
            if told.as_ref() != Some(&found) {
                told = Some(found.clone());
                if reports.send(Report::Gateways(found)).await.is_err() {
                    return;
                }
            }
        }
    }
}

fn start(way: Way, reports: mpsc::Sender<Report>) -> Task {
    let (probes, wanted) = mpsc::unbounded_channel();
    Task { probes, handle: tokio::spawn(probe(way, wanted, reports)) }
}

/// Sends probes and tells of answers, until nobody wants either.
async fn probe(way: Way, mut wanted: mpsc::UnboundedReceiver<(IpAddr, u16)>, reports: mpsc::Sender<Report>) {
    let link = way.link;
    let mut prober: Option<Prober> = None;
    // How many answers each target may yet give: anybody can send more, and the loop must not be woken for those.
    let mut owed: BTreeMap<IpAddr, u32> = BTreeMap::new();
    loop {
        let report = tokio::select! {
            probe = wanted.recv() => {
                let Some((target, sequence)) = probe else { return };
                let opened = match prober.take() {
                    Some(open) => Ok(open),
                    None => Prober::open(&way),
                };
                let sent = opened.and_then(|open| prober.insert(open).send(&way, target, sequence));
                if sent.is_ok() {
                    let owed = owed.entry(target).or_default();
                    *owed = (*owed + 1).min(MOST_OWED);
                }
                sent.err().map(|error| Report::Refused { link, sequence, reason: words(&error) })
            }
            answer = answered(prober.as_ref()) => match answer {
                Ok(answer) => answer.filter(|(target, _)| is_owed(&mut owed, *target)).map(|(target, sequence)| {
                    Report::Answered { link, target, sequence }
                }),
                Err(_) => {
                    // The link may be gone: the next probe opens another socket, or says why there is none.
                    prober = None;
                    None
                }
            },
        };
        if let Some(report) = report
            && reports.send(report).await.is_err()
        {
            return;
        }
    }
}

/// Tells whether a target owes an answer, which it has given now.
fn is_owed(owed: &mut BTreeMap<IpAddr, u32>, target: IpAddr) -> bool {
    match owed.get_mut(&target) {
        Some(left @ 1..) => {
            *left -= 1;
            true
        }
        Some(0) | None => false,
    }
}

async fn answered(prober: Option<&Prober>) -> std::io::Result<Option<(IpAddr, Option<u16>)>> {
    match prober {
        Some(prober) => prober.receive().await,
        None => std::future::pending().await,
    }
}

/// An error of the system without its number.
fn words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}
