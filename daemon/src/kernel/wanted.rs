//! What the daemon wants, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use tokio::time::Instant;
use vrrp::config::VirtualAddress;

use super::address::{Life, Place, refusal};
use super::filter::Dropped;
use super::macvlan::Macvlan;
use super::observed::Observed;
use super::route::Route;
use super::rule::Rule;
use super::virtual_route::{Key, Way, resolve};
use super::{Claim, ClaimId};

/// The kernel counts whole seconds and may be late: one second would be gone before the next renewal.
const SHORTEST_LEASE: Duration = Duration::from_secs(2);

/// The kernel may let an address go some ticks before its time; that is no theft by another program.
const EARLY: Duration = Duration::from_millis(100);

/// What the daemon wants.
#[derive(Debug)]
pub(super) struct Wanted {
    /// What is to be held, drained addresses included; unknown until the daemon has said it.
    pub holds: Option<BTreeSet<IpAddr>>,
    /// What the daemon has said of it.
    asked: BTreeSet<IpAddr>,
    /// What is drained and can be held, and how many claims drain it.
    drained: BTreeMap<IpAddr, usize>,
    /// The links that carry one another's addresses.
    pub members: BTreeSet<u32>,
    /// What is to be claimed.
    pub claims: BTreeMap<ClaimId, Kept>,
    /// Claims that are served on though they are given up.
    pub draining: BTreeMap<ClaimId, Draining>,
    /// Claims that were given up and are not all gone yet.
    pub releasing: BTreeMap<ClaimId, Claim>,
    /// Whether a packet filter is to be ready.
    pub filter: bool,
    /// Whether left-overs of a former daemon can go.
    pub settled: bool,
    /// Whether the end has been asked for.
    pub stopping: bool,
    /// When the daemon last showed life.
    pub renewed: Instant,
    /// Released addresses and their links: the routes to their subnets stay as long as they are held.
    lingering: BTreeSet<(u32, VirtualAddress)>,
    /// What this process had wanted: none of it is a left-over to be spared.
    known: Known,
}

/// What was wanted once.
#[derive(Debug)]
struct Known {
    addresses: BTreeSet<IpAddr>,
    macvlans: BTreeSet<Macvlan>,
    routes: BTreeSet<Key>,
    rules: BTreeSet<Rule>,
}

/// A claim and whether it still holds.
#[derive(Debug)]
pub(super) struct Kept {
    /// The claim.
    pub claim: Claim,
    /// Whether its lease ran out without a renewal.
    pub lapsed: bool,
}

/// A claim that is drained.
#[derive(Debug)]
pub(super) struct Draining {
    /// The claim.
    claim: Claim,
    /// When it is over, whatever the daemon says.
    until: Instant,
}

/// An address of every host, on a macvlan that has no other: a link without an IPv4 address drops what comes in, for want of a
/// reverse path.
const ANCHOR: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 112));

/// What is to be on the links for the claims.
#[derive(Debug, Default)]
pub(super) struct Target {
    /// The addresses and what they are leased for.
    pub addresses: BTreeMap<Place, Duration>,
    /// The macvlans.
    pub macvlans: BTreeSet<Macvlan>,
    /// Those of them from which nothing may be sent.
    pub mute: BTreeSet<Macvlan>,
    /// What keeps macvlans open to what comes in whose own addresses are drained.
    pub anchors: BTreeSet<Place>,
    /// The routes to subnets.
    pub routes: BTreeSet<Route>,
    /// What packets are dropped to: whatever is claimed so, served on so or not gone yet.
    pub dropped: BTreeSet<Dropped>,
    /// What of that is not dropped yet: no such address may be on a link.
    pub undropped: BTreeSet<Dropped>,
    /// The routes that follow claims.
    pub virtual_routes: BTreeMap<Key, Leading>,
    /// The rules, each with the link of its claim, and the one that carries it.
    pub rules: BTreeMap<Rule, (u32, Option<u32>)>,
}

