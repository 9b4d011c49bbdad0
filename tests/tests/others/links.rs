//! The link under a Master changes.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Frame, Host, Lab};

use super::WAIT;
use super::scene::{Scene, VIPS, configuration};

/// Waits until the client has heard of an address from a MAC address.
fn announced(scene: &Scene, mac: &str) -> Result<()> {
    for vip in VIPS {
        let vip = vip.parse()?;
        let told = |frame: &Frame| frame.announces(vip) && frame.source == mac;
        scene.client.wire().expect(WAIT, &format!("an announcement of {vip} from {mac}"), told)?;
    }
    Ok(())
}

#[test]
fn a_changed_mac_is_announced_at_once() -> Result<()> {
    let scene = Scene::new("others-mac", "1s", "")?;
    let mac = "02:00:00:00:99:01";
    let disturbed = scene.disturb(&format!("ip link set eth0 address {mac}"), || announced(&scene, mac))?;
    // What is on its way to the old address is lost.
    ensure!(disturbed.reports.iter().all(|report| report.longest_silence < Duration::from_millis(100)), "{disturbed}");
    scene.never_left()
}

#[test]
fn a_virtual_mac_outlives_that_of_its_link() -> Result<()> {
    let scene = Scene::new("others-mac-virtual", "1s", "mac = \"virtual\"\n")?;
    scene.disturb("ip link set eth0 address 02:00:00:00:99:02", || Ok(()))?.unnoticed(20)?;
    scene.never_left()
}

/// A network manager that configures a link anew does just that.
#[test]
fn a_primary_address_that_is_away_for_a_moment() -> Result<()> {
    let scene = Scene::new("others-primary", "500ms", "")?;
    let again = "ip address delete 192.0.2.1/24 dev eth0; ip address delete 192.0.2.10/32 dev eth0; sleep 0.2; \
                 ip address add 192.0.2.1/24 dev eth0";
    let disturbed = scene.disturb(again, || Ok(()))?;
    disturbed.unnoticed(5)?;
    disturbed.repaired("192.0.2.10/32", "eth0")?;
    ensure!(disturbed.away("192.0.2.1/24", "eth0") > Duration::from_millis(150), "{disturbed}");
    scene.never_left()?;
    // What stays away is believed.
    scene.host.sh("ip address delete 192.0.2.1/24 dev eth0")?;
    scene.vrrpd.wait(WAIT, "inst1", "Fault: eth0 has no IPv4 address")
}

#[test]
fn a_macvlan_that_is_deleted_flushed_and_set_down() -> Result<()> {
    let scene = Scene::new("others-macvlan", "1s", "mac = \"virtual\"\n")?;
    let index = scene.host.ip("link show eth0")?[0]["ifindex"].as_u64().context("no index")?;
    for command in ["link delete", "link set down", "address flush"] {
        // A flush goes on until nothing is left, and complains when addresses come back faster than it removes them.
        let outrun = "case $told in *'Flush remains incomplete'*) ;; *) echo \"$told\" >&2; false ;; esac";
        let command = format!("told=$(ip {command} dev vrrp4-51-{index} 2>&1) || {outrun}");
        // The first two stop the link by themselves for some milliseconds.
        scene.disturb(&command, || Ok(()))?.unnoticed(50)?;
    }
    scene.vrrpd.process().wait_line(WAIT, &format!("removed the link vrrp4-51-{index} from eth0: put back"))?;
    scene.never_left()
}

/// Whether the kernel lets the group's advertisements in.
fn listens(host: &Host) -> Result<bool> {
    Ok(host.sh("cat /proc/net/igmp6")?.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.get(1..3) == Some(&["eth0", "ff020000000000000000000000000012"])
    }))
}

/// The kernel ends every membership with a family, and tells those who joined nothing.
#[test]
fn a_backup_hears_again_after_ipv6_left_its_link() -> Result<()> {
    let lab = Lab::new("others-ipv6")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let master = Vrrpd::start(&left, &configuration(200, "100ms", ""))?;
    master.wait(WAIT, "inst1", "Master")?;
    let backup = Vrrpd::start(&right, &configuration(100, "100ms", ""))?;
    backup.wait(WAIT, "inst1", "Backup")?;
    ensure!(listens(&right)?, "it never listened");
    right.sh("ip link set eth0 mtu 1200")?;
    backup.wait(WAIT, "inst1", "Fault: ")?;
    right.sh("ip link set eth0 mtu 1500")?;
    backup.wait(WAIT, "inst1", "Backup: 192.0.2.1 is Master with priority 200")?;
    right.wait_network(WAIT, "the membership", listens)?;
    ensure!(!backup.process().log().lines().iter().any(|line| line.contains("-> Master")), "a second Master");
    Ok(())
}

/// Away and back in another network namespace, it keeps its index; no socket keeps what it had.
#[test]
fn a_link_that_comes_back_under_its_own_index() -> Result<()> {
    let scene = Scene::new("others-index", "100ms", "")?;
    let index = || anyhow::Ok(scene.host.ip("link show eth0")?[0]["ifindex"].clone());
    let before = index()?;
    scene.host.sh("unshare --net sleep 10 & sleep 0.2; \
         printf 'link set eth0 netns %s\\n' $! | ip -batch - && \
         nsenter --target $! --net ip link set eth0 netns $$ && \
         ip link set eth0 up && ip address add 192.0.2.1/24 dev eth0")?;
    ensure!(index()? == before, "the index is another");
    scene.vrrpd.process().wait_line(WAIT, "Fault: eth0 does not exist")?;
    scene.vrrpd.wait(WAIT, "inst1", "Master")?;
    announced(&scene, scene.host.nics()[0].mac())?;
    ensure!(listens(&scene.host)?, "it does not listen");
    Ok(())
}

#[test]
fn a_link_that_becomes_the_port_of_a_bridge() -> Result<()> {
    let scene = Scene::new("others-port", "100ms", "")?;
    scene.host.sh("ip link add br0 type bridge && ip link set eth0 master br0")?;
    scene.vrrpd.wait(WAIT, "inst1", "Fault: eth0 is a port of a bridge or a bond")?;
    scene.host.sh("ip link set eth0 nomaster")?;
    scene.vrrpd.wait(WAIT, "inst1", "Master")
}

#[test]
fn a_carrier_that_flaps_ten_times_a_second() -> Result<()> {
    let scene = Scene::new("others-flaps", "100ms", "")?;
    for _ in 0..20 {
        scene.lab.switch().unplug("left", "eth0")?;
        std::thread::sleep(Duration::from_millis(50));
        scene.lab.switch().plug("left", "eth0")?;
        std::thread::sleep(Duration::from_millis(50));
    }
    scene.client.wire().skip();
    scene.vrrpd.wait(WAIT, "inst1", "Master")?;
    announced(&scene, scene.host.nics()[0].mac())?;
    let addresses = scene.host.addresses("eth0")?;
    ensure!(addresses.iter().filter(|address| address.contains("2.10/") || address.contains("::10/")).count() == 2);
    let lines = scene.vrrpd.process().log().lines();
    let faults = lines.iter().filter(|line| line.contains("-> Fault: eth0 has no carrier")).count();
    println!("the carrier flapped 20 times in two seconds: {faults} faults told");
    ensure!(faults > 0, "{lines:?}");
    Ok(())
}
