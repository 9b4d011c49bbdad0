//! What version 2 had: the password and the authentication header.

use super::*;
use crate::wire::auth::ah::Numbers;

fn sent() -> Sent {
    Sent::new(Version::V2, "192.0.2.1")
}

fn sealed(number: u32, destination: &str) -> Vec<u8> {
    let sent = Sent { destination: address(destination), ..sent() };
    let sender = Association::new(Keys::Ah(secret(b"hunter2")));
    let mut out = Vec::new();
    sender.encode(&sent.draft(), Stamp(Stamped::Ah(number)), &mut out);
    out
}

fn open(bytes: &[u8]) -> Result<bool, Discard> {
    let packet = Packet::from_ipv4(bytes)?;
    let mut receiver = Association::new(Keys::Ah(secret(b"hunter2")));
    receiver.open(&packet, NOW).map(|opened| opened.authentic).map_err(|refusal| refusal.discard)
}

#[test]
fn a_password_stands_after_the_addresses_and_in_the_checksum() {
    let bytes = sent().by(&mut Association::new(Keys::Password(secret(b"hunter2"))), NOW);
    assert_eq!(bytes[4], 1);
    assert_eq!(bytes[16..], *b"hunter2\0");
    let packet = sent();
    let mut receiver = Association::new(Keys::Password(secret(b"hunter2")));
    let mut cut = bytes;
    cut[16] ^= 1;
    assert_eq!(packet.to(&mut receiver, &cut, NOW), Err(Discard::Checksum));
}

/// A password proves nothing of the sender: what was heard once can be said again for ever.
#[test]
fn a_password_knows_no_replay() {
    let keys = Keys::Password(secret(b"hunter2"));
    let bytes = sent().by(&mut Association::new(keys.clone()), NOW);
    let mut receiver = Association::new(keys);
    assert_eq!(sent().to(&mut receiver, &bytes, NOW), Ok(true));
    assert_eq!(sent().to(&mut receiver, &bytes, NOW), Ok(true));
}

/// What may change on the way may change, and nothing else.
#[test]
fn each_byte_that_is_sealed_is_sealed() {
    for (destination, group) in [("224.0.0.18", true), ("192.0.2.2", false)] {
        let bytes = sealed(7, destination);
        assert_eq!(open(&bytes), Ok(true));
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            // The lowest bit of a fragment's offset would make it a fragment, the one beside DF too.
            changed[place] ^= if place == 6 { 0x40 } else { 2 };
            let result = open(&changed);
            match place {
                1 | 6 | 10 | 11 => assert_eq!(result, Ok(true), "{destination}, {place}"),
                8 if group => assert_eq!(result, Err(Discard::HopLimit)),
                8 => assert_eq!(result, Ok(true), "a router on the way to a peer counts down"),
                // The lengths, the protocol, and the parts of the message that are looked at before.
                0 | 2 | 3 | 7 | 9 | 20 => assert_eq!(result, Err(Discard::IpHeader), "{place}"),
                21 => assert_eq!(result, Err(Discard::AuthMalformed)),
                _ if place < 44 => assert_eq!(result, Err(Discard::AuthFailure), "{place}"),
                _ => assert!(result.is_err(), "{place}"),
            }
        }
    }
}

#[test]
fn a_seal_is_bound_to_its_sender() {
    let mut bytes = sealed(7, "224.0.0.18");
    bytes[24..28].copy_from_slice(&[192, 0, 2, 99]);
    assert_eq!(open(&bytes), Err(Discard::AuthFailure));
}

#[test]
fn every_cut_of_a_sealed_packet_is_noticed() {
    let bytes = sealed(7, "224.0.0.18");
    for length in 20..bytes.len() {
        let mut cut = bytes[..length].to_vec();
        cut[3] = u8::try_from(length).unwrap();
        assert!(open(&cut).is_err(), "{length}");
    }
}

#[test]
fn a_recorded_number_is_refused() {
    let mut receiver = Association::new(Keys::Ah(secret(b"hunter2")));
    let mut take = |number| sent().to(&mut receiver, &sealed(number, "224.0.0.18"), NOW);
    assert_eq!([take(7), take(8), take(100)], [Ok(true); 3]);
    assert_eq!([take(100), take(99), take(7), take(0)], [Err(Discard::AuthReplay); 4]);
    assert_eq!(take(101), Ok(true));
}

/// A router that led for a while takes nothing that was recorded before that, though it has heard nobody since.
#[test]
fn a_master_knows_old_numbers_by_its_own() {
    let mut numbers = Numbers::default();
    let own = numbers.next(NOW);
    assert!(!numbers.take(own - 1000, Interval::DEFAULT));
    assert!(numbers.take(own, Interval::DEFAULT), "two Masters that cross send the same number");
}

#[test]
fn the_clock_makes_numbers_grow_over_a_restart() {
    let mut before = Numbers::default();
    let mut last = 0;
    for second in 0..3600 {
        // An advertisement a second, and an answer out of turn to each.
        last = before.next(NOW + Duration::from_secs(second));
        last = last.max(before.next(NOW + Duration::from_secs(second)));
    }
    let after = Numbers::default().next(NOW + Duration::from_secs(3601));
    assert!(after > last, "{after} after {last}");
    // In the same half of a second the clock does not help.
    let mut resumed = Numbers::default();
    resumed.go_on_above(after);
    assert_eq!(resumed.next(NOW + Duration::from_secs(3601)), after + 1);
    let mut without_clock = Numbers::default();
    assert_eq!(
        [without_clock.next(Duration::ZERO), without_clock.next(Duration::ZERO)],
        [1, 2],
        "as keepalived counts"
    );
}

/// Two of ours lead at once after a cut of any length, with clocks that may differ: within one exchange both take the other's.
#[test]
fn two_masters_hear_each_other_again() {
    for (cut, skew) in [(0, 0), (1, 0), (10, 0), (10_000, 0), (10, 3600), (10_000, 3600)] {
        let (mut left, mut right) = (Numbers::default(), Numbers::default());
        let clock = |second: u64| NOW + Duration::from_secs(second);
        assert!(right.take(left.next(clock(0)), Interval::DEFAULT));
        for second in 1..=cut {
            left.next(clock(second));
            right.next(clock(second + skew));
        }
        let mut heard = [false; 2];
        for second in cut + 1..=cut + 2 {
            heard[0] |= right.take(left.next(clock(second)), Interval::DEFAULT);
            heard[1] |= left.take(right.next(clock(second + skew)), Interval::DEFAULT);
        }
        assert_eq!(heard, [true; 2], "after {cut} s, {skew} s apart");
    }
}
