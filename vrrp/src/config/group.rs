//! `[group.NAME]`: links of which one is as good as another.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use super::address::target;
use super::field::{Field, Given, Reader};
use super::fields::addresses;
use super::place::Spot;
use super::problem::Finding;
use super::suggest::Names;
use super::tables::{Section, missing, unknown_keys};
use super::text::Shown;
use super::value::Content;
use super::written::{Table, Written};
use super::{Config, Interface, LinkName, word};

/// The keys of an interface group.
pub(crate) const KEYS: [&str; 6] = ["members", "standby", "probe", "targets", "failure_detection_time", "failback"];

/// The time in which a failure is detected where none is given, and the shortest and the longest.
const USUAL_TIME: Duration = Duration::from_secs(10);
const SHORTEST_TIME: Duration = Duration::from_millis(100);
const LONGEST_TIME: Duration = Duration::from_secs(3600);

/// Links of which one is as good as another: an interface group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The links that are used, the preferred first; at least one. No link is in two groups.
    pub members: Vec<LinkName>,
    /// The links that are used in place of one of `members` that cannot be.
    pub standby: Vec<LinkName>,
    /// How members are probed.
    pub probe: Probe,
    /// Who is probed; empty means the routers that the members' routes lead to.
    pub targets: Vec<IpAddr>,
    /// How long it takes at most until a member whose probes are not answered has failed, 100 ms to 1 h.
    pub failure_detection_time: Duration,
    /// Whether a member that is repaired is used again though another one has taken its part.
    pub failback: bool,
}

/// How the members of a group are probed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// Not at all: what the kernel tells of their links is all that counts.
    None,
    /// With echo requests (ICMP, ICMPv6), from an address that the member must have.
    Icmp,
    /// With ARP requests and neighbour solicitations, for which a member needs no IPv4 address.
    Arp,
}

impl Probe {
    /// Each with the word for it in a configuration, the default first.
    pub const WORDS: [(Self, &'static str); 3] = [(Self::None, "none"), (Self::Icmp, "icmp"), (Self::Arp, "arp")];
}

impl fmt::Display for Probe {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(word(*self, &Self::WORDS))
    }
}

/// The links of the groups before, each with the name of its group.
pub(crate) type Taken<'n> = HashMap<LinkName, (&'n str, Spot)>;

type Links = Vec<(LinkName, Spot)>;

/// Puts an interface group together. `taken` has the links of the groups before it.
pub(crate) fn finish<'n>(
    name: &'n str,
    table: &Table,
    config: &Config,
    taken: &mut Taken<'n>,
    findings: &mut Vec<Finding>,
) -> Option<Group> {
    let heading = format!("group.{name}");
    let mut reader = Reader { table, heading: &heading, instance: None, findings };
    unknown_keys(Section::Group, &mut reader);
    let members = reader.key("members", |given| {
        let links = links(given)?;
        if links.is_empty() {
            return given.wrong("is empty: name the links, such as [\"eth0\", \"eth1\"]");
        }
        Some(links)
    });
    let standby = reader.key("standby", links);
    let probe = reader.key("probe", |given| given.choice(&Probe::WORDS));
    let targets = reader.key("targets", |given| {
        let targets = addresses(given, "192.0.2.254", |text| target(text).map(|address| (address, address)))?;
        if targets.is_empty() {
            return given.wrong("is empty: name who answers probes, or leave it out for the routers of the links");
        }
        Some(targets)
    });
    let time = reader.key("failure_detection_time", |given| match given.duration()? {
        time if (SHORTEST_TIME..=LONGEST_TIME).contains(&time) => Some(time),
        _ => given.wrong("is out of range: use 100ms to 60min"),
    });
    let failback = reader.key("failback", |given| given.truth());
    findings.extend(missing(Section::Group, name, table, &members, "members = [\"eth0\", \"eth1\"]"));
    if matches!(probe.value_or(Probe::None), Some(Probe::None)) {
        findings.extend(idle("targets", &targets));
        findings.extend(idle("failure_detection_time", &time));
    }
    for (target, spot) in targets.given().map(|(targets, _)| targets).into_iter().flatten() {
        let own = config.instances.values().find(|one| one.virtual_addresses().any(|address| address.ip == *target));
        findings.extend(own.map(|own| {
            let message =
                format!("{target} is a virtual address of {}, which this host may answer: name another", own.name);
            Finding::new(spot.clone(), message)
        }));
    }
    let (members, standby) = (members.value_or(Vec::new()), standby.value_or(Vec::new()));
    for (link, spot) in members.iter().chain(&standby).flatten() {
        if let Some((other, first)) = taken.insert(link.clone(), (name, spot.clone())) {
            let message = match other == name {
                true => format!("{link} is a member already: leave it to one of members and standby"),
                false => format!("{link} is a member of the group {other} already: leave it to one of the two"),
            };
            findings.push(Finding::new(spot.clone(), message).related("first at", first));
        }
    }
    let names = |links: Links| links.into_iter().map(|(link, _)| link).collect();
    Some(Group {
        members: members.filter(|members| !members.is_empty()).map(names)?,
        standby: standby.map(names)?,
        probe: probe.value_or(Probe::None)?,
        targets: targets.value_or(Vec::new())?.into_iter().map(|(target, _)| target).collect(),
        failure_detection_time: time.value_or(USUAL_TIME)?,
        failback: failback.value_or(true)?,
    })
}

