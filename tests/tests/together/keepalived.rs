//! A sync group of ours beside one of keepalived's.

use anyhow::{Context, Result, ensure};
use lab::Capture;
use lab::peer::{Keepalived, Router, Vrrpd};

use super::{Scene, WAIT, masterships, stands};

const BOTH: [&str; 2] = ["outer", "inner"];

/// Our group: an IPv4 instance on each link.
fn ours(priority: u8) -> String {
    format!(
        "[defaults]\npriority = {priority}\nadvert_interval = \"200ms\"\n\
         [instance.outer]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n\
         [instance.inner]\ninterface = \"eth1\"\nvrid = 52\naddresses = [\"198.51.100.10/24\"]\n\
         [sync.gateway]\ninstances = [\"outer\", \"inner\"]\n"
    )
}

fn theirs(priority: u8) -> Result<Vec<Router>> {
    let outer = Router { interval: 20, ..Router::new(51, priority, &["192.0.2.10"])? };
    let inner = Router { interval: 20, interface: "eth1", ..Router::new(52, priority, &["198.51.100.10"])? };
    Ok(vec![outer, inner])
}

/// Waits until the next advertisements on both links come from one host alone.
fn served_by(wires: [&Capture; 2], host: &str) -> Result<()> {
    for (wire, vrid) in wires.into_iter().zip([51, 52]) {
        wire.skip();
        let mut row = 0;
        for _ in 0..200 {
            let advert = wire.expect(WAIT, "an advertisement", |frame| frame.advertises(vrid))?;
            row = if advert.from(host) { row + 1 } else { 0 };
            if row == 5 {
                break;
            }
        }
        ensure!(row == 5, "VRID {vrid} is not served by {host} alone");
    }
    Ok(())
}

#[test]
fn cables_are_pulled_and_plugged_in_beside_keepalived() -> Result<()> {
    let scene = Scene::new("sync-keepalived")?;
    let (outer, inner) = (scene.outer().capture()?, scene.inner.capture()?);
    let wires = [&outer, &inner];
    for (our_priority, their_priority) in [(150, 100), (100, 150)] {
        let keepalived = Keepalived::start_all(&scene.right, &theirs(their_priority)?, true)?;
        let vrrpd = Vrrpd::start(&scene.left, &ours(our_priority))?;
        let better = if our_priority > their_priority { "left" } else { "right" };
        served_by(wires, better)?;
        for (host, nic) in [("left", "eth0"), ("left", "eth1"), ("right", "eth0"), ("right", "eth1")] {
            let switch = if nic == "eth0" { scene.outer() } else { &scene.inner };
            let other = if host == "left" { "right" } else { "left" };
            let before = masterships(&vrrpd, &BOTH)?;
            switch.unplug(host, nic)?;
            let what = || format!("without the cable of {nic} at {host}");
            if host == "left" {
                for name in BOTH {
                    stands(&vrrpd, name, "Fault").with_context(what)?;
                }
            }
            served_by(wires, other).with_context(what)?;
            switch.plug(host, nic)?;
            served_by(wires, better).with_context(what)?;
            let taken = masterships(&vrrpd, &BOTH)? - before;
            ensure!(taken <= 2, "{}: became Master {taken} times", what());
        }
        vrrpd.stop()?;
        keepalived.stop()?;
    }
    Ok(())
}
