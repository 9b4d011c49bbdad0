//! The trailer.

use super::*;

/// The two images of the draft's appendix, key 00 to 1f, VRID 51, priority 200, number 0x6800000080000000; facts from
/// keepalived's test of its own.
const KEY: &[u8] = b"hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const IMAGES: [(&str, &str, &str); 2] = [
    (
        "198.51.100.10",
        "224.0.0.18",
        "3133c80100644402c0000264010100006800000080000000 1b84bc4e8e43892dc6d98448f8ee2265",
    ),
    (
        "fe80::10",
        "fe80::20",
        "3133c8010064a2e9fe800000000000000000000000000100010100006800000080000000 c8c56146ebfd66ee10ec4d8186461b78",
    ),
];
/// Its seconds and its half of one.
const THEN: Duration = Duration::new(0x6800_0000, 500_000_000);

fn from_hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn images() -> impl Iterator<Item = (Sent, Vec<u8>)> {
    IMAGES.into_iter().map(|(source, destination, image)| {
        let addresses = vec![address(if source.contains(':') { "fe80::100" } else { "192.0.2.100" })];
        let destination = address(destination);
        (Sent { addresses, destination, ..Sent::new(Version::V3, source) }, from_hex(image))
    })
}

#[test]
fn the_images_of_the_draft_are_read_and_written() {
    for (sent, image) in images() {
        let keys = ring(Mode::Enforce, 1, &[(1, KEY)]);
        assert_eq!(sent.to(&mut Association::new(keys.clone()), &image, THEN), Ok(true));
        let mut sender = Association::new(keys);
        let stamp = sender.stamp(THEN);
        let draft = Draft { priority: Priority::new(200), dialect: Dialect::MessageOnly, ..sent.draft() };
        let mut out = Vec::new();
        sender.encode(&draft, stamp, &mut out);
        assert_eq!(out, image);
    }
}

/// Each byte of the trailer, and each of the message that the checksum is made to fit again.
#[test]
fn a_changed_byte_has_its_reason() {
    for (sent, image) in images() {
        for place in 0..image.len() {
            let mut changed = image.clone();
            changed[place] ^= 1;
            let begin = changed.len() - trailer::length();
            let draft = Draft { dialect: Dialect::MessageOnly, ..sent.draft() };
            changed[6..8].fill(0);
            sum(&draft, trailer::length(), &mut changed);
            let expected = match place.checked_sub(begin) {
                // The checksum stands for nothing once it is right.
                None if (6..8).contains(&place) => Ok(true),
                None if [0, 3].contains(&place) => continue,
                None => Err(Discard::AuthFailure),
                Some(0 | 2 | 3) => Err(Discard::AuthMalformed),
                Some(1) => Err(Discard::AuthKey),
                Some(_) => Err(Discard::AuthFailure),
            };
            let mut receiver = Association::new(ring(Mode::Enforce, 1, &[(1, KEY)]));
            assert_eq!(sent.to(&mut receiver, &changed, THEN), expected, "{place}");
        }
    }
}

#[test]
fn the_sender_and_the_family_are_bound() {
    for (sent, image) in images() {
        let stranger = Sent::new(Version::V3, if sent.source.is_ipv4() { "198.51.100.11" } else { "fe80::11" });
        let stranger = Sent { destination: sent.destination, ..stranger };
        let mut moved = image.clone();
        moved[6..8].fill(0);
        sum(&Draft { dialect: Dialect::MessageOnly, ..stranger.draft() }, trailer::length(), &mut moved);
        let mut receiver = Association::new(ring(Mode::Enforce, 1, &[(1, KEY)]));
        assert_eq!(stranger.to(&mut receiver, &moved, THEN), Err(Discard::AuthFailure));
    }
}

#[test]
fn a_recorded_advertisement_is_replayed_within_the_window_and_stale_beyond() {
    let sent = Sent::new(Version::V3, "192.0.2.1");
    let keys = ring(Mode::Enforce, 1, &[(1, KEY)]);
    let (mut sender, mut receiver) = (Association::new(keys.clone()), Association::new(keys));
    let first = sent.by(&mut sender, NOW);
    let second = sent.by(&mut sender, NOW);
    assert_eq!(sent.to(&mut receiver, &second, NOW), Ok(true));
    assert_eq!(sent.to(&mut receiver, &second, NOW), Err(Discard::AuthReplay));
    assert_eq!(sent.to(&mut receiver, &first, NOW), Err(Discard::AuthReplay), "an older one");
    let late = |seconds| NOW + Duration::from_secs(seconds);
    assert_eq!(sent.to(&mut receiver, &second, late(5)), Err(Discard::AuthReplay));
    assert_eq!(sent.to(&mut receiver, &second, late(6)), Err(Discard::AuthStale));
    // A receiver that has just started knows no number; the window alone protects it.
    let mut fresh = Association::new(ring(Mode::Enforce, 1, &[(1, KEY)]));
    assert_eq!(sent.to(&mut fresh, &second, late(6)), Err(Discard::AuthStale));
    assert_eq!(sent.to(&mut fresh, &second, late(5)), Ok(true));
    assert_eq!(sent.to(&mut fresh, &second, late(5)), Err(Discard::AuthReplay));
}

