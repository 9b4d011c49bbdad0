//! One step in the kernel.

use std::net::Ipv4Addr;

use nix::errno::Errno;
use rtnetlink::packet_route::RouteNetlinkMessage;

use super::address::{self, Life, Place};
use super::macvlan::{self, Macvlan};
use super::observed::Observed;
use super::route::Route;
use super::rule::Rule;
use super::sysctl::{self, Settings};
use super::virtual_route::{self, Key, Way};
use super::voice;
use crate::netlink::Refusal;

/// A step towards what is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Adds an address.
    AddAddress(Place, Life),
    /// Renews an address.
    RenewAddress(Place, Life),
    /// Removes an address.
    RemoveAddress(Place),
    /// Writes the settings of a link.
    Set {
        /// Its index.
        link: u32,
        /// What they are to be.
        settings: Settings,
        /// Whether the reverse path filter is written, too.
        filter: bool,
    },
    /// Makes a macvlan.
    CreateMacvlan(Macvlan),
    /// Writes the settings of a macvlan of ours; the flag tells whether it has IPv6.
    QuietMacvlan(u32, bool),
    /// Brings a link up.
    Up(u32),
    /// Mutes a macvlan, or lets it speak again.
    Mute(u32, bool),
    /// Removes a macvlan.
    RemoveMacvlan(u32),
    /// Adds a route or changes its source.
    AddRoute(Route, Option<Ipv4Addr>),
    /// Removes a route.
    RemoveRoute(Route),
    /// Adds a route that follows a claim, and is told of by a link.
    AddVirtualRoute(Key, Way, u32),
    /// Removes one.
    RemoveVirtualRoute(Key, Way),
    /// Adds a rule that follows a claim, on this link.
    AddRule(Rule, u32),
    /// Removes one.
    RemoveRule(Rule),
}

/// What a step is about: attempts are counted by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    /// The presence of an address.
    Address(Place),
    /// The absence of an address.
    NoAddress(Place),
    /// The settings of a link.
    Settings(u32),
    /// The presence of a macvlan.
    Macvlan(Macvlan),
    /// The absence of a link.
    NoLink(u32),
    /// Whether a link is up.
    Up(u32),
    /// Whether a link is mute.
    Voice(u32),
    /// The presence of a route.
    Route(Route),
    /// The absence of a route.
    NoRoute(Route),
    /// The presence of a route that follows a claim, and is told of by a link.
    VirtualRoute(Key, u32),
    /// The absence of one.
    NoVirtualRoute(Key, u32),
    /// The presence of a rule that follows a claim on a link.
    Rule(Rule, u32),
    /// The absence of a rule.
    NoRule(Rule),
    /// The packet filter.
    Filter,
}

impl Operation {
    /// What it is about.
    pub(super) const fn thing(&self) -> Thing {
        match self {
            Self::AddAddress(place, _) | Self::RenewAddress(place, _) => Thing::Address(*place),
            Self::RemoveAddress(place) => Thing::NoAddress(*place),
            Self::Set { link, .. } | Self::QuietMacvlan(link, ..) => Thing::Settings(*link),
            Self::CreateMacvlan(macvlan) => Thing::Macvlan(*macvlan),
            Self::Up(link) => Thing::Up(*link),
            Self::Mute(link, _) => Thing::Voice(*link),
            Self::RemoveMacvlan(link) => Thing::NoLink(*link),
            Self::AddRoute(route, _) => Thing::Route(*route),
            Self::RemoveRoute(route) => Thing::NoRoute(*route),
            Self::AddVirtualRoute(key, _, link) => Thing::VirtualRoute(*key, *link),
            Self::RemoveVirtualRoute(key, way) => Thing::NoVirtualRoute(
                *key,
                match way.link {
                    Some(link) => link,
                    None => 0,
                },
            ),
            Self::AddRule(rule, link) => Thing::Rule(*rule, *link),
            Self::RemoveRule(rule) => Thing::NoRule(*rule),
        }
    }

    /// The message that carries it out, and its flags.
    pub(super) fn message(&self) -> (RouteNetlinkMessage, u16) {
        match self {
            Self::AddAddress(place, life) => address::add(*place, *life),
            Self::RenewAddress(place, life) => address::renew(*place, *life),
            Self::RemoveAddress(place) => address::remove(*place),
            Self::Set { link, settings, filter } => sysctl::set(*link, *settings, *filter),
            Self::CreateMacvlan(macvlan) => macvlan.create(),
            Self::QuietMacvlan(link, has_ipv6) => sysctl::set_macvlan(*link, *has_ipv6),
            Self::Up(link) => macvlan::up(*link),
            Self::Mute(link, mute) => voice::set(*link, *mute),
            Self::RemoveMacvlan(link) => macvlan::remove(*link),
            Self::AddRoute(route, source) => route.add(*source),
            Self::RemoveRoute(route) => route.remove(),
            Self::AddVirtualRoute(key, way, _) => virtual_route::add(*key, *way),
            Self::RemoveVirtualRoute(key, way) => virtual_route::remove(*key, *way),
            Self::AddRule(rule, _) => rule.add(),
            Self::RemoveRule(rule) => rule.remove(),
        }
    }

