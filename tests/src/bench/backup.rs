//! A host that is Backup of everything: what it costs to hear the Master, and how long it takes to take everything over.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::fleet::Fleet;
use super::program::{Program, Software};
use super::row::{Row, Samples};
use super::sender::Sender;
use super::site::Site;
use super::{Extent, millis, tell};

/// How long a round of the Master takes that is about to die: short, so that all of them are missed at once.
const TOGETHER: Duration = Duration::from_millis(20);

#[derive(Debug, Default)]
struct Figures {
    cost: Samples,
    sent: Samples,
    taking_over: Samples,
}

fn run(software: Software, fleet: &Fleet, extent: &Extent, figures: &mut Figures) -> Result<()> {
    tell(&format!("{software:?}: Backup of {fleet}"));
    let site = Site::new(&format!("backup-{}-{software:?}", fleet.slug()).to_lowercase(), fleet, extent)?;
    let master = Sender::start(&site, fleet, fleet.interval)?;
    let program = Program::start(&site.left, software, fleet)?;
    program.wait_listening(fleet)?;
    thread::sleep(extent.settling());
    let (before, heard, sent) = (program.usage()?, master.sent(), site.sent()?);
    // What is heard in this time is what is measured.
    thread::sleep(extent.window());
    let (after, heard) = (program.usage()?, master.sent() - heard);
    ensure!(heard as f64 >= fleet.adverts(extent.window()) * 0.9 - 1.0, "the lab sent {heard} advertisements");
    figures.cost.push(after.ran_since(&before).as_secs_f64() * 1e6 / heard as f64);
    figures.sent.push((site.sent()? - sent) as f64);
    master.stop()?;
    figures.taking_over.push(take_over(&site, fleet)?);
    Ok(())
}

/// Has a Master die that sends all at once, and tells how much longer the last address was missing than the first one, in
/// milliseconds. Whoever is Backup has heard another Master until now.
pub(super) fn take_over(site: &Site, fleet: &Fleet) -> Result<f64> {
    let master = Sender::start(site, fleet, TOGETHER)?;
    thread::sleep(fleet.interval * 2);
    let wire = site.capture()?;
    let advertised = master.stop()?;
    // The Master took some time, too: what counts is how much longer one address was missing than another.
    let mut missing = Vec::new();
    for (address, at) in site.wait_announced(fleet, &wire)? {
        let last = advertised.get(&address).with_context(|| format!("{address} was never advertised"))?;
        missing.push(millis(at.duration_since(*last)?));
    }
    let longest = missing.iter().copied().fold(0.0, f64::max);
    Ok(longest - missing.iter().copied().fold(longest, f64::min))
}

/// Measures all sizes, one of them over IPv6, too, and FRR with one instance.
pub(super) fn measure(extent: &Extent, show: &mut dyn FnMut(Row)) -> Result<()> {
    for fleet in extent.fleets() {
        let instances = fleet.instances;
        let scene = |software, figures: &mut Figures| run(software, &fleet, extent, figures);
        let [ours, theirs, frr] = extent.beside_all(instances == 1, scene)?;
        let scene = format!("{fleet} as Backup");
        show(Row::new(&scene, "CPU an advert, µs", ours.cost.clone(), theirs.cost).at_most_times(0.5));
        show(Row::new(&scene, "packets that it sends", ours.sent, theirs.sent).at_most(0.0));
        if instances > 1 {
            let taking_over = Row::new(&scene, "1st to last served, ms", ours.taking_over, theirs.taking_over);
            show(taking_over.at_most_times(0.5));
        }
        if frr.cost.runs() > 0 {
            let scene = format!("{scene}, beside FRR's vrrpd");
            show(Row::new(&scene, "CPU an advert, µs", ours.cost, frr.cost));
        }
    }
    Ok(())
}
