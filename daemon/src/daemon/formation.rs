//! Instances that move together, with all their routers in one group.
//!
//! An instance of no sync group is a formation of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Instant;

use vrrp::config::InstanceName;
use vrrp::machine::{Event, Kind, Reason, VirtualRouter};
use vrrp::sync::{Group, MemberAction};

use super::Id;
use super::instance::{Instance, Instances};

/// A formation by a number that no other has had since the daemon started.
pub(super) type Number = u32;

/// All formations.
#[derive(Default)]
pub(super) struct Formations {
    formations: BTreeMap<Number, Formation>,
    next: Number,
}

/// Instances that move together.
pub(super) struct Formation {
    pub(super) group: Group,
    /// Whose router each member of the group is: an instance, its name, and the router's place in it.
    members: Vec<(Id, InstanceName, usize)>,
}

/// The instances of one formation, as the configuration has them.
pub(super) type Plan = BTreeSet<Id>;

impl Formations {
    /// Makes a formation of one instance whose routers are new.
    pub(super) fn add(&mut self, id: Id, instance: &mut Instance, group: Group) {
        let name = &instance.config.name;
        let members = (0..instance.routers.len()).map(|member| (id, name.clone(), member)).collect();
        instance.formation = self.take_number();
        instance.places = (0..instance.routers.len()).collect();
        self.formations.insert(instance.formation, Formation { group, members });
    }

    /// Forgets an instance that is a formation of its own.
    pub(super) fn remove(&mut self, instance: &Instance) {
        self.formations.remove(&instance.formation);
    }

    /// Puts instances together as `plans` say, each of which is in exactly one of them. Routers keep their states as far
    /// as the others let them. Returns what they do about it, and the formations that are no more.
    pub(super) fn follow(
        &mut self,
        now: Instant,
        plans: &BTreeSet<Plan>,
        instances: &mut Instances,
    ) -> (Vec<(Number, Vec<MemberAction>)>, Vec<Number>) {
        let present: BTreeMap<Plan, Number> =
            self.formations.iter().map(|(&number, formation)| (formation.instances().collect(), number)).collect();
        let new: Vec<&Plan> = plans.iter().filter(|plan| !present.contains_key(*plan)).collect();
        let gone: Vec<Number> =
            present.iter().filter(|(plan, _)| !plans.contains(plan)).map(|(_, &number)| number).collect();
        let mut routers: BTreeMap<(Id, usize), (InstanceName, VirtualRouter)> = BTreeMap::new();
        for number in &gone {
            let Some(formation) = self.formations.remove(number) else { continue };
            for ((id, name, member), router) in formation.members.into_iter().zip(formation.group.into_members()) {
                routers.insert((id, member), (name, router));
            }
        }
        let formed = new.into_iter().map(|plan| self.form(now, plan, &mut routers, instances)).collect();
        (formed, gone)
    }

    fn form(
        &mut self,
        now: Instant,
        plan: &Plan,
        routers: &mut BTreeMap<(Id, usize), (InstanceName, VirtualRouter)>,
        instances: &mut Instances,
    ) -> (Number, Vec<MemberAction>) {
        let mut order: Vec<(Id, usize)> = routers.keys().copied().filter(|(id, _)| plan.contains(id)).collect();
        // The other host has the same addresses, whatever it calls its instances, and so the same order.
        order.sort_by_key(|(id, member)| {
            let router = instances.get(id).and_then(|instance| instance.routers.get(*member));
            router.and_then(|router| router.addresses.iter().min().copied())
        });
        let taken = order.iter().filter_map(|place| Some((*place, routers.remove(place)?)));
        let (members, taken): (Vec<_>, Vec<_>) =
            taken.map(|((id, member), (name, router))| ((id, name, member), router)).unzip();
        let number = self.take_number();
        for (place, (id, _, member)) in members.iter().enumerate() {
            if let Some(instance) = instances.get_mut(id) {
                instance.formation = number;
                if let Some(known) = instance.places.get_mut(*member) {
                    *known = place;
                }
            }
        }
        let (group, actions) = Group::of(now, taken);
        self.formations.insert(number, Formation { group, members });
        (number, actions)
    }

