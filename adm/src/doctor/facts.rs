//! What was seen of this host, or why it was not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use vrrp::config::Interface;
use vrrp::id::Family;
use vrrp::status::{self, Instance, State};
use zbus::Connection;

use self::links::{Address, Link};
use self::listeners::Listener;
use self::process::Process;
use self::settings::{Line, Settings};
use self::speakers::Speaker;
use self::units::{DAEMON, Units};
use self::written::Given;
use super::firewall::{Ruleset, first};
use super::probe::{Probed, probe};
use super::program::{Silence, output};
use crate::bus::Daemon;
use crate::systemd::Systemd;
use crate::wire::{Ear, Heard};

mod filters;
pub(crate) mod links;
pub(crate) mod listeners;
pub(crate) mod process;
pub(crate) mod settings;
pub(crate) mod speakers;
pub(crate) mod units;
pub(crate) mod written;

/// What was seen, or why it was not looked at.
pub(crate) type Seen<T> = Result<T, String>;

/// What is looked at only where somebody asks for it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wishes {
    /// For how long advertisements are listened to.
    pub(crate) listen: Option<Duration>,
    /// Whether a neighbour is asked for an answer to the virtual MAC address.
    pub(crate) probe: bool,
}

/// What is known before anything is looked at.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    /// Where the files are.
    pub(crate) root: PathBuf,
    /// Why only files are looked at, if that is so.
    pub(crate) offline: Option<String>,
    /// The bus, or why there is none.
    pub(crate) bus: Seen<Connection>,
    /// What the daemon tells of itself, or why it tells nothing.
    pub(crate) daemon: Seen<status::Daemon>,
    /// The interface groups that the daemon has.
    pub(crate) groups: Vec<status::Group>,
    /// The instances that are looked at.
    pub(crate) subjects: Vec<Subject>,
    /// How many mistakes the files have, and how many warnings there are.
    pub(crate) mistakes: (usize, usize),
    /// When this is, in microseconds since 1970.
    pub(crate) now: u64,
}

/// An instance that is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    /// What the daemon says of it, or the files.
    pub(crate) instance: Instance,
    /// The addresses that it advertises, with the lengths of their prefixes.
    pub(crate) addresses: Vec<(IpAddr, u8)>,
    /// Those that it does not.
    pub(crate) unadvertised: Vec<(IpAddr, u8)>,
    /// Its unicast peers.
    pub(crate) peers: Vec<IpAddr>,
}

impl Subject {
    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.instance.name
    }

    /// The link that carries it; where its group has none, what it is configured for.
    pub(crate) fn link(&self) -> &str {
        self.instance.carrier()
    }

    /// Whether it is on a group, and no member of that is known to carry it.
    pub(crate) fn is_adrift(&self) -> bool {
        self.instance.link.is_none() && Interface::group_of(&self.instance.interface).is_some()
    }

    /// All of its addresses, with the lengths of their prefixes.
    pub(crate) fn virtual_addresses(&self) -> impl Iterator<Item = (IpAddr, u8)> + '_ {
        self.addresses.iter().chain(&self.unadvertised).copied()
    }

    /// The families of its virtual routers.
    pub(crate) fn families(&self) -> impl Iterator<Item = Family> + '_ {
        Family::ALL.into_iter().filter(|family| self.has(*family))
    }

    /// Tells whether it has a virtual router of a family.
    pub(crate) fn has(&self, family: Family) -> bool {
        self.addresses.iter().any(|(ip, _)| Family::of(*ip) == family)
    }

    /// Tells whether an address is one of its own.
    pub(crate) fn owns(&self, ip: IpAddr) -> bool {
        self.virtual_addresses().any(|(own, _)| own == ip)
    }

    /// Tells whether an address is in a subnet of one of its own, so that nobody forwards what goes there.
    pub(crate) fn is_near(&self, ip: IpAddr) -> bool {
        self.virtual_addresses().any(|(own, prefix)| first((own, prefix)) == first((ip, prefix)))
    }

    /// Tells whether it answers with a virtual MAC address.
    pub(crate) fn is_virtual(&self) -> bool {
        self.instance.mac == "virtual"
    }

    /// Tells whether its addresses are held.
    pub(crate) fn holds(&self) -> bool {
        self.instance.hold == "address"
    }

    /// What its daemon knows of one family.
    pub(crate) fn router(&self, family: Family) -> Option<&status::Router> {
        self.instance.routers.iter().find(|router| router.family == family.to_string())
    }

    /// Tells whether it serves its addresses, or still does so.
    pub(crate) fn serves(&self) -> bool {
        self.instance.state == State::Master || self.instance.draining
    }
}

