//! `vrrpadm resign`: handed over, taken back, and what becomes of it.

use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow, ensure};
use lab::pair::state_of;
use lab::peer::{Keepalived, Router, State, Vrrpd};
use lab::{Lab, Output};

const WAIT: Duration = Duration::from_secs(15);
const VIP: &str = "192.0.2.10";

fn configuration(priority: u8) -> String {
    format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"{VIP}/24\", \"2001:db8::10/64\"]\n\
         priority = {priority}\nadvert_interval = \"200ms\"\n"
    )
}

fn resign(vrrpd: &Vrrpd, options: &[&str]) -> Result<Output> {
    vrrpd.adm(&[&["resign", "inst1"], options].concat())
}

#[track_caller]
fn said(output: &Output, code: i32, words: &str) {
    assert!(output.code == Some(code) && (output.stdout.clone() + &output.stderr).contains(words), "{output:?}");
}

#[test]
fn the_address_goes_and_stays_away_until_the_other_host_is_gone_or_it_is_undone() -> Result<()> {
    let lab = Lab::new("resign-pair")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let client = lab.client("client")?;
    let (_left_echo, _right_echo) = (left.echo()?, right.echo()?);
    let (high, low) = (Vrrpd::start(&left, &configuration(200))?, Vrrpd::start(&right, &configuration(100))?);
    high.wait(WAIT, "inst1", "Master")?;
    low.wait(WAIT, "inst1", "Backup")?;
    said(&resign(&low, &[])?, 1, "inst1 has nothing to hand over: it is Backup: 192.0.2.1 is Master");

    let flow = client.flow(VIP.parse()?, Duration::from_millis(1))?;
    said(&resign(&high, &[])?, 0, "inst1 is handed over: 192.0.2.2 is Master");
    // Though it is better, it leaves the other one alone: three of its advertisements are heard.
    for _ in 0..3 {
        client.wire().expect(WAIT, "the new Master", |frame| frame.from("right") && frame.advertises(51))?;
    }
    let away = high.instance("inst1")?;
    ensure!(state_of(&away) == "barred" && away["reason"] == "an administrator had it resign", "{away}");
    ensure!(away["away"]["until"].is_null() && away["away"]["forced"] == false, "{away}");
    let report = flow.stop()?;
    ensure!(report.longest_silence < Duration::from_millis(50), "{report:?}");

    said(&resign(&high, &["--undo"])?, 0, "inst1 takes part again");
    high.wait(WAIT, "inst1", "Master")?;
    said(&resign(&high, &["--undo"])?, 0, "inst1 had not resigned");

    let resigned = resign(&high, &["--json"])?;
    let told: serde_json::Value = serde_json::from_str(&resigned.stdout)?;
    ensure!(told["master"] == "192.0.2.2" && told["after"].as_f64() > Some(0.0), "{told}");
    low.stop()?;
    high.wait(WAIT, "inst1", "Master")?;
    high.wait_told(WAIT, "inst1", |instance| instance["away"].is_null())?;
    Ok(())
}

#[test]
fn where_nobody_takes_over_it_comes_back_and_the_command_fails() -> Result<()> {
    let lab = Lab::new("resign-alone")?;
    let host = lab.host("host")?;
    let vrrpd = Vrrpd::start(&host, &configuration(100))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    said(&resign(&vrrpd, &[])?, 2, "inst1: no other host took over, so this one serves again");
    let back = vrrpd.wait_told(WAIT, "inst1", |instance| instance["away"].is_null())?;
    ensure!(state_of(&back) == "master" && back["effective_priority"] == 100, "{back}");

    said(&resign(&vrrpd, &["--force"])?, 1, "inst1 stays away, and no host serves its addresses");
    ensure!(state_of(&vrrpd.instance("inst1")?) == "barred");
    said(&resign(&vrrpd, &["--undo"])?, 0, "inst1 takes part again");
    vrrpd.wait(WAIT, "inst1", "Master")?;

    // It takes part again by itself.
    let forced = resign(&vrrpd, &["--force", "--for", "1s"])?;
    said(&forced, 1, "no host serves");
    vrrpd.wait(WAIT, "inst1", "Master")?;
    said(&resign(&vrrpd, &["--for", "soon"])?, 2, "write a time such as 90s, 10m or 2h");
    Ok(())
}

/// Resigns, does something when it has, and tells what the command said in the end.
fn meanwhile(vrrpd: &Vrrpd, act: impl FnOnce() -> Result<()>) -> Result<Output> {
    thread::scope(|scope| {
        let command = scope.spawn(|| resign(vrrpd, &[]));
        vrrpd.wait_told(WAIT, "inst1", |instance| !instance["away"].is_null())?;
        act()?;
        command.join().map_err(|_| anyhow!("the command panicked"))?
    })
}

#[test]
fn neither_a_second_resignation_nor_a_reload_makes_the_first_one_forgotten() -> Result<()> {
    let lab = Lab::new("resign-again")?;
    let host = lab.host("host")?;
    // What is done while the command waits has to come before it ends.
    let slow = configuration(100).replace("200ms", "1s");
    let vrrpd = Vrrpd::start(&host, &slow)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let first = meanwhile(&vrrpd, || {
        said(&resign(&vrrpd, &["--for", "1min"])?, 1, "inst1 stays away, and no host serves");
        Ok(())
    })?;
    said(&first, 2, "inst1: no other host took over, so this one serves again");

    said(&resign(&vrrpd, &["--force", "--for", "1min"])?, 1, "no host serves");
    // Another virtual router takes its place.
    vrrpd.reload(&slow.replace("vrid = 51", "vrid = 52"))?;
    let there = vrrpd.wait_told(WAIT, "inst1", |instance| instance["vrid"] == 52 && instance["state"] != "init")?;
    ensure!(state_of(&there) == "barred" && there["away"]["forced"] == true, "{there}");
    said(&resign(&vrrpd, &["--undo"])?, 0, "inst1 takes part again");
    vrrpd.wait(WAIT, "inst1", "Master")?;

    let removed = meanwhile(&vrrpd, || vrrpd.reload(&slow.replace("inst1", "inst2")))?;
    said(&removed, 2, "inst1");
    ensure!(!removed.stderr.contains("stopping"), "{removed:?}");
    Ok(())
}

#[test]
fn keepalived_takes_over() -> Result<()> {
    let lab = Lab::new("resign-keepalived")?;
    let (ours, theirs) = (lab.host("ours")?, lab.host("theirs")?);
    let client = lab.client("client")?;
    let (_ours_echo, _theirs_echo) = (ours.echo()?, theirs.echo()?);
    let text = format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"{VIP}/24\"]\npriority = 200\nrouters = 2\n"
    );
    let vrrpd = Vrrpd::start(&ours, &text)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    let rival = Keepalived::start(&theirs, &Router::new(51, 100, &[VIP])?)?;
    rival.wait(WAIT, State::Backup)?;
    let flow = client.flow(VIP.parse()?, Duration::from_millis(1))?;
    let output = resign(&vrrpd, &["--for", "1min", "--json"])?;
    let report = flow.stop()?;
    println!("resigned to keepalived: {} of {} lost, {}", report.lost, report.sent, output.stdout.trim());
    let told: serde_json::Value = serde_json::from_str(&output.stdout)?;
    ensure!(told["master"] == "192.0.2.2", "{told}");
    ensure!(report.longest_silence < Duration::from_millis(50), "{report:?}");
    Ok(())
}
