//! What changed between two configurations.

use super::{Config, Instance, InstanceName};

/// What happened to one instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// It is new.
    Added(&'a Instance),
    /// It is gone.
    Removed(&'a Instance),
    /// Some of it is different.
    Changed {
        /// What it was.
        old: &'a Instance,
        /// What it is to be.
        new: &'a Instance,
    },
}

impl<'a> Change<'a> {
    /// The name of the instance.
    #[must_use]
    pub fn name(&self) -> &'a InstanceName {
        match self {
            Self::Added(instance) | Self::Removed(instance) | Self::Changed { new: instance, .. } => &instance.name,
        }
    }

    /// Whether this makes it another virtual router: another link, VRID or version, or other families.
    ///
    /// Such an instance resigns as the old one and starts as the new one. Anything else is changed in place.
    #[must_use]
    pub fn replaces(&self) -> bool {
        match self {
            Self::Added(_) | Self::Removed(_) => false,
            Self::Changed { old, new } => {
                (&old.interface, old.vrid, old.version) != (&new.interface, new.vrid, new.version)
                    || !old.families().eq(new.families())
            }
        }
    }
}

/// Compares two configurations, in the order of the names. Equal instances are left out.
#[must_use]
pub fn diff<'a>(old: &'a Config, new: &'a Config) -> Vec<Change<'a>> {
    let removed = old.instances.values().filter(|instance| !new.instances.contains_key(&instance.name));
    let kept = new.instances.values().filter_map(|instance| match old.instances.get(&instance.name) {
        None => Some(Change::Added(instance)),
        Some(before) if before != instance => Some(Change::Changed { old: before, new: instance }),
        Some(_) => None,
    });
    let mut changes: Vec<Change<'a>> = removed.map(Change::Removed).chain(kept).collect();
    changes.sort_by_key(Change::name);
    changes
}
