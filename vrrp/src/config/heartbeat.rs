//! `[heartbeat.NAME]`: a further link on which instances are advertised.

use std::net::IpAddr;

use super::field::Reader;
use super::fields::addresses;
use super::interface::of_heartbeat;
use super::place::Spot;
use super::problem::Finding;
use super::suggest::Names;
use super::tables::{Members, Section, members, missing, unknown_keys};
use super::written::Table;
use super::{Config, Heartbeat, InstanceName, address};

/// The keys of a heartbeat.
pub(crate) const KEYS: [&str; 3] = ["interface", "peers", "instances"];

/// Puts a heartbeat together. One that names no instances is for all of them.
pub(crate) fn finish(
    name: &str,
    table: &Table,
    names: &Names<'_>,
    config: &Config,
    findings: &mut Vec<Finding>,
) -> Option<Heartbeat> {
    let heading = format!("heartbeat.{name}");
    let mut reader = Reader { table, heading: &heading, instance: None, findings };
    unknown_keys(Section::Heartbeat, &mut reader);
    let link = reader.key("interface", of_heartbeat);
    let peers =
        reader.key("peers", |given| addresses(given, "192.0.2.2", |text| address::peer(text).map(|peer| (peer, peer))));
    let instances = reader.key("instances", |given| {
        let members = members(given, names)?;
        if members.is_empty() {
            return given.wrong("is empty: name the instances, or leave it out for all of them");
        }
        Some(members)
    });
    findings.extend(missing(Section::Heartbeat, name, table, &link, "interface = \"eth2\""));
    let (link, spot) = link.given()?;
    let members: Members = match instances.given() {
        Some((members, _)) => members.clone(),
        None => config.instances.keys().map(|name| (name.clone(), spot.clone())).collect(),
    };
    let peers: Vec<(IpAddr, Spot)> = peers.value_or(Vec::new())?;
    let all: Vec<InstanceName> = members.iter().map(|(member, _)| member.clone()).collect();
    for (member, place) in members {
        let Some(instance) = config.instances.get(&member) else { continue };
        if config.links_of(instance).any(|own| own == link) {
            let message = format!(
                "{member} is advertised on {link} already, and one cut would silence both: use another interface, or name \
                 other instances"
            );
            findings.push(Finding::new(place, message));
        }
        for (peer, place) in &peers {
            if instance.addresses.iter().any(|address| address.ip == *peer) {
                let message = format!("{peer} is a virtual address of {member}: write the peer's own address");
                findings.push(Finding::new(place.clone(), message));
            }
        }
    }
    Some(Heartbeat {
        interface: link.clone(),
        peers: peers.into_iter().map(|(peer, _)| peer).collect(),
        instances: all,
    })
}
