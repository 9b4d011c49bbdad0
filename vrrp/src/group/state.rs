//! What a member and a group come to, and the words for it.

use std::fmt;

/// What a member is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// It can be used, and is.
    Ok,
    /// It is used, though nothing has proven yet that it can be: no target is known, or none has answered.
    Unknown,
    /// It could be used, and waits until another member cannot.
    Standby,
    /// It cannot be used.
    Failed,
    /// An administrator does not want it to be used.
    Offline,
}

impl MemberState {
    /// The word that is written everywhere.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Standby => "standby",
            Self::Failed => "failed",
            Self::Offline => "offline",
        }
    }
}

impl fmt::Display for MemberState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}

/// What the usable members of a group come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupState {
    /// All of them can be used.
    Ok,
    /// Some can.
    Degraded,
    /// None can.
    Failed,
}

impl GroupState {
    /// The word that is written everywhere.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for GroupState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.name())
    }
}
