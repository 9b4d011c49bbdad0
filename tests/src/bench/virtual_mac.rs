//! Masters with the virtual MAC, each with a link of its own above the common one: what they hold open, and how they end.

use anyhow::Result;

use super::fleet::Fleet;
use super::program::{Program, Software};
use super::row::{Row, Samples};
use super::site::Site;
use super::{Extent, ending, tell};

#[derive(Debug, Default)]
struct Figures {
    descriptors: Samples,
    stop: Samples,
}

fn run(software: Software, fleet: &Fleet, extent: &Extent, figures: &mut Figures) -> Result<()> {
    tell(&format!("{software:?}: virtual MAC, {}", fleet.instances));
    let site = Site::new(&format!("virtual-mac-{software:?}").to_lowercase(), fleet, extent)?;
    let wire = site.capture()?;
    let program = Program::start(&site.left, software, fleet)?;
    site.wait_masters(fleet, &wire)?;
    figures.descriptors.push(program.usage()?.descriptors as f64);
    figures.stop.push(ending::stop(&site, fleet, &program, &wire)?);
    Ok(())
}

/// Measures 250 of them.
pub(super) fn measure(extent: &Extent, show: &mut dyn FnMut(Row)) -> Result<()> {
    let fleet = Fleet { virtual_mac: true, ..Fleet::new(extent.size(250)) };
    let (ours, [theirs]): (Figures, _) =
        extent.in_turn([Software::Keepalived], |software, figures| run(software, &fleet, extent, figures))?;
    let scene = format!("{} instances as Master, virtual MAC", fleet.instances);
    show(Row::new(&scene, "descriptors", ours.descriptors, theirs.descriptors).at_most(40.0));
    show(Row::new(&scene, "SIGTERM to end, ms", ours.stop, theirs.stop).at_most(1000.0));
    Ok(())
}
