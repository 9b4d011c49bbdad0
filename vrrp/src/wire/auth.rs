//! Authentication: a password or the authentication header in version 2 (RFC 2338, section 5.3.6), and a trailer with an
//! HMAC-SHA256 in both versions (draft-cassen-vrrp-auth-hmac).
//!
//! An [`Association`] is all that one virtual router needs for it: the secrets that it shares with its peers, and the numbers
//! that tell a new advertisement from a recorded one. Time comes in as the time since 1970.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::advertisement::{AUTHENTICATION_LENGTH, AuthType, Message, compose, sum};
use super::{Advertisement, Discard, Draft, Packet};
use crate::id::Version;

use ah::Numbers;
use senders::Senders;
use trailer::{Number, Trailer};

pub use ah::{AH_PROTOCOL, Seal};
pub use secret::Secret;
pub use trailer::KeyId;

pub(super) use trailer::is_trailer;

mod ah;
mod secret;
mod senders;
mod trailer;

/// The secrets of an instance, and what is done with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keys {
    /// The password stands in every advertisement. Version 2 alone.
    Password(Secret),
    /// The authentication header seals every packet. Version 2 alone.
    Ah(Secret),
    /// A trailer ends every advertisement.
    Hmac(Ring),
}

/// Keys by their identifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// The keys that are accepted.
    pub keys: BTreeMap<KeyId, Secret>,
    /// The key that is sent with; one of `keys`.
    pub send: KeyId,
    /// What is sent and what has to be.
    pub mode: Mode,
    /// How far the clocks may be apart.
    pub window: Window,
}

/// How much is asked of a virtual router that is on its way to authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Trailers are sent, and nothing is accepted without one.
    Enforce,
    /// Trailers are sent; what comes without one is accepted.
    Permissive,
    /// No trailer is sent; what comes without one is accepted.
    ReceiveOnly,
}

impl Mode {
    /// Each with the word for it in a configuration, the default first.
    pub const WORDS: [(Self, &'static str); 3] =
        [(Self::Enforce, "enforce"), (Self::Permissive, "permissive"), (Self::ReceiveOnly, "receive-only")];
}

impl fmt::Display for Mode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(Self::WORDS.iter().find(|(mode, _)| mode == self).map_or("", |&(_, word)| word))
    }
}

/// How far the time in a trailer may be from the receiver's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// This much, in whole seconds, in either direction.
    Within(Duration),
    /// As far as it likes: only the order of one sender's trailers counts.
    Unlimited,
}

impl Window {
    /// Tells whether somebody's clock may be so many seconds ahead, or behind.
    fn admits(self, ahead: i64) -> bool {
        match self {
            Self::Within(window) => ahead.unsigned_abs() <= window.as_secs(),
            Self::Unlimited => true,
        }
    }
}

/// What one virtual router shares with its peers, and what it remembers of their numbers.
#[derive(Clone, Debug)]
pub struct Association {
    keys: Keys,
    ah: Numbers,
    senders: Senders,
    sent: Option<Number>,
}

/// An advertisement that may be processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opened<'a> {
    /// The advertisement.
    pub advertisement: Advertisement<'a>,
    /// Whether it is authentic; otherwise it carried nothing, and the [`Mode`] lets that pass.
    pub authentic: bool,
}

/// Why an advertisement may not be processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason, for a counter.
    pub discard: Discard,
    /// What a person wants to know beside the reason.
    pub detail: Detail,
}

/// What was found beside the reason of a [`Refusal`]. `Display` gives words that follow a colon, or nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    None,
    /// The identifier of a key that is not there.
    Key(u8),
    /// By how many seconds the sender's clock is ahead; less than 0 if it is behind.
    Clock(i64),
}

impl fmt::Display for Detail {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Key(id) => write!(out, "it has key {id}"),
            Self::Clock(ahead) if *ahead < 0 => {
                write!(out, "its clock is {} s behind, or it was recorded", ahead.unsigned_abs())
            }
            Self::Clock(ahead) => write!(out, "its clock is {ahead} s ahead"),
        }
    }
}

impl From<Discard> for Refusal {
    fn from(discard: Discard) -> Self {
        Self { discard, detail: Detail::None }
    }
}

