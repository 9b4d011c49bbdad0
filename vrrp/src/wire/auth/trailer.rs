//! The trailer that authenticates both versions over both families: an HMAC-SHA256 cut to 128 bits and a number made of the
//! time (draft-cassen-vrrp-auth-hmac, in the form that keepalived 2.4.2 and 2.4.3 send).
//!
//! ```text
//!  byte     trailer, behind the message
//!  0        1, for HMAC-SHA256-128
//!  1        key identifier
//!  2, 3     0
//!  4..8     seconds since 1970
//!  8, 9     65536ths of a second
//!  10, 11   counter
//!  12..28   authentication code
//! ```
//!
//! The code is reckoned over 20 bytes (the digit 4 or 6, version, VRID, 0, and the source address in 16 bytes, an IPv4 one
//! followed by zeros), the message with its checksum read as 0, and the trailer with its code read as 0.

use std::net::IpAddr;
use std::num::NonZeroU8;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::Secret;
use crate::id::Version;

/// A key's identifier, the same on all hosts.
pub type KeyId = NonZeroU8;

const LENGTH: usize = 28;
const CODE: usize = 16;
const HMAC_SHA256: u8 = 1;
const CHECKSUM: std::ops::Range<usize> = 6..8;

/// Tells whether what follows a message looks like this trailer.
pub(in crate::wire) fn is_trailer(rest: &[u8]) -> bool {
    matches!(rest, [HMAC_SHA256, _, 0, 0, ..]) && rest.len() == LENGTH
}

/// A trailer as it was received.
pub(super) struct Trailer {
    /// The identifier of its key.
    pub(super) key: u8,
    /// Its time and counter, as one number that grows.
    pub(super) number: Number,
    code: [u8; CODE],
}

impl Trailer {
    /// Reads a trailer of the right length; `None` where its form is another one.
    pub(super) fn read(rest: &[u8]) -> Option<Self> {
        let (&[HMAC_SHA256, key, 0, 0], rest) = rest.split_first_chunk::<4>()? else {
            return None;
        };
        let (number, code) = rest.split_first_chunk::<8>()?;
        Some(Self { key, number: Number(u64::from_be_bytes(*number)), code: code.try_into().ok()? })
    }

    /// Verifies the whole payload that it ends.
    pub(super) fn verify(&self, secret: &Secret, version: Version, source: IpAddr, payload: &[u8]) -> bool {
        let signed = payload.get(..payload.len().saturating_sub(CODE)).unwrap_or_default();
        sum(secret, version, source, signed).verify_truncated_left(&self.code).is_ok()
    }
}

/// The length of a trailer in bytes.
pub(super) const fn length() -> usize {
    LENGTH
}

/// Appends a trailer to a message whose checksum is still 0.
pub(super) fn append(
    (key, secret): (KeyId, &Secret),
    number: Number,
    version: Version,
    source: IpAddr,
    payload: &mut Vec<u8>,
) {
    payload.extend([HMAC_SHA256, key.get(), 0, 0]);
    payload.extend(number.0.to_be_bytes());
    let code = sum(secret, version, source, payload).finalize().into_bytes();
    payload.extend(code.iter().take(CODE));
}

/// Reckons the code over a payload that ends before it.
fn sum(secret: &Secret, version: Version, source: IpAddr, signed: &[u8]) -> Hmac<Sha256> {
    let version = match version {
        Version::V2 => 2,
        Version::V3 => 3,
    };
    let vrid = signed.get(1).copied().unwrap_or_default();
    let mut sum: Hmac<Sha256> = Hmac::new((&*secret.block()).into());
    match source {
        IpAddr::V4(source) => {
            sum.update(&[4, version, vrid, 0]);
            sum.update(&source.octets());
            sum.update(&[0; 12]);
        }
        IpAddr::V6(source) => {
            sum.update(&[6, version, vrid, 0]);
            sum.update(&source.octets());
        }
    }
    sum.update(signed.get(..CHECKSUM.start).unwrap_or(signed));
    sum.update(&[0; CHECKSUM.end - CHECKSUM.start]);
    sum.update(signed.get(CHECKSUM.end..).unwrap_or_default());
    sum.update(&[0; CODE]);
    sum
}

/// The time and the counter of a trailer. They are compared as serial numbers (RFC 1982).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number(u64);

impl Number {
    /// The number of a moment, given as the time since 1970, with the counter 0.
    pub(super) fn of(now: Duration) -> Self {
        // Beyond 2106 the seconds wrap, as serial numbers may.
        let seconds = now.as_secs() << 32;
        let fraction = (u64::from(now.subsec_nanos()) << 16) / 1_000_000_000;
        Self(seconds | fraction << 16)
    }

    /// The one after it.
    pub(super) const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    /// Tells whether it comes after another.
    pub(super) const fn is_after(self, other: Self) -> bool {
        self.0.wrapping_sub(other.0).cast_signed() > 0
    }

    /// How many seconds it is ahead of a moment; less than 0 if it is behind.
    pub(super) fn ahead_of(self, now: Duration) -> i64 {
        let (own, other) = (self.0 >> 32, now.as_secs() & u64::from(u32::MAX));
        let difference = u32::try_from(own).unwrap_or_default().wrapping_sub(u32::try_from(other).unwrap_or_default());
        i64::from(difference.cast_signed())
    }
}
