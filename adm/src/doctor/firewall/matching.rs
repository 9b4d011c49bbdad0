//! Whether a rule is for an advertisement: yes, no, or perhaps.

use std::net::IpAddr;

use vrrp::config::first_address;
use vrrp::id::Family;

use super::{Net, Of, Packet, Rule, Test, Value, Way};

impl Rule {
    /// Tells whether a packet is one for it: for certain, or perhaps. `None` for certainly not.
    pub(super) fn matches(&self, packet: &Packet) -> Option<bool> {
        let mut certain = true;
        for test in &self.tests {
            match test.holds(packet) {
                Some(true) => {}
                Some(false) => return None,
                None => certain = false,
            }
        }
        Some(certain)
    }

    /// Tells whether it names what an advertisement is, so that somebody meant it.
    pub(super) fn is_about(&self, packet: &Packet) -> bool {
        let names = |test: &Test| matches!(test.of, Of::Protocol | Of::Destination) && !test.negated;
        self.tests.iter().any(|test| names(test) && test.holds(packet) == Some(true))
    }
}

impl Test {
    /// Tells whether a packet passes; `None` where that cannot be known.
    fn holds(&self, packet: &Packet) -> Option<bool> {
        let (group, arrives) = (packet.to_group, packet.way == Way::In);
        let one_of = |words: &[&str]| Some(self.names(words));
        let found = match self.of {
            Of::Never => return Some(false),
            Of::Unknown => return None,
            _ if self.values.contains(&Value::Strange) => None,
            Of::Protocol if packet.protocol == vrrp::wire::PROTOCOL => one_of(&["vrrp", "112"]),
            Of::Protocol => one_of(&["ah", "51"]),
            Of::Family => one_of(match packet.family {
                Family::V4 => &["ipv4", "ip", "2"],
                Family::V6 => &["ipv6", "ip6", "10"],
            }),
            Of::LinkIn => Some(arrives && self.names_link(&packet.link)),
            Of::LinkOut => Some(!arrives && self.names_link(&packet.link)),
            Of::Source => self.covers(&packet.sources),
            Of::Destination => self.covers(&packet.destinations),
            // The first of its kind, every time: nobody answers what goes to a group.
            Of::State if group => match self.names(&["untracked"]) {
                true => None,
                false => one_of(&["new"]),
            },
            Of::State => None,
            // Nobody gives a group another address.
            Of::Status if group => Some(false),
            Of::Status => None,
            Of::PacketType if arrives => one_of(if group { &["multicast"] } else { &["host", "unicast"] }),
            Of::PacketType => None,
            Of::DestinationType if group => one_of(&["multicast"]),
            Of::DestinationType => one_of(if arrives { &["local"] } else { &["unicast"] }),
            Of::HopLimit => one_of(&["255"]),
        };
        found.map(|found| found != self.negated)
    }

    fn names(&self, words: &[&str]) -> bool {
        let named = |value: &Value| matches!(value, Value::Word(word) if words.contains(&word.to_lowercase().as_str()));
        self.values.iter().any(named)
    }

    fn names_link(&self, link: &str) -> bool {
        let named = |value: &Value| match value {
            Value::Word(word) => match word.strip_suffix('*') {
                Some(start) => link.starts_with(start),
                None => word == link,
            },
            Value::Net(..) | Value::Range(..) | Value::Strange => false,
        };
        self.values.iter().any(named)
    }

    /// Tells whether all of some addresses are among the values, or none.
    fn covers(&self, nets: &[Net]) -> Option<bool> {
        if nets.is_empty() {
            return None;
        }
        let inside = |net: &Net| self.values.iter().any(|value| value.has(first(*net)) && value.has(last(*net)));
        let touched = |net: &Net| self.values.iter().any(|value| value.touches(*net));
        match (nets.iter().all(inside), nets.iter().any(touched)) {
            (true, _) => Some(true),
            (false, false) => Some(false),
            (false, true) => None,
        }
    }
}

impl Value {
    fn bounds(&self) -> Option<(IpAddr, IpAddr)> {
        match self {
            Self::Net(address, prefix) => Some((first((*address, *prefix)), last((*address, *prefix)))),
            Self::Range(from, to) => Some((*from, *to)),
            Self::Word(_) | Self::Strange => None,
        }
    }

    fn has(&self, address: IpAddr) -> bool {
        let same = |one: IpAddr| Family::of(one) == Family::of(address);
        self.bounds().is_some_and(|(from, to)| same(from) && from <= address && address <= to)
    }

    fn touches(&self, net: Net) -> bool {
        let (low, high) = (first(net), last(net));
        let same = |one: IpAddr| Family::of(one) == Family::of(low);
        self.bounds().is_some_and(|(from, to)| same(from) && from <= high && low <= to)
    }
}

/// The lowest address of a prefix.
pub(crate) fn first((address, prefix): Net) -> IpAddr {
    first_address(address, prefix)
}

/// The highest address of a prefix.
pub(crate) fn last((address, prefix): Net) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::from((address.to_bits() | !(mask(32, prefix) as u32)).to_be_bytes()),
        IpAddr::V6(address) => IpAddr::from((address.to_bits() | !mask(128, prefix)).to_be_bytes()),
    }
}

/// The bits of a prefix, of an address of so many bits.
fn mask(bits: u32, prefix: u8) -> u128 {
    let all = u128::MAX >> (128 - bits);
    let host = bits.saturating_sub(u32::from(prefix));
    all.checked_shr(host).and_then(|kept| kept.checked_shl(host)).unwrap_or_default()
}
