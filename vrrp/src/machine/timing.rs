//! The intervals that follow from priority and advertisement interval.

use std::time::Duration;

use crate::id::{Interval, Priority, Version};

/// By how much an advertisement may be early at most.
pub const EARLIEST: Duration = Duration::from_millis(5);

/// By how much an advertisement may be early: a hundredth of its interval, and no more than [`EARLIEST`]. Backups wait for three
/// intervals.
pub(super) fn earliness(interval: Interval) -> Duration {
    (interval.duration() / 100).min(EARLIEST)
}

/// Skew_Time: the higher the priority, the shorter (RFC 9568, section 6.1; RFC 3768, section 6.1).
///
/// Version 2 counts in units of a second, version 3 in units of the Master's interval.
pub(super) fn skew_time(version: Version, priority: Priority, interval: Interval) -> Duration {
    let unit = match version {
        Version::V2 => Duration::from_secs(1),
        Version::V3 => interval.duration(),
    };
    unit * (256 - u32::from(priority.get())) / 256
}

/// How long a router waits after a Master has resigned over a heartbeat, 40 ms at most: the higher its priority, the
/// shorter.
///
/// Such a Master may be cut off from its own link, and who waits by that link's interval leaves clients without any.
pub(super) fn handover_time(priority: Priority) -> Duration {
    HANDOVER * (256 - u32::from(priority.get())) / 256
}

const HANDOVER: Duration = Duration::from_millis(40);

/// Master_Down_Interval: how long a Master is silent before it is taken to be gone.
pub(super) fn master_down_interval(version: Version, priority: Priority, interval: Interval) -> Duration {
    3 * interval.duration() + skew_time(version, priority, interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_advertisement_is_early_by_a_hundredth_at_most_and_never_by_much() {
        let [tenth, second] = [10, 100].map(|centiseconds| Interval::from_centiseconds(centiseconds).unwrap());
        assert_eq!(earliness(tenth), Duration::from_millis(1));
        assert_eq!(earliness(second), EARLIEST);
    }

    #[test]
    fn version_3_skews_by_the_interval_and_version_2_by_the_second() {
        let tenth = Interval::from_centiseconds(10).unwrap();
        let priority = Priority::new(128).unwrap();
        assert_eq!(skew_time(Version::V3, priority, tenth), Duration::from_millis(50));
        assert_eq!(master_down_interval(Version::V3, priority, tenth), Duration::from_millis(350));
        let ten = Interval::from_seconds(10).unwrap();
        assert_eq!(skew_time(Version::V2, priority, ten), Duration::from_millis(500));
        assert_eq!(master_down_interval(Version::V2, priority, ten), Duration::from_millis(30_500));
    }
}
