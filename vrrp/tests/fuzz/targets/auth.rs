//! What is authenticated: packets that are made up, and true ones that somebody has changed on their way.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use vrrp::id::{Family, Interval, Priority, Version, Vrid};
use vrrp::wire::auth::{Association, KeyId, Keys, Mode, Ring, Secret, Window};
use vrrp::wire::{Dialect, Draft, Packet};

/// 2025-06-01.
const NOW: Duration = Duration::from_secs(1_748_736_000);

/// Three bytes that choose, the number of changes, four bytes for each, and a packet.
pub(crate) fn auth(bytes: &[u8]) {
    let Some((&[kind, clock, addresses, changes], rest)) = bytes.split_first_chunk::<4>() else { return };
    let _ = Secret::read(rest, 1..=64);
    let (changes, packet) = rest.split_at(rest.len().min(4 * usize::from(changes % 8)));
    made_up(kind, NOW + Duration::from_secs(clock.into()), packet);
    changed(kind, clock, addresses, changes);
}

/// Nobody who has no key is believed.
fn made_up(kind: u8, now: Duration, bytes: &[u8]) {
    let Ok(packet) = Packet::from_link(bytes) else { return };
    let mut association = Association::new(keys(kind));
    for _ in 0..2 {
        if let Ok(opened) = association.open(&packet, now) {
            let password = matches!(keys(kind), Keys::Password(_));
            assert!(password || !opened.authentic, "a packet without a key is authentic: {bytes:02x?}");
        }
    }
}

/// A true advertisement is taken once, and a changed one never as anything else than it was.
fn changed(kind: u8, clock: u8, addresses: u8, changes: &[u8]) {
    let v6 = clock & 1 == 1 && matches!(keys(kind), Keys::Hmac(_));
    let version = match keys(kind) {
        Keys::Hmac(_) if clock & 2 == 2 || v6 => Version::V3,
        Keys::Hmac(_) | Keys::Password(_) | Keys::Ah(_) => Version::V2,
    };
    let address = |n: u8| -> IpAddr {
        match v6 {
            true => IpAddr::from([0xfe80, 0, 0, 0, 0, 0, 0, u16::from(n)]),
            false => IpAddr::from([192, 0, 2, n]),
        }
    };
    let addresses: Vec<IpAddr> = (0..addresses % 20 + 1).map(|n| address(n + 10)).collect();
    let source = address(1);
    let draft = Draft {
        version,
        vrid: Vrid::new(51).expect("a number"),
        priority: Priority::new(clock),
        interval: Interval::DEFAULT,
        dialect: if clock & 4 == 4 { Dialect::PseudoHeader } else { Dialect::MessageOnly },
        source,
        destination: Family::of(source).group(),
        addresses: &addresses,
    };
    let mut sender = Association::new(keys(kind));
    let stamp = sender.stamp(NOW);
    let mut sent = Vec::new();
    sender.encode(&draft, stamp, &mut sent);
    let mut damaged = sent.clone();
    for change in changes.chunks_exact(4) {
        let at = usize::from(u16::from_be_bytes([change[0], change[1]]));
        match damaged.get_mut(at) {
            Some(byte) => *byte ^= change[2],
            None => damaged.truncate(usize::from(change[3])),
        }
    }
    let sealed = sender.seals_packets();
    let mut receiver = Association::new(keys(kind));
    let mut taken = false;
    if let Some(packet) = view(&damaged, sealed, &draft)
        && let Ok(opened) = receiver.open(&packet, NOW)
        && opened.authentic
    {
        taken = true;
        let heard = opened.advertisement;
        // A password authenticates who sent something, not what was sent.
        if !matches!(keys(kind), Keys::Password(_)) {
            assert_eq!((packet.source, heard.version, heard.vrid), (source, version, draft.vrid), "{damaged:02x?}");
            assert_eq!((heard.priority, heard.interval), (draft.priority, draft.interval), "{damaged:02x?}");
            assert_eq!(heard.addresses.iter().collect::<Vec<_>>(), addresses, "{damaged:02x?}");
        }
    }
    let whole = view(&sent, sealed, &draft).expect("what is sent is a packet");
    let authentic = |receiver: &mut Association| receiver.open(&whole, NOW).is_ok_and(|opened| opened.authentic);
    let numbered = !matches!(keys(kind), Keys::Password(_) | Keys::Hmac(Ring { mode: Mode::ReceiveOnly, .. }));
    if numbered {
        // What was refused is not remembered: it cannot keep the true one away.
        assert_eq!(authentic(&mut receiver), !taken, "{damaged:02x?}");
        assert!(!authentic(&mut receiver), "a recorded packet is taken again: {sent:02x?}");
    }
}

/// What was sent, as the receiver's socket hands it over.
fn view<'a>(bytes: &'a [u8], sealed: bool, draft: &Draft<'_>) -> Option<Packet<'a>> {
    match sealed {
        true => Packet::from_ipv4(bytes).ok(),
        false => {
            let (source, destination) = (draft.source, draft.destination);
            Some(Packet { source, destination, hop_limit: 255, payload: bytes, seal: None })
        }
    }
}

fn keys(kind: u8) -> Keys {
    let secret = |text: &[u8]| Secret::read(text, 1..=64).expect("a secret");
    let id = |id| KeyId::new(id).expect("an identifier");
    let hmac = |mode, window| {
        let keys = BTreeMap::from([
            (id(1), secret(b"hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")),
            (id(200), secret(b"a second secret that has more than 32 bytes")),
        ]);
        Keys::Hmac(Ring { keys, send: id(1 + 199 * (kind >> 7)), mode, window })
    };
    let within = Window::Within(Duration::from_secs(5));
    match kind % 6 {
        0 => Keys::Password(secret(b"hunter2")),
        1 => Keys::Ah(secret(b"hunter2")),
        2 => hmac(Mode::Enforce, within),
        3 => hmac(Mode::Permissive, within),
        4 => hmac(Mode::ReceiveOnly, within),
        _ => hmac(Mode::Enforce, Window::Unlimited),
    }
}
