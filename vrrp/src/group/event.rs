//! What happens to a group, and what it has done.

use std::net::IpAddr;
use std::time::Duration;

use super::{GroupState, MemberState};
use crate::config::{self, LinkName, Probe};

/// What a group is configured to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Its members, the preferred first; at least one, each once.
    pub members: Vec<(LinkName, Role)>,
    /// Whether members are probed.
    pub probes: bool,
    /// How long it takes at most until a member that no target answers has failed; 100 ms or more.
    pub detection_time: Duration,
    /// Whether a member that is repaired is used again though another one has taken its part.
    pub failback: bool,
}

impl From<&config::Group> for Parameters {
    fn from(group: &config::Group) -> Self {
        let active = group.members.iter().map(|link| (link.clone(), Role::Active));
        let standby = group.standby.iter().map(|link| (link.clone(), Role::Standby));
        Self {
            members: active.chain(standby).collect(),
            probes: group.probe != Probe::None,
            detection_time: group.failure_detection_time,
            failback: group.failback,
        }
    }
}

/// Whether a member is used when all is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is.
    Active,
    /// Only in place of one that should be.
    Standby,
}

/// Something that happens to a group. Members are named by their place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The kernel tells of a member's link: that it can be used, or why not, as words that follow its name.
    Link(usize, Result<(), String>),
    /// Who can be probed over a member: the best first, each once.
    Targets(usize, Vec<IpAddr>),
    /// A target has answered.
    Answered {
        /// The member over which the answer came.
        member: usize,
        /// Who answered.
        target: IpAddr,
        /// Which probe, where the answer tells; else the last one that it was sent.
        sequence: Option<u16>,
    },
    /// A probe could not be sent: that it is not answered tells nothing.
    Refused {
        /// Over which member.
        member: usize,
        /// Its number.
        sequence: u16,
    },
    /// An administrator does not want a member to be used.
    Offline(usize),
    /// An administrator no longer minds.
    Online(usize),
    /// The time has come that [`Group::deadline`](super::Group::deadline) told.
    Deadline,
}

/// Something that must be done for a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send a probe.
    Probe {
        /// Over which member.
        member: usize,
        /// To whom.
        target: IpAddr,
        /// The number that the answer is to bear.
        sequence: u16,
    },
    /// Look again who can be probed over a member, and tell with [`Event::Targets`].
    FindTargets {
        /// The member.
        member: usize,
        /// Why, in words.
        reason: String,
    },
    /// Tell that a member is something else now, or for another reason.
    Member {
        /// The member.
        member: usize,
        /// What it is.
        state: MemberState,
        /// Why, in words.
        reason: String,
    },
    /// Tell that the group is something else now.
    Group {
        /// What it is.
        state: GroupState,
        /// Why, in words.
        reason: String,
    },
    /// Have instances that are on the group use this member, or none.
    Use(Option<usize>),
}
