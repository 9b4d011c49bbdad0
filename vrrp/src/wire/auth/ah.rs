//! Authentication type 2 of version 2: the IPv4 authentication header with HMAC-MD5-96 (RFC 2338, section 5.3.6.3; RFC 2402;
//! RFC 2403), as keepalived reckons and counts it.
//!
//! ```text
//!  byte     authentication header
//!  0        next header, 112
//!  1        length, 4
//!  2, 3     0
//!  4..8     security parameters index: the source address
//!  8..12    sequence number
//!  12..24   integrity check value
//! ```

use std::net::IpAddr;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use md5::Md5;

use super::Secret;
use crate::id::Interval;
use crate::wire::{Discard, PROTOCOL, Packet, frame};

/// The number of the authentication header among the protocols of IP.
pub const AH_PROTOCOL: u8 = 51;

/// The length of the header with an integrity check value of 96 bits.
pub(super) const LENGTH: usize = 24;
/// That in words of 32 bits, less two (RFC 2402, section 2.2).
const WORDS: u8 = 4;
const CHECK_VALUE: usize = 12;

/// When the sequence numbers of hosts that have heard nobody were 0: the first moment of 2020.
const EPOCH: Duration = Duration::from_secs(1_577_836_800);
/// How many numbers a second the clock is ahead by. A Master sends two advertisements a second at most.
const TICKS: u64 = 2;

/// What sealed a packet: its IPv4 header and the authentication header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seal<'a> {
    /// The IPv4 header with its options.
    header: &'a [u8],
    ah: &'a [u8; LENGTH],
}

impl<'a> Seal<'a> {
    /// Takes what follows an IPv4 header of protocol 51 apart into the seal and the message.
    pub(in crate::wire) fn split(header: &'a [u8], payload: &'a [u8]) -> Result<(Self, &'a [u8]), Discard> {
        let &[next, words, ..] = payload else { return Err(Discard::IpHeader) };
        if next != PROTOCOL {
            return Err(Discard::IpHeader);
        }
        let (ah, message) = payload.split_first_chunk::<LENGTH>().ok_or(Discard::AuthMalformed)?;
        if words != WORDS {
            return Err(Discard::AuthMalformed);
        }
        Ok((Self { header, ah }, message))
    }

    fn number(&self) -> u32 {
        let [_, _, _, _, _, _, _, _, a, b, c, d, ..] = *self.ah;
        u32::from_be_bytes([a, b, c, d])
    }

    fn index(&self) -> [u8; 4] {
        let [_, _, _, _, a, b, c, d, ..] = *self.ah;
        [a, b, c, d]
    }
}

/// Writes a whole IPv4 packet over whatever `packet` held, with a message that is composed but for this.
///
/// Nothing is written for addresses of IPv6.
pub(super) fn seal(
    secret: &Secret,
    number: u32,
    (source, destination): (IpAddr, IpAddr),
    message: &[u8],
    packet: &mut Vec<u8>,
) {
    packet.clear();
    let (IpAddr::V4(source), IpAddr::V4(destination)) = (source, destination) else {
        return;
    };
    // The kernel gives a packet without an identification one of its own, which the check value would not cover.
    let [_, _, c, d] = number.to_be_bytes();
    let id = u16::from_be_bytes([c, d]).max(1);
    packet.extend(frame::ipv4_header(source, destination, (AH_PROTOCOL, id), LENGTH + message.len()));
    let begin = packet.len();
    packet.extend([PROTOCOL, WORDS, 0, 0]);
    packet.extend(source.octets());
    packet.extend(number.to_be_bytes());
    packet.extend([0; CHECK_VALUE]);
    packet.extend(message);
    let (header, body) = packet.split_at_mut(begin);
    let Some((ah, message)) = body.split_first_chunk_mut::<LENGTH>() else {
        return;
    };
    let value = sum(secret, header, ah, message, destination.is_multicast()).finalize().into_bytes();
    ah.iter_mut().skip(LENGTH - CHECK_VALUE).zip(value).for_each(|(place, byte)| *place = byte);
}

