//! What there is once a heartbeat, and once a host on it.

use std::fmt;

use prometheus_client::encoding::EncodeLabelSet;
use vrrp::status::{Heartbeat, HeartbeatPeer};

use super::{And, Page, by_reason, seconds};

pub(super) fn write(page: &mut Page<'_>, heartbeats: &[Heartbeat]) -> fmt::Result {
    page.gauge(
        "vrrp_heartbeat_trouble",
        "Whether a heartbeat cannot be sent",
        heartbeats.iter().map(|one| (named(one), u32::from(one.trouble.is_some()))),
    )?;
    page.gauge(
        "vrrp_heartbeat_peer_present",
        "Whether a host was heard on a heartbeat so short ago that it is there",
        each_peer(heartbeats).map(|(labels, peer)| (labels, u32::from(peer.present))),
    )?;
    page.seconds(
        "vrrp_heartbeat_peer_heard",
        "When a host was heard last on a heartbeat, since 1970",
        each_peer(heartbeats).map(|(labels, peer)| (labels, seconds(peer.heard))),
    )?;
    page.counter("vrrp_heartbeats_sent", "Heartbeats sent", heartbeats.iter().map(|one| (named(one), one.sent)))?;
    page.counter(
        "vrrp_heartbeats_received",
        "Heartbeats received and accepted",
        heartbeats.iter().map(|one| (named(one), one.received)),
    )?;
    page.counter(
        "vrrp_heartbeat_send_errors",
        "Sends of heartbeats that the kernel refused",
        heartbeats.iter().map(|one| (named(one), one.send_errors)),
    )?;
    page.counter(
        "vrrp_heartbeat_discards",
        "Discarded heartbeats by reason, those that there were",
        heartbeats.iter().flat_map(|one| by_reason(named(one), &one.discards)),
    )
}

fn named(heartbeat: &Heartbeat) -> [(&'static str, &str); 2] {
    [("heartbeat", heartbeat.name.as_str()), ("interface", heartbeat.interface.as_str())]
}

fn each_peer(heartbeats: &[Heartbeat]) -> impl Iterator<Item = (impl EncodeLabelSet, &HeartbeatPeer)> {
    heartbeats
        .iter()
        .flat_map(|one| one.peers.iter().map(move |peer| (And(named(one), [("peer", peer.address.as_str())]), peer)))
}
