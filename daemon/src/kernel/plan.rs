//! The next steps: what is wanted, compared with what there is.
//!
//! The order matters. Links stop answering for held addresses before there are any, and may answer again when the last one is gone;
//! macvlans are muted before they lose an address, and speak again before they get one.
//! Routes and rules that follow claims come after the addresses, and go before them.
//! Addresses that are given up go before new ones come, and so do macvlans, not too many at a time: those take some milliseconds.

use std::net::IpAddr;

use tokio::time::Instant;

use super::address::{Life, Place};
use super::attempts::Attempts;
use super::observed::Observed;
use super::operation::{Operation, Thing};
use super::originals::Originals;
use super::sysctl::{MACVLAN, Need, Settings};
use super::virtual_route::Key;
use super::wanted::{Leading, Target, Wanted};

/// The most steps in one go: what is wanted may have changed after them.
const STEPS: usize = 256;
/// The most macvlans that are removed in one go.
const REMOVALS: usize = 64;

/// Everything that a plan depends on.
pub(super) struct View<'a> {
    pub wanted: &'a Wanted,
    pub observed: &'a Observed,
    pub originals: &'a Originals,
    pub attempts: &'a Attempts,
    pub now: Instant,
}

/// The settings that a link has, would have without us, and is to have.
pub(super) struct LinkPlan {
    pub index: u32,
    pub present: Settings,
    pub original: Settings,
    pub needed: Settings,
}

impl LinkPlan {
    fn change(&self) -> Operation {
        let filter = self.present.rp_filter != self.needed.rp_filter;
        Operation::Set { link: self.index, settings: self.needed, filter }
    }
}

