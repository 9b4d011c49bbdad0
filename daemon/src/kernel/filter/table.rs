//! Our table: what it is made of, how its sets are filled, and what others' messages say of it.
//!
//! ```text
//! table inet vrrpd {
//!     set ipv4 { type ipv4_addr; }
//!     set ipv6 { type ipv6_addr; }
//!     set link_local { type iface_index . ipv6_addr; }
//!     chain input {
//!         type filter hook input priority raw; policy accept;
//!         icmpv6 type nd-neighbor-solicit accept
//!         icmpv6 type nd-neighbor-advert accept
//!         ip daddr @ipv4 counter drop
//!         ip6 daddr @ipv6 counter drop
//!         iif . ip6 daddr @link_local counter drop
//!     }
//! }
//! ```
//!
//! The chain sees what is for this host itself, and nothing that is forwarded. ARP does not come by it at all. `accept` ends this
//! chain alone: the host's own firewall still has its say.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rtnetlink::packet_core::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP};

use vrrp::config::harmless;

use super::Dropped;
use super::message::{GENERAL, INET, Message, attribute, kind, nested, number, text};

/// Its name.
pub(super) const NAME: &str = "vrrpd";
const CHAIN: &str = "input";

/// `NFT_MSG_*`.
const NEW_TABLE: u8 = 0;
const DELETE_TABLE: u8 = 2;
const NEW_CHAIN: u8 = 3;
const NEW_RULE: u8 = 6;
const NEW_SET: u8 = 9;
const NEW_ELEMENT: u8 = 12;
const GET_ELEMENT: u8 = 13;
const DELETE_ELEMENT: u8 = 14;
const NEW_GENERATION: u8 = 15;

/// `NF_INET_LOCAL_IN`, and `NF_IP_PRI_RAW`: before connections are looked up for anything else.
const LOCAL_IN: u32 = 1;
const RAW: i32 = -300;
/// `NF_ACCEPT` and `NF_DROP`.
const ACCEPT: u32 = 1;
const DROP: u32 = 0;
/// Registers: the verdict's, the first of 16 bytes, and the one that follows four bytes in the first.
const VERDICT: u32 = 0;
const FIRST: u32 = 1;
const BEHIND_FIRST: u32 = 9;
/// `NFPROTO_*` of a packet.
const IPV4: u8 = 2;
const IPV6: u8 = 10;
const ICMPV6: u8 = 58;
/// Neighbor Solicitation and Neighbor Advertisement (RFC 4861, sections 4.3 and 4.4).
const NEIGHBOR: [u8; 2] = [135, 136];

/// The most elements of one message, whose attribute ends below 64 KiB.
const ELEMENTS: usize = 1024;

/// A set of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    Ipv4,
    Ipv6,
    /// A link-local address means something on its link alone.
    LinkLocal,
}

impl Set {
    pub(super) const ALL: [Self; 3] = [Self::Ipv4, Self::Ipv6, Self::LinkLocal];

    /// The set that something belongs into.
    const fn of(dropped: Dropped) -> Self {
        match (dropped.ip, dropped.link) {
            (IpAddr::V4(_), _) => Self::Ipv4,
            (IpAddr::V6(_), None) => Self::Ipv6,
            (IpAddr::V6(_), Some(_)) => Self::LinkLocal,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::LinkLocal => "link_local",
        }
    }

    /// Its number within a batch.
    const fn number(self) -> u32 {
        match self {
            Self::Ipv4 => 1,
            Self::Ipv6 => 2,
            Self::LinkLocal => 3,
        }
    }

    /// What nft calls the type of its elements, and their length.
    const fn key(self) -> (u32, u32) {
        const IPV4_ADDR: u32 = 7;
        const IPV6_ADDR: u32 = 8;
        const IFACE_INDEX: u32 = 20;
        match self {
            Self::Ipv4 => (IPV4_ADDR, 4),
            Self::Ipv6 => (IPV6_ADDR, 16),
            Self::LinkLocal => (IFACE_INDEX << 6 | IPV6_ADDR, 20),
        }
    }
}

/// Makes the table anew, whatever there is under its name, with these elements: the kernel goes from one to the other at once.
pub(super) fn make(elements: &[Dropped]) -> Vec<Message> {
    // To delete what is not there would be refused.
    let mut messages = unmake().to_vec();
    messages.extend([table(), chain()]);
    messages.extend(Set::ALL.map(set));
    messages.extend(rules());
    messages.extend(add(elements));
    messages
}

/// Deletes the table with all that is in it, if there is one.
pub(super) fn unmake() -> [Message; 2] {
    [table(), delete()]
}

