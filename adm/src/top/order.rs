//! Which instances are shown, and in which order.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use clap::ValueEnum;
use vrrp::status::{Instance, State};

use crate::render::overview::masters;
use crate::render::phrase::{is_well, why};

/// In which order instances stand. Those of one rank stand by their names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    /// Those that are not well first
    #[default]
    Trouble,
    /// By name
    Name,
    /// Masters, then Backups, then the rest
    State,
    /// Those that changed last first
    Since,
    /// Those of the highest priority first
    Priority,
}

impl Sort {
    /// The one after this.
    pub(super) const fn next(self) -> Self {
        match self {
            Self::Trouble => Self::Name,
            Self::Name => Self::State,
            Self::State => Self::Since,
            Self::Since => Self::Priority,
            Self::Priority => Self::Trouble,
        }
    }

    /// What it is called.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Trouble => "trouble first",
            Self::Name => "by name",
            Self::State => "by state",
            Self::Since => "last change first",
            Self::Priority => "highest priority first",
        }
    }

    fn rank(self, instance: &Instance) -> (u64, Reverse<u64>) {
        let rank = match self {
            Self::Trouble => trouble(instance),
            Self::Name | Self::Since | Self::Priority => 0,
            Self::State => match instance.state {
                State::Master => 0,
                State::Backup => 1,
                State::Fault => 2,
                State::Init => 3,
            },
        };
        let high = match self {
            Self::Trouble | Self::Name | Self::State => 0,
            Self::Since => instance.since,
            Self::Priority => u64::from(instance.effective_priority),
        };
        (rank, Reverse(high))
    }
}

/// How far down an instance stands among those that are not well: what is in Fault first.
fn trouble(instance: &Instance) -> u64 {
    match instance.state {
        _ if is_well(instance) => 3,
        State::Fault => 0,
        State::Init => 1,
        State::Backup | State::Master => 2,
    }
}

/// The places of the instances to show, in their order: those with one of these names, if there are any, that a text stands in.
pub(super) fn places(instances: &[Instance], names: &BTreeSet<String>, filter: &str, sort: Sort) -> Vec<usize> {
    let filter = filter.to_lowercase();
    let is_shown = |instance: &Instance| {
        (names.is_empty() || names.contains(&instance.name)) && (filter.is_empty() || has(instance, &filter))
    };
    let mut places: Vec<usize> = (0..instances.len()).filter(|&place| is_shown(&instances[place])).collect();
    // They come in the order of their names, which a stable sort leaves as it is within a rank.
    places.sort_by_key(|&place| sort.rank(&instances[place]));
    places
}

/// Tells whether a text stands in what is shown of an instance.
fn has(instance: &Instance, filter: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(filter);
    has(&instance.name)
        || has(instance.state.name())
        || has(&instance.interface)
        || has(&why(instance))
        || masters(instance).into_iter().any(has)
        || instance.virtual_addresses().any(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instance(name: &str, state: State, since: u64, effective_priority: u8) -> Instance {
        Instance { name: name.to_owned(), state, since, effective_priority, enabled: true, ..Instance::default() }
    }

    fn shown(filter: &str, sort: Sort) -> String {
        let instances = [
            instance("a", State::Backup, 10, 100),
            Instance {
                barred: true,
                reason: "http.service is failed".to_owned(),
                ..instance("b", State::Backup, 40, 90)
            },
            instance("c", State::Master, 20, 100),
            Instance { reason: "eth0 is down".to_owned(), ..instance("d", State::Fault, 30, 200) },
        ];
        let places = places(&instances, &BTreeSet::new(), filter, sort);
        places.into_iter().map(|place| instances[place].name.as_str()).collect()
    }

    #[test]
    fn instances_stand_as_they_are_wanted() {
        assert_eq!(shown("", Sort::Trouble), "dbac");
        assert_eq!(shown("", Sort::Name), "abcd");
        assert_eq!(shown("", Sort::State), "cabd");
        assert_eq!(shown("", Sort::Since), "bdca");
        assert_eq!(shown("", Sort::Priority), "dacb");
        assert_eq!(
            shown("HTTP.", Sort::Name) + "/" + &shown("backup", Sort::Name) + "/" + &shown("eth1", Sort::Name),
            "b/ab/"
        );
        let mut sort = Sort::Trouble;
        for _ in 0..5 {
            sort = sort.next();
        }
        assert_eq!(sort, Sort::Trouble);
    }
}