/// Everything that was seen.
#[derive(Clone, Debug)]
pub(crate) struct Facts {
    /// Why only files were looked at, if that is so.
    pub(crate) offline: Option<String>,
    pub(crate) subjects: Vec<Subject>,
    pub(crate) mistakes: (usize, usize),
    pub(crate) daemon: Seen<status::Daemon>,
    pub(crate) groups: Vec<status::Group>,
    pub(crate) links: Seen<BTreeMap<String, Link>>,
    /// Whether it is known which links are bridges and their ports.
    pub(crate) ports: Seen<()>,
    pub(crate) addresses: Seen<Vec<Address>>,
    pub(crate) settings: Seen<Settings>,
    /// The lines of files that set something of links.
    pub(crate) lines: Vec<Line>,
    /// The packet filters, one of each kind.
    pub(crate) filters: Vec<Seen<Ruleset>>,
    pub(crate) speakers: Seen<Vec<Speaker>>,
    pub(crate) given: Vec<Given>,
    /// Of the files that are installed, those that lack.
    pub(crate) lacking: Vec<Lacking>,
    pub(crate) process: Seen<Process>,
    pub(crate) real_time: Seen<i64>,
    pub(crate) lateness: Seen<Duration>,
    pub(crate) listeners: Seen<Vec<Listener>>,
    pub(crate) units: Seen<Units>,
    /// The kind of machine that this one runs on; none for one of its own.
    pub(crate) virtualization: Seen<Option<String>>,
    /// When this was, as [`Known::now`] has it.
    pub(crate) now: u64,
    /// The realtime and the monotonic clock, in microseconds, unless the host has slept, which the latter does not count.
    pub(crate) clocks: Seen<(u64, u64)>,
    /// Whether something keeps the clock right.
    pub(crate) synchronized: Seen<bool>,
    /// What was heard, if somebody wished it.
    pub(crate) heard: Option<Seen<Vec<Heard>>>,
    /// Who answered, if somebody wished it.
    pub(crate) probed: Option<Vec<Probed>>,
}

/// A file that belongs to the installation and is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lacking {
    /// Its path below the root.
    pub(crate) file: &'static str,
    /// What does not work without it.
    pub(crate) costs: &'static str,
    /// Whether it matters for virtual MAC addresses alone.
    pub(crate) only_virtual: bool,
}

/// Files of the installation without which something fails in a way that does not point at them.
const INSTALLED: [Lacking; 5] = [
    Lacking {
        file: "usr/lib/systemd/system-generators/vrrp-generator",
        costs: "nothing starts vrrp.service, no instance follows its unit",
        only_virtual: false,
    },
    Lacking { file: "usr/lib/systemd/system/vrrp@.service", costs: "no instance has a unit", only_virtual: false },
    Lacking {
        file: "usr/share/dbus-1/system.d/org.vrrpd.Vrrp1.conf",
        costs: "vrrpd may not be on the bus: vrrpadm cannot reach it, and no unit is watched",
        only_virtual: false,
    },
    Lacking {
        file: "usr/lib/systemd/network/00-vrrp.network",
        costs: "systemd-networkd configures the links with virtual MAC addresses if a file of it matches every link",
        only_virtual: true,
    },
    Lacking {
        file: "usr/lib/NetworkManager/conf.d/50-vrrp.conf",
        costs: "NetworkManager configures the links with virtual MAC addresses",
        only_virtual: true,
    },
];

/// Where an administrator masks files of the installation.
const MASKING: [&str; 4] =
    ["etc/systemd/system-generators", "etc/systemd/system", "etc/systemd/network", "etc/NetworkManager/conf.d"];

impl Facts {
    /// Looks at everything.
    pub(crate) async fn collect(known: Known, wishes: Wishes) -> Self {
        let Known { root, offline, bus, daemon, groups, subjects, mistakes, now } = known;
        let live = offline.is_none();
        let here = offline.clone().map_or(Ok(()), Err);
        let at_bus = here.clone().and(bus);
        let pid = match (&daemon, &at_bus) {
            (Ok(_), Ok(connection)) => Daemon::on(connection).process().await.map_err(|refusal| refusal.to_string()),
            (Err(why), _) | (_, Err(why)) => Err(why.clone()),
        };
        let pid = pid.map(u32::cast_signed);
        let addresses = here.clone().and_then(|_| links::addresses());
        let listeners = here.clone().and_then(|_| listeners::listeners());
        let units = match &at_bus {
            Ok(connection) => of_systemd(&Systemd::on(connection), &subjects, &listeners).await,
            Err(why) => Err(why.clone()),
        };
        let heard = match (wishes.listen, &here) {
            (None, _) => None,
            (Some(_), Err(why)) => Some(Err(why.clone())),
            (Some(time), Ok(_)) => {
                let subjects = subjects.clone();
                Some(
                    beside(move || {
                        Ear::on(subjects.iter().filter(|one| !one.is_adrift()).map(Subject::link))?.hear(time)
                    })
                    .await
                    .and_then(|heard| heard),
                )
            }
        };
        let probed = match (wishes.probe && live, &addresses) {
            (true, Ok(_)) => {
                let subjects = subjects.clone();
                beside(move || probe(&subjects)).await.ok()
            }
            (true, Err(_)) | (false, _) => None,
        };
        let lateness = match &here {
            Ok(_) => beside(process::lateness).await,
            Err(why) => Err(why.clone()),
        };
        Self {
            mistakes,
            groups,
            links: here.clone().and_then(|_| links::links()),
            ports: here.clone().and_then(|_| links::ports()),
            addresses,
            settings: here.clone().and_then(|_| settings::settings()),
            lines: settings::lines(&root),
            filters: match &here {
                Ok(_) => filters::rules().await,
                Err(why) => vec![Err(why.clone())],
            },
            speakers: speakers::speakers(&root, live, pid.clone().ok()),
            given: written::given(&root),
            lacking: lacking(&root),
            process: pid.and_then(process::process),
            real_time: here.clone().and_then(|_| process::real_time()),
            lateness,
            listeners,
            units,
            virtualization: match &here {
                Ok(_) => virtualization().await,
                Err(why) => Err(why.clone()),
            },
            now,
            clocks: here.clone().and_then(|_| clocks()),
            synchronized: match &at_bus {
                Ok(connection) => synchronized(connection).await,
                Err(why) => Err(why.clone()),
            },
            heard,
            probed,
            offline,
            daemon,
            subjects,
        }
    }
}

