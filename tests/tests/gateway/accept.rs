//! What is for the gateway is dropped, and what goes through it is forwarded, whoever is Master.

use std::time::Duration;

use anyhow::{Result, ensure};
use lab::Report;

use super::{BEYOND, DROPS, FAR, Scene, VIPS, WAIT, start, table, wait_claimed};

/// Master_Down_Interval at 100 ms and priority 100, and time for the take-over on a busy machine.
pub(super) const DOWN: Duration = Duration::from_millis(361 + 500);
/// What a machine that has other things to do keeps from a client.
pub(super) const BUSY: Duration = Duration::from_millis(50);

/// Whether nothing was lost but for a silence.
pub(super) fn is_calm(report: &Report, silence: Duration) -> Result<()> {
    ensure!(report.answered_by.contains_key("far") && report.longest_silence < silence, "{report:?}");
    Ok(())
}

fn moves(name: &str, keys: &str) -> Result<()> {
    let scene = Scene::new(name)?;
    let [mut left, right] = start(&scene, &format!("{DROPS}\n{keys}"))?;
    scene.drops_all("left")?;
    scene.forwards()?;
    let shown = table(&scene.left)?;
    for address in VIPS.iter().chain(&BEYOND) {
        ensure!(shown.contains(address), "{address} is not dropped: {shown}");
    }
    let ready = table(&scene.right)?;
    ensure!(ready.contains("table inet vrrpd") && !ready.contains("elements"), "the Backup's is ready: {ready}");
    let told = right.adm(&["status", "inner"])?;
    ensure!(told.stdout.contains("Accepts: no, packets to the addresses are dropped"), "{}", told.stdout);

    let flow = |address: &str| scene.client.flow(address.parse()?, Duration::from_millis(2));
    let flows = [flow(FAR[0])?, flow(FAR[1])?];
    left.stop()?;
    right.wait(WAIT, "inner", "Master")?;
    wait_claimed(&scene.right)?;
    scene.drops_all("right")?;
    for flow in flows {
        is_calm(&flow.stop()?, BUSY)?;
    }
    ensure!(!table(&scene.left)?.contains("vrrpd"), "it is left behind: {}", table(&scene.left)?);

    left.start_again(&scene.left)?;
    left.wait(WAIT, "inner", "Master")?;
    wait_claimed(&scene.left)?;
    let flows = [flow(FAR[0])?, flow(FAR[1])?];
    left.crash()?;
    right.wait(WAIT, "inner", "Master")?;
    wait_claimed(&scene.right)?;
    // A daemon that died has its addresses, and drops what is for them, until its leases have run out.
    scene.left.wait_network(WAIT, "no address of the gateway's", |host| {
        Ok(!host.sh("ip -o address show")?.contains("192.0.2.10/"))
    })?;
    scene.drops_all("right")?;
    for flow in flows {
        is_calm(&flow.stop()?, DOWN)?;
    }
    scene.forwards()
}

#[test]
fn with_the_links_own_mac() -> Result<()> {
    moves("accept-own", "")
}

#[test]
fn with_the_virtual_mac() -> Result<()> {
    moves("accept-virtual", "mac = \"virtual\"")
}
