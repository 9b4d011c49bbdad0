//! `virtual_routes`: routes that are there while the instance is Master.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::entries::{Entry, entries};
use super::field::{Field, Given};
use super::interface::link;
use super::place::Spot;
use super::value::Content;
use super::{LinkName, address, word};
use crate::id::Family;

const KEYS: [&str; 9] = ["to", "via", "interface", "table", "metric", "source", "type", "mtu", "onlink"];

/// The main routing table.
pub(crate) const MAIN: u32 = 254;
/// The kernel's own table of local addresses.
const LOCAL: u32 = 255;
/// From here on metrics are those of the routes to the subnets of claimed addresses.
const METRICS: u32 = 112_000_000;
/// Below this metric, a route of the main table that leads to no router is one to the subnet of claimed addresses, too.
const NEAR: u32 = 2;
/// What the kernel takes an IPv6 route without a metric for.
const USUAL_V6_METRIC: u32 = 1024;
/// The least MTU of IPv4 (RFC 791), and the most that a packet has.
const MTUS: std::ops::RangeInclusive<u32> = 68..=65_535;

/// A route that is in the kernel while the instance is Master, and until what it has resigned is drained.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VirtualRoute {
    /// The first address of its destination.
    pub destination: IpAddr,
    /// The destination's prefix length: 0 is the default route.
    pub prefix: u8,
    /// What becomes of packets to there.
    pub kind: RouteKind,
    /// The next router.
    pub via: Option<IpAddr>,
    /// The link that it leads through; without one the instance's own.
    pub interface: Option<LinkName>,
    /// The routing table, 1 to 4294967295.
    pub table: u32,
    /// The metric: of several routes to one destination the lowest counts. Less than 112000000; 2 or more in the main table
    /// where it is on the link.
    pub metric: u32,
    /// The source address that this host prefers for packets of its own.
    pub source: Option<IpAddr>,
    /// The largest packet, in bytes, where it is not the link's.
    pub mtu: Option<u32>,
    /// Whether the next router is taken to be on the link although no address there says so.
    pub onlink: bool,
}

/// What becomes of packets along a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RouteKind {
    /// They are sent on.
    Unicast,
    /// They are dropped without a word.
    Blackhole,
    /// Their sender is told that the destination cannot be reached.
    Unreachable,
    /// Their sender is told that they are not let through.
    Prohibit,
}

impl RouteKind {
    /// Each with the word for it in a configuration, the default first.
    pub const WORDS: [(Self, &'static str); 4] = [
        (Self::Unicast, "unicast"),
        (Self::Blackhole, "blackhole"),
        (Self::Unreachable, "unreachable"),
        (Self::Prohibit, "prohibit"),
    ];
}

impl fmt::Display for RouteKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(word(*self, &Self::WORDS))
    }
}

impl VirtualRoute {
    /// The family that it routes.
    #[must_use]
    pub fn family(&self) -> Family {
        Family::of(self.destination)
    }

    /// What the kernel has one route for, whoever made it: table, destination and metric.
    #[must_use]
    pub const fn key(&self) -> (u32, IpAddr, u8, u32) {
        (self.table, self.destination, self.prefix, self.metric)
    }
}

/// Writes it in the words of `ip route`.
impl fmt::Display for VirtualRoute {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != RouteKind::Unicast {
            write!(out, "{} ", self.kind)?;
        }
        Destination(self.destination, self.prefix).fmt(out)?;
        let texts = [
            ("via", self.via.map(|via| via.to_string())),
            ("dev", self.interface.as_ref().map(ToString::to_string)),
            ("src", self.source.map(|source| source.to_string())),
            ("table", (self.table != MAIN).then(|| self.table.to_string())),
            ("metric", (self.metric != usual_metric(self.family(), 0)).then(|| self.metric.to_string())),
            ("mtu", self.mtu.map(|mtu| mtu.to_string())),
        ];
        for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text?))) {
            write!(out, " {name} {text}")?;
        }
        if self.onlink { out.write_str(" onlink") } else { Ok(()) }
    }
}

/// A destination as `ip route` writes it: `default` for all of a family.
pub(crate) struct Destination(pub(crate) IpAddr, pub(crate) u8);

impl fmt::Display for Destination {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            0 => out.write_str("default"),
            prefix => write!(out, "{}/{prefix}", self.0),
        }
    }
}

/// The metric of a route that has none, where `least` is the lowest that it may have.
const fn usual_metric(family: Family, least: u32) -> u32 {
    match family {
        Family::V4 => least,
        Family::V6 => USUAL_V6_METRIC,
    }
}

/// Reads the routes, each with its place.
pub(crate) fn virtual_routes(given: &mut Given<'_>) -> Option<Vec<(VirtualRoute, Spot)>> {
    let routes = entries(given, "{ to = \"default\", via = \"192.0.2.1\" }", &KEYS, one)?;
    for (at, (route, spot)) in routes.iter().enumerate() {
        if let Some((_, first)) = routes.iter().take(at).find(|(other, _)| other.key() == route.key()) {
            let what = Destination(route.destination, route.prefix);
            let message =
                format!("{what} stands twice in virtual_routes: leave one out, or give it another metric or table");
            return given.wrong_beside(spot, message, ("first at", first));
        }
    }
    Some(routes)
}

