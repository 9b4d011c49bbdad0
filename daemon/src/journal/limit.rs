//! A limit on messages that the network can bring about: so many of a kind for an instance in a while.

use std::cell::RefCell;
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

/// How many are let through in a [`WINDOW`].
const BURST: u32 = 10;
const WINDOW: Duration = Duration::from_secs(10);

thread_local! {
    static WINDOWS: RefCell<HashMap<&'static str, Windows>> = RefCell::default();
}

/// Those of one kind of message, by instance.
#[derive(Default)]
struct Windows {
    windows: HashMap<String, Window>,
    /// How many there were when it was last looked which have had their time.
    looked_at: usize,
}

/// Has a message told unless there were too many. It is handed a remark about those that were left out before it.
pub(super) fn limited(id: &'static str, instance: &str, tell: impl FnOnce(&str)) {
    if let Some(left_out) = admit(id, instance) {
        tell(&left_out);
    }
}

/// Gives a remark about the messages that were left out before this one, or nothing if there were too many.
pub(super) fn admit(id: &'static str, instance: &str) -> Option<String> {
    // The wall clock will do here, so that the monotonic one stays the loop's own.
    let now = SystemTime::now();
    let verdict = WINDOWS.with_borrow_mut(|kinds| kinds.entry(id).or_default().admit(instance, now));
    verdict.map(|left_out| match left_out {
        0 => String::new(),
        left_out => format!(" ({left_out} such messages were left out)"),
    })
}

impl Windows {
    fn admit(&mut self, instance: &str, now: SystemTime) -> Option<u64> {
        if let Some(window) = self.windows.get_mut(instance) {
            return window.admit(now);
        }
        // Instances come and go; what has had its time is forgotten, each time that there are twice as many.
        if self.windows.len() >= 2 * self.looked_at {
            self.windows.retain(|_, window| window.is_open(now) || window.left_out > 0);
            self.looked_at = self.windows.len().max(32);
        }
        self.windows.entry(instance.to_owned()).or_insert_with(|| Window::new(now)).admit(now)
    }
}

struct Window {
    since: SystemTime,
    told: u32,
    left_out: u64,
}

impl Window {
    fn new(now: SystemTime) -> Self {
        Self { since: now, told: 0, left_out: 0 }
    }

    /// A clock that was set back closes the window too.
    fn is_open(&self, now: SystemTime) -> bool {
        now.duration_since(self.since).is_ok_and(|age| age < WINDOW)
    }

    /// Tells how many were left out before this one, or leaves this one out.
    fn admit(&mut self, now: SystemTime) -> Option<u64> {
        if !self.is_open(now) {
            (self.since, self.told) = (now, 0);
        }
        if self.told == BURST {
            self.left_out += 1;
            return None;
        }
        self.told += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_the_next_message_tells_how_much() {
        let start = SystemTime::UNIX_EPOCH + WINDOW;
        let mut window = Window::new(start);
        let told = (0..1000).filter_map(|_| window.admit(start)).count();
        assert_eq!(told, 10);
        assert_eq!(window.admit(start + WINDOW), Some(990));
        assert_eq!(window.admit(start + WINDOW), Some(0));
    }

    #[test]
    fn a_clock_that_is_set_back_silences_nobody() {
        let start = SystemTime::UNIX_EPOCH + WINDOW;
        let mut window = Window::new(start);
        (0..BURST).for_each(|_| assert_eq!(window.admit(start), Some(0)));
        assert_eq!(window.admit(start), None);
        assert_eq!(window.admit(SystemTime::UNIX_EPOCH), Some(1));
    }

    #[test]
    fn instances_that_are_gone_are_forgotten() {
        let start = SystemTime::UNIX_EPOCH + WINDOW;
        let mut windows = Windows::default();
        for number in 0..10_000_u32 {
            windows.admit(&number.to_string(), start + WINDOW * number);
        }
        assert!(windows.windows.len() < 100, "{}", windows.windows.len());
    }

    #[test]
    fn one_instance_does_not_silence_another() {
        while admit("id", "noisy").is_some() {}
        assert_eq!(admit("id", "quiet").as_deref(), Some(""));
    }
}
