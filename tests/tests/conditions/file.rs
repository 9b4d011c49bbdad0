//! A maintenance switch, and a weight in a file.

use std::fs;

use anyhow::Result;
use lab::pair::{LONG, installed, instance as told_by, wait_instance};
use lab::{Frame, Lab, Release};

use super::scene::{Scene, WAIT, condition, instance, stands};

#[test]
fn a_maintenance_switch_hands_the_address_over_and_back() -> Result<()> {
    let folder = |host: &lab::Host| host.directory().join("switches");
    let scene = Scene::new("file-switch", |host| {
        let switch = folder(host).join("down");
        format!("[[instance.inst1.track]]\nfile = \"{}\"\nexpect = \"absent\"\n", switch.display())
    })?;
    let folder = folder(&scene.left);
    let switch = folder.join("down");
    let (there, not_there) = (format!("{} is there", switch.display()), format!("{} is not there", switch.display()));
    // The directory does not exist yet.
    scene.good("file", &not_there)?;
    fs::create_dir(&folder)?;
    fs::write(&switch, "")?;
    scene.bad("file", &there)?;
    fs::remove_dir_all(&folder)?;
    scene.good("file", &not_there)
}

#[test]
fn the_number_in_a_file_moves_the_priority() -> Result<()> {
    let weight = |host: &lab::Host| host.directory().join("weight");
    let scene = Scene::new("file-weight", |host| {
        let weight = weight(host);
        format!("track = [{{ file = \"{}\", expect = \"integer\", effect = 10 }}]\n", weight.display())
    })?;
    let weight = weight(&scene.left);
    let shown = weight.display().to_string();
    scene.good("file", &format!("{shown} is not there, which counts as 0"))?;
    assert_eq!(instance(&scene.ours)?["effective_priority"], 200);

    fs::write(&weight, "-15\n")?;
    scene.other.wait(WAIT, "inst1", "Master: priority 100 preempts")?;
    scene.ours.wait(WAIT, "inst1", "Backup")?;
    stands(&scene.ours, "file", "good", &format!("{shown} holds -15"))?;
    assert_eq!(instance(&scene.ours)?["effective_priority"], 50);

    fs::write(&weight, "5\n")?;
    scene.good("file", &format!("{shown} holds 5"))?;
    assert_eq!(instance(&scene.ours)?["effective_priority"], 250);

    // What is no number counts for nothing, and says so.
    fs::write(&weight, "many\n")?;
    let bad = || Ok(condition(&scene.ours, "file")?["standing"] == "bad");
    scene.ours.process().log().wait_until(WAIT, bad)?;
    stands(&scene.ours, "file", "bad", &format!("{shown} holds no number: many"))?;
    assert_eq!(instance(&scene.ours)?["effective_priority"], 200);
    Ok(())
}

/// As it is installed: another user, a root of its own, nothing but two capabilities.
#[test]
fn the_unit_lets_the_daemon_see_switches() -> Result<()> {
    let lab = Lab::beside("file-unit")?;
    let client = lab.client("client")?;
    let mut host = installed(&lab, "host", Release::Debian13)?;
    host.write(
        "/etc/vrrp/vrrp.toml",
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\nadvert_interval = \"100ms\"\n\
         track = [{ file = \"/etc/vrrp/down\", expect = \"absent\" }, { file = \"/run/maintenance/down\", expect = \"absent\" },\n\
         { file = \"/srv/data/ready\" }]\n",
    )?;
    host.boot()?;
    wait_instance(&host, "inst1", "barred", "/srv/data/ready is not there")?;
    // A file system that is mounted later.
    host.sh("mkdir -p /srv/data && mount -t tmpfs tmpfs /srv/data && touch /srv/data/ready")?;
    wait_instance(&host, "inst1", "master", "")?;
    for switch in ["/etc/vrrp/down", "/run/maintenance/down"] {
        client.wire().skip();
        host.sh(&format!("mkdir -p $(dirname {switch}) && touch {switch}"))?;
        client.wire().expect(LONG, "the resignation", Frame::resigns)?;
        wait_instance(&host, "inst1", "barred", &format!("{switch} is there"))?;
        host.sh(&format!("rm {switch}"))?;
        wait_instance(&host, "inst1", "master", "")?;
    }
    host.sh("umount /srv/data")?;
    wait_instance(&host, "inst1", "barred", "/srv/data/ready is not there")?;
    let told = told_by(&host, "inst1")?["conditions"].to_string();
    assert!(told.contains("\"kind\":\"file\""), "{told}");
    Ok(())
}
