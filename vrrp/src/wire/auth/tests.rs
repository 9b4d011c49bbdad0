use super::*;
use crate::id::{Family, Interval, Priority, Vrid};
use crate::wire::heartbeat::{self, Heartbeat};
use crate::wire::{Dialect, decode, glance, overhear};
use proptest::prelude::*;
use std::net::IpAddr;

mod hmac;
mod legacy;
mod strangers;
mod takeovers;

/// 2025-06-01, and half a second.
const NOW: Duration = Duration::new(1_748_736_000, 500_000_000);

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn secret(text: &[u8]) -> Secret {
    Secret::read(text, 1..=64).unwrap()
}

fn ring(mode: Mode, send: u8, keys: &[(u8, &[u8])]) -> Keys {
    let id = |id| KeyId::new(id).unwrap();
    let keys = keys.iter().map(|&(number, text)| (id(number), secret(text))).collect();
    Keys::Hmac(Ring { keys, send: id(send), mode, window: Window::Within(Duration::from_secs(5)) })
}

/// An advertisement of VRID 51 and priority 100 every second.
struct Sent {
    version: Version,
    source: IpAddr,
    destination: IpAddr,
    addresses: Vec<IpAddr>,
}

impl Sent {
    fn new(version: Version, source: &str) -> Self {
        let source = address(source);
        let addresses = match source {
            IpAddr::V4(_) => vec![address("192.0.2.10"), address("192.0.2.11")],
            IpAddr::V6(_) => vec![address("fe80::10"), address("2001:db8::10")],
        };
        Self { version, source, destination: Family::of(source).group(), addresses }
    }

    fn draft(&self) -> Draft<'_> {
        Draft {
            version: self.version,
            vrid: Vrid::new(51).unwrap(),
            priority: Some(Priority::DEFAULT),
            interval: Interval::DEFAULT,
            dialect: Dialect::PseudoHeader,
            source: self.source,
            destination: self.destination,
            addresses: &self.addresses,
        }
    }

    fn by(&self, sender: &mut Association, now: Duration) -> Vec<u8> {
        let stamp = sender.stamp(now);
        let mut out = Vec::new();
        sender.encode(&self.draft(), stamp, &mut out);
        out
    }

    fn packet<'a>(&self, bytes: &'a [u8], sealed: bool) -> Packet<'a> {
        match sealed {
            true => Packet::from_ipv4(bytes).unwrap(),
            false => {
                let Self { source, destination, .. } = *self;
                Packet { source, destination, hop_limit: 255, payload: bytes, seal: None }
            }
        }
    }

    fn to(&self, receiver: &mut Association, bytes: &[u8], now: Duration) -> Result<bool, Discard> {
        let packet = self.packet(bytes, receiver.seals_packets());
        receiver.open(&packet, now).map(|opened| opened.authentic).map_err(|refusal| refusal.discard)
    }
}

/// Everything that can be sent, with keys that fit.
fn kinds() -> Vec<(Sent, Keys)> {
    let hmac = || ring(Mode::Enforce, 1, &[(1, &[7; 32])]);
    vec![
        (Sent::new(Version::V2, "192.0.2.1"), Keys::Password(secret(b"hunter2"))),
        (Sent::new(Version::V2, "192.0.2.1"), Keys::Ah(secret(b"hunter2"))),
        (Sent::new(Version::V2, "192.0.2.1"), hmac()),
        (Sent::new(Version::V3, "192.0.2.1"), hmac()),
        (Sent::new(Version::V3, "fe80::1"), hmac()),
    ]
}

#[test]
fn what_is_sent_is_what_is_received() {
    for (sent, keys) in kinds() {
        let (mut sender, mut receiver) = (Association::new(keys.clone()), Association::new(keys));
        for second in 0..100 {
            let now = NOW + Duration::from_secs(second);
            let bytes = sent.by(&mut sender, now);
            let packet = sent.packet(&bytes, sender.seals_packets());
            let opened = receiver.open(&packet, now).unwrap();
            assert!(opened.authentic);
            assert_eq!(opened.advertisement.addresses.iter().collect::<Vec<_>>(), sent.addresses);
            assert_eq!(opened.advertisement.vrid.get(), 51);
        }
    }
}

/// The same number may come over the link and over a heartbeat, each of which has a memory of its own.
#[test]
fn what_a_heartbeat_carries_is_authentic_too() {
    for (sent, keys) in kinds() {
        let (mut sender, mut receiver) = (Association::new(keys.clone()), Association::new(keys));
        let mut bytes = sent.by(&mut sender, NOW);
        match sender.seals_packets() {
            true => heartbeat::carry_sealed(sent.draft().vrid, &mut bytes),
            false => heartbeat::carry(sent.draft().vrid, sent.source, &mut bytes),
        }
        let far = address("203.0.113.1");
        let packet =
            Packet { source: far, destination: Family::V4.group(), hop_limit: 255, payload: &bytes, seal: None };
        let Ok(Heartbeat::Advertisement(inner)) = heartbeat::unwrap(&packet) else { panic!("{bytes:?}") };
        assert_eq!((inner.source, glance(&inner)), (sent.source, Some((sent.draft().vrid, sent.addresses[0]))));
        let opened = receiver.open(&inner, NOW).unwrap();
        assert!(opened.authentic);
        let memory = matches!(receiver.keys, Keys::Ah(_) | Keys::Hmac(_));
        assert_eq!(receiver.open(&inner, NOW).is_err(), memory);
    }
}

