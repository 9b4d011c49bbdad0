//! Settings of the kernel that work against virtual addresses.

use vrrp::id::Family;

use super::with;
use crate::doctor::Finding;
use crate::doctor::facts::settings::Settings;
use crate::doctor::facts::{Facts, Subject};
use crate::doctor::firewall::{first, last};

/// What is dropped is what would be answered by another link.
const STRICT: u8 = 1;

/// The reverse path filter.
pub(super) fn reverse_path(facts: &Facts) -> Vec<Finding> {
    with(&facts.settings, |settings| {
        let mut found = Vec::new();
        for subject in facts.subjects.iter().filter(|subject| subject.has(Family::V4)) {
            let link = subject.link();
            if subject.router(Family::V4).and_then(|router| router.filtered_by.as_deref()) == Some("rp_filter") {
                let what = format!(
                    "the reverse path filter of {link} drops the Master's advertisements: they are seen below it"
                );
                found.push(Finding::trouble(what).of(subject.name()).on(link).remedy(loosen(settings, link)));
                continue;
            }
            let strict = settings.effective(link, |v4| v4.rp_filter) == STRICT;
            if let Some(other) = rival(facts, subject).filter(|_| strict) {
                let what = format!(
                    "{link} and {other} are in one subnet, and {link} has a strict reverse path filter (rp_filter 1): what the routing \
                     would answer by {other} is dropped, advertisements among it"
                );
                found.push(Finding::trouble(what).of(subject.name()).on(link).remedy(loosen(settings, link)));
            }
        }
        for (name, _) in own_macvlans(settings).filter(|name| settings.effective(name.0, |v4| v4.rp_filter) == STRICT) {
            let what = format!(
                "{name}, which vrrpd made for a virtual MAC address, has a strict reverse path filter: clients are not answered"
            );
            found.push(Finding::trouble(what).on(name).remedy(format!("sysctl -w net.ipv4.conf.{name}.rp_filter=2")));
        }
        found
    })
}

fn loosen(settings: &Settings, link: &str) -> String {
    let strict = |name: &str| settings.v4.get(name).is_some_and(|v4| v4.rp_filter == STRICT);
    let own = if strict(link) || !strict("all") { link } else { "all" };
    format!("sysctl -w net.ipv4.conf.{}.rp_filter=2, and the same in a file of /etc/sysctl.d", key(own))
}

/// A link's name as sysctl takes it.
pub(super) fn key(link: &str) -> String {
    link.replace('.', "/")
}

/// Another link that is in the subnet of an instance's link.
fn rival(facts: &Facts, subject: &Subject) -> Option<String> {
    let addresses = facts.addresses.as_ref().ok()?;
    let own = |link: &str| {
        let link = link.to_owned();
        addresses.iter().filter(move |address| {
            address.link == link && address.ip.is_ipv4() && address.prefix < 32 && !subject.owns(address.ip)
        })
    };
    let near = |one: &crate::doctor::facts::links::Address| {
        own(subject.link()).any(|mine| {
            let (low, high) = (first((mine.ip, mine.prefix)), last((mine.ip, mine.prefix)));
            low <= one.ip && one.ip <= high
        })
    };
    let others = addresses.iter().filter(|one| one.link != subject.link() && one.link != "lo" && !is_own(&one.link));
    let mut others = others.filter(|one| one.ip.is_ipv4() && !subject.owns(one.ip));
    others.find(|one| near(one)).map(|one| one.link.clone())
}

/// Tells whether vrrpd made a link.
fn is_own(link: &str) -> bool {
    link.starts_with("vrrp4") || link.starts_with("vrrp6")
}

fn own_macvlans(settings: &Settings) -> impl Iterator<Item = (&String, &crate::doctor::facts::settings::V4)> {
    settings.v4.iter().filter(|(name, _)| name.starts_with("vrrp4"))
}

/// Which ARP requests are answered, and what they come from, while addresses are held.
pub(super) fn arp(facts: &Facts) -> Vec<Finding> {
    let holding: Vec<&Subject> =
        facts.subjects.iter().filter(|one| one.holds() && one.has(Family::V4) && one.instance.since > 0).collect();
    let parents: Vec<&Subject> = facts.subjects.iter().filter(|one| one.is_virtual() && one.has(Family::V4)).collect();
    with(&facts.settings, |settings| {
        let mut found = Vec::new();
        let links = settings.v4.keys().filter(|name| !matches!(name.as_str(), "all" | "default" | "lo"));
        for link in links.filter(|_| !holding.is_empty()) {
            let (ignore, announce) =
                (settings.effective(link, |v4| v4.arp_ignore), settings.effective(link, |v4| v4.arp_announce));
            if !matches!(ignore, 1 | 2 | 3 | 8) {
                let what = format!(
                    "{link} answers ARP for held addresses (arp_ignore {ignore}): clients may reach this host though it is no Master"
                );
                let of = if ignore == 0 { key(link) } else { "all".to_owned() };
                let to = if ignore == 0 {
                    "systemctl restart vrrp.service sets it again; or ".to_owned()
                } else {
                    String::new()
                };
                let value = if ignore == 0 { 3 } else { 0 };
                found.push(
                    Finding::trouble(what)
                        .on(link)
                        .remedy(format!("{to}sysctl -w net.ipv4.conf.{of}.arp_ignore={value}")),
                );
            }
            if announce != 2 {
                let what = format!(
                    "{link} may ask for MAC addresses from a held address (arp_announce {announce}): neighbours then turn to this host"
                );
                found.push(
                    Finding::trouble(what)
                        .on(link)
                        .remedy(format!("sysctl -w net.ipv4.conf.{}.arp_announce=2", key(link))),
                );
            }
        }
        for subject in parents {
            let (link, all) = (subject.link(), settings.v4.get("all").map_or(0, |all| all.arp_ignore));
            if all == 3 {
                let what = format!(
                    "net.ipv4.conf.all.arp_ignore = 3 is more than the 1 that vrrpd gives {link}: the link answers with its own MAC address"
                );
                let remedy = "sysctl -w net.ipv4.conf.all.arp_ignore=0, or 1";
                found.push(Finding::trouble(what).of(subject.name()).on(link).remedy(remedy));
            }
        }
        for finding in &mut found {
            if finding.instances.is_empty() {
                finding.instances.extend(holding.iter().map(|subject| subject.name().to_owned()));
            }
        }
        found
    })
}

