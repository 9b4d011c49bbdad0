//! Two of ours, and all three implementations at once.

use std::time::Duration;

use anyhow::{Result, ensure};
use lab::Lab;
use lab::peer::{Frr, Keepalived, State, Vrrpd};

use super::exchange::{Case, VRID, WAIT, serves};
use super::rival::Maker;
use super::turns::turns;

const V4: &[&str] = &["192.0.2.10"];
const BOTH: &[&str] = &["192.0.2.10", "2001:db8::10"];
const GRACE: Duration = Duration::from_millis(200);

/// Two of ours that start at once with the same priority: the higher address decides, and each takes over from the other.
fn two_of_ours(name: &'static str, mac: &'static str) -> Result<()> {
    let lab = Lab::beside(name)?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let client = lab.client("client")?;
    let case = Case { mac, ..Case::new(name, Maker::Keepalived, BOTH) };
    let (low, mut high) = (Vrrpd::start(&left, &case.ours(100)?)?, Vrrpd::start(&right, &case.ours(101)?)?);
    high.wait(WAIT, "inst1", "Master")?;
    low.wait(WAIT, "inst1", "Backup: ")?;
    let vips = case.addresses()?;
    let all_served = |host: &str| vips.iter().try_for_each(|vip| serves(&client, *vip, host));
    all_served("right")?;
    high.stop()?;
    low.wait(WAIT, "inst1", "Master")?;
    all_served("left")?;
    high.start_again(&right)?;
    high.wait(WAIT, "inst1", "Master")?;
    low.wait(WAIT, "inst1", "Backup")?;
    high.crash()?;
    low.wait(WAIT, "inst1", "Master")?;
    all_served("left")?;
    high.start_again(&right)?;
    high.wait(WAIT, "inst1", "Master")?;
    low.wait(WAIT, "inst1", "Backup")?;
    all_served("right")?;
    for vrrpd in [&low, &high] {
        let complaints = vrrpd.complaints()?;
        ensure!(complaints.is_empty(), "{complaints:?}");
    }
    for ipv4 in [true, false] {
        let turns = turns(client.wire(), VRID, ipv4, GRACE);
        let late = turns.iter().skip_while(|host| *host != "right");
        ensure!(late.eq(&["right", "left", "right", "left", "right"]), "{turns:?}");
    }
    Ok(())
}

#[test]
fn two_of_ours_with_interface_macs() -> Result<()> {
    two_of_ours("interop-two", "interface")
}

#[test]
fn two_of_ours_with_virtual_macs() -> Result<()> {
    two_of_ours("interop-two-vmac", "virtual")
}

/// Whoever answers in the dialect that it hears understands, and is understood by, one that speaks RFC 9568 alone.
#[test]
fn the_automatic_checksum_follows_what_it_hears() -> Result<()> {
    let lab = Lab::beside("interop-dialects")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let case = Case::new("", Maker::Keepalived, V4);
    let strict = Vrrpd::start(&left, &(case.ours(100)? + "checksum = \"rfc9568\"\n"))?;
    strict.wait(WAIT, "inst1", "Master")?;
    let auto = Vrrpd::start(&right, &case.ours(200)?)?;
    auto.wait(WAIT, "inst1", "Master: priority 200 preempts")?;
    strict.wait(WAIT, "inst1", "Backup: ")?;
    for vrrpd in [&strict, &auto] {
        let counters = &vrrpd.counters("inst1")?[0];
        ensure!(counters["checksum_rfc9568"].as_u64() > Some(0), "{counters}");
        ensure!(counters["checksum_rfc5798"] == 0, "{counters}");
    }
    auto.stop()?;
    strict.wait(WAIT, "inst1", "Master: 192.0.2.2 resigned")
}

/// Two Masters of the same priority that come to hear each other; with virtual MACs they hear their own address.
fn among_equals_the_higher_address_decides(name: &'static str, mac: &'static str) -> Result<()> {
    let lab = Lab::beside(name)?;
    // The higher IPv4 address has the lower MAC, and with it the lower link-local address.
    let right = lab.host_with("right", &["192.0.2.2/24", "2001:db8::2/64"])?;
    let left = lab.host_with("left", &["192.0.2.1/24", "2001:db8::1/64"])?;
    let wire = lab.switch().capture()?;
    let case = Case { mac, ..Case::new("", Maker::Keepalived, BOTH) };
    // Apart, each is Master; then they see each other.
    lab.switch().partition("left-eth0", "right-eth0")?;
    let low = Vrrpd::start(&left, &case.ours(100)?)?;
    let high = Vrrpd::start(&right, &case.ours(100)?)?;
    low.wait(WAIT, "inst1", "Master")?;
    high.wait(WAIT, "inst1", "Master")?;
    lab.switch().heal()?;
    // IPv4 decides for both families, or each host would lose one of them for ever.
    low.wait(WAIT, "inst1", "Backup")?;
    wire.skip();
    for _ in 0..10 {
        let advert = wire.expect(WAIT, "an advertisement", |frame| frame.advertises(VRID))?;
        ensure!(advert.from("right"), "{advert}");
    }
    ensure!(high.standing("inst1").is_some_and(|now| now.starts_with("Master")));
    Ok(())
}

#[test]
fn among_equals_the_higher_address_decides_with_interface_macs() -> Result<()> {
    among_equals_the_higher_address_decides("interop-equals", "interface")
}

#[test]
fn among_equals_the_higher_address_decides_with_virtual_macs() -> Result<()> {
    among_equals_the_higher_address_decides("interop-equals-v", "virtual")
}

#[test]
fn ours_and_keepalived_and_frr() -> Result<()> {
    let lab = Lab::beside("interop-three")?;
    let (ours, keep, free) = (lab.host("ours")?, lab.host("keep")?, lab.host("free")?);
    let client = lab.client("client")?;
    let case = Case::new("", Maker::Keepalived, V4);
    let vip = case.addresses()?[0];
    let frr = Frr::start(&free, &case.theirs(50)?[0])?;
    frr.wait(WAIT, State::Master)?;
    let keepalived = Keepalived::start(&keep, &case.theirs(100)?[0])?;
    keepalived.wait(WAIT, State::Master)?;
    frr.wait(WAIT, State::Backup)?;
    let mut vrrpd = Vrrpd::start(&ours, &case.ours(150)?)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    keepalived.wait(WAIT, State::Backup)?;
    serves(&client, vip, "ours")?;
    vrrpd.stop()?;
    keepalived.wait(WAIT, State::Master)?;
    serves(&client, vip, "keep")?;
    vrrpd.start_again(&ours)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    keepalived.wait(WAIT, State::Backup)?;
    ensure!(keepalived.errors()? == 0 && keepalived.complaints().is_empty());
    keepalived.stop()?;
    vrrpd.crash()?;
    frr.wait(WAIT, State::Master)?;
    vrrpd.start_again(&ours)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    frr.wait(WAIT, State::Backup)?;
    serves(&client, vip, "ours")?;
    let complaints = vrrpd.complaints()?;
    ensure!(complaints.is_empty() && frr.complaints().is_empty(), "{complaints:?}");
    let turns = turns(client.wire(), VRID, true, GRACE);
    let expected = ["free", "keep", "ours", "keep", "ours", "free", "ours"];
    ensure!(turns == expected, "{turns:?}");
    Ok(())
}
