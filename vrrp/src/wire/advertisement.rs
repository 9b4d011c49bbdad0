//! Advertisements of version 2 (RFC 3768, section 5.1) and version 3 (RFC 9568, section 5.1).
//!
//! ```text
//!  byte     version 2                    version 3
//!  0        version 2, type 1            version 3, type 1
//!  1        virtual router identifier    virtual router identifier
//!  2        priority                     priority
//!  3        count of addresses           count of addresses
//!  4        authentication type          4 reserved bits, upper 4 bits of the interval
//!  5        interval in seconds          lower 8 bits of the interval in centiseconds
//!  6, 7     checksum                     checksum
//!  8..      4 bytes an address           4 or 16 bytes an address
//!  then     8 bytes of authentication    -
//! ```
//!
//! What authenticates an advertisement, within it and around it, is [`auth`](super::auth)'s.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::checksum::Sum;
use super::{Discard, HOP_LIMIT, PROTOCOL, Packet, auth};
use crate::id::{Family, Interval, Priority, Version, Vrid};

/// The only type of message that there is.
const ADVERTISEMENT: u8 = 1;
const HEADER_LENGTH: usize = 8;
/// What version 2 carries after the addresses, zero since RFC 3768.
pub(super) const AUTHENTICATION_LENGTH: usize = 8;

/// What an advertisement's checksum covers.
///
/// Only version 3 over IPv4 leaves a choice: RFC 9568 says the message alone, and most who read RFC 5798 include the
/// pseudo-header. Version 2 is always `MessageOnly`, version 3 over IPv6 always `PseudoHeader`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// The pseudo-header and the message.
    PseudoHeader,
    /// The message alone.
    MessageOnly,
}

/// A received advertisement that passed every check that needs no knowledge of the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advertisement<'a> {
    /// Its version.
    pub version: Version,
    /// The virtual router that it speaks for.
    pub vrid: Vrid,
    /// The sender's priority, or `None` if the sender resigns.
    pub priority: Option<Priority>,
    /// The sender's advertisement interval.
    pub interval: Interval,
    /// What its checksum covers; `PseudoHeader` in the rare case in which both ways give the same.
    pub dialect: Dialect,
    /// The virtual addresses, in the sender's order.
    pub addresses: Addresses<'a>,
}

/// The addresses of an advertisement, where they lie in the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses<'a> {
    family: Family,
    /// A whole number of addresses.
    bytes: &'a [u8],
}

impl<'a> Addresses<'a> {
    /// How many there are, 1 to 255.
    #[must_use]
    pub const fn len(self) -> usize {
        self.bytes.len() / address_length(self.family)
    }

    /// Tells whether there are none, which no decoded advertisement has.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// The family of all of them.
    #[must_use]
    pub const fn family(self) -> Family {
        self.family
    }

    /// Reads one after the other.
    pub fn iter(self) -> impl ExactSizeIterator<Item = IpAddr> + 'a {
        self.bytes.chunks_exact(address_length(self.family)).map(|bytes| match *bytes {
            [a, b, c, d] => Ipv4Addr::new(a, b, c, d).into(),
            _ => <[u8; 16]>::try_from(bytes).map_or(Ipv6Addr::UNSPECIFIED, Ipv6Addr::from).into(),
        })
    }
}

/// Reads an advertisement that is not authenticated and checks all that section 7.1 of RFC 9568 and of RFC 3768 asks of
/// the packet by itself, in that order. Reserved bits are ignored.
///
/// The hop limit proves that the group was reached from the link itself. What is sent to one router may have come through
/// others, and some senders do not set it there: whether its sender is a peer is the receiver's question.
///
/// # Errors
/// The first check that fails.
pub fn decode<'a>(packet: &Packet<'a>) -> Result<Advertisement<'a>, Discard> {
    let message = Message::split(packet)?;
    if packet.seal.is_some() || auth::is_trailer(message.rest) {
        return Err(Discard::AuthType);
    }
    if !message.rest.is_empty() {
        return Err(Discard::Trailing);
    }
    message.check(packet, AuthType::None)
}

/// Reads an advertisement as [`decode`] does, whatever authenticates it. How that is done is told beside it, by the name that a
/// configuration has for it; whether it is authentic is not looked at.
///
/// # Errors
/// The first check that fails.
pub fn overhear<'a>(packet: &Packet<'a>) -> Result<(Advertisement<'a>, Option<&'static str>), Discard> {
    let message = Message::split(packet)?;
    let [_, _, _, _, fifth, ..] = message.header;
    let (expected, auth) = match (packet.seal.is_some(), auth::is_trailer(message.rest), message.version, fifth) {
        (true, ..) => (AuthType::Ah, Some("ah")),
        (false, true, ..) => (AuthType::None, Some("hmac-sha256")),
        (false, false, Version::V2, 1) => (AuthType::Password, Some("password")),
        (false, false, ..) if !message.rest.is_empty() => return Err(Discard::Trailing),
        (false, false, ..) => (AuthType::None, None),
    };
    Ok((message.check(packet, expected)?, auth))
}

