//! What a host is told to be, and where its routers are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use vrrp::config::Checksum;
use vrrp::id::{Family, Interval, Priority, Version};
use vrrp::machine::{Handover, Parameters};

/// Where a virtual router is: a family on a link. Two lanes make a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lane(pub(crate) u8);

/// How many links there are, each with both families.
pub(crate) const LINKS: usize = 2;

impl Lane {
    /// IPv4 on the first link.
    pub(crate) const V4: Self = Self(0);
    /// IPv6 on the first link.
    pub(crate) const V6: Self = Self(1);
    /// All there are.
    pub(crate) const ALL: [Self; 2 * LINKS] = [Self(0), Self(1), Self(2), Self(3)];

    pub(crate) const fn family(self) -> Family {
        if self.0.is_multiple_of(2) { Family::V4 } else { Family::V6 }
    }

    pub(crate) fn link(self) -> usize {
        usize::from(self.0 / 2)
    }
}

/// What a host is told to be.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Where its routers are, which move together.
    pub(crate) lanes: Vec<Lane>,
    pub(crate) version: Version,
    pub(crate) priority: u8,
    pub(crate) centiseconds: u16,
    pub(crate) preempt: bool,
    pub(crate) preempt_delay: Duration,
    pub(crate) handover: Handover,
    /// Whether it sends and hears heartbeats.
    pub(crate) heartbeat: bool,
    /// Whether its daemon has many others to look after: each advertisement is as early as it may be, and what comes in is
    /// left alone for a moment.
    pub(crate) crowded: bool,
    /// Where its address stands among the others' on each lane, from 0.
    pub(crate) rank: [u16; 2 * LINKS],
}

impl Plan {
    pub(crate) fn priority(&self) -> Priority {
        Priority::new(self.priority).unwrap()
    }

    pub(crate) fn interval(&self) -> Interval {
        match self.version {
            Version::V2 => Interval::from_seconds(u8::try_from(self.centiseconds / 100).unwrap()).unwrap(),
            Version::V3 => Interval::from_centiseconds(self.centiseconds).unwrap(),
        }
    }

    /// The primary address on a lane.
    pub(crate) fn address(&self, lane: Lane) -> IpAddr {
        let rank = self.rank[usize::from(lane.0)];
        match lane.family() {
            Family::V4 => Ipv4Addr::from(0xc633_6400 + u32::from(rank)).into(),
            Family::V6 => Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, rank).into(),
        }
    }

    pub(crate) fn parameters(&self, lane: Lane) -> Parameters {
        Parameters {
            family: lane.family(),
            version: self.version,
            priority: self.priority(),
            interval: self.interval(),
            preempt: self.preempt,
            preempt_delay: self.preempt_delay,
            checksum: Checksum::Auto,
            handover: self.handover,
        }
    }
}
