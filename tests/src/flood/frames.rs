//! What a flood is made of.

use std::net::Ipv4Addr;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;

/// What is wrong with an advertisement over IPv4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, but it is for another virtual router.
    OtherVrid,
    /// Its checksum.
    Checksum,
    /// It has no authentication, though its receiver asks for it.
    Unauthenticated,
    /// It has a trailer of this moment whose code is made up.
    Forged,
    /// It ends too early.
    Truncated,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::OtherVrid, Self::Checksum, Self::Unauthenticated, Self::Forged, Self::Truncated];
}

/// Frames of these kinds, each from many senders of 198.51.100.0/24, that seem to be of an owner of 192.0.2.10 who advertises `vrid` every 10 ms.
///
/// # Errors
/// The clock is before 1970.
pub fn frames(kinds: &[Kind], vrid: u8) -> Result<Vec<Vec<u8>>> {
    let mut frames = Vec::new();
    for sender in 1..=200 {
        for &kind in kinds {
            frames.push(packet(Ipv4Addr::new(198, 51, 100, sender), &message(kind, vrid, sender)?));
        }
    }
    Ok(frames)
}

/// The message of an advertisement in version 3, with its sum over the message alone.
fn message(kind: Kind, vrid: u8, sender: u8) -> Result<Vec<u8>> {
    let vrid = match kind {
        // Any but the one.
        Kind::OtherVrid => (vrid.wrapping_add(sender)).max(1),
        Kind::Checksum | Kind::Unauthenticated | Kind::Forged | Kind::Truncated => vrid,
    };
    let mut message = vec![0x31, vrid, 255, 1, 0, 1, 0, 0, 192, 0, 2, 10];
    let sum = checksum(&message);
    message[6..8].copy_from_slice(&sum);
    match kind {
        Kind::OtherVrid | Kind::Unauthenticated => {}
        Kind::Checksum => message[7] ^= 0x55,
        Kind::Truncated => message.truncate(7),
        Kind::Forged => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
            let seconds = u32::try_from(now.as_secs())?.to_be_bytes();
            message.extend([&[1, 1, 0, 0], &seconds[..], &[0; 4], &[0x5a; 16]].concat());
        }
    }
    Ok(message)
}

/// An Ethernet frame to the group of VRRP over IPv4, with this message.
pub(crate) fn packet(source: Ipv4Addr, message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + message.len()).unwrap_or_default().to_be_bytes();
    let mut header = [0x45, 0xc0, length[0], length[1], 0, 0, 0x40, 0, 255, 112, 0, 0, 0, 0, 0, 0, 224, 0, 0, 18];
    header[12..16].copy_from_slice(&source.octets());
    let sum = checksum(&header);
    header[10..12].copy_from_slice(&sum);
    let [.., last] = source.octets();
    let ethernet = [1, 0, 0x5e, 0, 0, 18, 2, 0, 0, 0, 0xbb, last, 8, 0];
    [&ethernet[..], &header, message].concat()
}

/// The Internet checksum (RFC 1071).
pub(crate) fn checksum(bytes: &[u8]) -> [u8; 2] {
    let words = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0)));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!u16::try_from(sum).unwrap_or_default()).to_be_bytes()
}
