//! What is watched for instances: units and other conditions.

use std::collections::BTreeMap;
use std::fmt;

use vrrp::status::{Condition, Instance, Unit};

use super::{And, Page};

/// What a condition counts as. The worse of two comes first, for where the same is watched twice.
const STANDINGS: [&str; 3] = ["bad", "unknown", "good"];

pub(super) fn write(page: &mut Page<'_>, instances: &[Instance]) -> fmt::Result {
    page.gauge(
        "vrrp_protected_unit_active",
        "Whether a protected unit is active, reloading or refreshing, and not frozen",
        instances.iter().flat_map(|instance| {
            let units: BTreeMap<(&str, &str), bool> = instance
                .protects
                .iter()
                .map(|unit| ((unit.unit.as_str(), unit.effect.as_str()), is_active(unit)))
                .collect();
            units.into_iter().map(|((unit, effect), active)| {
                (And(named(instance), [("unit", unit), ("effect", effect)]), u32::from(active))
            })
        }),
    )?;
    page.gauge(
        "vrrp_condition_standing",
        "What a condition counts as: 1 for the standing that it has",
        instances.iter().flat_map(|instance| {
            worst(&instance.conditions).into_iter().flat_map(|((kind, watches, effect), worst)| {
                let labels = And(named(instance), [("kind", kind), ("watches", watches), ("effect", effect)]);
                STANDINGS.map(|standing| (And(labels, [("standing", standing)]), u32::from(standing == worst)))
            })
        }),
    )
}

/// An instance by its name alone: link and VRID would only make what is watched longer.
fn named(instance: &Instance) -> [(&'static str, &str); 1] {
    [("vrrp_instance", instance.name.as_str())]
}

fn is_active(unit: &Unit) -> bool {
    ["active", "reloading", "refreshing"].contains(&unit.active_state.as_str())
}

/// Each condition with what it counts as. No two have the same labels, which whoever reads them would refuse altogether.
fn worst(conditions: &[Condition]) -> BTreeMap<(&str, &str, &str), &'static str> {
    let mut worst = BTreeMap::new();
    for Condition { kind, watches, effect, standing, .. } in conditions {
        let rank = STANDINGS.iter().position(|name| name == standing).unwrap_or_default();
        let found = worst.entry((kind.as_str(), watches.as_str(), effect.as_str())).or_insert(rank);
        *found = rank.min(*found);
    }
    worst.into_iter().map(|(key, rank)| (key, STANDINGS[rank])).collect()
}
