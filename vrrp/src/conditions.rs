//! Conditions: what is watched around an instance, and what follows for its eligibility and priority.
//!
//! A source makes [`Observation`]s. A [`Condition`] turns them into a standing, with its damping. All conditions of an
//! instance come to a [`Verdict`].

pub use self::condition::{Condition, Standing};
pub use self::unit::{UnitState, order};
pub use self::verdict::{Bar, Verdict};

mod condition;
mod unit;
mod verdict;

/// What a source saw in one look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// What follows from it.
    pub finding: Finding,
    /// What was seen, as a sentence without a full stop: `eth1 has no carrier`.
    pub words: String,
}

/// What a look has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// All is well.
    Good,
    /// It is not.
    Bad,
    /// Nobody can tell.
    Unknown,
    /// All is well, and the weight counts this many times, -253 to 253.
    Value(i16),
}

impl Observation {
    /// Makes a good one.
    #[must_use]
    pub fn good(words: impl Into<String>) -> Self {
        Self { finding: Finding::Good, words: words.into() }
    }

    /// Makes a bad one.
    #[must_use]
    pub fn bad(words: impl Into<String>) -> Self {
        Self { finding: Finding::Bad, words: words.into() }
    }

    /// Makes one that tells why nothing can be told.
    #[must_use]
    pub fn unknown(words: impl Into<String>) -> Self {
        Self { finding: Finding::Unknown, words: words.into() }
    }
}

#[cfg(test)]
mod tests;
