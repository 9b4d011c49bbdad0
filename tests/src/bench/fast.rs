//! Advertisements at short intervals: what they cost, and how late the latest are, also where both cores are busy.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::fleet::Fleet;
use super::master::Advertising;
use super::program::{Program, Software};
use super::row::{Row, Samples};
use super::site::{Site, advertised};
use super::{Extent, millis, tell};
use crate::process::Process;

#[derive(Debug, Default)]
struct Figures {
    cost: Samples,
    idle: Samples,
    busy: Samples,
}

/// Of a thousand advertisements, how late the latest but one is, in milliseconds: how much longer than the interval it
/// comes after the one before.
fn lateness(site: &Site, fleet: &Fleet, window: Duration) -> Result<f64> {
    let wire = site.capture()?;
    // When what is sent in this time is sent is what is measured.
    thread::sleep(window);
    let times = advertised(&wire);
    ensure!(times.len() == fleet.instances, "{} of {} advertised", times.len(), fleet.instances);
    let mut late = Vec::new();
    for pair in times.values().flat_map(|times| times.windows(2)) {
        late.push(millis(pair[1].duration_since(pair[0]).unwrap_or_default().saturating_sub(fleet.interval)));
    }
    ensure!(late.len() as f64 >= fleet.adverts(window) * 0.5, "{} advertisements in {window:?}", late.len());
    late.sort_by(f64::total_cmp);
    let place = (late.len() * 999).div_ceil(1000) - 1;
    late.get(place).copied().context("there is no advertisement")
}

/// Keeps every processor busy with what is of no use, until it is dropped.
fn load(site: &Site) -> Result<Vec<Process>> {
    let cores = thread::available_parallelism()?.get();
    (0..cores).map(|_| site.right.spawn(&["sh", "-c", "while :; do :; done"])).collect()
}

fn run(software: Software, fleet: &Fleet, extent: &Extent, figures: &mut Figures) -> Result<()> {
    tell(&format!("{software:?}: {} every {:?}", fleet.instances, fleet.interval));
    let site = Site::new(&format!("fast-{}-{software:?}", fleet.instances).to_lowercase(), fleet, extent)?;
    let wire = site.capture()?;
    let program = Program::start_real_time(&site.left, software, fleet)?;
    site.wait_masters(fleet, &wire)?;
    drop(wire);
    let advertising = Advertising::watch(&site, &program, fleet, extent)?;
    figures.cost.push(advertising.share(None));
    figures.idle.push(lateness(&site, fleet, extent.window())?);
    let _busy = load(&site)?;
    figures.busy.push(lateness(&site, fleet, extent.window())?);
    Ok(())
}

/// Measures both intervals; in a hurry the longer one.
pub(super) fn measure(extent: &Extent, show: &mut dyn FnMut(Row)) -> Result<()> {
    let scenes = [(250, 100), (50, 10)];
    for (instances, interval) in if extent.quick { &scenes[..1] } else { &scenes[..] } {
        let fleet = Fleet { interval: Duration::from_millis(*interval), ..Fleet::new(extent.size(*instances)) };
        let (ours, [theirs]): (Figures, _) =
            extent.in_turn([Software::Keepalived], |software, figures| run(software, &fleet, extent, figures))?;
        let scene = format!("{} instances as Master, every {interval} ms", fleet.instances);
        show(Row::new(&scene, "CPU, % of a core", ours.cost, theirs.cost).at_most_times(0.5));
        show(Row::new(&scene, "p99.9 late, idle, ms", ours.idle, theirs.idle).at_most(1.0));
        show(Row::new(&scene, "p99.9 late, busy, ms", ours.busy, theirs.busy).at_most(3.0));
    }
    Ok(())
}
