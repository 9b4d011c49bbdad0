//! Others on the wire that speak for the same virtual router in another way, or at the same time.

use std::collections::BTreeSet;
use std::net::IpAddr;

use vrrp::id::Family;
use vrrp::status::{Router, State};
use vrrp::wire::Discard;

use crate::doctor::Finding;
use crate::doctor::facts::{Facts, Subject};
use crate::render::time::interval;
use crate::wire::Heard;

/// What is not longer ago than this, in microseconds, goes on: the longest advertisement interval, and some time more.
const RECENT: u64 = 60_000_000;

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    for subject in facts.subjects.iter().filter(|subject| subject.instance.enabled) {
        let mut of_subject = Vec::new();
        for family in subject.families() {
            if let Some(router) = subject.router(family) {
                of_subject.extend(counted(subject, router, facts.now));
            }
            if let Some(Ok(heard)) = &facts.heard {
                of_subject.extend(listened(subject, family, heard));
            }
        }
        found.extend(of_subject.into_iter().map(|finding| finding.of(subject.name()).on(subject.link())));
    }
    match (&facts.heard, &facts.daemon) {
        (Some(Err(why)), _) => found.push(Finding::unseen(why.clone())),
        // Without a daemon nobody has listened.
        (None, Err(_)) if facts.offline.is_some() => found.extend(facts.offline.clone().map(Finding::unseen)),
        (None, Err(_)) if !facts.subjects.is_empty() => {
            found.push(Finding::unseen("nobody listens on the links: vrrpadm doctor --listen 5 does, as root"));
        }
        (Some(Ok(_)) | None, _) => {}
    }
    found
}

/// What the daemon has seen since it started. What is only counted may be long over, and breaks nothing by itself.
fn counted(subject: &Subject, router: &Router, now: u64) -> Vec<Finding> {
    let Router { family, counters, .. } = router;
    let mut found = Vec::new();
    for (reason, number) in counters.discards.iter().filter(|(_, number)| **number > 0) {
        let Some((what, remedy)) = discarded(reason) else { continue };
        let what = format!(
            "{number} {family} advertisements for VRID {} were discarded since vrrpd started: {what} ({reason})",
            subject.instance.vrid
        );
        found.push(Finding::advice(what).remedy(remedy));
    }
    if counters.address_list_mismatches > 0 {
        let what = format!(
            "{} {family} advertisements for VRID {} had other addresses than this host since vrrpd started: another cluster has the VRID, or the hosts differ",
            counters.address_list_mismatches, subject.instance.vrid
        );
        found.push(Finding::advice(what).remedy(format!("vrrpadm show {}, and compare on all hosts", subject.name())));
    }
    if let Some(theirs) = router.master_advert_interval.filter(|theirs| *theirs != subject.instance.advert_interval)
        && subject.instance.state == State::Backup
    {
        let what = format!(
            "the {family} Master advertises every {}, and this host would every {}",
            interval(theirs),
            interval(subject.instance.advert_interval)
        );
        found.push(Finding::advice(what).remedy("give advert_interval the same value on all hosts"));
    }
    if let Some(conflict) = &router.conflict {
        let what = format!("{} answers for {}, too, while this host is Master", conflict.mac, conflict.address);
        found.push(
            Finding::trouble(what)
                .remedy("find that host by its MAC address, and take the address from it: docs/conflict.md"),
        );
    }
    for refusal in &router.auth_refusals {
        let what = format!("{} is refused: {}", refusal.source, refusal.reason);
        let recent = now.saturating_sub(refusal.at) < RECENT;
        let finding = if recent { Finding::trouble(what) } else { Finding::advice(what) };
        found.push(finding.remedy("compare auth and the secrets on all hosts: docs/authentication.md"));
    }
    found
}

/// What a discard of another router's advertisement means for whoever configures both.
fn discarded(reason: &str) -> Option<(&'static str, &'static str)> {
    let discard = Discard::ALL.iter().find(|discard| discard.name() == reason)?;
    let same = |key| (key, "vrrpadm doctor --listen 5 tells who sends them, as root; then give all hosts the same");
    Some(match discard {
        Discard::VersionMismatch => same("they are of another version"),
        Discard::Interval => same("they have another interval"),
        Discard::AddressList => same("they have other addresses"),
        Discard::AuthType | Discard::AuthMissing => same("they are authenticated in another way, or in none"),
        Discard::AuthMalformed | Discard::AuthKey | Discard::AuthFailure => {
            ("they are made with another secret", "compare the secrets on all hosts: docs/authentication.md")
        }
        Discard::AuthStale => ("their time is not this host's", "synchronize the clocks of all hosts: timedatectl"),
        Discard::HopLimit => (
            "they came from another network, or somebody changes their TTL",
            "see what forwards them, or min_ttl: docs/unicast.md",
        ),
        Discard::Checksum => ("their checksum is wrong", "look at the network card's offloads, and at who sends them"),
        Discard::UnknownPeer | Discard::Destination => {
            ("their sender is none of the peers, or it uses multicast", "compare peers on all hosts: docs/unicast.md")
        }
        // Nothing that a host of the same cluster would send.
        Discard::IpHeader
        | Discard::Carp
        | Discard::Version
        | Discard::Version2OverIpv6
        | Discard::Type
        | Discard::Truncated
        | Discard::Trailing
        | Discard::VridZero
        | Discard::NoAddresses
        | Discard::IntervalZero
        | Discard::AuthReplay
        | Discard::OwnPacket
        | Discard::UnknownVrid => return None,
    })
}

