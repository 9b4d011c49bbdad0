//! What a link delivers: packets, ARP and neighbour messages.

use std::net::IpAddr;

use vrrp::wire::heartbeat::{Heartbeat, is_heartbeat, unwrap};
use vrrp::wire::{Dialect, Discard, Draft, Packet, arp, decode, encode, glance, neighbor, overhear, router};

/// The bytes are an IP packet, from its header on, as a tap sees it.
pub(crate) fn wire(bytes: &[u8]) {
    let _ = (arp::claim(bytes), arp::reply_to([0, 0, 0x5e, 0, 1, 51], bytes));
    let _ = neighbor::claim(bytes);
    let _ = router::is_solicitation(bytes, std::net::Ipv6Addr::UNSPECIFIED);
    let _ = Packet::from_ipv4(bytes);
    read(bytes);
    // Few packets that are made up have the right sums. What lies behind those that have is found this way.
    for dialect in [Dialect::MessageOnly, Dialect::PseudoHeader] {
        let repaired = repair(bytes.to_vec(), dialect);
        read(&repaired);
        if let Ok(packet) = Packet::from_link(&repaired)
            && packet.seal.is_none()
            && !packet.payload.starts_with(&[0x32])
        {
            assert_ne!((decode(&packet), is_carp(&packet)), (Err(Discard::Checksum), false), "{repaired:02x?}");
        }
    }
}

fn read(bytes: &[u8]) {
    let Ok(packet) = Packet::from_link(bytes) else { return };
    // What is read lies in the packet.
    assert!(packet.payload.len() <= bytes.len());
    let _ = (packet.claimed_vrid(), is_heartbeat(&packet), glance(&packet));
    if let Ok(Heartbeat::Advertisement(inner)) = unwrap(&packet) {
        let _ = (glance(&inner), decode(&inner));
    }
    judge(&packet);
}

/// Whatever is accepted has one meaning: written again, it is read as the same.
fn judge(packet: &Packet<'_>) {
    let Ok(heard) = decode(packet) else {
        let _ = overhear(packet);
        return;
    };
    assert_eq!(overhear(packet), Ok((heard, None)));
    let addresses: Vec<IpAddr> = heard.addresses.iter().collect();
    assert_eq!(addresses.len(), heard.addresses.len());
    assert!((1..=255).contains(&addresses.len()));
    assert_eq!(glance(packet), Some((heard.vrid, addresses[0])));
    assert_eq!(packet.claimed_vrid(), Some(heard.vrid));
    let draft = Draft {
        version: heard.version,
        vrid: heard.vrid,
        priority: heard.priority,
        interval: heard.interval,
        dialect: heard.dialect,
        source: packet.source,
        destination: packet.destination,
        addresses: &addresses,
    };
    let mut payload = Vec::new();
    encode(&draft, &mut payload);
    assert_eq!(payload.len(), packet.payload.len());
    assert_eq!(decode(&Packet { payload: &payload, ..*packet }), Ok(heard));
}

fn is_carp(packet: &Packet<'_>) -> bool {
    decode(packet) == Err(Discard::Carp)
}

/// Puts right the sum of an IPv4 header, and that of the message behind it or behind an IPv6 header.
fn repair(mut bytes: Vec<u8>, dialect: Dialect) -> Vec<u8> {
    let Some(&first) = bytes.first() else { return bytes };
    let (begin, end) = match first >> 4 {
        4 => {
            let begin = usize::from(first & 0x0f) * 4;
            let Some(header) = bytes.get_mut(..begin).filter(|header| header.len() >= 20) else { return bytes };
            header[10..12].fill(0);
            let sum = checksum(0, header);
            header[10..12].copy_from_slice(&sum);
            (begin, usize::from(u16::from_be_bytes([header[2], header[3]])))
        }
        6 if bytes.len() >= 40 => (40, 40 + usize::from(u16::from_be_bytes([bytes[4], bytes[5]]))),
        _ => return bytes,
    };
    let whole = end.max(begin).min(bytes.len());
    let (header, rest) = bytes.split_at_mut(begin);
    let payload = &mut rest[..whole - begin];
    if payload.len() < 8 {
        return bytes;
    }
    let addresses = if first >> 4 == 4 { &header[12..20] } else { &header[8..40] };
    // An IPv6 message of version 3 always includes the pseudo-header.
    let pseudo = match (first >> 4, payload[0] >> 4) {
        (_, 2) => 0,
        (4, _) if dialect == Dialect::MessageOnly => 0,
        _ => sum_of(addresses) + 112 + payload.len() as u64,
    };
    payload[6..8].fill(0);
    let sum = checksum(pseudo, payload);
    payload[6..8].copy_from_slice(&sum);
    bytes
}

/// The checksum of RFC 1071, written anew, so that one mistake is not in both places.
fn checksum(begin: u64, bytes: &[u8]) -> [u8; 2] {
    let mut sum = begin + sum_of(bytes);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!(sum as u16)).to_be_bytes()
}

fn sum_of(bytes: &[u8]) -> u64 {
    bytes.chunks(2).map(|pair| u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or(0))).sum()
}
