//! What is told of the sync daemon of IPVS.

use tracing::{info, warn};
use vrrp::message_id as id;

use super::limit::limited;

/// The sync daemon of IPVS that follows an instance runs; with what another program had done to it, where that is why.
pub(crate) fn sync_daemon(instance: &str, role: &str, undone: Option<&str>) {
    limited(id::SYNC_DAEMON, instance, |left_out| match undone {
        None => info!(
            MESSAGE_ID = id::SYNC_DAEMON,
            VRRP_INSTANCE = instance,
            "{instance}: the sync daemon of IPVS runs as {role}{left_out}"
        ),
        Some(undone) => warn!(
            MESSAGE_ID = id::SYNC_DAEMON,
            VRRP_INSTANCE = instance,
            "{instance}: {undone}: the sync daemon of IPVS runs as {role} again{left_out}"
        ),
    });
}

/// The sync daemon of IPVS does not run as an instance needs it.
pub(crate) fn sync_daemon_failed(instance: &str, role: &str, reason: &str) {
    limited(id::SYNC_DAEMON, instance, |left_out| {
        warn!(
            MESSAGE_ID = id::SYNC_DAEMON,
            VRRP_INSTANCE = instance,
            "{instance}: the sync daemon of IPVS does not run as {role}: {reason}{left_out}"
        );
    });
}

/// The sync daemon of IPVS is wanted no longer, and was stopped, or why not.
pub(crate) fn sync_daemon_stopped(trouble: Option<&str>) {
    match trouble {
        None => info!(MESSAGE_ID = id::SYNC_DAEMON, "the sync daemon of IPVS is stopped"),
        Some(reason) => {
            warn!(MESSAGE_ID = id::SYNC_DAEMON, "the sync daemon of IPVS cannot be stopped: {reason}");
        }
    }
}
