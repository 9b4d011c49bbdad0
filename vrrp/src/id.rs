//! The numbers of the protocol, each with the range that its type keeps.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU8;
use std::time::Duration;

/// An address family. A virtual router has exactly one (RFC 9568, section 1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Both families, IPv4 first.
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// Tells the family of an address.
    #[must_use]
    pub const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    /// The multicast group of advertisements: 224.0.0.18 or ff02::12 (RFC 9568, sections 5.1.1.2 and 5.1.2.2).
    #[must_use]
    pub const fn group(self) -> IpAddr {
        match self {
            Self::V4 => IpAddr::V4(Ipv4Addr::new(224, 0, 0, 18)),
            Self::V6 => IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12)),
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        })
    }
}

/// A protocol version on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// RFC 3768: IPv4 only, whole seconds.
    V2,
    /// RFC 5798 and RFC 9568: both families, centiseconds.
    V3,
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::V2 => "2",
            Self::V3 => "3",
        })
    }
}

/// A virtual router identifier, 1 to 255 (RFC 9568, section 5.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Vrid(NonZeroU8);

impl Vrid {
    /// Takes a number from 1 to 255; 0 gives `None`.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        match NonZeroU8::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number, 1 to 255.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0.get()
    }

    /// The virtual router's MAC address (RFC 9568, section 7.3).
    #[must_use]
    pub const fn mac(self, family: Family) -> [u8; 6] {
        let family = match family {
            Family::V4 => 1,
            Family::V6 => 2,
        };
        [0x00, 0x00, 0x5e, 0x00, family, self.get()]
    }
}

impl fmt::Display for Vrid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A router's priority, 1 to 255 (RFC 9568, section 5.2.4). Zero is no priority: it is the resignation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Priority(NonZeroU8);

impl Priority {
    /// 255: the router that owns the addresses.
    pub const OWNER: Self = Self(NonZeroU8::MAX);
    /// 1: the router that waits longest.
    pub const LOWEST: Self = Self(NonZeroU8::MIN);
    /// 100: what a router has that was not told another.
    pub const DEFAULT: Self = match Self::new(100) {
        Some(priority) => priority,
        None => Self::OWNER,
    };

    /// Takes a number from 1 to 255; 0 gives `None`.
    #[must_use]
    pub const fn new(number: u8) -> Option<Self> {
        match NonZeroU8::new(number) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// The number, 1 to 255.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0.get()
    }

    /// Tells whether this is the address owner's priority.
    #[must_use]
    pub fn is_owner(self) -> bool {
        self == Self::OWNER
    }

    /// Adds a weight and stays within 1 to 254. The owner's priority is never moved.
    #[must_use]
    pub fn weighted(self, weight: i32) -> Self {
        if self.is_owner() {
            return self;
        }
        let sum = i32::from(self.get()).saturating_add(weight).clamp(1, 254);
        u8::try_from(sum).ok().and_then(Self::new).unwrap_or(self)
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// An advertisement interval in centiseconds, as the wire carries it; never zero (RFC 9568, erratum 8301).
///
/// Version 3 carries 1 to 4095 centiseconds, version 2 carries 1 to 255 whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Interval(u16);

impl Interval {
    /// One second, the default of every version.
    pub const DEFAULT: Self = Self(100);
    /// The shortest that version 3 can carry: 10 ms.
    pub const SHORTEST: Self = Self(1);
    /// The longest that version 3 can carry: 40.95 s.
    pub const LONGEST_V3: Self = Self(4095);

    /// Takes centiseconds, 1 to 4095 (version 3).
    #[must_use]
    pub const fn from_centiseconds(centiseconds: u16) -> Option<Self> {
        match centiseconds {
            1..=4095 => Some(Self(centiseconds)),
            _ => None,
        }
    }

    /// Takes whole seconds, 1 to 255 (version 2).
    #[must_use]
    pub const fn from_seconds(seconds: u8) -> Option<Self> {
        match seconds {
            0 => None,
            // A byte of seconds is at most 25500 centiseconds.
            _ => Some(Self(seconds as u16 * 100)),
        }
    }

    /// Takes a duration that `version` can carry exactly.
    #[must_use]
    pub fn from_duration(duration: Duration, version: Version) -> Option<Self> {
        let centiseconds = u16::try_from(duration.as_millis() / 10).ok()?;
        let interval = match version {
            Version::V2 => Self::from_seconds(u8::try_from(duration.as_secs()).ok()?)?,
            Version::V3 => Self::from_centiseconds(centiseconds)?,
        };
        (interval.duration() == duration).then_some(interval)
    }

    /// The interval in centiseconds, 1 to 25500.
    #[must_use]
    pub const fn centiseconds(self) -> u16 {
        self.0
    }

    /// The interval as a duration.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0 as u64 * 10)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (seconds, 0) => write!(out, "{seconds}s"),
            _ => write!(out, "{}ms", self.duration().as_millis()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_stay_within_range_and_never_touch_the_owner() {
        let hundred = Priority::DEFAULT;
        assert_eq!(hundred.weighted(-200).get(), 1);
        assert_eq!(hundred.weighted(300).get(), 254);
        assert_eq!(hundred.weighted(-30).get(), 70);
        assert_eq!(Priority::OWNER.weighted(-30), Priority::OWNER);
    }

    #[test]
    fn an_interval_is_refused_when_the_version_cannot_carry_it() {
        let millis = Duration::from_millis;
        assert_eq!(Interval::from_duration(millis(10), Version::V3).map(Interval::centiseconds), Some(1));
        assert_eq!(Interval::from_duration(millis(15), Version::V3), None);
        assert_eq!(Interval::from_duration(millis(40_960), Version::V3), None);
        assert_eq!(Interval::from_duration(millis(1_500), Version::V2), None);
        assert_eq!(Interval::from_duration(millis(255_000), Version::V2).map(Interval::centiseconds), Some(25_500));
        assert_eq!(Interval::from_duration(millis(256_000), Version::V2), None);
        assert_eq!(Interval::from_duration(Duration::ZERO, Version::V2), None);
    }

    #[test]
    fn virtual_macs_carry_family_and_vrid() {
        let vrid = Vrid::new(51).unwrap();
        assert_eq!(vrid.mac(Family::V4), [0, 0, 0x5e, 0, 1, 51]);
        assert_eq!(vrid.mac(Family::V6), [0, 0, 0x5e, 0, 2, 51]);
        assert_eq!(Vrid::new(0), None);
    }
}
