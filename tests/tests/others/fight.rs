//! Somebody removes an address again and again.

use anyhow::{Result, ensure};

use super::WAIT;
use super::scene::Scene;

#[test]
fn a_slow_fight_is_told_once_with_the_program_that_fights() -> Result<()> {
    let scene = Scene::new("others-fight", "1s", "")?;
    // One process, so that it is still there when it is looked up.
    let fight =
        "for _ in 1 2 3 4 5 6 7 8; do echo address delete 192.0.2.10/32 dev eth0; sleep 0.2; done | ip -batch -";
    let disturbed = scene.disturb(fight, || Ok(()))?;
    disturbed.unnoticed(20)?;
    disturbed.repaired("192.0.2.10/32", "eth0")?;
    let log = scene.vrrpd.process().log();
    let once = log.wait_line(WAIT, "removed 192.0.2.10 from eth0: put back")?;
    ensure!(once.contains(" ip (process "), "{once}");
    log.wait_line(WAIT, "removes 192.0.2.10 from eth0 again and again, 5 times in a minute")?;
    let told = log.lines().iter().filter(|line| line.contains("192.0.2.10 from eth0")).count();
    ensure!(told == 5, "told {told} times");
    let status = scene.vrrpd.status()?;
    let fights = status["daemon"]["fights"].to_string();
    ensure!(fights.contains("ip (process ") && fights.contains("192.0.2.10 from eth0"), "{fights}");
    let shown = scene.vrrpd.adm(&["status"])?.ok()?;
    ensure!(shown.contains("A fight with another program: "), "{shown}");
    scene.never_left()
}

/// Thirty times a second is the end: somebody else serves.
#[test]
fn a_quick_fight_is_given_up_for_a_while() -> Result<()> {
    let scene = Scene::new("others-quick-fight", "100ms", "")?;
    let fight = "for _ in $(seq 2000); do echo address delete 192.0.2.10/32 dev eth0; done | \
                 ip -force -batch - 2>/dev/null; true";
    scene.host.sh(&format!("for _ in 1 2 3 4 5 6; do {fight}; done"))?;
    let fault = scene.vrrpd.process().wait_line(WAIT, "Fault: cannot claim 192.0.2.10 on eth0: ")?;
    ensure!(fault.contains("undid it 30 times in a second"), "{fault}");
    scene.vrrpd.wait(WAIT, "inst1", "Master")
}
