//! Looking below the firewall for whom an instance misses, and what is seen there.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use vrrp::config::Hold;
use vrrp::id::Vrid;
use vrrp::machine::{Event, Filter, Look};
use vrrp::wire::Packet;

use super::Daemon;
use super::formation::Formation;
use super::instance::{Instance, Instances, Router};
use super::receive::Arrival;
use crate::kernel::Link;
use crate::packets::Packets;
use crate::reverse_path;

/// How long what was found out about the cause is taken for true.
const CAUSE: Duration = Duration::from_secs(10);

/// Looks for whom the routers of a formation miss, and no longer for whom they do not. Tells when the next look begins.
pub(super) fn follow(
    formation: &Formation,
    instances: &mut Instances,
    packets: &mut Packets,
    now: Instant,
) -> Option<Instant> {
    let mut next: Option<Instant> = None;
    for (place, machine) in formation.group.members().iter().enumerate() {
        let wanted = match machine.look() {
            Look::No => false,
            Look::Yes => true,
            Look::From(at) if at <= now => true,
            Look::From(at) => {
                next = next.into_iter().chain([at]).min();
                false
            }
        };
        let Some((id, member)) = formation.owner(place) else { continue };
        let Some(instance) = instances.get_mut(&id) else { continue };
        let vrid = instance.config.vrid;
        if let Some(router) = instance.routers.get_mut(member) {
            set(router, vrid, wanted, packets);
        }
    }
    next
}

fn set(router: &mut Router, vrid: Vrid, wanted: bool, packets: &mut Packets) {
    let link = router.link.filter(|_| wanted);
    if router.looks_on == link {
        return;
    }
    let family = router.family;
    if let Some(former) = router.looks_on.take() {
        packets.look_away(former, family, vrid);
    }
    if let Some(link) = link {
        router.below.clone_from(&router.association);
        match packets.look(link, family, vrid) {
            Ok(()) => router.looks_on = Some(link),
            Err(error) => tracing::warn!(link, %family, %error, "cannot look below the firewall"),
        }
    }
}

/// Tells whether a packet that was seen below the firewall would be handed to a socket here.
pub(super) fn is_for_this_host(packet: &Packet<'_>, links: &BTreeMap<u32, Link>) -> bool {
    let to = packet.destination;
    to.is_multicast() || links.values().any(|link| link.owned.contains(&to))
}

impl Daemon {
    /// Hands over what was seen below the firewall. What is wrong with it is counted where it arrives, or nowhere.
    pub(super) fn glimpse(&mut self, arrival: Arrival) {
        let (Some((id, member)), Ok(notice)) = (arrival.to, arrival.what) else { return };
        let source = notice.heard.source;
        let Some(router) = self.router_mut(id, member).filter(|router| router.looks_on.is_some()) else { return };
        let (link, known) = (router.link, router.filter);
        let filter = match known {
            Some((whose, filter, at)) if whose == source && self.now < at + CAUSE => filter,
            Some(_) | None => {
                let filter = self.find_filter(link, source);
                let found = Some((source, filter, self.now));
                if let Some(router) = self.router_mut(id, member) {
                    router.filter = found;
                }
                filter
            }
        };
        self.tell(id, member, Event::Filtered(notice.heard, filter));
    }

    /// Finds what takes away the packets that a link receives from an address, as far as can be told.
    fn find_filter(&self, link: Option<u32>, source: IpAddr) -> Filter {
        let IpAddr::V4(v4) = source else { return Filter::Firewall };
        let held = |instance: &Instance| {
            instance.config.hold == Hold::Address
                && instance.config.virtual_addresses().any(|address| address.ip == source)
        };
        let owned = self.links.values().any(|link| link.owned.contains(&source));
        if owned || self.instances.values().any(|instance| held(instance)) {
            return Filter::Martian;
        }
        let Some(link) = link.and_then(|link| self.links.get(&link)) else { return Filter::Firewall };
        let leads_back = |from| link.owned.contains(&IpAddr::V4(from));
        if reverse_path::is_refused(&link.name, v4, leads_back) { Filter::ReversePath } else { Filter::Firewall }
    }
}