impl View<'_> {
    /// The next steps; none when everything is as it is wanted, or cannot be had in this moment.
    pub(super) fn next(&self, target: &Target) -> Vec<Operation> {
        let mut steps = self.tighten();
        steps.extend(self.voices(target));
        if steps.is_empty() {
            steps = self.removals(target);
            steps.extend(self.additions(target));
        }
        if steps.is_empty() {
            steps = self.loosen();
        }
        steps.truncate(STEPS);
        steps
    }

    /// What each link's settings are to be; macvlans of ours and links without IPv4 aside.
    pub(super) fn links(&self) -> impl Iterator<Item = LinkPlan> {
        let held = |place: Place| self.observed.link(place.link).is_some_and(super::watch::SeenLink::loopback);
        let wants_hold = self.wanted.holds.iter().flatten().any(IpAddr::is_ipv4);
        let hold = wants_hold || self.observed.ours().any(|place| place.ip.is_ipv4() && held(place));
        let claims = self.wanted.claims.values().filter(|kept| !kept.lapsed);
        let wanted = claims.filter_map(|kept| super::wanted::macvlan_of(&kept.claim)).map(|macvlan| macvlan.parent);
        let present = self.observed.links().filter_map(|(_, link)| link.ours).map(|macvlan| macvlan.parent);
        let parents: std::collections::BTreeSet<u32> = wanted.chain(present).collect();
        self.observed.links().filter_map(move |(index, link)| {
            let present = link.settings.filter(|_| !link.loopback() && link.ours.is_none())?;
            let original = self.originals.of(index, link, present);
            let member = self.wanted.members.contains(&index);
            let needed = original.needed(Need { hold, virtual_mac: parents.contains(&index), member });
            Some(LinkPlan { index, present, original, needed })
        })
    }

    /// Settings that something needs and that are not so.
    fn tighten(&self) -> Vec<Operation> {
        let wrong = self.links().filter(|link| link.present != link.needed && link.needed != link.original);
        self.possible(wrong.map(|link| link.change()))
    }

    /// Settings that nothing needs any longer; not before the daemon has said what is to be held.
    fn loosen(&self) -> Vec<Operation> {
        let wrong = self.links().filter(|link| link.present != link.needed && self.wanted.holds.is_some());
        self.possible(wrong.map(|link| link.change()))
    }

    /// Macvlans that are mute and should not be, or the other way round. Whoever loses an address is muted before that.
    fn voices(&self, target: &Target) -> Vec<Operation> {
        let wrong = self.observed.links().filter_map(|(index, link)| {
            let macvlan = link.ours.filter(|macvlan| target.macvlans.contains(macvlan))?;
            let mute = target.mute.contains(&macvlan);
            (link.mute != mute).then_some(Operation::Mute(index, mute))
        });
        self.possible(wrong)
    }

    fn removals(&self, target: &Target) -> Vec<Operation> {
        let addresses = self.observed.ours().filter(|place| self.is_stray(*place, target));
        let macvlans = self.observed.links().filter(|(_, link)| {
            link.ours
                .is_some_and(|macvlan| !target.macvlans.contains(&macvlan) && self.wanted.may_remove_macvlan(&macvlan))
        });
        let routes = self
            .observed
            .routes()
            .keys()
            .filter(|route| !target.routes.contains(route) && self.wanted.may_remove_route(**route));
        let mut steps = self.strays(target);
        steps.extend(self.possible(addresses.map(Operation::RemoveAddress)));
        steps.extend(self.possible(routes.map(|route| Operation::RemoveRoute(*route))));
        steps.extend(self.possible(macvlans.map(|(index, _)| Operation::RemoveMacvlan(index)).take(REMOVALS)));
        steps
    }

    /// Rules and routes that follow no claim any more, or that lead elsewhere than they are to.
    fn strays(&self, target: &Target) -> Vec<Operation> {
        let rules = self.observed.rules().iter();
        let rules = rules.filter(|rule| !target.rules.contains_key(rule) && self.wanted.may_remove_rule(rule));
        let routes = self.observed.virtual_routes().iter().filter(|(key, way)| match target.virtual_routes.get(key) {
            Some(leading) => leading.way != **way,
            None => self.wanted.may_remove_virtual_route(key),
        });
        let mut steps = self.possible(rules.map(|rule| Operation::RemoveRule(*rule)));
        steps.extend(self.possible(routes.map(|(key, way)| Operation::RemoveVirtualRoute(*key, *way))));
        steps
    }

    /// Routes and rules that lack, of claims whose addresses are there or come before them.
    fn following(&self, target: &Target) -> Vec<Operation> {
        let up = |link: Option<u32>| link.and_then(|link| self.observed.link(link)).is_some_and(|link| link.admin_up());
        let lacks = |(key, leading): &(&Key, &Leading)| self.observed.virtual_routes().get(key) != Some(&leading.way);
        let routes = target.virtual_routes.iter().filter(|(_, leading)| up(leading.carrier)).filter(lacks);
        let rules = target.rules.iter().filter(|(_, (_, carrier))| up(*carrier));
        let rules = rules.filter(|(rule, _)| !self.observed.rules().contains(rule));
        let mut steps =
            self.possible(routes.map(|(key, leading)| Operation::AddVirtualRoute(*key, leading.way, leading.link)));
        steps.extend(self.possible(rules.map(|(rule, (link, _))| Operation::AddRule(*rule, *link))));
        steps
    }

    /// Whether an address of ours is wanted by nobody. Those of a macvlan go with it.
    fn is_stray(&self, place: Place, target: &Target) -> bool {
        let Some(link) = self.observed.link(place.link) else {
            return false;
        };
        if link.loopback() {
            return self.wanted.holds.as_ref().is_some_and(|holds| !holds.contains(&place.ip));
        }
        let doomed = link.ours.is_some_and(|macvlan| !target.macvlans.contains(&macvlan));
        let wanted = target.addresses.contains_key(&place) || target.anchors.contains(&place);
        !doomed && !wanted && self.wanted.may_remove_address(place.ip)
    }

    fn additions(&self, target: &Target) -> Vec<Operation> {
        let mut steps = self.hold();
        for macvlan in &target.macvlans {
            steps.extend(self.raise(macvlan));
        }
        let missing = target.addresses.iter().filter(|(place, _)| {
            let up = self.observed.link(place.link).is_some_and(|link| link.admin_up());
            up && !self.observed.has(place.link, place.ip)
        });
        let anchors = target.anchors.iter().filter(|place| !self.observed.has(place.link, place.ip));
        steps.extend(self.possible(anchors.map(|place| Operation::AddAddress(*place, Life::Held))));
        steps.extend(
            self.possible(
                missing.map(|(place, lease)| Operation::AddAddress(*place, self.wanted.life(*lease, self.now))),
            ),
        );
        let routes = target.routes.iter().filter_map(|route| {
            self.observed.link(route.link).filter(|link| link.admin_up())?;
            let source = self.primary(route.link, route.subnet);
            match self.observed.routes().get(route) {
                Some(present) if *present == source => None,
                // It goes before another one comes: none replaces it.
                Some(_) if route.preferred => Some(Operation::RemoveRoute(*route)),
                Some(_) | None => Some(Operation::AddRoute(*route, source)),
            }
        });
        steps.extend(self.possible(routes));
        steps.extend(self.following(target));
        steps
    }

    /// Brings the loopback link up and holds what is not held; IPv4 addresses only where no link answers for them.
    fn hold(&self) -> Vec<Operation> {
        let Some((index, link)) = self.observed.loopback() else {
            return Vec::new();
        };
        let holds = self.wanted.holds.iter().flatten().copied();
        let hidden = self.exposed().is_none();
        let missing = holds.filter(|ip| super::address::refusal(*ip).is_none() && (hidden || ip.is_ipv6()));
        let missing = missing.filter(|ip| !self.observed.has(index, *ip));
        let mut steps = Vec::new();
        if !link.admin_up() && self.wanted.holds.iter().flatten().next().is_some() {
            steps.extend(self.possible(std::iter::once(Operation::Up(index))));
        }
        steps.extend(self.possible(missing.map(|ip| Operation::AddAddress(Place::ours(index, ip), Life::Held))));
        steps
    }

    /// Why some link would answer for held IPv4 addresses, if one would.
    pub(super) fn exposed(&self) -> Option<&str> {
        let mut wrong = self.links().filter(|link| link.present != link.needed && link.needed != link.original);
        wrong.find_map(|link| self.attempts.failure(Thing::Settings(link.index)))
    }

    /// The next step of a macvlan: made, told to be quiet, brought up. Only on a link that is up, as it could not come up else.
    fn raise(&self, macvlan: &super::macvlan::Macvlan) -> Vec<Operation> {
        let parent = self.observed.link(macvlan.parent);
        let ready = parent.is_some_and(super::watch::SeenLink::admin_up);
        let answers = self.attempts.failure(Thing::Settings(macvlan.parent)).is_some();
        if !ready || answers {
            return Vec::new();
        }
        let Some(index) = self.observed.macvlan(macvlan) else {
            return self.possible(std::iter::once(Operation::CreateMacvlan(*macvlan)));
        };
        let Some(link) = self.observed.link(index) else {
            return Vec::new();
        };
        let quiet = link.generates != Some(true) && link.settings.is_none_or(|settings| settings == MACVLAN);
        let step = match (quiet, link.admin_up()) {
            (false, _) => Operation::QuietMacvlan(index, link.generates.is_some()),
            (true, false) => Operation::Up(index),
            (true, true) => return Vec::new(),
        };
        self.possible(std::iter::once(step))
    }

    /// The source that a route prefers: the link's primary address.
    fn primary(&self, link: u32, subnet: IpAddr) -> Option<std::net::Ipv4Addr> {
        let described = super::Link::describe(link, self.observed, &self.wanted.virtual_addresses())?;
        described.primary_v4.filter(|_| subnet.is_ipv4())
    }

    fn possible(&self, steps: impl Iterator<Item = Operation>) -> Vec<Operation> {
        steps.filter(|step| self.attempts.may(step.thing())).take(STEPS).collect()
    }
}
