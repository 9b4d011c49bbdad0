//! `[sync.NAME]`: instances that move together.

use std::collections::HashMap;

use super::field::Reader;
use super::place::Spot;
use super::problem::Finding;
use super::suggest::Names;
use super::tables::{Members, Section, members, missing, unknown_keys};
use super::written::Table;
use super::{Config, Instance, InstanceName, Sync, track};

/// The keys of a sync group.
pub(crate) const KEYS: [&str; 2] = ["instances", "track"];

/// Puts a sync group together. `taken` has the instances of the groups before it.
pub(crate) fn finish<'n>(
    name: &'n str,
    table: &Table,
    names: &Names<'_>,
    config: &Config,
    taken: &mut HashMap<InstanceName, (&'n str, Spot)>,
    findings: &mut Vec<Finding>,
) -> Option<Sync> {
    let heading = format!("sync.{name}");
    let mut reader = Reader { table, heading: &heading, instance: None, findings };
    unknown_keys(Section::Sync, &mut reader);
    let instances = reader.key("instances", |given| {
        let members = members(given, names)?;
        if members.len() < 2 {
            return given.wrong("names fewer than two: a sync group needs at least two instances that move together");
        }
        Some(members)
    });
    let track = reader.key("track", track::track);
    findings.extend(missing(Section::Sync, name, table, &instances, "instances = [\"inst1\", \"inst2\"]"));
    let members = instances.given()?.0.clone();
    for (member, spot) in &members {
        if let Some((other, first)) = taken.insert(member.clone(), (name, spot.clone())) {
            let message = format!("{member} moves with the sync group {other} already: leave it to one of the two");
            findings.push(Finding::new(spot.clone(), message).related("first at", first));
        }
    }
    findings.extend(disagreements(name, &members, config));
    let track = track.value_or(Vec::new())?;
    Some(Sync {
        instances: members.into_iter().map(|(member, _)| member).collect(),
        track: track.into_iter().map(|(track, _)| track).collect(),
    })
}

/// Says in what instances differ that decides who is Master: two hosts could each be better in one of them.
fn disagreements(name: &str, members: &Members, config: &Config) -> Vec<Finding> {
    let known = |(member, spot): &(InstanceName, Spot)| Some((config.instances.get(member)?.clone(), spot.clone()));
    let known: Vec<(Instance, Spot)> = members.iter().filter_map(known).collect();
    let Some(((first, _), others)) = known.split_first() else {
        return Vec::new();
    };
    let differs = |one: &Instance| {
        let pairs = [
            ("priority", one.priority.to_string(), first.priority.to_string()),
            ("preempt", one.preempt.to_string(), first.preempt.to_string()),
            ("preempt_delay", format!("{:?}", one.preempt_delay), format!("{:?}", first.preempt_delay)),
            ("last_resort", one.last_resort.to_string(), first.last_resort.to_string()),
        ];
        pairs.into_iter().find(|(_, own, other)| own != other)
    };
    let finding = |(one, spot): &(Instance, Spot)| {
        let (key, own, other) = differs(one)?;
        let message = format!(
            "{} has {key} {own} and {} has {other}: instances of the sync group {name} move together, give them the same",
            one.name, first.name
        );
        Some(Finding::new(spot.clone(), message))
    };
    others.iter().filter_map(finding).collect()
}
