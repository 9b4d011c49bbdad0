//! A reload with many instances: whom it is not about goes on as if there had been none.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Capture, Frame, Lab};

use super::WAIT;

const MANY: u8 = 250;
/// When each advertises; the machine may be a fifth of it late.
const INTERVAL: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_millis(200);
/// The instances that are added, changed and removed.
const ADDED: u8 = 251;
const CHANGED: u8 = 100;
const REMOVED: u8 = 200;

/// Instances that are Master at once, as owners of their addresses are.
fn configuration(vrids: impl Iterator<Item = u8>, last: u8) -> String {
    let mut text = String::new();
    for vrid in vrids {
        let more = if vrid == CHANGED { format!(", \"198.51.101.{last}/32\"") } else { String::new() };
        let _ = write!(
            text,
            "[instance.i{vrid}]\ninterface = \"eth0\"\nvrid = {vrid}\npriority = 255\n\
             addresses = [\"198.51.100.{vrid}/32\"{more}]\n"
        );
    }
    text
}

/// When each virtual router advertised.
fn times(wire: &Capture) -> BTreeMap<u8, Vec<SystemTime>> {
    let mut times: BTreeMap<u8, Vec<SystemTime>> = BTreeMap::new();
    for frame in wire.all(|frame| frame.advert().is_some()) {
        let vrid = frame.advert().map_or(0, |advert| advert.vrid);
        times.entry(vrid).or_default().push(frame.at);
    }
    times
}

#[test]
fn a_reload_moves_nobody_but_whom_it_is_about() -> Result<()> {
    let lab = Lab::new("reload-many")?;
    let host = lab.host("left")?;
    let wire = lab.switch().capture()?;
    let vrrpd = Vrrpd::start(&host, &configuration(1..=MANY, 1))?;
    host.wait_network(WAIT, "all to be Master", |_| {
        let status = vrrpd.status()?;
        let instances = status["instances"].as_array().context("no instances")?;
        Ok(instances.iter().all(|one| one["state"] == "master"))
    })?;
    let steps = [
        configuration(1..=ADDED, 1),
        configuration(1..=ADDED, 2),
        configuration((1..=ADDED).filter(|vrid| *vrid != REMOVED), 2),
    ];
    for step in steps {
        // Between two advertisements, where one out of turn would show.
        wire.skip();
        wire.expect(WAIT, "the others' time", |frame| frame.advertises(1))?;
        let _quiet = wire.none(INTERVAL * 2 / 5, "", |_| false);
        vrrpd.reload(&step)?;
    }
    wire.skip();
    for _ in 0..2 {
        wire.expect(WAIT, "an advertisement after all", |frame| frame.advertises(1))?;
    }
    let mut worst = Duration::ZERO;
    for (vrid, times) in times(&wire) {
        if [ADDED, CHANGED, REMOVED].contains(&vrid) {
            continue;
        }
        ensure!(times.len() >= 4, "{vrid} advertised {} times", times.len());
        for pair in times.windows(2) {
            let gap = pair[1].duration_since(pair[0])?;
            worst = worst.max(gap.abs_diff(INTERVAL));
            ensure!(gap.abs_diff(INTERVAL) < LATE, "{vrid} advertised after {gap:?}");
        }
    }
    println!("{} instances advertised through three reloads, at most {worst:.1?} out of their time", MANY - 2);
    let resigns = wire.all(Frame::resigns);
    let whose: Vec<_> = resigns.iter().filter_map(|frame| Some(frame.advert()?.vrid)).collect();
    ensure!(whose == [REMOVED], "{whose:?}");
    for instance in vrrpd.status()?["instances"].as_array().context("no instances")? {
        ensure!(instance["routers"][0]["counters"]["master_transitions"] == 1, "{instance}");
    }
    // A list of addresses changes in place.
    let addresses = host.addresses("eth0")?;
    for (address, there) in [("198.51.100.100/32", true), ("198.51.101.2/32", true), ("198.51.101.1/32", false)] {
        ensure!(addresses.iter().any(|one| one == address) == there, "{address}: {addresses:?}");
    }
    ensure!(!addresses.iter().any(|address| address == "198.51.100.200/32"), "{addresses:?}");
    Ok(())
}
