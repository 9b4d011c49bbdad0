//! Addresses, links and routes in the kernel: the only place that speaks rtnetlink.
//!
//! One worker owns everything here. It is told what is wanted ([`Request`]) and keeps it so: whatever differs in the
//! kernel is put right when the kernel tells of the change, not when a timer runs out. What it sees and what it did
//! comes back as [`Report`]s.
//!
//! The worker lives on a thread of its own, because a netlink request runs inside the system call that sends it and
//! removing one macvlan takes 20 ms there: an advertisement must not wait for that. The thread keeps the network namespace of the
//! caller of [`start`].
//!
//! - A request is the next truth: what is wanted is a value, and the kernel is compared with it.
//! - A claim is a lease. The worker puts back what others remove, but not what ran out because nobody sent
//!   [`Request::Renew`]: a lapsed claim is reported and stays down until it is claimed again.
//! - A route or rule of a claim has no lifetime: it goes with the release, or with the next daemon.
//! - An address that another program put on the link is never touched and counts as claimed.

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use vrrp::conditions::Observation;
use vrrp::config::{Route, VirtualAddress, VirtualRoute, VirtualRule};
use vrrp::id::{Family, Vrid};

pub(crate) use self::link::{Link, Trouble};

mod address;
mod attempts;
mod claim;
mod fights;
mod filter;
mod hold;
mod link;
mod listening;
mod macvlan;
mod observed;
mod operation;
mod originals;
mod outbox;
mod plan;
mod renewal;
mod route;
mod routing;
mod rule;
mod socket;
mod sysctl;
mod tampering;
#[cfg(test)]
mod tests;
mod virtual_route;
mod voice;
mod wanted;
mod watch;
mod worker;

/// How many reports wait for a daemon that does not read them; beyond that the worker keeps the newest of each kind.
const REPORTS: usize = 1024;

/// What the worker is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// The whole set of addresses that is to be held on the loopback link. Answered by [`Report::Held`].
    Hold(BTreeSet<IpAddr>),
    /// Whether a packet filter is to be ready for claims whose packets are dropped. Answered by [`Report::Filter`] if it is.
    Filter(bool),
    /// Claims the addresses and keeps them claimed until the release. Replaces an earlier claim with this `id`.
    Claim {
        /// The daemon's name for the claim.
        id: ClaimId,
        /// What is claimed.
        claim: Claim,
    },
    /// Stops owning a claim's addresses, and goes on serving them: they are held, and a macvlan stays, which says nothing. The
    /// release ends it, or this much time.
    Drain {
        /// The daemon's name for the claim.
        id: ClaimId,
        /// How long it lasts at most.
        at_most: Duration,
    },
    /// Gives a claim up. Always answered by [`Report::Released`], unless the same `id` is claimed again before it is done.
    Release {
        /// The daemon's name for the claim.
        id: ClaimId,
    },
    /// The daemon lives: the leases of all claims run from here. Due about three times in the shortest lease.
    Renew,
    /// The whole set of links that carry one another's addresses: members of interface groups that instances are on.
    ///
    /// Each of them answers for its own addresses alone, and hosts near one of them are reached through that one which has the
    /// claimed addresses.
    Members(BTreeSet<u32>),
    /// The whole set of routes that are to be watched. Each is answered by [`Report::Route`].
    Routes(BTreeSet<Route>),
    /// Every claim that survived from a former daemon has been claimed again: what is left over can go.
    Settled,
    /// Releases every claim, removes the holds unless they are kept, and restores the links' settings with the holds.
    Stop {
        /// Whether the addresses stay held.
        keep_holds: bool,
    },
}

/// The daemon's name for a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ClaimId(pub(crate) u64);