/// Verifies a packet's seal and gives its number.
pub(super) fn verify(secret: &Secret, packet: &Packet<'_>, seal: &Seal<'_>) -> Result<u32, Discard> {
    let (_, value) = seal.ah.split_at(LENGTH - CHECK_VALUE);
    let sum = sum(secret, seal.header, seal.ah, packet.payload, packet.destination.is_multicast());
    sum.verify_truncated_left(value).map_err(|_| Discard::AuthFailure)?;
    match packet.source {
        IpAddr::V4(source) if source.octets() == seal.index() => Ok(seal.number()),
        IpAddr::V4(_) | IpAddr::V6(_) => Err(Discard::AuthMalformed),
    }
}

/// Reckons the check value over a packet, with what changes on its way read as zeros: TOS, fragment, checksum, and the value
/// itself. The TTL is zeroed as RFC 2402 says, except towards the group, where keepalived keeps it: a router of the group
/// never sees another than 255.
fn sum(secret: &Secret, header: &[u8], ah: &[u8; LENGTH], message: &[u8], group: bool) -> Hmac<Md5> {
    let zeroed = |place: usize, byte: u8| match place {
        1 | 6 | 7 | 10 | 11 => 0,
        8 if !group => 0,
        _ => byte,
    };
    let mut fixed = [0; 60];
    let length = header.len().min(fixed.len());
    for (place, (to, from)) in fixed.iter_mut().zip(header).enumerate() {
        *to = zeroed(place, *from);
    }
    let (start, value) = ah.split_at(LENGTH - CHECK_VALUE);
    let mut sum = Hmac::new((&*secret.block()).into());
    sum.update(fixed.get(..length).unwrap_or_default());
    sum.update(start);
    sum.update(&[0; CHECK_VALUE][..value.len()]);
    sum.update(message);
    sum
}

/// The numbers of one virtual router's sealed advertisements, its own and those that it heard.
///
/// All senders of a virtual router count on together: who becomes Master continues above what it has heard, or the others
/// would take its advertisements for recorded ones. The clock keeps the numbers growing over restarts, and a host that was
/// away above what was recorded before it left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    heard: Option<u32>,
    sent: Option<u32>,
}

impl Numbers {
    /// The last number that was sent.
    pub(super) const fn sent(&self) -> Option<u32> {
        self.sent
    }

    /// Counts as sent what somebody else has sent in the name of this router.
    pub(super) fn go_on_above(&mut self, number: u32) {
        self.sent = self.sent.max(Some(number));
    }

    /// Gives the number of the next advertisement; `now` is the time since 1970.
    pub(super) fn next(&mut self, now: Duration) -> u32 {
        let ticks = now.saturating_sub(EPOCH).as_millis() * u128::from(TICKS) / 1000;
        let clock = u32::try_from(ticks).unwrap_or(u32::MAX);
        let above = self.heard.max(self.sent).map_or(1, |last| last.saturating_add(1));
        let number = above.max(clock);
        self.sent = Some(number);
        number
    }

    /// Takes the number of an authentic advertisement of another router, whose interval is given, if it is new.
    ///
    /// It is not if it is not above all that were heard. Two Masters that have not heard each other yet may send numbers that
    /// cross, so those of the last moments of this router's own do not count; older ones do.
    pub(super) fn take(&mut self, number: u32, interval: Interval) -> bool {
        let crossing = TICKS * (4 * interval.duration().as_secs() + 4);
        let crossing = u32::try_from(crossing).unwrap_or(u32::MAX);
        let old = self.heard.is_some_and(|heard| number <= heard)
            || self.sent.is_some_and(|sent| number < sent.saturating_sub(crossing));
        if !old {
            self.heard = Some(number);
        }
        !old
    }
}
