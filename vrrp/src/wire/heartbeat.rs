//! Heartbeats: an advertisement of one link, carried over another; or, between those, that a host is there at all.
//!
//! The format is this project's own. Its type is none that VRRP knows, so every other router on the link discards it.
//!
//! ```text
//!  byte
//!  0        version 3, type 2
//!  1        virtual router identifier; 0 in a heartbeat that carries nothing
//!  2        format, 1
//!  3        family of the virtual router, 4 or 6; 51 if a whole IPv4 packet follows the checksum; 0 in a heartbeat that carries nothing
//!  4, 5     reserved: zero when sent, ignored when received
//!  6, 7     checksum over the whole, as RFC 1071 reckons it
//!  8..      primary address of the sender on the virtual router's own link, 4 or 16 bytes
//!  then     the advertisement as it is sent to the group of that link
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::auth::AH_PROTOCOL;
use super::checksum::Sum;
use super::{Discard, Draft, HOP_LIMIT, Packet, encode};
use crate::id::{Family, Vrid};

const FIRST: u8 = 0x32;
const FORMAT: u8 = 1;
const HEADER_LENGTH: usize = 8;

/// What a heartbeat says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heartbeat<'a> {
    /// A host is there.
    Presence,
    /// An advertisement, as the link would have delivered it that it was made for. Nothing of it has been checked.
    Advertisement(Packet<'a>),
}

/// Tells whether a packet of protocol 112 is a heartbeat.
#[must_use]
pub fn is_heartbeat(packet: &Packet<'_>) -> bool {
    packet.payload.first() == Some(&FIRST)
}

/// Reads a heartbeat. Who sent it is the receiver's question; one to the group must come from the link itself.
///
/// # Errors
/// What is wrong with the heartbeat.
pub fn unwrap<'a>(packet: &Packet<'a>) -> Result<Heartbeat<'a>, Discard> {
    if packet.destination.is_multicast() && packet.hop_limit != HOP_LIMIT {
        return Err(Discard::HopLimit);
    }
    let (header, body) = packet.payload.split_first_chunk::<HEADER_LENGTH>().ok_or(Discard::Truncated)?;
    let [first, _vrid, format, family, ..] = *header;
    if first != FIRST || format != FORMAT {
        return Err(Discard::Type);
    }
    if !Sum::new().bytes(packet.payload).is_right() {
        return Err(Discard::Checksum);
    }
    let (source, payload): (IpAddr, _) = match family {
        0 if body.is_empty() => return Ok(Heartbeat::Presence),
        0 => return Err(Discard::Trailing),
        4 => {
            let (source, rest) = body.split_first_chunk::<4>().ok_or(Discard::Truncated)?;
            (Ipv4Addr::from(*source).into(), rest)
        }
        6 => {
            let (source, rest) = body.split_first_chunk::<16>().ok_or(Discard::Truncated)?;
            (Ipv6Addr::from(*source).into(), rest)
        }
        AH_PROTOCOL => return sealed(body),
        _ => return Err(Discard::Type),
    };
    if source.is_multicast() || source.is_unspecified() {
        return Err(Discard::IpHeader);
    }
    let destination = Family::of(source).group();
    Ok(Heartbeat::Advertisement(Packet { source, destination, hop_limit: HOP_LIMIT, payload, seal: None }))
}

/// Takes a whole IPv4 packet that the authentication header seals, as the group was sent it.
fn sealed(body: &[u8]) -> Result<Heartbeat<'_>, Discard> {
    let packet = Packet::from_ipv4(body)?;
    match packet.seal.is_some() && packet.destination == Family::V4.group() {
        true => Ok(Heartbeat::Advertisement(packet)),
        false => Err(Discard::Type),
    }
}

/// Writes an advertisement as a heartbeat over whatever `payload` held. The draft's destination does not count.
pub fn wrap(draft: &Draft<'_>, payload: &mut Vec<u8>) {
    let family = Family::of(draft.source);
    encode(&Draft { destination: family.group(), ..*draft }, payload);
    carry(draft.vrid, draft.source, payload);
}

/// Makes a heartbeat of a payload that is an advertisement from `source` to the group already.
pub fn carry(vrid: Vrid, source: IpAddr, payload: &mut Vec<u8>) {
    payload.splice(0..0, header(vrid, source));
    finish(payload);
}

/// Makes a heartbeat of a payload that is a [sealed](super::auth::Association::encode) packet to the group.
pub fn carry_sealed(vrid: Vrid, payload: &mut Vec<u8>) {
    payload.splice(0..0, [FIRST, vrid.get(), FORMAT, AH_PROTOCOL, 0, 0, 0, 0]);
    finish(payload);
}

/// Writes a heartbeat that carries nothing over whatever `payload` held.
pub fn presence(payload: &mut Vec<u8>) {
    payload.clear();
    payload.extend([FIRST, 0, FORMAT, 0, 0, 0, 0, 0]);
    finish(payload);
}

fn finish(payload: &mut [u8]) {
    let sum = Sum::new().bytes(payload).checksum();
    if let Some(place) = payload.get_mut(6..8) {
        place.copy_from_slice(&sum);
    }
}

fn header(vrid: Vrid, source: IpAddr) -> Vec<u8> {
    let begin = |family: u8| vec![FIRST, vrid.get(), FORMAT, family, 0, 0, 0, 0];
    match source {
        IpAddr::V4(source) => [begin(4).as_slice(), &source.octets()].concat(),
        IpAddr::V6(source) => [begin(6).as_slice(), &source.octets()].concat(),
    }
}

#[cfg(test)]
mod tests;
