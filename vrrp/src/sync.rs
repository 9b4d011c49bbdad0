//! Virtual routers that move together: all are Master, or none is.
//!
//! The families of an instance are such a group, and so are all instances of a sync group. A member whose Master is
//! silent is ready, and waits; when all are ready, all lead. A member that leaves Master takes the others with it, and so
//! does one in Fault.
//!
//! Two hosts must put the members of their groups into the same order: of two Masters of one priority the first members
//! decide.

use std::time::Instant;

use crate::machine::{Action, Event, Kind, Parameters, Place, Reason, Resumption, VirtualRouter};

/// Routers that move together, in a fixed order.
#[derive(Clone, Debug)]
pub struct Group {
    members: Vec<VirtualRouter>,
}

/// What a member must do, by its place in the group.
pub type MemberAction = (usize, Action);

impl Group {
    /// Makes a group of disabled routers. A group of one is that router and nothing more.
    #[must_use]
    pub fn new(parameters: impl IntoIterator<Item = Parameters>) -> Self {
        let routers = parameters.into_iter().map(|one| VirtualRouter::new(one, Place::Alone));
        Self::placed(routers.collect())
    }

    /// Makes a group of routers that moved otherwise before, in whatever state they are, and brings them into step.
    #[must_use]
    pub fn of(now: Instant, routers: Vec<VirtualRouter>) -> (Self, Vec<MemberAction>) {
        let mut group = Self::placed(routers);
        let mut actions = Vec::new();
        group.settle(now, &mut actions);
        (group, actions)
    }

    fn placed(mut members: Vec<VirtualRouter>) -> Self {
        let count = members.len();
        for (member, router) in members.iter_mut().enumerate() {
            router.place_at(match (count, member) {
                (1, _) => Place::Alone,
                (_, 0) => Place::First,
                (_, _) => Place::Other,
            });
        }
        Self { members }
    }

    /// Takes the group apart.
    #[must_use]
    pub fn into_members(self) -> Vec<VirtualRouter> {
        self.members
    }

    /// The members.
    #[must_use]
    pub fn members(&self) -> &[VirtualRouter] {
        &self.members
    }

    /// Applies an event to one member and keeps the others in step with it.
    #[must_use]
    pub fn handle(&mut self, now: Instant, member: usize, event: Event) -> Vec<MemberAction> {
        let mut actions = Vec::new();
        self.apply(now, member, event, &mut actions);
        self.keep_in_step(now, &mut actions);
        actions
    }

    /// Applies an event to every member at once.
    #[must_use]
    pub fn handle_all(&mut self, now: Instant, event: &Event) -> Vec<MemberAction> {
        self.handle_some(now, 0..self.members.len(), event)
    }

    /// Applies an event to some members at once.
    #[must_use]
    pub fn handle_some(
        &mut self,
        now: Instant,
        members: impl IntoIterator<Item = usize>,
        event: &Event,
    ) -> Vec<MemberAction> {
        let mut actions = Vec::new();
        for member in members {
            self.apply(now, member, event.clone(), &mut actions);
        }
        self.keep_in_step(now, &mut actions);
        actions
    }

    /// Starts all members, which were Master a moment ago under a former daemon: all go on, or none does.
    ///
    /// There must be a resumption for each of them.
    #[must_use]
    pub fn resume(&mut self, now: Instant, resumptions: &[Resumption]) -> Vec<MemberAction> {
        let all = resumptions.len() == self.members.len() && self.members.iter().all(VirtualRouter::may_resume);
        if !all {
            return self.handle_all(now, &Event::Startup);
        }
        let mut actions = Vec::new();
        for (member, resumption) in resumptions.iter().enumerate() {
            self.apply(now, member, Event::Resume(*resumption), &mut actions);
        }
        self.keep_in_step(now, &mut actions);
        actions
    }

    /// Applies [`Event::Deadline`] to the members whose time has come, or may be taken to have.
    #[must_use]
    pub fn expire(&mut self, now: Instant) -> Vec<MemberAction> {
        let mut actions = Vec::new();
        for member in 0..self.members.len() {
            if self.members[member].due_from().is_some_and(|from| from <= now) {
                self.apply(now, member, Event::Deadline, &mut actions);
            }
        }
        self.keep_in_step(now, &mut actions);
        actions
    }