/// A route that is to follow a claim.
#[derive(Clone, Copy, Debug)]
pub(super) struct Leading {
    /// Where it leads.
    pub way: Way,
    /// The link that it is told of by: the one that it leads through, or that of its claim.
    pub link: u32,
    /// The link that carries its claim: before its addresses are there, the kernel takes no route that prefers one.
    pub carrier: Option<u32>,
}

impl Target {
    /// Whether another route to the same subnet comes before those of others already.
    fn prefers(&self, route: &Route) -> bool {
        let same = |other: &&Route| (other.subnet, other.prefix) == (route.subnet, route.prefix);
        self.routes.iter().filter(same).any(|other| other.preferred)
    }

    /// Has the routes and rules of a claim follow it, but for those that follow another one already: a claim that moves between
    /// links is drained on the former one.
    fn follow(&mut self, claim: &Claim, observed: &Observed) {
        let carrier = carrier(claim, observed);
        for route in &claim.routes {
            if let Ok(way) = resolve(route, claim.link, observed) {
                let link = way.link.unwrap_or(claim.link);
                self.virtual_routes.entry(Key::of(route)).or_insert(Leading { way, link, carrier });
            }
        }
        for rule in rules_of(claim) {
            self.rules.entry(rule).or_insert((claim.link, carrier));
        }
    }
}

