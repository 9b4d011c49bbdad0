//! Router advertisements and solicitations (RFC 4861, sections 4.1 and 4.2): what makes IPv6 hosts take a link-local address for
//! their default router.

use std::net::Ipv6Addr;
use std::time::Duration;

use super::checksum::Sum;
use super::frame::{EtherType, HEADER_LENGTH, ethernet_header, ipv6_header};

const ICMPV6: u8 = 58;
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_NODES_MAC: [u8; 6] = [0x33, 0x33, 0x00, 0x00, 0x00, 0x01];
/// The group of all routers on a link, which solicitations go to.
pub const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);

/// The ICMPv6 type of a router solicitation.
pub const SOLICITATION: u8 = 133;
const ADVERTISEMENT: u8 = 134;

const SOURCE_LINK_LAYER_ADDRESS: u8 = 1;
const PREFIX_INFORMATION: u8 = 3;
const MTU: u8 = 5;
/// RFC 8106, sections 5.1 and 5.2.
const DNS_SERVERS: u8 = 25;
const SEARCH_LIST: u8 = 31;

/// The bytes of an IPv6 packet that passes every link (RFC 8200, section 5): an advertisement is not parted.
pub const MOST_BYTES: usize = 1280;

/// What a router tells its hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertisement {
    /// The hop limit that hosts are to send with; 0 leaves it to them.
    pub hop_limit: u8,
    /// Whether hosts get their addresses by DHCPv6.
    pub managed: bool,
    /// Whether they get anything else by DHCPv6.
    pub other: bool,
    /// How it compares with other routers (RFC 4191, section 2.1).
    pub preference: Preference,
    /// How long it is a default router after that: whole seconds, at most 9000; zero for not at all.
    pub lifetime: Duration,
    /// The MTU of the link, 1280 or more.
    pub mtu: Option<u32>,
    /// The prefixes of the link.
    pub prefixes: Vec<Prefix>,
    /// The DNS servers.
    pub dns: Vec<Ipv6Addr>,
    /// The domains that names are looked for in, each of labels of 1 to 63 bytes with dots between them.
    pub search: Vec<String>,
    /// How long both are used after that, in whole seconds.
    pub dns_lifetime: Duration,
}

/// How a router compares with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// After the others.
    Low,
    /// The usual one.
    Medium,
    /// Before the others.
    High,
}

/// A prefix of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// The prefix, whose other bits are zero.
    pub address: Ipv6Addr,
    /// Its length, 1 to 128.
    pub length: u8,
    /// Whether its addresses are reached without a router.
    pub on_link: bool,
    /// Whether hosts make addresses of it (RFC 4862).
    pub autonomous: bool,
    /// How long that holds, in whole seconds; for ever without.
    pub valid: Option<Duration>,
    /// How long such an address is preferred, in whole seconds; for ever without.
    pub preferred: Option<Duration>,
}

