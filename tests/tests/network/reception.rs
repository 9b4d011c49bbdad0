//! Advertisements that reach a host and not its daemon: never two Masters, the cause is told, and a real death counts.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use lab::peer::{Keepalived, Router, State, Vrrpd};
use lab::{Capture, Frame, Host, Lab};
use serde_json::Value;

use super::{WAIT, configuration};

/// Twice the time in which a Backup would take over that hears nothing.
const LONG: Duration = Duration::from_millis(800);
/// The time in which it does, and what a busy machine may add.
const TAKEOVER: Duration = Duration::from_millis(361 + 150);

/// Drops the protocol where packets come in, as somebody's firewall does.
fn drop_incoming(host: &Host, what: &str) -> Result<()> {
    host.sh(&format!(
        "nft 'add table inet firewall; \
         add chain inet firewall input {{ type filter hook input priority 0; }}; \
         add rule inet firewall input {what} drop'"
    ))?;
    Ok(())
}

/// What the status tells of an instance.
fn told(vrrpd: &Vrrpd) -> Result<Value> {
    let status = vrrpd.status()?;
    status["instances"].as_array().and_then(|all| all.first().cloned()).context("no instance")
}

/// What takes away the advertisements of each family, as the status tells.
fn filtered_by(vrrpd: &Vrrpd) -> Result<Vec<Value>> {
    let told = told(vrrpd)?;
    let routers = told["routers"].as_array().context("no routers")?;
    Ok(routers.iter().map(|router| router["filtered_by"].clone()).collect())
}

/// Waits so long and makes sure that only one host has advertised since `wire` was skipped.
fn only(wire: &Capture, host: &str, time: Duration) -> Result<()> {
    let end = Instant::now() + time;
    while Instant::now() < end {
        let advert = wire.expect(WAIT, "an advertisement", |frame| frame.advertises(51))?;
        ensure!(advert.from(host), "a second Master: {advert}");
    }
    Ok(())
}

/// Makes sure that a host advertised for the first time within a time after the other one's last advertisement.
fn took_over(wire: &Capture, from: &str, to: &str, limit: Duration) -> Result<()> {
    let first = wire.expect(WAIT, "an advertisement", |frame| frame.from(to) && frame.advertises(51))?;
    let adverts = wire.all(|frame: &Frame| frame.from(from) && frame.advertises(51));
    let last = adverts.iter().rev().find(|frame| frame.at <= first.at).context("no advertisement before")?;
    let time = first.at.duration_since(last.at)?;
    println!("took over {time:.1?} after the last advertisement");
    ensure!(time < limit, "{time:?}");
    Ok(())
}