fn one(entry: &mut Entry<'_, '_>) -> Option<VirtualRoute> {
    let to = entry.key("to", |given| given.read("default", destination));
    let via = entry
        .key("via", |given| given.read("192.0.2.1", |text| address::host(text, "write an address of the next router")));
    let interface = entry.key("interface", link);
    let table = entry.key("table", table).value_or(MAIN);
    let metric = entry.key("metric", |given| {
        let what = "is no metric: use 0 to 111999999 (vrrpd's routes to the subnets of its addresses have those above)";
        given.number(what, 100, |metric: u32| (metric < METRICS).then_some(metric))
    });
    let source = entry
        .key("source", |given| given.read("192.0.2.10", |text| address::host(text, "write an address of this host")));
    let kind = entry.key("type", |given| given.choice(&RouteKind::WORDS)).value_or(RouteKind::Unicast);
    let mtu = entry.key("mtu", |given| {
        given.number("is no MTU: use 68 to 65535", 1400, |mtu: u32| MTUS.contains(&mtu).then_some(mtu))
    });
    let onlink = entry.key("onlink", |given| given.truth());
    let to = match to {
        Field::Absent => {
            let advice = "the destination is missing: add to = \"default\", or a prefix";
            return entry.wrong_at(entry.spot, advice);
        }
        Field::Wrong => return None,
        Field::Given(to, spot) => (to, spot),
    };
    let hosts = [("via", &via), ("source", &source)];
    let families = hosts.iter().filter_map(|(name, field)| Some((*name, *field.given()?.0, field.given()?.1.clone())));
    let families: Vec<(&str, IpAddr, Spot)> = families.collect();
    let (destination, prefix) = match (to, families.first()) {
        ((Some(to), _), _) => to,
        ((None, _), Some((_, ip, _))) => (unspecified(Family::of(*ip)), 0),
        ((None, spot), None) => {
            let advice = "\"default\" leaves open of which family: write \"0.0.0.0/0\" or \"::/0\", or add via";
            return entry.wrong_at(&spot, advice);
        }
    };
    let family = Family::of(destination);
    if let Some((name, ip, spot)) = families.iter().find(|(_, ip, _)| Family::of(*ip) != family) {
        let message = format!("{name} is {}, but the route is {family}: write an {family} address", Family::of(*ip));
        return entry.wrong_at(spot, message);
    }
    let kind = kind?;
    let good = match (kind, via.given()) {
        (RouteKind::Unicast, Some(_)) => true,
        (RouteKind::Unicast, None) => entry.idle(&["onlink"], "without via"),
        (RouteKind::Blackhole | RouteKind::Unreachable | RouteKind::Prohibit, _) => {
            entry.idle(&["via", "interface", "source", "mtu", "onlink"], &format!("with type = \"{kind}\""))
        }
    };
    good.then_some(())?;
    let near = kind == RouteKind::Unicast && matches!(via, Field::Absent) && table == Some(MAIN);
    let least = if near { NEAR } else { 0 };
    if let Some((low, spot)) = metric.given().filter(|(metric, _)| **metric < least) {
        let message = format!(
            "metric = {low} is of vrrpd's own routes to subnets: use {NEAR} or more where there is no via, or another table"
        );
        let spot = spot.clone();
        return entry.wrong_at(&spot, message);
    }
    Some(VirtualRoute {
        destination,
        prefix,
        kind,
        via: via.map(Some).value_or(None)?,
        interface: interface.map(Some).value_or(None)?,
        table: table?,
        metric: metric.value_or(usual_metric(family, least))?,
        source: source.map(Some).value_or(None)?,
        mtu: mtu.map(Some).value_or(None)?,
        onlink: onlink.value_or(false)?,
    })
}

const fn unspecified(family: Family) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}

/// Reads a prefix; nothing for `default`, which other keys tell the family of.
fn destination(text: &str) -> Result<Option<(IpAddr, u8)>, String> {
    match text {
        "default" => Ok(None),
        text => address::network(text).map(Some),
    }
}

/// Reads a routing table, by its number or one of the two names that every host has.
pub(crate) fn table(given: &mut Given<'_>) -> Option<u32> {
    match &given.value.content {
        Content::Text(text) if text == "main" => Some(MAIN),
        Content::Text(text) if text == "default" => Some(MAIN - 1),
        Content::Text(text) if text.parse::<u32>().is_err() => {
            given.wrong("is no table: write its number (names of /etc/iproute2/rt_tables are not looked up)")
        }
        Content::Text(_)
        | Content::Integer(..)
        | Content::Other(_)
        | Content::Boolean(_)
        | Content::List(_)
        | Content::Table(_) => {
            let what = "is no table to use: write 1 to 4294967295, and not 255, which is the kernel's own";
            given.number(what, 100, |table: u32| (table != 0 && table != LOCAL).then_some(table))
        }
    }
}
