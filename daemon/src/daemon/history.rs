//! What instances have gone through, as much of it as is kept.

use std::collections::{BTreeSet, BinaryHeap, VecDeque};

use vrrp::status::{State, Transition};

use super::{Daemon, Id};

/// How many transitions of an instance are kept. Whoever forges advertisements can bring about as many as he likes, and
/// makes only those forgotten of the instance that he attacks.
const KEPT: usize = 32;
/// How many are told at once, so that whoever asks holds up no advertisement.
const MOST: usize = 1024;

/// What one instance has gone through. The last one is how it stands.
#[derive(Debug, Default)]
pub(super) struct History {
    /// The oldest first.
    kept: VecDeque<Entry>,
    /// How many there were.
    count: u64,
}

#[derive(Debug)]
struct Entry {
    time: u64,
    old: State,
    state: State,
    reason: Box<str>,
}

impl History {
    /// The state that it was last told to be in.
    pub(super) fn state(&self) -> State {
        self.kept.back().map_or(State::Init, |entry| entry.state)
    }

    /// How many transitions there were.
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Why it is in that.
    pub(super) fn reason(&self) -> &str {
        self.kept.back().map_or("", |entry| &entry.reason)
    }

    /// Notes a state, and why.
    pub(super) fn add(&mut self, time: u64, state: State, reason: String) {
        let entry = Entry { time, old: self.state(), state, reason: reason.into() };
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(entry);
        self.count += 1;
    }

    /// What was the `back`-th before the last one.
    fn get(&self, instance: &str, back: usize) -> Option<Transition> {
        let Entry { time, old, state, reason } = self.kept.get(self.kept.len().checked_sub(back + 1)?)?;
        let number = self.count.saturating_sub(u64::try_from(back).unwrap_or(u64::MAX));
        Some(Transition {
            instance: instance.to_owned(),
            number,
            time: *time,
            old: *old,
            state: *state,
            reason: reason.to_string(),
        })
    }

    /// When the `back`-th before the last one was.
    fn time(&self, back: usize) -> Option<u64> {
        Some(self.kept.get(self.kept.len().checked_sub(back + 1)?)?.time)
    }
}

impl Daemon {
    /// The newest transitions of the named instances, of all if none is named: the oldest of them first.
    pub(super) fn history(&self, names: &[String], most: usize) -> Vec<Transition> {
        let ids: BTreeSet<Id> = match names {
            [] => self.names.values().copied().collect(),
            names => names.iter().filter_map(|name| self.id_of(name)).collect(),
        };
        let histories = ids.iter().filter_map(|id| self.instances.get(id));
        newest(histories.map(|one| (one.config.name.as_str(), &one.history)), most.min(MOST))
    }
}

/// The newest of many histories, the oldest of them first. Takes time for each history and for what is taken, not for what
/// is left.
fn newest<'h>(histories: impl Iterator<Item = (&'h str, &'h History)>, most: usize) -> Vec<Transition> {
    let histories: Vec<(&str, &History)> = histories.collect();
    let last = histories.iter().enumerate().filter_map(|(place, (_, history))| Some((history.time(0)?, place, 0)));
    let mut heap: BinaryHeap<(u64, usize, usize)> = last.collect();
    let mut found = VecDeque::new();
    while found.len() < most
        && let Some((_, place, back)) = heap.pop()
    {
        let Some((name, history)) = histories.get(place) else { continue };
        found.extend(history.get(name, back));
        heap.extend(history.time(back + 1).map(|time| (time, place, back + 1)));
    }
    found.into_iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(transitions: &[Transition]) -> Vec<(&str, u64, u64)> {
        transitions.iter().map(|one| (one.instance.as_str(), one.number, one.time)).collect()
    }

    fn told(at: impl IntoIterator<Item = u64>) -> History {
        let mut history = History::default();
        at.into_iter().for_each(|time| history.add(time, State::Backup, format!("at {time}")));
        history
    }

    #[test]
    fn the_newest_of_all_are_told_in_their_order() {
        let (web, db, new) = (told([1, 4, 5]), told([2, 3]), History::default());
        let all = [("web", &web), ("db", &db), ("new", &new)];
        assert_eq!(times(&newest(all.into_iter(), 3)), [("db", 2, 3), ("web", 2, 4), ("web", 3, 5)]);
        assert_eq!(newest(all.into_iter(), 100).len(), 5);
        assert_eq!(newest(all.into_iter(), 0), []);
    }

    #[test]
    fn whoever_flaps_forgets_what_was_first_and_says_so_by_its_number() {
        let history = told(1..=100);
        let kept = newest([("web", &history)].into_iter(), 1000);
        assert_eq!((kept.len(), kept[0].number, kept[0].time), (KEPT, 69, 69));
        assert_eq!((history.state(), history.reason()), (State::Backup, "at 100"));
    }

    #[test]
    fn each_tells_what_was_before() {
        let mut history = History::default();
        assert_eq!((history.state(), history.reason()), (State::Init, ""));
        history.add(1, State::Backup, "it listens".to_owned());
        history.add(2, State::Master, "nobody is heard".to_owned());
        let states = newest([("web", &history)].into_iter(), 9).into_iter().map(|one| (one.old, one.state));
        assert_eq!(states.collect::<Vec<_>>(), [(State::Init, State::Backup), (State::Backup, State::Master)]);
    }
}