/// Addresses that this host is to own on a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The link's index.
    pub(crate) link: u32,
    /// The addresses with the prefix lengths of their subnets.
    pub(crate) addresses: Vec<VirtualAddress>,
    /// The virtual MAC address, where it is to answer instead of the link's own (RFC 9568, section 7.3).
    pub(crate) mac: Option<[u8; 6]>,
    /// The virtual router identifier.
    pub(crate) vrid: Vrid,
    /// The family of the virtual router. Addresses of the other one move with it where that has no virtual router of its own, and
    /// then the virtual MAC address answers for them, too.
    pub(crate) family: Family,
    /// The routes that are to be there with the addresses.
    pub(crate) routes: Vec<VirtualRoute>,
    /// The rules that are to be there with them, each with its family.
    pub(crate) rules: Vec<(Family, VirtualRule)>,
    /// Whether packets to the addresses are dropped: from before they are there until after they have gone.
    pub(crate) drop: bool,
    /// How long the claim outlives the last [`Request::Renew`]. The kernel counts whole seconds: it is rounded up, to 2 s at least.
    pub(crate) lease: Duration,
}

/// What the worker tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// Every link that there was at the start has been reported.
    Ready,
    /// The whole present state of a link, after each change of it.
    Link(Link),
    /// The link is gone. Claims on it fail; they come back by themselves if it does with the same index.
    LinkGone {
        /// Its index.
        index: u32,
    },
    /// Whether a service can bind to every address that is to be held, or why not. After each [`Request::Hold`] and at each change.
    Held(Result<(), String>),
    /// Whether packets can be dropped, or why not. After a [`Request::Filter`] that asks for it and at each change.
    Filter(Result<(), String>),
    /// All addresses, routes and rules of the claim are in the kernel.
    Claimed {
        /// The claim.
        id: ClaimId,
        /// The link that carries the addresses and their announcements: the claim's own, or the macvlan with the virtual MAC.
        link: u32,
    },
    /// The claim cannot be made or kept. The worker goes on trying, and tells of success.
    ClaimFailed {
        /// The claim.
        id: ClaimId,
        /// Why, and what to do where that is known.
        reason: String,
    },
    /// Nobody renewed the claim in time: nothing of it is in the kernel until it is claimed again.
    Lapsed {
        /// The claim.
        id: ClaimId,
    },
    /// Nothing of the claim is in the kernel any more.
    Released {
        /// The claim.
        id: ClaimId,
    },
    /// Another program undid something of the daemon's. It was done again.
    Undone {
        /// What, by whom and how often, in words.
        text: String,
        /// The link's name, where it happens again and again.
        fight: Option<String>,
    },
    /// What there is of a route that is watched: first after it was wanted, and then at each change.
    Route {
        /// The route.
        route: Route,
        /// What was seen of it.
        observation: Observation,
    },
    /// All is done; the worker has ended.
    Stopped,
}

/// The way to the worker. When the last one is dropped the worker ends and leaves everything in the kernel as it is.
#[derive(Clone, Debug)]
pub(crate) struct Handle(mpsc::UnboundedSender<Request>);

impl Handle {
    /// Hands a request over. It never waits; a worker that has ended ignores it.
    pub(crate) fn submit(&self, request: Request) {
        // Without a receiver the channel of reports is closed too, and that is where the daemon learns of it.
        let _ = self.0.send(request);
    }
}

/// Starts the worker. It dumps links and addresses, reports them and then [`Report::Ready`].
///
/// `state_file` remembers the settings that links had, so that they can be restored after a crash.
/// When the channel of reports ends without [`Report::Stopped`], the worker has died and so should the daemon.
///
/// # Errors
/// When the netlink sockets or the thread cannot be made.
pub(crate) fn start(state_file: PathBuf) -> io::Result<(Handle, mpsc::Receiver<Report>)> {
    let (submit, requests) = mpsc::unbounded_channel();
    let (reports, receiver) = mpsc::channel(REPORTS);
    worker::spawn(state_file, requests, reports)?;
    Ok((Handle(submit), receiver))
}
