//! The links that the routes of a Master lead through, beside its own: without one of them it cannot be one.

use std::collections::BTreeMap;

use vrrp::config::{self, RouteKind};
use vrrp::id::Family;
use vrrp::machine::Reason;

use crate::kernel::Link;

/// Why a route that moves with a router cannot be had, if a link keeps it away.
pub(super) fn blocked(config: &config::Instance, family: Family, links: &BTreeMap<u32, Link>) -> Option<Reason> {
    let routes = config.routes_moved_by(family).filter(|route| route.kind == RouteKind::Unicast);
    routes.filter_map(|route| Some((route, route.interface.as_ref()?))).find_map(|(route, name)| {
        let link = links.values().find(|link| link.name == name.as_str());
        let trouble = match link {
            None => "does not exist".to_owned(),
            Some(link) => link.trouble?.to_string(),
        };
        Some(Reason::Because(format!("{name} {trouble}, and a virtual route leads through it: {route}")))
    })
}
