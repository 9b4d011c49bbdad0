//! The left host is told to leave, in each of the ways that an administrator has, and comes back.

use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::duel::Software;
use super::hosted::{CREATE, Hosted};
use super::row::{Row, Samples, Side};
use super::{Extent, tell};
use crate::container::Container;

/// Longer than anybody takes to see it: keepalived's script looks once a second, and then comes the Skew_Time.
const WINDOW: Duration = Duration::from_millis(2500);

/// How it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    StopService,
    StopDaemon,
    Resign,
    Disable,
    Delete,
}

impl Way {
    const ALL: [Self; 5] = [Self::StopService, Self::StopDaemon, Self::Resign, Self::Disable, Self::Delete];

    const fn scene(self) -> &'static str {
        match self {
            Self::StopService => "systemctl stop of the protected service",
            Self::StopDaemon => "systemctl stop of the daemon",
            Self::Resign => "vrrpadm resign",
            Self::Disable => "vrrpadm disable",
            Self::Delete => "vrrpadm delete",
        }
    }

    /// What is run to leave and to come back.
    fn commands(self, software: Software) -> Option<[String; 2]> {
        let commands = match (self, software) {
            (Self::StopService, _) => ["systemctl stop http.service", "systemctl start http.service"],
            (Self::StopDaemon, Software::Ours) => ["systemctl stop vrrp.service", "systemctl start vrrp.service"],
            (Self::StopDaemon, _) => ["systemctl stop keepalived.service", "systemctl start keepalived.service"],
            (_, Software::Keepalived | Software::Frr) => return None,
            (Self::Resign, _) => ["vrrpadm resign inst1", "vrrpadm resign inst1 --undo"],
            (Self::Disable, _) => ["vrrpadm disable inst1", "vrrpadm enable inst1"],
            (Self::Delete, _) => return Some(["vrrpadm delete inst1".into(), format!("vrrpadm {CREATE} 150")]),
        };
        Some(commands.map(str::to_owned))
    }
}

/// Leaves and comes back; returns the datagrams that were lost in leaving and in coming back.
fn leave(hosted: &Hosted, [go, come]: &[String; 2]) -> Result<[f64; 2]> {
    let left = hosted.watch(WINDOW, |host| host.sh(go).map(drop))?;
    ensure!(left.taken, "nobody takes over");
    let back = |host: &Container| {
        host.sh(come)?;
        hosted.wait_master("left")
    };
    Ok([left.lost as f64, hosted.watch(Duration::ZERO, back)?.lost as f64])
}

/// Why it cannot be measured, short enough for the table.
fn reason(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    tell(&text);
    let missing = text.contains("unrecognized subcommand") || text.contains("unexpected argument");
    if missing { "no such verb".into() } else { "failed".into() }
}

/// Measures every way, first with our daemon and then with keepalived.
pub(super) fn measure(extent: &Extent) -> Result<Vec<Row>> {
    let hosted = Hosted::new("leave")?;
    let _echoes = hosted.echoes()?;
    let ways = if extent.quick { &Way::ALL[..1] } else { &Way::ALL[..] };
    let runs = extent.runs(20, 2);
    let mut found = Vec::new();
    for software in [Software::Ours, Software::Keepalived] {
        hosted.set_up(software)?;
        for way in ways {
            let Some(commands) = way.commands(software) else {
                found.push([Side::none(), Side::none()]);
                continue;
            };
            tell(&format!("{software:?}: {}, {runs} times", way.scene()));
            let mut sums = [Samples::default(), Samples::default()];
            let failed = (0..runs).find_map(|_| {
                let lost = leave(&hosted, &commands)
                    .map(|lost| sums.iter_mut().zip(lost).for_each(|(sum, lost)| sum.push(lost)));
                lost.err()
            });
            match failed {
                None => found.push(sums.map(Side::Measured)),
                Some(error) => {
                    found.push([Side::Absent(reason(&error)), Side::Absent(reason(&error))]);
                    hosted.wait_master("left").context("after a way that failed")?;
                }
            }
        }
    }
    let theirs = found.split_off(ways.len());
    let mut rows = Vec::new();
    for (way, (ours, theirs)) in ways.iter().zip(found.into_iter().zip(theirs)) {
        let measures = ["datagrams lost, leaving", "datagrams lost, coming back"];
        for (measure, (ours, theirs)) in measures.into_iter().zip(ours.into_iter().zip(theirs)) {
            let row = Row { scene: way.scene().into(), measure: measure.into(), ours, theirs, target: None };
            rows.push(row.at_most(0.0));
        }
    }
    Ok(rows)
}
