//! Gateways that send nothing on.

use vrrp::id::Family;

use super::with;
use crate::doctor::Finding;
use crate::doctor::facts::settings::Settings;
use crate::doctor::facts::{Facts, Subject};

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    with(&facts.settings, |settings| {
        let mut found = Vec::new();
        for subject in &facts.subjects {
            let is_router = subject.instance.router_lifetime.is_some_and(|lifetime| lifetime > 0);
            let router = is_router.then(|| default_router(subject, settings)).flatten();
            let is_told = router.is_some();
            found.extend(router);
            let families = subject
                .families()
                .filter(|family| subject.instance.drops && forwards(subject, *family, settings) == Some(false));
            found.extend(families.filter(|family| !is_told || *family == Family::V4).map(|family| {
                let what = format!(
                    "accept = false is for gateways, and {family} packets that come in by {} are not forwarded: what its addresses are for is lost",
                    subject.link()
                );
                Finding::advice(what).of(subject.name()).on(subject.link()).remedy(set(match family {
                    Family::V4 => "net.ipv4.ip_forward",
                    Family::V6 => "net.ipv6.conf.all.forwarding",
                }))
            }));
        }
        found
    })
}

/// What is wrong with an IPv6 default router.
fn default_router(subject: &Subject, settings: &Settings) -> Option<Finding> {
    let trouble =
        |what: String, remedy| Some(Finding::trouble(what).of(subject.name()).on(subject.link()).remedy(remedy));
    if forwards(subject, Family::V6, settings) == Some(false) {
        let what = "hosts are told that the Master is their default router, and this host forwards no IPv6 packet: what they send is lost";
        return trouble(what.to_owned(), set("net.ipv6.conf.all.forwarding"));
    }
    let virtual_mac = format!("vrrp6-{}-", subject.instance.vrid);
    let speaks =
        |name: &str| if subject.is_virtual() { name.starts_with(&virtual_mac) } else { name == subject.link() };
    let (name, _) = settings.v6.iter().find(|(name, v6)| speaks(name) && !v6.forwarding)?;
    let what = format!(
        "{name} says in its neighbour advertisements that it is no router: hosts that have it as their default router leave it (RFC 4861, section 7.2.5)"
    );
    trouble(what, set(&format!("net.ipv6.conf.{}.forwarding", name.replace('.', "/"))))
}

/// Whether what comes in by the link of an instance is sent on; none where that is not known.
fn forwards(subject: &Subject, family: Family, settings: &Settings) -> Option<bool> {
    match family {
        Family::V4 => settings.v4.get(subject.link()).map(|v4| v4.forwarding),
        Family::V6 => {
            let forced = settings.v6.get(subject.link()).is_some_and(|v6| v6.force_forwarding);
            settings.v6.get("all").map(|all| all.forwarding || forced)
        }
    }
}

fn set(key: &str) -> String {
    format!("sysctl -w {key}=1, and the same in a file of /etc/sysctl.d")
}

#[cfg(test)]
mod tests {
    use super::super::scene::{facts, told};
    use super::*;

    fn gateway(drops: bool, router_lifetime: Option<u32>) -> Facts {
        let mut facts = facts();
        facts.subjects[0].instance.drops = drops;
        facts.subjects[0].instance.router_lifetime = router_lifetime;
        facts
    }

    fn forward(facts: &mut Facts, v4: &[&str], v6: &[&str]) {
        let settings = facts.settings.as_mut().unwrap();
        v4.iter().for_each(|name| settings.v4.get_mut(*name).unwrap().forwarding = true);
        v6.iter().for_each(|name| settings.v6.entry((*name).to_owned()).or_default().forwarding = true);
    }

    #[test]
    fn a_default_router_has_to_forward_and_to_say_that_it_is_one() {
        let mut facts = gateway(false, Some(1800));
        let found = judge(&facts);
        assert!(
            told(&found)[0].starts_with("trouble: hosts are told that the Master is their default router"),
            "{found:?}"
        );
        forward(&mut facts, &[], &["all"]);
        let found = judge(&facts);
        assert!(told(&found)[0].starts_with("trouble: eth0 says in its neighbour advertisements"), "{found:?}");
        forward(&mut facts, &[], &["eth0"]);
        assert_eq!(judge(&facts), []);
        // Those whom hosts ask for the virtual MAC address.
        facts.subjects[0].instance.mac = "virtual".to_owned();
        facts.settings.as_mut().unwrap().v6.insert("vrrp6-51-2".to_owned(), Default::default());
        assert!(told(&judge(&facts))[0].starts_with("trouble: vrrp6-51-2 says"));
        forward(&mut facts, &[], &["vrrp6-51-2"]);
        assert_eq!(judge(&facts), []);
        // Who tells hosts the rest alone is no router for them.
        assert_eq!(judge(&gateway(false, Some(0))), []);
    }

    #[test]
    fn a_gateway_that_accepts_nothing_and_forwards_nothing_is_told_once_a_family() {
        let mut facts = gateway(true, None);
        let found = told(&judge(&facts));
        assert!(found.len() == 2 && found.iter().all(|one| one.starts_with("advice: accept = false")), "{found:?}");
        forward(&mut facts, &["eth0"], &[]);
        assert_eq!(judge(&facts).len(), 1);
        facts.settings.as_mut().unwrap().v6.get_mut("eth0").unwrap().force_forwarding = true;
        assert_eq!(judge(&facts), []);
        let both = told(&judge(&gateway(true, Some(1800))));
        assert!(both.len() == 2 && both[0].starts_with("trouble") && both[1].contains("IPv4"), "{both:?}");
    }
}
