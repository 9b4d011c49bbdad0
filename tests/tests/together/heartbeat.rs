//! Heartbeats on real links.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Capture, Frame};
use serde_json::Value;

use super::{Scene, WAIT, let_pass, masterships, stands};

const AFAR: &str = "but is heard over a heartbeat alone";

/// An instance of both families on the first link, with a heartbeat on the third.
fn configuration(priority: u8, interval: &str, peers: &str) -> String {
    format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\n\
         priority = {priority}\nadvert_interval = \"{interval}\"\n[heartbeat.direct]\ninterface = \"eth2\"\npeers = [{peers}]\n"
    )
}

/// Both hosts, the left one better.
struct Hosts {
    left: Vrrpd,
    right: Vrrpd,
    wire: Capture,
    scene: Scene,
}

impl Hosts {
    fn new(name: &str, interval: &str, peers: [&str; 2]) -> Result<Self> {
        let scene = Scene::new(name)?;
        let wire = scene.outer().capture()?;
        let left = Vrrpd::start(&scene.left, &configuration(150, interval, peers[0]))?;
        left.wait(WAIT, "inst1", "Master")?;
        let right = Vrrpd::start(&scene.right, &configuration(100, interval, peers[1]))?;
        let hosts = Self { left, right, wire, scene };
        hosts.stand("Master", "Backup: 192.0.2.1 is Master with priority 150")?;
        hosts.present()?;
        Ok(hosts)
    }

    fn stand(&self, left: &str, right: &str) -> Result<()> {
        stands(&self.left, "inst1", left)?;
        stands(&self.right, "inst1", right)
    }

    /// Waits until each host hears the other one's heartbeats, and checks that the tool says so.
    fn present(&self) -> Result<()> {
        for (vrrpd, other) in [(&self.left, "203.0.113.2"), (&self.right, "203.0.113.1")] {
            vrrpd.process().wait_line(WAIT, &format!("heartbeat direct: {other} is heard on eth2"))?;
            let told = vrrpd.adm(&["status"])?.stdout;
            ensure!(told.contains(&format!("{other} is heard")), "the tool does not tell of {other}: {told}");
        }
        Ok(())
    }

    fn plug(&self, cables: [bool; 4]) -> Result<()> {
        let scene = &self.scene;
        let places = [
            (scene.outer(), "left", "eth0"),
            (&scene.beat, "left", "eth2"),
            (scene.outer(), "right", "eth0"),
            (&scene.beat, "right", "eth2"),
        ];
        for ((switch, host, nic), up) in places.into_iter().zip(cables) {
            if up { switch.plug(host, nic)? } else { switch.unplug(host, nic)? }
        }
        Ok(())
    }
}

#[test]
fn a_cut_that_no_carrier_tells_of_makes_no_second_master() -> Result<()> {
    for (name, peers) in [
        ("heartbeat-cut", ["", ""]),
        ("heartbeat-unicast", ["\"203.0.113.2\", \"2001:db8:2::2\"", "\"203.0.113.1\", \"2001:db8:2::1\""]),
    ] {
        let hosts = Hosts::new(name, "100ms", peers)?;
        hosts.scene.outer().partition("left-eth0", "right-eth0")?;
        stands(&hosts.right, "inst1", &format!("Backup: 192.0.2.1 is Master with priority 150, {AFAR}"))?;
        let_pass(&hosts.wire, 51, "left", 50)?;
        hosts.scene.outer().heal()?;
        hosts.stand("Master", "Backup: 192.0.2.1 is Master with priority 150")?;
        ensure!(masterships(&hosts.left, &["inst1"])? == 1, "{name}: the Master did not stay");
        ensure!(masterships(&hosts.right, &["inst1"])? == 0, "{name}: there was a second Master");
        for vrrpd in [&hosts.left, &hosts.right] {
            ensure!(vrrpd.complaints()?.is_empty(), "{name}: {:?}", vrrpd.complaints()?);
        }
    }
    Ok(())
}

