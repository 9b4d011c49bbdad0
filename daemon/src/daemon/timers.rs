//! When formations, or conditions of instances, want to be woken.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use vrrp::machine::EARLIEST;

use super::Id;

/// A queue of deadlines, at most one a number.
#[derive(Default)]
pub(super) struct Timers {
    queue: BTreeSet<(Instant, Id)>,
    deadlines: HashMap<Id, Deadline>,
}

/// When a number is due.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Deadline {
    /// At the latest.
    pub(super) at: Instant,
    /// From when on, if the loop wakes for others anyway. At most [`EARLIEST`] before `at`.
    pub(super) from: Instant,
}

impl From<Instant> for Deadline {
    fn from(at: Instant) -> Self {
        Self { at, from: at }
    }
}

impl Timers {
    /// Sets the deadline of a number; none clears it.
    pub(super) fn set(&mut self, id: Id, deadline: Option<Deadline>) {
        let before = match deadline {
            Some(deadline) => self.deadlines.insert(id, deadline),
            None => self.deadlines.remove(&id),
        };
        if before == deadline {
            return;
        }
        if let Some(before) = before {
            self.queue.remove(&(before.at, id));
        }
        if let Some(deadline) = deadline {
            self.queue.insert((deadline.at, id));
        }
    }

    /// Clears the deadline of a number.
    pub(super) fn clear(&mut self, id: Id) {
        self.set(id, None);
    }

    /// The earliest deadline.
    pub(super) fn first(&self) -> Option<Instant> {
        self.queue.first().map(|(deadline, _)| *deadline)
    }

    /// Takes a number whose deadline has come.
    pub(super) fn due(&mut self, now: Instant) -> Option<Id> {
        let (_, id) = self.queue.first().filter(|(deadline, _)| *deadline <= now).copied()?;
        self.clear(id);
        Some(id)
    }

    /// Takes the numbers that may be told that their deadlines have come.
    pub(super) fn early(&mut self, now: Instant) -> Vec<Id> {
        let near = self.queue.iter().take_while(|(deadline, _)| *deadline <= now + EARLIEST).map(|(_, id)| *id);
        let early = near.filter(|id| self.deadlines.get(id).is_some_and(|deadline| deadline.from <= now));
        let early: Vec<Id> = early.collect();
        for &id in &early {
            self.clear(id);
        }
        early
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn who_may_be_early_goes_with_who_is_due_and_nobody_else_does() {
        let now = Instant::now();
        let mut timers = Timers::default();
        timers.set(1, Some(now.into()));
        timers.set(2, Some((now + 2 * MS).into()));
        timers.set(3, Some(Deadline { at: now + 4 * MS, from: now }));
        timers.set(4, Some(Deadline { at: now + 6 * MS, from: now + MS }));
        assert_eq!((timers.due(now), timers.due(now)), (Some(1), None));
        assert_eq!(timers.early(now), [3]);
        assert_eq!((timers.early(now), timers.first()), (vec![], Some(now + 2 * MS)));
        timers.clear(2);
        assert_eq!(timers.first(), Some(now + 6 * MS));
        assert_eq!(timers.early(now + MS), [4]);
        assert_eq!(timers.first(), None);
    }
}
