//! Steps, carried out.

use std::collections::BTreeSet;
use std::io;

use nix::errno::Errno;
use tokio::time::Instant;

use super::Worker;
use crate::kernel::address::Place;
use crate::kernel::operation::Operation;
use crate::kernel::renewal::PACE;
use crate::kernel::socket::Outcome;

impl Worker {
    /// Carries steps out, and notes what came of them.
    pub(super) fn carry_out(&mut self, steps: Vec<Operation>) -> io::Result<()> {
        if self.look_before_writing(&steps)? {
            return Ok(());
        }
        self.remember_originals(&steps);
        let mut undone = Vec::new();
        for step in &steps {
            if self.attempts.begin(step, &self.observed)
                && matches!(step, Operation::AddAddress(..) | Operation::AddRoute(..))
            {
                undone.push(step);
            }
        }
        if let Some(first) = undone.first() {
            let count = undone.len();
            let first = first.words(&self.observed);
            tracing::warn!(count, %first, "another program removed addresses: they are put back");
        }
        let outcomes = self.asking.send(steps.iter().map(Operation::message).collect())?;
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
                    let reason = step.explain(&refusal, &self.observed);
                    tracing::debug!(%reason, "refused by the kernel");
                    self.attempts.fail(step.thing(), reason);
                }
            }
        }
        Ok(())
    }

    fn succeeded(&mut self, step: &Operation) {
        match step {
            Operation::AddAddress(place, _) => {
                self.observed.added(*place);
                self.attempts.succeed(step.thing());
            }
            Operation::Set(index, settings) => self.observed.wrote(*index, *settings, false),
            Operation::QuietMacvlan(index, settings, _) => self.observed.wrote(*index, *settings, true),
            Operation::RenewAddress(..)
            | Operation::RemoveAddress(_)
            | Operation::CreateMacvlan(_)
            | Operation::Up(_)
            | Operation::RemoveMacvlan(_)
            | Operation::AddRoute(..)
            | Operation::RemoveRoute(_) => self.attempts.succeed(step.thing()),
        }
    }

    /// Reads the links whose settings are about to be written, as nobody tells of some of them. Whether they are different.
    fn look_before_writing(&mut self, steps: &[Operation]) -> io::Result<bool> {
        let mut different = BTreeSet::new();
        for step in steps {
            if let Operation::Set(index, _) = step {
                let change = self.look_up(*index)?;
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
            let Operation::Set(index, written) = step else { continue };
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
        let target = self.wanted.target(&self.observed);
        let places = self.renewals.next(&target.addresses);
        let step = |place: Place| {
            let lease = *target.addresses.get(&place)?;
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