/// Tells which virtual router an advertisement seems to be of, and its first address. Nothing of it has been verified.
#[must_use]
pub fn glance(packet: &Packet<'_>) -> Option<(Vrid, IpAddr)> {
    let message = Message::split(packet).ok()?;
    let [_, vrid, ..] = message.header;
    let first = Addresses { family: packet.family(), bytes: message.addresses }.iter().next()?;
    Some((Vrid::new(vrid)?, first))
}

/// The authentication types of version 2 (RFC 2338, section 5.3.6). Version 3 has none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AuthType {
    None = 0,
    Password = 1,
    Ah = 2,
}

/// A packet's parts, as long as its header says, and nothing verified yet.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) version: Version,
    header: [u8; HEADER_LENGTH],
    addresses: &'a [u8],
    /// What version 2 has after the addresses.
    pub(super) authentication: &'a [u8],
    /// What follows the message.
    pub(super) rest: &'a [u8],
}

impl<'a> Message<'a> {
    /// Takes a packet apart.
    pub(super) fn split(packet: &Packet<'a>) -> Result<Self, Discard> {
        if packet.destination.is_multicast() && packet.hop_limit != HOP_LIMIT {
            return Err(Discard::HopLimit);
        }
        if is_carp(packet.payload) {
            return Err(Discard::Carp);
        }
        let family = packet.family();
        let first = packet.payload.first().ok_or(Discard::Truncated)?;
        let version = match (first >> 4, family) {
            (2, Family::V4) => Version::V2,
            (2, Family::V6) => return Err(Discard::Version2OverIpv6),
            (3, _) => Version::V3,
            _ => return Err(Discard::Version),
        };
        if first & 0x0f != ADVERTISEMENT {
            return Err(Discard::Type);
        }
        let (header, body) = packet.payload.split_first_chunk::<HEADER_LENGTH>().ok_or(Discard::Truncated)?;
        let [_, _, _, count, ..] = *header;
        let (addresses, tail) =
            body.split_at_checked(usize::from(count) * address_length(family)).ok_or(Discard::Truncated)?;
        let (authentication, rest) = tail.split_at_checked(trailer_length(version)).ok_or(Discard::Truncated)?;
        Ok(Self { version, header: *header, addresses, authentication, rest })
    }

    /// Checks all that can be checked without knowing the receiver, and reads the fields.
    pub(super) fn check(&self, packet: &Packet<'a>, expected: AuthType) -> Result<Advertisement<'a>, Discard> {
        let dialect = self.verify(packet).ok_or(Discard::Checksum)?;
        let [_, vrid, priority, _, fifth, sixth, _, _] = self.header;
        let vrid = Vrid::new(vrid).ok_or(Discard::VridZero)?;
        if self.version == Version::V2 && fifth != expected as u8 {
            return Err(if fifth == 0 { Discard::AuthMissing } else { Discard::AuthType });
        }
        if self.addresses.is_empty() {
            return Err(Discard::NoAddresses);
        }
        let interval = match self.version {
            Version::V2 => Interval::from_seconds(sixth),
            Version::V3 => Interval::from_centiseconds(u16::from_be_bytes([fifth & 0x0f, sixth])),
        };
        Ok(Advertisement {
            version: self.version,
            vrid,
            priority: Priority::new(priority),
            interval: interval.ok_or(Discard::IntervalZero)?,
            dialect,
            addresses: Addresses { family: packet.family(), bytes: self.addresses },
        })
    }

    /// Tells what the checksum covers, if it is right.
    fn verify(&self, packet: &Packet<'_>) -> Option<Dialect> {
        // As with every protocol over IPv6, the whole payload is summed there.
        let rest = if packet.family() == Family::V4 { self.rest.len() } else { 0 };
        let covered = packet.payload.get(..packet.payload.len() - rest)?;
        let right = |dialect| {
            let sum = start(dialect, packet.source, packet.destination, covered.len());
            sum.bytes(covered).is_right().then_some(dialect)
        };
        match (self.version, packet.family()) {
            (Version::V2, _) => right(Dialect::MessageOnly),
            (Version::V3, Family::V4) => right(Dialect::PseudoHeader).or_else(|| right(Dialect::MessageOnly)),
            (Version::V3, Family::V6) => right(Dialect::PseudoHeader),
        }
    }
}

/// Tells CARP from version 2.
///
/// A CARP message is 36 bytes long and its fourth byte is always 7: the words that follow its header. For version 2 that
/// byte counts addresses, and seven of them make 44 bytes. So nothing that passes here could have passed as version 2,
/// and the checksum, which covers the message alone over both families, keeps damaged packets out. Only version 2 that
/// lacks its trailer can look the same, and that would be discarded, too.
fn is_carp(payload: &[u8]) -> bool {
    matches!(payload, [0x21, _, _, 7, ..]) && payload.len() == 36 && Sum::new().bytes(payload).is_right()
}

/// What an advertisement is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draft<'a> {
    /// The version.
    pub version: Version,
    /// The virtual router.
    pub vrid: Vrid,
    /// The sender's priority, or `None` to resign.
    pub priority: Option<Priority>,
    /// The advertisement interval, one that the version can carry: a longer one is cut to the longest, and version 2
    /// drops parts of a second, though never to 0.
    pub interval: Interval,
    /// What the checksum covers, where there is a choice.
    pub dialect: Dialect,
    /// Where it is sent from; its family is that of the virtual router.
    pub source: IpAddr,
    /// Where it is sent to, of the same family.
    pub destination: IpAddr,
    /// The virtual addresses: at most 255, of the same family. What is beyond or of the other family is left out.
    pub addresses: &'a [IpAddr],
}

