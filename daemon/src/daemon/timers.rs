//! When formations, or conditions of instances, want to be woken.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use super::Id;

/// A queue of deadlines, at most one a number.
#[derive(Default)]
pub(super) struct Timers {
    queue: BTreeSet<(Instant, Id)>,
    deadlines: HashMap<Id, Instant>,
}

impl Timers {
    /// Sets or clears the deadline of a number.
    pub(super) fn set(&mut self, id: Id, deadline: Option<Instant>) {
        let before = match deadline {
            Some(deadline) => self.deadlines.insert(id, deadline),
            None => self.deadlines.remove(&id),
        };
        if before == deadline {
            return;
        }
        if let Some(before) = before {
            self.queue.remove(&(before, id));
        }
        if let Some(deadline) = deadline {
            self.queue.insert((deadline, id));
        }
    }

    /// The earliest deadline.
    pub(super) fn first(&self) -> Option<Instant> {
        self.queue.first().map(|(deadline, _)| *deadline)
    }

    /// Takes a number whose deadline has come.
    pub(super) fn due(&mut self, now: Instant) -> Option<Id> {
        let (_, id) = self.queue.first().filter(|(deadline, _)| *deadline <= now).copied()?;
        self.set(id, None);
        Some(id)
    }
}
