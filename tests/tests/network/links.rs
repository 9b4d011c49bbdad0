//! Links: each failure has its reason, the other host takes over, and everything comes back by itself.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use lab::peer::Vrrpd;
use lab::{Capture, Client, Frame, Host, Lab};

use super::{WAIT, configuration};

const ANSWER: Duration = Duration::from_millis(200);
const VIPS: [&str; 2] = ["192.0.2.10/32", "2001:db8::10/128"];

/// The better of two hosts, whose network the tests break, and all that watches it.
struct Scene {
    left: Host,
    right: Host,
    client: Client,
    ours: Vrrpd,
    other: Vrrpd,
    lab: Lab,
}

impl Scene {
    /// The left host is Master and the right one Backup.
    fn new(name: &str) -> Result<Self> {
        let lab = Lab::new(name)?;
        let (left, right) = (lab.host("left")?, lab.host("right")?);
        let client = lab.client("client")?;
        let ours = Vrrpd::start(&left, &configuration(200))?;
        ours.wait(WAIT, "inst1", "Master")?;
        let other = Vrrpd::start(&right, &configuration(100))?;
        other.wait(WAIT, "inst1", "Backup")?;
        Ok(Self { left, right, client, ours, other, lab })
    }

    /// Waits for the Fault with its reason, until the other host serves and no link here has an address.
    fn failed(&self, reason: &str) -> Result<()> {
        self.ours.wait(WAIT, "inst1", &format!("Fault: {reason}"))?;
        self.other.wait(WAIT, "inst1", "Master")?;
        self.client.wire().skip();
        for nic in ["eth0", "lan0"] {
            for vip in VIPS {
                self.left.wait_no_address(WAIT, nic, vip)?;
            }
        }
        served_by(&self.client, "right")
    }

    /// Waits until the left host is Master again and the other one Backup.
    fn recovered(&self) -> Result<()> {
        self.ours.wait(WAIT, "inst1", "Master")?;
        self.other.wait(WAIT, "inst1", "Backup")?;
        for vip in VIPS {
            self.left.wait_address(WAIT, "eth0", vip)?;
            self.right.wait_no_address(WAIT, "eth0", vip)?;
        }
        served_by(&self.client, "left")?;
        self.client.wire().skip();
        only(self.client.wire(), "left")
    }

    fn ip(&self, command: &str) -> Result<()> {
        self.left.sh(&format!("ip {command}"))?;
        Ok(())
    }
}

/// Asks for every address until one host alone answers, at the latest when what moved has settled.
fn served_by(client: &Client, host: &str) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(3);
    for vip in ["192.0.2.10", "2001:db8::10"] {
        let mut answers = client.who_has(vip.parse()?, ANSWER)?;
        while answers != [host] && Instant::now() < end {
            answers = client.who_has(vip.parse()?, ANSWER)?;
        }
        ensure!(answers == [host], "{vip} is served by {answers:?}, not by {host}");
    }
    Ok(())
}

/// Makes sure that the next ten advertisements come from one host.
fn only(wire: &Capture, host: &str) -> Result<()> {
    for _ in 0..10 {
        let advert = wire.expect(WAIT, "an advertisement", |frame| frame.advertises(51))?;
        ensure!(advert.from(host), "{advert}");
    }
    Ok(())
}

#[test]
fn a_link_that_is_set_down() -> Result<()> {
    let scene = Scene::new("network-down")?;
    scene.ip("link set eth0 down")?;
    scene.failed("eth0 is down")?;
    scene.ip("link set eth0 up")?;
    // The kernel removes IPv6 addresses from a link that goes down.
    scene.ip("address replace 2001:db8::1/64 dev eth0")?;
    scene.recovered()
}

#[test]
fn a_cable_that_is_pulled() -> Result<()> {
    let scene = Scene::new("network-cable")?;
    scene.lab.switch().unplug("left", "eth0")?;
    scene.failed("eth0 has no carrier")?;
    scene.lab.switch().plug("left", "eth0")?;
    scene.recovered()
}

#[test]
fn a_link_that_is_renamed() -> Result<()> {
    let scene = Scene::new("network-rename")?;
    scene.client.wire().skip();
    scene.ip("link set eth0 name lan0")?;
    for v4 in [true, false] {
        let resigns = |frame: &Frame| {
            frame.from("left") && frame.resigns() && frame.advert().is_some_and(|advert| advert.source.is_ipv4() == v4)
        };
        scene.client.wire().expect(WAIT, "a resignation over the link that is left", resigns)?;
    }
    scene.failed("eth0 does not exist")?;
    scene.ip("link set lan0 name eth0")?;
    scene.recovered()
}

