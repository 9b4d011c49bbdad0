//! The detector that costs nothing: what the kernel tells of a member's link, and how steady that is.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::LINK_UPS;

/// In what time links-up are counted.
const MINUTE: Duration = Duration::from_secs(60);

/// A link as the kernel has told of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Carrier {
    told: Option<Result<(), String>>,
    /// When it came up again, as often as it takes to be unsteady.
    ups: VecDeque<Instant>,
}

/// What has become of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It can be used again.
    Up,
    /// It cannot be used any more.
    Down,
}

impl Carrier {
    /// Takes what the kernel tells. Says whether that is a turn; the first word of a link that can be used is none.
    pub(super) fn heed(&mut self, now: Instant, told: Result<(), String>) -> Option<Turn> {
        let before = self.told.replace(told).is_some_and(|before| before.is_err());
        match (before, self.trouble().is_some()) {
            (false, true) => Some(Turn::Down),
            (true, false) => {
                self.ups.push_back(now);
                if self.ups.len() > LINK_UPS + 1 {
                    self.ups.pop_front();
                }
                Some(Turn::Up)
            }
            (false, false) | (true, true) => None,
        }
    }

    /// Whether it can be used; nothing if nobody has told.
    pub(super) fn is_up(&self) -> Option<bool> {
        self.told.as_ref().map(Result::is_ok)
    }

    /// Why it cannot be used, as words that follow its name.
    pub(super) fn trouble(&self) -> Option<&str> {
        self.told.as_ref()?.as_ref().err().map(String::as_str)
    }

    /// Forgets when it came up long ago.
    pub(super) fn pass(&mut self, now: Instant) {
        while self.ups.front().is_some_and(|first| *first + MINUTE <= now) {
            self.ups.pop_front();
        }
    }

    /// Until when it has come up too often in a minute to be relied on.
    pub(super) fn unsteady_until(&self) -> Option<Instant> {
        (self.ups.len() > LINK_UPS).then(|| self.ups.front().map(|first| *first + MINUTE)).flatten()
    }
}