fn idle<T: Clone>(key: &str, field: &Field<T>) -> Option<Finding> {
    let (_, spot) = field.given()?;
    let message = format!("{key} changes nothing where nothing is probed: add probe = \"icmp\", or leave it out");
    Some(Finding::new(spot.clone(), message))
}

/// Reads a list of links, each once.
fn links(given: &mut Given<'_>) -> Option<Links> {
    let list = given.list("eth0")?;
    let mut seen = HashMap::new();
    let mut links = Vec::new();
    for value in list {
        let link = match &value.content {
            Content::Text(name) if name == "lo" => {
                given.wrong_at(&value.spot, "\"lo\" is the loopback, which leads nowhere: name another link")
            }
            Content::Text(name) => LinkName::new(name).or_else(|| {
                let shown = Shown::new(name);
                let message = format!(
                    "\"{shown}\" is no interface: a link's name has 1 to 15 bytes and no space, / or :, such as \"eth0\""
                );
                given.wrong_at(&value.spot, message)
            }),
            Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => {
                let message = format!("{value} is {}: write a link's name in quotes", value.kind());
                given.wrong_at(&value.spot, message)
            }
        };
        links.push(link.and_then(|link| match seen.insert(link.clone(), &value.spot) {
            Some(first) => given.twice(&value.spot, link.as_str(), first),
            None => Some((link, value.spot.clone())),
        }));
    }
    links.into_iter().collect()
}

/// Says which instances and conditions name a group that there is not.
pub(crate) fn strangers(written: &Written) -> Vec<Finding> {
    let names = Names::new(written.groups.keys().map(String::as_str));
    let instances = written.instances.iter().map(|(name, table)| (Some(name.as_str()), table));
    let others = written.syncs.values().chain([&written.defaults]).map(|table| (None, table));
    let mut found = Vec::new();
    for (instance, table) in instances.chain(others) {
        for (name, spot) in carrier(table).into_iter().chain(watched(table)) {
            if !names.contain(name) {
                let shown = Shown::new(name);
                let message = match names.nearest(name) {
                    Some(near) => format!("there is no group {shown}: did you mean \"{}\"?", Shown::new(near)),
                    None => format!("there is no group {shown}: add [group.{shown}], or leave it out"),
                };
                found.push(Finding::new(spot.clone(), message).of(instance));
            }
        }
    }
    found
}

/// The group that a table has for its interface, with its place.
fn carrier(table: &Table) -> Option<(&str, &Spot)> {
    let value = &table.items.get("interface").filter(|item| !item.unreadable)?.value;
    let Content::Text(text) = &value.content else { return None };
    Some((Interface::group_of(text)?, &value.spot))
}

/// The groups that the conditions of a table name, with their places.
fn watched(table: &Table) -> Vec<(&str, &Spot)> {
    let track = table.items.get("track").filter(|item| !item.unreadable).map(|item| &item.value.content);
    let Some(Content::List(entries)) = track else { return Vec::new() };
    let keys = entries.iter().filter_map(|entry| match &entry.content {
        Content::Table(keys) => Some(keys),
        Content::Text(_) | Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) => None,
    });
    let groups = keys.flatten().filter(|(key, _)| key.name == "group");
    groups
        .filter_map(
            |(_, value)| {
                if let Content::Text(name) = &value.content { Some((name.as_str(), &value.spot)) } else { None }
            },
        )
        .collect()
}

/// Says which instance on a group is the same virtual router as one on a member of it.
pub(crate) fn rivals(written: &Written, config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in config.instances.values().filter(|one| one.interface.group().is_some()) {
        for other in config.instances.values().filter(|other| other.vrid == one.vrid) {
            let Interface::Link(link) = &other.interface else { continue };
            let family = one.families().find(|family| other.families().any(|theirs| theirs == *family));
            let Some(family) = family.filter(|_| config.links_of(one).any(|member| member == link)) else { continue };
            let message = format!(
                "{} and {} are both VRID {} for {family} on {link}, a member of the group: give one of the two another vrid",
                other.name, one.name, one.vrid
            );
            let heading = written.instances.get(one.name.as_str()).and_then(|table| table.headings.first());
            found.extend(
                heading.map(|heading| Finding::new(heading.whole.clone(), message).of(Some(one.name.as_str()))),
            );
        }
    }
    found
}

/// Warns of a single target: when it is gone, every member seems to have failed. And of failures that are found too late.
pub(crate) fn doubts(written: &Written, config: &Config) -> Vec<Finding> {
    let mut found = Vec::new();
    for (name, group) in &config.groups {
        let Some(table) = written.groups.get(name) else { continue };
        if let Some(targets) = table.items.get("targets").filter(|_| group.targets.len() == 1) {
            let message = "when the one target is gone, every member seems to have failed: name another one, too";
            found.push(Finding::new(targets.value.spot.clone(), message));
        }
        let on = config.instances.values().filter(|one| one.interface.group() == Some(name));
        let waits = on.map(|one| (3 * one.advert_interval.duration(), &one.name)).min();
        let late = waits.filter(|(wait, _)| group.probe != Probe::None && group.failure_detection_time >= *wait);
        let spot = table.items.get("failure_detection_time").map(|item| &item.value.spot);
        let spot = spot.or_else(|| table.headings.first().map(|heading| &heading.whole));
        if let Some(((wait, instance), spot)) = late.zip(spot) {
            let message = format!(
                "another host takes over from {instance} after {wait:?} of silence, before a failed member is found: use a \
                 failure_detection_time below that"
            );
            found.push(Finding::new(spot.clone(), message));
        }
    }
    found
}
