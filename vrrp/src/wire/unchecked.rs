//! IP packets as they came off a link, of which the kernel has verified nothing.

use std::net::Ipv6Addr;

use super::checksum::Sum;
use super::{Discard, PROTOCOL, Packet};

impl<'a> Packet<'a> {
    /// Takes a packet from its first byte on, with whatever padding the link added.
    ///
    /// An IPv6 packet with extension headers is not taken: no router sends an advertisement with any.
    ///
    /// # Errors
    /// [`Discard::IpHeader`] if this is not one whole packet of protocol 112, or its header's checksum is wrong.
    pub fn from_link(bytes: &'a [u8]) -> Result<Self, Discard> {
        match bytes.first().map(|first| first >> 4) {
            Some(4) => {
                let packet = Self::from_ipv4(bytes)?;
                let header = bytes.first().map(|first| usize::from(first & 0x0f) * 4).and_then(|end| bytes.get(..end));
                let right = header.is_some_and(|header| Sum::new().bytes(header).is_right());
                if right { Ok(packet) } else { Err(Discard::IpHeader) }
            }
            Some(6) => Self::from_ipv6(bytes),
            Some(_) | None => Err(Discard::IpHeader),
        }
    }

    fn from_ipv6(bytes: &'a [u8]) -> Result<Self, Discard> {
        let (header, rest) = bytes.split_first_chunk::<40>().ok_or(Discard::IpHeader)?;
        let [_, _, _, _, l0, l1, next_header, hop_limit, addresses @ ..] = header;
        let (source, destination) = addresses.split_first_chunk::<16>().ok_or(Discard::IpHeader)?;
        let destination = destination.first_chunk::<16>().ok_or(Discard::IpHeader)?;
        if *next_header != PROTOCOL {
            return Err(Discard::IpHeader);
        }
        let payload = rest.get(..usize::from(u16::from_be_bytes([*l0, *l1]))).ok_or(Discard::IpHeader)?;
        Ok(Self {
            source: Ipv6Addr::from(*source).into(),
            destination: Ipv6Addr::from(*destination).into(),
            hop_limit: *hop_limit,
            payload,
            seal: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frame::{HEADER_LENGTH, advertisement};
    use std::net::IpAddr;

    /// A packet with four bytes of payload, as it leaves from a virtual MAC address.
    fn packet(source: &str) -> Vec<u8> {
        let mut frame = Vec::new();
        advertisement([0, 0, 0x5e, 0, 1, 51], source.parse().unwrap(), &[1, 2, 3, 4], &mut frame);
        frame.split_off(HEADER_LENGTH)
    }

    #[test]
    fn a_packet_of_either_family_is_taken_apart_and_its_padding_left_out() {
        for source in ["192.0.2.1", "fe80::1"] {
            let mut bytes = packet(source);
            bytes.extend([0; 22]);
            let packet = Packet::from_link(&bytes).unwrap();
            assert_eq!(packet.source, source.parse::<IpAddr>().unwrap());
            assert_eq!(packet.destination, packet.family().group());
            assert_eq!((packet.hop_limit, packet.payload), (255, [1, 2, 3, 4].as_slice()));
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        for source in ["192.0.2.1", "fe80::1"] {
            let bytes = packet(source);
            for length in 0..bytes.len() {
                assert_eq!(Packet::from_link(&bytes[..length]), Err(Discard::IpHeader), "{length} bytes from {source}");
            }
        }
    }

    #[test]
    fn what_the_kernel_would_have_refused_is_refused() {
        let changed = |source: &str, at: usize| {
            let mut bytes = packet(source);
            bytes[at] ^= 1;
            bytes
        };
        let wrong = [
            ("an IPv4 header that was damaged on its way", changed("192.0.2.1", 15)),
            ("another next header", changed("fe80::1", 6)),
            ("a version that does not exist", changed("192.0.2.1", 0).into_iter().map(|byte| byte | 0x80).collect()),
        ];
        for (what, bytes) in wrong {
            assert_eq!(Packet::from_link(&bytes), Err(Discard::IpHeader), "{what}");
        }
    }
}
