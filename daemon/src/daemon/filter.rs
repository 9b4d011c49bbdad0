//! Whether packets can be dropped where `accept = false` asks for it: an instance that could not is in Fault before it takes over.

use super::{Daemon, Id};
use crate::kernel::Request;

impl Daemon {
    /// Has the filter ready for the instances whose packets are dropped, if there are any.
    pub(super) fn follow_filter(&mut self) {
        let some = self.config.instances.values().any(|instance| instance.enabled && instance.drops());
        if !some {
            self.unfiltered = None;
        }
        self.kernel.submit(Request::Filter(some));
    }

    /// Takes in whether packets can be dropped, or why not.
    pub(super) fn heed_filter(&mut self, result: Result<(), String>) {
        self.unfiltered = result.err();
        let drops = self.instances.iter().filter(|(_, instance)| instance.config.drops());
        let ids: Vec<Id> = drops.map(|(&id, _)| id).collect();
        for id in ids {
            self.follow_standing(id);
        }
    }
}
