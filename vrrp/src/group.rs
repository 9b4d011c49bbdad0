//! An interface group: links of which one is as good as another, and which of them can be used (IPMP's semantics).
//!
//! [`Group::handle`] takes one event and the time and returns what must be done about it; [`Group::deadline`] tells when it
//! wants to be woken. Two detectors judge a member: what the kernel tells of its link, and probes that its targets answer.
//! Either of them fails a member, both must agree before it is used again.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::chance::Chance;
use crate::config::LinkName;

use self::member::Member;

pub use self::event::{Action, Event, Parameters, Role};
pub use self::probing::ProbeState;
pub use self::state::{GroupState, MemberState};
pub use self::target::Target;

mod carrier;
mod choice;
mod event;
mod member;
mod probing;
mod state;
mod suspicion;
mod target;

/// How many probes in a row must be lost until a member has failed.
pub const LOSSES: u32 = 5;
/// How many probes in a row must be answered until a member that had failed is repaired.
pub const ANSWERS: u32 = 10;
/// How many links-up a minute are none too many.
pub const LINK_UPS: usize = 2;
/// How many targets of a member are probed, at most.
pub const TARGETS: usize = 5;

/// One group of members, in the order in which they are preferred.
#[derive(Clone, Debug)]
pub struct Group {
    parameters: Parameters,
    members: Vec<Member>,
    /// The targets that have answered some member: the silence of any other proves nothing.
    alive: BTreeSet<IpAddr>,
    chance: Chance,
    sequence: u16,
    state: GroupState,
    reason: String,
    chosen: Option<usize>,
    /// The member that carried instances before, until another one is known to work.
    heir: Option<usize>,
}

impl Group {
    /// Makes a group of which nothing is known, so that every member is taken to be usable.
    ///
    /// `seed` spreads its probes in time: groups of one seed send in step.
    #[must_use]
    pub fn new(parameters: Parameters, seed: u64) -> Self {
        let members = parameters.members.iter().map(|(link, _)| Member::new(link.clone())).collect();
        let mut group = Self {
            parameters,
            members,
            alive: BTreeSet::new(),
            chance: Chance::new(seed),
            sequence: 0,
            state: GroupState::Ok,
            reason: String::new(),
            chosen: None,
            heir: None,
        };
        group.choose();
        group.tell(&mut Vec::new());
        group
    }

    /// Has it go on with the member that carried instances before it was made.
    #[must_use]
    pub fn inherit(&mut self, now: Instant, link: &str) -> Vec<Action> {
        self.heir = self.position(link);
        let mut actions = Vec::new();
        self.settle(now, &mut actions);
        actions
    }

    /// Gives it other parameters. What is known of a link that is still a member is kept.
    #[must_use]
    pub fn reconfigure(&mut self, now: Instant, parameters: Parameters) -> Vec<Action> {
        let link = |group: &Self, member: Option<usize>| Some(group.members.get(member?)?.link.clone());
        let (chosen, heir) = (link(self, self.chosen), link(self, self.heir));
        let probes_before = self.parameters.probes;
        let mut known = std::mem::take(&mut self.members);
        let member = |(link, _): &(LinkName, Role)| match known.iter().position(|member| member.link == *link) {
            Some(at) => known.swap_remove(at),
            None => Member::new(link.clone()),
        };
        self.members = parameters.members.iter().map(member).collect();
        for member in &mut self.members {
            member.probing.stop();
            if probes_before && !parameters.probes {
                member.probing.follow_targets(&[]);
            }
        }
        let position =
            |link: Option<LinkName>| self.members.iter().position(|member| Some(&member.link) == link.as_ref());
        (self.chosen, self.heir) = (position(chosen), position(heir));
        self.parameters = parameters;
        let mut actions = Vec::new();
        self.settle(now, &mut actions);
        actions
    }

    /// Applies one event and returns what must be done about it, in this order.
    #[must_use]
    pub fn handle(&mut self, now: Instant, event: Event) -> Vec<Action> {
        let mut actions = Vec::new();
        match event {
            Event::Link(member, told) => {
                if let Some(member) = self.members.get_mut(member) {
                    member.heed_link(now, told, self.parameters.detection_time);
                }
            }
            Event::Targets(member, targets) => self.heed_targets(member, &targets),
            Event::Answered { member, target, sequence } => self.heed_answer(now, member, target, sequence),
            Event::Refused { member, sequence } => {
                if let Some(member) = self.members.get_mut(member) {
                    member.probing.forget(sequence);
                }
            }
            Event::Offline(member) => self.set_offline(member, true),
            Event::Online(member) => self.set_offline(member, false),
            Event::Deadline => self.expire(now, &mut actions),
        }
        self.settle(now, &mut actions);
        actions
    }

