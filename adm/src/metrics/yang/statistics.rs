//! The model's statistics. Its counters of 64 bits are strings, as RFC 7951 wants them.

use serde::{Serialize, Serializer};
use vrrp::status::{Counters, Status};
use vrrp::wire::Discard;

use super::date_and_time;

/// A counter of 64 bits.
#[derive(Debug)]
struct Counter64(u64);

impl Serialize for Counter64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// What a virtual router counted.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Statistics {
    #[serde(skip_serializing_if = "Option::is_none")]
    discontinuity_datetime: Option<String>,
    /// Of 32 bits, which wraps.
    master_transitions: u32,
    advertisement_rcvd: Counter64,
    advertisement_sent: Counter64,
    /// Version 3 takes any interval, so only version 2 has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval_errors: Option<Counter64>,
    priority_zero_pkts_rcvd: Counter64,
    priority_zero_pkts_sent: Counter64,
    invalid_type_pkts_rcvd: Counter64,
    address_list_errors: Counter64,
    packet_length_errors: Counter64,
}

impl Statistics {
    pub(super) fn of(counters: &Counters, version: u8, started: u64) -> Self {
        let discarded = |reason: Discard| counters.discards.get(reason.name()).copied().unwrap_or_default();
        Self {
            discontinuity_datetime: date_and_time(started),
            #[expect(clippy::cast_possible_truncation, reason = "that is how a counter32 wraps")]
            master_transitions: counters.master_transitions as u32,
            advertisement_rcvd: Counter64(counters.advertisements_received),
            advertisement_sent: Counter64(counters.advertisements_sent),
            interval_errors: (version == 2).then(|| Counter64(discarded(Discard::Interval))),
            priority_zero_pkts_rcvd: Counter64(counters.priority_zero_received),
            priority_zero_pkts_sent: Counter64(counters.priority_zero_sent),
            invalid_type_pkts_rcvd: Counter64(discarded(Discard::Type)),
            address_list_errors: Counter64(counters.address_list_mismatches + discarded(Discard::AddressList)),
            packet_length_errors: Counter64(discarded(Discard::Truncated)),
        }
    }
}

/// What is counted for the host as a whole, whichever virtual router a packet is for.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Global {
    #[serde(skip_serializing_if = "Option::is_none")]
    discontinuity_datetime: Option<String>,
    checksum_errors: Counter64,
    version_errors: Counter64,
    vrid_errors: Counter64,
    ip_ttl_errors: Counter64,
}

impl Global {
    pub(super) fn of(status: &Status) -> Self {
        let routers = status.instances.iter().flat_map(|instance| &instance.routers);
        let all: Vec<_> = routers.map(|router| &router.counters.discards).chain([&status.daemon.discards]).collect();
        let discarded = |reasons: &[Discard]| {
            let each = all.iter().flat_map(|discards| reasons.iter().filter_map(|reason| discards.get(reason.name())));
            Counter64(each.sum())
        };
        Self {
            discontinuity_datetime: date_and_time(status.daemon.started),
            checksum_errors: discarded(&[Discard::Checksum]),
            version_errors: discarded(&[Discard::Version, Discard::Version2OverIpv6]),
            vrid_errors: discarded(&[Discard::UnknownVrid, Discard::VridZero]),
            ip_ttl_errors: discarded(&[Discard::HopLimit]),
        }
    }
}
