//! What is measured: what a daemon has the library do again and again.

use std::collections::BTreeSet;
use std::hint::black_box;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use vrrp::config::Checksum;
use vrrp::id::{Family, Interval, Priority, Version, Vrid};
use vrrp::machine::{Event, Handover, Heard, Kind, Parameters};
use vrrp::sync::Group;
use vrrp::wire::{Dialect, Draft, HOP_LIMIT, PROTOCOL, Packet, decode, encode};

/// How many virtual routers the round has.
const ROUTERS: u32 = 4000;

/// The names of the cases.
pub(crate) const NAMES: [&str; 9] = [
    "decode-ipv4",
    "decode-ipv6",
    "encode-ipv4",
    "encode-ipv6",
    "master-ipv4",
    "master-both",
    "backup-ipv4",
    "backup-both",
    "round-of-4000",
];

/// Makes what a case needs, and gives what does it once.
pub(crate) fn case(name: &str) -> Option<Box<dyn FnMut()>> {
    let (v4, both) = (&[Family::V4][..], &Family::ALL[..]);
    Some(match name {
        "decode-ipv4" => Box::new(decode_ipv4()),
        "decode-ipv6" => Box::new(decode_ipv6()),
        "encode-ipv4" => Box::new(encode_of(Family::V4)),
        "encode-ipv6" => Box::new(encode_of(Family::V6)),
        "master-ipv4" => Box::new(advertise(v4)),
        "master-both" => Box::new(advertise(both)),
        "backup-ipv4" => Box::new(hear(v4)),
        "backup-both" => Box::new(hear(both)),
        "round-of-4000" => Box::new(round()),
        _ => return None,
    })
}

/// A packet as a raw IPv4 socket hands it over.
fn decode_ipv4() -> impl FnMut() {
    let payload = payload(Family::V4);
    let total = u8::try_from(20 + payload.len()).unwrap_or(u8::MAX);
    let mut bytes = vec![0x45, 0xc0, 0, total, 0, 0, 0x40, 0, HOP_LIMIT, PROTOCOL, 0, 0, 192, 0, 2, 1, 224, 0, 0, 18];
    bytes.extend(payload);
    move || {
        let packet = Packet::from_ipv4(black_box(&bytes));
        assert!(black_box(packet.and_then(|packet| decode(&packet).map(|advert| advert.vrid))).is_ok());
    }
}

/// The payload of an IPv6 packet, as its socket hands it over.
fn decode_ipv6() -> impl FnMut() {
    let payload = payload(Family::V6);
    move || {
        let packet = Packet {
            source: source(Family::V6),
            destination: group(Family::V6),
            hop_limit: HOP_LIMIT,
            payload: black_box(&payload),
            seal: None,
        };
        assert!(black_box(decode(&packet)).is_ok());
    }
}

fn encode_of(family: Family) -> impl FnMut() {
    let mut payload = Vec::new();
    move || {
        encode(black_box(&draft(family, &[address(family)])), &mut payload);
        black_box(&payload);
    }
}

fn payload(family: Family) -> Vec<u8> {
    let mut payload = Vec::new();
    encode(&draft(family, &[address(family)]), &mut payload);
    payload
}

fn draft(family: Family, addresses: &[IpAddr]) -> Draft<'_> {
    Draft {
        version: Version::V3,
        vrid: Vrid::new(51).unwrap(),
        priority: Some(Priority::DEFAULT),
        interval: Interval::DEFAULT,
        dialect: Dialect::PseudoHeader,
        source: source(family),
        destination: group(family),
        addresses,
    }
}

/// A Master's turn, at its deadline: it advertises.
fn advertise(families: &[Family]) -> impl FnMut() + use<> {
    let mut group = master(families, Instant::now());
    move || {
        let now = group.deadline().unwrap();
        assert!(!black_box(group.expire(now)).is_empty());
    }
}

