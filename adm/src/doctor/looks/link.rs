//! The links of instances: whether each is there, up, and fit.

use vrrp::id::Family;

use super::with;
use crate::doctor::Finding;
use crate::doctor::facts::links::{Address, Link};
use crate::doctor::facts::{Facts, Subject};
use crate::doctor::firewall::{first, last};

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let looked_at = |subject: &&Subject| subject.instance.enabled && !subject.is_adrift();
    let enabled = || facts.subjects.iter().filter(looked_at);
    let mut found = with(&facts.links, |links| {
        enabled()
            .flat_map(|subject| match links.get(subject.link()) {
                Some(link) => fitness(subject, link),
                None => vec![missing(subject)],
            })
            .collect()
    });
    // Where links cannot be listed either, that is told already.
    found.extend(facts.ports.clone().err().filter(|_| facts.links.is_ok()).map(Finding::unseen));
    let there = |subject: &&Subject| facts.links.as_ref().map_or(true, |links| links.contains_key(subject.link()));
    if let Ok(addresses) = &facts.addresses {
        found.extend(enabled().filter(there).flat_map(|subject| primary(subject, addresses)));
        if facts.daemon.is_ok() && !addresses.iter().any(|address| address.link == "lo" && address.ip.is_loopback()) {
            let what = "lo has no loopback address: local programs that talk to 127.0.0.1 or ::1 fail";
            found.push(Finding::trouble(what).on("lo").remedy("ip link set lo up; ip address add 127.0.0.1/8 dev lo"));
        }
    }
    found
}

fn missing(subject: &Subject) -> Finding {
    let (name, link) = (subject.name(), subject.link());
    Finding::trouble(format!("there is no link {link}"))
        .of(name)
        .on(link)
        .remedy(format!("vrrpadm modify {name} --interface LINK, if it has another name: see ip link"))
}

fn fitness(subject: &Subject, link: &Link) -> Vec<Finding> {
    let name = subject.link();
    let finding = if let Some(upper) = &link.upper {
        let what = format!("{name} is a port of {upper}, which gets what {name} receives");
        Finding::trouble(what).remedy(format!("vrrpadm modify {} --interface {upper}", subject.name()))
    } else if !link.up {
        Finding::trouble(format!("{name} is down")).remedy(format!("ip link set {name} up"))
    } else if link.carrier == Some(false) {
        Finding::trouble(format!("{name} has no carrier"))
            .remedy(format!("plug in the cable of {name}, or look at the port at its other end"))
    } else {
        return Vec::new();
    };
    vec![finding.of(subject.name()).on(name)]
}

/// Whether it can be advertised from an address of the link, and whether the link reaches the virtual ones.
fn primary(subject: &Subject, addresses: &[Address]) -> Vec<Finding> {
    let link = subject.link();
    let own = |address: &&Address| address.link == link && !subject.owns(address.ip);
    let mut found = Vec::new();
    for family in subject.families() {
        let of_family: Vec<&Address> =
            addresses.iter().filter(own).filter(|address| Family::of(address.ip) == family).collect();
        if of_family.is_empty() {
            let what = format!("{link} has no {family} address of its own to advertise from");
            found.push(Finding::trouble(what).remedy(format!("give {link} one, in the files of the network manager")));
            continue;
        }
        let near =
            |ip| of_family.iter().any(|own| first((own.ip, own.prefix)) <= ip && ip <= last((own.ip, own.prefix)));
        for (ip, prefix) in subject.addresses.iter().filter(|(ip, _)| Family::of(*ip) == family) {
            if !near(*ip) && !is_link_local(*ip) {
                let what = format!(
                    "{ip}/{prefix} is in no subnet of {link}: vrrpd makes a route to that subnet, and clients there need none; \
                     routers have to know it"
                );
                found.push(Finding::advice(what).remedy("if that is a slip, vrrpadm modify NAME --address ADDRESS"));
            }
        }
    }
    found.into_iter().map(|finding| finding.of(subject.name()).on(link)).collect()
}

fn is_link_local(ip: std::net::IpAddr) -> bool {
    match ip {
        std::net::IpAddr::V4(ip) => ip.is_link_local(),
        std::net::IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{address, facts, told};
    use super::*;

    #[test]
    fn each_unfit_link_is_told() {
        let with = |link: Link| {
            let mut facts = facts();
            facts.links.as_mut().unwrap().insert("eth0".to_owned(), link);
            told(&judge(&facts))
        };
        let well = Link { up: true, carrier: Some(true), ..Link::default() };
        assert_eq!(with(well.clone()), [""; 0]);
        assert_eq!(with(Link { up: false, ..well.clone() }), ["trouble: eth0 is down"]);
        assert_eq!(with(Link { carrier: Some(false), ..well.clone() }), ["trouble: eth0 has no carrier"]);
        assert_eq!(
            with(Link { upper: Some("br0".to_owned()), ..well }),
            ["trouble: eth0 is a port of br0, which gets what eth0 receives"]
        );
        let mut facts = facts();
        facts.links.as_mut().unwrap().clear();
        assert_eq!(told(&judge(&facts)), ["trouble: there is no link eth0"]);
        let instance = &mut facts.subjects[0].instance;
        (instance.interface, instance.link) = ("group:net0".to_owned(), Some("eth1".to_owned()));
        assert_eq!(told(&judge(&facts)), ["trouble: there is no link eth1"], "the one that carries it is looked at");
        facts.subjects[0].instance.link = None;
        assert_eq!(told(&judge(&facts)), [""; 0], "that the group has failed is told as the instance's Fault");
    }

    #[test]
    fn a_link_without_an_address_of_its_own_cannot_advertise() {
        let mut facts = facts();
        facts.addresses =
            Ok(vec![address("lo", "127.0.0.1", 8), address("eth0", "192.0.2.10", 32), address("eth0", "fe80::1", 64)]);
        assert_eq!(told(&judge(&facts))[..1], ["trouble: eth0 has no IPv4 address of its own to advertise from"]);
        facts.addresses = Ok(vec![
            address("lo", "127.0.0.1", 8),
            address("eth0", "198.51.100.1", 24),
            address("eth0", "2001:db8::1", 64),
        ]);
        let told = told(&judge(&facts));
        assert!(told.len() == 1 && told[0].starts_with("advice: 192.0.2.10/24 is in no subnet of eth0"), "{told:?}");
    }

    #[test]
    fn a_flushed_lo_is_told() {
        let mut facts = facts();
        facts.addresses.as_mut().unwrap().retain(|address| address.link != "lo");
        assert_eq!(told(&judge(&facts)).len(), 1);
    }
}
