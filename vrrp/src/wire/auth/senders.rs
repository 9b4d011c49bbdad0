//! Who sent authentic advertisements, and the number of each one's last.

use std::net::IpAddr;
use std::time::Duration;

use super::Window;
use super::trailer::Number;

/// The most senders that are remembered. A virtual router has few, and only who has a key gets here.
const MOST: usize = 32;

/// Senders with the numbers of what was last taken from them, the one that was heard longest ago first.
#[derive(Clone, Debug, Default)]
pub(super) struct Senders(Vec<(IpAddr, Number)>);

impl Senders {
    /// Takes the number of an authentic advertisement if it comes after all that this sender has sent before.
    ///
    /// A mark that has left the window is forgotten: whatever it kept out, the window keeps out.
    pub(super) fn take(&mut self, source: IpAddr, number: Number, window: Window, now: Duration) -> bool {
        self.0.retain(|(_, mark)| window.admits(mark.ahead_of(now)));
        let known = self.0.iter().position(|(sender, _)| *sender == source);
        if let Some(known) = known {
            if self.0.get(known).is_some_and(|(_, mark)| !number.is_after(*mark)) {
                return false;
            }
            self.0.remove(known);
        }
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push((source, number));
        true
    }
}
