//! What the kernel tells, taken in.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use nix::errno::Errno;

use super::Worker;
use crate::kernel::address::{self, Place};
use crate::kernel::fights;
use crate::kernel::listening::Heard;
use crate::kernel::operation::Thing;
use crate::kernel::route;
use crate::kernel::rule;
use crate::kernel::watch::{self, Change};

/// How often a dump is repeated that was disturbed, before what the messages tell is trusted to fill its holes.
const DUMPS: usize = 5;

impl Worker {
    /// Takes in what the kernel has told.
    pub(super) fn listen(&mut self) -> io::Result<()> {
        let mut changes = Vec::new();
        let mut causes = Vec::new();
        let heard = self.listening.drain(|message| {
            let change = watch::read(&message);
            if change.is_some() && message.cause != 0 {
                causes.push((changes.len(), message.cause));
            }
            changes.extend(change);
        })?;
        // Looked up at once: it may end as soon as it has done that.
        for (at, cause) in causes {
            if let Some(link) = changes.get(at).and_then(|change| self.removed_from(change))
                && let Some(program) = fights::program(cause)
            {
                self.fights.suspect(link, program);
            }
        }
        let mut different = BTreeSet::new();
        changes.extend(self.tampering.drain()?.into_iter().map(Change::Settings));
        for change in changes {
            let change = match change {
                Change::Settings(index) => {
                    different.extend(self.observed.settings_told(index));
                    self.look_up(index)?
                }
                Change::Link(..)
                | Change::LinkGone(_)
                | Change::Address(..)
                | Change::AddressGone(_)
                | Change::Route(..)
                | Change::RouteGone(..)
                | Change::VirtualRoute(..)
                | Change::VirtualRouteGone(..)
                | Change::Rule(_)
                | Change::RuleGone(_)
                | Change::FamilyGone(_) => Some(change),
            };
            different.extend(change.and_then(|change| self.apply(change)));
        }
        self.changed |= self.filter.listen()?;
        if heard == Heard::Overrun {
            tracing::warn!("the kernel's messages came faster than they were read: reading everything anew");
            self.observed.doubt_memberships();
            return self.read_anew();
        }
        self.changed |= !different.is_empty();
        self.describe(different);
        Ok(())
    }

    /// The link by which it is told of what somebody removed, where that is something of ours which is to be there.
    fn removed_from(&self, change: &Change) -> Option<u32> {
        match change {
            Change::AddressGone(place) => self.observed.has_ours(place.link, place.ip).then_some(place.link),
            Change::VirtualRouteGone(key, _) => self.target.virtual_routes.get(key).map(|leading| leading.link),
            Change::RuleGone(rule) => self.target.rules.get(rule).map(|(link, _)| *link),
            Change::Link(..)
            | Change::LinkGone(_)
            | Change::Address(..)
            | Change::Route(..)
            | Change::RouteGone(..)
            | Change::VirtualRoute(..)
            | Change::Rule(_)
            | Change::Settings(_)
            | Change::FamilyGone(_) => None,
        }
    }

    /// Reads the routes that follow claims: the kernel removes some without a word.
    pub(super) fn read_virtual_routes(&mut self) -> io::Result<()> {
        let mut present = BTreeMap::new();
        for request in route::dumps() {
            let read = self.asking.dump(request, |message| {
                if let Some(Change::VirtualRoute(key, way)) = watch::read(&message) {
                    present.insert(key, way);
                }
            });
            match read {
                Ok(_) => {}
                // A kernel without IPv6 refuses its routes.
                Err(error) if error.raw_os_error() == Some(Errno::EOPNOTSUPP as i32) => {}
                Err(error) => return Err(error),
            }
        }
        for (key, _) in self.observed.reread_routes(present) {
            self.attempts.lost(key);
        }
        self.changed = true;
        Ok(())
    }

    /// Takes one change in, and gives the link that is different now.
    pub(super) fn apply(&mut self, change: Change) -> Option<u32> {
        let of_link = matches!(change, Change::Link(..));
        match &change {
            Change::Address(place, _) | Change::AddressGone(place) => {
                // The kernel removes routes with the source that they prefer: nobody else does.
                let gone = matches!(change, Change::AddressGone(_)).then(|| self.observed.preferring(place.ip));
                gone.into_iter().flatten().for_each(|key| self.attempts.lost(key));
                // Another program's address may have another prefix length than the one that was tried in vain.
                self.changed |= self.attempts.heard(Thing::Address(Place::ours(place.link, place.ip)));
            }
            Change::LinkGone(index) => {
                self.changed = true;
                self.attempts.link_gone(*index);
                self.originals.forget(*index);
                self.fights.link_gone(*index);
                self.tell_gone(*index);
            }
            Change::Link(index, link) if !link.admin_up() => self.attempts.link_down(*index),
            Change::Link(..)
            | Change::Route(..)
            | Change::RouteGone(..)
            | Change::VirtualRoute(..)
            | Change::VirtualRouteGone(..)
            | Change::Rule(_)
            | Change::RuleGone(_)
            | Change::Settings(_)
            | Change::FamilyGone(_) => {}
        }
        let index = self.observed.take(change)?;
        self.changed = true;
        if of_link {
            self.attempts.link_changed(index);
        } else {
            self.attempts.addresses_changed(index);
        }
        Some(index)
    }

    /// Reads a link whose settings may have changed; one that went meanwhile is told of anyway.
    pub(super) fn look_up(&mut self, index: u32) -> io::Result<Option<Change>> {
        let mut found = None;
        match self.asking.look_up(watch::look_up_link(index), |message| found = watch::read(&message)) {
            Err(error) if error.raw_os_error() != Some(Errno::ENODEV as i32) => Err(error),
            Ok(()) | Err(_) => Ok(found),
        }
    }

    /// Reads everything that there is, however often it changes meanwhile.
    pub(super) fn read_anew(&mut self) -> io::Result<()> {
        for _ in 0..DUMPS {
            let mut changes = Vec::new();
            let ([routes_v4, routes_v6], [rules_v4, rules_v6]) = (route::dumps(), rule::dumps());
            let mut whole = true;
            for request in [watch::dump_links(), address::dump(), routes_v4, routes_v6, rules_v4, rules_v6] {
                match self.asking.dump(request, |message| changes.extend(watch::read(&message))) {
                    Ok(undisturbed) => whole &= undisturbed,
                    // A kernel without IPv6 refuses its routes, one without policy routing its rules.
                    Err(error) if error.raw_os_error() == Some(Errno::EOPNOTSUPP as i32) => {}
                    Err(error) => return Err(error),
                }
            }
            self.observed.forget();
            for change in changes {
                self.observed.take(change);
            }
            if whole {
                break;
            }
        }
        self.attempts.read_anew();
        self.changed = true;
        let present = self.observed.links().map(|(index, _)| index);
        let all = present.chain(self.told.links.keys().copied()).collect();
        self.describe(all);
        Ok(())
    }
}