#[test]
fn a_link_that_comes_back_under_another_index() -> Result<()> {
    let mut scene = Scene::new("network-replaced")?;
    let index = |scene: &Scene| Ok::<_, anyhow::Error>(scene.left.ip("link show eth0")?[0]["ifindex"].as_u64());
    let before = index(&scene)?;
    scene.ip("link delete eth0")?;
    scene.failed("eth0 does not exist")?;
    // Other links take the next numbers.
    scene.ip("link add spare0 type veth peer name spare1")?;
    let switch = scene.lab.switch().clone();
    scene.left.add_nic("eth0", &switch, &["192.0.2.1/24", "2001:db8::1/64"])?;
    ensure!(index(&scene)? != before, "the index is the same");
    scene.recovered()
}

#[test]
fn a_primary_address_that_is_removed() -> Result<()> {
    let scene = Scene::new("network-primary")?;
    scene.ip("address delete 192.0.2.1/24 dev eth0")?;
    // In step: what one family cannot do, the other does not.
    scene.client.wire().expect(WAIT, "a resignation", |frame| {
        frame.from("left") && frame.resigns() && frame.advert().is_some_and(|advert| advert.source.is_ipv6())
    })?;
    scene.failed("eth0 has no IPv4 address")?;
    scene.ip("address add 192.0.2.1/24 dev eth0")?;
    scene.recovered()
}

#[test]
fn a_primary_address_that_changes() -> Result<()> {
    let scene = Scene::new("network-renumber")?;
    scene.client.wire().skip();
    scene.ip("address add 192.0.2.99/24 dev eth0")?;
    // The second address of the subnet goes with the first, unless the kernel is told to promote it.
    scene.left.sh("echo 1 > /proc/sys/net/ipv4/conf/eth0/promote_secondaries")?;
    scene.ip("address delete 192.0.2.1/24 dev eth0")?;
    let from_new = |frame: &Frame| frame.advert().is_some_and(|advert| advert.source.to_string() == "192.0.2.99");
    scene.client.wire().expect(WAIT, "advertisements from the new address", from_new)?;
    scene.recovered()
}

#[test]
fn a_link_that_appears_after_the_start() -> Result<()> {
    let lab = Lab::new("network-late")?;
    let (mut left, client) = (lab.host("left")?, lab.client("client")?);
    left.sh("ip link delete eth0")?;
    let vrrpd = Vrrpd::start(&left, &configuration(200))?;
    vrrpd.wait(WAIT, "inst1", "Fault: eth0 does not exist")?;
    left.listen("192.0.2.10".parse()?)?;
    left.add_nic("eth0", lab.switch(), &["192.0.2.1/24", "2001:db8::1/64"])?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    served_by(&client, "left")
}

/// Flapping, as bad plugs do: whatever the order of reports is, the end is right and nothing is left over.
#[test]
fn a_link_that_flaps() -> Result<()> {
    let scene = Scene::new("network-flaps")?;
    let routes = scene.left.ip("route show table all")?;
    for _ in 0..20 {
        scene.lab.switch().unplug("left", "eth0")?;
        scene.lab.switch().plug("left", "eth0")?;
    }
    let at_rest = |host: &Host| {
        let addresses = host.addresses("eth0")?;
        Ok(VIPS.iter().all(|vip| addresses.iter().any(|address| address == vip)))
    };
    scene.left.wait_network(WAIT, "the addresses", at_rest)?;
    only_in_the_end(scene.client.wire())?;
    served_by(&scene.client, "left")?;
    let count = |routes: &serde_json::Value| routes.as_array().map_or(0, Vec::len);
    let now = scene.left.ip("route show table all")?;
    ensure!(count(&routes) == count(&now), "before: {routes}\nafter: {now}");
    Ok(())
}

/// Waits for ten advertisements in a row from the left host.
fn only_in_the_end(wire: &Capture) -> Result<()> {
    wire.skip();
    let mut row = 0;
    for _ in 0..100 {
        let advert = wire.expect(WAIT, "an advertisement", |frame| frame.advertises(51))?;
        row = if advert.from("left") { row + 1 } else { 0 };
        if row == 20 {
            return Ok(());
        }
    }
    anyhow::bail!("two Masters go on")
}
