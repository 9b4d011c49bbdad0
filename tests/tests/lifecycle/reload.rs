//! A new configuration: what can be changed is changed in place, and a broken one changes nothing.

use anyhow::{Result, ensure};
use lab::peer::Vrrpd;
use lab::{Client, Frame, Lab};
use nix::sys::signal::Signal;

use super::{WAIT, configuration, instance, virtual_addresses};

#[test]
fn a_master_stays_master_while_its_keys_change() -> Result<()> {
    let lab = Lab::new("reload-change")?;
    let (host, client) = (lab.host("left")?, lab.client("client")?);
    let vrrpd = Vrrpd::start(&host, &configuration(100))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let new = instance("inst1", 51, 150, &["192.0.2.11/24", "192.0.2.12/24", "2001:db8::11/64"]);
    vrrpd.rewrite(&new.replace("100ms", "50ms"))?;
    vrrpd.process().signal(Signal::SIGHUP)?;
    vrrpd.process().wait_line(WAIT, "configuration applied: 0 added, 0 removed, 1 changed")?;
    let changed = |frame: &Frame| {
        frame.advert().is_some_and(|advert| {
            let addresses: Vec<String> = advert.addresses.iter().map(ToString::to_string).collect();
            (advert.priority, advert.interval) == (150, 5) && addresses == ["192.0.2.11", "192.0.2.12"]
        })
    };
    client.wire().expect(WAIT, "the new advertisement", changed)?;
    let expected = [
        "eth0 192.0.2.11",
        "eth0 192.0.2.12",
        "eth0 2001:db8::11",
        "lo 192.0.2.11",
        "lo 192.0.2.12",
        "lo 2001:db8::11",
    ];
    host.wait_network(WAIT, "the new addresses", |host| Ok(virtual_addresses(host)? == expected))?;
    for vip in ["192.0.2.12", "2001:db8::11"] {
        let vip = vip.parse()?;
        client.wire().expect(WAIT, "an announcement", |frame| frame.announces(vip))?;
        assert_eq!(client.who_has(vip, std::time::Duration::from_millis(300))?, ["left"]);
    }
    let resigns = client.wire().all(Frame::resigns);
    ensure!(resigns.is_empty(), "{}", resigns[0]);
    assert_eq!(vrrpd.counters("inst1")?[0]["master_transitions"], 1);
    Ok(())
}

#[test]
fn a_lowered_priority_lets_the_other_host_take_over() -> Result<()> {
    let lab = Lab::new("reload-priority")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let first = Vrrpd::start(&left, &configuration(200))?;
    first.wait(WAIT, "inst1", "Master")?;
    let second = Vrrpd::start(&right, &configuration(150))?;
    second.wait(WAIT, "inst1", "Backup")?;
    first.reload(&configuration(100))?;
    second.wait(WAIT, "inst1", "Master: priority 150 preempts 192.0.2.1 with 100")?;
    // Who is Master is told next, as soon as the other family has heard it.
    first.process().wait_line(WAIT, "Backup: 192.0.2.2 took over with priority 150 against 100")?;
    first.wait(WAIT, "inst1", "Backup: 192.0.2.2 is Master with priority 150")
}

