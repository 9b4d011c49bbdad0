//! Proofs that `vrrpadm monitor` tells what happens, as it happens, and `vrrpadm history` afterwards.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Lab, Process};
use serde_json::Value;

const WAIT: Duration = Duration::from_secs(15);

fn instance(name: &str, vrid: u8) -> String {
    format!(
        "[instance.{name}]\ninterface = \"eth0\"\nvrid = {vrid}\naddresses = [\"192.0.2.{vrid}/24\"]\n\
         advert_interval = \"100ms\"\n"
    )
}

#[test]
fn each_change_is_a_line_also_when_the_daemon_comes_back() -> Result<()> {
    let lab = Lab::new("monitor")?;
    let host = lab.host("left")?;
    let mut vrrpd = Vrrpd::start(&host, &(instance("web", 10) + &instance("db", 20)))?;
    for name in ["web", "db"] {
        vrrpd.wait(WAIT, name, "Master")?;
    }
    let people = vrrpd.spawn_adm(&host, &["monitor"])?;
    let programs = vrrpd.spawn_adm(&host, &["monitor", "--json", "web"])?;
    people.wait_line(WAIT, " db: Master: no Master was heard")?;
    programs.wait_line(WAIT, "\"event\":\"standing\"")?;
    host.sh("ip link set eth0 down")?;
    people.wait_line(WAIT, " web: Master -> Fault: eth0 is down")?;
    programs.wait_line(WAIT, "\"state\":\"fault\"")?;
    host.sh("ip link set eth0 up")?;
    people.wait_line(WAIT, " web: Fault -> Backup: ")?;
    vrrpd.reload(&(instance("web", 10) + &instance("new", 30)))?;
    people.wait_line(WAIT, " db: is there no longer")?;
    people.wait_line(WAIT, " new: ")?;
    vrrpd.crash()?;
    people.wait_line(WAIT, "vrrpd is not running")?;
    vrrpd.start_again(&host)?;
    programs
        .log()
        .wait_until(WAIT, || Ok(events(&programs)?.iter().filter(|one| one["event"] == "running").count() == 2))?;
    let events = events(&programs)?;
    let names: Vec<&Value> = events.iter().map(|one| &one["instance"]).filter(|name| !name.is_null()).collect();
    ensure!(names.iter().all(|name| **name == "web"), "it was asked for web alone: {names:?}");
    let fault = events.iter().find(|one| one["state"] == "fault").context("no Fault")?;
    ensure!(fault["old"] == "master" && fault["reason"] == "eth0 is down", "{fault}");
    ensure!(events.iter().all(|one| one["time"].as_u64() > Some(0)), "{events:?}");
    Ok(())
}

/// What was told to programs: a line is an object.
fn events(monitor: &Process) -> Result<Vec<Value>> {
    monitor.log().lines().iter().map(|line| serde_json::from_str(line).with_context(|| line.clone())).collect()
}

#[test]
fn a_name_that_nobody_has_is_told_and_a_daemon_that_is_not_there_is_waited_for() -> Result<()> {
    let lab = Lab::new("monitor-nobody")?;
    let host = lab.host("left")?;
    let mut vrrpd = Vrrpd::start(&host, &instance("web", 10))?;
    let refused = vrrpd.adm(&["monitor", "wbe"])?;
    ensure!(refused.code == Some(2) && refused.stderr.contains("did you mean web?"), "{refused:?}");
    vrrpd.crash()?;
    let people = vrrpd.spawn_adm(&host, &["monitor", "web"])?;
    people.wait_line(WAIT, "vrrpd is not running")?;
    vrrpd.start_again(&host)?;
    people.wait_line(WAIT, &format!("vrrpd {} runs", env!("CARGO_PKG_VERSION")))?;
    people.wait_line(WAIT, " web: ")?;
    Ok(())
}

#[test]
fn what_happened_is_told_afterwards() -> Result<()> {
    let lab = Lab::new("history")?;
    let host = lab.host("left")?;
    let vrrpd = Vrrpd::start(&host, &(instance("web", 10) + &instance("db", 20)))?;
    for name in ["web", "db"] {
        vrrpd.wait(WAIT, name, "Master")?;
    }
    host.sh("ip link set eth0 down")?;
    vrrpd.wait(WAIT, "web", "Fault")?;
    vrrpd.wait(WAIT, "db", "Fault")?;
    let told = vrrpd.adm(&["history", "web", "--json"])?.ok()?;
    let told: Vec<Value> = serde_json::from_str(&told)?;
    ensure!(told.iter().all(|one| one["instance"] == "web"), "{told:?}");
    let changes: Vec<(&str, &str)> =
        told.iter().filter_map(|one| Some((one["old"].as_str()?, one["state"].as_str()?))).collect();
    ensure!(changes == [("init", "backup"), ("backup", "master"), ("master", "fault")], "{changes:?}");
    ensure!(told.is_sorted_by_key(|one| one["time"].as_u64()), "{told:?}");
    let last = vrrpd.adm(&["history", "-n", "1"])?.ok()?;
    ensure!(last.lines().count() == 1 && last.contains(": Master -> Fault: eth0 is down"), "{last}");
    ensure!(vrrpd.adm(&["history", "--since", "0s"])?.ok()?.is_empty());
    let why = vrrpd.adm(&["why", "web"])?;
    ensure!(why.stdout.contains("ago: Master -> Fault: eth0 is down"), "{why:?}");
    let wrong = vrrpd.adm(&["history", "wbe"])?;
    ensure!(wrong.code == Some(2) && wrong.stderr.contains("did you mean web?"), "{wrong:?}");
    let wrong = vrrpd.adm(&["history", "--since", "soon"])?;
    ensure!(wrong.code == Some(2) && wrong.stderr.contains("is no time: write how long ago"), "{wrong:?}");
    // Without the daemon nobody knows, since it writes to no journal here.
    vrrpd.crash()?;
    let away = vrrpd.adm(&["history"])?;
    ensure!(away.code == Some(2) && away.stderr.contains("vrrpd is not running"), "{away:?}");
    Ok(())
}