/// A Backup hears its Master, in each family.
fn hear(families: &[Family]) -> impl FnMut() + use<> {
    let mut now = Instant::now();
    let (mut group, count) = (backup(families, now), families.len());
    let heard = families.iter().map(|&family| heard(family)).collect::<Vec<_>>();
    move || {
        now += Interval::DEFAULT.duration();
        for (member, heard) in (0..count).zip(&heard) {
            black_box(group.handle(now, member, Event::Received(*heard)));
        }
        assert_eq!(group.kind(), Kind::Backup);
    }
}

/// Thousands of Masters take their turns in the order of their deadlines, each once.
fn round() -> impl FnMut() {
    let begin = Instant::now();
    let interval = Interval::DEFAULT.duration();
    let masters = (0..ROUTERS).map(|number| master(&[Family::V4], begin + interval * number / ROUTERS));
    let mut masters: Vec<Group> = masters.collect();
    let deadlines = masters.iter().zip(0..).map(|(group, id)| (group.deadline().unwrap(), id));
    let mut queue: BTreeSet<(Instant, usize)> = deadlines.collect();
    move || {
        for _ in 0..ROUTERS {
            let (now, id) = queue.pop_first().unwrap();
            let group = &mut masters[id];
            black_box(group.expire(now));
            queue.insert((group.deadline().unwrap(), id));
        }
    }
}

/// Virtual routers that have been Backup long enough to know their Master.
fn backup(families: &[Family], now: Instant) -> Group {
    let mut group = started(families, now);
    for (member, &family) in families.iter().enumerate() {
        let _ = group.handle(now, member, Event::Received(heard(family)));
    }
    assert_eq!(group.kind(), Kind::Backup);
    group
}

/// Virtual routers that have been Master long enough to do nothing but advertise.
fn master(families: &[Family], now: Instant) -> Group {
    let mut group = started(families, now);
    while group.kind() != Kind::Master {
        let now = group.deadline().unwrap();
        let _ = group.expire(now);
    }
    let now = group.deadline().unwrap();
    let _ = group.handle_all(now, &Event::Claimed);
    let settled = now + Duration::from_secs(60);
    while group.deadline().unwrap() < settled {
        let now = group.deadline().unwrap();
        let _ = group.expire(now);
    }
    group
}

fn started(families: &[Family], now: Instant) -> Group {
    let mut group = Group::new(families.iter().map(|&family| parameters(family)));
    let _ = group.handle_all(now, &Event::Startup);
    for (member, &family) in families.iter().enumerate() {
        let own = match family {
            Family::V4 => IpAddr::from([192, 0, 2, 2]),
            Family::V6 => IpAddr::from([0xfe80, 0, 0, 0, 0, 0, 0, 2]),
        };
        let _ = group.handle(now, member, Event::Usable(own));
    }
    group
}

fn parameters(family: Family) -> Parameters {
    Parameters {
        family,
        version: Version::V3,
        priority: Priority::DEFAULT,
        interval: Interval::DEFAULT,
        preempt: true,
        preempt_delay: Duration::ZERO,
        checksum: Checksum::Auto,
        handover: Handover { fast: true, drain: Duration::from_secs(5), linger: Duration::from_millis(500) },
    }
}

fn heard(family: Family) -> Heard {
    Heard {
        source: source(family),
        version: Version::V3,
        priority: Priority::new(200),
        interval: Interval::DEFAULT,
        dialect: Dialect::PseudoHeader,
    }
}

fn source(family: Family) -> IpAddr {
    match family {
        Family::V4 => IpAddr::from([192, 0, 2, 1]),
        Family::V6 => IpAddr::from([0xfe80, 0, 0, 0, 0, 0, 0, 1]),
    }
}

fn group(family: Family) -> IpAddr {
    match family {
        Family::V4 => IpAddr::from([224, 0, 0, 18]),
        Family::V6 => IpAddr::from([0xff02, 0, 0, 0, 0, 0, 0, 0x12]),
    }
}

fn address(family: Family) -> IpAddr {
    match family {
        Family::V4 => IpAddr::from([192, 0, 2, 10]),
        Family::V6 => IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x10]),
    }
}
