//! What a daemon leaves behind, so that the next one goes on where it stopped.
//!
//! Two files. The [`State`] says who was Master; it is text, written when that changes. The [`Alive`] stamp says until when
//! it was true; it is a few bytes, written with every turn of advertisements. Nothing here is believed that the stamp does
//! not confirm, and whoever can write these files can make no other daemon than its own a second Master.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::{self, InstanceName, Interface, LinkName};
use crate::id::{Family, Interval, Version, Vrid};
use crate::wire::Dialect;

pub use self::alive::Alive;
pub use self::text::{LARGEST, Unreadable};

mod alive;
mod text;

/// Everything that a daemon leaves behind. Times are those of a clock that starts with the machine and never stands still.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// The machine's life in which it was written.
    pub boot: String,
    /// The number by which [`Alive`] confirms it.
    pub number: u64,
    /// When the former daemon left in good order, with an advertisement of every Master.
    pub left_at: Option<Duration>,
    /// What is to be known of instances.
    pub instances: BTreeMap<InstanceName, Instance>,
}

/// What is left of one instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its link, or its group.
    pub interface: Interface,
    /// The member of its group that carried it, if it is on one.
    pub link: Option<LinkName>,
    /// Its virtual router identifier.
    pub vrid: Vrid,
    /// Its protocol version.
    pub version: Version,
    /// Its families.
    pub families: Vec<Family>,
    /// The interval that it advertised.
    pub interval: Interval,
    /// What it was as Master, if it was.
    pub master: Option<Master>,
    /// That a person had it stay away, if one did.
    pub away: Option<Away>,
}

/// That a person had an instance stay away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Away {
    /// Until when, in microseconds since 1970; without it, until no other host serves.
    pub until: Option<u64>,
    /// Whether it stays away where nobody else serves.
    pub forced: bool,
}

/// What is left of a Master.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Master {
    /// Since when, in microseconds since 1970.
    pub since: u64,
    /// What its conditions added to its priority.
    pub weight: i32,
    /// Whether it was one because nobody else served.
    pub last_resort: bool,
    /// The checksum that its IPv4 router had learned.
    pub dialect: Option<Dialect>,
}

/// What a Master goes on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Legacy {
    /// What is left of it.
    pub master: Master,
    /// From when on another router may have taken over.
    pub until: Duration,
    /// When its next advertisement is due, if that is known.
    pub advertise_at: Option<Duration>,
}

/// Why a state cannot be gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stale {
    /// It is of another life of the machine.
    OtherBoot,
    /// Some Master resigned after it was written.
    Outdated,
    /// The stamp is of the future.
    Clock,
}

impl State {
    /// Tells whether it still was true when the stamp was made.
    ///
    /// # Errors
    /// It was not, or nobody can tell.
    pub fn confirm(&self, alive: Alive, boot: &str, now: Duration) -> Result<(), Stale> {
        if self.boot != boot {
            Err(Stale::OtherBoot)
        } else if self.number != alive.number {
            Err(Stale::Outdated)
        } else if alive.at > now || self.left_at.is_some_and(|left| left > now) {
            Err(Stale::Clock)
        } else {
            Ok(())
        }
    }

    /// That a person had an instance stay away that is configured so.
    #[must_use]
    pub fn away(&self, config: &config::Instance) -> Option<Away> {
        self.instances.get(&config.name).filter(|instance| instance.is(config))?.away
    }

    /// What an instance goes on with that is configured so, if it was Master.
    ///
    /// A router that has another link, number, version or family is another one. Of every router that was Master at the
    /// time of the stamp, the last advertisement is an interval older at most; and no Backup waits for less than three.
    #[must_use]
    pub fn legacy(&self, alive: Alive, config: &config::Instance) -> Option<Legacy> {
        let instance = self.instances.get(&config.name).filter(|instance| instance.is(config))?;
        let interval = instance.interval.duration();
        let (until, advertise_at) = match self.left_at {
            Some(left) => (left.checked_add(3 * interval)?, left.checked_add(interval)),
            None => (alive.at.checked_add(2 * interval)?, None),
        };
        // Whoever waits by the new interval waits from the first advertisement that carries it.
        let advertise_at = advertise_at.filter(|_| instance.interval == config.advert_interval);
        Some(Legacy { master: instance.master?, until, advertise_at })
    }
}

impl Instance {
    fn is(&self, config: &config::Instance) -> bool {
        let routers = (self.vrid, self.version) == (config.vrid, config.version);
        config.enabled && routers && self.interface == config.interface && config.families().eq(self.families.clone())
    }
}
