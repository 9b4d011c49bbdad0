//! The Master's daemon is killed, restarted, replaced or told to read its files again, under systemd.

use std::time::Duration;

use anyhow::{Context, Result};

use super::duel::Software;
use super::hosted::{Hosted, keepalived};
use super::row::{Row, Samples, Side};
use super::{Extent, tell};
use crate::container::Container;
use crate::pair::VRID;

/// Longer than a Backup waits: 3.6 s at an advertisement a second and priority 100.
const WINDOW: Duration = Duration::from_millis(4500);

/// Another instance, which comes and goes with reloads.
const OTHER: &str =
    "[instance.other]\ninterface = \"eth0\"\nvrid = 77\naddresses = [\"192.0.2.77/24\", \"2001:db8::77/64\"]\n";

/// What happens to the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Kill,
    Restart,
    Reexec,
    Reload,
}

impl Event {
    const ALL: [Self; 4] = [Self::Kill, Self::Restart, Self::Reexec, Self::Reload];

    const fn scene(self) -> &'static str {
        match self {
            Self::Kill => "SIGKILL of the Master's daemon",
            Self::Restart => "systemctl restart of the Master's daemon",
            Self::Reexec => "vrrpadm reexec on the Master",
            Self::Reload => "systemctl reload, an instance comes or goes",
        }
    }

    /// How often: the issue wants 50 crashes in a row.
    const fn runs(self) -> usize {
        match self {
            Self::Kill => 50,
            Self::Restart | Self::Reexec | Self::Reload => 10,
        }
    }

    fn happen(self, hosted: &Hosted, host: &Container, software: Software, run: usize) -> Result<()> {
        match (self, software) {
            (Self::Kill, Software::Ours) => hosted.lab.kill(host.main_pid("vrrp.service")?),
            // The child that speaks VRRP: its parent starts it again, as systemd does with ours.
            (Self::Kill, _) => {
                let parent = "$(systemctl show --property MainPID --value keepalived.service)";
                host.sh(&format!("pkill --signal KILL --parent {parent}")).map(drop)
            }
            (Self::Restart, Software::Ours) => host.systemctl("restart vrrp.service").map(drop),
            (Self::Restart, _) => host.systemctl("restart keepalived.service").map(drop),
            (Self::Reexec, _) => host.vrrpadm("reexec")?.ok().map(drop),
            (Self::Reload, Software::Ours) => {
                let file = "/etc/vrrp/vrrp.d/other.toml";
                host.write(file, if run.is_multiple_of(2) { OTHER } else { "" })?;
                host.systemctl("reload vrrp.service").map(drop)
            }
            (Self::Reload, _) => {
                let vrids: &[u8] = if run.is_multiple_of(2) { &[VRID, 77] } else { &[VRID] };
                host.write("/etc/keepalived/keepalived.conf", &keepalived(150, vrids))?;
                host.systemctl("reload keepalived.service").map(drop)
            }
        }
    }
}

/// What was seen in all runs.
#[derive(Debug, Default)]
struct Sums {
    lost: Samples,
    taken: Samples,
    missed: Samples,
}

impl Sums {
    fn measures(self) -> [(&'static str, Samples); 3] {
        [("datagrams lost", self.lost), ("take-overs", self.taken), ("advertisements missed in a row", self.missed)]
    }
}

fn interruptions(hosted: &Hosted, event: Event, software: Software, runs: usize) -> Result<Sums> {
    let mut sums = Sums::default();
    for run in 0..runs {
        let seen = hosted.watch(WINDOW, |host| event.happen(hosted, host, software, run))?;
        sums.lost.push(seen.lost as f64);
        sums.taken.push(f64::from(u8::from(seen.taken)));
        sums.missed.push(seen.missed);
        if seen.taken {
            hosted.wait_master("left").context("the left host does not come back")?;
        }
    }
    Ok(sums)
}

/// Measures all of it, first with our daemon and then with keepalived.
pub(super) fn measure(extent: &Extent) -> Result<Vec<Row>> {
    let hosted = Hosted::new("interruption")?;
    let _echoes = hosted.echoes()?;
    let events = if extent.quick { &Event::ALL[..1] } else { &Event::ALL[..] };
    let mut found = Vec::new();
    for software in [Software::Ours, Software::Keepalived] {
        hosted.set_up(software)?;
        for event in events {
            if software == Software::Keepalived && *event == Event::Reexec {
                found.push(Err("no such verb".into()));
                continue;
            }
            let runs = match software {
                // Its parent waits longer before each start: after some it is away for more than half a minute.
                Software::Keepalived if *event == Event::Kill => extent.runs(4, 2).min(4),
                Software::Ours | Software::Keepalived | Software::Frr => extent.runs(event.runs(), 2),
            };
            tell(&format!("{software:?}: {}, {runs} times", event.scene()));
            found.push(interruptions(&hosted, *event, software, runs).map_err(|error| {
                tell(&format!("{error:#}"));
                if format!("{error:#}").contains("unrecognized subcommand") {
                    "no such verb".into()
                } else {
                    "failed".to_owned()
                }
            }));
        }
    }
    let theirs = found.split_off(events.len());
    Ok(events
        .iter()
        .zip(found.into_iter().zip(theirs))
        .flat_map(|(event, (ours, theirs))| rows(*event, ours, theirs))
        .collect())
}

fn rows(event: Event, ours: Result<Sums, String>, theirs: Result<Sums, String>) -> Vec<Row> {
    let sides = |sums: Result<Sums, String>| match sums {
        Ok(sums) => sums.measures().map(|(measure, samples)| (measure, Side::Measured(samples))),
        Err(why) => Sums::default().measures().map(|(measure, _)| (measure, Side::Absent(why.clone()))),
    };
    let pairs = sides(ours).into_iter().zip(sides(theirs));
    let row = |((measure, ours), (_, theirs)): ((&str, Side), (&str, Side))| {
        let row = Row { scene: event.scene().into(), measure: measure.into(), ours, theirs, target: None };
        // A killed daemon may miss those that were due while it was away.
        if event == Event::Kill && measure.starts_with("advertisements") { row } else { row.at_most(0.0) }
    };
    pairs.map(row).collect()
}
