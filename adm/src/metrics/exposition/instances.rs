//! What there is once an instance.

use std::fmt;

use vrrp::status::Instance;

use super::{And, Of, Page, seconds, span};

type Told = (&'static str, &'static str, fn(&Instance) -> bool);

const SYNC_DAEMON_STATES: [&str; 4] = ["master", "backup", "none", "unknown"];

/// What is so or not.
const FLAGS: &[Told] = &[
    ("vrrp_instance_enabled", "Whether the configuration enables the instance", |one| one.enabled),
    ("vrrp_instance_barred", "Whether the instance is a Backup that may not take over", |one| one.barred),
    ("vrrp_instance_away", "Whether the instance was made to resign (vrrpadm resign) and stays away", |one| {
        one.away.is_some()
    }),
    ("vrrp_instance_draining", "Whether the instance serves on what it has resigned", |one| one.draining),
];

pub(super) fn write(page: &mut Page<'_>, instances: &[Instance]) -> fmt::Result {
    for (name, help, is) in FLAGS {
        page.gauge(name, help, instances.iter().map(|one| (Of(one), u32::from(is(one)))))?;
    }
    page.gauge(
        "vrrp_instance_held",
        "Whether services can bind every address on this host, whoever is Master, where they are held (hold = address)",
        instances.iter().filter(|one| one.hold == "address").map(|one| (Of(one), u32::from(one.held))),
    )?;
    page.seconds(
        "vrrp_instance_since",
        "When the instance entered its state, since 1970",
        instances.iter().map(|one| (Of(one), seconds(one.since))),
    )?;
    page.gauge(
        "vrrp_instance_priority",
        "The configured priority (RFC 8347 priority)",
        instances.iter().map(|one| (Of(one), u32::from(one.priority))),
    )?;
    page.gauge(
        "vrrp_instance_effective_priority",
        "The priority with the weights of all conditions",
        instances.iter().map(|one| (Of(one), u32::from(one.effective_priority))),
    )?;
    page.seconds(
        "vrrp_instance_advert_interval",
        "The configured advertisement interval (RFC 8347 advertise-interval-centi-sec, advertise-interval-sec)",
        instances.iter().map(|one| (Of(one), span(one.advert_interval))),
    )?;
    let sync_daemons = || instances.iter().filter_map(|one| Some((Of(one), one.sync_daemon.as_ref()?)));
    page.gauge(
        "vrrp_sync_daemon_state",
        "What the kernel's IPVS sync daemon that follows the instance is: 1 for its state",
        sync_daemons().flat_map(|(labels, daemon)| {
            SYNC_DAEMON_STATES.map(|state| (And(labels, [("state", state)]), u32::from(state == daemon.state)))
        }),
    )?;
    page.gauge(
        "vrrp_sync_daemon_trouble",
        "Whether the kernel's IPVS sync daemon is not what it is to be",
        sync_daemons().map(|(labels, daemon)| (labels, u32::from(daemon.trouble.is_some()))),
    )
}
