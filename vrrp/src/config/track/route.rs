//! Conditions on a route.

use std::net::IpAddr;

use super::{Route, Watch};
use crate::config::address;
use crate::config::entries::Entry;
use crate::config::interface::link;
use crate::config::text::Shown;
use crate::id::Family;

/// Reads a route: its destination, and what it leads over.
pub(super) fn route(entry: &mut Entry<'_, '_>) -> Option<Watch> {
    let destination = entry.key("route", |given| given.read("0.0.0.0/0", destination));
    let via = entry.key("via", |given| given.read("192.0.2.1", gateway));
    let through = entry.key("through", link);
    let mixed =
        destination.given().zip(via.given()).filter(|(((to, _), _), (via, _))| Family::of(*to) != Family::of(**via));
    if let Some((((destination, _), _), (via, spot))) = mixed {
        let (spot, family) = (spot.clone(), Family::of(*destination));
        let message = format!("{via} is {}, but the route is {family}: write an {family} address", Family::of(*via));
        return entry.wrong_at(&spot, message);
    }
    let optional = via.map(Some).value_or(None);
    let through = through.map(Some).value_or(None);
    let ((destination, prefix), _) = destination.given()?;
    Some(Watch::Route(Route { destination: *destination, prefix: *prefix, via: optional?, through: through? }))
}

/// Reads `ADDRESS/LENGTH`; a condition is on one family.
fn destination(text: &str) -> Result<(IpAddr, u8), String> {
    match text {
        "default" => Err("\"default\" is no destination: write \"0.0.0.0/0\" for IPv4, \"::/0\" for IPv6".to_owned()),
        _ => address::network(text),
    }
}

fn gateway(text: &str) -> Result<IpAddr, String> {
    if let Some((address, link)) = text.split_once('%') {
        let (shown, address, link) = (Shown::new(text), Shown::new(address), Shown::new(link));
        return Err(format!("\"{shown}\" names a link: write \"{address}\" and through = \"{link}\""));
    }
    address::host(text, "write the address of the router that the route leads over")
}
