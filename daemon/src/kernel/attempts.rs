//! What was tried: so that a refusal is told and tried again later, and a fight with another program stays a slow one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::observed::Observed;
use super::operation::{Operation, Thing};
use super::virtual_route::Key;

/// How long failures are remembered, and the window in which attempts are counted.
pub(super) const WINDOW: Duration = Duration::from_secs(1);
/// How often one thing is put right in a window. One `ip addr flush` deletes what comes back up to ten times.
const MOST: u32 = 30;

/// The attempts of one window.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    counts: BTreeMap<Thing, u32>,
    failures: BTreeMap<Thing, String>,
    /// Added without a word from the kernel yet: it tells of IPv6 addresses a moment later.
    asked: BTreeSet<Thing>,
    /// Things that were once done, so that doing them again means that somebody undid them.
    done: BTreeSet<Thing>,
}

impl Attempts {
    /// Whether a thing may be tried in this window.
    pub(super) fn may(&self, thing: Thing) -> bool {
        !self.failures.contains_key(&thing) && !self.asked.contains(&thing)
    }

    /// Why a thing cannot be had, if it cannot.
    pub(super) fn failure(&self, thing: Thing) -> Option<&str> {
        self.failures.get(&thing).map(String::as_str)
    }

    /// Notes that something is tried. Tells whether somebody undid what was done before; `who`, if that is known.
    pub(super) fn begin(&mut self, operation: &Operation, observed: &Observed, who: Option<&str>) -> bool {
        let thing = operation.thing();
        self.count(thing, || operation.words(observed), who);
        self.done.contains(&thing)
    }

    /// Counts an attempt at `what`. Too many are a failure.
    pub(super) fn count(&mut self, thing: Thing, what: impl FnOnce() -> String, who: Option<&str>) {
        let count = self.counts.entry(thing).or_default();
        *count += 1;
        if *count == MOST {
            let text = {
                let what = what();
                let who = who.unwrap_or("another program");
                format!("cannot {what}: {who} undid it {MOST} times in a second")
            };
            tracing::warn!(reason = %text, "a fight with another program; the next try is in a second");
            self.failures.insert(thing, text);
        }
    }

    /// Notes that the kernel did it.
    pub(super) fn succeed(&mut self, thing: Thing) {
        self.done.insert(thing);
        if let Thing::NoAddress(place) = thing {
            self.done.remove(&Thing::Address(place));
        } else if let Thing::NoRoute(route) = thing {
            self.done.remove(&Thing::Route(route));
        } else if let Thing::NoVirtualRoute(key, _) = thing {
            self.lost(key);
        } else if let Thing::NoRule(rule) = thing {
            self.done.retain(|thing| !matches!(thing, Thing::Rule(other, _) if *other == rule));
        }
    }

    /// Notes that the kernel removed a route that follows a claim by itself, or was told to: nobody undid it.
    pub(super) fn lost(&mut self, key: Key) {
        self.done.retain(|thing| !matches!(thing, Thing::VirtualRoute(other, _) if *other == key));
    }

    /// Notes that a route is to lead elsewhere: what was refused before says nothing of that.
    pub(super) fn forgive(&mut self, key: Key) {
        self.failures.retain(|thing, _| !matches!(thing, Thing::VirtualRoute(other, _) if *other == key));
    }

    /// Notes that a link went down, with which the kernel removes the routes through it.
    pub(super) fn link_down(&mut self, link: u32) {
        self.done.retain(|thing| !matches!(thing, Thing::VirtualRoute(_, own) if *own == link));
    }

    /// Notes that the address is there, but that the kernel has not told of it yet.
    pub(super) fn expect(&mut self, thing: Thing) {
        self.asked.insert(thing);
    }

    /// Notes that the kernel refused.
    pub(super) fn fail(&mut self, thing: Thing, reason: String) {
        self.failures.entry(thing).or_insert(reason);
    }

    /// Notes that the kernel told of an address: whatever was asked has come, or has gone again. Whether it was asked.
    pub(super) fn heard(&mut self, thing: Thing) -> bool {
        self.asked.remove(&thing)
    }

    /// Whether the kernel has still to tell of an address.
    pub(super) fn expects(&self, thing: Thing) -> bool {
        self.asked.contains(&thing)
    }

    /// Whether the kernel has still to tell of some address.
    pub(super) fn expects_any(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Notes that the addresses of a link changed: what it refused it may grant now.
    pub(super) fn addresses_changed(&mut self, link: u32) {
        let counts = &self.counts;
        self.failures.retain(|thing, _| thing.link() != link || counts.get(thing).is_some_and(|count| *count >= MOST));
    }

    /// Notes that a link changed: an address that it kept back may be there or not.
    pub(super) fn link_changed(&mut self, link: u32) {
        self.addresses_changed(link);
        self.asked.retain(|thing| thing.link() != link);
    }

    /// Notes that a link is gone.
    pub(super) fn link_gone(&mut self, link: u32) {
        self.link_changed(link);
        self.done.retain(|thing| thing.link() != link);
    }

    /// Notes that everything was read anew.
    pub(super) fn read_anew(&mut self) {
        self.asked.clear();
    }

    /// Whether there is something that the end of the window changes.
    pub(super) fn waiting(&self) -> bool {
        !self.counts.is_empty() || !self.failures.is_empty() || !self.asked.is_empty()
    }

    /// Ends the window. What the kernel has not told of by then is asked for again: it would refuse to add it twice.
    pub(super) fn next_window(&mut self) {
        self.counts.clear();
        self.failures.clear();
        self.asked.clear();
    }
}

impl Thing {
    /// The link that it is on; 0, which no link has, for what is on none.
    pub(super) const fn link(self) -> u32 {
        match self {
            Self::Address(place) | Self::NoAddress(place) => place.link,
            Self::Settings(link) | Self::NoLink(link) | Self::Up(link) | Self::Voice(link) => link,
            Self::Macvlan(macvlan) => macvlan.parent,
            Self::Route(route) | Self::NoRoute(route) => route.link,
            Self::VirtualRoute(_, link) | Self::NoVirtualRoute(_, link) | Self::Rule(_, link) => link,
            Self::NoRule(_) => 0,
            Self::Filter => 0,
        }
    }
}
