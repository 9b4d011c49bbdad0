//! What became of each line.

use serde::Serialize;

use super::files::Place;

/// What became of a line, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// It is not possible here, or not yet.
    #[serde(rename = "not-translated")]
    Lost,
    /// keepalived knows no such word, or ignores what it says.
    Unknown,
    /// It became something that a person should look at.
    Differs,
    /// It has no meaning here.
    Needless,
    /// It is for another host.
    #[serde(rename = "other-host")]
    Elsewhere,
    /// It became something that means the same.
    #[serde(rename = "translated")]
    Became,
    /// It is a part of others, which have a fate of their own.
    Part,
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
