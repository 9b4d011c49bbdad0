//! Interface groups: from what the kernel and probes tell to what is made of it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Instant;

use tokio::sync::watch;
use vrrp::conditions::Observation;
use vrrp::config::{self, BadGroup, Config, GroupTrack, LinkName, Probe, Watch};
use vrrp::group::{Action, Event, Group, GroupState, Parameters, Role};
use vrrp::id::Family;

use super::links::{carries, primary};
use super::{Daemon, Phase, realtime};
use crate::control::{Moved, NotMoved};
use crate::kernel::Link;
use crate::probes::{self, Way};
use crate::saved::offline::{self, Offline};
use crate::{conditions as sources, journal};

mod present;

/// One interface group.
pub(super) struct InterfaceGroup {
    config: config::Group,
    group: Group,
    /// When it entered its state, in microseconds since 1970.
    since: u64,
    members: Vec<Member>,
}

/// What is kept of a member beside its group.
#[derive(Default)]
struct Member {
    /// What the group was told of its link.
    link: Option<Result<(), String>>,
    /// What it was told of its targets.
    targets: Option<Vec<IpAddr>>,
    /// When it entered its state, in microseconds since 1970.
    since: u64,
    /// Why the last probe could not be sent, if it could not.
    trouble: Option<String>,
}

impl InterfaceGroup {
    fn new(config: config::Group) -> Self {
        let parameters = Parameters::from(&config);
        let since = realtime();
        let members = parameters.members.iter().map(|_| Member { since, ..Member::default() }).collect();
        // What nobody else has: a hash of nothing under keys of chance.
        let seed = RandomState::new().build_hasher().finish();
        Self { config, group: Group::new(parameters, seed), since, members }
    }

    /// Keeps what is known of the links that are members still, in the place that they have now. Who can be probed over them is
    /// asked anew.
    fn follow_members(&mut self, before: Vec<(LinkName, Role)>) {
        let links = before.into_iter().map(|(link, _)| link);
        let mut known: BTreeMap<LinkName, Member> = links.zip(std::mem::take(&mut self.members)).collect();
        let since = realtime();
        let members = self.group.parameters().members.iter().map(|(link, _)| match known.remove(link) {
            Some(member) => Member { targets: None, ..member },
            None => Member { since, ..Member::default() },
        });
        self.members = members.collect();
    }

    fn link_name(&self, member: usize) -> Option<&str> {
        self.group.parameters().members.get(member).map(|(link, _)| link.as_str())
    }

    /// How members are to be probed over a link.
    fn way(&self, link: &Link, family: Family) -> Option<Way> {
        let source = match family {
            Family::V4 => link.primary_v4.map(IpAddr::from),
            Family::V6 => link.link_local.map(IpAddr::from),
        };
        Way::of(link.index, family, self.config.probe, link.mac, source)
    }

    /// Who can be probed over a link.
    fn targets(&self, link: &Link, gateways: &BTreeMap<String, Vec<IpAddr>>) -> Vec<IpAddr> {
        let candidates = match self.config.targets.as_slice() {
            [] => gateways.get(&link.name).map(Vec::as_slice).unwrap_or_default(),
            targets => targets,
        };
        let can = |target: &&IpAddr| self.way(link, Family::of(**target)).is_some();
        candidates.iter().filter(can).copied().collect()
    }

    /// The name of the link that carries the instances that are on it.
    pub(super) fn chosen(&self) -> Option<&str> {
        self.link_name(self.group.chosen()?)
    }

    /// What it is, and why.
    pub(super) fn words(&self, name: &str) -> String {
        format!("group {name} is {}: {}", self.group.state(), self.group.reason())
    }

    /// What a condition on it comes to.
    fn observe(&self, name: &str, when: BadGroup) -> Observation {
        let words = self.words(name);
        match (self.group.state(), when) {
            (GroupState::Ok, _) | (GroupState::Degraded, BadGroup::Failed) => Observation::good(words),
            (GroupState::Failed, _) | (GroupState::Degraded, BadGroup::Degraded) => Observation::bad(words),
        }
    }
}

/// Gives the members that are offline since a former daemon, and keeps from then on what becomes of them, one write after the other: the
/// last one counts.
pub(super) fn follow_offline(directory: PathBuf) -> watch::Sender<Offline> {
    let (sender, mut changes) = watch::channel(offline::read(&directory));
    tokio::spawn(async move {
        while changes.changed().await.is_ok() {
            let (directory, now) = (directory.clone(), changes.borrow_and_update().clone());
            let kept = tokio::task::spawn_blocking(move || offline::keep(&directory, &now)).await;
            if let Ok(Err(error)) = kept {
                journal::not_saved(&error);
            }
        }
    });
    sender
}