/// A Backup with the better priority or the worse whose incoming advertisements a rule drops; the rule goes and comes, and
/// in the end the Master dies.
fn behind_a_rule(name: &str, ours: u8, theirs: u8, rule: &str, filtered: [Option<&str>; 2]) -> Result<()> {
    let lab = Lab::new(name)?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let wire = lab.switch().capture()?;
    let mut other = Vrrpd::start(&right, &configuration(theirs))?;
    other.wait(WAIT, "inst1", "Master")?;
    drop_incoming(&left, rule)?;
    let vrrpd = Vrrpd::start(&left, &configuration(ours))?;
    vrrpd.wait(WAIT, "inst1", "Backup: advertisements from ")?;
    wire.skip();
    only(&wire, "right", LONG)?;
    let reason = told(&vrrpd)?["reason"].as_str().unwrap_or_default().to_owned();
    ensure!(reason.ends_with("are being filtered by a firewall rule (nft list ruleset, iptables-save)"), "{reason}");
    let expected: Vec<Value> = filtered.into_iter().map(Value::from).collect();
    ensure!(filtered_by(&vrrpd)? == expected, "{:?}", filtered_by(&vrrpd)?);
    for (counters, filtered) in vrrpd.counters("inst1")?.iter().zip(filtered) {
        let [filtered_ones, received] =
            ["advertisements_filtered", "advertisements_received"].map(|name| &counters[name]);
        ensure!((filtered_ones.as_u64() > Some(5)) == filtered.is_some(), "{counters}");
        ensure!(filtered.is_none() || received == 0, "{counters}");
        ensure!(counters["discards"] == Value::Object(serde_json::Map::new()), "{counters}");
    }
    ensure!(vrrpd.adm(&["status"])?.code == Some(1), "a filtered instance is well");

    // Good again: the lower one stays Backup and says so, the better one takes over.
    left.sh("nft flush ruleset")?;
    if ours < theirs {
        let says = |words: &str| vrrpd.standing("inst1").is_some_and(|standing| standing.contains(words));
        vrrpd.process().log().wait_until(WAIT, || Ok(says("is Master with priority")))?;
        ensure!(filtered_by(&vrrpd)? == [Value::Null, Value::Null]);
        drop_incoming(&left, rule)?;
        vrrpd.process().log().wait_until(WAIT, || Ok(says("are being filtered")))?;
    } else {
        vrrpd.wait(WAIT, "inst1", "Master: priority")?;
        other.wait(WAIT, "inst1", "Backup")?;
        vrrpd.stop()?;
        return Ok(());
    }
    wire.skip();
    only(&wire, "right", LONG)?;
    other.crash()?;
    vrrpd.wait(WAIT, "inst1", "Master: ")?;
    took_over(&wire, "right", "left", TAKEOVER)?;
    // The rule is still there, and whoever comes back and is better is heard all the same.
    other.start_again(&right)?;
    other.wait(WAIT, "inst1", "Master: priority")?;
    vrrpd.wait(WAIT, "inst1", "Backup: ")?;
    Ok(())
}

#[test]
fn a_firewall_rule_on_the_backup() -> Result<()> {
    behind_a_rule("recept-both", 100, 200, "meta l4proto 112", [Some("firewall"); 2])
}

#[test]
fn a_firewall_rule_for_ipv4() -> Result<()> {
    behind_a_rule("recept-4", 100, 200, "ip protocol 112", [Some("firewall"), None])
}

#[test]
fn a_firewall_rule_for_ipv6() -> Result<()> {
    behind_a_rule("recept-6", 100, 200, "ip6 nexthdr 112", [None, Some("firewall")])
}

#[test]
fn a_firewall_rule_on_the_better_host() -> Result<()> {
    behind_a_rule("recept-better", 200, 100, "meta l4proto 112", [Some("firewall"); 2])
}

/// An instance of IPv4 alone.
fn ipv4(priority: u8, more: &str) -> String {
    format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\npriority = {priority}\n\
         advert_interval = \"100ms\"\n{more}"
    )
}

#[test]
fn a_reverse_path_filter_and_a_master_from_another_subnet() -> Result<()> {
    let lab = Lab::new("recept-rp")?;
    let left = lab.host_with("left", &["192.0.2.1/24"])?;
    let right = lab.host_with("right", &["198.51.100.2/24"])?;
    let wire = lab.switch().capture()?;
    let other = Vrrpd::start(&right, &ipv4(200, ""))?;
    other.wait(WAIT, "inst1", "Master")?;
    let filter = |mode: u8| left.sh(&format!("echo {mode} > /proc/sys/net/ipv4/conf/eth0/rp_filter"));
    filter(1)?;
    let vrrpd = Vrrpd::start(&left, &ipv4(100, ""))?;
    let reason = "Backup: advertisements from 198.51.100.2 are being filtered by rp_filter: no route leads back through this link";
    vrrpd.wait(WAIT, "inst1", reason)?;
    ensure!(filtered_by(&vrrpd)? == ["rp_filter"]);
    wire.skip();
    only(&wire, "right", LONG)?;
    left.sh("ip route add 198.51.100.0/24 dev eth0")?;
    vrrpd.wait(WAIT, "inst1", "Backup: 198.51.100.2 is Master")?;
    left.sh("ip route delete 198.51.100.0/24 dev eth0")?;
    vrrpd.wait(WAIT, "inst1", reason)?;
    other.crash()?;
    vrrpd.wait(WAIT, "inst1", "Master: 198.51.100.2 was silent")?;
    took_over(&wire, "right", "left", TAKEOVER)
}

