//! Which link carries each instance: the one that it is configured for, or a member of its interface group.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use vrrp::config::{self, Interface, LinkName};
use vrrp::machine::{Event, Reason};

use super::instance::Instance;
use super::{Daemon, Id, Phase, realtime};
use crate::journal;
use crate::kernel::Request;

/// How long the link is served on that carried an instance before: longer than the announcements take that are sent most closely.
const OVERLAP: Duration = Duration::from_millis(500);

/// The index of each link, by its present name.
type Indices = BTreeMap<String, u32>;

impl Daemon {
    /// Finds the link of every router, and those besides that it hears on. Gives the instances that another link carries than before.
    pub(super) fn find_links(&mut self) -> Vec<Id> {
        let by_name: Indices = self.links.values().map(|link| (link.name.clone(), link.index)).collect();
        self.leave_links(&by_name);
        self.find_heartbeat_links(&by_name);
        self.carriers_changed = false;
        self.routes.clear();
        let mut moved = Vec::new();
        let mut members = BTreeSet::new();
        for (&id, instance) in &mut self.instances {
            let config = &instance.config;
            let heard = links_of(config, &self.config, &by_name);
            if config.interface.group().is_some() {
                members.extend(&heard);
            }
            let link = carrier(config, &self.groups, &by_name);
            for (member, router) in instance.routers.iter_mut().enumerate() {
                self.routes.extend(heard.iter().map(|link| ((*link, config.vrid, router.family), (id, member))));
                let before = std::mem::replace(&mut router.link, link);
                if let (Some(before), Some(link)) = (before, link)
                    && before != link
                {
                    // What it has on the link before is no longer what it answers with.
                    router.claimed_on = None;
                    moved.push((id, before, link));
                }
            }
        }
        if members != self.members {
            self.kernel.submit(Request::Members(members.clone()));
            self.members = members;
        }
        moved.dedup_by_key(|(id, ..)| *id);
        moved.into_iter().map(|(id, before, link)| self.tell_moved(id, before, link)).collect()
    }

    fn tell_moved(&mut self, id: Id, before: u32, link: u32) -> Id {
        let name = |index: u32| self.links.get(&index).map(|link| link.name.as_str());
        if let Some((instance, to)) = self.instances.get(&id).zip(name(link)) {
            journal::moved(instance.config.name.as_str(), name(before), to);
        }
        self.legacy.change();
        self.changed.insert(id);
        id
    }

    /// Claims a Master's addresses on the link that carries it now. What still comes by the one before is served until clients have
    /// heard where the addresses are.
    pub(super) fn move_claims(&mut self, id: Id) {
        let routers = self.instances.get(&id).map(|instance| &instance.routers);
        let claims: Vec<_> = routers.into_iter().flatten().map(|router| router.claim.map(|(name, _)| name)).collect();
        for (member, claim) in claims.into_iter().enumerate() {
            if let Some(claim) = claim {
                self.kernel.submit(Request::Drain { id: claim, at_most: OVERLAP });
                self.claim(id, member, None);
            }
        }
    }

    /// Follows the links that carry instances, where a group has another opinion of its members than before. As long as not every link
    /// is known, nothing is made of that.
    pub(super) fn follow_carriers(&mut self) {
        if self.phase != Phase::Starting && std::mem::take(&mut self.carriers_changed) {
            // What waits leaves by the way for which it was made.
            self.send_off();
            self.follow_links();
        }
    }

    /// Tells the routers that no link carries any more, or another one by the same name, while they can still resign over theirs.
    fn leave_links(&mut self, by_name: &Indices) {
        let mut leaving = Vec::new();
        for (&id, instance) in &mut self.instances {
            let config = &instance.config;
            let link = carrier(config, &self.groups, by_name);
            for (member, router) in instance.routers.iter_mut().enumerate() {
                let moves = link.is_some() && config.interface.group().is_some();
                if router.link.is_some() && router.link != link && !moves {
                    let words = match &config.interface {
                        Interface::Link(link) => format!("{link} does not exist"),
                        Interface::Group(name) => self.groups.get(name).map_or_else(String::new, |one| one.words(name)),
                    };
                    let reason = Reason::Because(words);
                    router.standing = Some(Err(reason.clone()));
                    router.standing_since = realtime();
                    leaving.push((id, member, reason));
                }
            }
        }
        for (id, member, reason) in leaving {
            self.tell(id, member, Event::Unusable(reason));
        }
    }

    /// The name of the link that carries an instance, if one does.
    pub(super) fn carrier_of(&self, instance: &Instance) -> Option<String> {
        let link = instance.routers.iter().find_map(|router| router.link)?;
        Some(self.links.get(&link)?.name.clone())
    }
}

/// The link that an instance is on.
fn carrier(
    config: &config::Instance,
    groups: &BTreeMap<String, super::groups::InterfaceGroup>,
    by_name: &Indices,
) -> Option<u32> {
    let name = match &config.interface {
        Interface::Link(link) => link.as_str(),
        Interface::Group(name) => groups.get(name)?.chosen()?,
    };
    by_name.get(name).copied()
}

/// The links that an instance hears on: those of its group, whichever carries it, so that one that is deaf makes no second Master.
fn links_of(config: &config::Instance, all: &config::Config, by_name: &Indices) -> Vec<u32> {
    all.links_of(config).map(LinkName::as_str).filter_map(|name| by_name.get(name).copied()).collect()
}
