//! Unsolicited neighbour advertisements: what gratuitous ARP is for IPv4. And the solicitation of one host.

use std::net::Ipv6Addr;

use super::checksum::Sum;
use super::frame::{EtherType, ethernet_header, ipv6_header};

const ICMPV6: u8 = 58;
const ALL_NODES: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
const ALL_NODES_MAC: [u8; 6] = [0x33, 0x33, 0x00, 0x00, 0x00, 0x01];

/// The ICMPv6 type of a neighbour advertisement (RFC 4861, section 4.4).
pub const ADVERTISEMENT: u8 = 136;
const SOLICITATION: u8 = 135;
const ROUTER: u8 = 0x80;
const OVERRIDE: u8 = 0x20;
const SOURCE_LINK_LAYER_ADDRESS: u8 = 1;
const TARGET_LINK_LAYER_ADDRESS: u8 = 2;
/// The message with its one option.
const LENGTH: usize = 32;

/// Writes an unsolicited neighbour advertisement as a whole frame over whatever `frame` held.
///
/// It tells all nodes on the link that `mac` answers for `address`: Solicited off, Override on, so that what they knew
/// is void (RFC 4861, section 7.2.6; RFC 9568, section 6.4.1). Router is always on, as RFC 9568 has it: where the address
/// is somebody's default router, an advertisement without it would take that router away (RFC 4861, section 7.2.5), and
/// nobody takes a host for a router that sends no router advertisements.
pub fn unsolicited(mac: [u8; 6], address: Ipv6Addr, frame: &mut Vec<u8>) {
    let message =
        Message { kind: ADVERTISEMENT, flags: ROUTER | OVERRIDE, target: address, option: TARGET_LINK_LAYER_ADDRESS };
    message.write((mac, address), (ALL_NODES_MAC, ALL_NODES), frame);
}

/// Writes the solicitation of `source`, which has `mac`, for the MAC address of `target` as a whole frame over whatever `frame`
/// held (RFC 4861, section 4.3).
pub fn solicitation(mac: [u8; 6], source: Ipv6Addr, target: Ipv6Addr, frame: &mut Vec<u8>) {
    let [.., x, y, z] = target.octets();
    let group = Ipv6Addr::from([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, x, y, z]);
    let message = Message { kind: SOLICITATION, flags: 0, target, option: SOURCE_LINK_LAYER_ADDRESS };
    message.write((mac, source), ([0x33, 0x33, 0xff, x, y, z], group), frame);
}

/// A message about a target, with one option that tells the sender's MAC address.
struct Message {
    kind: u8,
    flags: u8,
    target: Ipv6Addr,
    option: u8,
}

impl Message {
    fn write(&self, source: ([u8; 6], Ipv6Addr), destination: ([u8; 6], Ipv6Addr), frame: &mut Vec<u8>) {
        let [a, b, c, d, e, f] = source.0;
        let target = self.target.octets();
        let option = [self.option, 1, a, b, c, d, e, f];
        let message = |[c0, c1]: [u8; 2]| [self.kind, 0, c0, c1, self.flags, 0, 0, 0];
        let sum = Sum::with_pseudo_header(source.1.into(), destination.1.into(), ICMPV6, LENGTH)
            .bytes(&message([0, 0]))
            .bytes(&target)
            .bytes(&option);

        frame.clear();
        frame.extend(ethernet_header(destination.0, source.0, EtherType::Ipv6));
        frame.extend(ipv6_header(0, ICMPV6, source.1, destination.1, LENGTH));
        frame.extend(message(sum.checksum()));
        frame.extend(target);
        frame.extend(option);
    }
}

/// Reads whom a neighbour advertisement, from its ICMPv6 header on, says that an address belongs to. One without the
/// option that tells the MAC address claims nothing.
#[must_use]
pub fn claim(message: &[u8]) -> Option<(Ipv6Addr, [u8; 6])> {
    let (header, rest) = message.split_first_chunk::<8>()?;
    let (target, mut options) = rest.split_first_chunk::<16>()?;
    if !header.starts_with(&[ADVERTISEMENT, 0]) {
        return None;
    }
    // Options come in units of eight bytes, of which none is empty (RFC 4861, section 4.6).
    while let [kind, units, rest @ ..] = options {
        match (*kind, *units, rest.first_chunk::<6>()) {
            (_, 0, _) => return None,
            (TARGET_LINK_LAYER_ADDRESS, 1, Some(mac)) => return Some((Ipv6Addr::from(*target), *mac)),
            (_, units, _) => options = options.get(usize::from(units) * 8..)?,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: [u8; 6] = [0, 0, 0x5e, 0, 2, 51];

    /// The checksum was reckoned by another program.
    #[test]
    fn the_advertisement_names_the_address_as_source_and_target() {
        let address: Ipv6Addr = "2001:db8::10".parse().unwrap();
        let mut frame = vec![9; 99];
        unsolicited(MAC, address, &mut frame);
        let expected = [
            [0x33, 0x33, 0, 0, 0, 1].as_slice(),
            &MAC,
            &[0x86, 0xdd],
            &[0x60, 0, 0, 0, 0, 32, 58, 255],
            &address.octets(),
            &ALL_NODES.octets(),
            &[136, 0, 0x1a, 0xda, 0xa0, 0, 0, 0],
            &address.octets(),
            &[2, 1],
            &MAC,
        ];
        assert_eq!(frame, expected.concat());
    }

    #[test]
    fn a_solicitation_goes_to_the_group_of_its_target() {
        let (source, target) = ("2001:db8::10".parse().unwrap(), "2001:db8::12:3456".parse().unwrap());
        let mut frame = vec![9; 99];
        solicitation(MAC, source, target, &mut frame);
        assert_eq!(frame[..6], [0x33, 0x33, 0xff, 0x12, 0x34, 0x56]);
        assert_eq!(frame[38..54], "ff02::1:ff12:3456".parse::<Ipv6Addr>().unwrap().octets());
        let message = frame.split_off(54);
        assert_eq!((message[0], message[24..].to_vec()), (135, [&[1, 1][..], &MAC].concat()));
        let group: Ipv6Addr = "ff02::1:ff12:3456".parse().unwrap();
        assert!(Sum::with_pseudo_header(source.into(), group.into(), ICMPV6, LENGTH).bytes(&message).is_right());
    }

    #[test]
    fn an_advertisement_claims_its_target() {
        let address: Ipv6Addr = "2001:db8::10".parse().unwrap();
        let mut frame = Vec::new();
        unsolicited(MAC, address, &mut frame);
        let message = frame.split_off(14 + 40);
        assert_eq!(claim(&message), Some((address, MAC)));
        for length in 0..message.len() {
            assert_eq!(claim(&message[..length]), None, "{length} bytes");
        }
        let with = |at: usize, bytes: &[u8]| {
            let mut message = message.clone();
            message.splice(at..at, bytes.iter().copied());
            message
        };
        // An option that nobody knows comes before.
        assert_eq!(claim(&with(24, &[200, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])), Some((address, MAC)));
        assert_eq!(claim(&with(24, &[200, 0, 0, 0, 0, 0, 0, 0])), None, "an option without a length");
        let solicitation: Vec<u8> = [&[135], &message[1..]].concat();
        assert_eq!(claim(&solicitation), None);
    }
}
