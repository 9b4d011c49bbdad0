//! Another host has a virtual address: it is seen, told of, announced against, and forgotten when it is gone.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Frame, Host, Lab};
use serde_json::Value;

use super::{WAIT, configuration};

/// How long a conflict is shown after it was last seen, and what a busy machine may add.
const SHOWN: Duration = Duration::from_secs(30 + 5);
const VIPS: [&str; 2] = ["192.0.2.10", "2001:db8::10"];

/// Has the kernel tell everybody which addresses a host has, as it does when its MAC address changes, or seems to.
fn tell_all(rogue: &Host) -> Result<()> {
    rogue.sh(&format!("ip link set eth0 address {}", rogue.nics()[0].mac()))?;
    Ok(())
}

/// The conflict that the status shows of each family.
fn conflicts(vrrpd: &Vrrpd) -> Result<Vec<Value>> {
    let status = vrrpd.status()?;
    let routers = status["instances"][0]["routers"].as_array().context("no routers")?.clone();
    Ok(routers.iter().map(|router| router["conflict"].clone()).collect())
}

#[test]
fn a_host_that_was_given_the_same_addresses() -> Result<()> {
    let lab = Lab::new("conflict")?;
    let (left, right, rogue) = (lab.host("left")?, lab.host("right")?, lab.host("rogue")?);
    let client = lab.client("client")?;
    let wire = lab.switch().capture()?;
    let vrrpd = Vrrpd::start(&left, &configuration(200))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let other = Vrrpd::start(&right, &configuration(100))?;
    other.wait(WAIT, "inst1", "Backup")?;
    // Good: a host that asks for the address is none that has it.
    for vip in VIPS {
        ensure!(client.who_has(vip.parse()?, Duration::from_millis(200))? == ["left"]);
    }
    ensure!(conflicts(&vrrpd)? == [Value::Null, Value::Null]);

    rogue.sh("echo 1 > /proc/sys/net/ipv4/conf/eth0/arp_notify; echo 1 > /proc/sys/net/ipv6/conf/eth0/ndisc_notify")?;
    rogue.sh("ip address add 192.0.2.10/24 dev eth0; ip address add 2001:db8::10/64 dev eth0 nodad")?;
    let mac = rogue.nics()[0].mac().to_owned();
    let all_told = || {
        let lines = vrrpd.process().log().lines();
        VIPS.iter().all(|vip| lines.iter().any(|line| line.contains(&format!("{mac}, answers for {vip}"))))
    };
    let end = Instant::now() + WAIT;
    while !all_told() {
        ensure!(Instant::now() < end, "it is not told of");
        tell_all(&rogue)?;
        for vip in VIPS {
            wire.expect(WAIT, "the other host to tell of its address", |frame| {
                frame.from("rogue") && frame.claims(vip.parse().unwrap())
            })?;
        }
    }
    let shown = conflicts(&vrrpd)?;
    for (conflict, vip) in shown.iter().zip(VIPS) {
        ensure!(conflict["mac"] == mac.as_str() && conflict["address"] == vip, "{shown:?}");
        ensure!(conflict["at"].as_u64() > Some(0));
    }
    let lines = vrrpd.process().log().lines();
    ensure!(lines.iter().filter(|line| line.contains("answers for 192.0.2.10")).count() == 1, "told more than once");
    let counters = vrrpd.counters("inst1")?;
    ensure!(counters.iter().all(|one| one["address_conflicts"].as_u64() > Some(0)), "{counters:?}");
    ensure!(vrrpd.adm(&["status"])?.code == Some(1));
    let told = vrrpd.adm(&["status", "inst1"])?.ok();
    ensure!(told.is_err(), "an instance with a conflict is well");

    // It is announced against, and no more than once in ten seconds, whatever is seen.
    for vip in VIPS {
        let vip = vip.parse()?;
        let against = |frame: &Frame| frame.from("left") && frame.announces(vip);
        let before = wire.all(|frame| frame.from("rogue") && frame.claims(vip));
        let first = before.first().context("nothing was told")?.at;
        let answers: Vec<Frame> = wire.all(against).into_iter().filter(|frame| frame.at > first).collect();
        ensure!(!answers.is_empty(), "{vip} is not announced again");
        let times: Vec<_> =
            answers.windows(2).map(|two| two[1].at.duration_since(two[0].at).unwrap_or_default()).collect();
        println!("{vip} was announced {} times against the other host; {times:?} apart", answers.len());
        // The announcements that follow a take-over may still be due for five seconds.
        ensure!(times.iter().filter(|time| **time < Duration::from_secs(10)).count() <= 1, "{times:?}");
    }

    // Good again.
    rogue.sh("ip address delete 192.0.2.10/24 dev eth0; ip address delete 2001:db8::10/64 dev eth0")?;
    let end = Instant::now() + SHOWN;
    while conflicts(&vrrpd)? != [Value::Null, Value::Null] {
        ensure!(Instant::now() < end, "{:?}", conflicts(&vrrpd)?);
        wire.expect(WAIT, "an advertisement", |frame| frame.advertises(51))?;
    }
    ensure!(vrrpd.adm(&["status"])?.code == Some(0));
    Ok(())
}

/// Take-overs, in which two hosts announce the same addresses in one moment, are no conflicts.
#[test]
fn a_take_over_is_no_conflict() -> Result<()> {
    let lab = Lab::new("conflict-none")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let first = Vrrpd::start(&left, &configuration(150))?;
    first.wait(WAIT, "inst1", "Master")?;
    let second = Vrrpd::start(&right, &configuration(100))?;
    second.wait(WAIT, "inst1", "Backup")?;
    // The journal tells of ten transitions in ten seconds, and no more.
    for _ in 0..2 {
        second.reload(&configuration(200))?;
        second.wait(WAIT, "inst1", "Master")?;
        first.wait(WAIT, "inst1", "Backup")?;
        second.reload(&configuration(100))?;
        first.wait(WAIT, "inst1", "Master")?;
        second.wait(WAIT, "inst1", "Backup")?;
    }
    for vrrpd in [&first, &second] {
        let counters = vrrpd.counters("inst1")?;
        ensure!(counters.iter().all(|one| one["address_conflicts"] == 0), "{counters:?}");
    }
    Ok(())
}

/// A Master behind a filter does not hear who deposes it, but sees who answers for its addresses, and looks.
#[test]
fn a_master_behind_a_filter_sees_who_took_over() -> Result<()> {
    let lab = Lab::new("conflict-filter")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let vrrpd = Vrrpd::start(&left, &configuration(100))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    left.sh("nft 'add table inet firewall; add chain inet firewall input { type filter hook input priority 0; }; \
         add rule inet firewall input meta l4proto 112 drop'")?;
    let other = Vrrpd::start(&right, &configuration(200))?;
    other.wait(WAIT, "inst1", "Master")?;
    vrrpd.wait(WAIT, "inst1", "Backup: ")?;
    let status = vrrpd.status()?;
    ensure!(status["instances"][0]["routers"][0]["filtered_by"] == "firewall", "{status}");
    ensure!(other.standing("inst1").is_some_and(|standing| standing.starts_with("Master")));
    Ok(())
}
