//! How many advertisements there are a second: the differences of counters.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use vrrp::status::{Instance, Status};

/// Over how long a rate is taken: one advertisement a second shall not be now none and now two.
const WINDOW: Duration = Duration::from_secs(5);

/// What is counted in a second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rate {
    /// Advertisements sent.
    pub(super) sent: f64,
    /// Advertisements received.
    pub(super) received: f64,
    /// Packets discarded.
    pub(super) discarded: f64,
}

/// What was counted up to some time.
#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    sent: u64,
    received: u64,
    discarded: u64,
}

impl Counted {
    fn of(instance: &Instance) -> Self {
        let mut sum = Self::default();
        for router in &instance.routers {
            let counters = &router.counters;
            sum.sent += counters.advertisements_sent;
            sum.received += counters.advertisements_received;
            sum.discarded += counters.discards.values().sum::<u64>();
        }
        sum
    }

    /// What was counted from `earlier` on; nothing where the counters have begun again.
    fn since(self, earlier: Self, time: Duration) -> Rate {
        let rate = |now: u64, then: u64| now.saturating_sub(then) as f64 / time.as_secs_f64();
        Rate {
            sent: rate(self.sent, earlier.sent),
            received: rate(self.received, earlier.received),
            discarded: rate(self.discarded, earlier.discarded),
        }
    }
}

/// All counters at one time.
#[derive(Debug)]
struct Sample {
    at: Instant,
    all: Counted,
    instances: HashMap<String, Counted>,
}

/// The counters of the last seconds.
#[derive(Debug, Default)]
pub(super) struct Rates {
    /// When the daemon started that they are of.
    started: u64,
    samples: VecDeque<Sample>,
}

impl Rates {
    /// Takes the counters of a status that was told at a time.
    pub(super) fn take(&mut self, status: &Status, at: Instant) {
        if self.started != status.daemon.started {
            self.samples.clear();
            self.started = status.daemon.started;
        }
        let instances: HashMap<String, Counted> =
            status.instances.iter().map(|instance| (instance.name.clone(), Counted::of(instance))).collect();
        let mut all = Counted::default();
        for counted in instances.values() {
            all.sent += counted.sent;
            all.received += counted.received;
            all.discarded += counted.discarded;
        }
        let heartbeats = status.daemon.heartbeats.iter().flat_map(|heartbeat| heartbeat.discards.values());
        all.discarded += status.daemon.discards.values().chain(heartbeats).sum::<u64>();
        self.samples.push_back(Sample { at, all, instances });
        // The first one is as old as the window at least, so that a slow refresh has two to compare.
        while self.samples.get(1).is_some_and(|second| at.duration_since(second.at) >= WINDOW) {
            self.samples.pop_front();
        }
    }

    /// Of all instances; `None` while nothing can be compared.
    pub(super) fn all(&self) -> Option<Rate> {
        let (first, last) = (self.samples.front()?, self.samples.back()?);
        let time = last.at.duration_since(first.at);
        (!time.is_zero()).then(|| last.all.since(first.all, time))
    }

    /// Of one instance.
    pub(super) fn of(&self, name: &str) -> Option<Rate> {
        let last = self.samples.back()?;
        let first = self.samples.iter().find(|sample| sample.instances.contains_key(name))?;
        let time = last.at.duration_since(first.at);
        let (now, then) = (last.instances.get(name)?, first.instances.get(name)?);
        (!time.is_zero()).then(|| now.since(*then, time))
    }
}

#[cfg(test)]
mod tests {
    use vrrp::status::{Counters, Daemon, Router};

    use super::*;

    fn status(started: u64, sent: u64, wrong: u64) -> Status {
        let counters =
            Counters { advertisements_sent: sent, discards: [("ttl".to_owned(), wrong)].into(), ..Counters::default() };
        let routers = vec![Router { counters, ..Router::default() }];
        let instances = vec![Instance { name: "web".to_owned(), routers, ..Instance::default() }];
        let daemon = Daemon { started, discards: [("vrid".to_owned(), wrong)].into(), ..Daemon::default() };
        Status { daemon, instances, ..Status::default() }
    }

    #[test]
    fn a_rate_is_taken_over_seconds_and_begins_again_with_the_daemon() {
        let (mut rates, start) = (Rates::default(), Instant::now());
        let at = |tenths: u64| start + Duration::from_millis(tenths * 100);
        rates.take(&status(1, 100, 0), at(0));
        assert_eq!((rates.all(), rates.of("web")), (None, None));
        for (tenths, sent) in [(10, 101), (20, 101), (31, 103), (40, 104)] {
            rates.take(&status(1, sent, 2), at(tenths));
        }
        assert_eq!(rates.of("web"), Some(Rate { sent: 1.0, received: 0.0, discarded: 0.5 }));
        assert_eq!(rates.all().map(|rate| rate.discarded), Some(1.0));
        assert_eq!(rates.of("db"), None);
        // However seldom they come, two are compared, and those of another daemon are not.
        rates.take(&status(1, 304, 2), at(240));
        assert_eq!(rates.all().map(|rate| rate.sent), Some(10.0));
        rates.take(&status(2, 7, 0), at(250));
        assert_eq!(rates.all(), None);
    }
}
