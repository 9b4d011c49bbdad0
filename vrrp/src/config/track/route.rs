//! Conditions on a route.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::kind::link_name;
use super::read::Entry;
use super::{Route, Watch};
use crate::config::address;
use crate::config::text::Shown;
use crate::id::Family;

/// Reads a route: its destination, and what it leads over.
pub(super) fn route(entry: &mut Entry<'_, '_>) -> Option<Watch> {
    let destination = entry.key("route", |given| given.read("0.0.0.0/0", network));
    let via = entry.key("via", |given| given.read("192.0.2.1", gateway));
    let through = entry.key("through", link_name);
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

/// Reads `ADDRESS/LENGTH` as a destination, or says what is wrong with it.
fn network(text: &str) -> Result<(IpAddr, u8), String> {
    if text == "default" {
        return Err("\"default\" is no destination: write \"0.0.0.0/0\" for IPv4, \"::/0\" for IPv6".to_owned());
    }
    let (ip, length) = text.split_once('/').map_or((text, None), |(ip, length)| (ip, Some(length)));
    let ip = address::ip(ip)?;
    let Some(length) = length else {
        let whole = if ip.is_unspecified() { 0 } else { address::bits(ip) };
        return Err(format!("{ip} has no prefix length: write the destination's, such as \"{ip}/{whole}\""));
    };
    let prefix = address::prefix(text, ip, length, 0)?;
    match first(ip, prefix) {
        first if first == ip => Ok((ip, prefix)),
        first => Err(format!("{ip}/{prefix} has bits beyond its prefix: write \"{first}/{prefix}\"")),
    }
}

/// The first address of a network.
fn first(ip: IpAddr, prefix: u8) -> IpAddr {
    let prefix = u32::from(prefix);
    match ip {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & !u32::MAX.checked_shr(prefix).unwrap_or(0)).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::MAX.checked_shr(prefix).unwrap_or(0)).into(),
    }
}

fn gateway(text: &str) -> Result<IpAddr, String> {
    if let Some((address, link)) = text.split_once('%') {
        let (shown, address, link) = (Shown::new(text), Shown::new(address), Shown::new(link));
        return Err(format!("\"{shown}\" names a link: write \"{address}\" and through = \"{link}\""));
    }
    if let Some((address, _)) = text.split_once('/') {
        return Err(format!("\"{}\" has a prefix length: write \"{}\"", Shown::new(text), Shown::new(address)));
    }
    let ip = address::ip(text)?;
    match address::unusable(ip) {
        Some(fault) => Err(format!("{ip} {fault}: write the address of the router that the route leads over")),
        None => Ok(ip),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_have_no_bit_beyond_their_prefix() {
        for text in ["0.0.0.0/0", "::/0", "192.0.2.0/24", "192.0.2.1/32", "2001:db8::/32", "2001:db8::1/128"] {
            let (ip, prefix) = network(text).unwrap();
            assert_eq!(format!("{ip}/{prefix}"), text);
        }
        assert_eq!(first("255.255.255.255".parse().unwrap(), 1).to_string(), "128.0.0.0");
        assert_eq!(first("ffff::1".parse().unwrap(), 12).to_string(), "fff0::");
    }
}
