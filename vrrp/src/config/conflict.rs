//! Conflicts between instances: one address or one virtual router in two of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;

use super::address::is_link_local;
use super::fields::Fields;
use super::place::Spot;
use super::problem::Finding;
use super::vrids::{Vrids, full};
use super::written::Table;
use super::{InstanceName, Interface, VirtualRule};
use crate::id::{Family, Vrid};

/// What instances have taken so far.
#[derive(Default)]
pub(crate) struct Taken<'a> {
    /// An address, with its link where it means something on that link only.
    addresses: HashMap<(IpAddr, Option<&'a Interface>), (&'a InstanceName, &'a Spot)>,
    routers: HashMap<(&'a Interface, Vrid, Family), (&'a InstanceName, &'a Spot)>,
    /// What the kernel has one route for.
    routes: HashMap<(u32, IpAddr, u8, u32), (&'a InstanceName, &'a Spot)>,
    /// Rules by their priorities.
    rules: HashMap<u32, Vec<(&'a VirtualRule, &'a InstanceName, &'a Spot)>>,
    vrids: HashMap<&'a Interface, Vrids>,
    late: Vec<Late<'a>>,
}

/// An instance whose virtual router is another one's already.
struct Late<'a> {
    name: &'a InstanceName,
    spot: &'a Spot,
    router: (&'a Interface, Vrid, Family),
    families: Vec<Family>,
    first: (&'a InstanceName, &'a Spot),
}

impl<'a> Taken<'a> {
    /// Takes what an instance has, as far as it was readable, and says which address another one has taken before.
    pub(crate) fn take(
        &mut self,
        name: &'a InstanceName,
        table: &'a Table,
        fields: &'a Fields,
        findings: &mut Vec<Finding>,
    ) {
        let link = fields.interface.given().map(|(link, _)| link);
        let lists = [&fields.addresses, &fields.unadvertised];
        let addresses = lists.into_iter().filter_map(|list| list.given()).flat_map(|(list, _)| list);
        for (address, spot) in addresses {
            let key = (address.ip, link.filter(|_| is_link_local(address.ip)));
            match self.addresses.entry(key) {
                Entry::Vacant(place) => {
                    place.insert((name, spot));
                }
                Entry::Occupied(first) => {
                    let (other, place) = *first.get();
                    let message = match other == name {
                        true => format!("{} is advertised: leave it out of unadvertised, or of addresses", address.ip),
                        false => format!("{} is an address of {other} too: leave it to one of the two", address.ip),
                    };
                    let finding = Finding::new(spot.clone(), message).of(Some(name.as_str()));
                    findings.push(finding.related("first at", place.clone()));
                }
            }
        }
        self.take_ways(name, fields, findings);
        let Some((link, (vrid, spot))) = link.zip(fields.vrid.given()) else {
            return;
        };
        let own = table.items.get("vrid").map(|_| spot);
        let spot = own.or_else(|| table.headings.first().map(|heading| &heading.whole)).unwrap_or(spot);
        let families = families(fields);
        let mut told = false;
        for &family in &families {
            match self.routers.entry((link, *vrid, family)) {
                Entry::Vacant(place) => {
                    place.insert((name, spot));
                    self.vrids.entry(link).or_default().take(*vrid, family);
                }
                Entry::Occupied(first) if !told => {
                    told = true;
                    let (router, first) = ((link, *vrid, family), *first.get());
                    self.late.push(Late { name, spot, router, families: families.clone(), first });
                }
                Entry::Occupied(_) => {}
            }
        }
    }

    /// Takes the routes and rules of an instance, and says which another one has taken before.
    fn take_ways(&mut self, name: &'a InstanceName, fields: &'a Fields, findings: &mut Vec<Finding>) {
        let mut tell = |what: String, spot: &Spot, (other, first): (&InstanceName, &Spot)| {
            let message = format!("{other} has {what} too: leave it to one of the two");
            findings
                .push(Finding::new(spot.clone(), message).of(Some(name.as_str())).related("first at", first.clone()));
        };
        for (route, spot) in fields.virtual_routes.given().into_iter().flat_map(|(routes, _)| routes) {
            match self.routes.entry(route.key()) {
                Entry::Vacant(place) => drop(place.insert((name, spot))),
                Entry::Occupied(first) => {
                    tell(
                        format!("a route to {}/{} with this table and metric", route.destination, route.prefix),
                        spot,
                        *first.get(),
                    );
                }
            }
        }
        for (rule, spot) in fields.virtual_rules.given().into_iter().flat_map(|(rules, _)| rules) {
            let others = self.rules.entry(rule.priority).or_default();
            if let Some((_, other, first)) = others.iter().find(|(own, other, _)| *other != name && own.clashes(rule)) {
                tell("the same rule".to_owned(), spot, (other, first));
            }
            others.push((rule, name, spot));
        }
    }

    /// Says which virtual routers are another instance's already, once all have been taken.
    ///
    /// A VRID is offered once, so that they do not all go for the same one.
    pub(crate) fn tell(&mut self, findings: &mut Vec<Finding>) {
        for Late { name, spot, router: (link, vrid, family), families, first: (other, place) } in self.late.drain(..) {
            let vrids = self.vrids.entry(link).or_default();
            let taken = format!("{other} and {name} are both VRID {vrid} for {family} on {link}");
            let message = match vrids.free(&families, vrid) {
                Some(free) => {
                    families.iter().for_each(|&family| vrids.take(free, family));
                    format!("{taken}: give one of the two another vrid, such as {free}")
                }
                None => format!("{taken}, and {}", full("one of the two")),
            };
            let finding = Finding::new(spot.clone(), message).of(Some(name.as_str()));
            findings.push(finding.related("first at", place.clone()));
        }
    }

    /// Gives a VRID that an instance could have, any where its link cannot be read; nothing where its link has none left.
    pub(crate) fn free(&self, fields: &Fields) -> Option<Vrid> {
        let vrids = fields.interface.given().and_then(|(link, _)| self.vrids.get(link));
        let families = Some(families(fields)).filter(|families| !families.is_empty());
        vrids.unwrap_or(&Vrids::default()).free(families.as_deref().unwrap_or(&Family::ALL), Vrids::EXAMPLE)
    }
}

/// The families of an instance's addresses.
fn families(fields: &Fields) -> Vec<Family> {
    let addresses = fields.addresses.given().map(|(list, _)| list.as_slice()).unwrap_or_default();
    let has = |family: Family| addresses.iter().any(|(address, _)| Family::of(address.ip) == family);
    Family::ALL.into_iter().filter(|&family| has(family)).collect()
}