/// Writes an advertisement of `source`, which `mac` answers for, to all nodes as a whole frame over whatever `frame` held.
pub fn advertisement(mac: [u8; 6], source: Ipv6Addr, content: &Advertisement, frame: &mut Vec<u8>) {
    let mut message = vec![ADVERTISEMENT, 0, 0, 0, content.hop_limit, flags(content)];
    // At most 9000.
    message.extend(u16::try_from(content.lifetime.as_secs()).unwrap_or(u16::MAX).to_be_bytes());
    // Reachable Time and Retrans Timer: left to the hosts.
    message.extend([0; 8]);
    message.extend([SOURCE_LINK_LAYER_ADDRESS, 1]);
    message.extend(mac);
    if let Some(mtu) = content.mtu {
        message.extend([MTU, 1, 0, 0]);
        message.extend(mtu.to_be_bytes());
    }
    for prefix in &content.prefixes {
        let flags = u8::from(prefix.on_link) << 7 | u8::from(prefix.autonomous) << 6;
        message.extend([PREFIX_INFORMATION, 4, prefix.length, flags]);
        message.extend(seconds(prefix.valid));
        message.extend(seconds(prefix.preferred));
        message.extend([0; 4]);
        message.extend(prefix.address.octets());
    }
    let lifetime = seconds(Some(content.dns_lifetime));
    let servers: Vec<u8> = content.dns.iter().flat_map(Ipv6Addr::octets).collect();
    option(&mut message, DNS_SERVERS, lifetime, &servers);
    let domains: Vec<u8> = content.search.iter().flat_map(|domain| labels(domain)).collect();
    option(&mut message, SEARCH_LIST, lifetime, &domains);
    let sum = Sum::with_pseudo_header(source.into(), ALL_NODES.into(), ICMPV6, message.len()).bytes(&message);
    message[2..4].copy_from_slice(&sum.checksum());

    frame.clear();
    frame.extend(ethernet_header(ALL_NODES_MAC, mac, EtherType::Ipv6));
    frame.extend(ipv6_header(0, ICMPV6, source, ALL_NODES, message.len()));
    frame.extend(message);
}

/// The bytes of the IPv6 packet that an advertisement becomes.
#[must_use]
pub fn length(content: &Advertisement) -> usize {
    let mut frame = Vec::new();
    advertisement([0; 6], Ipv6Addr::UNSPECIFIED, content, &mut frame);
    frame.len() - HEADER_LENGTH
}

fn flags(content: &Advertisement) -> u8 {
    let preference = match content.preference {
        Preference::Low => 0b11,
        Preference::Medium => 0b00,
        Preference::High => 0b01,
    };
    u8::from(content.managed) << 7 | u8::from(content.other) << 6 | preference << 3
}

fn seconds(lifetime: Option<Duration>) -> [u8; 4] {
    // All bits one is "for ever".
    let seconds = lifetime.map_or(u32::MAX, |time| u32::try_from(time.as_secs()).unwrap_or(u32::MAX));
    seconds.to_be_bytes()
}

/// Appends an option that has a lifetime, padded to eight bytes; none where it would be empty.
fn option(message: &mut Vec<u8>, kind: u8, lifetime: [u8; 4], content: &[u8]) {
    if content.is_empty() {
        return;
    }
    let units = (8 + content.len()).div_ceil(8);
    let end = message.len() + units * 8;
    // Whoever has more than fits into 1280 bytes was refused.
    message.extend([kind, u8::try_from(units).unwrap_or(u8::MAX), 0, 0]);
    message.extend(lifetime);
    message.extend(content);
    message.resize(end, 0);
}

/// A domain as DNS writes it, without compression (RFC 1035, section 3.1).
fn labels(domain: &str) -> Vec<u8> {
    let labels = domain.split('.').filter(|label| !label.is_empty());
    let mut bytes: Vec<u8> = labels
        .flat_map(|label| std::iter::once(u8::try_from(label.len()).unwrap_or(63)).chain(label.bytes()))
        .collect();
    bytes.push(0);
    bytes
}

