//! How often a Backup of one instance wakes that hears a Master, and what that costs.

use std::thread;

use anyhow::{Result, ensure};

use super::fleet::Fleet;
use super::program::{Program, Software};
use super::row::{Row, Samples};
use super::sender::Sender;
use super::site::Site;
use super::{Extent, tell};

/// An advertisement a second, and the watchdog of our unit every 1.5 s, which the lab's daemon has, too.
const WAKE_UPS: f64 = 1.0 + 1.0 / 1.5;

fn run(software: Software, extent: &Extent, wakes: &mut Samples) -> Result<()> {
    tell(&format!("{software:?}: idle"));
    let fleet = Fleet::new(1);
    let site = Site::new(&format!("idle-{software:?}").to_lowercase(), &fleet, extent)?;
    let master = Sender::start(&site, &fleet, fleet.interval)?;
    let program = Program::start(&site.left, software, &fleet)?;
    program.wait_listening(&fleet)?;
    thread::sleep(extent.settling());
    let (before, sent) = (program.usage()?, site.sent()?);
    // How often it wakes in this time is what is measured.
    thread::sleep(extent.window());
    let after = program.usage()?;
    // A report of the groups that it has joined may still come.
    let sent = site.sent()? - sent;
    ensure!(sent < extent.window().as_secs(), "it is no Backup: it sent {sent} packets");
    wakes.push(after.waits_since(&before) as f64 / extent.window().as_secs_f64());
    master.stop()?;
    Ok(())
}

/// Measures ours, keepalived and FRR.
pub(super) fn measure(extent: &Extent, show: &mut dyn FnMut(Row)) -> Result<()> {
    let (ours, [theirs, frr]): (Samples, _) =
        extent.in_turn([Software::Keepalived, Software::Frr], |software, wakes| run(software, extent, wakes))?;
    let scene = "1 instance as Backup";
    // A second that began a bit earlier has one more.
    let target = WAKE_UPS + 1.0 / extent.window().as_secs_f64();
    show(Row::new(scene, "wake-ups a second", ours.clone(), theirs).at_most(target));
    show(Row::new("the same, beside FRR's vrrpd", "wake-ups a second", ours, frr));
    Ok(())
}
