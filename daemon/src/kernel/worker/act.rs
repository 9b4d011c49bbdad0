//! Steps, carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use nix::errno::Errno;
use rtnetlink::packet_core::Parseable as _;
use rtnetlink::packet_route::route::RouteMessage;
use tokio::time::Instant;

use super::Worker;
use crate::kernel::Report;
use crate::kernel::address::Place;
use crate::kernel::fights::{self, Telling};
use crate::kernel::macvlan;
use crate::kernel::operation::Operation;
use crate::kernel::renewal::PACE;
use crate::kernel::sysctl;
use crate::kernel::virtual_route::{self, Key};
use crate::kernel::wanted::macvlan_of;
use crate::kernel::watch::{self, Change};
use crate::netlink::{Outcome, Refusal};

impl Worker {
    /// Carries steps out, and notes what came of them.
    pub(super) fn carry_out(&mut self, steps: Vec<Operation>) -> io::Result<()> {
        if self.look_before_writing(&steps)? {
            return Ok(());
        }
        self.remember_originals(&steps);
        self.note_undone(&steps);
        let outcomes = self.ask(&steps)?;
        // The kernel tells of an IPv6 address a moment after it was added. Somebody may have deleted it before that: then it
        // tells of the deletion alone, perhaps already now.
        let there = |outcome: &Outcome| !outcome.as_ref().is_err_and(|refusal| refusal.errno != Errno::EEXIST);
        for (step, _) in steps.iter().zip(&outcomes).filter(|(_, outcome)| there(outcome)) {
            if let Operation::AddAddress(..) = step {
                self.attempts.expect(step.thing());
            }
        }
        // What the kernel told before these steps must not be mistaken for what came of them.
        self.listen()?;
        for (step, outcome) in steps.into_iter().zip(outcomes) {
            match outcome {
                Ok(()) => self.succeeded(&step),
                Err(refusal) if refusal.errno == Errno::EEXIST && matches!(step, Operation::AddAddress(..)) => {}
                Err(refusal) => {
                    let refusal = if let (Operation::AddVirtualRoute(key, ..), Errno::EEXIST) = (&step, refusal.errno) {
                        let Some(words) = self.obstacle(*key)? else { continue };
                        Refusal { words: Some(words), ..refusal }
                    } else {
                        refusal
                    };
                    let reason = step.explain(&refusal, &self.observed);
                    tracing::debug!(%reason, "refused by the kernel");
                    self.attempts.fail(step.thing(), reason);
                }
            }
        }
        Ok(())
    }

    /// Has the kernel carry steps out in their order, and gives what came of each.
    fn ask(&mut self, steps: &[Operation]) -> io::Result<Vec<Outcome>> {
        let removal = |step: &Operation| matches!(step, Operation::RemoveMacvlan(_));
        let mut outcomes = Vec::with_capacity(steps.len());
        for alike in steps.chunk_by(|one, next| removal(one) == removal(next)) {
            let links: Vec<u32> = alike.iter().filter(|step| removal(step)).map(|step| step.thing().link()).collect();
            outcomes.extend(match links.as_slice() {
                [] | [_] => self.asking.send(alike.iter().map(Operation::message).collect())?,
                links => self.remove_together(links)?,
            });
        }
        Ok(outcomes)
    }

    /// Removes macvlans, which alone take the kernel some 20 ms each.
    fn remove_together(&mut self, links: &[u32]) -> io::Result<Vec<Outcome>> {
        let outcomes = self.asking.send(links.iter().map(|&link| macvlan::doom(link)).collect())?;
        let mut strange = false;
        // The kernel does not tell of the group of a link that is down.
        self.asking.dump(watch::dump_links(), |message| {
            if let Some(Change::Link(index, link)) = watch::read(&message) {
                strange |= link.group == macvlan::DOOMED && !links.contains(&index);
            }
        })?;
        if strange {
            return self.asking.send(links.iter().map(|&link| macvlan::remove(link)).collect());
        }
        let together = self.asking.send(vec![macvlan::remove_doomed()])?.pop().unwrap_or(Ok(()));
        Ok(outcomes.into_iter().map(|outcome| outcome.and_then(|()| together.clone())).collect())
    }

    /// Counts the attempts, and tells of what somebody undid.
    fn note_undone(&mut self, steps: &[Operation]) {
        let mut undone: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for step in steps {
            let link = step.thing().link();
            let again = self.attempts.begin(step, &self.observed, self.fights.suspected(link)) || self.replaces(step);
            let again = again && !is_changed(step, steps);
            if let Some(what) = step.undone(&self.observed).filter(|_| again) {
                undone.entry(link).or_default().push(what);
            }
        }
        for (link, what) in undone {
            let telling = self.fights.undone(link, Instant::now());
            let Some((first, others)) = what.split_first().filter(|_| telling != Telling::Nothing) else { continue };
            let who = self.fights.suspected(link).unwrap_or("another program");
            let others = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
            let name = self.observed.name(link);
            let report = match telling {
                Telling::Fight(rounds) => {
                    let manager = fights::manager(link).map(|words| format!("; {words}")).unwrap_or_default();
                    let text = format!(
                        "{who} removes {first}{others} from {name} again and again, {rounds} times in a minute{manager}"
                    );
                    Report::Undone { text, fight: Some(name) }
                }
                Telling::Once | Telling::Nothing => {
                    Report::Undone { text: format!("{who} removed {first}{others} from {name}: put back"), fight: None }
                }
            };
            self.outbox.push(report);
        }
    }