#[test]
fn a_router_without_authentication_takes_none_of_it() {
    for (sent, keys) in kinds() {
        let mut sender = Association::new(keys);
        let bytes = sent.by(&mut sender, NOW);
        assert_eq!(decode(&sent.packet(&bytes, sender.seals_packets())), Err(Discard::AuthType));
    }
}

/// Who has no secret, and only wants to know who is there, reads all of it.
#[test]
fn whatever_authenticates_is_overheard_and_named() {
    for ((sent, keys), name) in kinds().into_iter().zip(["password", "ah", "hmac-sha256", "hmac-sha256", "hmac-sha256"])
    {
        let mut sender = Association::new(keys);
        let bytes = sent.by(&mut sender, NOW);
        let (heard, auth) = overhear(&sent.packet(&bytes, sender.seals_packets())).unwrap();
        assert_eq!((heard.addresses.iter().collect::<Vec<_>>(), auth), (sent.addresses.clone(), Some(name)));
        let mut plain = Vec::new();
        crate::wire::encode(&sent.draft(), &mut plain);
        let plain = sent.packet(&plain, false);
        assert_eq!(overhear(&plain), decode(&plain).map(|heard| (heard, None)));
    }
}

#[test]
fn one_kind_is_not_another() {
    for (sent, keys) in kinds() {
        let mut sender = Association::new(keys.clone());
        let bytes = sent.by(&mut sender, NOW);
        for (_, other) in kinds() {
            if std::mem::discriminant(&other) == std::mem::discriminant(&keys) {
                continue;
            }
            let expected = match (&other, sent.version) {
                (Keys::Password(_) | Keys::Ah(_), Version::V3) => Discard::VersionMismatch,
                (Keys::Password(_) | Keys::Ah(_) | Keys::Hmac(_), _) => Discard::AuthType,
            };
            let refusal = Association::new(other).open(&sent.packet(&bytes, sender.seals_packets()), NOW).unwrap_err();
            assert_eq!(refusal.discard, expected);
        }
    }
}

#[test]
fn what_is_not_authenticated_is_missing_that() {
    for (sent, keys) in kinds() {
        let mut plain = Vec::new();
        crate::wire::encode(&sent.draft(), &mut plain);
        let packet = sent.packet(&plain, false);
        assert_eq!(Association::new(keys).open(&packet, NOW).unwrap_err().discard, Discard::AuthMissing);
    }
}

#[test]
fn another_secret_is_a_failure_and_leaves_no_trace() {
    for (sent, keys) in kinds() {
        let other = match &keys {
            Keys::Password(_) => Keys::Password(secret(b"hunter3")),
            Keys::Ah(_) => Keys::Ah(secret(b"hunter3")),
            Keys::Hmac(_) => ring(Mode::Enforce, 1, &[(1, &[8; 32])]),
        };
        let (mut sender, mut receiver) = (Association::new(keys.clone()), Association::new(keys));
        let mut forger = Association::new(other);
        let later = NOW + Duration::from_secs(1);
        let forged = sent.by(&mut forger, later);
        assert_eq!(sent.to(&mut receiver, &forged, NOW), Err(Discard::AuthFailure));
        let bytes = sent.by(&mut sender, NOW);
        assert_eq!(sent.to(&mut receiver, &bytes, NOW), Ok(true), "a forged number was remembered");
    }
}

#[test]
fn what_is_not_one_message_alone_is_discarded() {
    for (sent, keys) in kinds() {
        let mut sender = Association::new(keys.clone());
        let bytes = sent.by(&mut sender, NOW);
        let (mut receiver, sealed) = (Association::new(keys), sender.seals_packets());
        let mut longer = bytes.clone();
        longer.push(0);
        if sealed {
            longer[3] += 1;
        }
        let refusal = receiver.open(&sent.packet(&longer, sealed), NOW).unwrap_err();
        assert!(matches!(refusal.discard, Discard::Trailing), "{refusal:?}");
    }
}

#[test]
fn no_debug_output_shows_a_secret() {
    for (_, keys) in kinds() {
        let shown = format!("{:?}", Association::new(keys));
        assert!(shown.contains("Secret") && !shown.contains("hunter2") && !shown.contains("7, 7"), "{shown}");
    }
}
