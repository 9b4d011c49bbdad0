//! `unicast_peer`.

use std::collections::HashSet;
use std::net::IpAddr;

use toml_edit::{InlineTable, Value};

use super::Words;
use super::addresses::Addresses;
use crate::import::fate::{Fate, Kind};
use crate::import::made::{self, list};
use crate::import::shown;
use crate::import::translate::Work;
use crate::import::tree::Statement;
use crate::import::trial;

impl Work {
    /// Reads the peers. Addresses of a family that has none are left out.
    pub(super) fn peers(&mut self, words: &Words<'_>, addresses: &mut Addresses, instance: &mut made::Instance) {
        let (mut peers, mut known): (Vec<(IpAddr, Value)>, _) = (Vec::new(), HashSet::new());
        for block in words.iter().filter(|word| word.keyword() == "unicast_peer") {
            for statement in self.inner(block) {
                if let Some((peer, value)) = self.peer(statement, addresses, &known) {
                    known.insert(peer);
                    peers.push((peer, value));
                }
            }
        }
        if let Some(statement) = self.last(words, "unicast_ttl") {
            let why = "advertisements leave with 255: a peer's min_ttl here is what tells how far away it may be";
            self.fates.push(Fate::new(statement.place, Kind::Lost, why));
        }
        if peers.is_empty() {
            return;
        }
        if !addresses.second.is_empty() && !peers.iter().any(|(peer, _)| peer.is_ipv6() != addresses.first_is_v6) {
            let family = if addresses.first_is_v6 { "IPv4" } else { "IPv6" };
            let left: Vec<String> = addresses.second.drain(..).map(|(ip, prefix)| format!("{ip}/{prefix}")).collect();
            let why = format!(
                "{} is left out: no peer is {family}. Add the peers' {family} addresses, and then it",
                left.join(", ")
            );
            self.fates.push(Fate::new(instance.place, Kind::Lost, why));
        }
        instance.set("peers", list(peers.into_iter().map(|(_, value)| value)));
    }

    fn peer(
        &mut self,
        statement: &Statement,
        addresses: &Addresses,
        known: &HashSet<IpAddr>,
    ) -> Option<(IpAddr, Value)> {
        let place = statement.place;
        let Ok(peer) = statement.keyword().parse::<IpAddr>() else {
            self.malformed(statement, "it is no address");
            return None;
        };
        let fate = match () {
            () if known.contains(&peer) => Some((Kind::Needless, "it stands there twice")),
            () if addresses.contain(peer) => {
                Some((Kind::Lost, "it is a virtual address: write the peer's own address"))
            }
            () if peer.is_ipv6() != addresses.first_is_v6 && addresses.second.is_empty() => {
                Some((Kind::Needless, "keepalived ignores a peer of another family than the addresses'"))
            }
            () => None,
        };
        if let Some((kind, why)) = fate {
            self.fates.push(Fate::new(place, kind, why));
            return None;
        }
        let mut value = Value::from(peer.to_string());
        let mut options = statement.words.iter().skip(1).map(String::as_str);
        while let Some(option) = options.next() {
            let ttl = options.next().and_then(|ttl| ttl.parse::<u8>().ok());
            match (option, ttl) {
                ("min_ttl", Some(0)) => {}
                ("min_ttl", Some(ttl)) => {
                    let table = [("address", Value::from(peer.to_string())), ("min_ttl", i64::from(ttl).into())];
                    value = InlineTable::from_iter(table).into();
                }
                ("max_ttl", Some(255)) => {}
                ("max_ttl", Some(_)) => {
                    let why = "there is no max_ttl: nobody can send with more than the peer's own 255 less its way";
                    self.fates.push(Fate::new(place, Kind::Lost, why));
                }
                (option, _) => {
                    let why = format!("keepalived has no {} for a peer, and ignores it", shown(option));
                    self.fates.push(Fate::new(place, Kind::Unknown, why));
                }
            }
        }
        if let Some(message) = trial::refused_peer(value.to_string().trim(), peer.is_ipv6()) {
            self.fates.push(Fate::new(place, Kind::Lost, message));
            return None;
        }
        self.fates.push(Fate::became(place, format!("{} in peers", value.to_string().trim())));
        Some((peer, value))
    }
}
