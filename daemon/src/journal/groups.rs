//! Interface groups, and the instances that are on them.

use tracing::{info, warn};
use vrrp::group::{GroupState, MemberState};
use vrrp::message_id as id;

use super::limit::limited;

/// An interface group is something else now.
pub(crate) fn group(name: &str, state: GroupState, reason: &str) {
    let (word, text) = (state.name(), format!("group {name} is {state}: {reason}"));
    limited(id::GROUP, name, |left_out| match state {
        GroupState::Ok => info!(
            MESSAGE_ID = id::GROUP,
            VRRP_GROUP = name,
            VRRP_GROUP_STATE = word,
            VRRP_REASON = reason,
            "{text}{left_out}"
        ),
        GroupState::Degraded | GroupState::Failed => warn!(
            MESSAGE_ID = id::GROUP,
            VRRP_GROUP = name,
            VRRP_GROUP_STATE = word,
            VRRP_REASON = reason,
            "{text}{left_out}"
        ),
    });
}

/// A member of an interface group is something else now.
pub(crate) fn member(group: &str, interface: &str, state: MemberState, reason: &str) {
    let word = state.name();
    limited(id::MEMBER, interface, |left_out| {
        info!(
            MESSAGE_ID = id::MEMBER,
            VRRP_GROUP = group,
            VRRP_INTERFACE = interface,
            VRRP_MEMBER_STATE = word,
            VRRP_REASON = reason,
            "group {group}: {interface} is {word}: {reason}{left_out}"
        );
    });
}

/// Who is probed over a member of an interface group no longer answers.
pub(crate) fn targets_sought(group: &str, interface: &str, reason: &str) {
    limited(id::TARGETS_SOUGHT, interface, |left_out| {
        info!(
            MESSAGE_ID = id::TARGETS_SOUGHT,
            VRRP_GROUP = group,
            VRRP_INTERFACE = interface,
            "group {group}: {reason}{left_out}"
        );
    });
}

/// Another member of its group carries an instance now.
pub(crate) fn moved(name: &str, before: Option<&str>, interface: &str) {
    limited(id::MOVED, name, |left_out| {
        let from = before.map_or_else(String::new, |before| format!(" from {before}"));
        info!(
            MESSAGE_ID = id::MOVED,
            VRRP_INSTANCE = name,
            VRRP_INTERFACE = interface,
            "{name} moves{from} to {interface}{left_out}"
        );
    });
}