#[test]
fn a_refusal_tells_what_a_person_wants_to_know() {
    let sent = Sent::new(Version::V3, "192.0.2.1");
    let keys = ring(Mode::Enforce, 1, &[(1, KEY)]);
    let bytes = sent.by(&mut Association::new(keys.clone()), NOW);
    let told = |keys: &Keys, now| {
        let refusal = Association::new(keys.clone()).open(&sent.packet(&bytes, false), now).unwrap_err();
        format!("{}: {}", refusal.discard, refusal.detail)
    };
    let hour = Duration::from_secs(3600);
    assert_eq!(told(&keys, NOW + hour), "auth-stale: its clock is 3600 s behind, or it was recorded");
    assert_eq!(told(&keys, NOW - hour), "auth-stale: its clock is 3600 s ahead");
    assert_eq!(told(&ring(Mode::Enforce, 2, &[(2, KEY)]), NOW), "auth-unknown-key: it has key 1");
}

#[test]
fn numbers_grow_within_one_moment_and_follow_a_corrected_clock() {
    let window = Window::Within(Duration::from_secs(5));
    let mut last = None;
    for _ in 0..100_000 {
        let number = next(last, window, NOW);
        assert!(last.is_none_or(|last| number.is_after(last)));
        last = Some(number);
    }
    assert!(last.is_some_and(|last| last.ahead_of(NOW) <= 1), "more than a second's worth in a moment");
    let back = NOW - Duration::from_secs(3600);
    assert_eq!(next(last, window, back), Number::of(back), "nobody would take the old ones for an hour");
    assert!(next(last, Window::Unlimited, back).is_after(last.unwrap()), "only their order counts");
    let slightly = NOW - Duration::from_secs(2);
    assert!(next(last, window, slightly).is_after(last.unwrap()));
}

/// The seconds of 32 bits run over in 2106.
#[test]
fn numbers_pass_the_year_2106() {
    let before = Duration::from_secs(u64::from(u32::MAX));
    let after = before + Duration::from_secs(2);
    assert!(Number::of(after).is_after(Number::of(before)) && !Number::of(before).is_after(Number::of(after)));
    assert_eq!((Number::of(after).ahead_of(before), Number::of(before).ahead_of(after)), (2, -2));
}

#[test]
fn a_mark_that_left_the_window_keeps_nobody_out() {
    let sent = Sent::new(Version::V3, "192.0.2.1");
    let keys = ring(Mode::Enforce, 1, &[(1, KEY)]);
    let mut receiver = Association::new(keys.clone());
    let ahead = NOW + Duration::from_secs(4);
    let bytes = sent.by(&mut Association::new(keys.clone()), ahead);
    assert_eq!(sent.to(&mut receiver, &bytes, NOW), Ok(true));
    // Both clocks are set back by an hour.
    let back = NOW - Duration::from_secs(3600);
    let bytes = sent.by(&mut Association::new(keys), back);
    assert_eq!(sent.to(&mut receiver, &bytes, back), Ok(true));
}

#[test]
fn the_modes_send_and_ask_what_they_say() {
    let sent = Sent::new(Version::V3, "192.0.2.1");
    let of = |mode| Association::new(ring(mode, 1, &[(1, KEY)]));
    let result = |from, to| {
        let bytes = sent.by(&mut of(from), NOW);
        sent.to(&mut of(to), &bytes, NOW)
    };
    let modes = [Mode::ReceiveOnly, Mode::Permissive, Mode::Enforce];
    for to in modes {
        assert_eq!(result(Mode::Permissive, to), Ok(true), "{to:?}");
        assert_eq!(result(Mode::Enforce, to), Ok(true), "{to:?}");
    }
    assert_eq!(result(Mode::ReceiveOnly, Mode::ReceiveOnly), Ok(false));
    assert_eq!(result(Mode::ReceiveOnly, Mode::Permissive), Ok(false));
    assert_eq!(result(Mode::ReceiveOnly, Mode::Enforce), Err(Discard::AuthMissing));
    // What is there is verified in every mode.
    for to in modes {
        let forged = sent.by(&mut Association::new(ring(Mode::Enforce, 1, &[(1, &[8; 32])])), NOW);
        assert_eq!(sent.to(&mut of(to), &forged, NOW), Err(Discard::AuthFailure), "{to:?}");
    }
}

#[test]
fn keys_are_exchanged_without_a_gap() {
    let sent = Sent::new(Version::V3, "192.0.2.1");
    let new: &[u8] = &[9; 32];
    let stages = [
        ring(Mode::Enforce, 1, &[(1, KEY)]),
        ring(Mode::Enforce, 1, &[(1, KEY), (2, new)]),
        ring(Mode::Enforce, 2, &[(1, KEY), (2, new)]),
        ring(Mode::Enforce, 2, &[(2, new)]),
    ];
    let mut hosts = [Association::new(stages[0].clone()), Association::new(stages[0].clone())];
    let mut now = NOW;
    for stage in &stages {
        for host in 0..2 {
            hosts[host].set_keys(stage.clone());
            for from in 0..2 {
                now += Duration::from_secs(1);
                let bytes = sent.by(&mut hosts[from], now);
                let to = &mut hosts[1 - from];
                assert_eq!(sent.to(to, &bytes, now), Ok(true), "{stage:?}");
                assert_eq!(sent.to(to, &bytes, now), Err(Discard::AuthReplay), "the memory was lost");
            }
        }
    }
}

#[test]
fn many_senders_are_remembered_and_no_more() {
    let keys = ring(Mode::Enforce, 1, &[(1, KEY)]);
    let mut receiver = Association::new(keys.clone());
    for host in 1..=255 {
        let sent = Sent::new(Version::V3, &format!("192.0.2.{host}"));
        let bytes = sent.by(&mut Association::new(keys.clone()), NOW);
        assert_eq!(sent.to(&mut receiver, &bytes, NOW), Ok(true));
        assert_eq!(sent.to(&mut receiver, &bytes, NOW), Err(Discard::AuthReplay));
    }
    assert!(format!("{receiver:?}").matches("192.0.2.").count() <= 32);
}
