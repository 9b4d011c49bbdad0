//! Links that keep their carrier, and over which nobody answers any more.

use anyhow::Result;
use lab::Payload;
use lab::peer::Vrrpd;

use super::scene::{Scene, WAIT, configuration, logs, logs_all, member};

const V4: &str = "targets = [\"198.51.100.1\", \"198.51.100.2\"]";
const V6: &str = "targets = [\"2001:db8:1::1\", \"2001:db8:1::2\"]";

/// A uplink is muted, a target dies, the switch dies: each is told from the others.
fn tell_apart(name: &str, probe: &str, targets: &str) -> Result<()> {
    let scene = Scene::new(name)?;
    // Both uplinks are in one subnet: each answers for its own address alone.
    scene.host.sh("sysctl -qw net.ipv4.conf.eth1.arp_ignore=1 net.ipv4.conf.eth2.arp_ignore=1")?;
    let group = format!("probe = \"{probe}\"\nfailure_detection_time = \"1s\"\n{targets}");
    let vrrpd = Vrrpd::start(&scene.host, &configuration(200, &group))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let answer =
        ["eth1", "eth2"].map(|link| format!("group uplinks: {link} is ok: {link} is up and its targets answer"));
    for line in &answer {
        vrrpd.process().wait_line(WAIT, line)?;
    }

    let lost = "group uplinks: eth1 is failed: eth1: 5 probes in a row were not answered, while eth2 gets answers";
    logs(&vrrpd, lost, || scene.mute("eth1"))?;
    vrrpd.wait_told(WAIT, "inst1", |told| told["effective_priority"] == 150)?;
    let told = member(&vrrpd, "eth1")?;
    assert_eq!((&told["link"], &told["probe"]), (&"up".into(), &"failed".into()), "{told}");
    logs(&vrrpd, "group uplinks is ok", || scene.uplinks.heal())?;

    let silent = ["eth1", "eth2"].map(|link| format!("no longer answers on {link}, and others do"));
    logs_all(&vrrpd, &silent.each_ref().map(String::as_str), || scene.kill_target(0))?;
    assert_eq!(vrrpd.status()?["groups"][0]["state"], "ok");

    let dead = "nor on any other member: the switch or the targets have failed";
    logs(&vrrpd, dead, || scene.kill_target(1))?;
    for link in ["eth1", "eth2"] {
        let told = member(&vrrpd, link)?;
        assert!(told["reason"].as_str().is_some_and(|reason| reason.ends_with(dead)), "{told}");
    }
    vrrpd.wait(WAIT, "inst1", "Fault: group uplinks is failed: none of its 2 members can be used")?;
    logs(&vrrpd, "group uplinks is ok", || scene.revive_target(1))?;
    vrrpd.wait(WAIT, "inst1", "Master")
}

#[test]
fn arp_tells_a_dead_link_from_a_dead_target_and_a_dead_switch() -> Result<()> {
    tell_apart("groups-arp", "arp", V4)
}

#[test]
fn neighbour_solicitations_tell_them_apart() -> Result<()> {
    tell_apart("groups-nd", "arp", V6)
}

#[test]
fn echo_requests_tell_them_apart() -> Result<()> {
    tell_apart("groups-icmp", "icmp", V4)
}

#[test]
fn routers_of_the_links_are_probed_where_nobody_is_named() -> Result<()> {
    let scene = Scene::new("groups-routes")?;
    scene.host.sh("ip route add default via 198.51.100.1 dev eth1")?;
    scene.host.sh("ip route add default via 198.51.100.2 dev eth2 metric 100")?;
    let vrrpd = Vrrpd::start(&scene.host, &configuration(200, "probe = \"arp\"\nfailure_detection_time = \"1s\""))?;
    for (link, router) in [("eth1", "198.51.100.1"), ("eth2", "198.51.100.2")] {
        vrrpd
            .process()
            .wait_line(WAIT, &format!("group uplinks: {link} is ok: {link} is up and its targets answer"))?;
        let told = member(&vrrpd, link)?;
        assert_eq!((&told["mode"], &told["targets"][0]["address"]), (&"routes".into(), &router.into()), "{told}");
    }
    // Without a router nothing is known of eth2, and it is used.
    scene.host.sh("ip route del default dev eth2")?;
    logs(&vrrpd, "group uplinks: eth1 is failed: eth1 has no carrier", || scene.uplinks.unplug("host", "eth1"))?;
    let unknown = "group uplinks: eth2 is unknown: eth2 is up, and no target is known";
    logs(&vrrpd, unknown, || scene.uplinks.plug("host", "eth1"))
}

#[test]
fn a_daemon_that_starts_anew_fails_nobody() -> Result<()> {
    let scene = Scene::new("groups-restart")?;
    let group = format!("probe = \"arp\"\nfailure_detection_time = \"1s\"\n{V4}");
    let mut vrrpd = Vrrpd::start(&scene.host, &configuration(200, &group))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    vrrpd.process().wait_line(WAIT, "group uplinks: eth2 is ok: eth2 is up and its targets answer")?;
    scene.mute("eth1")?;
    scene.mute("eth2")?;
    vrrpd.crash()?;
    let sent = scene.host.capture_sent("eth2")?;
    vrrpd.start_again(&scene.host)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    // So many probes would have failed both twice.
    for number in 1..=15 {
        sent.expect(WAIT, &format!("probe {number}"), |frame| matches!(frame.payload, Payload::Arp(_)))?;
    }
    let told = member(&vrrpd, "eth2")?;
    assert!(told["state"] == "unknown" && told["targets"][0]["lost"].as_u64() > Some(5), "{told}");
    vrrpd.wait(WAIT, "inst1", "Master")
}
