//! Links that are watched beside the one of the instance.

use anyhow::Result;
use lab::peer::Vrrpd;
use lab::{Host, Lab};

use super::told::{configuration, expect};

/// A host whose instance depends on a link that may not be there yet.
struct Scene {
    host: Host,
    vrrpd: Vrrpd,
    lab: Lab,
}

impl Scene {
    fn new(name: &str, link: &str, prepare: &str) -> Result<Self> {
        let lab = Lab::beside(name)?;
        let mut host = lab.host("host")?;
        host.add_nic("eth1", &lab.new_switch("second")?, &["198.51.100.1/24"])?;
        host.sh(prepare)?;
        let vrrpd = Vrrpd::start(&host, &configuration(&format!("interface = \"{link}\"")))?;
        Ok(Self { host, vrrpd, lab })
    }

    /// Runs `ip ARGUMENTS` and waits for what follows.
    fn ip(&self, arguments: &str, standing: &str, reason: &str) -> Result<()> {
        self.host.sh(&format!("ip {arguments}"))?;
        self.is(standing, reason)
    }

    fn is(&self, standing: &str, reason: &str) -> Result<()> {
        expect(&self.host, &self.vrrpd, "interface", standing, reason)
    }
}

#[test]
fn a_link_is_good_while_it_is_there_up_and_has_a_carrier() -> Result<()> {
    let scene = Scene::new("interface-veth", "eth1", "true")?;
    scene.is("good", "eth1 is up")?;
    let second = scene.lab.new_switch("third")?;
    scene.ip("link set eth1 down", "bad", "eth1 is down")?;
    scene.ip("link set eth1 up", "good", "eth1 is up")?;
    scene.ip("link set eth1 name lan1", "bad", "eth1 does not exist")?;
    scene.ip("link set lan1 name eth1", "good", "eth1 is up")?;
    scene.ip("link delete eth1", "bad", "eth1 does not exist")?;
    let mut scene = scene;
    scene.host.add_nic("eth1", &second, &["198.51.100.1/24"])?;
    scene.is("good", "eth1 is up")?;
    second.unplug("host", "eth1")?;
    scene.is("bad", "eth1 has no carrier")?;
    second.plug("host", "eth1")?;
    scene.is("good", "eth1 is up")
}

#[test]
fn a_link_that_another_program_has_not_released_is_bad() -> Result<()> {
    let scene = Scene::new("interface-dormant", "eth1", "ip link set eth1 mode dormant")?;
    scene.is("good", "eth1 is up")?;
    let dormant = "eth1 is dormant: another program, such as one for 802.1X, has not let it be used yet";
    scene.ip("link set eth1 state dormant", "bad", dormant)?;
    scene.ip("link set eth1 state up", "good", "eth1 is up")
}

#[test]
fn a_bridge_counts_as_itself() -> Result<()> {
    let ports = "ip link add br1 type bridge && ip link set br1 up && ip link add port1 type veth peer name far1 && \
                 ip link set port1 up master br1 && ip link set far1 up";
    let scene = Scene::new("interface-bridge", "br1", ports)?;
    scene.is("good", "br1 is up")?;
    scene.ip("link set far1 down", "bad", "br1 has no carrier")?;
    scene.ip("link set far1 up", "good", "br1 is up")?;
    scene.ip("link set port1 nomaster", "bad", "br1 has no carrier")?;
    scene.ip("link set port1 master br1", "good", "br1 is up")
}

#[test]
fn a_macvlan_goes_with_the_link_below_it() -> Result<()> {
    let make = "ip link add link eth1 name mac1 type macvlan mode bridge && ip link set mac1 up";
    let scene = Scene::new("interface-macvlan", "mac1", make)?;
    scene.is("good", "mac1 is up")?;
    scene.ip("link set eth1 down", "bad", "mac1 has no carrier")?;
    scene.ip("link set eth1 up", "good", "mac1 is up")
}
