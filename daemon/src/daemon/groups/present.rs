//! Interface groups as the tool shows them.

use std::net::IpAddr;
use std::time::Duration;

use vrrp::config::Probe;
use vrrp::group::{Role, Target};
use vrrp::status;

use super::super::Daemon;
use super::InterfaceGroup;

impl Daemon {
    /// All groups, in the order of their names.
    pub(in super::super) fn present_groups(&self) -> Vec<status::Group> {
        self.groups.iter().map(|(name, one)| self.present_group(name, one)).collect()
    }

    /// All groups in brief: the name of each, its state and why it has that.
    pub(in super::super) fn outline_groups(&self) -> Vec<(String, String, String)> {
        let groups = self.groups.iter().map(|(name, one)| (name, &one.group));
        groups.map(|(name, group)| (name.clone(), group.state().to_string(), group.reason().to_owned())).collect()
    }

    fn present_group(&self, name: &str, one: &InterfaceGroup) -> status::Group {
        let probes = one.config.probe != Probe::None;
        let time = one.config.failure_detection_time;
        status::Group {
            name: name.to_owned(),
            state: one.group.state().to_string(),
            reason: one.group.reason().to_owned(),
            since: one.since,
            probe: one.config.probe.to_string(),
            failure_detection_time: probes.then(|| u32::try_from(time.as_millis()).unwrap_or(u32::MAX)),
            failback: one.config.failback,
            preferred: one.group.chosen().and_then(|member| one.link_name(member)).map(str::to_owned),
            members: (0..one.members.len()).filter_map(|member| self.present_member(one, member)).collect(),
        }
    }

    fn present_member(&self, one: &InterfaceGroup, member: usize) -> Option<status::GroupMember> {
        let (link, role) = one.group.parameters().members.get(member)?;
        let (state, reason) = one.group.member(member)?;
        let known = one.members.get(member)?;
        let seen = self.links.values().find(|seen| seen.name == link.as_str());
        let mode = match one.config.probe {
            Probe::None => "disabled",
            Probe::Icmp | Probe::Arp if one.config.targets.is_empty() => "routes",
            Probe::Icmp | Probe::Arp => "configured",
        };
        Some(status::GroupMember {
            interface: link.to_string(),
            state: state.to_string(),
            reason: reason.to_owned(),
            since: known.since,
            active: one.group.is_active(member),
            standby: *role == Role::Standby,
            link: match one.group.link_is_up(member) {
                Some(true) => "up",
                Some(false) => "down",
                None => "unknown",
            }
            .to_owned(),
            probe: one.group.probe_state(member).name().to_owned(),
            trouble: known.trouble.clone(),
            mode: mode.to_owned(),
            test_address: seen.and_then(|seen| seen.primary_v4).map(|address| IpAddr::from(address).to_string()),
            targets: one.group.targets(member).iter().map(|target| self.present_target(target)).collect(),
        })
    }

    fn present_target(&self, target: &Target) -> status::GroupTarget {
        let micros = |time: Option<Duration>| time.map(|time| u32::try_from(time.as_micros()).unwrap_or(u32::MAX));
        status::GroupTarget {
            address: target.address.to_string(),
            rests: target.rests(self.now),
            sent: target.sent,
            answered: target.answered,
            lost: target.lost,
            round_trip: micros(target.round_trip),
            average: micros(target.average),
            deviation: micros(target.deviation),
        }
    }
}