/// Does what waits on a thread of its own, so that whoever looks on sees that it goes on.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Seen<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())
}

fn lacking(root: &Path) -> Vec<Lacking> {
    // An empty file of the same name, or a link to /dev/null, masks.
    let missing = |lacking: &Lacking| {
        let name = lacking.file.rsplit('/').next().unwrap_or_default();
        let masked = MASKING.iter().any(|directory| {
            let path = root.join(directory).join(name);
            std::fs::metadata(path).is_ok_and(|file| !file.is_file() || file.len() == 0)
        });
        masked || !root.join(lacking.file).exists()
    };
    INSTALLED.into_iter().filter(missing).collect()
}

/// Asks systemd for the units that matter.
async fn of_systemd(systemd: &Systemd, subjects: &[Subject], listeners: &Seen<Vec<Listener>>) -> Seen<Units> {
    let mut names = BTreeSet::from([DAEMON.to_owned()]);
    let mut apart = BTreeSet::new();
    for subject in subjects {
        let own = format!("vrrp@{}.service", subject.name());
        for protected in &subject.instance.protects {
            names.insert(protected.unit.clone());
            apart.insert((DAEMON.to_owned(), protected.unit.clone()));
            apart.insert((protected.unit.clone(), own.clone()));
        }
        names.insert(own.clone());
        apart.insert((DAEMON.to_owned(), own));
    }
    for listener in listeners.iter().flatten() {
        let virtual_address = subjects.iter().any(|subject| subject.owns(listener.address.ip()));
        names.extend(listener.unit.clone().filter(|unit| virtual_address && unit.ends_with(".service")));
    }
    let apart: Vec<_> = apart.into_iter().collect();
    units::units(systemd, names.into_iter(), &apart).await
}

async fn virtualization() -> Seen<Option<String>> {
    match output("systemd-detect-virt", &[]).await {
        Ok(kind) => Ok(Some(kind.trim().to_owned())),
        // It says "none" and fails.
        Err(Silence::Failed(_)) => Ok(None),
        Err(Silence::Absent) => Err("systemd-detect-virt is not installed".to_owned()),
    }
}

fn clocks() -> Seen<(u64, u64)> {
    use nix::time::{ClockId, clock_gettime};
    let read = |clock: ClockId| {
        let time = clock_gettime(clock).map_err(|error| format!("the clocks cannot be read: {error}"))?;
        u64::try_from(Duration::from(time).as_micros()).map_err(|_| "the clock is far in the future".to_owned())
    };
    let (monotonic, boot) = (read(ClockId::CLOCK_MONOTONIC)?, read(ClockId::CLOCK_BOOTTIME)?);
    if boot.saturating_sub(monotonic) > 1_000_000 {
        return Err(
            "the host has slept since its boot: whether its clock was set cannot be told from its clocks".to_owned()
        );
    }
    Ok((read(ClockId::CLOCK_REALTIME)?, monotonic))
}

/// Asks systemd-timedated whether the kernel takes its clock to be right.
async fn synchronized(connection: &Connection) -> Seen<bool> {
    let (name, path) = ("org.freedesktop.timedate1", "/org/freedesktop/timedate1");
    let arguments = (name, "NTPSynchronized");
    let asked = connection.call_method(Some(name), path, Some("org.freedesktop.DBus.Properties"), "Get", &arguments);
    let answer = tokio::time::timeout(Duration::from_secs(5), asked).await;
    let failed = || "systemd-timedated does not say whether the clock is kept right".to_owned();
    let answer = answer.ok().and_then(Result::ok).ok_or_else(failed)?;
    let value: zbus::OwnedVariant = answer.body().deserialize().map_err(|_| failed())?;
    value.try_into().map_err(|_| failed())
}
