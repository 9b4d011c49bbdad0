//! What the routes of a Master take beside its own link: without that it cannot be one.

use std::collections::BTreeMap;
use std::iter;
use std::net::IpAddr;

use vrrp::config::{self, RouteKind, VirtualRoute, first_address, is_link_local};
use vrrp::id::Family;
use vrrp::machine::Reason;

use super::instance::{Instance, Instances, Router};
use crate::kernel::Link;

/// The routes of a virtual router that lead through a link.
fn leading(config: &config::Instance, family: Family) -> impl Iterator<Item = &VirtualRoute> {
    config.routes_moved_by(family).filter(|route| route.kind == RouteKind::Unicast)
}

/// Why a route that moves with a router cannot be had, if a link keeps it away.
pub(super) fn blocked(config: &config::Instance, family: Family, links: &BTreeMap<u32, Link>) -> Option<Reason> {
    let mut through = leading(config, family).filter_map(|route| Some((route, route.interface.as_ref()?)));
    through.find_map(|(route, name)| {
        let link = links.values().find(|link| link.name == name.as_str());
        let trouble = match link {
            None => "does not exist".to_owned(),
            Some(link) => link.trouble?.to_string(),
        };
        Some(Reason::Because(format!("{name} {trouble}, and a virtual route leads through it: {route}")))
    })
}

/// Why the kernel would refuse a route that moves with a router at each take-over, of which each deposes whoever serves.
pub(super) fn lost(
    instance: &Instance,
    router: &Router,
    links: &BTreeMap<u32, Link>,
    instances: &Instances,
) -> Option<Reason> {
    beyond(instance, router, links, instances).or_else(|| sourceless(instance, router.family, links, instances))
}

/// Why a next router cannot be reached, if one is in no subnet of its link.
fn beyond(instance: &Instance, router: &Router, links: &BTreeMap<u32, Link>, instances: &Instances) -> Option<Reason> {
    let routes = leading(&instance.config, router.family).filter(|route| !route.onlink);
    let mut behind = routes.filter_map(|route| Some((route, route.via?)));
    behind.find_map(|(route, via)| {
        let link = match &route.interface {
            Some(name) => links.values().find(|link| link.name == name.as_str())?,
            None => links.get(&router.link?)?,
        };
        let near = is_link_local(via)
            || link.is_near(via)
            || claims_near(instance, link.index, via)
            || instances.values().any(|one| claims_near(one, link.index, via));
        (!near).then(|| {
            let name = &link.name;
            let advice = format!("give {name} an address in its subnet, or write onlink = true");
            Reason::Because(format!("{via} is not reachable through {name}, and a virtual route leads to it: {advice}"))
        })
    })
}

/// Why a source cannot be preferred, if one is no address that this host has or may claim.
fn sourceless(
    instance: &Instance,
    family: Family,
    links: &BTreeMap<u32, Link>,
    instances: &Instances,
) -> Option<Reason> {
    leading(&instance.config, family).filter_map(|route| route.source).find_map(|source| {
        let owned = links.values().any(|link| link.owned.contains(&source));
        // Most often it is the instance's own: of thousands of others all would be looked through.
        let mut claimed = iter::once(&instance.config).chain(instances.values().map(|one| &one.config));
        let known = owned || claimed.any(|config| config.virtual_addresses().any(|own| own.ip == source));
        let advice = "write another source, or give this host that address";
        (!known).then(|| {
            Reason::Because(format!(
                "{source} is no address of this host, and a virtual route has it as its source: {advice}"
            ))
        })
    })
}

/// Whether a virtual address of an instance on a link has an address in its subnet: that is reached when it is claimed.
fn claims_near(instance: &Instance, link: u32, ip: IpAddr) -> bool {
    let near = |own: config::VirtualAddress| first_address(own.ip, own.prefix) == first_address(ip, own.prefix);
    instance.routers.iter().any(|router| router.link == Some(link)) && instance.config.virtual_addresses().any(near)
}
