//! What a virtual router wants done, and how it is shown.

use std::net::IpAddr;
use std::time::Instant;

use super::Reason;
use crate::id::{Interval, Priority};
use crate::wire::Discard;

/// What must be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send an advertisement.
    Advertise(Priority),
    /// Send an advertisement with the shortest Max Advertise Interval that there is, ahead of a resignation.
    Hasten(Priority),
    /// Send priority 0.
    Resign,
    /// Own the addresses on the wire, and send [`Event::Claimed`] or [`Event::Refused`] in return.
    Claim,
    /// Stop owning them, but go on serving whoever still sends to them, until the release.
    Drain,
    /// Stop owning them, and serving them.
    Release,
    /// Send gratuitous ARP or unsolicited neighbour advertisements for the addresses.
    Announce,
    /// Count an advertisement that was not processed.
    Discard(Discard),
    /// Count an advertisement that was processed although it did not arrive.
    CountFiltered,
    /// Tell that another host goes on answering for an address.
    Contested,
    /// Tell that the state changed, or the reason for it.
    Enter(Kind, Reason),
}

/// A state by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Disabled, or not set up yet.
    Init,
    /// It listens.
    Backup,
    /// It serves the addresses.
    Master,
    /// It cannot trust what it hears or sends.
    Fault,
}

/// A Master as it was last heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its primary address.
    pub address: IpAddr,
    /// Its priority.
    pub priority: Priority,
    /// Its interval.
    pub interval: Interval,
    /// When it was heard.
    pub at: Instant,
}