fn delete() -> Message {
    Message::new(DELETE_TABLE, 0, |out| text(out, 1, NAME))
}

/// Adds elements.
pub(super) fn add(elements: &[Dropped]) -> Vec<Message> {
    each_set(NEW_ELEMENT, NLM_F_CREATE, elements)
}

/// Removes elements that are there.
pub(super) fn remove(elements: &[Dropped]) -> Vec<Message> {
    each_set(DELETE_ELEMENT, 0, elements)
}

/// Asks for the elements of a set.
pub(super) fn elements_of(set: Set) -> Message {
    Message::new(GET_ELEMENT, NLM_F_DUMP, |out| {
        text(out, 1, NAME);
        text(out, 2, set.name());
    })
}

fn table() -> Message {
    Message::new(NEW_TABLE, 0, |out| {
        text(out, 1, NAME);
        number(out, 2, 0);
    })
}

fn chain() -> Message {
    Message::new(NEW_CHAIN, NLM_F_CREATE, |out| {
        text(out, 1, NAME);
        text(out, 3, CHAIN);
        text(out, 7, "filter");
        number(out, 5, ACCEPT);
        nested(out, 4, |out| {
            number(out, 1, LOCAL_IN);
            number(out, 2, RAW.cast_unsigned());
        });
    })
}

fn set(set: Set) -> Message {
    let (key, length) = set.key();
    Message::new(NEW_SET, NLM_F_CREATE, |out| {
        text(out, 1, NAME);
        text(out, 2, set.name());
        number(out, 3, 0);
        number(out, 4, key);
        number(out, 5, length);
        number(out, 10, set.number());
    })
}

fn rules() -> Vec<Message> {
    let mut rules: Vec<Message> = NEIGHBOR.into_iter().map(neighbor).collect();
    rules.push(rule(|out| {
        family(out, IPV4);
        payload(out, Base::Network, 16, 4, FIRST);
        drop_those(out, Set::Ipv4);
    }));
    rules.push(rule(|out| {
        family(out, IPV6);
        payload(out, Base::Network, 24, 16, FIRST);
        drop_those(out, Set::Ipv6);
    }));
    rules.push(rule(|out| {
        const IIF: u32 = 4;
        family(out, IPV6);
        meta(out, IIF);
        payload(out, Base::Network, 24, 16, BEHIND_FIRST);
        drop_those(out, Set::LinkLocal);
    }));
    rules
}

/// "IPv6 Neighbor Solicitations and Neighbor Advertisements MUST NOT be dropped" (RFC 9568, section 6.1).
fn neighbor(message: u8) -> Message {
    const L4PROTO: u32 = 16;
    rule(|out| {
        family(out, IPV6);
        meta(out, L4PROTO);
        equals(out, ICMPV6);
        payload(out, Base::Transport, 0, 1, FIRST);
        equals(out, message);
        verdict(out, ACCEPT);
    })
}

fn rule(expressions: impl FnOnce(&mut Vec<u8>)) -> Message {
    Message::new(NEW_RULE, NLM_F_CREATE | NLM_F_APPEND, |out| {
        text(out, 1, NAME);
        text(out, 2, CHAIN);
        nested(out, 4, expressions);
    })
}

fn family(out: &mut Vec<u8>, family: u8) {
    const NFPROTO: u32 = 15;
    meta(out, NFPROTO);
    equals(out, family);
}

fn drop_those(out: &mut Vec<u8>, set: Set) {
    expression(out, "lookup", |out| {
        number(out, 2, FIRST);
        text(out, 1, set.name());
        number(out, 4, set.number());
    });
    expression(out, "counter", |_| {});
    verdict(out, DROP);
}

/// Loads what the kernel knows of the packet.
fn meta(out: &mut Vec<u8>, key: u32) {
    expression(out, "meta", |out| {
        number(out, 2, key);
        number(out, 1, FIRST);
    });
}

/// Goes on if the first register has this byte.
fn equals(out: &mut Vec<u8>, value: u8) {
    expression(out, "cmp", |out| {
        number(out, 1, FIRST);
        number(out, 2, 0);
        nested(out, 3, |out| attribute(out, 1, &[value]));
    });
}

/// Where a piece of the packet is counted from (`NFT_PAYLOAD_*_HEADER`).
#[derive(Clone, Copy)]
enum Base {
    Network = 1,
    Transport = 2,
}

/// Loads a piece of the packet.
fn payload(out: &mut Vec<u8>, base: Base, offset: u32, length: u32, register: u32) {
    expression(out, "payload", |out| {
        number(out, 1, register);
        number(out, 2, base as u32);
        number(out, 3, offset);
        number(out, 4, length);
    });
}