impl Wanted {
    /// Nothing is wanted yet.
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            holds: None,
            asked: BTreeSet::new(),
            drained: BTreeMap::new(),
            members: BTreeSet::new(),
            draining: BTreeMap::new(),
            claims: BTreeMap::new(),
            releasing: BTreeMap::new(),
            filter: false,
            settled: false,
            stopping: false,
            renewed: now,
            lingering: BTreeSet::new(),
            known: Known {
                addresses: BTreeSet::new(),
                macvlans: BTreeSet::new(),
                routes: BTreeSet::new(),
                rules: BTreeSet::new(),
            },
        }
    }

    /// Takes in what is to be held.
    pub(super) fn hold(&mut self, addresses: BTreeSet<IpAddr>) {
        self.holds = Some(addresses.iter().chain(self.drained.keys()).copied().collect());
        self.asked = addresses;
    }

    /// Takes a claim in, or replaces it.
    pub(super) fn claim(&mut self, id: ClaimId, claim: Claim) {
        self.known.addresses.extend(claim.addresses.iter().map(|address| address.ip));
        self.known.macvlans.extend(macvlan_of(&claim));
        self.known.routes.extend(claim.routes.iter().map(Key::of));
        self.known.rules.extend(rules_of(&claim));
        self.releasing.remove(&id);
        self.end_drain(id);
        if let Some(former) = self.claims.insert(id, Kept { claim, lapsed: false }) {
            self.linger(&former.claim);
        }
    }

    /// Serves a claim on for a while, and gives it up.
    pub(super) fn drain(&mut self, id: ClaimId, until: Instant) {
        if let Some(kept) = self.claims.remove(&id) {
            self.linger(&kept.claim);
            self.known.addresses.insert(ANCHOR);
            for ip in holdable(&kept.claim) {
                *self.drained.entry(ip).or_default() += 1;
                self.holds.as_mut().map(|holds| holds.insert(ip));
            }
            self.draining.insert(id, Draining { claim: kept.claim, until });
        }
    }

    /// Gives a claim up.
    pub(super) fn release(&mut self, id: ClaimId) {
        let drained = self.end_drain(id);
        if let Some(claim) = drained.or_else(|| self.claims.remove(&id).map(|kept| kept.claim)) {
            self.linger(&claim);
            self.releasing.insert(id, claim);
        }
    }

    /// When the first drain is over.
    pub(super) fn drained_at(&self) -> Option<Instant> {
        self.draining.values().map(|draining| draining.until).min()
    }

    /// Gives up what has been drained long enough.
    pub(super) fn end_drains(&mut self, now: Instant) {
        let over = self.draining.iter().filter(|(_, draining)| draining.until <= now);
        let over: Vec<ClaimId> = over.map(|(id, _)| *id).collect();
        over.into_iter().for_each(|id| self.release(id));
    }

    /// Holds no longer what was held for a drain alone, and gives the claim that was drained.
    fn end_drain(&mut self, id: ClaimId) -> Option<Claim> {
        let claim = self.draining.remove(&id)?.claim;
        for ip in holdable(&claim) {
            let others = self.drained.get(&ip).map_or(0, |count| count.saturating_sub(1));
            if others > 0 {
                self.drained.insert(ip, others);
                continue;
            }
            self.drained.remove(&ip);
            if let Some(holds) = self.holds.as_mut().filter(|_| !self.asked.contains(&ip)) {
                holds.remove(&ip);
            }
        }
        Some(claim)
    }

    fn linger(&mut self, claim: &Claim) {
        self.lingering.extend(claim.addresses.iter().map(|address| (claim.link, *address)));
    }

    /// Every address that is held or claimed.
    pub(super) fn virtual_addresses(&self) -> BTreeSet<IpAddr> {
        let claimed = self.claims.values().flat_map(|kept| kept.claim.addresses.iter().map(|address| address.ip));
        self.holds.iter().flatten().copied().chain(claimed).collect()
    }

    /// Marks the claims whose leases ran out, and tells whether there are any.
    pub(super) fn lapse(&mut self, now: Instant) -> bool {
        let silence = now.saturating_duration_since(self.renewed);
        if silence + EARLY < SHORTEST_LEASE {
            return false;
        }
        let mut some = false;
        for kept in self.claims.values_mut().filter(|kept| !kept.lapsed) {
            kept.lapsed = silence + EARLY >= kept.claim.lease.max(SHORTEST_LEASE);
            some |= kept.lapsed;
        }
        some
    }

    /// How long an address of a claim is to live: from the last sign of life, so that all of a dead daemon's go at the same time.
    pub(super) fn life(&self, lease: Duration, now: Instant) -> Life {
        let left = lease.max(SHORTEST_LEASE).saturating_sub(now.saturating_duration_since(self.renewed));
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Life::Leased(u32::try_from(seconds).unwrap_or(u32::MAX - 1).max(1))
    }

    /// What packets are to be dropped to, as far as there is a link for it.
    fn dropped(&self, observed: &Observed) -> BTreeSet<Dropped> {
        let draining = self.draining.values().map(|draining| &draining.claim);
        let claims = self.claims.values().map(|kept| &kept.claim).chain(draining).chain(self.releasing.values());
        let placed = claims.filter(|claim| claim.drop).filter_map(|claim| Some((claim, carrier(claim, observed)?)));
        placed
            .flat_map(|(claim, link)| claim.addresses.iter().map(move |one| Dropped::at(Place::ours(link, one.ip))))
            .collect()
    }

    /// What is to be on the links.
    pub(super) fn target(&self, observed: &Observed) -> Target {
        let mut target = Target { dropped: self.dropped(observed), ..Target::default() };
        let mut subnets = BTreeSet::new();
        for kept in self.claims.values().filter(|kept| !kept.lapsed) {
            let claim = &kept.claim;
            target.follow(claim, observed);
            target.macvlans.extend(macvlan_of(claim));
            subnets.extend(claim.addresses.iter().filter_map(|address| Route::to_subnet_of(*address, claim.link)));
            target.routes.extend(self.preferred_routes(claim));
            if let Some(link) = carrier(claim, observed) {
                let places = claim.addresses.iter().map(|address| (Place::ours(link, address.ip), claim.lease));
                target.addresses.extend(places);
            }
        }
        for Draining { claim, .. } in self.draining.values() {
            let macvlan = macvlan_of(claim);
            target.follow(claim, observed);
            // What moved to another link is answered through that.
            let moved: Vec<Route> = self.preferred_routes(claim).filter(|route| !target.prefers(route)).collect();
            target.routes.extend(moved);
            let Some(link) = carrier(claim, observed) else { continue };
            let anchor = Place::ours(link, ANCHOR);
            let anchored = macvlan.is_none_or(|macvlan| {
                let drained = target.macvlans.insert(macvlan);
                target.mute.extend(drained.then_some(macvlan));
                let needs_anchor = drained && claim.addresses.iter().any(|address| address.ip.is_ipv4());
                target.anchors.extend(needs_anchor.then_some(anchor));
                !needs_anchor || observed.has(link, ANCHOR)
            });
            // An address leaves its link when it can be served from the loopback link, and not before.
            let held = |ip| observed.loopback().is_some_and(|(loopback, _)| observed.can_use(loopback, ip));
            let stays = claim.addresses.iter().filter(|one| refusal(one.ip).is_none() && !(anchored && held(one.ip)));
            target.addresses.extend(stays.map(|address| (Place::ours(link, address.ip), claim.lease)));
        }
        if let Some(holds) = &self.holds {
            let held = self.lingering.iter().filter(|(_, address)| holds.contains(&address.ip));
            subnets.extend(held.filter_map(|(link, address)| Route::to_subnet_of(*address, *link)));
        }
        target.routes.extend(subnets.into_iter().filter(|route| !observed.covers(*route)));
        target
    }

    /// Where other links lead to the same subnets: the routes through the one that has the addresses.
    fn preferred_routes(&self, claim: &Claim) -> impl Iterator<Item = Route> {
        let addresses = claim.addresses.iter().filter(|_| self.members.contains(&claim.link));
        addresses.filter_map(|address| Route::to_subnet_of(*address, claim.link)).map(Route::preferred)
    }

    /// Whether an address on a link can be removed although nobody is known to want it gone.
    pub(super) fn may_remove_address(&self, ip: IpAddr) -> bool {
        self.settled || self.known.addresses.contains(&ip)
    }

    /// Whether a macvlan can be removed although nobody is known to want it gone.
    pub(super) fn may_remove_macvlan(&self, macvlan: &Macvlan) -> bool {
        self.settled || self.known.macvlans.contains(macvlan)
    }

    /// Whether a route that follows a claim can be removed although nobody is known to want it gone.
    pub(super) fn may_remove_virtual_route(&self, key: &Key) -> bool {
        self.settled || self.known.routes.contains(key)
    }

    /// Whether a rule can be removed although nobody is known to want it gone.
    pub(super) fn may_remove_rule(&self, rule: &Rule) -> bool {
        self.settled || self.known.rules.contains(rule)
    }

    /// Whether a route to a subnet can be removed although nobody is known to want it gone.
    pub(super) fn may_remove_route(&self, route: Route) -> bool {
        let lingers = self.lingering.iter().any(|(link, address)| route.is_to_subnet_of(*address, *link));
        let claimed = self.claims.values().any(|kept| needs_route(&kept.claim, route));
        self.settled || lingers || claimed
    }
}