/// Links without IPv6, and links of ours that make themselves addresses.
pub(super) fn ipv6(facts: &Facts) -> Vec<Finding> {
    with(&facts.settings, |settings| {
        let mut found = Vec::new();
        for subject in facts.subjects.iter().filter(|subject| subject.has(Family::V6)) {
            if settings.v6.is_empty() {
                found.push(
                    Finding::trouble("this kernel has no IPv6")
                        .of(subject.name())
                        .remedy("leave ipv6.disable=1 out of its command line"),
                );
                continue;
            }
            let hold = subject.holds().then_some("lo");
            for link in [Some(subject.link()), hold].into_iter().flatten() {
                if settings.v6.get(link).is_some_and(|v6| v6.disabled) {
                    let what = format!("IPv6 is disabled on {link}");
                    let remedy = format!(
                        "sysctl -w net.ipv6.conf.{}.disable_ipv6=0, and see the files of /etc/sysctl.d",
                        key(link)
                    );
                    found.push(Finding::trouble(what).of(subject.name()).on(link).remedy(remedy));
                }
            }
        }
        for (name, v6) in settings.v6.iter().filter(|(name, _)| is_own(name)) {
            if v6.addr_gen_mode != 1 && !v6.disabled {
                let what = format!(
                    "{name}, which vrrpd made for a virtual MAC address, makes itself a link-local address: its packets turn switches to a host \
                     that is no Master"
                );
                found.push(Finding::trouble(what).on(name).remedy(format!("ip link set {name} addrgenmode none")));
            }
        }
        found
    })
}

/// Binding to any address.
pub(super) fn nonlocal_bind(facts: &Facts) -> Vec<Finding> {
    with(&facts.settings, |settings| {
        let holds = |family| facts.subjects.iter().any(|subject| subject.holds() && subject.has(family));
        let mut found = Vec::new();
        for (family, set) in Family::ALL.into_iter().zip(settings.nonlocal_bind) {
            if set && holds(family) {
                let name = if family == Family::V4 { "ipv4" } else { "ipv6" };
                let what = format!(
                    "net.{name}.ip_nonlocal_bind is 1: services may bind to any address, so that a slip in theirs is not noticed; vrrpd \
                     holds the addresses, and nothing needs it"
                );
                let remedy =
                    format!("sysctl -w net.{name}.ip_nonlocal_bind=0, and take it out of the files of /etc/sysctl.d");
                found.push(Finding::advice(what).remedy(remedy));
            }
        }
        found
    })
}

/// Files that set something back at boot, and for each link that appears.
pub(super) fn files(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    for subject in &facts.subjects {
        let link = subject.link();
        // udev has them applied to each link that appears, those with virtual MAC addresses too.
        let macvlan = |line: &crate::doctor::facts::settings::Line| line.is_for("vrrp4-1-1") && subject.is_virtual();
        // Of several lines for one thing the last counts.
        let mut last = std::collections::BTreeMap::new();
        for line in &facts.lines {
            last.insert((line.family, line.link.as_str(), line.setting.as_str()), line);
        }
        for line in last.into_values() {
            let here = line.is_for(link) || matches!(line.link.as_str(), "all" | "default");
            let (four, six) = (subject.has(Family::V4), subject.has(Family::V6));
            let (what, bad) = match (line.family, line.setting.as_str(), line.value.as_str()) {
                ('4', "rp_filter", "1") if four && macvlan(line) => (
                    "makes the reverse path filter of links with virtual MAC addresses strict: clients are not answered",
                    true,
                ),
                ('4', "arp_ignore", "3") if four && subject.is_virtual() && line.link == "all" => (
                    "is more than the 1 that links below virtual MAC addresses need: they answer with their own MAC address",
                    true,
                ),
                ('4', "arp_ignore", "0") if four && subject.holds() && line.is_for(link) => {
                    ("lets the link answer ARP for held addresses; vrrpd sets it again at once while it runs", false)
                }
                ('4', "arp_announce", "0" | "1") if four && subject.holds() && line.is_for(link) => {
                    ("lets the link ask from held addresses; vrrpd sets it again at once while it runs", false)
                }
                ('6', "disable_ipv6", "1") if six && (here || line.is_for("lo")) => {
                    ("leaves the instance without IPv6", true)
                }
                _ => continue,
            };
            let what = format!("{} ({} = {} for {}) {what}", line.place, line.setting, line.value, line.link);
            let finding = if bad { Finding::trouble(what) } else { Finding::advice(what) };
            let file = line.place.split(':').next().unwrap_or_default();
            found.push(
                finding
                    .of(subject.name())
                    .on(link)
                    .remedy(format!("take that line out of {file}, or write over it in /etc/sysctl.d")),
            );
        }
    }
    found
}

#[cfg(test)]
mod tests;
