//! The stamp: that a daemon lived, and which state was true then.

use std::time::Duration;

const MARK: [u8; 8] = *b"vrrpd\0\x001";

/// That a daemon had sent every advertisement that was due at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Alive {
    /// The time.
    pub at: Duration,
    /// The number of the state that was true then.
    pub number: u64,
    /// The highest number of an authentication header that it had sent; 0 if it had sent none. The next one must be above it.
    pub sealed: u32,
}

impl Alive {
    /// How many bytes it takes.
    pub const LENGTH: usize = 28;

    /// Writes it.
    #[must_use]
    pub fn encode(self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        let nanoseconds = u64::try_from(self.at.as_nanos()).unwrap_or(u64::MAX);
        bytes[..8].copy_from_slice(&MARK);
        bytes[8..16].copy_from_slice(&nanoseconds.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.number.to_le_bytes());
        bytes[24..].copy_from_slice(&self.sealed.to_le_bytes());
        bytes
    }

    /// Reads it; `None` if it is none.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&MARK)?;
        let (at, rest) = rest.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let sealed = <[u8; 4]>::try_from(rest).ok()?;
        Some(Self {
            at: Duration::from_nanos(u64::from_le_bytes(*at)),
            number: u64::from_le_bytes(*number),
            sealed: u32::from_le_bytes(sealed),
        })
    }
}
