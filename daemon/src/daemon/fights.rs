//! Fights with other programs over what the daemon puts into the kernel: told, and shown for a while.

use std::time::Duration;

use super::Daemon;
use crate::journal;

/// How long a fight is shown after it was told, which is once a minute while it goes on.
const SHOWN: Duration = Duration::from_secs(90);

impl Daemon {
    /// Tells of something that another program undid, and remembers a fight with the name of its link.
    pub(super) fn heed_undone(&mut self, text: &str, fight: Option<String>) {
        match fight {
            None => journal::undone(text),
            Some(link) => {
                journal::fight(text);
                self.fights.insert(link, (self.now, text.to_owned()));
                self.general_news = true;
            }
        }
    }

    /// The fights that go on.
    pub(super) fn present_fights(&self) -> Vec<String> {
        let going_on = self.fights.values().filter(|(at, _)| self.now.saturating_duration_since(*at) < SHOWN);
        going_on.map(|(_, text)| text.clone()).collect()
    }
}
