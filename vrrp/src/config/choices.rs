//! Keys of an instance whose value is one of a few words.

use std::fmt;

/// Which MAC address answers for the virtual addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mac {
    /// The link's own.
    Interface,
    /// The virtual router's (RFC 9568, section 7.3).
    Virtual,
}

impl Mac {
    /// Each with the word for it in a configuration, the default first.
    pub const WORDS: [(Self, &'static str); 2] = [(Self::Interface, "interface"), (Self::Virtual, "virtual")];
}

impl fmt::Display for Mac {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(word(*self, &Self::WORDS))
    }
}

/// How a service can bind to a virtual address that its host has not claimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// The address is on the loopback link, unseen from outside.
    Address,
    /// The service binds with `IP_FREEBIND`.
    Freebind,
    /// It cannot.
    None,
}

impl Hold {
    /// Each with the word for it in a configuration, the default first.
    pub const WORDS: [(Self, &'static str); 3] =
        [(Self::Address, "address"), (Self::Freebind, "freebind"), (Self::None, "none")];
}

impl fmt::Display for Hold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(word(*self, &Self::WORDS))
    }
}

/// Which sum a version 3 advertisement over IPv4 carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksum {
    /// The one that is heard; the pseudo-header's until something is heard.
    Auto,
    /// With the IPv4 pseudo-header, as RFC 5798 was read.
    Rfc5798,
    /// Over the message alone (RFC 9568, section 5.2.8).
    Rfc9568,
}

impl Checksum {
    /// Each with the word for it in a configuration, the default first.
    pub const WORDS: [(Self, &'static str); 3] =
        [(Self::Auto, "auto"), (Self::Rfc5798, "rfc5798"), (Self::Rfc9568, "rfc9568")];
}

impl fmt::Display for Checksum {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(word(*self, &Self::WORDS))
    }
}

/// Whether Backups are told of the shortest interval before a resignation, so that they wait milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FastResign {
    /// Where exactly one other router is known to share the VRID.
    Auto,
    /// Whoever shares it.
    Always,
    /// Never.
    Off,
}

impl FastResign {
    /// Each with the word for it in a configuration, the default first.
    pub const WORDS: [(Self, &'static str); 3] = [(Self::Auto, "auto"), (Self::Always, "always"), (Self::Off, "off")];
}

impl fmt::Display for FastResign {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(word(*self, &Self::WORDS))
    }
}

/// Finds the word for one of some choices.
pub(super) fn word<T: Copy + PartialEq>(choice: T, words: &[(T, &'static str)]) -> &'static str {
    words.iter().find(|(other, _)| *other == choice).map_or("", |&(_, word)| word)
}
