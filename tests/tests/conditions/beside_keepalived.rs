//! The effects of a condition beside keepalived: it takes over where ours is barred, in Fault, or of less weight.

use anyhow::{Context, Result, ensure};
use lab::peer::{Keepalived, Router, State, Vrrpd};
use lab::{Capture, Lab};

use super::scene::WAIT;

/// Ours, with a condition on a second link; keepalived has priority 100.
fn configuration(effect: &str) -> String {
    format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\npriority = 150\n\
         advert_interval = \"200ms\"\n[[instance.inst1.track]]\ninterface = \"eth1\"\neffect = {effect}\n"
    )
}

/// Waits for so many advertisements in a row from one host.
fn served_by(wire: &Capture, host: &str) -> Result<()> {
    wire.skip();
    let mut row = 0;
    for _ in 0..100 {
        let advert = wire.expect(WAIT, "an advertisement", |frame| frame.advertises(51))?;
        row = if advert.from(host) { row + 1 } else { 0 };
        if row == 5 {
            return Ok(());
        }
    }
    anyhow::bail!("{host} does not serve alone")
}

#[test]
fn keepalived_serves_while_a_condition_is_bad() -> Result<()> {
    let lab = Lab::beside("condition-keepalived")?;
    let (uplink, wire) = (lab.new_switch("uplink")?, lab.switch().capture()?);
    let (mut ours, theirs) = (lab.host("ours")?, lab.host("theirs")?);
    ours.add_nic("eth1", &uplink, &["198.51.100.1/24"])?;
    let keepalived = Keepalived::start(&theirs, &Router { interval: 20, ..Router::new(51, 100, &["192.0.2.10"])? })?;
    let vrrpd = Vrrpd::start(&ours, &configuration("\"backup\""))?;
    for (effect, state, priority) in [("\"backup\"", "backup", 150), ("\"fault\"", "fault", 150), ("-80", "backup", 70)]
    {
        vrrpd.reload(&configuration(effect))?;
        served_by(&wire, "ours").with_context(|| format!("effect {effect}, good"))?;
        uplink.unplug("ours", "eth1")?;
        let is = |told: &serde_json::Value| told["state"] == state && told["effective_priority"] == priority;
        vrrpd.wait_told(WAIT, "inst1", is).with_context(|| format!("effect {effect}, bad"))?;
        served_by(&wire, "theirs").with_context(|| format!("effect {effect}, bad"))?;
        keepalived.wait(WAIT, State::Master)?;
        uplink.plug("ours", "eth1")?;
        served_by(&wire, "ours").with_context(|| format!("effect {effect}, good again"))?;
        keepalived.wait(WAIT, State::Backup)?;
    }
    ensure!(keepalived.errors()? == 0, "keepalived found packets wrong");
    Ok(())
}