    /// All formations, each with the places of all of its routers.
    pub(super) fn places(&self) -> Vec<(Number, Vec<usize>)> {
        self.formations.iter().map(|(&number, formation)| (number, formation.places())).collect()
    }

    /// A formation.
    pub(super) fn get_mut(&mut self, number: Number) -> Option<&mut Formation> {
        self.formations.get_mut(&number)
    }

    /// The state machine of a router of an instance.
    pub(super) fn machine(&self, instance: &Instance, member: usize) -> Option<&VirtualRouter> {
        self.formations.get(&instance.formation)?.group.members().get(*instance.places.get(member)?)
    }

    /// The state machines of an instance.
    pub(super) fn machines(&self, instance: &Instance) -> impl Iterator<Item = &VirtualRouter> {
        (0..instance.places.len()).filter_map(|member| self.machine(instance, member))
    }

    /// The state that the routers of an instance share.
    pub(super) fn kind(&self, instance: &Instance) -> Kind {
        let formation = self.formations.get(&instance.formation);
        formation.map_or(Kind::Init, |formation| formation.group.kind_of(instance.places.iter().copied()))
    }

    /// Why an instance is in its state.
    pub(super) fn reason(&self, instance: &Instance) -> Reason {
        let formation = self.formations.get(&instance.formation);
        formation.map_or(Reason::Disabled, |formation| formation.group.reason_of(instance.places.iter().copied()))
    }

    /// A reason of an instance in words. One that only follows from another instance is told with that one's name.
    pub(super) fn words(&self, instance: &Instance, reason: &Reason) -> String {
        let cause = || {
            let formation = self.formations.get(&instance.formation).filter(|_| reason.follows())?;
            let others = formation.members.iter().zip(formation.group.members());
            let others = others.filter(|((_, name, _), _)| *name != instance.config.name);
            others.map(|((_, name, _), router)| (name, router.reason())).find(|(_, reason)| !reason.follows())
        };
        match cause() {
            Some((name, cause)) => format!("it moves with {name}: {cause}"),
            None => reason.to_string(),
        }
    }

    /// Every instance that moves with an instance, itself included.
    pub(super) fn together(&self, instance: &Instance) -> Vec<Id> {
        self.formations.get(&instance.formation).map(|one| one.instances().collect()).unwrap_or_default()
    }

    fn take_number(&mut self) -> Number {
        self.next += 1;
        self.next
    }
}

impl Formation {
    /// The instances, each once.
    pub(super) fn instances(&self) -> impl Iterator<Item = Id> {
        let ids: BTreeSet<Id> = self.members.iter().map(|(id, _, _)| *id).collect();
        ids.into_iter()
    }

    /// The places of all of its routers.
    pub(super) fn places(&self) -> Vec<usize> {
        (0..self.members.len()).collect()
    }

    /// What of the status of an instance with routers in these places can change without a transition: its state, and the
    /// Master of each router, of which there are two at most.
    pub(super) fn outline(&self, places: &[usize]) -> (Kind, [Option<IpAddr>; 2]) {
        let master = |place: &usize| self.group.members().get(*place)?.master().map(|master| master.address);
        let masters = [places.first(), places.get(1)].map(|place| place.and_then(master));
        (self.group.kind_of(places.iter().copied()), masters)
    }

    /// Whose router a member is.
    pub(super) fn owner(&self, member: usize) -> Option<(Id, usize)> {
        self.members.get(member).map(|(id, _, member)| (*id, *member))
    }

    /// Applies an event to some members at once.
    pub(super) fn handle(&mut self, now: Instant, members: &[usize], event: &Event) -> Vec<MemberAction> {
        self.group.handle_some(now, members.iter().copied(), event)
    }
}
