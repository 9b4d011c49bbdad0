//! What is known and what is looked at. It waits for nothing and draws nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use vrrp::status::{Instance, State, Status, Transition};

use super::action::{Action, Outcome};
use super::order::{self, Sort};
use super::rates::Rates;
use super::source::Update;
use super::timeline::Timeline;
use crate::bus::Refusal;
use crate::bus::events::{self, Event};

/// How long the end of an action is told, in microseconds.
const TOLD: u64 = 30_000_000;
/// How much of the past a strip can show, in minutes.
const SPANS: [u64; 7] = [1, 5, 15, 60, 240, 720, 1440];

/// What the keys are for just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// To look around.
    Browse,
    /// To write the text that instances are to have; there was one before.
    Filter(String),
    /// To say yes or no.
    Ask(Action),
    /// To have read what keys there are.
    Help,
}

/// Something that is told for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) outcome: Outcome,
    /// Until when, in microseconds since 1970.
    until: u64,
}

/// What is known and what is looked at.
#[derive(Debug)]
pub(super) struct Model {
    /// The name of this host.
    pub(super) host: String,
    /// Which instances are meant; all if none is named.
    names: BTreeSet<String>,
    /// What the daemon told last; `None` where nobody tells.
    pub(super) status: Option<Status>,
    /// Why nobody tells. Neither this nor a status is there before the first answer.
    pub(super) away: Option<Refusal>,
    pub(super) rates: Rates,
    timelines: BTreeMap<String, Timeline>,
    pub(super) sort: Sort,
    pub(super) filter: String,
    /// The places of the instances that are shown.
    places: Vec<usize>,
    /// The instance that keys are about, and where it stood last.
    selected: Option<String>,
    place: usize,
    /// Whether what stands first is selected, whichever that is: nobody has moved away from it.
    pub(super) stays_first: bool,
    pub(super) mode: Mode,
    /// Whether everything of one instance is shown in place of all of them.
    pub(super) details: bool,
    /// The first line of that, and how many of it there are to scroll over.
    pub(super) line: usize,
    pub(super) hidden_lines: usize,
    /// The first row of the table, and how many there is room for.
    pub(super) row: usize,
    pub(super) room: usize,
    span: usize,
    message: Option<Message>,
    /// What is being done.
    pub(super) running: Option<Action>,
}

impl Model {
    /// Looks at these instances of a host, at all if none is named.
    pub(super) fn new(host: String, names: BTreeSet<String>, sort: Sort) -> Self {
        Self {
            host,
            names,
            status: None,
            away: None,
            rates: Rates::default(),
            timelines: BTreeMap::new(),
            sort,
            filter: String::new(),
            places: Vec::new(),
            selected: None,
            place: 0,
            stays_first: true,
            mode: Mode::Browse,
            details: false,
            line: 0,
            hidden_lines: 0,
            row: 0,
            room: 1,
            span: 2,
            message: None,
            running: None,
        }
    }

    /// Takes what is new. [`arrange`](Self::arrange) comes after the last of what came together.
    pub(super) fn apply(&mut self, update: Update, now: u64) {
        match update {
            Update::Status(status, at) => {
                self.leave_places();
                self.rates.take(&status, at);
                self.status = Some(*status);
                self.away = None;
            }
            Update::History(name, history) => self.timelines.entry(name).or_default().remember(history),
            Update::Event(event) => self.heed(event, now),
            Update::Away(refusal) => self.lose(refusal, now),
        }
    }

    fn heed(&mut self, event: Event, now: u64) {
        match event {
            Event::Transition(transition) => self.change(transition, now),
            Event::Running(false) => self.lose(Refusal::NotRunning, now),
            Event::Removed(name) => {
                self.leave_places();
                self.timelines.remove(&name);
                if let Some(status) = &mut self.status {
                    status.instances.retain(|instance| instance.name != name);
                }
            }
            // The status that follows tells the rest.
            Event::Added(_) | Event::Running(true) | Event::Lost(_) => {}
        }
    }

    fn change(&mut self, transition: events::Transition, now: u64) {
        let events::Transition { instance: name, old, new, reason, since } = transition;
        let instances = self.status.iter_mut().flat_map(|status| &mut status.instances);
        if let Some(instance) = instances.into_iter().find(|instance| instance.name == name) {
            instance.state = new;
            instance.reason.clone_from(&reason);
            instance.since = since;
            // Whose timers these were and who was Master is past.
            if old != new {
                instance.barred &= new == State::Backup;
                for router in &mut instance.routers {
                    (router.timer, router.master) = (None, None);
                }
            }
        }
        let time = if old == new { now } else { since };
        let change = Transition { instance: name.clone(), number: 0, time, old, state: new, reason };
        self.timelines.entry(name).or_default().happen(change);
    }