/// What was heard while somebody listened.
fn listened(subject: &Subject, family: Family, heard: &[Heard]) -> Vec<Finding> {
    let instance = &subject.instance;
    let of = |one: &&Heard| one.link == subject.link() && one.vrid == instance.vrid && one.family() == family;
    let own: BTreeSet<IpAddr> =
        subject.addresses.iter().map(|(ip, _)| *ip).filter(|ip| Family::of(*ip) == family).collect();
    let mut found = Vec::new();
    for one in heard.iter().filter(of).filter(|one| !one.own) {
        let theirs: BTreeSet<IpAddr> = one.addresses.iter().copied().collect();
        let auth = instance.auth.as_ref().map(|auth| auth.kind.as_str());
        let list =
            |addresses: &BTreeSet<IpAddr>| addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ");
        let named = |auth: Option<&str>| {
            auth.map_or("no authentication".to_owned(), |auth| format!("authentication by {auth}"))
        };
        let differences = [
            (one.version != instance.version).then(|| format!("version {} and not {}", one.version, instance.version)),
            (one.interval != instance.advert_interval && one.priority > 0).then(|| {
                format!("an interval of {} and not {}", interval(one.interval), interval(instance.advert_interval))
            }),
            (theirs != own).then(|| format!("the addresses {} and not {}", list(&theirs), list(&own))),
            (one.auth != auth).then(|| format!("{} and not {}", named(one.auth), named(auth))),
        ];
        let differences: Vec<String> = differences.into_iter().flatten().collect();
        if !differences.is_empty() {
            let what = format!("{} advertises VRID {} with {}", one.source, one.vrid, differences.join(", "));
            found.push(
                Finding::trouble(what).remedy("give all hosts the same, or one of the two clusters another VRID"),
            );
        }
    }
    // Who resigned is no Master any more.
    let masters: Vec<String> =
        heard.iter().filter(of).filter(|one| one.priority > 0).map(|one| one.source.to_string()).collect();
    if masters.len() > 1 {
        let what = format!("VRID {} has more than one Master over {family}: {}", instance.vrid, masters.join(" and "));
        let remedy = "they do not hear one another: look at the firewalls of both, run vrrpadm doctor there, and compare the configurations";
        found.push(Finding::trouble(what).remedy(remedy));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::scene::{facts, told};
    use super::*;

    fn heard(source: &str) -> Heard {
        Heard {
            link: "eth0".to_owned(),
            source: source.parse().unwrap(),
            own: false,
            vrid: 51,
            version: 3,
            priority: 100,
            interval: 1_000,
            addresses: vec!["192.0.2.10".parse().unwrap()],
            auth: None,
            count: 1,
        }
    }

    fn with(all: Vec<Heard>) -> Vec<String> {
        let mut facts = facts();
        facts.heard = Some(Ok(all));
        told(&judge(&facts))
    }

    #[test]
    fn each_difference_on_the_wire_is_told() {
        assert_eq!(with(vec![heard("192.0.2.2")]), [""; 0]);
        let other = Heard {
            version: 2,
            interval: 3_000,
            addresses: vec!["192.0.2.99".parse().unwrap()],
            auth: Some("ah"),
            ..heard("192.0.2.2")
        };
        assert_eq!(
            with(vec![other.clone()]),
            ["trouble: 192.0.2.2 advertises VRID 51 with version 2 and not 3, an interval of 3s and not 1s, \
              the addresses 192.0.2.99 and not 192.0.2.10, authentication by ah and not no authentication"]
        );
        assert_eq!(with(vec![Heard { vrid: 7, ..other.clone() }, Heard { link: "eth1".to_owned(), ..other }]), [""; 0]);
    }

    #[test]
    fn two_masters_are_told_and_one_that_resigned_is_none() {
        let own = Heard { own: true, ..heard("192.0.2.1") };
        assert_eq!(
            with(vec![own.clone(), heard("192.0.2.2")]),
            ["trouble: VRID 51 has more than one Master over IPv4: 192.0.2.1 and 192.0.2.2"]
        );
        assert_eq!(with(vec![own, Heard { priority: 0, ..heard("192.0.2.2") }]), [""; 0]);
    }

    #[test]
    fn what_the_daemon_has_counted_is_told() {
        let mut facts = facts();
        let router = &mut facts.subjects[0].instance.routers[0];
        router.counters.discards.insert("version-mismatch".to_owned(), 3);
        router.counters.discards.insert("own-packet".to_owned(), 9);
        router.counters.address_list_mismatches = 2;
        let found = told(&judge(&facts));
        assert!(
            found.len() == 2
                && found[0].contains(
                    "3 IPv4 advertisements for VRID 51 were discarded since vrrpd started: they are of another version"
                ),
            "{found:?}"
        );
    }

    #[test]
    fn a_refusal_that_goes_on_is_trouble() {
        let mut facts = facts();
        let refusal = vrrp::status::AuthRefusal {
            source: "192.0.2.2".to_owned(),
            reason: "auth-missing".to_owned(),
            at: facts.now,
        };
        facts.subjects[0].instance.routers[0].auth_refusals = vec![refusal];
        assert_eq!(told(&judge(&facts)), ["trouble: 192.0.2.2 is refused: auth-missing"]);
        facts.now += RECENT;
        assert_eq!(told(&judge(&facts)), ["advice: 192.0.2.2 is refused: auth-missing"]);
    }

    #[test]
    fn nobody_has_listened_without_a_daemon() {
        let mut facts = facts();
        facts.daemon = Err("vrrpd is not running".to_owned());
        assert_eq!(
            told(&judge(&facts)),
            ["not looked: nobody listens on the links: vrrpadm doctor --listen 5 does, as root"]
        );
    }
}