impl Daemon {
    /// Has the groups that are configured, and keeps what is known of their links.
    pub(super) fn follow_groups(&mut self, config: &Config) {
        self.groups.retain(|name, _| config.groups.contains_key(name));
        for (name, config) in &config.groups {
            match self.groups.get_mut(name) {
                Some(known) if known.config == *config => {}
                Some(known) => {
                    let before = known.group.parameters().members.clone();
                    known.config = config.clone();
                    let actions = known.group.reconfigure(self.now, Parameters::from(config));
                    known.follow_members(before);
                    self.perform_for_group(name, actions);
                }
                None => {
                    let mut new = InterfaceGroup::new(config.clone());
                    let heir = self.legacy.carrier_of(name);
                    let actions = heir.map(|link| new.group.inherit(self.now, link.as_str())).unwrap_or_default();
                    self.groups.insert(name.clone(), new);
                    self.perform_for_group(name, actions);
                }
            }
        }
        let offline = self.offline.borrow().clone();
        for (name, link) in offline {
            // A link may have become a member only now.
            if let Some(member) = self.groups.get(&name).and_then(|one| one.group.position(&link)) {
                self.handle_group(&name, Event::Offline(member));
            }
        }
        if self.phase != Phase::Starting {
            self.follow_group_links();
        }
    }

    /// Tells every group what has become of its members' links, and who can be probed over them.
    pub(super) fn follow_group_links(&mut self) {
        let names: Vec<String> = self.groups.keys().cloned().collect();
        let mut risen = false;
        for name in &names {
            let count = self.groups.get(name).map_or(0, |one| one.members.len());
            for member in 0..count {
                for event in self.news_of_member(name, member) {
                    // A link that comes up may have other routes than before.
                    risen |= matches!(event, Event::Link(_, Ok(())));
                    self.handle_group(name, event);
                }
            }
        }
        self.follow_ways();
        if risen {
            self.probes.look_for_gateways();
        }
        self.look_at_groups();
    }

    fn news_of_member(&mut self, name: &str, member: usize) -> Vec<Event> {
        let Some(one) = self.groups.get(name) else { return Vec::new() };
        let Some(link) = one.link_name(member) else { return Vec::new() };
        let link = self.links.values().find(|known| known.name == link);
        let told = link.ok_or_else(|| "does not exist".to_owned()).and_then(|link| self.judge_member(one, name, link));
        let targets = link.map(|link| one.targets(link, &self.gateways)).unwrap_or_default();
        let one = self.groups.get_mut(name);
        let Some(known) = one.and_then(|one| one.members.get_mut(member)) else { return Vec::new() };
        let mut events = Vec::new();
        // A link that is down may lose its routes. Who can be probed over it is asked when it is up again.
        if told.is_ok() && known.targets.as_ref() != Some(&targets) {
            known.targets = Some(targets.clone());
            events.push(Event::Targets(member, targets));
        }
        if known.link.as_ref() != Some(&told) {
            known.link = Some(told.clone());
            events.push(Event::Link(member, told));
        }
        events
    }

    /// Tells whether a member could carry what is on its group, or why not. One that has no address to advertise from is spared
    /// where no other one has: whoever configures links anew takes their addresses away for a moment.
    fn judge_member(&self, one: &InterfaceGroup, name: &str, link: &Link) -> Result<(), String> {
        carries(link)?;
        let on = |instance: &&config::Instance| instance.interface.group() == Some(name);
        let lacks = |link: &Link| {
            let carried = self.instances.values().map(|instance| &instance.config).filter(on);
            let mut routers = carried.flat_map(|config| config.families().map(|family| (family, &config.peers)));
            routers.find_map(|(family, peers)| primary(link, family, peers).err())
        };
        let Some(words) = lacks(link) else { return Ok(()) };
        let others =
            self.links.values().filter(|other| other.index != link.index && one.group.position(&other.name).is_some());
        if others.filter(|other| carries(other).is_ok()).any(|other| lacks(other).is_none()) {
            Err(words)
        } else {
            Ok(())
        }
    }

    /// Has those probed who can be.
    fn follow_ways(&mut self) {
        let mut ways = BTreeSet::new();
        for one in self.groups.values() {
            for (member, known) in one.members.iter().enumerate() {
                let name = one.link_name(member);
                let Some(link) = self.links.values().find(|link| Some(link.name.as_str()) == name) else { continue };
                let families: BTreeSet<Family> =
                    known.targets.iter().flatten().map(|target| Family::of(*target)).collect();
                ways.extend(families.into_iter().filter_map(|family| one.way(link, family)));
            }
        }
        let gateways = self.groups.values().any(|one| one.config.probe != Probe::None && one.config.targets.is_empty());
        if (&ways, gateways) != (&self.ways.0, self.ways.1) {
            self.probes.follow(ways.clone(), gateways);
            self.ways = (ways, gateways);
        }
    }

