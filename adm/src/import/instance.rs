//! `vrrp_instance`.

mod addresses;
mod auth;
mod election;
mod notify;
mod peers;
mod ways;

use std::net::IpAddr;

use toml_edit::Value;
use vrrp::config::is_link_local;

use super::fate::{Fate, Kind};
use super::global::{DROPS, STRICT};
use super::keywords::Block;
use super::made::{self, Entry, assignment, list};
use super::shown;
use super::statement::switch;
use super::track::Owner;
use super::translate::Work;
use super::tree::Statement;
use addresses::Addresses;

/// The words that an instance is made of, without those that become nothing.
type Words<'s> = Vec<&'s Statement>;

impl Work {
    /// Translates an instance: into one, into none, or into two where version 2 cannot carry its IPv6 addresses.
    pub(super) fn instance(&mut self, block: &Statement) -> Vec<made::Instance> {
        let Some(wanted) = self.named(block) else {
            return Vec::new();
        };
        let words = self.sort(Block::Instance, block.statements());
        let interface = self.interface(&words);
        let vrid = self.vrid(&words);
        let mut addresses = self.addresses(&words, interface.as_deref());
        let lacks = match (&interface, &vrid) {
            (None, _) => "it names no interface that can be used: name the link, and import again",
            (_, None) => "it has no virtual_router_id from 1 to 255: give it one, and import again",
            _ if addresses.advertised().is_empty() => "it has no address that can be moved: name one, and import again",
            _ => "",
        };
        let (Some(interface), Some(vrid), "") = (interface, vrid, lacks) else {
            self.whole(block, Kind::Lost, &format!("{} is left out: {lacks}", shown(wanted)));
            return Vec::new();
        };
        let name = self.name(block, wanted);
        let version = self.version(block, &words, &addresses);
        let mut instance = made::Instance {
            name,
            place: block.place,
            keys: Vec::new(),
            tracks: Vec::new(),
            runs: Vec::new(),
            comment: None,
        };
        instance.set("interface", interface.as_str());
        instance.set("vrid", vrid);
        if version == 2 {
            instance.set("version", 2);
        }
        self.priority(&words, &mut instance);
        self.interval(&words, version, &mut instance);
        self.preemption(&words, &mut instance);
        self.strictness(&words);
        self.acceptance(&words, version, &mut instance);
        self.sender(&words, &mut instance);
        self.checksum(&words, version, addresses.first_is_v6, &mut instance);
        self.peers(&words, &mut addresses, &mut instance);
        self.auth(&words, version, &mut instance);
        let owner = Owner {
            link: Some(interface.clone()),
            address_owner: instance.get("priority").and_then(Value::as_integer) == Some(255),
            member: self.member_of.get(wanted).copied(),
        };
        instance.tracks = self.tracks(&words, &owner);
        if self.last(&words, "linkbeat_use_polling").is_some_and(|word| self.became(word, "mii")) || self.poll_all {
            let mut condition = Entry::new("mii", interface.as_str());
            condition.set("effect", "fault");
            if !instance.tracks.iter().any(|track| track.watches() == condition.watches()) {
                instance.tracks.push(condition);
            }
        }
        instance.runs = self.notices(&words, wanted);
        self.ways(&words, &addresses, &mut instance);
        if let Some(word) = self.last(&words, "lvs_sync_daemon_interface") {
            self.own_sync_daemon(word, wanted);
        }
        self.place_addresses(instance, version, &addresses)
    }

    /// Says that a statement became a condition of a kind.
    fn became(&mut self, statement: &Statement, kind: &str) -> bool {
        self.fates.push(Fate::became(statement.place, format!("{kind} = … as a condition")));
        true
    }

    fn name(&mut self, block: &Statement, wanted: &str) -> String {
        let name = self.names.give(wanted);
        let heading = format!("[instance.{name}]");
        self.fates.push(match name == wanted {
            true => Fate::became(block.place, heading),
            false => Fate::differs(
                block.place,
                heading,
                format!("{} is no name here, or was given already: its unit is vrrp@{name}.service", shown(wanted)),
            ),
        });
        name
    }