    /// Tells when [`Event::Deadline`] is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let interval = self.interval();
        self.members.iter().filter_map(|member| member.deadline(interval)).min()
    }

    /// What its usable members come to.
    #[must_use]
    pub const fn state(&self) -> GroupState {
        self.state
    }

    /// Why it is in its state, in words.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The member that an instance uses which is on the group; none while it has failed.
    #[must_use]
    pub const fn chosen(&self) -> Option<usize> {
        self.chosen
    }

    /// What it was told to be.
    #[must_use]
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The place of a link among the members.
    #[must_use]
    pub fn position(&self, link: &str) -> Option<usize> {
        self.members.iter().position(|member| member.link.as_str() == link)
    }

    /// A member's state and why it is in it, in words.
    #[must_use]
    pub fn member(&self, member: usize) -> Option<(MemberState, &str)> {
        self.members.get(member).map(|member| (member.state, member.reason.as_str()))
    }

    /// Whether a member may carry what the group carries.
    #[must_use]
    pub fn is_active(&self, member: usize) -> bool {
        self.members.get(member).is_some_and(|member| member.active)
    }

    /// Whether a member's link can be used, as far as the kernel has told.
    #[must_use]
    pub fn link_is_up(&self, member: usize) -> Option<bool> {
        self.members.get(member)?.carrier.is_up()
    }

    /// What the probes of a member come to.
    #[must_use]
    pub fn probe_state(&self, member: usize) -> ProbeState {
        match self.members.get(member) {
            Some(member) if self.parameters.probes => member.probing.state(),
            Some(_) | None => ProbeState::Disabled,
        }
    }

    /// The targets of a member, those that are probed first.
    #[must_use]
    pub fn targets(&self, member: usize) -> &[Target] {
        self.members.get(member).map(|member| member.probing.targets()).unwrap_or_default()
    }

    /// Whether no other member could be used if this one could not.
    #[must_use]
    pub fn is_last_usable(&self, member: usize) -> bool {
        let usable = |index: usize| self.members.get(index).is_some_and(Member::is_usable);
        usable(member) && !(0..self.members.len()).any(|other| other != member && usable(other))
    }

    /// The time between two probes of a member, on average three quarters of it.
    ///
    /// Five losses and the last one's wait fit into the detection time, wherever in an interval a member fails.
    fn interval(&self) -> Duration {
        self.parameters.detection_time / (LOSSES + 2)
    }

    fn heed_targets(&mut self, member: usize, targets: &[IpAddr]) {
        if let Some(member) = self.members.get_mut(member).filter(|_| self.parameters.probes) {
            member.probing.follow_targets(targets);
        }
        let members = &self.members;
        self.alive.retain(|alive| members.iter().any(|member| member.probing.has(*alive)));
    }

    fn heed_answer(&mut self, now: Instant, member: usize, target: IpAddr, sequence: Option<u16>) {
        if let Some(member) = self.members.get_mut(member)
            && member.probing.heed_answer(now, target, sequence)
        {
            self.alive.insert(target);
        }
    }

    fn set_offline(&mut self, member: usize, offline: bool) {
        if let Some(member) = self.members.get_mut(member) {
            member.offline = offline;
        }
    }

    /// Counts the probes that are lost, and sends those that are due.
    fn expire(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let interval = self.interval();
        let longest = self.parameters.detection_time;
        for (index, member) in self.members.iter_mut().enumerate() {
            for target in member.probing.expire(now, interval, longest, &self.alive) {
                let reason = format!("{target} no longer answers on {}, and others do", member.link);
                actions.push(Action::FindTargets { member: index, reason });
            }
            if let Some(target) = member.probing.send(now, interval, self.sequence.wrapping_add(1), &mut self.chance) {
                self.sequence = self.sequence.wrapping_add(1);
                actions.push(Action::Probe { member: index, target, sequence: self.sequence });
            }
        }
    }

    /// Draws the conclusions of everything that is known.
    fn settle(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let interval = self.interval();
        self.judge_suspects(now, actions);
        for member in &mut self.members {
            member.settle(now, &self.alive);
            member.probe(now, interval, &mut self.chance);
        }
        let before = self.chosen;
        self.choose();
        self.tell(actions);
        if self.chosen != before {
            actions.push(Action::Use(self.chosen));
        }
    }

    /// Tells what is not as it was told last.
    fn tell(&mut self, actions: &mut Vec<Action>) {
        for (index, member) in self.members.iter_mut().enumerate() {
            let (state, reason) = member.describe(self.parameters.probes);
            if (state, reason.as_str()) != (member.state, member.reason.as_str()) {
                (member.state, member.reason) = (state, reason.clone());
                actions.push(Action::Member { member: index, state, reason });
            }
        }
        let (state, reason) = self.describe();
        if state != self.state || self.reason.is_empty() {
            actions.push(Action::Group { state, reason: reason.clone() });
        }
        (self.state, self.reason) = (state, reason);
    }

    fn describe(&self) -> (GroupState, String) {
        let all = self.members.len();
        let usable = self.members.iter().filter(|member| member.is_usable()).count();
        let worst = self.members.iter().find(|member| !member.is_usable()).map_or("", |member| &member.reason);
        match usable {
            0 if all == 1 => (GroupState::Failed, worst.to_owned()),
            0 => (GroupState::Failed, format!("none of its {all} members can be used: {worst}")),
            _ if usable < all => (GroupState::Degraded, format!("{usable} of its {all} members can be used: {worst}")),
            _ if all == 1 => (GroupState::Ok, "its member can be used".to_owned()),
            _ => (GroupState::Ok, format!("all of its {all} members can be used")),
        }
    }
}
