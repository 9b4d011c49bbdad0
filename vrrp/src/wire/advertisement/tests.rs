use super::*;
use proptest::prelude::*;

const HEARD_V4: (IpAddr, IpAddr) =
    (IpAddr::V4(Ipv4Addr::new(192, 0, 2, 251)), IpAddr::V4(Ipv4Addr::new(224, 0, 0, 18)));
const HEARD_V6: (IpAddr, IpAddr) =
    (IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1)), IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0x12)));

fn packet((source, destination): (IpAddr, IpAddr), payload: &[u8]) -> Packet<'_> {
    Packet { source, destination, hop_limit: 255, payload, seal: None }
}

/// Puts the checksum of the message alone in its place.
fn summed<const N: usize>(mut payload: [u8; N]) -> [u8; N] {
    let sum = Sum::new().bytes(&payload).checksum();
    payload[6..8].copy_from_slice(&sum);
    payload
}

/// Version 3, VRID 10, priority 200, one address, 1 s.
const V3: [u8; 12] = [0x31, 10, 200, 1, 0, 100, 0, 0, 192, 0, 2, 1];
/// The same as version 2.
const V2: [u8; 20] = [0x21, 10, 200, 1, 0, 1, 0, 0, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0];

/// What a host that runs CARP sends every second: VHID 42, advskew 50, advbase 1, counter, HMAC.
const CARP: [u8; 36] = [
    0x21, 42, 50, 7, 0, 1, 0, 0, 0x5b, 0x1f, 0x0c, 0x77, 0x91, 0x02, 0xfe, 0x40, 0xbd, 0x82, 0xc7, 0x8f, 0x36, 0x1a,
    0x0e, 0xff, 0xcf, 0x6c, 0x14, 0xa2, 0x76, 0xed, 0x57, 0x3b, 0x3e, 0x69, 0x63, 0xa3,
];

fn with<const N: usize>(mut payload: [u8; N], changes: &[(usize, u8)]) -> [u8; N] {
    for &(place, byte) in changes {
        payload[place] = byte;
    }
    summed(payload)
}

