//! The loop's alarm: one timer of the kernel's, to the nanosecond.
//!
//! The runtime's own timers count whole milliseconds, and wake the loop several times on the way to one that is far away.

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::time::{Duration, Instant};

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// How soon an alarm goes off that is put off for a later deadline.
const NEAR: Duration = Duration::from_secs(1);

/// Wakes the loop at a time.
pub(super) struct Alarm {
    timer: AsyncFd<Timer>,
    /// When it goes off.
    at: Option<Instant>,
}

struct Timer(TimerFd);

impl Alarm {
    /// Makes one that does not go off, within a tokio runtime.
    ///
    /// # Errors
    /// No descriptors are left.
    pub(super) fn new() -> io::Result<Self> {
        let timer = Timer(TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?);
        // SAFETY: `Timer` owns its descriptor, gives no other out, and is neither replaced nor taken out of the `AsyncFd`.
        let timer = unsafe { AsyncFd::register_with_interest(timer, Interest::READABLE) }?;
        Ok(Self { timer, at: None })
    }

    /// Has it go off by a deadline.
    ///
    /// A deadline that moves away, as that of a Backup does with every advertisement, is not worth a call each time, and is
    /// worth one only just before the alarm would go off for nothing.
    ///
    /// # Errors
    /// The kernel's, none of which is expected.
    pub(super) fn set(&mut self, deadline: Option<Instant>) -> io::Result<()> {
        let Some(deadline) = deadline else { return Ok(()) };
        let now = Instant::now();
        if self.at.is_some_and(|at| at == deadline || (at < deadline && at > now + NEAR)) {
            return Ok(());
        }
        // No time at all would disarm it.
        let left = deadline.saturating_duration_since(now).max(Duration::from_nanos(1));
        self.timer.get_ref().0.set(Expiration::OneShot(TimeSpec::from(left)), TimerSetTimeFlags::empty())?;
        self.at = Some(deadline);
        Ok(())
    }

    /// Waits until it goes off. Dropped half-way, it loses nothing.
    ///
    /// # Errors
    /// The runtime's, none of which is expected.
    pub(super) async fn goes_off(&mut self) -> io::Result<()> {
        // It is not read: set again, it counts anew, and the runtime is told of that as of everything that is new.
        self.timer.readable().await?.clear_ready();
        self.at = None;
        Ok(())
    }
}

impl AsRawFd for Timer {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(3);

    #[tokio::test]
    async fn it_goes_off_at_the_earliest_deadline_and_not_before() {
        let mut alarm = Alarm::new().unwrap();
        let start = Instant::now();
        alarm.set(Some(start + Duration::from_secs(3600))).unwrap();
        alarm.set(None).unwrap();
        alarm.set(Some(start + SHORT)).unwrap();
        alarm.goes_off().await.unwrap();
        assert!(start.elapsed() >= SHORT && start.elapsed() < Duration::from_secs(60));
    }

    #[tokio::test]
    async fn a_deadline_that_was_put_off_wakes_nobody() {
        let mut alarm = Alarm::new().unwrap();
        let start = Instant::now();
        for times in 1..=5 {
            alarm.set(Some(start + SHORT * times)).unwrap();
        }
        alarm.goes_off().await.unwrap();
        assert!(start.elapsed() >= 5 * SHORT);
    }

    #[tokio::test]
    async fn it_goes_off_once_and_again_when_it_is_set_again_even_for_what_is_past() {
        let mut alarm = Alarm::new().unwrap();
        for _ in 0..3 {
            alarm.set(Some(Instant::now())).unwrap();
            alarm.goes_off().await.unwrap();
        }
        alarm.set(Some(Instant::now() + SHORT)).unwrap();
        let start = Instant::now();
        alarm.goes_off().await.unwrap();
        assert!(start.elapsed() >= SHORT / 2);
    }
}