    fn interface(&mut self, words: &Words<'_>) -> Option<String> {
        let statement = self.last(words, "interface");
        let name = match statement {
            Some(statement) => self.value(statement)?.to_owned(),
            None => self.global.default_interface.clone()?,
        };
        let good = vrrp::config::LinkName::new(&name).is_some() && name != "lo";
        if let Some(statement) = statement {
            let toml = assignment("interface", &name.as_str().into());
            self.fates.push(match good {
                true => Fate::became(statement.place, toml),
                false => Fate::new(statement.place, Kind::Lost, format!("{} is no link to be used", shown(&name))),
            });
        }
        good.then_some(name)
    }

    fn vrid(&mut self, words: &Words<'_>) -> Option<i64> {
        let statement = self.last(words, "virtual_router_id")?;
        let vrid = self.value(statement)?.parse::<u8>().ok().filter(|vrid| *vrid > 0);
        match vrid {
            Some(vrid) => self.fates.push(Fate::became(statement.place, format!("vrid = {vrid}"))),
            None => self.malformed(statement, "use 1 to 255"),
        }
        vrid.map(i64::from)
    }

    /// Puts the addresses where they can be carried.
    fn place_addresses(
        &mut self,
        mut instance: made::Instance,
        version: u8,
        addresses: &Addresses,
    ) -> Vec<made::Instance> {
        let value = |one: &(IpAddr, u8)| Value::from(format!("{}/{}", one.0, one.1));
        let (v6, rest): (Vec<_>, Vec<_>) = addresses.advertised().into_iter().partition(|(ip, _)| ip.is_ipv6());
        let apart = version == 2 && !v6.is_empty() && !rest.is_empty();
        let together = if apart { rest } else { addresses.advertised() };
        instance.set("addresses", list(together.iter().map(value)));
        let (with_v6, with_it): (Vec<_>, Vec<_>) =
            addresses.unadvertised.iter().copied().partition(|(ip, _)| apart && ip.is_ipv6());
        if !with_it.is_empty() {
            instance.set("unadvertised", list(with_it.iter().map(value)));
        }
        hold(&mut instance, &[together, with_it].concat());
        if !apart {
            if !addresses.second.is_empty() {
                instance.comment = Some(
                    "Of both families, vrrpd advertises each; keepalived advertises the first alone. They move together \
                     all the same."
                        .to_owned(),
                );
            }
            return vec![instance];
        }
        let name = self.names.give(&format!("{}-v6", instance.name));
        let mut other = made::Instance {
            name,
            place: instance.place,
            keys: Vec::new(),
            tracks: Vec::new(),
            runs: Vec::new(),
            comment: None,
        };
        for key in ["interface", "vrid", "priority", "advert_interval", "preempt", "preempt_delay", "accept", "mac"] {
            if let Some(value) = instance.get(key).cloned() {
                other.set(key, value);
            }
        }
        other.set("addresses", list(v6.iter().map(value)));
        if !with_v6.is_empty() {
            other.set("unadvertised", list(with_v6.iter().map(value)));
        }
        part_peers(&mut instance, &mut other);
        // A password is for version 2 alone.
        let signed = |auth: &Value| auth.as_inline_table().is_some_and(|auth| auth.contains_key("keys"));
        if let Some(auth) = instance.get("auth").filter(|auth| signed(auth)).cloned() {
            other.set("auth", auth);
        }
        hold(&mut other, &[v6, with_v6].concat());
        other.comment = Some(format!(
            "The IPv6 addresses of {}, which version 2 cannot advertise: a virtual router of version 3 that moves with it.",
            instance.name
        ));
        vec![instance, other]
    }

    fn strictness(&mut self, words: &Words<'_>) {
        if let Some(statement) = self.last(words, "down_timer_adverts") {
            self.down_timer(statement);
        }
    }

