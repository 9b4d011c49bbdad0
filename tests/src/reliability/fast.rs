//! Fast resign: how soon somebody else serves, with the programs that Debian has as Backups, and that it harms nobody.

use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use super::duel::{Duel, PACE, Setting, Software, Way};
use super::row::{Row, Samples, Side};
use super::{Extent, millis, tell};
use crate::client::Flow;
use crate::pair::{LONG, VIP4};

/// From the first priority 0 to the first advertisement of whoever takes over.
fn takeover(software: Software, heir: Software, fast_resign: &str, sums: &mut Samples) -> Result<()> {
    let setting = setting(software, fast_resign, heir == Software::Frr);
    let duel = Duel::new("fast", &[(software, 150), (heir, 100)], &setting)?;
    let since = SystemTime::now();
    duel.wire.skip();
    duel.sides[0].stop()?;
    duel.wire
        .expect(LONG, "somebody takes over", |frame| frame.from("right") && frame.advertises(crate::pair::VRID))?;
    let resigned = duel.adverts(0, since, true).into_iter().find(|frame| frame.resigns()).context("nobody resigned")?;
    let heir = duel.adverts(1, since, true).into_iter().next().context("nobody took over")?;
    sums.push(millis(heir.at.duration_since(resigned.at).unwrap_or_default()));
    Ok(())
}

fn setting(software: Software, fast_resign: &str, virtual_mac: bool) -> Setting {
    let more = if software == Software::Ours { format!("fast_resign = \"{fast_resign}\"") } else { String::new() };
    Setting { preempt: true, both_families: false, more, ..Setting::new(virtual_mac) }
}

/// Datagrams lost in 8 s after a Master left two keepalived one priority apart.
fn crowd(software: Software, fast_resign: &str, runs: usize) -> Result<Samples> {
    let backups = [(software, 150), (Software::Keepalived, 100), (Software::Keepalived, 99)];
    let mut duel = Duel::new("crowd", &backups, &setting(software, fast_resign, false))?;
    let mut lost = Samples::default();
    for _ in 0..runs {
        let flow = duel.client.flow(VIP4, PACE)?;
        let start = SystemTime::now();
        duel.wire.skip();
        duel.sides[0].leave(Way::Stop)?.map_err(anyhow::Error::msg)?;
        thread::sleep(Duration::from_secs(8).saturating_sub(start.elapsed().unwrap_or_default()));
        lost.push(Flow::stop(flow)?.lost as f64);
        duel.wire.skip();
        duel.sides[0].start_again()?;
        duel.wait_announced(0)?;
    }
    Ok(lost)
}

/// What a configuration that is refused says of the key.
fn absent(error: &anyhow::Error) -> String {
    tell(&format!("{error:#}"));
    if format!("{error:#}").contains("fast_resign") { "no such key".into() } else { "failed".into() }
}

/// Measures both.
pub(super) fn measure(extent: &Extent) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let runs = extent.runs(10, 1);
    for heir in [Software::Keepalived, Software::Frr] {
        let mut theirs = Samples::default();
        tell(&format!("keepalived leaves, {heir:?} takes over"));
        for _ in 0..runs {
            takeover(Software::Keepalived, heir, "", &mut theirs)?;
        }
        for (key, target) in [("off", None), ("always", Some(20.0))] {
            let scene = format!("fast_resign = \"{key}\", {heir:?} takes over");
            tell(&scene);
            let mut ours = Samples::default();
            let failed = (0..runs).find_map(|_| takeover(Software::Ours, heir, key, &mut ours).err());
            let theirs = Side::Measured(theirs.clone());
            let row = match failed {
                None => Row::new(&scene, "resignation to take-over, ms", ours, theirs),
                Some(error) => Row::absent(&scene, "resignation to take-over, ms", &absent(&error), theirs),
            };
            rows.push(Row { target, ..row });
        }
        if extent.quick {
            return Ok(rows);
        }
    }
    rows.extend(crowds(extent.runs(100, 1))?);
    Ok(rows)
}

fn crowds(runs: usize) -> Result<Vec<Row>> {
    let measure = "IPv4 datagrams lost in 8 s";
    tell("three keepalived, the Master leaves");
    // It is only there to compare with.
    let theirs = crowd(Software::Keepalived, "", runs.min(20))?;
    let mut rows = Vec::new();
    let mut plain = None;
    for key in ["off", "auto"] {
        let scene = format!("fast_resign = \"{key}\", keepalived 100 and 99 are Backups");
        tell(&scene);
        let theirs = Side::Measured(theirs.clone());
        match crowd(Software::Ours, key, runs) {
            Ok(lost) => {
                let row = Row { target: plain, ..Row::new(&scene, measure, lost.clone(), theirs) };
                plain = plain.or_else(|| lost.worst());
                rows.push(row);
            }
            Err(error) => rows.push(Row::absent(&scene, measure, &absent(&error), theirs).at_most(0.0)),
        }
    }
    Ok(rows)
}
