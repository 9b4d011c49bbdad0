//! In which states an instance was: what the daemon remembers, and what happened since somebody looks.

use std::time::Duration;

use vrrp::status::{State, Transition};

/// How many entries are kept of an instance.
const KEPT: usize = 128;

/// Something that an instance has gone through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// It entered a state, or had another reason for it.
    Change(Transition),
    /// From this time on nobody told of it, in microseconds since 1970.
    Silence(u64),
}

impl Entry {
    const fn time(&self) -> u64 {
        match self {
            Self::Change(transition) => transition.time,
            Self::Silence(time) => *time,
        }
    }

    const fn state(&self) -> Option<State> {
        match self {
            Self::Change(transition) => Some(transition.state),
            Self::Silence(_) => None,
        }
    }
}

/// What an instance has gone through, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Timeline {
    entries: Vec<Entry>,
}

impl Timeline {
    /// Takes what the daemon remembers. It knows best from its oldest memory on, but not what has happened since it was asked.
    pub(super) fn remember(&mut self, history: Vec<Transition>) {
        let (Some(first), Some(last)) = (history.first(), history.last()) else { return };
        let (from, to) = (first.time, last.time);
        let newest = (last.state, last.reason.clone());
        let is_newer = |entry: &Entry| match entry {
            Entry::Change(change) => change.time > to && (change.state, &change.reason) != (newest.0, &newest.1),
            Entry::Silence(time) => *time > to,
        };
        let earlier = self.entries.iter().filter(|entry| entry.time() < from).cloned();
        let newer = self.entries.iter().filter(|entry| is_newer(entry)).cloned();
        self.entries = earlier.chain(history.into_iter().map(Entry::Change)).chain(newer).collect();
        self.shorten();
    }

    /// Takes what has just happened.
    pub(super) fn happen(&mut self, change: Transition) {
        let known = self.entries.last().is_some_and(|last| match last {
            Entry::Change(last) => (last.state, &last.reason) == (change.state, &change.reason),
            Entry::Silence(_) => false,
        });
        if !known {
            self.entries.push(Entry::Change(change));
            self.shorten();
        }
    }

    /// Nobody tells of it any more.
    pub(super) fn fall_silent(&mut self, now: u64) {
        if matches!(self.entries.last(), Some(Entry::Change(_))) {
            self.entries.push(Entry::Silence(now));
        }
    }

    fn shorten(&mut self) {
        let surplus = self.entries.len().saturating_sub(KEPT);
        self.entries.drain(..surplus);
    }

    /// The changes, the newest first.
    pub(super) fn newest(&self) -> impl Iterator<Item = &Transition> {
        self.entries.iter().rev().filter_map(|entry| match entry {
            Entry::Change(change) => Some(change),
            Entry::Silence(_) => None,
        })
    }

    /// The states of the last `span`, a cell for each of as many equal parts; `None` where nobody knows. `standing` is the state
    /// that the instance is in and since when. A part in which it changed shows Fault, or else what it changed to and was not before.
    pub(super) fn cells(
        &self,
        standing: Option<(State, u64)>,
        now: u64,
        span: Duration,
        cells: usize,
    ) -> Vec<Option<State>> {
        let span = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        let mut changes: Vec<(u64, Option<State>)> =
            self.entries.iter().map(|entry| (entry.time(), entry.state())).collect();
        if let Some((state, since)) = standing
            && changes.last().is_none_or(|&(time, last)| time <= since && last != Some(state))
        {
            changes.push((since, Some(state)));
        }
        let mut changes = changes.into_iter().peekable();
        let mut state = None;
        let mut shown = Vec::with_capacity(cells);
        for cell in 1..=cells {
            let part = |number: usize| {
                let share = u128::from(span) * number as u128 / cells.max(1) as u128;
                now.saturating_sub(span).saturating_add(u64::try_from(share).unwrap_or(span))
            };
            let (begin, end) = (part(cell - 1), part(cell));
            while let Some((_, earlier)) = changes.next_if(|&(time, _)| time <= begin) {
                state = earlier;
            }
            let before = state;
            let mut show = before;
            while let Some((_, later)) = changes.next_if(|&(time, _)| time <= end) {
                state = later;
                if show != Some(State::Fault) && (later.is_some() && later != before || show.is_none()) {
                    show = later;
                }
            }
            shown.push(show);
        }
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn change(second: u64, old: State, state: State, reason: &str) -> Transition {
        let (instance, reason) = ("web".to_owned(), reason.to_owned());
        Transition { instance, number: second, time: second * SECOND, old, state, reason }
    }

    fn letters(timeline: &Timeline, standing: Option<(State, u64)>, now: u64, seconds: u64, cells: usize) -> String {
        let cells = timeline.cells(standing, now * SECOND, Duration::from_secs(seconds), cells);
        cells.iter().map(|state| state.map_or('.', |state| state.name().chars().next().unwrap())).collect()
    }

    #[test]
    fn a_strip_shows_where_it_changed_however_short() {
        let mut timeline = Timeline::default();
        timeline.remember(vec![
            change(2, State::Init, State::Backup, "began"),
            change(5, State::Backup, State::Master, "silence"),
            change(8, State::Master, State::Fault, "eth0 is down"),
            change(9, State::Fault, State::Backup, "eth0 is up"),
        ]);
        assert_eq!(letters(&timeline, None, 10, 10, 10), ".BBBMMMFFB");
        // In one part it was Backup, Master, in Fault and Backup again.
        assert_eq!(letters(&timeline, None, 40, 40, 4), "FBBB");
        assert_eq!(letters(&timeline, None, 10, 10, 0), "");
        let mut blip = Timeline::default();
        blip.remember(vec![
            change(1, State::Init, State::Backup, "began"),
            change(14, State::Backup, State::Master, "silence"),
            change(15, State::Master, State::Backup, "preempted"),
        ]);
        assert_eq!(letters(&blip, None, 40, 40, 4), "BMBB");
    }

    #[test]
    fn where_nothing_is_remembered_the_standing_counts() {
        let timeline = Timeline::default();
        assert_eq!(letters(&timeline, Some((State::Master, 6 * SECOND)), 10, 10, 5), "..MMM");
        assert_eq!(letters(&timeline, None, 10, 10, 5), ".....");
    }

    #[test]
    fn what_was_before_a_restart_is_kept_and_what_is_told_twice_stands_once() {
        let mut timeline = Timeline::default();
        timeline.happen(change(1, State::Init, State::Backup, "began"));
        timeline.fall_silent(4 * SECOND);
        timeline.fall_silent(5 * SECOND);
        timeline.happen(change(7, State::Backup, State::Master, "silence"));
        assert_eq!(letters(&timeline, None, 10, 10, 10), "BBBB..MMMM");
        timeline.remember(vec![
            change(6, State::Init, State::Backup, "began"),
            change(7, State::Backup, State::Master, "silence"),
        ]);
        assert_eq!(letters(&timeline, None, 10, 10, 10), "BBBB.BMMMM");
        // What came after the answer stays; the same, told with a later time, does not.
        timeline.happen(change(9, State::Master, State::Fault, "eth0 is down"));
        timeline.remember(vec![change(7, State::Backup, State::Master, "silence")]);
        assert_eq!(timeline.newest().next().map(|change| change.state), Some(State::Fault));
        timeline.remember(vec![change(8, State::Master, State::Fault, "eth0 is down")]);
        let told: Vec<u64> = timeline.newest().map(|change| change.number).collect();
        assert_eq!(told, [8, 7, 6, 1]);
    }
}