fn verdict(out: &mut Vec<u8>, verdict: u32) {
    expression(out, "immediate", |out| {
        number(out, 1, VERDICT);
        nested(out, 2, |out| nested(out, 2, |out| number(out, 1, verdict)));
    });
}

fn expression(out: &mut Vec<u8>, name: &str, content: impl FnOnce(&mut Vec<u8>)) {
    nested(out, 1, |out| {
        text(out, 1, name);
        nested(out, 2, content);
    });
}

fn each_set(message: u8, flags: u16, elements: &[Dropped]) -> Vec<Message> {
    let mut messages = Vec::new();
    for set in Set::ALL {
        let of_set: Vec<Dropped> = elements.iter().copied().filter(|element| Set::of(*element) == set).collect();
        messages.extend(of_set.chunks(ELEMENTS).map(|chunk| {
            Message::new(message, flags, |out| {
                text(out, 1, NAME);
                text(out, 2, set.name());
                if message == NEW_ELEMENT {
                    number(out, 4, set.number());
                }
                nested(out, 3, |out| chunk.iter().for_each(|element| self::element(out, *element)));
            })
        }));
    }
    messages
}

fn element(out: &mut Vec<u8>, element: Dropped) {
    let address = match element.ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let link = element.link.map(u32::to_ne_bytes);
    let key = [link.as_ref().map_or(&[][..], |link| link), &address].concat();
    nested(out, 1, |out| nested(out, 1, |out| attribute(out, 1, &key)));
}

/// Reads the elements that an answer to [`elements_of`] has.
pub(super) fn read_elements(set: Set, payload: &[u8]) -> Vec<Dropped> {
    let lists = attributes(payload.get(GENERAL..)).filter(|(kind, _)| *kind == 3);
    let elements = lists.flat_map(|(_, list)| attributes(Some(list)));
    let keys = elements.flat_map(|(_, element)| attributes(Some(element)).filter(|(kind, _)| *kind == 1));
    let values = keys.flat_map(|(_, key)| attributes(Some(key)).filter(|(kind, _)| *kind == 1));
    values.filter_map(|(_, value)| read_key(set, value)).collect()
}

fn read_key(set: Set, value: &[u8]) -> Option<Dropped> {
    match set {
        Set::Ipv4 => Some(Dropped { link: None, ip: Ipv4Addr::from(<[u8; 4]>::try_from(value).ok()?).into() }),
        Set::Ipv6 => Some(Dropped { link: None, ip: Ipv6Addr::from(<[u8; 16]>::try_from(value).ok()?).into() }),
        Set::LinkLocal => {
            let (link, ip) = value.split_first_chunk::<4>()?;
            let ip = Ipv6Addr::from(<[u8; 16]>::try_from(ip).ok()?).into();
            Some(Dropped { link: Some(u32::from_ne_bytes(*link)), ip })
        }
    }
}

/// What somebody's message says of our table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Something of it was changed.
    Changed,
    /// Who has changed whatever was told of before.
    By(String),
    /// Nothing.
    Nothing,
}

/// Reads a message that the kernel sent to all who listen.
pub(super) fn news(message: u16, payload: &[u8]) -> News {
    if message == kind(NEW_GENERATION) {
        return by(payload).map_or(News::Nothing, News::By);
    }
    // The table's name is the first attribute of whatever is in a table.
    let ours = |(kind, value): (u16, &[u8])| kind == 1 && value.strip_suffix(&[0]) == Some(NAME.as_bytes());
    let changes = message & 0xff00 == kind(0) && payload.first() == Some(&INET);
    if changes && attributes(payload.get(GENERAL..)).any(ours) { News::Changed } else { News::Nothing }
}

fn by(payload: &[u8]) -> Option<String> {
    let value = |wanted| attributes(payload.get(GENERAL..)).find(|(kind, _)| *kind == wanted).map(|(_, value)| value);
    let process = value(2)?.try_into().map(u32::from_be_bytes).ok()?;
    let name = String::from_utf8_lossy(value(3)?.split(|&byte| byte == 0).next()?);
    Some(format!("{} (process {process})", harmless(&name)))
}

fn attributes(bytes: Option<&[u8]>) -> impl Iterator<Item = (u16, &[u8])> {
    const KIND: u16 = 0x3fff;
    let mut rest = bytes.unwrap_or_default();
    std::iter::from_fn(move || {
        let (head, _) = rest.split_first_chunk::<4>()?;
        let length = usize::from(u16::from_ne_bytes([head[0], head[1]]));
        let value = rest.get(4..length)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_ne_bytes([head[2], head[3]]) & KIND, value))
    })
}
