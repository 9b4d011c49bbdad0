//! The packet filter, kept as it is wanted.
//!
//! Packets to an address are dropped before it is on a link, and until it has left: what is dropped grows first and shrinks last.

use std::collections::BTreeSet;
use std::io;

use nix::errno::Errno;
use tokio::time::Instant;

use super::Worker;
use crate::kernel::Report;
use crate::kernel::address::Place;
use crate::kernel::fights::Telling;
use crate::kernel::filter::{Dropped, explain};
use crate::kernel::operation::Thing;

/// Under this number, which no link has, it is counted how often others undo it.
const NO_LINK: u32 = 0;
/// What a fight over it is shown as.
const NAME: &str = "the packet filter";

impl Worker {
    /// Takes over what a former daemon has left.
    pub(super) fn adopt_filter(&mut self) {
        if let Err(error) = self.filter.adopt() {
            tracing::warn!(%error, "cannot read the packet filter that a former daemon has left");
        }
    }

    /// Has everything dropped that is to be. Tells whether that took something.
    pub(super) fn shut(&mut self) -> io::Result<bool> {
        let wanted = self.wanted.filter || !self.target.dropped.is_empty();
        let lacks = !self.filter.is_intact() || !self.target.undropped.is_empty();
        if !wanted || !lacks || !self.attempts.may(Thing::Filter) {
            return Ok(false);
        }
        self.note_tampering();
        let outcome = match self.filter.open() {
            Ok(()) => self.filter.add(&self.target.dropped)?,
            Err(error) => {
                let errno = error.raw_os_error().map_or(Errno::EIO, Errno::from_raw);
                self.attempts.fail(Thing::Filter, explain(errno, None));
                return Ok(true);
            }
        };
        if let Err(refusal) = outcome {
            let reason = explain(refusal.errno, refusal.words.as_deref());
            tracing::debug!(%reason, "refused by the kernel");
            self.attempts.fail(Thing::Filter, reason);
        }
        self.aim();
        Ok(true)
    }

    /// Drops no longer what need not be, and takes the table away with the last use of it. Tells whether that took something.
    pub(super) fn open_up(&mut self) -> io::Result<bool> {
        if !self.filter.is_open() {
            return Ok(false);
        }
        let held = |place: &Place| {
            let loopback = self.observed.loopback().is_some_and(|(index, _)| index == place.link);
            loopback && self.wanted.holds.as_ref().is_none_or(|holds| holds.contains(&place.ip))
        };
        let leaving = self.observed.ours().filter(|place| !self.target.addresses.contains_key(place) && !held(place));
        let leaving: BTreeSet<Dropped> = leaving.map(Dropped::at).collect();
        let stale = self.filter.present().difference(&self.target.dropped).copied();
        let stale: BTreeSet<Dropped> =
            stale.filter(|one| self.wanted.may_remove_address(one.ip) && !leaving.contains(one)).collect();
        if !stale.is_empty() {
            self.filter.remove(&stale)?;
            return Ok(true);
        }
        let needless = !self.wanted.filter && self.wanted.settled && self.filter.present().is_empty();
        if needless && self.target.dropped.is_empty() {
            self.filter.close()?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Whether packets can be dropped, or why not; nothing while that is being settled or nobody asks.
    pub(super) fn filter_status(&self) -> Option<Result<(), String>> {
        match self.attempts.failure(Thing::Filter) {
            _ if !self.wanted.filter => None,
            Some(reason) => Some(Err(reason.to_owned())),
            None => self.filter.is_intact().then_some(Ok(())),
        }
    }

    /// Tells of what somebody undid, and counts how often.
    fn note_tampering(&mut self) {
        let Some(who) = self.filter.tampered().map(str::to_owned) else { return };
        self.attempts.count(Thing::Filter, || "keep the packet filter".to_owned(), Some(&who));
        let report = match self.fights.undone(NO_LINK, Instant::now()) {
            Telling::Nothing => return,
            Telling::Once => Report::Undone {
                text: format!("{who} removed or changed {NAME} (table inet vrrpd): put back"),
                fight: None,
            },
            Telling::Fight(rounds) => Report::Undone {
                text: format!(
                    "{who} removes or changes {NAME} (table inet vrrpd) again and again, {rounds} times in a minute"
                ),
                fight: Some(NAME.to_owned()),
            },
        };
        self.outbox.push(report);
    }
}
