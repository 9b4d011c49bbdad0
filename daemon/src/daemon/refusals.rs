//! Whose advertisements a router refused for want of authentication.
//!
//! Source addresses cost nothing to forge, so there is an end to what is remembered and to what the journal is told.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use vrrp::status;
use vrrp::wire::Discard;

/// The most hosts that are remembered; of more, those that were refused last.
const HOSTS: usize = 16;
/// What the journal is told of one router in an [`HOUR`] at most.
const TOLD: usize = 32;
/// In microseconds.
const HOUR: u64 = 3_600_000_000;

/// The refusals of one virtual router.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    hosts: BTreeMap<IpAddr, Host>,
    /// When the hour began in which so much was told, in microseconds since 1970.
    since: u64,
    told: usize,
}

#[derive(Debug)]
struct Host {
    reason: Discard,
    /// In microseconds since 1970.
    at: u64,
    told: BTreeSet<Discard>,
}

impl Refusals {
    /// Remembers a refusal, and tells whether the journal is to be told: once a host and reason.
    pub(super) fn note(&mut self, source: IpAddr, reason: Discard, at: u64) -> bool {
        if !self.hosts.contains_key(&source) && self.hosts.len() == HOSTS {
            let oldest = self.hosts.iter().min_by_key(|(_, host)| host.at).map(|(source, _)| *source);
            oldest.map(|source| self.hosts.remove(&source));
        }
        let host = self.hosts.entry(source).or_insert_with(|| Host { reason, at, told: BTreeSet::new() });
        (host.reason, host.at) = (reason, at);
        if at.abs_diff(self.since) >= HOUR {
            (self.since, self.told) = (at, 0);
        }
        let tell = self.told < TOLD && host.told.insert(reason);
        self.told += usize::from(tell);
        tell
    }

    /// What the tool shows, in the order of the addresses.
    pub(super) fn present(&self) -> Vec<status::AuthRefusal> {
        let refusal = |(source, host): (&IpAddr, &Host)| status::AuthRefusal {
            source: source.to_string(),
            reason: host.reason.name().to_owned(),
            at: host.at,
        };
        self.hosts.iter().map(refusal).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn each_host_and_reason_is_told_once() {
        let mut refusals = Refusals::default();
        let [left, right] = [1, 2].map(|host| IpAddr::from([192, 0, 2, host]));
        let told = (0..100).filter(|&at| refusals.note(left, Discard::AuthFailure, HOUR + at)).count();
        assert_eq!(told, 1);
        assert!(refusals.note(left, Discard::AuthReplay, HOUR) && refusals.note(right, Discard::AuthFailure, HOUR));
        assert!(!refusals.note(left, Discard::AuthFailure, HOUR));
        let shown: Vec<_> = refusals.present().into_iter().map(|one| (one.source, one.reason)).collect();
        assert_eq!(shown[0], ("192.0.2.1".to_owned(), "auth-failure".to_owned()));
        assert_eq!(shown.len(), 2);
    }

    #[test]
    fn forged_sources_fill_neither_the_memory_nor_the_journal() {
        let mut refusals = Refusals::default();
        let told = (0..100_000_u32)
            .filter(|&host| refusals.note(Ipv4Addr::from(host).into(), Discard::AuthMissing, HOUR + u64::from(host)))
            .count();
        assert_eq!((told, refusals.present().len()), (TOLD, HOSTS));
        assert!(refusals.note(Ipv4Addr::from(7).into(), Discard::AuthMissing, 3 * HOUR), "the next hour");
    }
}
