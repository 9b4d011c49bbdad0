//! What an instance has gone through.

use serde::{Deserialize, Serialize};

use super::State;

/// An instance entered a state, or had another reason for the one that it was in: then `old` is that state, too.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transition {
    /// The instance.
    pub instance: String,
    /// Which one of this instance it is, since the daemon started or the instance was added: 1 is the first.
    pub number: u64,
    /// When it was.
    pub time: u64,
    /// The state before.
    pub old: State,
    /// The state from then on.
    pub state: State,
    /// Why, in words.
    pub reason: String,
}
