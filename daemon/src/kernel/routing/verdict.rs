//! What the routes that there are come to for a condition.

use std::collections::BTreeMap;

use vrrp::conditions::Observation;
use vrrp::config::Route;

use super::super::watch::SeenLink;
use super::entry::{Entry, Hop};

/// `RTN_UNICAST`.
const UNICAST: u8 = 1;

/// Judges a route by all entries of the table, best first, and the links by their index.
pub(super) fn judge(route: &Route, entries: &[Entry], links: &BTreeMap<u32, SeenLink>) -> Observation {
    let destination = format!("{}/{}", route.destination, route.prefix);
    let same = |entry: &&Entry| (entry.destination, entry.prefix) == (route.destination, route.prefix);
    let (mut ill, mut others) = (None, Vec::new());
    for entry in entries.iter().filter(same) {
        if entry.action != UNICAST {
            // The kernel uses no route behind it.
            let kind = action(entry.action);
            ill = ill.or_else(|| Some(format!("the route to {destination} leads nowhere: its type is {kind}")));
            break;
        }
        for hop in &entry.hops {
            let way = way(hop, links);
            if !leads(hop, route, links) {
                if !others.contains(&way) {
                    others.push(way);
                }
                continue;
            }
            match trouble(hop, links) {
                None => return Observation::good(format!("{destination} is routed {way}")),
                Some(trouble) => {
                    ill = ill.or_else(|| Some(format!("the route to {destination} {way} is dead: {trouble}")));
                }
            }
        }
    }
    Observation::bad(match (ill, others.is_empty()) {
        (Some(ill), _) => ill,
        (None, true) => format!("there is no route to {destination}"),
        (None, false) => format!("{route} is not there: {destination} is routed {}", others.join(" and ")),
    })
}

fn leads(hop: &Hop, route: &Route, links: &BTreeMap<u32, SeenLink>) -> bool {
    let via = route.via.is_none_or(|via| hop.via == Some(via));
    let name = hop.link.and_then(|link| links.get(&link)).map(|link| link.name.as_str());
    via && route.through.as_ref().is_none_or(|through| name == Some(through.as_str()))
}

/// Why nothing gets through there. The kernel tells of a link before it changes the routes through it, if it does.
fn trouble(hop: &Hop, links: &BTreeMap<u32, SeenLink>) -> Option<String> {
    let index = hop.link?;
    match links.get(&index) {
        None => Some("its link is gone".to_owned()),
        Some(link) if !link.admin_up() => Some(format!("{} is down", link.name)),
        Some(link) if !link.has_carrier() => Some(format!("{} has no carrier", link.name)),
        Some(_) if hop.dead => Some("so the kernel says".to_owned()),
        Some(_) => None,
    }
}

/// Says where a route leads: `via 192.0.2.1 through eth0`.
fn way(hop: &Hop, links: &BTreeMap<u32, SeenLink>) -> String {
    let through = hop.link.map(|index| {
        links
            .get(&index)
            .map_or_else(|| format!("through the link with index {index}"), |link| format!("through {}", link.name))
    });
    let via = hop.via.map(|via| format!("via {via}"));
    via.into_iter().chain(through).collect::<Vec<_>>().join(" ")
}

/// What the kernel does with packets along a route that leads nowhere, in the words of `ip route`.
fn action(number: u8) -> String {
    let name = match number {
        2 => "local",
        3 => "broadcast",
        4 => "anycast",
        5 => "multicast",
        6 => "blackhole",
        7 => "unreachable",
        8 => "prohibit",
        9 => "throw",
        _ => return number.to_string(),
    };
    name.to_owned()
}
