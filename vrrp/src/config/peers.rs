//! Unicast peers as they are written: an address, or a table that says more about it.

use std::collections::HashMap;
use std::net::IpAddr;

use super::field::Given;
use super::place::Spot;
use super::suggest::nearest;
use super::text::Shown;
use super::value::{Content, Key, Value};
use super::{Peer, address};

const EXAMPLE: &str = "192.0.2.2";

/// Reads `peers`: a list of `"192.0.2.2"` and `{ address = "192.0.2.3", min_ttl = 254 }`.
pub(crate) fn peers(given: &mut Given<'_>) -> Option<Vec<(Peer, Spot)>> {
    let list = given.list(EXAMPLE)?;
    let mut seen: HashMap<IpAddr, &Spot> = HashMap::new();
    let mut taken = Vec::new();
    for value in list {
        let read = match &value.content {
            Content::Table(entries) => table(given, value, entries),
            Content::Text(_) | Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) => {
                address(given, value).map(|address| Peer { address, min_ttl: Peer::ANY_TTL })
            }
        };
        taken.push(read.and_then(|peer| match seen.insert(peer.address, &value.spot) {
            Some(first) => given.twice(&value.spot, &peer.address.to_string(), first),
            None => Some((peer, value.spot.clone())),
        }));
    }
    taken.into_iter().collect()
}

fn table(given: &mut Given<'_>, peer: &Value, entries: &[(Key, Value)]) -> Option<Peer> {
    let mut known = Some(());
    for (key, _) in entries.iter().filter(|(key, _)| !matches!(key.name.as_str(), "address" | "min_ttl")) {
        let shown = Shown::new(&key.name);
        known = given.wrong_at(
            &key.spot,
            match nearest(&key.name, ["address", "min_ttl"]) {
                Some(near) => format!("{shown} is unknown: did you mean {near}?"),
                None => format!("{shown} is unknown: there are address and min_ttl"),
            },
        );
    }
    let find = |name| entries.iter().find(|(key, _)| key.name == name).map(|(_, value)| value);
    let min_ttl = match find("min_ttl") {
        Some(value) => min_ttl(given, value),
        None => Some(Peer::ANY_TTL),
    };
    let address = match find("address") {
        Some(value) => address(given, value),
        None => given.wrong_at(&peer.spot, format!("the address is missing: add address = \"{EXAMPLE}\"")),
    };
    known?;
    Some(Peer { address: address?, min_ttl: min_ttl? })
}

fn address(given: &mut Given<'_>, value: &Value) -> Option<IpAddr> {
    let refusal = match &value.content {
        Content::Text(text) => match address::peer(text) {
            Ok(address) => return Some(address),
            Err(refusal) => refusal,
        },
        Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => {
            format!("{value} is {}: write an address in quotes, such as \"{EXAMPLE}\"", value.kind())
        }
    };
    given.wrong_at(&value.spot, refusal)
}

fn min_ttl(given: &mut Given<'_>, value: &Value) -> Option<u8> {
    let refusal = match &value.content {
        Content::Integer(_, number) => match number.and_then(|number| u8::try_from(number).ok()) {
            Some(ttl) if ttl > 0 => return Some(ttl),
            Some(_) | None => {
                format!("min_ttl = {value} is no TTL: use 1 to 255, such as 254 with one router on the way")
            }
        },
        Content::Text(_) | Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => {
            format!("min_ttl = {value} is {}: write a whole number, such as 254", value.kind())
        }
    };
    given.wrong_at(&value.spot, refusal)
}
