//! The drain: after a resignation the addresses are served on until another Master is heard.
//!
//! A Backup waits Skew_Time after a resignation, and clients send to the former Master until the new one has announced. Who
//! goes on answering them, and says nothing more about the addresses, loses nothing of it.

use std::time::{Duration, Instant};

use super::{Action, Moment, Parameters};

/// How much longer than an advertisement interval, which is the longest Skew_Time, the drain lasts: the time of a packet, a
/// stall, and a claim.
const MARGIN: Duration = Duration::from_millis(50);

/// How a router leaves Master.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Handover {
    /// Whether an advertisement that announces the shortest interval comes before a resignation of version 3, so that a Backup's
    /// Skew_Time is milliseconds. Only where exactly one other router shares the VRID: several would all take over at once.
    pub fast: bool,
    /// How long the addresses are served on at most; zero for not at all.
    pub drain: Duration,
    /// How long they are served on at most once the new Master was heard: its claim and its announcements come after its
    /// advertisement.
    pub linger: Duration,
}

/// A drain that goes on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drain {
    until: Instant,
}

impl Drain {
    /// Begins where the router has resigned.
    pub(super) fn resigned(parameters: &Parameters, moment: &mut Moment<'_>) -> Option<Self> {
        let longest = parameters.interval.duration() + MARGIN;
        Self::begin(longest.min(parameters.handover.drain), moment)
    }

    /// Begins where another Master was heard.
    pub(super) fn deposed(parameters: &Parameters, moment: &mut Moment<'_>) -> Option<Self> {
        let Handover { drain, linger, .. } = parameters.handover;
        Self::begin(linger.min(drain), moment)
    }

    fn begin(longest: Duration, moment: &mut Moment<'_>) -> Option<Self> {
        let drains = !longest.is_zero();
        moment.act(if drains { Action::Drain } else { Action::Release });
        drains.then(|| Self { until: moment.now + longest })
    }

    /// Takes note of another Master.
    pub(super) fn hear(&mut self, parameters: &Parameters, now: Instant) {
        self.until = self.until.min(now + parameters.handover.linger);
    }

    pub(super) const fn until(self) -> Instant {
        self.until
    }
}
