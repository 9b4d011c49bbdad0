//! Forged, recorded and unsigned advertisements: dropped, counted by cause, told once, and nobody moves.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Capture, Frame, Lab};

use super::{Form, V2, V3, VRID, WAIT, hmac};

const ROUNDS: u64 = 100;
/// The window that is configured.
const WINDOW: Duration = Duration::from_secs(5);

/// The message of an owner of the address, version 3, an advertisement in 100 ms, with its sum over the message alone.
fn message() -> Vec<u8> {
    let mut message = vec![0x31, VRID, 255, 1, 0, 10, 0, 0, 192, 0, 2, 10];
    let words = message.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1]));
    let sum = words.sum::<u32>();
    let sum = !u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap_or_default();
    message[6..8].copy_from_slice(&sum.to_be_bytes());
    message
}

/// The same with a trailer of this moment, whose code is made up.
fn signed(key: u8) -> Result<Vec<u8>> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let seconds = u32::try_from(now.as_secs())?.to_be_bytes();
    Ok([&message()[..], &[1, key, 0, 0], &seconds, &[0; 4], &[0x5a; 16]].concat())
}

#[test]
fn a_stranger_moves_nobody_and_is_told_once() -> Result<()> {
    let lab = Lab::new("auth-strangers")?;
    let (left, right, rogue) = (lab.host("left")?, lab.host("right")?, lab.host("rogue")?);
    let wire = lab.switch().capture()?;
    let auth = |host| hmac(host, &[0], 0, ", window = \"5s\"");
    let master = Vrrpd::start(&left, &V3.configuration(200, &auth(&left)?))?;
    master.wait(WAIT, "inst1", "Master")?;
    let backup = Vrrpd::start(&right, &V3.configuration(100, &auth(&right)?))?;
    backup.wait(WAIT, "inst1", "Backup: 192.0.2.1")?;

    let sender = rogue.vrrp_sender("192.0.2.3".parse()?)?;
    let recorded = record(&wire)?;
    let frames = rogue.frame_sender("eth0")?;
    for _ in 0..ROUNDS {
        sender.send(&message())?;
        sender.send(&signed(1)?)?;
        sender.send(&signed(9)?)?;
        frames.send(&recorded.octets)?;
    }
    let both = [("auth-missing", ROUNDS), ("auth-failure", ROUNDS), ("auth-unknown-key", ROUNDS)];
    wait_counted(&wire, &backup, &[&both[..], &[("auth-replay", ROUNDS)]].concat())?;
    wait_counted(&wire, &master, &both)?;

    // The record grows old.
    wire.expect(2 * WINDOW, "an advertisement after the window", |frame| {
        frame.advertises(VRID)
            && frame.at.duration_since(recorded.at).unwrap_or_default() > WINDOW + Duration::from_secs(1)
    })?;
    frames.send(&recorded.octets)?;
    wait_counted(&wire, &backup, &[("auth-stale", 1)])?;

    ensure!(master.standing("inst1").is_some_and(|standing| standing.starts_with("Master")));
    ensure!(backup.standing("inst1").is_some_and(|standing| standing.starts_with("Backup")));
    ensure!(wire.all(|frame| frame.from("right") && frame.advert().is_some()).is_empty(), "a second Master");
    let told = |vrrpd: &Vrrpd| {
        let mut lines = vrrpd.process().log().lines();
        lines.retain(|line| line.contains("auth-"));
        lines
    };
    ensure!(told(&master).len() == 3, "{:?}", told(&master));
    ensure!(told(&backup).len() == 5, "{:?}", told(&backup));
    let stale = "what 192.0.2.1 sends is discarded: auth-stale (its clock is ";
    ensure!(told(&backup).iter().any(|line| line.contains(stale)), "{:?}", told(&backup));
    let status = backup.status()?;
    let refusals = &status["instances"][0]["routers"][0]["auth_refusals"];
    ensure!(refusals[0]["source"] == "192.0.2.1" && refusals[0]["reason"] == "auth-stale", "{refusals}");
    ensure!(refusals[1]["source"] == "192.0.2.3", "{refusals}");
    Ok(())
}

/// The same for the header that version 2 has.
#[test]
fn a_recorded_header_moves_nobody() -> Result<()> {
    let lab = Lab::new("auth-strangers-ah")?;
    let (left, right, rogue) = (lab.host("left")?, lab.host("right")?, lab.host("rogue")?);
    let wire = lab.switch().capture()?;
    let start = |host: &lab::Host, priority| {
        let file = host.secret("inst1", "hunter2")?;
        let auth = format!("auth = {{ type = \"ah\", file = {file:?} }}");
        Vrrpd::start(host, &Form { interval: Duration::from_secs(1), ..V2 }.configuration(priority, &auth))
    };
    let master = start(&left, 200)?;
    master.wait(WAIT, "inst1", "Master")?;
    let backup = start(&right, 100)?;
    backup.wait(WAIT, "inst1", "Backup: 192.0.2.1")?;
    let recorded = record(&wire)?;
    wire.expect(WAIT, "a later one", |frame| frame.from("left") && frame.advertises(VRID))?;
    let frames = rogue.frame_sender("eth0")?;
    for _ in 0..ROUNDS {
        frames.send(&recorded.octets)?;
    }
    wait_counted(&wire, &backup, &[("auth-replay", ROUNDS)])?;
    let mut forged = recorded.octets;
    // The priority: Ethernet, IPv4, the header, version and VRID.
    forged[14 + 20 + 24 + 2] = 255;
    // And the checksum, which is the same 55 units of the upper byte lower.
    let sum = u16::from_be_bytes([forged[64], forged[65]]);
    let changed = u32::from(sum) + 0xffff - (55 << 8);
    let folded = u16::try_from((changed & 0xffff) + (changed >> 16))?;
    forged[64..66].copy_from_slice(&folded.to_be_bytes());
    frames.send(&forged)?;
    wait_counted(&wire, &backup, &[("auth-failure", 1)])?;
    ensure!(backup.standing("inst1").is_some_and(|standing| standing.starts_with("Backup")));
    Ok(())
}

/// An advertisement of the Master with the sender's MAC address made another one, so that no switch is confused.
fn record(wire: &Capture) -> Result<Frame> {
    let of_master = |frame: &Frame| frame.from("left") && frame.advertises(VRID);
    let mut frame = wire.expect(WAIT, "an advertisement over IPv4", |frame| {
        of_master(frame) && frame.advert().is_some_and(|advert| advert.source.is_ipv4())
    })?;
    frame.octets[6..12].copy_from_slice(&[2, 0, 0, 0, 0, 0x66]);
    Ok(frame)
}

/// Waits until a daemon has counted so many discards over IPv4, asking at each advertisement.
fn wait_counted(wire: &Capture, vrrpd: &Vrrpd, expected: &[(&str, u64)]) -> Result<()> {
    let end = SystemTime::now() + WAIT;
    loop {
        let discards = vrrpd.counters("inst1")?[0]["discards"].clone();
        let counted = |(name, count): &(&str, u64)| discards[*name].as_u64() == Some(*count);
        if expected.iter().all(counted) {
            return Ok(());
        }
        let next = wire.expect(WAIT, "an advertisement", |frame| frame.advertises(VRID))?;
        next.at.duration_since(end).err().context(format!("expected {expected:?}, counted {discards}"))?;
    }
}