/// The owner advertises from the address itself, which this host holds: a martian to the kernel.
#[test]
fn the_owner_of_an_address_that_is_held_here() -> Result<()> {
    let lab = Lab::new("recept-owner")?;
    let left = lab.host("left")?;
    let right = lab.host_with("right", &["192.0.2.10/24"])?;
    let wire = lab.switch().capture()?;
    let owner = Vrrpd::start(&right, &ipv4(255, ""))?;
    owner.wait(WAIT, "inst1", "Master: owns the addresses")?;
    let vrrpd = Vrrpd::start(&left, &ipv4(100, ""))?;
    let reason =
        "Backup: advertisements from 192.0.2.10 are being filtered as martians: this host has that address too";
    vrrpd.wait(WAIT, "inst1", reason)?;
    ensure!(filtered_by(&vrrpd)? == ["martian"]);
    wire.skip();
    only(&wire, "right", LONG)?;
    owner.stop()?;
    vrrpd.wait(WAIT, "inst1", "Master: 192.0.2.10 resigned")
}

#[test]
fn keepalived_as_the_master_behind_a_rule() -> Result<()> {
    let lab = Lab::new("recept-keepalived")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let wire = lab.switch().capture()?;
    let router = |vip: &str| Ok::<_, anyhow::Error>(Router { interval: 10, ..Router::new(51, 200, &[vip])? });
    let peer = Keepalived::start_all(&right, &[router("192.0.2.10")?, router("2001:db8::10")?], false)?;
    peer.wait(WAIT, State::Master)?;
    let vrrpd = Vrrpd::start(&left, &configuration(100))?;
    vrrpd.wait(WAIT, "inst1", "Backup: 192.0.2.2 is Master")?;
    drop_incoming(&left, "meta l4proto 112")?;
    vrrpd.wait(WAIT, "inst1", "Backup: advertisements from 192.0.2.2 are being filtered by a firewall rule")?;
    wire.skip();
    only(&wire, "right", LONG)?;
    left.sh("nft flush ruleset")?;
    vrrpd.wait(WAIT, "inst1", "Backup: 192.0.2.2 is Master")?;
    drop_incoming(&left, "meta l4proto 112")?;
    vrrpd.wait(WAIT, "inst1", "Backup: advertisements from ")?;
    peer.crash()?;
    vrrpd.wait(WAIT, "inst1", "Master: ")?;
    took_over(&wire, "right", "left", TAKEOVER)
}

/// What a firewall keeps from leaving is refused on the spot.
#[test]
fn a_firewall_rule_against_what_is_sent() -> Result<()> {
    for (name, rule, destination) in
        [("recept-out-4", "ip protocol 112", "224.0.0.18"), ("recept-out-6", "ip6 nexthdr 112", "ff02::12")]
    {
        let lab = Lab::new(name)?;
        let (left, right) = (lab.host("left")?, lab.host("right")?);
        let vrrpd = Vrrpd::start(&left, &configuration(200))?;
        vrrpd.wait(WAIT, "inst1", "Master")?;
        let other = Vrrpd::start(&right, &configuration(100))?;
        other.wait(WAIT, "inst1", "Backup")?;
        left.sh(&format!(
            "nft 'add table inet firewall; \
             add chain inet firewall output {{ type filter hook output priority 0; }}; \
             add rule inet firewall output {rule} drop'"
        ))?;
        vrrpd.wait(WAIT, "inst1", &format!("Fault: sending to {destination} is refused: "))?;
        other.wait(WAIT, "inst1", "Master")?;
        ensure!(
            told(&vrrpd)?["reason"].as_str().is_some_and(|reason| reason.contains("firewall")),
            "{}",
            told(&vrrpd)?
        );
        left.sh("nft flush ruleset")?;
        vrrpd.wait(WAIT * 2, "inst1", "Master")?;
        other.wait(WAIT, "inst1", "Backup")?;
    }
    Ok(())
}