#[test]
fn each_fault_has_its_reason() {
    let cases: [(&str, &[u8], Discard); 17] = [
        ("nothing at all", &[], Discard::Truncated),
        ("version 0", &with(V3, &[(0, 0x01)]), Discard::Version),
        ("version 1", &with(V3, &[(0, 0x11)]), Discard::Version),
        ("version 4", &with(V3, &[(0, 0x41)]), Discard::Version),
        ("version 3, type 0", &with(V3, &[(0, 0x30)]), Discard::Type),
        ("version 2, type 2", &with(V2, &[(0, 0x22)]), Discard::Type),
        ("one address more than there is", &with(V3, &[(3, 2)]), Discard::Truncated),
        ("one address less than there is", &with(V3, &[(3, 0)]), Discard::Trailing),
        ("version 3 with version 2's trailer", &with(V2, &[(0, 0x31)]), Discard::Trailing),
        ("version 2 without its trailer", &with(V3, &[(0, 0x21)]), Discard::Truncated),
        ("wrong checksum", &V3, Discard::Checksum),
        ("VRID 0", &with(V3, &[(1, 0)]), Discard::VridZero),
        ("simple text authentication", &with(V2, &[(4, 1)]), Discard::AuthType),
        ("no address", &summed([0x31, 10, 200, 0, 0, 100, 0, 0]), Discard::NoAddresses),
        (
            "no address, version 2",
            &summed([0x21, 10, 200, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            Discard::NoAddresses,
        ),
        ("interval 0 beside reserved bits", &with(V3, &[(4, 0xf0), (5, 0)]), Discard::IntervalZero),
        ("interval 0, version 2", &with(V2, &[(5, 0)]), Discard::IntervalZero),
    ];
    for (what, payload, reason) in cases {
        assert_eq!(decode(&packet(HEARD_V4, payload)), Err(reason), "{what}");
    }
    assert_eq!(decode(&packet(HEARD_V6, &summed(V2))), Err(Discard::Version2OverIpv6));
    let forwarded = Packet { hop_limit: 254, ..packet(HEARD_V4, &[]) };
    assert_eq!(decode(&forwarded), Err(Discard::HopLimit), "the hop limit is looked at first");
    let payload = summed(V2);
    let routed = Packet { hop_limit: 60, destination: "192.0.2.2".parse().unwrap(), ..packet(HEARD_V4, &payload) };
    assert!(decode(&routed).is_ok(), "what comes from a peer may have been routed");
}

#[test]
fn the_message_alone_is_no_checksum_over_ipv6() {
    let mut payload = [0; 24];
    payload[..8].copy_from_slice(&[0x31, 10, 200, 1, 0, 100, 0, 0]);
    payload[8] = 0xfe;
    assert_eq!(decode(&packet(HEARD_V6, &summed(payload))), Err(Discard::Checksum));
}

#[test]
fn reserved_bits_are_ignored_when_heard_and_zero_when_sent() {
    let payload = with(V3, &[(4, 0xf0)]);
    let heard = decode(&packet(HEARD_V4, &payload)).unwrap();
    assert_eq!(heard.interval, Interval::DEFAULT);
    let mut sent = Vec::new();
    let addresses: Vec<_> = heard.addresses.iter().collect();
    encode(&draft_of(&heard, HEARD_V4, &addresses), &mut sent);
    assert_eq!(sent, summed(V3));
}

#[test]
fn priority_0_is_a_resignation() {
    assert_eq!(decode(&packet(HEARD_V4, &with(V3, &[(2, 0)]))).unwrap().priority, None);
    assert_eq!(decode(&packet(HEARD_V4, &with(V3, &[(2, 255)]))).unwrap().priority, Some(Priority::OWNER));
}

#[test]
fn carp_is_neither_a_checksum_nor_a_length_error() {
    let carp = summed(CARP);
    assert_eq!(decode(&packet(HEARD_V4, &carp)), Err(Discard::Carp));
    assert_eq!(decode(&packet(HEARD_V6, &carp)), Err(Discard::Carp));
    let demoted = with(CARP, &[(4, 240)]);
    assert_eq!(decode(&packet(HEARD_V4, &demoted)), Err(Discard::Carp));
    assert_eq!(decode(&packet(HEARD_V4, &CARP)), Err(Discard::Truncated), "CARP with a wrong checksum");
}

/// The one thing that looks like CARP and is not: it is wrong as version 2, too, so only its counter differs.
#[test]
fn version_2_with_seven_addresses_and_no_trailer_counts_as_carp() {
    let mut payload = [0; 36];
    payload[..8].copy_from_slice(&[0x21, 10, 200, 7, 0, 1, 0, 0]);
    assert_eq!(decode(&packet(HEARD_V4, &summed(payload))), Err(Discard::Carp));
}

/// Five addresses make version 2 as long as CARP, and seven give it CARP's fourth byte.
#[test]
fn version_2_is_never_taken_for_carp() {
    for count in 1..=255 {
        let addresses = vec![IpAddr::from([10, 0, 0, 1]); count];
        let mut payload = Vec::new();
        let draft = Draft { addresses: &addresses, version: Version::V2, ..DRAFT };
        encode(&draft, &mut payload);
        assert_eq!(decode(&packet(HEARD_V4, &payload)).map(|heard| heard.addresses.len()), Ok(count));
    }
}

const DRAFT: Draft<'static> = Draft {
    version: Version::V3,
    vrid: match Vrid::new(10) {
        Some(vrid) => vrid,
        None => panic!(),
    },
    priority: Some(Priority::DEFAULT),
    interval: Interval::DEFAULT,
    dialect: Dialect::PseudoHeader,
    source: HEARD_V4.0,
    destination: HEARD_V4.1,
    addresses: &[],
};

#[test]
fn what_a_message_cannot_carry_is_left_out() {
    let mut addresses = vec![IpAddr::from([10, 0, 0, 1]); 300];
    addresses.insert(0, HEARD_V6.0);
    let long = Interval::from_seconds(255).unwrap();
    let mut payload = Vec::new();
    encode(&Draft { addresses: &addresses, interval: long, ..DRAFT }, &mut payload);
    let heard = decode(&packet(HEARD_V4, &payload)).unwrap();
    assert_eq!(heard.addresses.len(), 255);
    assert_eq!(heard.interval, Interval::LONGEST_V3);
    encode(&Draft { addresses: &addresses, interval: long, version: Version::V2, ..DRAFT }, &mut payload);
    assert_eq!(decode(&packet(HEARD_V4, &payload)).unwrap().interval, long);
    let short = Interval::from_centiseconds(1).unwrap();
    encode(&Draft { addresses: &addresses, interval: short, version: Version::V2, ..DRAFT }, &mut payload);
    assert_eq!(decode(&packet(HEARD_V4, &payload)).map(|heard| heard.interval), Ok(Interval::DEFAULT));
}

/// A pseudo-header that sums to nothing leaves both ways the same: the bytes are then the same, too.
#[test]
fn a_sum_that_is_right_both_ways_counts_as_with_the_pseudo_header() {
    // 224.0.0.18, 112 and 12 make 0xe08e, so a source of 31.113.0.0 makes the sum 0xffff.
    let heard = (IpAddr::from([0x1f, 0x71, 0, 0]), HEARD_V4.1);
    assert_eq!(decode(&packet(heard, &summed(V3))).unwrap().dialect, Dialect::PseudoHeader);
}

fn draft_of<'a>(
    heard: &Advertisement<'_>,
    (source, destination): (IpAddr, IpAddr),
    addresses: &'a [IpAddr],
) -> Draft<'a> {
    let Advertisement { version, vrid, priority, interval, dialect, addresses: _ } = *heard;
    Draft { version, vrid, priority, interval, dialect, source, destination, addresses }
}

