//! The sync daemon of IPVS that follows an instance, in words.

use vrrp::status::SyncDaemon;

use super::time::age;

/// What runs, or why it does not: to be said after the daemon's name.
pub(super) fn phrase(daemon: &SyncDaemon, now: u64) -> String {
    let SyncDaemon { interface, id, state, since, trouble } = daemon;
    match (state.as_str(), trouble) {
        ("none" | "unknown", Some(trouble)) => format!("does not run: {trouble}"),
        (role, Some(trouble)) => format!("runs as {role} still: {trouble}"),
        ("none" | "unknown", None) => format!("is being started over {interface} (id {id})"),
        (role, None) => {
            let time = since.map(|since| format!(" for {}", age(since, now))).unwrap_or_default();
            format!("runs as {role} over {interface} (id {id}){time}")
        }
    }
}

/// Whether connections would survive a failover, as far as it depends on this host.
pub(super) const fn is_well(daemon: &SyncDaemon) -> bool {
    daemon.trouble.is_none()
}
