//! Packet filters that drop advertisements: what the daemon has seen of it, and what the rules say.

use vrrp::config::is_link_local;
use vrrp::id::Family;
use vrrp::wire::PROTOCOL;

use super::with;
use crate::doctor::Finding;
use crate::doctor::facts::{Facts, Subject};
use crate::doctor::firewall::{Cause, Fate, Net, Packet, Ruleset, Tool, Way};

/// The number of the authentication header among the protocols of IP.
const AH: u8 = 51;

pub(super) fn judge(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    for subject in facts.subjects.iter().filter(|subject| subject.instance.enabled) {
        for family in subject.families() {
            let router = subject.router(family);
            if router.and_then(|router| router.filtered_by.as_deref()) == Some("firewall") {
                let what = format!(
                    "a packet filter of this host drops the {family} advertisements of the Master: vrrpd sees them below it"
                );
                found.push(
                    Finding::trouble(what)
                        .of(subject.name())
                        .on(subject.link())
                        .remedy("nft list ruleset, and iptables-save"),
                );
            }
        }
    }
    for rules in &facts.filters {
        found.extend(with(rules, |rules| {
            let enabled = facts.subjects.iter().filter(|subject| subject.instance.enabled);
            enabled.flat_map(|subject| of_instance(facts, subject, rules)).collect()
        }));
    }
    found
}

fn of_instance(facts: &Facts, subject: &Subject, rules: &Ruleset) -> Vec<Finding> {
    let mut found = Vec::new();
    for family in subject.families() {
        for way in [Way::In, Way::Out] {
            let packet = packet(facts, subject, family, way);
            // From a virtual MAC address they leave as whole frames, which no rule of IP sees.
            if way == Way::Out && subject.is_virtual() && packet.to_group {
                continue;
            }
            let finding = match rules.fate(&packet) {
                Fate::Passes => continue,
                Fate::Dropped(cause) => dropped(&packet, &cause, rules),
                Fate::Depends(cause) => depends(&packet, &cause, rules),
            };
            found.push(finding.of(subject.name()).on(subject.link()));
        }
    }
    found
}

/// What an instance receives or sends.
fn packet(facts: &Facts, subject: &Subject, family: Family, way: Way) -> Packet {
    let whole = if family == Family::V4 { 32 } else { 128 };
    let peers: Vec<Net> =
        subject.peers.iter().filter(|peer| Family::of(**peer) == family).map(|peer| (*peer, whole)).collect();
    let own: Vec<Net> = subject
        .router(family)
        .and_then(|router| router.primary.as_ref()?.parse().ok())
        .map(|ip| (ip, whole))
        .into_iter()
        .collect();
    let (others, here) = match (peers.is_empty(), &facts.addresses) {
        (false, _) => (peers.clone(), own),
        (true, Ok(addresses)) => {
            let near = addresses.iter().filter(|address| {
                let local = is_link_local(address.ip);
                address.link == subject.link()
                    && Family::of(address.ip) == family
                    && address.prefix < whole
                    && (local || family == Family::V4)
            });
            let nets: Vec<Net> = near.map(|address| (address.ip, address.prefix)).collect();
            let here = if own.is_empty() { nets.clone() } else { own };
            (nets, here)
        }
        (true, Err(_)) => (Vec::new(), own),
    };
    let group = vec![(family.group(), whole)];
    let destinations = |unicast: &[Net]| if peers.is_empty() { group.clone() } else { unicast.to_vec() };
    let (sources, destinations) = match way {
        Way::In => (&others, destinations(&here)),
        Way::Out => (&here, destinations(&others)),
    };
    let sealed = subject.instance.auth.as_ref().is_some_and(|auth| auth.kind == "ah");
    Packet {
        way,
        family,
        protocol: if sealed { AH } else { PROTOCOL },
        link: subject.link().to_owned(),
        sources: sources.clone(),
        destinations,
        to_group: peers.is_empty(),
    }
}

fn dropped(packet: &Packet, cause: &Cause, rules: &Ruleset) -> Finding {
    let by = match &cause.rule {
        None => format!("{} has the policy drop and no rule that lets protocol {} pass", place(cause), packet.protocol),
        Some(rule) => format!("{} drops them ({rule})", place(cause)),
    };
    Finding::trouble(format!("{} are dropped: {by}", what(packet))).remedy(remedy(packet, cause, rules))
}

fn depends(packet: &Packet, cause: &Cause, rules: &Ruleset) -> Finding {
    let rule = cause.rule.as_deref().unwrap_or("its policy");
    let what = format!("{} pass or not by what cannot be known here: {} decides ({rule})", what(packet), place(cause));
    Finding::advice(what).remedy(format!("see that it lets all peers pass, or {}", remedy(packet, cause, rules)))
}

fn what(packet: &Packet) -> String {
    let Packet { way, family, link, protocol, .. } = packet;
    let sealed = if *protocol == AH { " (protocol 51, AH)" } else { "" };
    match way {
        Way::In => format!("{family} advertisements that come in by {link}{sealed}"),
        Way::Out => format!("{family} advertisements that leave by {link}{sealed}"),
    }
}

fn place(cause: &Cause) -> String {
    let (family, table, chain) = &cause.chain;
    match cause.tool {
        Tool::Nft => format!("the chain {chain} of the table {family} {table}"),
        Tool::Iptables => format!("the chain {chain} of {}", iptables(family)),
    }
}

fn iptables(family: &str) -> &'static str {
    if family == "ip6" { "ip6tables" } else { "iptables" }
}

