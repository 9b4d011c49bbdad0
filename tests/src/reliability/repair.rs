//! Somebody removes a Master's address: how long after the kernel's message it is back.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::duel::{Duel, Setting, Software};
use super::row::{Row, Samples, Side};
use super::{Extent, tell};
use crate::client::Flow;
use crate::pair::VIP4;
use crate::process::Process;

/// What is not back by then counts as never back.
const PATIENCE: Duration = Duration::from_secs(8);
/// An address that comes and goes to see whether changes are told.
const PROBE: &str = "198.51.100.99";

/// Milliseconds from the kernel's message about the removal to the one about the repair.
fn repair(duel: &Duel, monitor: &Process) -> Result<f64> {
    let (host, seen) = (&duel.sides[0].host, monitor.log().lines().len());
    host.sh(&format!("ip address delete {VIP4}/32 dev eth0"))?;
    let times = || {
        let lines = monitor.log().lines();
        let mut removed = None;
        for line in lines.iter().skip(seen).filter(|line| line.contains(&format!("inet {VIP4}/"))) {
            if !line.contains("eth0") {
                continue;
            }
            let at = seconds(line)?;
            match removed {
                None if line.contains("Deleted") => removed = Some(at),
                Some(removed) if !line.contains("Deleted") => return Ok(Some((at - removed) * 1000.0)),
                _ => {}
            }
        }
        anyhow::Ok(None)
    };
    // Whether it comes in time is what is measured.
    let _never = monitor.log().wait_until(PATIENCE, || Ok(times()?.is_some()));
    Ok(times()?.unwrap_or(f64::INFINITY))
}

/// The time of day of a line of `ip -tshort monitor`: `[2026-11-21T20:06:00.123456] ...`.
fn seconds(line: &str) -> Result<f64> {
    let time = line.split(['T', ']']).nth(1).with_context(|| format!("no time in {line}"))?;
    let parts = time.split(':').map(str::parse::<f64>).collect::<Result<Vec<_>, _>>()?;
    Ok(parts.iter().fold(0.0, |sum, part| sum * 60.0 + part))
}

/// Waits until the monitor tells of changes: it does not say when it is ready.
fn watches(duel: &Duel, monitor: &Process) -> Result<()> {
    let [add, delete] = ["add", "delete"].map(|verb| format!("ip address {verb} {PROBE}/32 dev lo"));
    for _ in 0..50 {
        duel.sides[0].host.sh(&format!("{add} && {delete}"))?;
        if monitor.log().wait_line(Duration::from_millis(100), PROBE).is_ok() {
            return Ok(());
        }
    }
    bail!("`ip monitor` tells of no change")
}

#[derive(Debug, Default)]
struct Sums {
    back: Samples,
    lost: Samples,
}

fn repairs(software: Software, runs: usize) -> Result<Sums> {
    let setting = Setting { preempt: true, ..Setting::new(false) };
    let duel = Duel::new("repair", &[(software, 150), (software, 100)], &setting)?;
    let monitor = duel.sides[0].host.spawn(&["stdbuf", "-oL", "ip", "-oneline", "-tshort", "monitor", "address"])?;
    watches(&duel, &monitor)?;
    let mut sums = Sums::default();
    for _ in 0..runs {
        let flow = duel.client.flow(VIP4, super::duel::PACE)?;
        sums.back.push(repair(&duel, &monitor)?);
        std::thread::sleep(Duration::from_millis(300));
        sums.lost.push(Flow::stop(flow)?.lost as f64);
    }
    Ok(sums)
}

/// Measures it on hosts without systemd.
pub(super) fn measure(extent: &Extent) -> Result<Vec<Row>> {
    let runs = extent.runs(20, 2);
    let scene = "ip address delete of a Master's address";
    tell(&format!("Ours: {scene}"));
    let ours = repairs(Software::Ours, runs)?;
    tell(&format!("Keepalived: {scene}"));
    let theirs = repairs(Software::Keepalived, runs)?;
    Ok(vec![
        Row::new(scene, "back after, ms", ours.back, Side::Measured(theirs.back)).at_most(10.0),
        Row::new(scene, "datagrams lost", ours.lost, Side::Measured(theirs.lost)),
    ])
}
