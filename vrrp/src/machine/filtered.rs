//! Advertisements that reach the host and not the socket that listens for them.
//!
//! A firewall rule, the reverse path filter or a martian source takes them away on the last step. The Master lives, and a
//! Backup that took over would be a second one. So a Backup whose Master falls silent has the daemon look for its
//! advertisements below all that could take them away, soon enough that each of the last two before its
//! Master_Down_Timer runs out would be seen.

use std::fmt;
use std::time::{Duration, Instant};

use super::Heard;
use crate::id::Interval;

/// How long an advertisement that was seen below the firewall may still arrive by the ordinary way, at most.
///
/// Both copies of one leave the link together; what comes between is the kernel's work on one packet.
const LONGEST_GRACE: Duration = Duration::from_millis(100);

/// What takes advertisements away, as far as can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// A rule of nftables or iptables, or a traffic control filter.
    Firewall,
    /// The reverse path filter: the way back to their sender leads through another link, or there is none.
    ReversePath,
    /// They seem to come from an address of this host, such as one that it holds.
    Martian,
}

impl Filter {
    /// Its name as the status carries it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Firewall => "firewall",
            Self::ReversePath => "rp_filter",
            Self::Martian => "martian",
        }
    }
}

/// What follows "advertisements from ADDRESS are being filtered".
impl fmt::Display for Filter {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Firewall => "by a firewall rule (nft list ruleset, iptables-save)",
            Self::ReversePath => "by rp_filter: no route leads back through this link",
            Self::Martian => "as martians: this host has that address too",
        })
    }
}

/// Whether it must be looked below the firewall for advertisements that do not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// They arrive, or are not waited for.
    No,
    /// From this time on, unless one arrives before.
    From(Instant),
    /// They are known to be filtered, or nothing was heard for too long.
    Yes,
}

impl Look {
    /// What a router does that heard its last advertisement at `last`: it misses the next one when half of the following
    /// interval has gone by.
    pub(super) fn after(last: Instant, interval: Interval) -> Self {
        Self::From(last + interval.duration() * 3 / 2)
    }
}

/// An advertisement that was seen below the firewall, while it may still arrive by the ordinary way.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldBack {
    pub(super) heard: Heard,
    pub(super) by: Filter,
    pub(super) at: Instant,
    pub(super) until: Instant,
}

impl HeldBack {
    /// Takes the newest of several, for no longer than the first of them was to be held back.
    pub(super) fn take(before: Option<Self>, heard: Heard, by: Filter, now: Instant) -> Self {
        let grace = (heard.interval.duration() / 8).min(LONGEST_GRACE);
        Self { heard, by, at: now, until: before.map_or(now + grace, |before| before.until) }
    }
}
