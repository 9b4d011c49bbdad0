//! Claiming: whether all of a claim is in the kernel, or why not.

use std::net::IpAddr;

use super::address::Place;
use super::filter::Dropped;
use super::operation::Thing;
use super::plan::View;
use super::virtual_route::{Key, resolve};
use super::wanted::{self, Kept, Leading, Target};
use super::{Claim, route::Route};

/// The link that carries the claim once all of it is there, or why it cannot be; nothing while that is being settled.
pub(super) fn status(kept: &Kept, target: &Target, view: &View<'_>) -> Option<Result<u32, String>> {
    let claim = &kept.claim;
    if kept.lapsed {
        return Some(Err(format!("the lease ran out: vrrpd did not renew it for {} s", claim.lease.as_secs_f32())));
    }
    if view.observed.link(claim.link).is_none() {
        return Some(Err(format!("the link with index {} is gone", claim.link)));
    }
    if let Some(reason) = claim.routes.iter().find_map(|route| resolve(route, claim.link, view.observed).err()) {
        return Some(Err(reason));
    }
    if let Some(reason) = things(claim, target, view).find_map(|thing| view.attempts.failure(thing)) {
        return Some(Err(reason.to_owned()));
    }
    let link = wanted::carrier(claim, view.observed)?;
    let up = view.observed.link(link).is_some_and(|link| link.admin_up() && !link.mute);
    let usable = claim.addresses.iter().all(|address| view.observed.can_use(link, address.ip));
    let dropped = !claim.drop || !claim.addresses.iter().any(|address| lacks_drop(link, address.ip, target));
    let routed = routes(claim, target).all(|route| view.observed.routes().contains_key(&route));
    let led = virtual_routes(claim, target)
        .all(|(key, leading)| view.observed.virtual_routes().get(&key) == Some(&leading.way));
    let ruled = wanted::rules_of(claim).all(|rule| view.observed.rules().contains(&rule));
    (up && usable && dropped && routed && led && ruled).then_some(Ok(link))
}

/// Whether anything of a released claim is still there, or on its way, that no other claim wants and that can be removed.
pub(super) fn remains(claim: &Claim, target: &Target, view: &View<'_>) -> bool {
    let removable = |thing| view.attempts.failure(thing).is_none();
    let stray = |key: &Key| !target.virtual_routes.contains_key(key);
    let led = claim.routes.iter().map(Key::of).filter(stray).any(|key| {
        let way = view.observed.virtual_routes().get(&key);
        way.is_some_and(|way| removable(Thing::NoVirtualRoute(key, way.link.unwrap_or_default())))
    });
    let stray = wanted::rules_of(claim).filter(|rule| !target.rules.contains_key(rule));
    if led || stray.into_iter().any(|rule| view.observed.rules().contains(&rule) && removable(Thing::NoRule(rule))) {
        return true;
    }
    if let Some(macvlan) = wanted::macvlan_of(claim) {
        let index = view.observed.macvlan(&macvlan).filter(|_| !target.macvlans.contains(&macvlan));
        return index.is_some_and(|index| removable(Thing::NoLink(index)));
    }
    let places = claim.addresses.iter().map(|address| Place::ours(claim.link, address.ip));
    places.filter(|place| !target.addresses.contains_key(place)).any(|place| {
        let expected = view.attempts.expects(Thing::Address(place));
        expected || (view.observed.has_ours(place.link, place.ip) && removable(Thing::NoAddress(place)))
    })
}

fn things<'a>(claim: &'a Claim, target: &'a Target, view: &'a View<'_>) -> impl Iterator<Item = Thing> + 'a {
    let macvlan = wanted::macvlan_of(claim);
    let carrier = wanted::carrier(claim, view.observed);
    let below = macvlan.map(|_| Thing::Settings(claim.link));
    let above =
        macvlan.and(carrier).into_iter().flat_map(|link| [Thing::Settings(link), Thing::Up(link), Thing::Voice(link)]);
    let addresses = carrier
        .into_iter()
        .flat_map(|link| claim.addresses.iter().map(move |address| Thing::Address(Place::ours(link, address.ip))));
    let routes = routes(claim, target).map(Thing::Route);
    let led = virtual_routes(claim, target).map(|(key, leading)| Thing::VirtualRoute(key, leading.link));
    let rules = wanted::rules_of(claim).map(|rule| Thing::Rule(rule, claim.link));
    let filter = claim.drop.then_some(Thing::Filter);
    filter
        .into_iter()
        .chain(below)
        .chain(macvlan.map(Thing::Macvlan))
        .chain(above)
        .chain(addresses)
        .chain(routes)
        .chain(led)
        .chain(rules)
}

fn virtual_routes<'a>(claim: &'a Claim, target: &'a Target) -> impl Iterator<Item = (Key, Leading)> + 'a {
    let own = claim.routes.iter().map(Key::of);
    own.filter_map(|key| Some((key, *target.virtual_routes.get(&key)?)))
}

fn lacks_drop(link: u32, ip: IpAddr, target: &Target) -> bool {
    target.undropped.contains(&Dropped::at(Place::ours(link, ip)))
}

fn routes<'a>(claim: &'a Claim, target: &'a Target) -> impl Iterator<Item = Route> + 'a {
    let own = claim.addresses.iter().filter_map(|address| Route::to_subnet_of(*address, claim.link));
    own.flat_map(|route| [route, route.preferred()]).filter(|route| target.routes.contains(route))
}