    /// Observes every group that a condition watches.
    pub(super) fn look_at_groups(&mut self) {
        let is_group = |watch: &&Watch| matches!(watch, Watch::Group(_));
        let watches: Vec<Watch> = self.watched.borrow().iter().filter(is_group).cloned().collect();
        for watch in watches {
            let Watch::Group(GroupTrack { group, when }) = &watch else { continue };
            let Some(observation) = self.groups.get(group).map(|one| one.observe(group, *when)) else { continue };
            if self.seen.get(&watch) != Some(&observation) {
                self.heed_condition(sources::Report { watch, observation });
            }
        }
    }

    /// Applies what is told of probes.
    pub(super) fn heed_probe(&mut self, report: probes::Report) {
        match report {
            probes::Report::Answered { link, target, sequence } => {
                let Some((name, member)) = self.member_on(link) else { return };
                if let Some(known) = self.groups.get_mut(&name).and_then(|one| one.members.get_mut(member)) {
                    known.trouble = None;
                }
                self.handle_group(&name, Event::Answered { member, target, sequence });
            }
            probes::Report::Refused { link, sequence, reason } => {
                let Some((name, member)) = self.member_on(link) else { return };
                if let Some(known) = self.groups.get_mut(&name).and_then(|one| one.members.get_mut(member)) {
                    known.trouble = Some(reason);
                }
                self.handle_group(&name, Event::Refused { member, sequence });
            }
            probes::Report::Gateways(gateways) => {
                self.gateways = gateways;
                self.follow_group_links();
            }
        }
    }

    /// When some group wants to be woken.
    pub(super) fn groups_due(&self) -> Option<Instant> {
        self.groups.values().filter_map(|one| one.group.deadline()).min()
    }

    /// Has the groups do what has fallen due.
    pub(super) fn expire_groups(&mut self) {
        let due = |one: &InterfaceGroup| one.group.deadline().is_some_and(|deadline| deadline <= self.now);
        let names: Vec<String> = self.groups.iter().filter(|(_, one)| due(one)).map(|(name, _)| name.clone()).collect();
        for name in names {
            self.handle_group(&name, Event::Deadline);
        }
    }

    /// Takes a member out of use, or lets it be used again, because an administrator says so.
    pub(super) fn move_member(
        &mut self,
        group: &str,
        link: &str,
        offline: bool,
        force: bool,
    ) -> Result<Moved, NotMoved> {
        let one = self.groups.get(group).ok_or(NotMoved::NoSuchGroup)?;
        let member = one.group.position(link).ok_or(NotMoved::NoSuchMember)?;
        if offline && !force && one.group.is_last_usable(member) {
            return Err(NotMoved::LastMember);
        }
        let place = (group.to_owned(), link.to_owned());
        let changed = self.offline.send_if_modified(|all| if offline { all.insert(place) } else { all.remove(&place) });
        if changed {
            self.handle_group(group, if offline { Event::Offline(member) } else { Event::Online(member) });
        }
        let one = self.groups.get(group).ok_or(NotMoved::NoSuchGroup)?;
        let (state, reason) = (one.group.state().to_string(), one.group.reason().to_owned());
        Ok(Moved { changed, state, reason })
    }

    /// The group and the place of the member whose link has this index.
    fn member_on(&self, link: u32) -> Option<(String, usize)> {
        let name = &self.links.get(&link)?.name;
        self.groups.iter().find_map(|(group, one)| Some((group.clone(), one.group.position(name)?)))
    }

    /// Applies an event to a group.
    fn handle_group(&mut self, name: &str, event: Event) {
        let Some(one) = self.groups.get_mut(name) else { return };
        let actions = one.group.handle(self.now, event);
        self.perform_for_group(name, actions);
    }

    fn perform_for_group(&mut self, name: &str, actions: Vec<Action>) {
        let mut news = false;
        for action in actions {
            let Some(one) = self.groups.get_mut(name) else { return };
            let link = |member: usize| one.link_name(member).unwrap_or_default().to_owned();
            match action {
                Action::Probe { member, target, sequence } => {
                    let link = link(member);
                    if let Some(link) = self.links.values().find(|known| known.name == link) {
                        self.probes.send(link.index, target, sequence);
                    }
                }
                Action::FindTargets { member, reason } => {
                    journal::targets_sought(name, &link(member), &reason);
                    if one.config.targets.is_empty() {
                        self.probes.look_for_gateways();
                    }
                }
                Action::Member { member, state, reason } => {
                    journal::member(name, &link(member), state, &reason);
                    if let Some(known) = one.members.get_mut(member) {
                        known.since = realtime();
                    }
                    news = true;
                }
                Action::Group { state, reason } => {
                    journal::group(name, state, &reason);
                    one.since = realtime();
                    news = true;
                }
                Action::Use(_) => {
                    self.carriers_changed = true;
                    news = true;
                }
            }
        }
        if news {
            self.general_news = true;
            self.look_at_groups();
        }
    }
}
