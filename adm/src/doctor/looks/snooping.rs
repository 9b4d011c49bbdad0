//! Bridges of this host that forward multicast to who asked for it.
//!
//! Linux floods 224.0.0.0/24 on a bridge whatever it has heard (RFC 4541, section 2.1.2), and everything else as long as it knows of no querier. ff02::12
//! is forwarded by what was asked for, once a querier was heard.

use vrrp::id::Family;

use super::with;
use crate::doctor::Finding;
use crate::doctor::facts::Facts;
use crate::doctor::facts::links::Bridge;

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    if let Err(why) = &facts.ports {
        return vec![Finding::unseen(why.clone())];
    }
    with(&facts.links, |links| {
        let mut found = Vec::new();
        for subject in facts.subjects.iter().filter(|subject| subject.has(Family::V6)) {
            let link = subject.link();
            let upper = links.get(link).and_then(|link| link.upper.as_deref());
            // A VLAN or a macvlan on a bridge has the bridge's name before a dot, or none that is known.
            let below = link.split('.').next().unwrap_or(link);
            for name in [Some(link), upper, Some(below)].into_iter().flatten() {
                let bridge = links.get(name).and_then(|link| link.bridge);
                if !matches!(bridge, Some(Bridge { snoops: true, asks: false })) || !multicasts(subject) {
                    continue;
                }
                let what = format!(
                    "the bridge {name} forwards multicast to who asked for it (multicast_snooping) and asks nobody itself: once another \
                     querier of IPv6 was heard and is gone, advertisements to ff02::12 can miss ports"
                );
                let remedy = format!("ip link set {name} type bridge mcast_querier 1, or mcast_snooping 0");
                found.push(Finding::advice(what).of(subject.name()).on(name).remedy(remedy));
                break;
            }
        }
        found
    })
}

fn multicasts(subject: &crate::doctor::facts::Subject) -> bool {
    !subject.peers.iter().any(|peer| peer.is_ipv6())
}

#[cfg(test)]
mod tests {
    use super::super::scene::facts;
    use super::*;
    use crate::doctor::facts::links::Link;

    #[test]
    fn a_bridge_that_snoops_and_does_not_ask_is_told_for_ipv6() {
        let mut facts = facts();
        let mut with = |snoops, asks| {
            let bridge = Some(Bridge { snoops, asks });
            let links = facts.links.as_mut().unwrap();
            links.insert("br0".to_owned(), Link { up: true, bridge, ..Link::default() });
            links.insert("eth0".to_owned(), Link { up: true, upper: Some("br0".to_owned()), ..Link::default() });
            judge(&facts)
        };
        assert_eq!((with(false, false), with(true, true)), (Vec::new(), Vec::new()));
        let found = with(true, false);
        assert_eq!((found.len(), found[0].link.as_deref()), (1, Some("br0")));
        facts.subjects[0].addresses.retain(|(ip, _)| ip.is_ipv4());
        assert_eq!(judge(&facts), []);
    }
}
