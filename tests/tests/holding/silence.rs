//! What a Backup must never show on the wire.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use lab::peer::Vrrpd;
use lab::{ArpOperation, Client, Frame, Host, Lab, NeighborKind, Payload};

use super::{VIPS, WAIT, configuration};

/// Long enough for an answer, and for the kernel to ask thrice for a neighbour that does not exist.
const WINDOW: Duration = Duration::from_millis(300);

/// A Backup with two NICs in the segment, and later a third, stays silent about the addresses whoever asks and whatever
/// local processes send; then it becomes Master and is heard, and then silent again.
fn a_backup_is_silent(name: &str, mac: &str) -> Result<()> {
    let lab = Lab::new(name)?;
    let (left, mut right) = (lab.host("left")?, lab.host("right")?);
    let client = lab.client("client")?;
    right.add_nic("eth1", lab.switch(), &["192.0.2.102/24", "2001:db8::102/64"])?;
    let mac = format!("mac = \"{mac}\"");
    let mut master = Vrrpd::start(&left, &configuration(200, &mac))?;
    master.wait(WAIT, "inst1", "Master")?;
    let backup = Vrrpd::start(&right, &configuration(100, &mac))?;
    backup.wait(WAIT, "inst1", "Backup")?;

    stays_silent(&client, &right, ["192.0.2.77", "2001:db8::77"])?;
    right.add_nic("eth2", lab.switch(), &["192.0.2.112/24", "2001:db8::112/64"])?;
    stays_silent(&client, &right, ["192.0.2.78", "2001:db8::78"])?;

    // The counterproof: as Master the same host is heard.
    master.stop()?;
    backup.wait(WAIT, "inst1", "Master")?;
    announced(&client, "right")?;
    ensure_alone(&client, "right")?;
    master.start_again(&left)?;
    master.wait(WAIT, "inst1", "Master")?;
    backup.wait(WAIT, "inst1", "Backup")?;
    announced(&client, "left")?;
    ensure_alone(&client, "left")?;
    stays_silent(&client, &right, ["192.0.2.79", "2001:db8::79"])
}

/// Has local processes of a Backup send from the virtual addresses to neighbours that nobody has asked for yet, by every
/// NIC and by none in particular, and makes sure that it says nothing of those addresses.
fn stays_silent(client: &Client, backup: &Host, nobody: [&str; 2]) -> Result<()> {
    let wire = client.wire();
    let claims = || {
        let claims = |frame: &Frame| frame.from(backup.name()) && VIPS.iter().any(|vip| frame.claims(*vip));
        wire.all(claims)
    };
    let before = claims().len();
    ensure_alone(client, "left")?;
    for (source, nobody) in VIPS.into_iter().zip(nobody) {
        let nics = backup.nics().iter().map(|nic| Some(nic.name()));
        for nic in nics.chain([None]) {
            backup.send_from(source, nobody.parse()?, nic)?;
        }
        for nic in backup.nics() {
            let port = format!("{}-{}", backup.name(), nic.name());
            let asks = |frame: &Frame| frame.port == port && asks_for(frame, nobody);
            wire.expect(WAIT, "the kernel asks for the unknown neighbour", asks)?;
        }
    }
    ensure_alone(client, "left")?;
    if let Some(claim) = claims().get(before) {
        bail!("a Backup shows an address: {claim}");
    }
    Ok(())
}

/// Whether a frame asks who an address belongs to.
fn asks_for(frame: &Frame, address: &str) -> bool {
    match &frame.payload {
        Payload::Arp(arp) => arp.operation == ArpOperation::Request && arp.target.to_string() == address,
        Payload::Neighbor(neighbor) => {
            neighbor.kind == NeighborKind::Solicitation && neighbor.target.to_string() == address
        }
        Payload::Vrrp(_) | Payload::Ip(..) | Payload::Other(_) => false,
    }
}

/// Waits until a host announces every address, by when it owns them.
fn announced(client: &Client, host: &str) -> Result<()> {
    for vip in VIPS {
        client.wire().expect(WAIT, "announcements", |frame| frame.from(host) && frame.announces(vip))?;
    }
    Ok(())
}

/// Asks for every address, and makes sure that one host alone answers, from its MAC.
fn ensure_alone(client: &Client, host: &str) -> Result<()> {
    for vip in VIPS {
        let answers = client.who_has(vip, WINDOW)?;
        ensure!(answers == [host], "{vip} is answered by {answers:?}, not by {host} alone");
    }
    Ok(())
}

#[test]
fn a_backup_is_silent_with_interface_macs() -> Result<()> {
    a_backup_is_silent("holding-silent", "interface")
}

#[test]
fn a_backup_is_silent_with_virtual_macs() -> Result<()> {
    a_backup_is_silent("holding-silent-vm", "virtual")
}

#[test]
fn a_master_answers_with_its_mac() -> Result<()> {
    for (mac, name) in [("interface", "holding-mac"), ("virtual", "holding-mac-vm")] {
        let lab = Lab::new(name)?;
        let host = lab.host("left")?;
        let client = lab.client("client")?;
        let vrrpd = Vrrpd::start(&host, &configuration(200, &format!("mac = \"{mac}\"")))?;
        vrrpd.wait(WAIT, "inst1", "Master")?;
        announced(&client, "left")?;
        ensure_alone(&client, "left")?;
        for (vip, virtual_mac) in VIPS.into_iter().zip(["00:00:5e:00:01:33", "00:00:5e:00:02:33"]) {
            let expected = if mac == "virtual" { virtual_mac } else { host.nics()[0].mac() };
            let neighbour = neighbour(&client, vip)?;
            ensure!(neighbour == expected, "{vip} is at {neighbour}, not at {expected}");
        }
    }
    Ok(())
}

/// Has the client's kernel look up an address, and tells the MAC that it found.
fn neighbour(client: &Client, vip: IpAddr) -> Result<String> {
    let source = if vip.is_ipv4() { "0.0.0.0" } else { "::" };
    client.send_from(source.parse()?, vip, None)?;
    let entry = format!("neighbour show to {vip}");
    let known = |host: &Host| Ok(host.ip(&entry)?[0]["lladdr"].is_string());
    client.wait_network(WAIT, &format!("the MAC of {vip}"), known)?;
    Ok(client.ip(&entry)?[0]["lladdr"].as_str().unwrap_or_default().to_owned())
}