    /// Whether packets to the addresses are dropped: where that is said, and in strict mode, which version 3 lets `accept` end.
    fn acceptance(&mut self, words: &Words<'_>, version: u8, instance: &mut made::Instance) {
        let owner = instance.get("priority").and_then(Value::as_integer) == Some(255);
        let mode = self.last(words, "strict_mode");
        let strict = mode.map_or(self.global.strict, |statement| switch(statement).unwrap_or(true));
        let said = words.iter().rev().find(|word| matches!(word.keyword(), "accept" | "no_accept")).copied();
        let accepts = said.is_none_or(|statement| statement.keyword() == "accept");
        let drops = !owner && (!accepts || (strict && (said.is_none() || version == 2)));
        if drops {
            instance.set("accept", false);
        }
        if let Some(statement) = said {
            self.fates.push(match (accepts, drops, owner) {
                (true, false, _) => {
                    Fate::new(statement.place, Kind::Needless, "a Master accepts packets to its addresses")
                }
                (true, true, _) => {
                    let why = "strict mode of version 2 drops packets to the addresses all the same, in keepalived too";
                    Fate::differs(statement.place, DROPS, why)
                }
                (false, _, true) => {
                    Fate::new(statement.place, Kind::Needless, "an address owner, priority 255, accepts in any case")
                }
                (false, _, false) => Fate::became(statement.place, DROPS),
            });
        }
        if let Some(statement) = mode {
            self.fates.push(match (strict, drops) {
                (false, _) => Fate::new(statement.place, Kind::Needless, "it is off, and there is none here"),
                (true, true) => Fate::differs(statement.place, DROPS, STRICT),
                (true, false) => {
                    let why = "packets to the addresses are accepted. Everything else of it is as the RFC says";
                    Fate::new(statement.place, Kind::Needless, why)
                }
            });
        }
    }

    /// With which MAC address, and from which address, it sends.
    fn sender(&mut self, words: &Words<'_>, instance: &mut made::Instance) {
        if let Some(statement) = self.last(words, "use_vmac") {
            instance.set("mac", "virtual");
            let mac = statement.words.iter().skip(1).find(|word| word.contains(':'));
            let toml = "mac = \"virtual\"";
            self.fates.push(match mac {
                Some(mac) => {
                    let why = format!("the MAC address is the RFC's, 00-00-5E-00-…: {} is not used", shown(mac));
                    Fate::differs(statement.place, toml, why)
                }
                None => Fate::became(statement.place, toml),
            });
        }
        if let Some(statement) = self.last(words, "vmac_xmit_base") {
            let why = "over unicast advertisements leave from the link's own MAC address, else from the virtual one";
            self.fates.push(Fate::new(statement.place, Kind::Needless, why));
        }
        for keyword in ["unicast_src_ip", "mcast_src_ip"] {
            if let Some(statement) = self.last(words, keyword) {
                let why = "advertisements come from the link's first address: it must be the one that the others have \
                           among their peers (ip address shows it)";
                self.fates.push(Fate::differs(statement.place, "", why));
            }
        }
    }

    fn checksum(&mut self, words: &Words<'_>, version: u8, v6: bool, instance: &mut made::Instance) {
        let statement = self.last(words, "v3_checksum_as_v2");
        let plain = statement.map_or(self.global.checksum_as_v2, |statement| switch(statement).unwrap_or(true));
        let carried = version == 3 && !v6;
        if plain && carried {
            instance.set("checksum", "rfc9568");
        }
        if let Some(statement) = statement {
            self.fates.push(match (plain, carried) {
                (true, true) => Fate::became(statement.place, "checksum = \"rfc9568\""),
                (true, false) => {
                    Fate::new(statement.place, Kind::Needless, "only version 3 over IPv4 has two checksums")
                }
                (false, _) => Fate::new(statement.place, Kind::Needless, "the checksum is the one that is heard"),
            });
        }
    }
}

/// Gives the IPv6 peers of one instance to another.
fn part_peers(instance: &mut made::Instance, other: &mut made::Instance) {
    let peers: Vec<Value> = instance.get("peers").and_then(Value::as_array).into_iter().flatten().cloned().collect();
    if peers.is_empty() {
        return;
    }
    // Only an address of IPv6 has colons.
    let (v6, v4): (Vec<Value>, Vec<Value>) = peers.into_iter().partition(|peer| peer.to_string().contains(':'));
    instance.set("peers", list(v4));
    other.set("peers", list(v6));
}

/// Chooses how services bind, where the default cannot be.
fn hold(instance: &mut made::Instance, addresses: &[(IpAddr, u8)]) {
    if instance.get("accept").is_some() {
        let why = "Packets to the addresses are dropped, so no service binds them. Take both keys out if services are to be reached there.";
        instance.set_noted("hold", "none", Some(why));
        return;
    }
    if addresses.iter().any(|(ip, _)| is_link_local(*ip)) {
        let why = "A link-local address cannot be held: services bind it with FreeBind= in their socket unit.";
        instance.set_noted("hold", "freebind", Some(why));
    }
}
