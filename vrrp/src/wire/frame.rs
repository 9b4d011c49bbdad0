//! Ethernet frames around advertisements, for those that leave from a virtual MAC address.
//!
//! A raw IP socket would send from the link's own address, and it is the virtual one that tells switches where the
//! Master is (RFC 9568, section 7.2).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::checksum::Sum;
use super::{HOP_LIMIT, PROTOCOL, TRAFFIC_CLASS};

/// An Ethernet header's length in bytes.
pub(super) const HEADER_LENGTH: usize = 14;

/// Where the IPv4 group's frames go (RFC 1112, section 6.4).
const GROUP_V4: [u8; 6] = [0x01, 0x00, 0x5e, 0x00, 0x00, 0x12];

/// The EtherTypes in use here.
#[derive(Clone, Copy)]
pub(super) enum EtherType {
    Ipv4 = 0x0800,
    Arp = 0x0806,
    Ipv6 = 0x86dd,
}

/// Writes a multicast advertisement as a whole frame over whatever `frame` held.
///
/// `mac` is the sender's MAC address, `source` its IP address, `payload` the [encoded](super::encode) advertisement.
pub fn advertisement(mac: [u8; 6], source: IpAddr, payload: &[u8], frame: &mut Vec<u8>) {
    frame.clear();
    match source {
        IpAddr::V4(source) => {
            frame.extend(ethernet_header(GROUP_V4, mac, EtherType::Ipv4));
            frame.extend(ipv4_header(source, Ipv4Addr::new(224, 0, 0, 18), (PROTOCOL, 0), payload.len()));
        }
        IpAddr::V6(source) => {
            frame.extend(ethernet_header([0x33, 0x33, 0x00, 0x00, 0x00, 0x12], mac, EtherType::Ipv6));
            let group = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12);
            frame.extend(ipv6_header(TRAFFIC_CLASS, PROTOCOL, source, group, payload.len()));
        }
    }
    frame.extend(payload);
}

/// Writes a multicast advertisement as a whole frame over whatever `frame` held, where `packet` is a
/// [sealed](super::auth::Association::encode) one with its IPv4 header.
pub fn sealed(mac: [u8; 6], packet: &[u8], frame: &mut Vec<u8>) {
    frame.clear();
    frame.extend(ethernet_header(GROUP_V4, mac, EtherType::Ipv4));
    frame.extend(packet);
}

/// An Ethernet header.
pub(super) fn ethernet_header(destination: [u8; 6], source: [u8; 6], ethertype: EtherType) -> [u8; HEADER_LENGTH] {
    let [d0, d1, d2, d3, d4, d5] = destination;
    let [s0, s1, s2, s3, s4, s5] = source;
    let [t0, t1] = (ethertype as u16).to_be_bytes();
    [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5, t0, t1]
}

/// The IPv4 header of `length` bytes of one protocol. They are never fragmented, so their identification means nothing (RFC
/// 6864, section 4.1).
pub(super) fn ipv4_header(
    source: Ipv4Addr,
    destination: Ipv4Addr,
    (protocol, id): (u8, u16),
    length: usize,
) -> [u8; 20] {
    let ([s0, s1, s2, s3], [d0, d1, d2, d3]) = (source.octets(), destination.octets());
    let [t0, t1] = length_field(20 + length);
    let [i0, i1] = id.to_be_bytes();
    let header = |[c0, c1]: [u8; 2]| {
        let (version, dont_fragment) = (0x45, 0x40);
        [
            version,
            TRAFFIC_CLASS,
            t0,
            t1,
            i0,
            i1,
            dont_fragment,
            0,
            HOP_LIMIT,
            protocol,
            c0,
            c1,
            s0,
            s1,
            s2,
            s3,
            d0,
            d1,
            d2,
            d3,
        ]
    };
    header(Sum::new().bytes(&header([0, 0])).checksum())
}

/// The IPv6 header of `length` bytes of one next header, with hop limit 255.
pub(super) fn ipv6_header(
    traffic_class: u8,
    next_header: u8,
    source: Ipv6Addr,
    destination: Ipv6Addr,
    length: usize,
) -> impl Iterator<Item = u8> {
    let [l0, l1] = length_field(length);
    let start = [0x60 | traffic_class >> 4, traffic_class << 4, 0, 0, l0, l1, next_header, HOP_LIMIT];
    start.into_iter().chain(source.octets()).chain(destination.octets())
}

/// A length as headers carry it. Whatever is too long for it is too long for every link, too, and refused there.
fn length_field(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::Family;
    use crate::wire::Packet;

    const MAC: [u8; 6] = [0, 0, 0x5e, 0, 1, 51];

    /// The header's checksum was reckoned by another program.
    #[test]
    fn a_frame_over_ipv4_is_the_group_the_mac_and_the_packet() {
        let mut frame = vec![9; 99];
        advertisement(MAC, [192, 0, 2, 1].into(), &[1, 2, 3], &mut frame);
        let expected = [
            [0x01, 0x00, 0x5e, 0x00, 0x00, 0x12].as_slice(),
            &MAC,
            &[0x08, 0x00],
            &[0x45, 0xc0, 0, 23, 0, 0, 0x40, 0, 255, 112, 0xd8, 0xa2, 192, 0, 2, 1, 224, 0, 0, 18],
            &[1, 2, 3],
        ];
        assert_eq!(frame, expected.concat());
        let packet = Packet::from_ipv4(frame.get(HEADER_LENGTH..).unwrap()).unwrap();
        assert_eq!(packet.payload, [1, 2, 3]);
        assert_eq!(packet.destination, Family::V4.group());
    }

    #[test]
    fn a_frame_over_ipv6_is_the_group_the_mac_and_the_packet() {
        let source: Ipv6Addr = "fe80::1".parse().unwrap();
        let group: Ipv6Addr = "ff02::12".parse().unwrap();
        let mut frame = vec![9; 99];
        advertisement(MAC, source.into(), &[1, 2, 3], &mut frame);
        let expected = [
            [0x33, 0x33, 0x00, 0x00, 0x00, 0x12].as_slice(),
            &MAC,
            &[0x86, 0xdd],
            &[0x6c, 0x00, 0, 0, 0, 3, 112, 255],
            &source.octets(),
            &group.octets(),
            &[1, 2, 3],
        ];
        assert_eq!(frame, expected.concat());
    }
}