/// What is the same in all copies of one advertisement: its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp(Stamped);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stamped {
    Nothing,
    Ah(u32),
    Hmac(Number),
}

impl Association {
    /// Starts with secrets and without any memory.
    #[must_use]
    pub fn new(keys: Keys) -> Self {
        Self { keys, ah: Numbers::default(), senders: Senders::default(), sent: None }
    }

    /// Takes other secrets, and goes on with what is remembered.
    pub fn set_keys(&mut self, keys: Keys) {
        self.keys = keys;
    }

    /// The number of the last advertisement with an authentication header that was sent.
    #[must_use]
    pub const fn sealed(&self) -> Option<u32> {
        self.ah.sent()
    }

    /// Goes on above a number that a former daemon sent: the clock that keeps numbers growing ticks twice a second.
    pub fn seal_above(&mut self, number: u32) {
        self.ah.go_on_above(number);
    }

    /// Tells whether [`encode`](Self::encode) writes whole IPv4 packets, of protocol [`AH_PROTOCOL`].
    #[must_use]
    pub const fn seals_packets(&self) -> bool {
        matches!(self.keys, Keys::Ah(_))
    }

    /// Reads a packet of another router as [`decode`](super::decode) does, and takes nothing but what is authentic, or what
    /// the mode lets pass.
    ///
    /// # Errors
    /// The first check that fails. Nothing is remembered then.
    pub fn open<'a>(&mut self, packet: &Packet<'a>, now: Duration) -> Result<Opened<'a>, Refusal> {
        let message = Message::split(packet)?;
        match &self.keys {
            Keys::Password(secret) => open_password(secret, packet, &message),
            Keys::Ah(secret) => open_sealed(secret, &mut self.ah, packet, &message),
            Keys::Hmac(ring) => open_trailed(ring, &mut self.senders, packet, &message, now),
        }
    }

    /// Numbers the next advertisement.
    #[must_use]
    pub fn stamp(&mut self, now: Duration) -> Stamp {
        Stamp(match &self.keys {
            Keys::Password(_) | Keys::Hmac(Ring { mode: Mode::ReceiveOnly, .. }) => Stamped::Nothing,
            Keys::Ah(_) => Stamped::Ah(self.ah.next(now)),
            Keys::Hmac(ring) => {
                let number = next(self.sent, ring.window, now);
                self.sent = Some(number);
                Stamped::Hmac(number)
            }
        })
    }

    /// Writes an advertisement over whatever `out` held: all that follows the IP header, or a whole IPv4 packet where
    /// [`seals_packets`](Self::seals_packets) says so.
    pub fn encode(&self, draft: &Draft<'_>, stamp: Stamp, out: &mut Vec<u8>) {
        const NOTHING: [u8; AUTHENTICATION_LENGTH] = [0; AUTHENTICATION_LENGTH];
        out.clear();
        match (&self.keys, stamp.0) {
            (Keys::Password(secret), _) => {
                compose(draft, AuthType::Password, secret.password(), out);
                sum(draft, 0, out);
            }
            (Keys::Ah(secret), Stamped::Ah(number)) => {
                let mut message = Vec::new();
                compose(draft, AuthType::Ah, NOTHING, &mut message);
                sum(draft, 0, &mut message);
                ah::seal(secret, number, (draft.source, draft.destination), &message, out);
            }
            (Keys::Hmac(ring), stamped) => {
                compose(draft, AuthType::None, NOTHING, out);
                let begin = out.len();
                if let (Stamped::Hmac(number), Some(secret)) = (stamped, ring.keys.get(&ring.send)) {
                    trailer::append((ring.send, secret), number, draft.version, draft.source, out);
                }
                sum(draft, out.len() - begin, out);
            }
            // A stamp of other keys: the next advertisement has the right one.
            (Keys::Ah(_), Stamped::Nothing | Stamped::Hmac(_)) => {}
        }
    }
}

