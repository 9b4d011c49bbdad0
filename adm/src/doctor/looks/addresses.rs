//! Virtual addresses that somebody else has given to this host, or will.

use super::with;
use crate::doctor::Finding;
use crate::doctor::facts::{Facts, Subject};

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    with(&facts.addresses, |addresses| {
        let mut found = Vec::new();
        for subject in facts.subjects.iter().filter(|subject| !is_owner(subject)) {
            for address in addresses.iter().filter(|address| subject.owns(address.ip) && address.link != "lo") {
                let whole = address.prefix == if address.ip.is_ipv4() { 32 } else { 128 };
                let (ip, prefix, link) = (address.ip, address.prefix, &address.link);
                // What the daemon claims has this form, while it serves.
                if whole && subject.serves() {
                    continue;
                }
                let what = format!(
                    "{ip}/{prefix} is on {link}, and vrrpd did not put it there: this host answers for it whoever is Master"
                );
                found.push(Finding::trouble(what).of(subject.name()).on(link).remedy(format!(
                    "ip address delete {ip}/{prefix} dev {link}, and take it out of the file that adds it"
                )));
            }
        }
        found
    })
}

/// Files that give an address to a link for good.
pub(super) fn written(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    for subject in facts.subjects.iter().filter(|subject| !is_owner(subject)) {
        for given in facts.given.iter().filter(|given| subject.owns(given.ip)) {
            let what = format!(
                "{} has {} give {} to a link: this host answers for it whoever is Master",
                given.place, given.by, given.ip
            );
            found.push(Finding::trouble(what).of(subject.name()).remedy(format!(
                "take {} out of {}",
                given.ip,
                given.place.split(':').next().unwrap_or_default()
            )));
        }
    }
    found
}

/// Who owns the addresses may have them by himself.
fn is_owner(subject: &Subject) -> bool {
    subject.instance.priority == 255
}

#[cfg(test)]
mod tests {
    use vrrp::status::State;

    use super::super::scene::{address, facts, told};
    use super::*;
    use crate::doctor::facts::written::Given;

    #[test]
    fn an_address_that_the_daemon_did_not_add_is_told() {
        let mut facts = facts();
        let mut with = |state, prefix| {
            facts.subjects[0].instance.state = state;
            facts.addresses = Ok(vec![address("lo", "192.0.2.10", 32), address("eth0", "192.0.2.10", prefix)]);
            judge(&facts).len()
        };
        assert_eq!((with(State::Backup, 32), with(State::Backup, 24)), (1, 1));
        assert_eq!((with(State::Master, 32), with(State::Master, 24)), (0, 1));
        facts.subjects[0].instance.draining = true;
        facts.subjects[0].instance.state = State::Backup;
        facts.addresses = Ok(vec![address("eth0", "192.0.2.10", 32)]);
        assert_eq!(judge(&facts), []);
    }

    #[test]
    fn a_file_with_a_virtual_address_is_told_unless_the_host_owns_it() {
        let mut facts = facts();
        let given =
            |ip: &str| Given { place: "/etc/netplan/1.yaml:3".to_owned(), by: "netplan", ip: ip.parse().unwrap() };
        facts.given = vec![given("192.0.2.10"), given("192.0.2.1")];
        assert_eq!(
            told(&written(&facts)),
            [
                "trouble: /etc/netplan/1.yaml:3 has netplan give 192.0.2.10 to a link: this host answers for it whoever is Master"
            ]
        );
        facts.subjects[0].instance.priority = 255;
        assert_eq!(written(&facts), []);
    }
}
