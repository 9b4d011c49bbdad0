//! Interface groups as they are told.

use serde::{Deserialize, Serialize};

/// An interface group: links of which one is as good as another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Group {
    /// Its name.
    pub name: String,
    /// `ok`, `degraded` or `failed`.
    pub state: String,
    /// Why, in words.
    pub reason: String,
    /// When it entered this state.
    pub since: u64,
    /// How its members are probed: `none`, `icmp` or `arp`.
    pub probe: String,
    /// How long it takes at most until a member whose probes are not answered has failed, in milliseconds; `null` where nothing is probed.
    pub failure_detection_time: Option<u32>,
    /// Whether a member that is repaired is used again though another one has taken its part.
    pub failback: bool,
    /// The preferred of the members that are used; `null` if none can be.
    pub preferred: Option<String>,
    /// Its members, those that wait in the end.
    pub members: Vec<GroupMember>,
}

/// A link in an interface group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupMember {
    /// The link.
    pub interface: String,
    /// `ok`, `unknown`, `standby`, `failed` or `offline`.
    pub state: String,
    /// Why, in words.
    pub reason: String,
    /// When it entered this state.
    pub since: u64,
    /// Whether it is used.
    pub active: bool,
    /// Whether it is configured to be used only in place of another one.
    pub standby: bool,
    /// What the kernel tells of the link: `up`, `down` or `unknown`.
    pub link: String,
    /// What probes tell: `ok`, `failed`, `unknown` or `disabled`.
    pub probe: String,
    /// Why the last probe could not be sent, if it could not.
    pub trouble: Option<String>,
    /// Where its targets come from: `configured`, `routes` or `disabled`.
    pub mode: String,
    /// The address that its IPv4 probes are sent from, where it has one.
    pub test_address: Option<String>,
    /// Who is probed, in their order.
    pub targets: Vec<GroupTarget>,
}

/// Somebody who is probed over a link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GroupTarget {
    /// Its address.
    pub address: String,
    /// Whether it is left alone because it no longer answered though others did.
    pub rests: bool,
    /// Probes sent.
    pub sent: u64,
    /// Probes answered, in time or not.
    pub answered: u64,
    /// Probes not answered in time.
    pub lost: u64,
    /// How long the last answer took, in microseconds.
    pub round_trip: Option<u32>,
    /// How long answers take on average, in microseconds.
    pub average: Option<u32>,
    /// How much that varies, in microseconds.
    pub deviation: Option<u32>,
}