#[test]
fn a_broken_file_changes_nothing() -> Result<()> {
    let lab = Lab::new("reload-broken")?;
    let host = lab.host("left")?;
    let wire = lab.switch().capture()?;
    let vrrpd = Vrrpd::start(&host, &configuration(100))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let before = virtual_addresses(&host)?;
    let broken = configuration(120) + &instance("inst2", 0, 100, &["192.0.2.300/24"]);
    vrrpd.rewrite(&broken)?;
    vrrpd.process().signal(Signal::SIGHUP)?;
    vrrpd.process().wait_line(WAIT, "the configuration is not applied, problems: 2")?;
    let refused = vrrpd.adm(&["reload"])?;
    ensure!(refused.code == Some(2), "{refused:?}");
    for words in ["vrid", "192.0.2.300"] {
        ensure!(refused.stderr.contains(words), "{}", refused.stderr);
    }
    wire.skip();
    let advert = wire.expect(WAIT, "an advertisement", |frame| frame.advertises(51))?;
    assert_eq!(advert.advert().map(|advert| advert.priority), Some(100));
    assert_eq!(virtual_addresses(&host)?, before);
    assert_ne!(vrrpd.status()?["daemon"]["problems"], serde_json::json!([]));
    ensure!(wire.all(Frame::resigns).is_empty());

    vrrpd.reload(&configuration(120))?;
    assert_eq!(vrrpd.status()?["daemon"]["problems"], serde_json::json!([]));
    let new = |frame: &Frame| frame.advert().is_some_and(|advert| advert.priority == 120);
    wire.expect(WAIT, "the repaired configuration", new)?;
    Ok(())
}

#[test]
fn instances_come_and_go_without_disturbing_the_others() -> Result<()> {
    let lab = Lab::new("reload-instances")?;
    let host = lab.host("left")?;
    let wire = lab.switch().capture()?;
    let vrrpd = Vrrpd::start(&host, &configuration(100))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let second = instance("inst2", 52, 100, &["192.0.2.20/24"]);
    vrrpd.reload(&(configuration(100) + &second))?;
    vrrpd.wait(WAIT, "inst2", "Master")?;
    host.wait_address(WAIT, "eth0", "192.0.2.20/32")?;
    ensure!(wire.all(Frame::resigns).is_empty());

    vrrpd.reload(&second)?;
    let resigns = |frame: &Frame| frame.resigns() && frame.advert().is_some_and(|advert| advert.vrid == 51);
    wire.expect(WAIT, "the removed instance resigns", resigns)?;
    let left = ["eth0 192.0.2.20", "lo 192.0.2.20"];
    host.wait_network(WAIT, "its addresses to go", |host| Ok(virtual_addresses(host)? == left))?;

    vrrpd.reload(&(second + "enabled = false\n"))?;
    vrrpd.wait(WAIT, "inst2", "Init: disabled")?;
    wire.expect(WAIT, "the disabled instance resigns", |frame| frame.resigns() && !resigns(frame))?;
    // Disabled, but still configured: services go on binding.
    host.wait_network(WAIT, "the hold alone", |host| Ok(virtual_addresses(host)? == ["lo 192.0.2.20"]))
}

/// A lease is some intervals long and at least 2 s: a claim must not run out when another one's, or its own new one, is longer.
#[test]
fn a_claim_outlives_longer_ones() -> Result<()> {
    let lab = Lab::new("reload-lease")?;
    let (host, client) = (lab.host("left")?, lab.client("client")?);
    let slow = |priority: u8| {
        let slow = instance("slow", 52, priority, &["192.0.2.20/24"]);
        slow.replace("100ms", "10s")
    };
    // The owner need not wait for three of its intervals.
    let vrrpd = Vrrpd::start(&host, &slow(255))?;
    vrrpd.wait(WAIT, "slow", "Master")?;
    vrrpd.reload(&(slow(255) + &configuration(100)))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    lasts(&client, 100, 40)?;

    vrrpd.reload(&(slow(255) + &configuration(100).replace("100ms", "3s")))?;
    lasts(&client, 100, 2)?;
    assert_eq!(vrrpd.counters("inst1")?[0]["master_transitions"], 1);
    Ok(())
}

/// Waits for so many advertisements of `inst1` with that priority, and for no resignation.
fn lasts(client: &Client, priority: u8, count: usize) -> Result<()> {
    let ours = |frame: &Frame| {
        frame.advert().is_some_and(|advert| {
            (advert.vrid, advert.source.is_ipv4()) == (51, true) && [0, priority].contains(&advert.priority)
        })
    };
    for _ in 0..count {
        let frame = client.wire().expect(WAIT, "an advertisement", ours)?;
        ensure!(!frame.resigns(), "{frame}");
    }
    Ok(())
}
