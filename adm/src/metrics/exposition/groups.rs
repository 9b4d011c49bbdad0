//! What there is once an interface group, once a member of it, and once somebody who is probed over that.

use std::fmt;

use vrrp::status::{Group, GroupMember, GroupTarget};

use super::{And, Page};

const STATES: [&str; 3] = ["ok", "degraded", "failed"];
const MEMBER_STATES: [&str; 5] = ["ok", "unknown", "standby", "failed", "offline"];

/// The labels of a group, of a member, and of a target.
type Named<'s> = [(&'static str, &'s str); 1];
type OfMember<'s> = [(&'static str, &'s str); 2];
type OfTarget<'s> = And<OfMember<'s>, &'s str, 1>;

pub(super) fn write(page: &mut Page<'_>, groups: &[Group]) -> fmt::Result {
    page.gauge(
        "vrrp_group_state",
        "What an interface group is: 1 for its state",
        groups.iter().flat_map(|group| {
            STATES.map(|state| (And(named(group), [("state", state)]), u32::from(state == group.state)))
        }),
    )?;
    page.gauge(
        "vrrp_group_member_state",
        "What a member of an interface group is: 1 for its state",
        each_member(groups).flat_map(|(labels, member)| {
            MEMBER_STATES.map(|state| (And(labels, [("state", state)]), u32::from(state == member.state)))
        }),
    )?;
    page.gauge(
        "vrrp_group_member_active",
        "Whether a member of an interface group is used",
        each_member(groups).map(|(labels, member)| (labels, u32::from(member.active))),
    )?;
    page.counter(
        "vrrp_group_probes_sent",
        "Probes sent to a target over a member of an interface group",
        each_target(groups).map(|(labels, target)| (labels, target.sent)),
    )?;
    page.counter(
        "vrrp_group_probes_answered",
        "Probes answered, in time or not",
        each_target(groups).map(|(labels, target)| (labels, target.answered)),
    )?;
    page.counter(
        "vrrp_group_probes_lost",
        "Probes not answered in time",
        each_target(groups).map(|(labels, target)| (labels, target.lost)),
    )?;
    page.seconds(
        "vrrp_group_probe_round_trip",
        "How long answers to probes take on average",
        each_target(groups).filter_map(|(labels, target)| Some((labels, f64::from(target.average?) / 1e6))),
    )
}

fn named(group: &Group) -> Named<'_> {
    [("group", group.name.as_str())]
}

fn each_member(groups: &[Group]) -> impl Iterator<Item = (OfMember<'_>, &GroupMember)> {
    groups.iter().flat_map(|group| {
        let labels = move |member| of_member(group, member);
        group.members.iter().map(move |member| (labels(member), member))
    })
}

fn of_member<'s>(group: &'s Group, member: &'s GroupMember) -> OfMember<'s> {
    [("group", group.name.as_str()), ("interface", member.interface.as_str())]
}

fn each_target(groups: &[Group]) -> impl Iterator<Item = (OfTarget<'_>, &GroupTarget)> {
    each_member(groups).flat_map(|(labels, member)| {
        let targets = member.targets.iter();
        targets.map(move |target| (And(labels, [("target", target.address.as_str())]), target))
    })
}
