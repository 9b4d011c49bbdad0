//! What there is once a virtual router: a family of an instance.

use std::fmt;

use vrrp::status::{Counters, Instance, Router, State};

use super::{And, Page, by_reason, each_router, span};

type Counted = (&'static str, &'static str, fn(&Instance, &Router) -> bool, fn(&Counters) -> u64);

const ALWAYS: fn(&Instance, &Router) -> bool = |_, _| true;
const VERSION_3_OVER_IPV4: fn(&Instance, &Router) -> bool =
    |instance, router| instance.version == 3 && router.family == "IPv4";
const IPV6: fn(&Instance, &Router) -> bool = |_, router| router.family == "IPv6";
const ADVERTISED: fn(&Instance, &Router) -> bool =
    |instance, router| instance.router_lifetime.is_some() && IPV6(instance, router);
const AUTHENTICATED: fn(&Instance, &Router) -> bool = |instance, _| instance.auth.is_some();

/// Everything that is counted, for which virtual routers it can be more than 0, and where it stands.
const COUNTERS: &[Counted] = &[
    (
        "vrrp_master_transitions",
        "How often the virtual router became Master (RFC 8347 master-transitions)",
        ALWAYS,
        |c| c.master_transitions,
    ),
    (
        "vrrp_advertisements_sent",
        "Advertisements sent, resignations included (RFC 8347 advertisement-sent)",
        ALWAYS,
        |c| c.advertisements_sent,
    ),
    (
        "vrrp_advertisements_received",
        "Advertisements received and accepted, resignations included (RFC 8347 advertisement-rcvd)",
        ALWAYS,
        |c| c.advertisements_received,
    ),
    ("vrrp_advertisements_filtered", "Advertisements processed although this host filters them away", ALWAYS, |c| {
        c.advertisements_filtered
    }),
    ("vrrp_priority_zero_sent", "Resignations sent (RFC 8347 priority-zero-pkts-sent)", ALWAYS, |c| {
        c.priority_zero_sent
    }),
    ("vrrp_priority_zero_received", "Resignations received (RFC 8347 priority-zero-pkts-rcvd)", ALWAYS, |c| {
        c.priority_zero_received
    }),
    ("vrrp_announcements_sent", "Gratuitous ARP and unsolicited neighbour advertisements sent", ALWAYS, |c| {
        c.announcements_sent
    }),
    ("vrrp_router_advertisements_sent", "Router advertisements sent to IPv6 hosts", ADVERTISED, |c| {
        c.router_advertisements_sent
    }),
    ("vrrp_send_errors", "Sends that the kernel refused", ALWAYS, |c| c.send_errors),
    ("vrrp_address_conflicts", "How often another host was seen that goes on answering for an address", ALWAYS, |c| {
        c.address_conflicts
    }),
    (
        "vrrp_address_list_mismatches",
        "Accepted advertisements whose addresses differ from the configured ones (RFC 8347 address-list-errors, with \
         those that are discarded)",
        ALWAYS,
        |c| c.address_list_mismatches,
    ),
    ("vrrp_first_not_link_local", "Accepted IPv6 advertisements whose first address is not link-local", IPV6, |c| {
        c.first_not_link_local
    }),
    (
        "vrrp_checksums_rfc5798",
        "Accepted version 3 advertisements over IPv4 whose checksum includes the pseudo-header",
        VERSION_3_OVER_IPV4,
        |c| c.checksum_rfc5798,
    ),
    (
        "vrrp_checksums_rfc9568",
        "Accepted version 3 advertisements over IPv4 whose checksum covers the message alone",
        VERSION_3_OVER_IPV4,
        |c| c.checksum_rfc9568,
    ),
    ("vrrp_authenticated", "Accepted advertisements that were authentic", AUTHENTICATED, |c| c.authenticated),
    (
        "vrrp_unauthenticated",
        "Accepted advertisements that nothing authenticated, as auth.mode allows",
        AUTHENTICATED,
        |c| c.unauthenticated,
    ),
];

pub(super) fn write(page: &mut Page<'_>, instances: &[Instance]) -> fmt::Result {
    page.gauge(
        "vrrp_instance_state",
        "The state: 1 for the one that it is in (RFC 8347 state; its initialize is init or fault)",
        each_router(instances).flat_map(|(labels, instance, _)| {
            let states =
                [(State::Init, "init"), (State::Backup, "backup"), (State::Master, "master"), (State::Fault, "fault")];
            states.map(|(state, name)| (And(labels, [("state", name)]), u32::from(instance.state == state)))
        }),
    )?;
    page.seconds(
        "vrrp_master_down_interval",
        "How long a Backup waits for its Master (RFC 8347 master-down-interval)",
        each_router(instances).map(|(labels, _, router)| (labels, span(router.master_down_interval))),
    )?;
    page.gauge(
        "vrrp_filtered",
        "Whether something on this host takes away the advertisements that it is to hear",
        each_router(instances).map(|(labels, _, router)| (labels, u32::from(router.filtered_by.is_some()))),
    )?;
    page.gauge(
        "vrrp_address_conflict",
        "Whether another host answered for an address while this one was Master, in the last half minute",
        each_router(instances).map(|(labels, _, router)| (labels, u32::from(router.conflict.is_some()))),
    )?;
    page.gauge(
        "vrrp_auth_refused_hosts",
        "Hosts whose last advertisement was refused for want of authentication, 16 at most",
        each_router(instances).map(|(labels, _, router)| (labels, router.auth_refusals.len())),
    )?;
    for (name, help, can, count) in COUNTERS {
        let able = each_router(instances).filter(|(_, instance, router)| can(instance, router));
        page.counter(name, help, able.map(|(labels, _, router)| (labels, count(&router.counters))))?;
    }
    page.counter(
        "vrrp_discards",
        "Discarded packets for the virtual router by reason, those that there were (RFC 8347 interval-errors, \
         address-list-errors, invalid-type-pkts-rcvd, packet-length-errors)",
        each_router(instances).flat_map(|(labels, _, router)| by_reason(labels, &router.counters.discards)),
    )
}