/// Tells whether a message, from its ICMPv6 header on, is a solicitation that a router has to heed (RFC 4861, section 6.1.1). Its checksum
/// and its hop limit are another's to look at.
#[must_use]
pub fn is_solicitation(message: &[u8], source: Ipv6Addr) -> bool {
    let Some((header, mut options)) = message.split_first_chunk::<8>() else { return false };
    if header[..2] != [SOLICITATION, 0] {
        return false;
    }
    while let [kind, units, ..] = options {
        let rest = options.get(usize::from(*units) * 8..);
        match rest {
            Some(rest) if *units > 0 => options = rest,
            Some(_) | None => return false,
        }
        if *kind == SOURCE_LINK_LAYER_ADDRESS && source.is_unspecified() {
            return false;
        }
    }
    options.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: [u8; 6] = [0, 0, 0x5e, 0, 2, 51];

    fn content() -> Advertisement {
        Advertisement {
            hop_limit: 64,
            managed: false,
            other: true,
            preference: Preference::High,
            lifetime: Duration::from_secs(1800),
            mtu: Some(1500),
            prefixes: vec![Prefix {
                address: "2001:db8::".parse().unwrap(),
                length: 64,
                on_link: true,
                autonomous: true,
                valid: None,
                preferred: Some(Duration::from_secs(604_800)),
            }],
            dns: vec!["2001:db8::53".parse().unwrap()],
            search: vec!["example.net".to_owned(), "lan".to_owned()],
            dns_lifetime: Duration::from_secs(1800),
        }
    }

    #[test]
    fn an_advertisement_has_every_option_in_its_place() {
        let source: Ipv6Addr = "fe80::10".parse().unwrap();
        let mut frame = vec![9; 99];
        advertisement(MAC, source, &content(), &mut frame);
        let message = frame.split_off(14 + 40);
        assert_eq!(frame[..14], [&[0x33, 0x33, 0, 0, 0, 1][..], &MAC, &[0x86, 0xdd]].concat());
        assert_eq!(frame[14..22], [0x60, 0, 0, 0, 0, 120, 58, 255]);
        assert_eq!(frame[22..], [source.octets(), ALL_NODES.octets()].concat());
        assert!(
            Sum::with_pseudo_header(source.into(), ALL_NODES.into(), ICMPV6, message.len()).bytes(&message).is_right()
        );
        let prefix: Ipv6Addr = "2001:db8::".parse().unwrap();
        let server: Ipv6Addr = "2001:db8::53".parse().unwrap();
        let expected = [
            &[134, 0, message[2], message[3], 64, 0x48, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0][..],
            &[1, 1],
            &MAC,
            &[5, 1, 0, 0, 0, 0, 0x05, 0xdc],
            &[3, 4, 64, 0xc0, 0xff, 0xff, 0xff, 0xff, 0, 0x09, 0x3a, 0x80, 0, 0, 0, 0],
            &prefix.octets(),
            &[25, 3, 0, 0, 0, 0, 0x07, 0x08],
            &server.octets(),
            &[31, 4, 0, 0, 0, 0, 0x07, 0x08],
            b"\x07example\x03net\0\x03lan\0\0\0\0\0\0\0",
        ];
        assert_eq!(message, expected.concat());
        assert_eq!(length(&content()), 40 + message.len());
    }

    #[test]
    fn what_is_not_said_takes_no_room() {
        let none = Advertisement {
            other: false,
            preference: Preference::Low,
            mtu: None,
            prefixes: Vec::new(),
            dns: Vec::new(),
            search: Vec::new(),
            ..content()
        };
        assert_eq!(length(&none), 40 + 16 + 8);
        let mut frame = Vec::new();
        advertisement(MAC, Ipv6Addr::LOCALHOST, &none, &mut frame);
        assert_eq!(frame[14 + 40 + 5], 0x18);
    }

    #[test]
    fn a_solicitation_is_known_and_nothing_else_is() {
        let (host, nobody) = ("fe80::2".parse().unwrap(), Ipv6Addr::UNSPECIFIED);
        let plain = [133, 0, 1, 2, 0, 0, 0, 0];
        let known = [&plain[..], &[1, 1, 2, 0, 0, 0, 0, 9]].concat();
        assert!(is_solicitation(&plain, host) && is_solicitation(&plain, nobody) && is_solicitation(&known, host));
        assert!(!is_solicitation(&known, nobody), "nobody has no MAC address");
        assert!(
            !is_solicitation(&[&plain[..], &[14, 0, 0, 0, 0, 0, 0, 0]].concat(), host),
            "an option without a length"
        );
        for wrong in [&plain[..7], &known[..15], &[134, 0, 0, 0, 0, 0, 0, 0], &[133, 1, 0, 0, 0, 0, 0, 0]] {
            assert!(!is_solicitation(wrong, host), "{wrong:?}");
        }
    }
}
