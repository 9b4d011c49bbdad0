//! Who has no secret is not heard, whatever he sends.

use super::*;
use crate::id::Family;

/// Bytes that have a chance to come far: the beginning of an advertisement, then anything.
fn payloads() -> impl Strategy<Value = Vec<u8>> {
    let version = prop_oneof![Just(0x21_u8), Just(0x31)];
    (version, 0_u8..8, any::<[u8; 5]>(), prop::collection::vec(any::<u8>(), 0..160)).prop_map(
        |(first, count, rest, tail)| {
            let [vrid, priority, fifth, sixth, _] = rest;
            [vec![first, vrid, priority, count, fifth % 3, sixth, 0, 0], tail].concat()
        },
    )
}

/// Puts right whatever needs no secret: the length, the checksum, the form of the trailer.
fn polished(payload: &[u8], source: IpAddr, trailed: bool) -> Vec<u8> {
    let mut payload = payload.to_vec();
    let (address, authentication) = (if source.is_ipv4() { 4 } else { 16 }, if payload[0] == 0x21 { 8 } else { 0 });
    let length = 8 + usize::from(payload[3]) * address + authentication;
    payload.resize(length, 0xa5);
    if trailed {
        payload.extend([1, 1, 0, 0]);
        payload.extend([0x68, 0x3b, 0x98, 0x00, 0x80, 0, 0, 1]);
        payload.extend([0x5a; 16]);
    }
    let version = if payload[0] == 0x21 { Version::V2 } else { Version::V3 };
    let sent = Sent { version, source, destination: Family::of(source).group(), addresses: Vec::new() };
    sum(&sent.draft(), if trailed { trailer::length() } else { 0 }, &mut payload);
    payload
}

proptest! {
    #[test]
    fn nothing_that_a_stranger_sends_is_taken(
        payload in payloads(),
        v6 in any::<bool>(),
        polish in any::<bool>(),
        trailed in any::<bool>(),
    ) {
        let source = address(if v6 { "fe80::99" } else { "192.0.2.99" });
        let bytes = if polish { polished(&payload, source, trailed) } else { payload };
        let packet = Packet {
            source,
            destination: Family::of(source).group(),
            hop_limit: 255,
            payload: &bytes,
            seal: None,
        };
        for (_, keys) in kinds() {
            prop_assert!(Association::new(keys).open(&packet, NOW).is_err());
        }
    }

    #[test]
    fn nothing_behind_a_strangers_header_is_taken(
        payload in payloads(),
        ah in any::<[u8; 20]>(),
        polish in any::<bool>(),
    ) {
        let source = address("192.0.2.99");
        let mut message = if polish { polished(&payload, source, false) } else { payload };
        if polish {
            message[4] = 2;
            message[6..8].fill(0);
            let sent = Sent { version: Version::V2, ..Sent::new(Version::V2, "192.0.2.99") };
            sum(&sent.draft(), 0, &mut message);
        }
        let mut bytes = vec![0x45, 0xc0, 0, 0, 0, 0, 0, 0, 255, AH_PROTOCOL, 0, 0, 192, 0, 2, 99, 224, 0, 0, 18];
        bytes.extend([112, 4, 0, 0]);
        bytes.extend([192, 0, 2, 99]);
        bytes.extend(&ah[..16]);
        bytes.extend(&message);
        let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        bytes[2..4].copy_from_slice(&length);
        let packet = Packet::from_ipv4(&bytes).unwrap();
        for (_, keys) in kinds() {
            prop_assert!(Association::new(keys).open(&packet, NOW).is_err());
        }
    }

    /// Whatever bit of a true advertisement is turned, it is no longer taken; only what a router on the way may change is.
    #[test]
    fn no_turned_bit_passes(which in 0_usize..5, place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let (sent, keys) = kinds().swap_remove(which);
        let mut sender = Association::new(keys.clone());
        let mut bytes = sent.by(&mut sender, NOW);
        let place = place.index(bytes.len());
        bytes[place] ^= 1 << bit;
        let sealed = sender.seals_packets();
        prop_assume!(!(sealed && matches!(place, 1 | 6 | 7 | 10 | 11)));
        let taken = match sealed {
            true => Packet::from_ipv4(&bytes).is_ok_and(|packet| Association::new(keys).open(&packet, NOW).is_ok()),
            false => Association::new(keys).open(&sent.packet(&bytes, false), NOW).is_ok(),
        };
        prop_assert!(!taken);
    }
}
