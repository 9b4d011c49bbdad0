//! Hosts that conditions bar, all of them: somebody serves where the configuration says so.

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Capture, Lab};
use serde_json::Value;

use super::scene::WAIT;

fn configuration(priority: u8, last_resort: bool) -> String {
    format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\n\
         priority = {priority}\nadvert_interval = \"100ms\"\nlast_resort = {last_resort}\n\
         [[instance.inst1.track]]\ninterface = \"eth1\"\n"
    )
}

/// Waits for a state and a reason, and for the priority that goes with them.
fn stands(vrrpd: &Vrrpd, state: &str, reason: &str, priority: u8) -> Result<()> {
    let is = |told: &Value| {
        told["state"] == state
            && told["reason"].as_str().is_some_and(|why| why.starts_with(reason))
            && told["effective_priority"] == priority
    };
    let waited = vrrpd.wait_told(WAIT, "inst1", is);
    waited.with_context(|| format!("waited for {state}: {reason}, with priority {priority}"))?;
    Ok(())
}

/// Lets so many advertisements of a host pass.
fn let_pass(wire: &Capture, host: &str, adverts: usize) -> Result<()> {
    wire.skip();
    for _ in 0..adverts {
        wire.expect(WAIT, &format!("an advertisement of {host}"), |frame| frame.from(host) && frame.advertises(51))?;
    }
    Ok(())
}

#[test]
fn when_every_host_is_barred_one_serves_as_a_last_resort() -> Result<()> {
    let lab = Lab::beside("last-resort")?;
    let (uplink, wire) = (lab.new_switch("uplink")?, lab.switch().capture()?);
    let (mut left, mut right) = (lab.host("left")?, lab.host("right")?);
    left.add_nic("eth1", &uplink, &["198.51.100.1/24"])?;
    right.add_nic("eth1", &uplink, &["198.51.100.2/24"])?;
    let ours = Vrrpd::start(&left, &configuration(150, true))?;
    stands(&ours, "master", "no Master was heard", 150)?;
    let other = Vrrpd::start(&right, &configuration(100, true))?;
    stands(&other, "backup", "192.0.2.1 is Master with priority 150", 100)?;

    // One of two: the other host is well, and serves.
    uplink.unplug("left", "eth1")?;
    stands(&other, "master", "192.0.2.1 resigned", 100)?;
    stands(&ours, "backup", "eth1 has no carrier", 1)?;
    let_pass(&wire, "right", 20)?;
    stands(&ours, "backup", "eth1 has no carrier", 1)?;

    // Both: the one that waits already follows the other's resignation.
    uplink.unplug("right", "eth1")?;
    let serving = "the last resort, nobody else serves: eth1 has no carrier";
    stands(&ours, "master", serving, 1)?;
    stands(&other, "backup", "eth1 has no carrier", 1)?;
    let_pass(&wire, "left", 20)?;
    stands(&ours, "master", serving, 1)?;
    ensure!(ours.instance("inst1")?["barred"] == false, "a Master is no barred Backup");

    // Who recovers first has the address.
    uplink.plug("right", "eth1")?;
    stands(&other, "master", "priority 100 preempts 192.0.2.1 with 1", 100)?;
    stands(&ours, "backup", "eth1 has no carrier", 1)?;
    uplink.plug("left", "eth1")?;
    stands(&ours, "master", "priority 150 preempts 192.0.2.2 with 100", 150)?;
    stands(&other, "backup", "192.0.2.1 is Master with priority 150", 100)?;

    // Without it, nobody serves.
    ours.reload(&configuration(150, false))?;
    other.reload(&configuration(100, false))?;
    uplink.unplug("left", "eth1")?;
    uplink.unplug("right", "eth1")?;
    for vrrpd in [&ours, &other] {
        let is = |told: &Value| told["state"] == "backup" && told["barred"] == true;
        vrrpd.wait_told(WAIT, "inst1", is)?;
    }
    uplink.plug("right", "eth1")?;
    stands(&other, "master", "", 100)
}
