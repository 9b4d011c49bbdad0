//! Why a packet was discarded: one name, and so one counter, a reason.

use std::fmt;

/// Writes the enumeration, its list and its names from one table, so that none of them can miss an entry.
macro_rules! discards {
    ($($(#[$doc:meta])+ $variant:ident = $name:literal,)+) => {
        /// A reason for which a received packet changes nothing.
        ///
        /// Names that RFC 8347 has for a reason are used as they are there.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Discard {
            $($(#[$doc])+ $variant,)+
        }

        impl Discard {
            /// Every reason, in the order in which they are looked for.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The reason's name as counters carry it: lower case words with hyphens.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

discards! {
    // The packet by itself: what the decoder finds, in the order of RFC 9568, section 7.1.

    /// It is not one whole IP packet of protocol 112.
    IpHeader = "ip-header-error",
    /// Its TTL or hop limit is not 255, so a router has forwarded it or it was forged from afar; or it is lower than a unicast
    /// peer's may be.
    HopLimit = "ip-ttl-error",
    /// It is CARP, which uses VRRP's protocol number and the first byte of version 2.
    Carp = "carp",
    /// Its version is neither 2 nor 3.
    Version = "version-error",
    /// It is version 2 over IPv6, which does not exist.
    Version2OverIpv6 = "version-2-over-ipv6",
    /// Its type is not ADVERTISEMENT.
    Type = "invalid-type",
    /// It ends before all that its header announces.
    Truncated = "packet-length-error",
    /// It goes on after all that its header announces.
    Trailing = "trailing-bytes",
    /// Its checksum is wrong, in every way of reckoning it that its version knows.
    Checksum = "checksum-error",
    /// Its virtual router identifier is 0.
    VridZero = "vrid-zero",
    /// It is authenticated in another way than is configured; without `auth`, in any way at all.
    AuthType = "auth-type",
    /// It is not authenticated, and has to be.
    AuthMissing = "auth-missing",
    /// It carries no address (RFC 9568, erratum 8299).
    NoAddresses = "no-addresses",
    /// Its advertisement interval is 0 (RFC 9568, erratum 8301).
    IntervalZero = "interval-zero",

    // What authenticates it, with the secrets of the virtual router at hand.

    /// What authenticates it has not the form that it should have, or is bound to another sender.
    AuthMalformed = "auth-malformed",
    /// It names a key that is not configured here.
    AuthKey = "auth-unknown-key",
    /// Its password, integrity check value or message authentication code is wrong: somebody has another secret.
    AuthFailure = "auth-failure",
    /// It is authentic, but its time is further from this host's than the window allows.
    AuthStale = "auth-stale",
    /// It is authentic, but its number is not above the last one: it was recorded and sent again.
    AuthReplay = "auth-replay",

    // The packet at this host: what only the receiver can tell.

    /// Its destination is neither the group nor an address of this host.
    Destination = "destination-error",
    /// This host sent it.
    OwnPacket = "own-packet",
    /// No virtual router with its identifier is configured on the link and family that it came over.
    UnknownVrid = "vrid-error",
    /// It was sent by none of the configured unicast peers.
    UnknownPeer = "unknown-peer",
    /// Its version is not the one that is configured.
    VersionMismatch = "version-mismatch",
    /// It is version 2 and its interval is not the one that is configured (RFC 3768, section 7.1).
    Interval = "interval-error",
    /// It is version 2, its addresses are not those configured, and its sender does not own them (RFC 3768, section
    /// 7.1).
    AddressList = "address-list-error",
}

impl Discard {
    /// Tells whether it is for want of the right authentication.
    #[must_use]
    pub const fn is_of_authentication(self) -> bool {
        matches!(
            self,
            Self::AuthType
                | Self::AuthMissing
                | Self::AuthMalformed
                | Self::AuthKey
                | Self::AuthFailure
                | Self::AuthStale
                | Self::AuthReplay
        )
    }
}

impl fmt::Display for Discard {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_has_a_name_of_its_own_that_can_be_a_key() {
        let names: BTreeSet<_> = Discard::ALL.iter().map(|reason| reason.name()).collect();
        assert_eq!(names.len(), Discard::ALL.len());
        for name in names {
            assert!(
                name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'),
                "{name}"
            );
        }
    }
}