/// The rules of a claim.
pub(super) fn rules_of(claim: &Claim) -> impl Iterator<Item = Rule> + '_ {
    claim.rules.iter().map(|(family, rule)| Rule::of(*family, rule))
}

/// The addresses of a claim that the loopback link can hold.
fn holdable(claim: &Claim) -> impl Iterator<Item = IpAddr> {
    claim.addresses.iter().map(|address| address.ip).filter(|ip| refusal(*ip).is_none())
}

/// Whether a claim needs a route, unless something else covers its subnet.
pub(super) fn needs_route(claim: &Claim, route: Route) -> bool {
    claim.addresses.iter().any(|address| route.is_to_subnet_of(*address, claim.link))
}

/// The macvlan that a claim needs.
pub(super) fn macvlan_of(claim: &Claim) -> Option<Macvlan> {
    claim.mac.map(|mac| Macvlan { parent: claim.link, family: claim.family, vrid: claim.vrid, mac })
}

/// The link that carries a claim's addresses, once there is one.
pub(super) fn carrier(claim: &Claim, observed: &Observed) -> Option<u32> {
    match macvlan_of(claim) {
        None => Some(claim.link),
        Some(macvlan) => observed.macvlan(&macvlan),
    }
}

#[cfg(test)]
mod tests;