    /// Nobody tells any more how anything is, so nothing is shown of it.
    fn lose(&mut self, refusal: Refusal, now: u64) {
        self.leave_places();
        self.status = None;
        self.away = Some(refusal);
        self.rates = Rates::default();
        self.timelines.values_mut().for_each(|timeline| timeline.fall_silent(now));
    }

    /// Puts the instances into their order again. The same one stays selected, or what is in its place, or what stands first now.
    pub(super) fn arrange(&mut self) {
        self.leave_places();
        let Some(status) = &self.status else { return };
        self.places = order::places(&status.instances, &self.names, &self.filter, self.sort);
        // Not under the eyes of whoever reads about one, or is asked.
        let looks_around = self.mode == Mode::Browse && !self.details;
        if self.stays_first && looks_around {
            self.select(0);
        } else if self.position().is_none() && !self.places.is_empty() {
            self.select(self.place);
        }
    }

    /// Forgets the places of instances that become others, and shows none until they are arranged.
    fn leave_places(&mut self) {
        self.place = self.position().unwrap_or(self.place);
        self.places.clear();
    }

    /// The instances to show, in their order.
    pub(super) fn shown(&self) -> impl ExactSizeIterator<Item = &Instance> {
        let instances = self.status.as_ref().map_or(&[][..], |status| &status.instances);
        self.places.iter().map(move |&place| &instances[place])
    }

    /// Where the selected instance stands among those.
    pub(super) fn position(&self) -> Option<usize> {
        let name = self.selected.as_ref()?;
        self.shown().position(|instance| instance.name == *name)
    }

    /// The selected instance, where there is one to see.
    pub(super) fn instance(&self) -> Option<&Instance> {
        self.shown().nth(self.position()?)
    }

    /// The name that is selected, also while nobody tells of it.
    pub(super) const fn selected(&self) -> Option<&String> {
        self.selected.as_ref()
    }

    /// Selects what stands in a place, or the last one. Where nothing is shown, what was selected is waited for.
    pub(super) fn select(&mut self, place: usize) {
        let last = self.places.len().saturating_sub(1);
        let name = self.shown().nth(place.min(last)).map(|instance| instance.name.clone());
        if name.is_some() {
            self.selected = name;
            self.line = 0;
        }
    }

    /// Says how many rows there are, and gives the first one, so that the selected one is among them.
    pub(super) fn scroll(&mut self, room: usize) -> usize {
        let selected = self.position().unwrap_or_default();
        self.room = room.max(1);
        let least = (selected + 1).saturating_sub(self.room);
        let most = selected.min(self.places.len().saturating_sub(self.room));
        self.row = self.row.clamp(least, most.max(least));
        self.row
    }

    /// How much of the past a strip shows.
    pub(super) fn span(&self) -> Duration {
        Duration::from_secs(SPANS[self.span] * 60)
    }

    /// How much that is, in a word.
    pub(super) fn span_word(&self) -> String {
        match SPANS[self.span] {
            minutes if minutes < 60 => format!("{minutes}m"),
            minutes => format!("{}h", minutes / 60),
        }
    }

    /// Shows more of the past, or less.
    pub(super) fn zoom(&mut self, out: bool) {
        self.span = if out { (self.span + 1).min(SPANS.len() - 1) } else { self.span.saturating_sub(1) };
    }

    /// What the selected instance has gone through.
    pub(super) fn timeline(&self) -> Option<&Timeline> {
        self.timelines.get(self.selected.as_ref()?)
    }

    /// Tells something for a while.
    pub(super) fn tell(&mut self, outcome: Outcome, now: u64) {
        self.message = Some(Message { outcome, until: now.saturating_add(TOLD) });
    }

    /// Tells nothing any more.
    pub(super) fn forget_message(&mut self) -> bool {
        self.message.take().is_some()
    }

    /// What is told at a time.
    pub(super) fn told(&self, now: u64) -> Option<&Outcome> {
        self.message.as_ref().filter(|message| now < message.until).map(|message| &message.outcome)
    }

    /// Which part of the instances is shown, and how.
    pub(super) fn selection(&self) -> String {
        let all = self.status.as_ref().map_or(0, |status| status.instances.len());
        let number = if self.places.len() == all { all.to_string() } else { format!("{} of {all}", self.places.len()) };
        let filter = if self.filter.is_empty() { String::new() } else { format!(", with \"{}\"", self.filter) };
        format!("{number}{filter}, {}", self.sort.words())
    }
}
