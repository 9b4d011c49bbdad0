//! Gateways that send nothing on.

use vrrp::id::Family;

use super::settings::key;
use super::with;
use crate::doctor::Finding;
use crate::doctor::facts::settings::Settings;
use crate::doctor::facts::{Facts, Subject};

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    with(&facts.settings, |settings| facts.subjects.iter().flat_map(|subject| of_instance(subject, settings)).collect())
}

fn of_instance(subject: &Subject, settings: &Settings) -> Vec<Finding> {
    let router = default_router(subject, settings);
    let told = |family| router.is_some() && family == Family::V6;
    let advice = subject.families().filter(|family| subject.instance.drops && !told(*family)).filter_map(|family| {
        let link = stops_at(subject, family, settings)?;
        let what = format!(
            "accept = false is for gateways, and {family} packets that come in by {link} are not forwarded: what its addresses are for is lost"
        );
        Some(Finding::advice(what).of(subject.name()).on(link).remedy(set(&switch(family, link, settings))))
    });
    let advice: Vec<Finding> = advice.collect();
    router.into_iter().chain(advice).collect()
}

/// What is wrong with an IPv6 default router.
fn default_router(subject: &Subject, settings: &Settings) -> Option<Finding> {
    // Without a lifetime it tells hosts the rest, and is none.
    subject.instance.router_lifetime.filter(|lifetime| *lifetime > 0)?;
    let (link, what, key) = if let Some(link) = stops_at(subject, Family::V6, settings) {
        let what = "hosts are told that the Master is their default router, and this host forwards no IPv6 packet: what they send is lost";
        (link, what.to_owned(), switch(Family::V6, link, settings))
    } else {
        let (link, _) = settings.v6.iter().find(|(name, v6)| answers(subject, Family::V6, name) && !v6.forwarding)?;
        let what = format!(
            "{link} says in its neighbour advertisements that it is no router: hosts that have it as their default router leave it (RFC 4861, section 7.2.5)"
        );
        (link.as_str(), what, format!("net.ipv6.conf.{}.forwarding", key(link)))
    };
    Some(Finding::trouble(what).of(subject.name()).on(link).remedy(set(&key)))
}

/// The link by which packets come in that are not sent on, if there is one.
fn stops_at<'s>(subject: &'s Subject, family: Family, settings: &'s Settings) -> Option<&'s str> {
    match family {
        Family::V4 => {
            let mut own = settings.v4.iter().filter(|(name, _)| answers(subject, family, name));
            own.find(|(_, v4)| !v4.forwarding).map(|(name, _)| name.as_str())
        }
        Family::V6 => {
            let forced = settings.v6.get(subject.link()).is_some_and(|v6| v6.force_forwarding);
            let stops = settings.v6.get("all").is_some_and(|all| !all.forwarding) && !forced;
            stops.then_some(subject.link())
        }
    }
}

/// Whether a link is the one whose MAC address hosts send to: the instance's own, or that with the virtual one.
fn answers(subject: &Subject, family: Family, link: &str) -> bool {
    if !subject.is_virtual() {
        return link == subject.link();
    }
    let number = if family == Family::V4 { 4 } else { 6 };
    link.starts_with(&format!("vrrp{number}-{}-", subject.instance.vrid))
}

/// The setting that has it sent on. That of all links changes each of them, but not where it is set already.
fn switch(family: Family, link: &str, settings: &Settings) -> String {
    match family {
        Family::V4 if settings.v4.get("all").is_some_and(|all| all.forwarding) => {
            format!("net.ipv4.conf.{}.forwarding", key(link))
        }
        Family::V4 => "net.ipv4.ip_forward".to_owned(),
        Family::V6 => "net.ipv6.conf.all.forwarding".to_owned(),
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
        // Somebody has taken one link out of what all links do.
        forward(&mut facts, &["all"], &[]);
        let found = judge(&facts);
        let remedy = found[0].remedy.as_deref().unwrap();
        assert!(remedy.starts_with("sysctl -w net.ipv4.conf.eth0.forwarding=1,"), "{remedy}");
        forward(&mut facts, &["eth0"], &[]);
        assert_eq!(judge(&facts).len(), 1);
        facts.settings.as_mut().unwrap().v6.get_mut("eth0").unwrap().force_forwarding = true;
        assert_eq!(judge(&facts), []);
        // Packets to the virtual MAC address come in by another link.
        let mut facts = gateway(true, None);
        forward(&mut facts, &["all", "eth0"], &["all"]);
        facts.subjects[0].instance.mac = "virtual".to_owned();
        assert_eq!(judge(&facts), []);
        facts.settings.as_mut().unwrap().v4.insert("vrrp4-51-2".to_owned(), Default::default());
        assert!(told(&judge(&facts))[0].contains("IPv4 packets that come in by vrrp4-51-2"));
        let both = told(&judge(&gateway(true, Some(1800))));
        assert!(both.len() == 2 && both[0].starts_with("trouble") && both[1].contains("IPv4"), "{both:?}");
    }
}