    /// Says what the kernel refused, why, and what helps.
    pub(super) fn explain(&self, refusal: &Refusal, observed: &Observed) -> String {
        let reason = match (refusal.errno, self) {
            (Errno::EPERM, _) => "vrrpd may not: it needs CAP_NET_ADMIN".to_owned(),
            (Errno::EADDRINUSE | Errno::EBUSY, Self::Up(_) | Self::CreateMacvlan(_)) => {
                "its MAC address is in use on this host: another VRRP program runs the same virtual router".to_owned()
            }
            (Errno::EEXIST, Self::CreateMacvlan(macvlan)) => {
                format!("a link {} that vrrpd did not make is in the way: remove it", macvlan.name())
            }
            (Errno::EOPNOTSUPP, Self::CreateMacvlan(_)) => {
                "the kernel has no macvlan: load the module, or use mac = \"interface\"".to_owned()
            }
            (Errno::EEXIST, Self::AddRule(..)) => {
                "another program has made the same rule: remove that, or leave it out of virtual_rules".to_owned()
            }
            (Errno::EINVAL, Self::AddVirtualRoute(_, Way { source: Some(source), .. }, _))
                if is_about_source(refusal) =>
            {
                format!("the source {source} is no address of this host")
            }
            (errno, Self::AddVirtualRoute(_, way, link)) => misled(errno, *way, &observed.name(*link))
                .or(refusal.words.clone())
                .unwrap_or_else(|| errno.desc().to_owned()),
            (Errno::ENODEV, _) => "the link is gone".to_owned(),
            (errno, _) => refusal.words.clone().unwrap_or_else(|| errno.desc().to_owned()),
        };
        format!("cannot {}: {reason}", self.words(observed))
    }

    /// Says what is put back by it, if it puts something on a link.
    pub(super) fn undone(&self, observed: &Observed) -> Option<String> {
        match self {
            Self::AddAddress(place, _) => Some(place.ip.to_string()),
            Self::AddRoute(route, _) => Some(format!("the route to {}/{}", route.subnet, route.prefix)),
            Self::AddVirtualRoute(key, ..) => Some(format!("the route to {key}")),
            Self::AddRule(rule, _) => Some(format!("the rule \"{rule}\"")),
            Self::CreateMacvlan(macvlan) => Some(format!("the link {}", macvlan.name())),
            Self::Up(link) => Some(format!("the state \"up\" of {}", observed.name(*link))),
            Self::RenewAddress(..)
            | Self::RemoveAddress(_)
            | Self::Set { .. }
            | Self::QuietMacvlan(..)
            | Self::Mute(..)
            | Self::RemoveMacvlan(_)
            | Self::RemoveRoute(_)
            | Self::RemoveVirtualRoute(..)
            | Self::RemoveRule(_) => None,
        }
    }

    /// Says what it does: what follows "cannot".
    pub(super) fn words(&self, observed: &Observed) -> String {
        let name = |link: u32| observed.name(link);
        match self {
            Self::AddAddress(place, Life::Held) => format!("hold {}", place.ip),
            Self::AddAddress(place, Life::Leased(_)) => format!("claim {} on {}", place.ip, name(place.link)),
            Self::RenewAddress(place, _) => format!("renew {} on {}", place.ip, name(place.link)),
            Self::RemoveAddress(place) => format!("remove {} from {}", place.ip, name(place.link)),
            Self::Set { link, settings: Settings { arp_ignore, arp_announce, .. }, .. } => {
                format!("set arp_ignore = {arp_ignore} and arp_announce = {arp_announce} on {}", name(*link))
            }
            Self::CreateMacvlan(macvlan) => format!("make a macvlan on {}", name(macvlan.parent)),
            Self::QuietMacvlan(link, ..) => format!("set up {}", name(*link)),
            Self::Up(link) => format!("bring {} up", name(*link)),
            Self::Mute(link, true) => format!("mute {}", name(*link)),
            Self::Mute(link, false) => format!("let {} send", name(*link)),
            Self::RemoveMacvlan(link) => format!("remove {}", name(*link)),
            Self::AddRoute(route, _) => format!("route {}/{} to {}", route.subnet, route.prefix, name(route.link)),
            Self::AddVirtualRoute(key, way, _) => match (way.via, way.link) {
                (Some(via), Some(link)) => format!("route {key} via {via} through {}", name(link)),
                (None, Some(link)) => format!("route {key} through {}", name(link)),
                (_, None) => format!("make the {} route to {key}", way.kind),
            },
            Self::RemoveVirtualRoute(key, _) => format!("remove the route to {key}"),
            Self::AddRule(rule, _) => format!("make the rule \"{rule}\""),
            Self::RemoveRule(rule) => format!("remove the rule \"{rule}\""),
            Self::RemoveRoute(route) => {
                format!("remove the route to {}/{} through {}", route.subnet, route.prefix, name(route.link))
            }
        }
    }
}

/// Says why the kernel takes no route of ours there, and what helps, where it is one of the usual reasons.
fn misled(errno: Errno, way: Way, link: &str) -> Option<String> {
    match (errno, way.via) {
        (Errno::ENETDOWN, _) => Some(format!("{link} is down")),
        (Errno::ENODEV, _) => Some("the link is gone".to_owned()),
        (Errno::ENETUNREACH | Errno::EHOSTUNREACH, Some(via)) => {
            Some(format!("{via} is not reachable there: give {link} an address in its subnet, or write onlink = true"))
        }
        (_, _) => None,
    }
}

/// Whether the kernel refused the source that a route prefers, of which it says so in other words for each family.
fn is_about_source(refusal: &Refusal) -> bool {
    refusal.words.as_deref().is_some_and(|words| words.contains("prefsrc") || words.contains("source address"))
}
