//! Echo requests and replies of both families (RFC 792; RFC 4443, section 4): whoever answers one is reached.

use super::checksum::Sum;
use crate::id::Family;

/// The ICMP type of an echo reply.
pub const REPLY_V4: u8 = 0;
/// The ICMPv6 type of an echo reply.
pub const REPLY_V6: u8 = 129;
const REQUEST_V4: u8 = 8;
const REQUEST_V6: u8 = 128;
/// How long a request is, with eight bytes that mean nothing.
const LENGTH: usize = 16;

/// Writes a request. That of IPv6 has no checksum, which the kernel writes: it covers the source address.
#[must_use]
pub fn request(family: Family, identifier: u16, sequence: u16) -> [u8; LENGTH] {
    let [i0, i1] = identifier.to_be_bytes();
    let [s0, s1] = sequence.to_be_bytes();
    let message = |kind: u8, [c0, c1]: [u8; 2]| [kind, 0, c0, c1, i0, i1, s0, s1, 0, 0, 0, 0, 0, 0, 0, 0];
    match family {
        Family::V4 => message(REQUEST_V4, Sum::new().bytes(&message(REQUEST_V4, [0, 0])).checksum()),
        Family::V6 => message(REQUEST_V6, [0, 0]),
    }
}

/// Reads the sequence number of a reply to a request with this identifier, from its ICMP header on.
#[must_use]
pub fn reply(family: Family, identifier: u16, message: &[u8]) -> Option<u16> {
    let [kind, code, _, _, i0, i1, s0, s1] = *message.first_chunk::<8>()?;
    let expected = match family {
        Family::V4 => REPLY_V4,
        Family::V6 => REPLY_V6,
    };
    let ours = (kind, code, u16::from_be_bytes([i0, i1])) == (expected, 0, identifier);
    ours.then(|| u16::from_be_bytes([s0, s1]))
}

/// What follows the IPv4 header of a packet, as a raw socket gives it.
#[must_use]
pub fn ipv4_payload(packet: &[u8]) -> Option<&[u8]> {
    let first = *packet.first()?;
    let header = usize::from(first & 0x0f) * 4;
    (first >> 4 == 4 && header >= 20).then_some(())?;
    packet.get(header..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_its_numbers_and_a_right_sum() {
        let message = request(Family::V4, 0x1234, 7);
        assert_eq!((message[0], &message[4..8]), (8, &[0x12, 0x34, 0, 7][..]));
        assert!(Sum::new().bytes(&message).is_right());
        assert_eq!(request(Family::V6, 0x1234, 7)[..8], [128, 0, 0, 0, 0x12, 0x34, 0, 7]);
    }

    #[test]
    fn a_reply_to_somebody_else_is_none() {
        for (family, kind) in [(Family::V4, REPLY_V4), (Family::V6, REPLY_V6)] {
            let mut message = request(family, 0x1234, 7);
            assert_eq!(reply(family, 0x1234, &message), None, "a request");
            message[0] = kind;
            assert_eq!(reply(family, 0x1234, &message), Some(7));
            assert_eq!(reply(family, 0x1235, &message), None);
            for length in 0..8 {
                assert_eq!(reply(family, 0x1234, &message[..length]), None, "{length} bytes");
            }
            message[1] = 1;
            assert_eq!(reply(family, 0x1234, &message), None, "another code");
        }
    }

    #[test]
    fn what_follows_the_header_follows_its_options() {
        let mut packet = [0; 32];
        packet[0] = 0x46;
        packet[24] = 9;
        assert_eq!(ipv4_payload(&packet).unwrap()[0], 9);
        for first in [0x65, 0x44, 0x4f] {
            packet[0] = first;
            assert_eq!(ipv4_payload(&packet), None, "{first:x}");
        }
        assert_eq!(ipv4_payload(&[]), None);
    }
}
