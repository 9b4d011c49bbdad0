//! What a service sees: it binds whatever the state is, and its sockets live through every claim and release.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use lab::peer::Vrrpd;
use lab::{Client, Host, Lab};

use super::{VIPS, WAIT, configuration};

fn binds(host: &Host) -> Result<()> {
    VIPS.into_iter().try_for_each(|vip| host.listen(vip).map(drop))
}

/// Gets a page at every address until a host answers, at the latest when what moved has settled.
fn gets(client: &Client, expected: &str) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(5);
    for vip in VIPS {
        let get = || client.http_get(vip, Duration::from_secs(1)).unwrap_or_else(|error| format!("{error:#}"));
        let mut answer = get();
        while answer != expected && Instant::now() < end {
            answer = get();
        }
        ensure!(answer == expected, "{vip} should answer as {expected}: {answer}");
    }
    Ok(())
}

#[test]
fn a_service_binds_in_every_state() -> Result<()> {
    let lab = Lab::new("holding-states")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    ensure!(binds(&left).is_err(), "the addresses can be bound without vrrpd");
    let mut vrrpd = Vrrpd::start(&left, &configuration(100, ""))?;
    // Before it knows of a Master, as a Backup on its way to Master.
    binds(&left)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    binds(&left)?;
    let other = Vrrpd::start(&right, &configuration(200, ""))?;
    vrrpd.wait(WAIT, "inst1", "Backup")?;
    binds(&left)?;
    lab.switch().unplug("left", "eth0")?;
    vrrpd.wait(WAIT, "inst1", "Fault: eth0 has no carrier")?;
    binds(&left)?;
    lab.switch().plug("left", "eth0")?;
    vrrpd.wait(WAIT, "inst1", "Backup")?;
    left.ip("link delete eth0")?;
    vrrpd.wait(WAIT, "inst1", "Fault: eth0 does not exist")?;
    binds(&left)?;
    // Started on a host that lacks the NIC from the beginning.
    vrrpd.stop()?;
    ensure!(binds(&left).is_err(), "the addresses can be bound after vrrpd has stopped");
    vrrpd.start_again(&left)?;
    binds(&left)?;
    drop(other);
    Ok(())
}

/// A service that one host starts before it was ever Master answers as soon as it is, through every move.
#[test]
fn listening_sockets_live_through_claim_and_release() -> Result<()> {
    for mac in ["interface", "virtual"] {
        let lab = Lab::new(&format!("holding-web-{mac}"))?;
        let (left, right) = (lab.host("left")?, lab.host("right")?);
        let client = lab.client("client")?;
        let config = |priority| configuration(priority, &format!("mac = \"{mac}\""));
        let low = Vrrpd::start(&left, &config(100))?;
        let _left_web = left.web(&VIPS)?;
        low.wait(WAIT, "inst1", "Master")?;
        gets(&client, "left")?;
        let mut high = Vrrpd::start(&right, &config(200))?;
        let _right_web = right.web(&VIPS)?;
        high.wait(WAIT, "inst1", "Master")?;
        low.wait(WAIT, "inst1", "Backup")?;
        gets(&client, "right")?;
        high.stop()?;
        low.wait(WAIT, "inst1", "Master")?;
        gets(&client, "left")?;
        high.start_again(&right)?;
        high.wait(WAIT, "inst1", "Master")?;
        low.wait(WAIT, "inst1", "Backup")?;
        gets(&client, "right")?;
    }
    Ok(())
}

/// Local clients of a held address reach the local service: what holding costs.
#[test]
fn local_clients_of_a_backup_reach_the_local_service() -> Result<()> {
    let lab = Lab::new("holding-local")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let master = Vrrpd::start(&left, &configuration(200, ""))?;
    master.wait(WAIT, "inst1", "Master")?;
    let backup = Vrrpd::start(&right, &configuration(100, ""))?;
    backup.wait(WAIT, "inst1", "Backup")?;
    for vip in VIPS {
        let route = right.ip(&format!("route get {vip}"))?;
        ensure!(route[0]["dev"] == "lo", "{route}");
        let local: IpAddr = vip;
        right.listen(local)?;
    }
    Ok(())
}