/// Writes an advertisement that is not authenticated over whatever `payload` held: all that follows the IP header.
pub fn encode(draft: &Draft<'_>, payload: &mut Vec<u8>) {
    payload.clear();
    compose(draft, AuthType::None, [0; AUTHENTICATION_LENGTH], payload);
    sum(draft, 0, payload);
}

/// Appends an advertisement without its checksum, with what version 2 says of authentication.
pub(super) fn compose(
    draft: &Draft<'_>,
    auth_type: AuthType,
    authentication: [u8; AUTHENTICATION_LENGTH],
    payload: &mut Vec<u8>,
) {
    let version = match draft.version {
        Version::V2 => 2,
        Version::V3 => 3,
    };
    let [upper, lower] = interval_bytes(draft.version, draft.interval);
    let fifth = match draft.version {
        Version::V2 => auth_type as u8,
        Version::V3 => upper,
    };
    let priority = draft.priority.map_or(0, Priority::get);
    let begin = payload.len();
    payload.extend([version << 4 | ADVERTISEMENT, draft.vrid.get(), priority, 0, fifth, lower, 0, 0]);

    let mut count = 0;
    let same_family = |address: &&IpAddr| Family::of(**address) == Family::of(draft.source);
    for address in draft.addresses.iter().filter(same_family).take(usize::from(u8::MAX)) {
        match address {
            IpAddr::V4(address) => payload.extend(address.octets()),
            IpAddr::V6(address) => payload.extend(address.octets()),
        }
        count += 1;
    }
    if let Some(place) = payload.get_mut(begin + 3) {
        *place = count;
    }
    if draft.version == Version::V2 {
        payload.extend(authentication);
    }
}

/// Puts the checksum in its place in a whole payload, the last `rest` bytes of which are not the message's.
pub(super) fn sum(draft: &Draft<'_>, rest: usize, payload: &mut [u8]) {
    let (dialect, rest) = match (draft.version, Family::of(draft.source)) {
        (Version::V2, _) => (Dialect::MessageOnly, rest),
        (Version::V3, Family::V4) => (draft.dialect, rest),
        (Version::V3, Family::V6) => (Dialect::PseudoHeader, 0),
    };
    let covered = payload.get(..payload.len().saturating_sub(rest)).unwrap_or_default();
    let sum = start(dialect, draft.source, draft.destination, covered.len()).bytes(covered);
    if let Some(place) = payload.get_mut(6..8) {
        place.copy_from_slice(&sum.checksum());
    }
}

/// The fifth and sixth byte.
fn interval_bytes(version: Version, interval: Interval) -> [u8; 2] {
    match version {
        // At most 255 seconds, by the range of the type.
        Version::V2 => [0, u8::try_from(interval.centiseconds() / 100).unwrap_or(u8::MAX).max(1)],
        Version::V3 => interval.min(Interval::LONGEST_V3).centiseconds().to_be_bytes(),
    }
}

/// The sum of what a dialect covers before the message.
fn start(dialect: Dialect, source: IpAddr, destination: IpAddr, length: usize) -> Sum {
    match dialect {
        Dialect::PseudoHeader => Sum::with_pseudo_header(source, destination, PROTOCOL, length),
        Dialect::MessageOnly => Sum::new(),
    }
}

const fn address_length(family: Family) -> usize {
    match family {
        Family::V4 => 4,
        Family::V6 => 16,
    }
}

const fn trailer_length(version: Version) -> usize {
    match version {
        Version::V2 => AUTHENTICATION_LENGTH,
        Version::V3 => 0,
    }
}

#[cfg(test)]
mod tests;
