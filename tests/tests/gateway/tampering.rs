//! Firewalls that are loaded anew, daemons that die, and configurations that change.

use anyhow::{Result, ensure};
use lab::{Frame, Payload};
use nix::sys::signal::Signal;

use super::{DROPS, Scene, WAIT, configuration, start, table, wait_claimed};

const ICMP: u8 = 1;

#[test]
fn a_firewall_that_is_loaded_anew_takes_nothing_away() -> Result<()> {
    let scene = Scene::new("accept-flush")?;
    let [left, _right] = start(&scene, DROPS)?;
    // What nftables.service does at a reload: everything goes, and its own rules come.
    scene.left.sh("printf 'flush ruleset\\ntable inet site { chain input { type filter hook input priority 0; }; }\\n' | nft -f -")?;
    let told = left.process().wait_line(WAIT, "packet filter")?;
    ensure!(told.contains("nft (process ") && told.contains("put back"), "{told}");
    scene.drops_all("left")?;
    scene.forwards()?;
    let shown = table(&scene.left)?;
    ensure!(shown.contains("table inet site") && shown.contains("table inet vrrpd"), "{shown}");
    ensure!(left.standing("inner").is_some_and(|standing| standing.starts_with("Master")));

    // Nobody is dropped by what is no longer configured, and the addresses stay where they are.
    left.reload(&configuration(150, "hold = \"none\""))?;
    for vip in ["192.0.2.10", "2001:db8::10"] {
        ensure!(scene.pings(vip)?, "{vip} still drops: {}", table(&scene.left)?);
    }
    ensure!(!table(&scene.left)?.contains("vrrpd"), "{}", table(&scene.left)?);
    ensure!(scene.client.wire().all(Frame::resigns).is_empty());
    Ok(())
}

#[test]
fn a_daemon_that_comes_back_goes_on_without_a_gap() -> Result<()> {
    let scene = Scene::new("accept-restart")?;
    let [mut left, _right] = start(&scene, DROPS)?;
    for signal in [Signal::SIGUSR2, Signal::SIGKILL] {
        // Pings go on all the while, and none is answered.
        let pings = scene.client.spawn(&["ping", "-n", "-i", "0.01", "192.0.2.10"])?;
        let asks = |frame: &Frame| frame.from("client") && matches!(frame.payload, Payload::Ip(_, _, ICMP));
        scene.client.wire().skip();
        scene.client.wire().expect(WAIT, "a ping", asks)?;
        left.process().signal(signal)?;
        left.start_again(&scene.left)?;
        left.wait(WAIT, "inner", "Master")?;
        wait_claimed(&scene.left)?;
        scene.drops_all("left")?;
        pings.signal(Signal::SIGINT)?;
        let told = pings.wait_line(WAIT, "packets transmitted")?;
        ensure!(told.contains(" 0 received"), "{signal}: {told}");
    }
    ensure!(scene.client.wire().all(|frame| frame.from("left") && frame.resigns()).is_empty());
    Ok(())
}
