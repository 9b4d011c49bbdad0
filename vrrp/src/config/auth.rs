//! How an instance authenticates, and where its secrets are; never what they are.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use crate::id::Interval;
use crate::wire::auth::{KeyId, Keys, Mode, Ring, Secret, Window};

pub(crate) use literal::{ADVICE, may_show};
pub(crate) use read::auth;

mod literal;
mod read;

/// The shortest and the longest window, in seconds.
pub(crate) const WINDOWS: RangeInclusive<u64> = 1..=300;
/// The window of those who advertise often, in seconds.
const USUAL_WINDOW: u64 = 5;

/// How the advertisements of an instance are authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// By a password in each of them (RFC 2338, section 5.3.6.2). Version 2 alone.
    Password(SecretSource),
    /// By the authentication header (RFC 2338, section 5.3.6.3). Version 2 alone.
    Ah(SecretSource),
    /// By an HMAC-SHA256 behind them (draft-cassen-vrrp-auth-hmac).
    Hmac {
        /// The keys that are accepted.
        keys: BTreeMap<KeyId, SecretSource>,
        /// The key that is sent with; one of `keys`.
        send: KeyId,
        /// What is sent and what has to be.
        mode: Mode,
        /// How far the clocks of the hosts may be apart; none for [`usual_window`](Self::usual_window).
        window: Option<Window>,
    },
}

impl Auth {
    /// The words for the types in a configuration; the last turns a default off.
    pub const TYPES: [&str; 4] = ["hmac-sha256", "password", "ah", "none"];

    /// The word for its type.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hmac { .. } => "hmac-sha256",
            Self::Password(_) => "password",
            Self::Ah(_) => "ah",
        }
    }

    /// Where its secrets are.
    pub fn sources(&self) -> impl Iterator<Item = &SecretSource> {
        let (one, several) = match self {
            Self::Password(source) | Self::Ah(source) => (Some(source), None),
            Self::Hmac { keys, .. } => (None, Some(keys)),
        };
        one.into_iter().chain(several.into_iter().flat_map(BTreeMap::values))
    }

    /// How many bytes each of its secrets may have.
    #[must_use]
    pub const fn secret_lengths(&self) -> RangeInclusive<usize> {
        match self {
            Self::Password(_) | Self::Ah(_) => 1..=8,
            Self::Hmac { .. } => 32..=64,
        }
    }

    /// Fetches every secret of an instance that advertises with `interval`.
    ///
    /// # Errors
    /// Those of `fetch`, all of them.
    pub fn keys<E>(
        &self,
        interval: Interval,
        mut fetch: impl FnMut(&SecretSource) -> Result<Secret, E>,
    ) -> Result<Keys, Vec<E>> {
        match self {
            Self::Password(source) => fetch(source).map(Keys::Password).map_err(|error| vec![error]),
            Self::Ah(source) => fetch(source).map(Keys::Ah).map_err(|error| vec![error]),
            Self::Hmac { keys, send, mode, window } => {
                let mut errors = Vec::new();
                let mut fetched = BTreeMap::new();
                for (id, source) in keys {
                    match fetch(source) {
                        Ok(secret) => {
                            fetched.insert(*id, secret);
                        }
                        Err(error) => errors.push(error),
                    }
                }
                let window = window.unwrap_or_else(|| Self::usual_window(interval));
                let ring = Ring { keys: fetched, send: *send, mode: *mode, window };
                if errors.is_empty() { Ok(Keys::Hmac(ring)) } else { Err(errors) }
            }
        }
    }

    /// The window of an instance that says nothing of it: three advertisements, and five seconds at least.
    #[must_use]
    pub fn usual_window(interval: Interval) -> Window {
        let intervals = (3 * interval.duration()).as_millis().div_ceil(1000);
        let seconds = u64::try_from(intervals).unwrap_or(u64::MAX).clamp(USUAL_WINDOW, *WINDOWS.end());
        Window::Within(Duration::from_secs(seconds))
    }
}

/// Where a secret is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretSource {
    /// A credential of that name, which systemd hands to vrrp.service.
    Credential(String),
    /// A file that only its owner can read.
    File(PathBuf),
}

impl fmt::Display for SecretSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Credential(name) => write!(out, "credential {name}"),
            Self::File(path) => write!(out, "{}", path.display()),
        }
    }
}