/// Any advertisement that can be sent, with a unicast or multicast destination.
fn any_draft() -> impl Strategy<Value = (Draft<'static>, Vec<IpAddr>)> {
    let v4 = any::<[u8; 4]>().prop_map(IpAddr::from);
    let v6 = any::<[u8; 16]>().prop_map(IpAddr::from);
    let over_v4 = (Just(HEARD_V4.1), v4.clone(), v4.clone(), prop::collection::vec(v4, 1..=255));
    let over_v6 = (Just(HEARD_V6.1), v6.clone(), v6.clone(), prop::collection::vec(v6, 1..=255));
    let fields = (any::<bool>(), 1..=255u8, any::<u8>(), 1..=4095u16, 1..=255u8, any::<bool>(), any::<bool>());
    (fields, prop_oneof![over_v4.boxed(), over_v6.boxed()]).prop_map(|(fields, (group, source, peer, addresses))| {
        let (second, vrid, priority, centiseconds, seconds, alone, unicast) = fields;
        let version = if second && source.is_ipv4() { Version::V2 } else { Version::V3 };
        let interval = match version {
            Version::V2 => Interval::from_seconds(seconds),
            Version::V3 => Interval::from_centiseconds(centiseconds),
        };
        let dialect = match (version, Family::of(source)) {
            (Version::V2, _) => Dialect::MessageOnly,
            (Version::V3, Family::V4) if alone => Dialect::MessageOnly,
            (Version::V3, _) => Dialect::PseudoHeader,
        };
        let draft = Draft {
            version,
            vrid: Vrid::new(vrid).unwrap(),
            priority: Priority::new(priority),
            interval: interval.unwrap(),
            dialect,
            source,
            destination: if unicast { peer } else { group },
            addresses: &[],
        };
        (draft, addresses)
    })
}

proptest! {
    #[test]
    fn decoding_undoes_encoding((draft, addresses) in any_draft(), held_before in any::<Vec<u8>>()) {
        let draft = Draft { addresses: &addresses, ..draft };
        let mut payload = held_before;
        encode(&draft, &mut payload);
        let route = (draft.source, draft.destination);
        let heard = decode(&packet(route, &payload)).unwrap();
        prop_assert_eq!(heard.addresses.iter().collect::<Vec<_>>(), &addresses[..]);
        prop_assert_eq!(heard.addresses.len(), addresses.len());

        let mut again = Vec::new();
        encode(&draft_of(&heard, route, &addresses), &mut again);
        prop_assert_eq!(&again, &payload);
        // Where both ways of summing give the same bytes, nobody can tell which one the sender meant.
        let mut other_way = Vec::new();
        encode(&Draft { dialect: Dialect::PseudoHeader, ..draft }, &mut other_way);
        let told_apart = draft.version == Version::V2 || other_way != payload;
        let dialect = if told_apart { draft.dialect } else { Dialect::PseudoHeader };
        prop_assert_eq!(draft_of(&heard, route, &addresses), Draft { dialect, ..draft });
    }

    #[test]
    fn no_cut_passes((draft, addresses) in any_draft()) {
        let draft = Draft { addresses: &addresses, ..draft };
        let mut payload = Vec::new();
        encode(&draft, &mut payload);
        for length in 0..payload.len() {
            let cut = packet((draft.source, draft.destination), &payload[..length]);
            // Seven addresses without the trailer, which is zero, are as long as CARP and add up as it does.
            let reason = if is_carp(cut.payload) { Discard::Carp } else { Discard::Truncated };
            prop_assert_eq!(decode(&cut), Err(reason));
            prop_assert!(reason == Discard::Truncated || (draft.version == Version::V2 && addresses.len() == 7));
        }
        payload.push(0);
        prop_assert_eq!(decode(&packet((draft.source, draft.destination), &payload)), Err(Discard::Trailing));
    }

    #[test]
    fn any_bytes_decode_to_something(bytes in any::<Vec<u8>>(), v6 in any::<bool>()) {
        let route = if v6 { HEARD_V6 } else { HEARD_V4 };
        if let Ok(heard) = decode(&packet(route, &bytes)) {
            prop_assert!(heard.addresses.iter().len() >= 1);
        }
        let _ = Packet::from_ipv4(&bytes).and_then(|packet| decode(&packet).map(|_| ()));
    }

    /// Random bytes seldom get past the first checks, so these begin as advertisements do.
    #[test]
    fn likely_bytes_decode_to_something(
        version in 2..=3u8,
        vrid: u8,
        count in 0..=4u8,
        interval: [u8; 2],
        body in prop::collection::vec(any::<u8>(), 0..=72),
        v6 in any::<bool>(),
    ) {
        let mut bytes = vec![version << 4 | 1, vrid, 100, count, interval[0], interval[1], 0, 0];
        bytes.extend(body);
        let route = if v6 { HEARD_V6 } else { HEARD_V4 };
        let dialect = if v6 { Dialect::PseudoHeader } else { Dialect::MessageOnly };
        let sum = start(dialect, route.0, route.1, bytes.len()).bytes(&bytes).checksum();
        bytes[6..8].copy_from_slice(&sum);
        match decode(&packet(route, &bytes)) {
            Ok(heard) => prop_assert_eq!(heard.addresses.len(), usize::from(count)),
            Err(reason) => prop_assert!(reason != Discard::Checksum && reason != Discard::HopLimit),
        }
    }
}
