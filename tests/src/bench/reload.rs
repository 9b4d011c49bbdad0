//! One of thousands of instances gets a further address: the longest time without an advertisement of any other.

use std::net::Ipv4Addr;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::fleet::{Fleet, link_name};
use super::program::{Program, Software};
use super::row::{Row, Samples};
use super::site::{PATIENCE, Site, advertised, port_name};
use super::{Extent, millis, tell};

/// What the first instance gets.
const MORE: Ipv4Addr = Ipv4Addr::new(10, 250, 0, 1);

fn run(software: Software, fleet: &Fleet, extent: &Extent, longest: &mut Samples) -> Result<()> {
    tell(&format!("{software:?}: reload with {}", fleet.instances));
    let site = Site::new(&format!("reload-{software:?}").to_lowercase(), fleet, extent)?;
    let wire = site.capture()?;
    let program = Program::start(&site.left, software, fleet)?;
    site.wait_masters(fleet, &wire)?;
    drop(wire);
    thread::sleep(extent.settling());
    let wire = site.capture()?;
    // Two advertisements of each before and after.
    thread::sleep(fleet.interval * 2);
    program.reload(&Fleet { more: Some(MORE), ..*fleet })?;
    site.left.wait_address(PATIENCE, &link_name(0), &format!("{MORE}/32"))?;
    thread::sleep(fleet.interval * 3);
    let mut times = advertised(&wire);
    let changed = fleet.members().next().context("a fleet has a member")?;
    times.remove(&(port_name(changed.link), changed.vrid));
    ensure!(times.len() + 1 == fleet.instances, "{} of {} advertised", times.len(), fleet.instances);
    let gaps = times.values().flat_map(|times| times.windows(2));
    let gaps = gaps.map(|pair| pair[1].duration_since(pair[0]).unwrap_or_default());
    longest.push(millis(gaps.max().unwrap_or(Duration::MAX)));
    Ok(())
}

/// Measures 4000 of them.
pub(super) fn measure(extent: &Extent, show: &mut dyn FnMut(Row)) -> Result<()> {
    let fleet = Fleet::new(extent.size(4000));
    let (ours, [theirs]) =
        extent.in_turn([Software::Keepalived], |software, longest| run(software, &fleet, extent, longest))?;
    let scene = format!("reload with 1 of {} instances changed", fleet.instances);
    // Nobody's turn moves: what is more is a hundredth of the interval.
    show(Row::new(&scene, "longest gap, ms", ours, theirs).at_most(millis(fleet.interval) * 1.01));
    Ok(())
}
