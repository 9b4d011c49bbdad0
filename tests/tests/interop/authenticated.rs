//! Debian's keepalived with what version 2 had of authentication. It has no HMAC: its form is tested by vectors.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::peer::{Auth, Keepalived, Router, State, Vrrpd};
use lab::{Frame, Lab};
use nix::sys::signal::Signal;

use super::exchange::{Case, VRID, WAIT, exchange};
use super::rival::Maker;
use super::turns::turns;

const V4: &[&str] = &["192.0.2.10"];
const PASSWORD: Auth = Auth::Password("hunter2");
const AH: Auth = Auth::Ah("hunter22");
/// How often the address goes to and fro in the real time that a test may take; a hundred times it does in
/// `vrrp/src/wire/auth/tests/takeovers.rs`.
const TAKEOVERS: usize = 8;

const fn case(name: &'static str, auth: Auth) -> Case {
    Case { version: 2, interval: 100, auth: Some(auth), ..Case::new(name, Maker::Keepalived, V4) }
}

#[test]
fn a_password() -> Result<()> {
    exchange(&case("interop-k-pass", PASSWORD))
}

#[test]
fn the_authentication_header() -> Result<()> {
    exchange(&case("interop-k-ah", AH))
}

#[test]
fn the_authentication_header_over_unicast() -> Result<()> {
    exchange(&Case { unicast: Some(["192.0.2.1", "192.0.2.2"]), ..case("interop-k-ah-uni", AH) })
}

#[test]
fn the_authentication_header_from_virtual_macs() -> Result<()> {
    exchange(&Case { mac: "virtual", their_virtual_mac: true, ..case("interop-k-ah-vmac", AH) })
}

/// The address goes to and fro by our priority alone: neither side may refuse anything of the other's, and there is never a
/// second Master. This is what keepalived 0.5.5 could not.
#[test]
fn sequence_numbers_survive_takeovers_to_and_fro() -> Result<()> {
    let lab = Lab::beside("interop-k-ah-turns")?;
    let (ours, theirs) = (lab.host("ours")?, lab.host("theirs")?);
    let wire = lab.switch().capture()?;
    let case = case("", AH);
    let rival = Keepalived::start(&theirs, &case.theirs(100)?.remove(0))?;
    rival.wait(WAIT, State::Master)?;
    let vrrpd = Vrrpd::start(&ours, &case.ours_on(&ours, 50)?)?;
    vrrpd.wait(WAIT, "inst1", "Backup: 192.0.2.2 is Master")?;
    for turn in 0..TAKEOVERS {
        let (priority, our_state, their_state) =
            if turn % 2 == 0 { (200, "Master", State::Backup) } else { (50, "Backup", State::Master) };
        vrrpd.reload(&case.ours_on(&ours, priority)?)?;
        vrrpd.wait(WAIT, "inst1", our_state)?;
        rival.wait(WAIT, their_state)?;
    }
    let expected: Vec<&str> = ["theirs", "ours"].into_iter().cycle().take(TAKEOVERS + 1).collect();
    let masters = turns(&wire, VRID, true, Duration::from_secs(1));
    ensure!(masters == expected, "the Masters were {masters:?}");
    let numbers = numbers(&wire.all(|frame| frame.advertises(VRID)))?;
    ensure!(numbers.is_sorted_by(|a, b| a < b), "numbers that do not grow: {numbers:?}");
    ensure!(rival.errors()? == 0 && rival.complaints().is_empty(), "they complain: {:?}", rival.complaints());
    ensure!(vrrpd.complaints()?.is_empty(), "we complain: {:?}", vrrpd.complaints()?);
    Ok(())
}

/// A restart forgets the numbers; the clock keeps them growing.
#[test]
fn sequence_numbers_survive_our_restart() -> Result<()> {
    let lab = Lab::beside("interop-k-ah-restart")?;
    let (ours, theirs) = (lab.host("ours")?, lab.host("theirs")?);
    let wire = lab.switch().capture()?;
    let case = case("", AH);
    let mut vrrpd = Vrrpd::start(&ours, &case.ours_on(&ours, 200)?)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let rival = Keepalived::start(&theirs, &case.theirs(100)?.remove(0))?;
    rival.wait(WAIT, State::Backup)?;
    for _ in 0..3 {
        vrrpd.crash()?;
        vrrpd.start_again(&ours)?;
        vrrpd.wait(WAIT, "inst1", "Master")?;
        rival.wait(WAIT, State::Backup)?;
    }
    let own = numbers(&wire.all(|frame| frame.from("ours") && frame.advertises(VRID)))?;
    ensure!(own.is_sorted_by(|a, b| a < b), "numbers that do not grow: {own:?}");
    ensure!(rival.errors()? == 0 && rival.complaints().is_empty(), "they complain: {:?}", rival.complaints());
    Ok(())
}

/// Each side refuses the other's advertisements, so both serve; both say why.
#[test]
fn another_secret_is_refused_on_both_sides() -> Result<()> {
    for (name, auth, wrong) in
        [("interop-k-pass-no", PASSWORD, Auth::Password("hunter3")), ("interop-k-ah-no", AH, Auth::Ah("hunter33"))]
    {
        let lab = Lab::beside(name)?;
        let (ours, theirs) = (lab.host("ours")?, lab.host("theirs")?);
        let case = case("", auth);
        let rival = Keepalived::start(&theirs, &Router { auth: Some(wrong), ..case.theirs(100)?.remove(0) })?;
        rival.wait(WAIT, State::Master)?;
        let vrrpd = Vrrpd::start(&ours, &case.ours_on(&ours, 50)?)?;
        let told = vrrpd.process().wait_line(WAIT, "what 192.0.2.2 sends is discarded: auth-failure")?;
        ensure!(!told.contains("hunter"), "{told}");
        vrrpd.wait(WAIT, "inst1", "Master")?;
        // What keepalived discards puts its own next one off, for ever if ours come in time: they pause for one of theirs.
        let wire = lab.switch().capture()?;
        vrrpd.process().signal(Signal::SIGSTOP)?;
        wire.expect(WAIT, "their next", |frame| frame.from("theirs") && frame.advertises(VRID))?;
        vrrpd.process().signal(Signal::SIGCONT)?;
        let log = vrrpd.process().log().lines();
        let told = log.iter().filter(|line| line.contains("auth-failure")).count();
        ensure!(told == 1, "told {told} times");
        let status = vrrpd.status()?;
        let router = &status["instances"][0]["routers"][0];
        ensure!(router["counters"]["discards"]["auth-failure"].as_u64() > Some(2), "{router}");
        ensure!(router["auth_refusals"][0]["source"] == "192.0.2.2", "{router}");
        ensure!(rival.errors()? > 0, "they count nothing");
    }
    Ok(())
}

/// The sequence numbers of sealed advertisements.
fn numbers(frames: &[Frame]) -> Result<Vec<u32>> {
    // Ethernet, IPv4 without options, and eight octets of the authentication header.
    let number =
        |frame: &Frame| Some(u32::from_be_bytes(frame.octets.get(14 + 20 + 8..14 + 20 + 12)?.try_into().ok()?));
    frames.iter().map(|frame| number(frame).context("a short frame")).collect()
}
