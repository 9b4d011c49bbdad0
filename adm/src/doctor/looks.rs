//! What the facts mean: each look gives its findings, and none where nothing is wrong.

use super::Finding;
use super::facts::{Facts, Seen};

mod addresses;
mod clock;
mod configuration;
mod firewall;
mod forwarding;
mod link;
mod listeners;
mod ordering;
mod programs;
mod scheduling;
mod settings;
mod snooping;
mod units;
mod virtual_mac;
mod wire;

#[cfg(test)]
mod scene;

/// What judges the facts of one look.
type Judge = fn(&Facts) -> Vec<Finding>;

/// Each look by its identifier, in the order in which they are told.
pub(super) const ALL: [(&str, Judge); 23] = [
    ("configuration", configuration::judge),
    ("daemon", configuration::daemon),
    ("installation", units::installation),
    ("units", units::judge),
    ("ordering", ordering::judge),
    ("listeners", listeners::judge),
    ("link", link::judge),
    ("addresses", addresses::judge),
    ("written-addresses", addresses::written),
    ("firewall", firewall::judge),
    ("reverse-path", settings::reverse_path),
    ("arp", settings::arp),
    ("ipv6", settings::ipv6),
    ("nonlocal-bind", settings::nonlocal_bind),
    ("forwarding", forwarding::judge),
    ("sysctl-files", settings::files),
    ("snooping", snooping::judge),
    ("virtual-mac", virtual_mac::judge),
    ("other-programs", programs::judge),
    ("duplicates", wire::judge),
    ("privileges", scheduling::privileges),
    ("scheduling", scheduling::judge),
    ("clock", clock::judge),
];

/// Goes on with what was seen, or tells why it was not.
fn with<T>(seen: &Seen<T>, judge: impl FnOnce(&T) -> Vec<Finding>) -> Vec<Finding> {
    match seen {
        Ok(seen) => judge(seen),
        Err(why) => vec![Finding::unseen(why.clone())],
    }
}
