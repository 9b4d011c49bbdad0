//! The wire: bytes into advertisements and back, and the frames that announce addresses.
//!
//! Every decoder is total: whatever the bytes are, it gives a value or the one [`Discard`] that names what is wrong.

use std::net::{IpAddr, Ipv4Addr};

use crate::id::{Family, Vrid};

pub mod advertisement;
pub mod arp;
pub mod auth;
mod checksum;
pub mod discard;
pub mod echo;
pub mod frame;
pub mod heartbeat;
pub mod neighbor;
pub mod router;
mod unchecked;

pub use advertisement::{Addresses, Advertisement, Dialect, Draft, decode, encode, glance, overhear};
pub use discard::Discard;

/// The number of VRRP among the protocols of IP (RFC 9568, section 5.1.1.4).
pub const PROTOCOL: u8 = 112;

/// The TTL or hop limit that every packet of the protocol has: proof that no router forwarded it.
pub const HOP_LIMIT: u8 = 255;

/// The TOS or traffic class of advertisements: class selector 6, internetwork control.
pub const TRAFFIC_CLASS: u8 = 0xc0;

/// The contents of an IP packet of protocol 112, with what its header said and what sealed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Who sent it.
    pub source: IpAddr,
    /// Whom it was sent to: the group or one of our addresses.
    pub destination: IpAddr,
    /// Its TTL or hop limit on arrival.
    pub hop_limit: u8,
    /// What follows the IP header, its options or extensions, and the authentication header.
    pub payload: &'a [u8],
    /// The IPv4 authentication header, if there was one.
    pub seal: Option<auth::Seal<'a>>,
}

impl<'a> Packet<'a> {
    /// Takes a packet as a raw IPv4 socket hands it over: the header with its options, perhaps an authentication header,
    /// the payload, and whatever padding the link added.
    ///
    /// The header's own checksum is not verified. The kernel has done that, and may have filled in options since.
    ///
    /// # Errors
    /// [`Discard::IpHeader`] if this is not one whole IPv4 packet of protocol 112, by itself or behind an authentication
    /// header; [`Discard::AuthMalformed`] if it is behind one of another form than VRRP's.
    pub fn from_ipv4(bytes: &'a [u8]) -> Result<Self, Discard> {
        let header = bytes.first_chunk::<20>().ok_or(Discard::IpHeader)?;
        let [first, _tos, t0, t1, _, _, f0, f1, hop_limit, protocol, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = *header;
        let header_length = usize::from(first & 0x0f) * 4;
        let total_length = usize::from(u16::from_be_bytes([t0, t1]));
        // More fragments to come, or not the first one: the kernel reassembles, so neither belongs here.
        let fragment = u16::from_be_bytes([f0, f1]) & 0x3fff != 0;
        if first >> 4 != 4 || header_length < header.len() || fragment {
            return Err(Discard::IpHeader);
        }
        let payload = bytes.get(header_length..total_length).ok_or(Discard::IpHeader)?;
        let (seal, payload) = match protocol {
            PROTOCOL => (None, payload),
            auth::AH_PROTOCOL => {
                let header = bytes.get(..header_length).ok_or(Discard::IpHeader)?;
                let (seal, payload) = auth::Seal::split(header, payload)?;
                (Some(seal), payload)
            }
            _ => return Err(Discard::IpHeader),
        };
        Ok(Self {
            source: Ipv4Addr::new(s0, s1, s2, s3).into(),
            destination: Ipv4Addr::new(d0, d1, d2, d3).into(),
            hop_limit,
            payload,
            seal,
        })
    }

    /// The family of its source.
    #[must_use]
    pub const fn family(&self) -> Family {
        Family::of(self.source)
    }

    /// The virtual router that it seems to be meant for: the second byte, which nothing has verified yet.
    ///
    /// It tells in whose counters a discard belongs, and nothing else.
    #[must_use]
    pub fn claimed_vrid(&self) -> Option<Vrid> {
        self.payload.get(1).copied().and_then(Vrid::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header of 20 bytes from 192.0.2.1 to 224.0.0.18, total length 24, and four bytes of payload.
    const PLAIN: [u8; 24] = [0x45, 0xc0, 0, 24, 0, 0, 0x40, 0, 255, 112, 0, 0, 192, 0, 2, 1, 224, 0, 0, 18, 1, 2, 3, 4];

    fn changed(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut bytes = PLAIN.to_vec();
        change(&mut bytes);
        bytes
    }

    #[test]
    fn a_plain_packet_is_taken_apart() {
        let packet = Packet::from_ipv4(&PLAIN).unwrap();
        assert_eq!(packet.source, IpAddr::from([192, 0, 2, 1]));
        assert_eq!(packet.destination, Family::V4.group());
        assert_eq!(packet.hop_limit, 255);
        assert_eq!(packet.payload, [1, 2, 3, 4]);
        assert_eq!(packet.claimed_vrid(), Vrid::new(2));
    }

    #[test]
    fn padding_after_the_total_length_is_left_out() {
        let padded = changed(|bytes| bytes.extend([0; 22]));
        assert_eq!(Packet::from_ipv4(&padded), Packet::from_ipv4(&PLAIN));
    }

    #[test]
    fn options_are_skipped() {
        for words in 1..=10 {
            let with_options = changed(|bytes| {
                bytes[0] += words;
                bytes[3] += words * 4;
                bytes.splice(20..20, vec![1; usize::from(words) * 4]);
            });
            assert_eq!(Packet::from_ipv4(&with_options), Packet::from_ipv4(&PLAIN), "{words} words");
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        for length in 0..PLAIN.len() {
            assert_eq!(Packet::from_ipv4(&PLAIN[..length]), Err(Discard::IpHeader), "{length} bytes");
        }
    }

    #[test]
    fn absurd_headers_are_noticed() {
        let absurd = [
            ("version 6", changed(|bytes| bytes[0] = 0x65)),
            ("header of 16 bytes", changed(|bytes| bytes[0] = 0x44)),
            ("header of 0 bytes", changed(|bytes| bytes[0] = 0x40)),
            ("header longer than the packet", changed(|bytes| bytes[0] = 0x47)),
            ("total length within the header", changed(|bytes| bytes[3] = 19)),
            ("total length 0", changed(|bytes| bytes[3] = 0)),
            ("first fragment", changed(|bytes| bytes[6] = 0x20)),
            ("last fragment", changed(|bytes| bytes[7] = 1)),
            ("another protocol", changed(|bytes| bytes[9] = 17)),
        ];
        for (what, bytes) in absurd {
            assert_eq!(Packet::from_ipv4(&bytes), Err(Discard::IpHeader), "{what}");
        }
    }

    #[test]
    fn an_empty_payload_is_a_packet() {
        let empty = changed(|bytes| bytes[3] = 20);
        let packet = Packet::from_ipv4(&empty).unwrap();
        assert_eq!(packet.payload, [0_u8; 0]);
        assert_eq!(packet.claimed_vrid(), None);
    }
}
