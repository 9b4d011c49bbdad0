//! What became of each line.

use super::files::Place;

/// What became of a line, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// It is not possible here, or not yet.
    Lost,
    /// keepalived knows no such word, or ignores what it says.
    Unknown,
    /// It became something that a person should look at.
    Differs,
    /// It has no meaning here.
    Needless,
    /// It is for another host.
    Elsewhere,
    /// It became something that means the same.
    Became,
    /// It is a part of others, which have a fate of their own.
    Part,
}

impl Kind {
    /// The word for it in JSON.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Lost => "not-translated",
            Self::Unknown => "unknown",
            Self::Differs => "differs",
            Self::Needless => "needless",
            Self::Elsewhere => "other-host",
            Self::Became => "translated",
            Self::Part => "part",
        }
    }
}

/// What became of a line. A line may have several fates.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fate {
    pub(crate) place: Place,
    pub(crate) kind: Kind,
    /// What it became, as TOML; empty where it became nothing.
    pub(crate) toml: String,
    /// Why, and what to do; empty where there is nothing to say.
    pub(crate) why: String,
}

impl Fate {
    pub(super) fn new(place: Place, kind: Kind, why: impl Into<String>) -> Self {
        Self { place, kind, toml: String::new(), why: why.into() }
    }

    pub(super) fn became(place: Place, toml: impl Into<String>) -> Self {
        Self { place, kind: Kind::Became, toml: toml.into(), why: String::new() }
    }

    pub(super) fn differs(place: Place, toml: impl Into<String>, why: impl Into<String>) -> Self {
        Self { place, kind: Kind::Differs, toml: toml.into(), why: why.into() }
    }
}
