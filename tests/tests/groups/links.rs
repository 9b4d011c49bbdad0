//! Links that lose their carrier.

use anyhow::Result;
use lab::peer::Vrrpd;

use super::scene::{Scene, WAIT, configuration, logs, member};

#[test]
fn an_instance_leaves_with_the_last_uplink_and_comes_second_with_one_of_them() -> Result<()> {
    let scene = Scene::new("groups-carrier")?;
    let other = scene.lab.host("other")?;
    let ours = Vrrpd::start(&scene.host, &configuration(200, ""))?;
    let plain = configuration(160, "");
    let theirs = Vrrpd::start(&other, plain.split("[[instance").next().unwrap_or_default())?;
    ours.wait(WAIT, "inst1", "Master")?;
    assert_eq!(ours.adm(&["group", "list", "--no-legend"])?.stdout, "uplinks  ok  -  eth1 eth2\n");

    // One of two: 200 less 50 is less than 160.
    scene.uplinks.unplug("host", "eth1")?;
    theirs.wait(WAIT, "inst1", "Master")?;
    ours.wait(WAIT, "inst1", "Backup")?;
    let told = ours.instance("inst1")?;
    assert_eq!((&told["effective_priority"], &told["barred"]), (&150.into(), &false.into()), "{told}");
    let listed = ours.adm(&["group", "list", "--no-legend"])?;
    assert_eq!((listed.stdout.as_str(), listed.code), ("uplinks  degraded  -  [eth1] eth2\n", Some(1)));

    // None: in Fault it does not even hear the other one go.
    scene.uplinks.unplug("host", "eth2")?;
    let why = "group uplinks is failed: none of its 2 members can be used: eth1 has no carrier";
    ours.wait(WAIT, "inst1", &format!("Fault: {why}"))?;
    theirs.stop()?;
    assert!(ours.standing("inst1").is_some_and(|standing| standing.starts_with("Fault")));

    scene.uplinks.plug("host", "eth2")?;
    ours.wait(WAIT, "inst1", "Master")?;
    logs(&ours, "group uplinks is ok", || scene.uplinks.plug("host", "eth1"))?;
    assert_eq!(member(&ours, "eth1")?["state"], "ok");
    Ok(())
}

#[test]
fn a_link_that_has_another_name_is_gone() -> Result<()> {
    let scene = Scene::new("groups-renamed")?;
    let vrrpd = Vrrpd::start(&scene.host, &configuration(100, ""))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let rename = |from: &str, to: &str| scene.host.sh(&format!("ip link set {from} name {to}")).map(drop);
    logs(&vrrpd, "group uplinks: eth1 is failed: eth1 does not exist", || rename("eth1", "gone"))?;
    logs(&vrrpd, "group uplinks is ok", || rename("gone", "eth1"))
}

#[test]
fn a_standby_link_is_used_while_another_one_cannot_be() -> Result<()> {
    let scene = Scene::new("groups-standby")?;
    let text = configuration(100, "standby = [\"eth2\"]").replace("\"eth1\", \"eth2\"]\nstandby", "\"eth1\"]\nstandby");
    let vrrpd = Vrrpd::start(&scene.host, &text)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    assert_eq!(vrrpd.adm(&["group", "list", "--no-legend"])?.stdout, "uplinks  ok  -  eth1 (eth2)\n");
    logs(&vrrpd, "group uplinks: eth2 is ok", || scene.uplinks.unplug("host", "eth1"))?;
    assert_eq!(vrrpd.adm(&["group", "list", "--no-legend"])?.stdout, "uplinks  degraded  -  [eth1] eth2\n");
    logs(&vrrpd, "group uplinks: eth2 is standby", || scene.uplinks.plug("host", "eth1"))?;

    // A reload keeps what is known, and a group that is gone is nobody's condition.
    logs(&vrrpd, "group uplinks: eth1 is failed", || scene.uplinks.unplug("host", "eth1"))?;
    let before = member(&vrrpd, "eth1")?;
    vrrpd.reload(&configuration(100, ""))?;
    assert_eq!(vrrpd.adm(&["group", "list", "--no-legend"])?.stdout, "uplinks  degraded  -  [eth1] eth2\n");
    assert_eq!(member(&vrrpd, "eth1")?["since"], before["since"], "it is what it was");
    vrrpd.reload(configuration(100, "").split("[[instance").next().unwrap_or_default())?;
    vrrpd.wait_told(WAIT, "inst1", |told| told["effective_priority"] == 100)?;
    assert_eq!(vrrpd.status()?["groups"], serde_json::json!([]));
    Ok(())
}