/// How advertisements are let pass, in the words of what the rules were made with.
fn remedy(packet: &Packet, cause: &Cause, rules: &Ruleset) -> String {
    let ((family, table, _), protocol) = (&cause.chain, packet.protocol);
    let six = if packet.family == Family::V6 { "6" } else { "" };
    let is_ufw = |name: &str| name.starts_with("ufw-") || name.starts_with("ufw6-");
    if table == "firewalld" {
        let name = if protocol == AH { "ah" } else { "vrrp" };
        return format!(
            "firewall-cmd --permanent --add-protocol={name} && firewall-cmd --reload, with --zone=ZONE where {} is not in the default zone",
            packet.link
        );
    }
    if rules.chains.iter().any(|chain| is_ufw(&chain.name) && &chain.table == table) {
        let side = if packet.way == Way::In { "input" } else { "output" };
        return format!(
            "put \"-A ufw{six}-before-{side} -p {protocol} -j ACCEPT\" before COMMIT in /etc/ufw/before{six}.rules, then ufw reload"
        );
    }
    match cause.tool {
        Tool::Nft => format!(
            "nft insert rule {family} {table} {} meta l4proto {protocol} accept, and the same in /etc/nftables.conf or wherever the rules come from",
            cause.entry
        ),
        Tool::Iptables => {
            let table = if table == "filter" { String::new() } else { format!("-t {table} ") };
            format!(
                "{} {table}-I {} -p {protocol} -j ACCEPT, and have it kept (iptables-persistent)",
                iptables(family),
                cause.entry
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::{facts, told};
    use super::*;
    use crate::doctor::firewall::{iptables, nft};

    fn nft(chains: &str) -> Ruleset {
        nft::read(&format!(r#"{{"nftables": [{chains}]}}"#)).unwrap()
    }

    const DROP: &str =
        r#"{"chain": {"family": "inet", "table": "filter", "name": "input", "hook": "input", "policy": "drop"}}"#;

    #[test]
    fn a_policy_is_told_by_family_with_what_lets_vrrp_pass() {
        let mut facts = facts();
        facts.filters = vec![Ok(nft(DROP))];
        let found = judge(&facts);
        assert_eq!(
            told(&found),
            ["IPv4", "IPv6"].map(|family| format!(
                "trouble: {family} advertisements that come in by eth0 are dropped: the chain input of the table inet filter has the policy drop \
                 and no rule that lets protocol 112 pass"
            ))
        );
        assert!(
            found[0].remedy.as_ref().unwrap().starts_with("nft insert rule inet filter input meta l4proto 112 accept")
        );
        facts.subjects[0].instance.enabled = false;
        assert_eq!(judge(&facts), []);
    }

    #[test]
    fn what_made_the_rules_is_what_changes_them() {
        let remedy = |rules: Ruleset| {
            let mut facts = facts();
            facts.filters = vec![Ok(rules)];
            judge(&facts).first().and_then(|finding| finding.remedy.clone()).unwrap_or_default()
        };
        assert!(
            remedy(nft(&DROP.replace(r#""filter""#, r#""firewalld""#)))
                .starts_with("firewall-cmd --permanent --add-protocol=vrrp")
        );
        let ufw = iptables::read(
            "*filter\n:INPUT DROP [0:0]\n:ufw-before-input - [0:0]\n-A INPUT -j ufw-before-input\n",
            Family::V4,
        );
        assert!(remedy(ufw).starts_with("put \"-A ufw-before-input -p 112 -j ACCEPT\""));
        let plain = iptables::read("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p 112 -j DROP\n", Family::V4);
        assert!(remedy(plain).starts_with("iptables -I INPUT -p 112 -j ACCEPT"));
    }

    #[test]
    fn a_virtual_mac_address_sends_past_the_filter() {
        let mut facts = facts();
        facts.filters = vec![Ok(nft(&DROP.replace("input", "output")))];
        assert_eq!(judge(&facts).len(), 2);
        facts.subjects[0].instance.mac = "virtual".to_owned();
        assert_eq!(judge(&facts), []);
        facts.subjects[0].peers = vec!["192.0.2.2".parse().unwrap()];
        assert_eq!(judge(&facts).len(), 1, "unicast leaves from the link's own MAC address");
    }

    #[test]
    fn an_authentication_header_is_another_protocol() {
        let mut facts = facts();
        facts.subjects[0].addresses.retain(|(ip, _)| ip.is_ipv4());
        facts.subjects[0].instance.auth = Some(vrrp::status::Auth { kind: "ah".to_owned(), ..Default::default() });
        let rules = "*filter\n:INPUT DROP [0:0]\n-A INPUT -p vrrp -j ACCEPT\n";
        facts.filters = vec![Ok(iptables::read(rules, Family::V4))];
        let found = told(&judge(&facts));
        assert!(found.len() == 1 && found[0].contains("no rule that lets protocol 51 pass"), "{found:?}");
    }

    #[test]
    fn what_the_daemon_has_seen_comes_first_and_rules_that_cannot_be_listed_are_no_pass() {
        let mut facts = facts();
        facts.subjects[0].instance.routers[0].filtered_by = Some("firewall".to_owned());
        facts.filters = vec![Err("only root may list the rules of nftables".to_owned())];
        let found = told(&judge(&facts));
        assert!(
            found[0].starts_with("trouble: a packet filter of this host drops the IPv4 advertisements"),
            "{found:?}"
        );
        assert_eq!(found[1..], ["not looked: only root may list the rules of nftables"]);
    }
}
