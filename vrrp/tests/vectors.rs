//! Advertisements that other implementations put on the wire: each decodes to its fields and encodes to the same bytes.
#![expect(clippy::unwrap_used, reason = "a test may fail by it")]

use std::net::IpAddr;

use serde_json::Value;
use vrrp::id::{Interval, Priority, Version, Vrid};
use vrrp::wire::{Dialect, Discard, Draft, Packet, decode, encode};

/// One entry of the file.
struct Vector {
    name: String,
    payload: Vec<u8>,
    version: Version,
    vrid: Vrid,
    priority: Option<Priority>,
    interval: Interval,
    dialect: Dialect,
    source: IpAddr,
    destination: IpAddr,
    addresses: Vec<IpAddr>,
}

impl Vector {
    fn all() -> Vec<Self> {
        let file: Vec<Value> = serde_json::from_str(include_str!("vectors/advertisements.json")).unwrap();
        assert!(file.len() >= 10, "the file lost its vectors");
        file.iter().map(Self::read).collect()
    }

    fn read(entry: &Value) -> Self {
        let text = |key: &str| entry[key].as_str().unwrap();
        let address = |key: &str| text(key).parse().unwrap();
        let byte = |key: &str| u8::try_from(entry[key].as_u64().unwrap()).unwrap();
        let interval = u16::try_from(entry["adver_int"].as_u64().unwrap()).unwrap();
        Self {
            name: text("name").to_owned(),
            payload: from_hex(text("payload_hex")),
            version: match byte("version") {
                2 => Version::V2,
                3 => Version::V3,
                other => panic!("version {other}"),
            },
            vrid: Vrid::new(byte("vrid")).unwrap(),
            priority: Priority::new(byte("priority")),
            interval: match text("unit") {
                "s" => Interval::from_centiseconds(interval * 100).unwrap(),
                "cs" => Interval::from_centiseconds(interval).unwrap(),
                other => panic!("unit {other}"),
            },
            dialect: match text("checksum_mode") {
                "pseudo" => Dialect::PseudoHeader,
                "message" => Dialect::MessageOnly,
                other => panic!("checksum {other}"),
            },
            source: address("src"),
            destination: address("dst"),
            addresses: entry["addresses"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it.as_str().unwrap().parse().unwrap())
                .collect(),
        }
    }

    fn packet<'a>(&self, payload: &'a [u8]) -> Packet<'a> {
        Packet { source: self.source, destination: self.destination, hop_limit: 255, payload, seal: None }
    }

    fn draft(&self) -> Draft<'_> {
        let Self { version, vrid, priority, interval, dialect, source, destination, .. } = *self;
        Draft { version, vrid, priority, interval, dialect, source, destination, addresses: &self.addresses }
    }
}

fn from_hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).unwrap();
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

#[test]
fn every_vector_decodes_to_its_fields() {
    for vector in Vector::all() {
        let heard =
            decode(&vector.packet(&vector.payload)).unwrap_or_else(|reason| panic!("{}: {reason}", vector.name));
        assert_eq!(heard.version, vector.version, "{}", vector.name);
        assert_eq!(heard.vrid, vector.vrid, "{}", vector.name);
        assert_eq!(heard.priority, vector.priority, "{}", vector.name);
        assert_eq!(heard.interval, vector.interval, "{}", vector.name);
        assert_eq!(heard.dialect, vector.dialect, "{}", vector.name);
        assert_eq!(heard.addresses.iter().collect::<Vec<_>>(), vector.addresses, "{}", vector.name);
    }
}

#[test]
fn every_vector_encodes_to_its_bytes() {
    let mut payload = Vec::new();
    for vector in Vector::all() {
        encode(&vector.draft(), &mut payload);
        assert_eq!(payload, vector.payload, "{}", vector.name);
    }
}

/// One's complement notices every single bit, so a damaged packet passes only where it cannot be told: never.
#[test]
fn no_vector_survives_a_flipped_bit() {
    for vector in Vector::all() {
        for bit in 0..vector.payload.len() * 8 {
            let mut damaged = vector.payload.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let result = decode(&vector.packet(&damaged));
            assert!(result.is_err(), "{}, bit {bit}: {result:?}", vector.name);
        }
    }
}

#[test]
fn no_vector_survives_a_cut_or_a_hop() {
    for vector in Vector::all() {
        for length in 0..vector.payload.len() {
            let cut = vector.packet(&vector.payload[..length]);
            assert_eq!(decode(&cut), Err(Discard::Truncated), "{}, {length} bytes", vector.name);
        }
        let forwarded = Packet { hop_limit: 254, ..vector.packet(&vector.payload) };
        assert_eq!(decode(&forwarded), Err(Discard::HopLimit), "{}", vector.name);
    }
}

/// Both dialects of one message are in the file: each is told by its own sum.
#[test]
fn a_pseudo_header_binds_a_message_to_its_sender() {
    for vector in Vector::all() {
        let stranger: IpAddr = if vector.source.is_ipv4() { "198.51.100.77" } else { "fe80::77" }.parse().unwrap();
        let moved = Packet { source: stranger, ..vector.packet(&vector.payload) };
        match vector.dialect {
            Dialect::PseudoHeader => assert_eq!(decode(&moved), Err(Discard::Checksum), "{}", vector.name),
            Dialect::MessageOnly => assert!(decode(&moved).is_ok(), "{}", vector.name),
        }
    }
}