    /// Finds what is in the way of a route; nothing where that is the very route, which was not known.
    fn obstacle(&mut self, key: Key) -> io::Result<Option<String>> {
        self.read_virtual_routes()?;
        if self.observed.virtual_routes().contains_key(&key) {
            return Ok(None);
        }
        if let Some(words) = self.obstacles.get(&key) {
            return Ok(Some(words.clone()));
        }
        // A table may have a million routes: it is looked through once.
        let mut found = None;
        let observed = &self.observed;
        self.asking.dump(virtual_route::dump(key), |message| {
            let route = RouteMessage::parse(message.payload).ok();
            if let Some(route) =
                route.filter(|route| virtual_route::parse(route).is_some_and(|(other, _)| other == key))
            {
                found = Some(virtual_route::obstacle(&route, observed));
            }
        })?;
        let words = found
            .unwrap_or_else(|| "another route is there: see ip route, and give this one another metric".to_owned());
        self.obstacles.insert(key, words.clone());
        Ok(Some(words))
    }

    /// Whether a macvlan is to be made again that carries a claim already.
    fn replaces(&self, step: &Operation) -> bool {
        let Operation::CreateMacvlan(macvlan) = step else { return false };
        let carried = |id| matches!(self.told.claims.get(id), Some(Ok(_)));
        self.wanted.claims.iter().any(|(id, kept)| macvlan_of(&kept.claim) == Some(*macvlan) && carried(id))
    }

    fn succeeded(&mut self, step: &Operation) {
        match step {
            Operation::AddAddress(place, _) => {
                self.observed.added(*place);
                self.attempts.succeed(step.thing());
            }
            Operation::AddVirtualRoute(key, ..) => {
                self.obstacles.remove(key);
                self.attempts.succeed(step.thing());
            }
            Operation::Set { link, settings, .. } => self.observed.wrote(*link, *settings, false),
            Operation::QuietMacvlan(index, _) => self.observed.wrote(*index, sysctl::MACVLAN, true),
            Operation::Mute(index, mute) => self.observed.muted(*index, *mute),
            Operation::RenewAddress(..)
            | Operation::RemoveAddress(_)
            | Operation::CreateMacvlan(_)
            | Operation::Up(_)
            | Operation::RemoveMacvlan(_)
            | Operation::AddRoute(..)
            | Operation::RemoveRoute(_)
            | Operation::RemoveVirtualRoute(..)
            | Operation::AddRule(..)
            | Operation::RemoveRule(_) => self.attempts.succeed(step.thing()),
        }
    }

    /// Reads the links whose settings are about to be written, as nobody tells of some of them. Whether they are different.
    fn look_before_writing(&mut self, steps: &[Operation]) -> io::Result<bool> {
        let mut different = BTreeSet::new();
        for step in steps {
            if let Operation::Set { link, .. } = step {
                let change = self.look_up(*link)?;
                different.extend(change.and_then(|change| self.apply(change)));
            }
        }
        let some = !different.is_empty();
        self.describe(different);
        Ok(some)
    }

    /// Writes down what links had before it is changed.
    fn remember_originals(&mut self, steps: &[Operation]) {
        for step in steps {
            let Operation::Set { link: index, settings: written, .. } = step else { continue };
            let link = self.observed.link(*index).and_then(|link| Some((link, link.settings?)));
            if let Some((link, present)) = link {
                let original = self.originals.of(*index, link, present);
                self.originals.remember(*index, link, original, *written);
            }
        }
        if let Err(error) = self.originals.save() {
            tracing::warn!(%error, "cannot write down the settings of links: after a crash they will not be restored");
        }
    }

    /// Renews the next batch of leases.
    pub(super) fn renew(&mut self) -> io::Result<()> {
        self.pace = Instant::now() + PACE;
        let places = self.renewals.next(&self.target.addresses);
        let step = |place: Place| {
            let lease = *self.target.addresses.get(&place)?;
            let ours = self.observed.has_ours(place.link, place.ip);
            ours.then(|| Operation::RenewAddress(place, self.wanted.life(lease, Instant::now())))
        };
        let steps: Vec<_> = places.into_iter().filter_map(step).collect();
        if steps.is_empty() {
            return Ok(());
        }
        let outcomes = self.asking.send(steps.iter().map(Operation::message).collect())?;
        for (step, outcome) in steps.iter().zip(outcomes) {
            if let Err(refusal) = outcome {
                tracing::warn!(reason = %step.explain(&refusal, &self.observed), "a lease was not renewed");
            }
        }
        Ok(())
    }
}

/// Whether a step adds a route that another one removes for it: it leads elsewhere now.
fn is_changed(step: &Operation, steps: &[Operation]) -> bool {
    let Operation::AddVirtualRoute(key, ..) = step else { return false };
    steps.iter().any(|other| matches!(other, Operation::RemoveVirtualRoute(removed, _) if removed == key))
}
