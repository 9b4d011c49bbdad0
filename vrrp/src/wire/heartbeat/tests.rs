use std::net::IpAddr;

use proptest::prelude::*;

use super::{Heartbeat, is_heartbeat, presence, unwrap, wrap};
use crate::id::{Family, Interval, Priority, Version, Vrid};
use crate::wire::{Dialect, Discard, Draft, Packet, decode};

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A heartbeat of a virtual router of a family, as it is sent to the group of an IPv4 link.
fn wrapped(version: Version, source: &str, vip: &str, priority: u8) -> Vec<u8> {
    let mut payload = b"what was there before".to_vec();
    let draft = Draft {
        version,
        vrid: Vrid::new(51).unwrap(),
        priority: Priority::new(priority),
        interval: Interval::DEFAULT,
        dialect: Dialect::PseudoHeader,
        source: address(source),
        destination: address("203.0.113.9"),
        addresses: &[address(vip)],
    };
    wrap(&draft, &mut payload);
    payload
}

fn carried(payload: &[u8]) -> Packet<'_> {
    Packet { source: address("203.0.113.1"), destination: Family::V4.group(), hop_limit: 255, payload, seal: None }
}

#[test]
fn an_advertisement_comes_out_as_its_own_link_would_have_delivered_it() {
    let cases = [
        (Version::V2, "192.0.2.1", "192.0.2.10", 200),
        (Version::V3, "192.0.2.1", "192.0.2.10", 0),
        (Version::V3, "fe80::1", "2001:db8::10", 100),
    ];
    for (version, source, vip, priority) in cases {
        let payload = wrapped(version, source, vip, priority);
        let packet = carried(&payload);
        assert!(is_heartbeat(&packet));
        let Ok(Heartbeat::Advertisement(inner)) = unwrap(&packet) else { panic!("no advertisement: {payload:?}") };
        assert_eq!((inner.source, inner.destination), (address(source), Family::of(address(source)).group()));
        let advertisement = decode(&inner).unwrap();
        assert_eq!((advertisement.version, advertisement.priority), (version, Priority::new(priority)));
        assert_eq!(advertisement.addresses.iter().collect::<Vec<_>>(), [address(vip)]);
    }
}

#[test]
fn a_heartbeat_that_carries_nothing_says_that_somebody_is_there() {
    let mut payload = b"what was there before".to_vec();
    presence(&mut payload);
    assert_eq!(unwrap(&carried(&payload)), Ok(Heartbeat::Presence));
    assert_eq!(decode(&carried(&payload)), Err(Discard::Type));
    payload.extend([0; 4]);
    assert_eq!(unwrap(&carried(&payload)), Err(Discard::Trailing));
}

#[test]
fn every_other_router_discards_a_heartbeat() {
    let payload = wrapped(Version::V3, "192.0.2.1", "192.0.2.10", 200);
    assert_eq!(decode(&carried(&payload)), Err(Discard::Type));
}

#[test]
fn what_is_damaged_is_discarded() {
    let good = wrapped(Version::V3, "192.0.2.1", "192.0.2.10", 200);
    for length in 0..good.len() {
        assert!(unwrap(&carried(&good[..length])).is_err(), "{length} bytes");
    }
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(unwrap(&carried(&bad)).is_err(), "bit {bit}");
    }
    let far = Packet { hop_limit: 254, ..carried(&good) };
    assert_eq!(unwrap(&far), Err(Discard::HopLimit));
    let to_one = Packet { destination: address("203.0.113.2"), ..far };
    assert!(unwrap(&to_one).is_ok());
}

#[test]
fn a_sender_that_nobody_can_be_is_discarded() {
    for source in ["0.0.0.0", "224.0.0.18"] {
        let payload = wrapped(Version::V2, source, "192.0.2.10", 200);
        assert_eq!(unwrap(&carried(&payload)), Err(Discard::IpHeader), "{source}");
    }
}

proptest! {
    #[test]
    fn nothing_that_arrives_is_more_than_a_discard(mut payload in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Some(first) = payload.first_mut() {
            *first = 0x32;
        }
        if let Ok(Heartbeat::Advertisement(inner)) = unwrap(&carried(&payload)) {
            prop_assert!(inner.payload.len() < payload.len());
            let _ = decode(&inner);
        }
    }
}