fn open_password<'a>(secret: &Secret, packet: &Packet<'a>, message: &Message<'a>) -> Result<Opened<'a>, Refusal> {
    check_version_2(message)?;
    check_bare(packet, message)?;
    let advertisement = message.check(packet, AuthType::Password)?;
    let carried: [u8; AUTHENTICATION_LENGTH] = message.authentication.try_into().map_err(|_| Discard::Truncated)?;
    // As two numbers, so that the time that it takes tells nothing.
    if u64::from_be_bytes(carried) != u64::from_be_bytes(secret.password()) {
        return Err(Discard::AuthFailure.into());
    }
    Ok(Opened { advertisement, authentic: true })
}

fn open_sealed<'a>(
    secret: &Secret,
    numbers: &mut Numbers,
    packet: &Packet<'a>,
    message: &Message<'a>,
) -> Result<Opened<'a>, Refusal> {
    check_version_2(message)?;
    let Some(seal) = &packet.seal else {
        // A password is another type; what names no type, or type 2, has lost its header.
        check_bare(packet, message)?;
        message.check(packet, AuthType::Ah)?;
        return Err(Discard::AuthMissing.into());
    };
    if !message.rest.is_empty() {
        return Err(Discard::Trailing.into());
    }
    let advertisement = message.check(packet, AuthType::Ah)?;
    let number = ah::verify(secret, packet, seal)?;
    if !numbers.take(number, advertisement.interval) {
        return Err(Discard::AuthReplay.into());
    }
    Ok(Opened { advertisement, authentic: true })
}

fn open_trailed<'a>(
    ring: &Ring,
    senders: &mut Senders,
    packet: &Packet<'a>,
    message: &Message<'a>,
    now: Duration,
) -> Result<Opened<'a>, Refusal> {
    if packet.seal.is_some() {
        return Err(Discard::AuthType.into());
    }
    if message.rest.is_empty() {
        let advertisement = message.check(packet, AuthType::None)?;
        return match ring.mode {
            Mode::Enforce => Err(Discard::AuthMissing.into()),
            Mode::Permissive | Mode::ReceiveOnly => Ok(Opened { advertisement, authentic: false }),
        };
    }
    if message.rest.len() != trailer::length() {
        return Err(Discard::Trailing.into());
    }
    let trailer = Trailer::read(message.rest).ok_or(Discard::AuthMalformed)?;
    let advertisement = message.check(packet, AuthType::None)?;
    let secret = KeyId::new(trailer.key).and_then(|id| ring.keys.get(&id));
    let secret = secret.ok_or(Refusal { discard: Discard::AuthKey, detail: Detail::Key(trailer.key) })?;
    if !trailer.verify(secret, message.version, packet.source, packet.payload) {
        return Err(Discard::AuthFailure.into());
    }
    // Only now is the time somebody's who has the key, and not a stranger's.
    let ahead = trailer.number.ahead_of(now);
    if !ring.window.admits(ahead) {
        return Err(Refusal { discard: Discard::AuthStale, detail: Detail::Clock(ahead) });
    }
    if !senders.take(packet.source, trailer.number, ring.window, now) {
        return Err(Discard::AuthReplay.into());
    }
    Ok(Opened { advertisement, authentic: true })
}

fn check_version_2(message: &Message<'_>) -> Result<(), Discard> {
    match message.version {
        Version::V2 => Ok(()),
        Version::V3 => Err(Discard::VersionMismatch),
    }
}

/// Checks that nothing but the message itself is there.
fn check_bare(packet: &Packet<'_>, message: &Message<'_>) -> Result<(), Discard> {
    match message.rest {
        _ if packet.seal.is_some() => Err(Discard::AuthType),
        [] => Ok(()),
        rest if is_trailer(rest) => Err(Discard::AuthType),
        _ => Err(Discard::Trailing),
    }
}

/// The number of the next trailer: of this moment, or just above the last one.
///
/// After a clock was set back, the last one may lie so far ahead that no receiver takes it. Their marks leave the window, too,
/// so the clock's time is taken up again.
fn next(last: Option<Number>, window: Window, now: Duration) -> Number {
    let clock = Number::of(now);
    match last {
        Some(last) if !clock.is_after(last) && window.admits(last.ahead_of(now)) => last.next(),
        Some(_) | None => clock,
    }
}

#[cfg(test)]
mod tests;
