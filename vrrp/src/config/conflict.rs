//! Conflicts between instances: one address or one virtual router in two of them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;

use super::address::is_link_local;
use super::fields::Fields;
use super::place::Spot;
use super::problem::Finding;
use super::written::Table;
use super::{InstanceName, LinkName};
use crate::id::{Family, Vrid};

/// What instances have taken so far.
#[derive(Default)]
pub(crate) struct Taken<'a> {
    /// An address, with its link where it means something on that link only.
    addresses: HashMap<(IpAddr, Option<&'a LinkName>), (&'a InstanceName, &'a Spot)>,
    routers: HashMap<(&'a LinkName, Vrid, Family), (&'a InstanceName, &'a Spot)>,
}

impl<'a> Taken<'a> {
    /// Takes what an instance has, as far as it was readable, and says what another one has taken before.
    pub(crate) fn take(
        &mut self,
        name: &'a InstanceName,
        table: &'a Table,
        fields: &'a Fields,
        findings: &mut Vec<Finding>,
    ) {
        let link = fields.interface.given().map(|(link, _)| link);
        let addresses = fields.addresses.given().map(|(list, _)| list.as_slice()).unwrap_or_default();
        for (address, spot) in addresses {
            let key = (address.ip, link.filter(|_| is_link_local(address.ip)));
            match self.addresses.entry(key) {
                Entry::Vacant(place) => {
                    place.insert((name, spot));
                }
                Entry::Occupied(first) => {
                    let (other, place) = *first.get();
                    let message = format!("{} is an address of {other} too: leave it to one of the two", address.ip);
                    let finding = Finding::new(spot.clone(), message).of(Some(name.as_str()));
                    findings.push(finding.related("first at", place.clone()));
                }
            }
        }
        let Some((link, (vrid, spot))) = link.zip(fields.vrid.given()) else {
            return;
        };
        let own = table.items.get("vrid").map(|_| spot);
        let spot = own.or_else(|| table.headings.first().map(|heading| &heading.whole)).unwrap_or(spot);
        let families: Vec<Family> = Family::ALL
            .into_iter()
            .filter(|&family| addresses.iter().any(|(a, _)| Family::of(a.ip) == family))
            .collect();
        let mut told = false;
        for family in families {
            match self.routers.entry((link, *vrid, family)) {
                Entry::Vacant(place) => {
                    place.insert((name, spot));
                }
                Entry::Occupied(first) if !told => {
                    told = true;
                    let (other, place) = *first.get();
                    let message = format!("{other} is VRID {vrid} for {family} on {link} already: choose another vrid");
                    let finding = Finding::new(spot.clone(), message).of(Some(name.as_str()));
                    findings.push(finding.related("first at", place.clone()));
                }
                Entry::Occupied(_) => {}
            }
        }
    }
}