    /// Tells when [`expire`](Self::expire) is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.members.iter().filter_map(VirtualRouter::deadline).min()
    }

    /// Tells from when on [`expire`](Self::expire) has members advertise that are due at the deadline or soon after it.
    #[must_use]
    pub fn due_from(&self) -> Option<Instant> {
        self.members.iter().filter_map(VirtualRouter::due_from).min()
    }

    /// The state that the group shares. While its members still start or stop, the least of their states.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind_of(0..self.members.len())
    }

    /// The state that some of the members share, as [`kind`](Self::kind) tells it of all.
    #[must_use]
    pub fn kind_of(&self, members: impl IntoIterator<Item = usize>) -> Kind {
        let rank = |kind: &Kind| match kind {
            Kind::Init => 0,
            Kind::Fault => 1,
            Kind::Backup => 2,
            Kind::Master => 3,
        };
        self.some(members).map(VirtualRouter::kind).min_by_key(rank).unwrap_or(Kind::Init)
    }

    /// Why the group is in its state: what the member says that holds the others back, and of several what is wrong.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason_of(0..self.members.len())
    }

    /// Why some of the members are in their state.
    #[must_use]
    pub fn reason_of(&self, members: impl IntoIterator<Item = usize>) -> Reason {
        let reasons = self.some(members).map(VirtualRouter::reason);
        let rank = |reason: &Reason| (reason.follows(), !matches!(reason, Reason::Filtered { .. }));
        reasons.min_by_key(rank).unwrap_or(Reason::Disabled)
    }

    fn some(&self, members: impl IntoIterator<Item = usize>) -> impl Iterator<Item = &VirtualRouter> {
        members.into_iter().filter_map(|member| self.members.get(member))
    }

    /// Brings routers into step that were in any states: one may be ready that was alone before.
    fn settle(&mut self, now: Instant, actions: &mut Vec<MemberAction>) {
        self.share_faults(now, actions);
        if let [alone] = self.members.as_slice()
            && alone.is_ready()
        {
            self.apply(now, 0, Event::Lead, actions);
        }
        self.keep_in_step(now, actions);
    }

    fn apply(&mut self, now: Instant, member: usize, event: Event, actions: &mut Vec<MemberAction>) {
        let earlier = self.members.get(..member).unwrap_or_default();
        let ties = earlier.iter().filter(|router| router.is_tied(now)).count();
        if let Some(router) = self.members.get_mut(member) {
            router.defer_to(u32::try_from(ties).unwrap_or(u32::MAX));
            actions.extend(router.handle(now, event).into_iter().map(|action| (member, action)));
        }
    }

    fn keep_in_step(&mut self, now: Instant, actions: &mut Vec<MemberAction>) {
        if self.members.len() < 2 {
            return;
        }
        self.share_faults(now, actions);
        if self.members.iter().any(|member| member.kind() != Kind::Master) {
            self.apply_where(now, |member| member.kind() == Kind::Master, &Event::Yield, actions);
        }
        if self.members.iter().all(VirtualRouter::is_ready) {
            self.apply_where(now, |_| true, &Event::Lead, actions);
        }
    }

    /// Tells every member of a Fault among the others, and when there is none any more.
    fn share_faults(&mut self, now: Instant, actions: &mut Vec<MemberAction>) {
        let faults: Vec<Option<Reason>> = self.members.iter().map(|member| member.own_fault().cloned()).collect();
        for member in 0..self.members.len() {
            let others = faults.iter().enumerate().filter(|(other, _)| *other != member);
            let fault = others.filter_map(|(_, fault)| fault.clone()).next().map(|fault| Reason::Sibling(fault.into()));
            if self.members[member].sibling() != fault.as_ref() {
                self.apply(now, member, Event::Sibling(fault), actions);
            }
        }
    }

    fn apply_where(
        &mut self,
        now: Instant,
        which: impl Fn(&VirtualRouter) -> bool,
        event: &Event,
        actions: &mut Vec<MemberAction>,
    ) {
        for member in 0..self.members.len() {
            if which(&self.members[member]) {
                self.apply(now, member, event.clone(), actions);
            }
        }
    }
}
