//! What the daemon is told.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

use super::Worker;
use crate::kernel::plan::View;
use crate::kernel::{ClaimId, Link, Report, claim, hold};

/// What the daemon was told last, so that it is told of changes alone.
#[derive(Default)]
pub(super) struct Told {
    pub(super) links: BTreeMap<u32, Link>,
    pub(super) held: Option<Result<(), String>>,
    pub(super) filter: Option<Result<(), String>>,
    pub(super) claims: BTreeMap<ClaimId, Result<u32, String>>,
    pub(super) stopped: bool,
}

impl Worker {
    /// Tells the daemon that a link went, although one with its index may be there again: no socket survives that.
    pub(super) fn tell_gone(&mut self, index: u32) {
        if self.told.links.remove(&index).is_some() {
            self.outbox.push(Report::LinkGone { index });
        }
    }

    /// Tells the daemon of links that are not as it was told.
    pub(super) fn describe(&mut self, links: BTreeSet<u32>) {
        if links.is_empty() {
            return;
        }
        let virtual_addresses = self.wanted.virtual_addresses();
        for index in links {
            let Some(link) = Link::describe(index, &self.observed, &virtual_addresses) else {
                self.tell_gone(index);
                continue;
            };
            if self.told.links.get(&index) != Some(&link) {
                self.told.links.insert(index, link.clone());
                self.outbox.push(Report::Link(link));
            }
        }
    }

    /// Tells the daemon what has come of its requests.
    pub(super) fn tell(&mut self, idle: bool) {
        let view = View {
            wanted: &self.wanted,
            observed: &self.observed,
            originals: &self.originals,
            attempts: &self.attempts,
            now: Instant::now(),
        };
        if let Some(held) = hold::status(&view)
            && self.told.held.as_ref() != Some(&held)
        {
            self.told.held = Some(held.clone());
            self.outbox.push(Report::Held(held));
        }
        if let Some(filter) = self.filter_status()
            && self.told.filter.as_ref() != Some(&filter)
        {
            self.told.filter = Some(filter.clone());
            self.outbox.push(Report::Filter(filter));
        }
        for (id, kept) in &self.wanted.claims {
            let Some(status) = claim::status(kept, &self.target, &view) else {
                continue;
            };
            if self.told.claims.get(id) == Some(&status) {
                continue;
            }
            self.told.claims.insert(*id, status.clone());
            self.outbox.push(match status {
                Ok(link) => Report::Claimed { id: *id, link },
                Err(_) if kept.lapsed => Report::Lapsed { id: *id },
                Err(reason) => Report::ClaimFailed { id: *id, reason },
            });
        }
        let gone = self.wanted.releasing.iter().filter(|(_, claim)| !claim::remains(claim, &self.target, &view));
        let gone: Vec<ClaimId> = gone.map(|(id, _)| *id).collect();
        // Packets to what has gone need not be dropped any longer.
        self.changed |= !gone.is_empty();
        for id in gone {
            self.wanted.releasing.remove(&id);
            self.outbox.push(Report::Released { id });
        }
        let over = idle && self.wanted.stopping && !self.attempts.expects_any() && !self.filter.is_open();
        if over && !std::mem::replace(&mut self.told.stopped, true) {
            self.outbox.push(Report::Stopped);
        }
    }
}