/// The figure that heartbeats are for: the link of a Master fails, at adverts of one second.
#[test]
fn a_host_that_loses_its_link_is_followed_at_once() -> Result<()> {
    let hosts = Hosts::new("heartbeat-fast", "1s", ["", ""])?;
    hosts.wire.skip();
    let pulled = std::time::Instant::now();
    hosts.scene.outer().unplug("left", "eth0")?;
    let taken = hosts
        .wire
        .expect(WAIT, "the other host's advertisement", |frame: &Frame| frame.from("right") && frame.advertises(51))?;
    let after = pulled.elapsed();
    println!("link failure with a heartbeat, 1 s adverts: the other host advertises after at most {after:?}");
    ensure!(after < Duration::from_secs(3), "{taken} came after {after:?}, no sooner than without a heartbeat");
    hosts.stand("Fault: eth0 has no carrier", "Master: 192.0.2.1 resigned")?;
    hosts.scene.outer().plug("left", "eth0")?;
    hosts.stand("Master", "Backup")
}

#[test]
fn cables_are_pulled_and_plugged_in() -> Result<()> {
    let hosts = Hosts::new("heartbeat-cables", "100ms", ["", ""])?;
    let walk = [
        ([false, true, true, true], "Fault", "Master"),
        ([false, false, true, true], "Fault", "Master"),
        ([true, false, true, true], "Master", "Backup"),
        ([true, true, true, true], "Master", "Backup"),
        ([true, true, false, true], "Master", "Fault"),
        ([true, true, false, false], "Master", "Fault"),
        ([false, true, false, false], "Fault", "Fault"),
        ([false, true, true, false], "Fault", "Master"),
        ([true, true, true, false], "Master", "Backup"),
        ([true, false, true, false], "Master", "Backup"),
        ([false, false, true, true], "Fault", "Master"),
        ([true, true, true, true], "Master", "Backup"),
    ];
    for (cables, left, right) in walk {
        hosts.plug(cables)?;
        hosts.stand(left, right).with_context(|| format!("cables {cables:?}"))?;
    }
    let taken = masterships(&hosts.left, &["inst1"])? + masterships(&hosts.right, &["inst1"])?;
    println!("heartbeat: twelve changes of cables, {taken} times Master");
    ensure!(taken <= 13, "twelve changes made Masters {taken} times");
    Ok(())
}

#[test]
fn two_masters_meet_on_the_heartbeat_and_one_stays() -> Result<()> {
    let hosts = Hosts::new("heartbeat-meet", "100ms", ["", ""])?;
    hosts.scene.beat.partition("left-eth2", "right-eth2")?;
    hosts.right.process().wait_line(WAIT, "heartbeat direct: 203.0.113.1 has not been heard")?;
    // Both are cut: plain VRRP.
    hosts.scene.outer().partition("left-eth0", "right-eth0")?;
    hosts.stand("Master", "Master: 192.0.2.1 was silent")?;
    hosts.scene.beat.heal()?;
    hosts.stand("Master", &format!("Backup: 192.0.2.1 is Master with priority 150, {AFAR}"))?;
    hosts.scene.outer().heal()?;
    hosts.stand("Master", "Backup: 192.0.2.1 is Master with priority 150")?;
    ensure!(masterships(&hosts.left, &["inst1"])? == 1, "the better Master did not stay");
    Ok(())
}

#[test]
fn a_heartbeat_that_cannot_be_sent_says_why() -> Result<()> {
    let hosts = Hosts::new("heartbeat-trouble", "100ms", ["", ""])?;
    let log = hosts.left.process().log();
    // Each change of it is a line of the log.
    let wait_trouble = |wanted: Value| {
        log.wait_until(WAIT, || Ok(hosts.left.status()?["daemon"]["heartbeats"][0]["trouble"] == wanted))
            .with_context(|| format!("the tool does not say {wanted}"))
    };
    wait_trouble(Value::Null)?;
    hosts.scene.beat.unplug("left", "eth2")?;
    wait_trouble("eth2 has no carrier".into())?;
    log.wait_line(WAIT, "heartbeat direct: eth2 has no carrier")?;
    let told = hosts.left.adm(&["status"])?.stdout;
    ensure!(told.contains("Heartbeat direct cannot be sent: eth2 has no carrier."), "{told}");
    hosts.scene.beat.plug("left", "eth2")?;
    log.wait_line(WAIT, "heartbeat direct is sent again")?;
    wait_trouble(Value::Null)?;
    let lines = log.lines();
    let told: Vec<&String> = lines.iter().filter(|line| line.contains("heartbeat direct: eth2 ")).collect();
    ensure!(told.len() == 1, "told of trouble that there was not: {told:?}");
    Ok(())
}
