//! What can happen to a virtual router, and what it is told to be.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::{Filter, Handover, Reason};
use crate::config::Checksum;
use crate::id::{Family, Interval, Priority, Version};
use crate::wire::Dialect;

/// What a virtual router is told to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Its address family.
    pub family: Family,
    /// Its protocol version; `V2` with IPv4 alone.
    pub version: Version,
    /// Its priority with all weights.
    pub priority: Priority,
    /// Advertisement_Interval; one that `version` can carry.
    pub interval: Interval,
    /// Preempt_Mode.
    pub preempt: bool,
    /// How long a Master of lower priority is left alone before it is deposed.
    pub preempt_delay: Duration,
    /// How version 3 over IPv4 is summed.
    pub checksum: Checksum,
    /// How it leaves Master.
    pub handover: Handover,
}

/// An advertisement that was decoded and belongs to this virtual router.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Who sent it.
    pub source: IpAddr,
    /// Its version.
    pub version: Version,
    /// The sender's priority; `None` where the sender resigns.
    pub priority: Option<Priority>,
    /// The sender's interval.
    pub interval: Interval,
    /// How it was summed.
    pub dialect: Dialect,
}

/// What a router goes on with that was Master until its daemon was replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resumption {
    /// When its next advertisement is due; at once where that is not known, or past.
    pub advertise_at: Option<Instant>,
    /// The checksum that it had learned from others.
    pub dialect: Option<Dialect>,
}

/// What can happen to a virtual router.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is enabled.
    Startup,
    /// It is enabled, and was Master a moment ago, under a former daemon: nobody can have taken over.
    Resume(Resumption),
    /// It is disabled, or the daemon stops.
    Shutdown,
    /// Its link can carry advertisements from this primary address.
    Usable(IpAddr),
    /// Its link cannot, or a condition says that it must not be trusted.
    Unusable(Reason),
    /// A router that it moves with is in Fault, or no longer is.
    Sibling(Option<Reason>),
    /// It may become Master.
    Admitted,
    /// It may not become or stay Master.
    Barred(Reason),
    /// It may be Master only where nobody else advertises.
    LastResort(Reason),
    /// An advertisement arrived.
    Received(Heard),
    /// An advertisement that was made for its link arrived over another one.
    Heartbeat(Heard),
    /// An advertisement was seen below the firewall, and has not arrived yet.
    Filtered(Heard, Filter),
    /// Another host answered for an address.
    Contested,
    /// The time that [`VirtualRouter::deadline`] told has come.
    Deadline,
    /// Its parameters changed; family and version are what they were.
    Reconfigured(Parameters),
    /// The kernel has all its addresses on the link.
    Claimed,
    /// The kernel let the addresses go: nobody renewed them, because the daemon stood still.
    Lapsed,
    /// The kernel refused an address or an advertisement.
    Refused(Reason),
    /// Every router that it moves with is ready: it becomes Master.
    Lead,
    /// A router that it moves with is no longer Master: it resigns.
    Yield,
}

/// What a virtual router is among those that it moves with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It moves alone.
    Alone,
    /// It is the first of several.
    First,
    /// It is another of several.
    Other,
}
