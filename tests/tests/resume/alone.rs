//! Without systemd: what a daemon makes of what the former one left.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Result, ensure};
use lab::peer::Vrrpd;
use lab::{Host, Lab};
use nix::sys::signal::Signal;

use super::{WAIT, WENT_ON};

fn configuration(priority: u8, interval: &str, more: &str) -> String {
    format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\n\
         priority = {priority}\nadvert_interval = \"{interval}\"\n{more}\n"
    )
}

/// A Master on the host `left` and a Backup on `right`.
struct Two {
    master: Vrrpd,
    backup: Vrrpd,
    left: Host,
    _right: Host,
}

impl Two {
    fn start(lab: &Lab, interval: &str, more: &str) -> Result<Self> {
        let (left, right) = (lab.host("left")?, lab.host("right")?);
        let master = Vrrpd::start(&left, &configuration(200, interval, more))?;
        master.wait(WAIT, "inst1", "Master")?;
        let backup = Vrrpd::start(&right, &configuration(100, interval, more))?;
        backup.wait(WAIT, "inst1", "Backup: 192.0.2.")?;
        wait_saved(&left, "inst1")?;
        Ok(Self { master, backup, left, _right: right })
    }
}

fn state_file(host: &Host) -> PathBuf {
    host.directory().join("vrrp/run/state")
}

/// Waits until an instance is written down as Master: that is done elsewhere, a moment after it has become it.
fn wait_saved(host: &Host, instance: &str) -> Result<()> {
    let file = state_file(host).display().to_string();
    host.sh(&format!(
        "timeout 10 sh -c 'until grep -q \"^instance {instance} .*master=\" {file}; do sleep 0.01; done'"
    ))?;
    Ok(())
}

#[test]
fn a_master_that_is_killed_or_restarted_goes_on_and_no_client_notices() -> Result<()> {
    for mac in ["interface", "virtual"] {
        let lab = Lab::new(&format!("resume-{mac}"))?;
        let Two { mut master, backup, left, _right } = Two::start(&lab, "1s", &format!("mac = \"{mac}\""))?;
        let (client, _echo) = (lab.client("client")?, left.echo()?);
        let since = master.instance("inst1")?["since"].clone();
        let start = SystemTime::now();
        let flows = [
            client.flow("192.0.2.10".parse()?, Duration::from_millis(1))?,
            client.flow("2001:db8::10".parse()?, Duration::from_millis(1))?,
        ];
        for signal in [Signal::SIGKILL, Signal::SIGUSR2, Signal::SIGKILL, Signal::SIGKILL] {
            master.process().signal(signal)?;
            master.start_again(&left)?;
            master.wait(WAIT, "inst1", WENT_ON)?;
        }
        client.wire().skip();
        client.wire().expect(WAIT, "an advertisement after all", |frame| frame.advertises(51))?;
        for flow in flows {
            let report = flow.stop()?;
            println!("{mac} MAC: {} of {} lost, silence {:?}", report.lost, report.sent, report.longest_silence);
            ensure!(report.lost == 0, "{report:?}");
        }
        let wrong = client
            .wire()
            .all(|frame| frame.at >= start && frame.advert().is_some() && (frame.resigns() || frame.from("right")));
        ensure!(wrong.is_empty(), "{wrong:?}");
        assert_eq!(master.instance("inst1")?["since"], since, "it is Master since then");
        backup.wait(WAIT, "inst1", "Backup: ")?;
        master.stop()?;
        backup.wait(WAIT, "inst1", "Master")?;
        ensure!(!state_file(&left).exists(), "who stops leaves nothing to go on with");
    }
    Ok(())
}

/// The last advertisements of a restarted daemon and the first of the next are an interval apart.
#[test]
fn a_restart_keeps_the_phase_of_the_advertisements() -> Result<()> {
    let lab = Lab::new("resume-phase")?;
    let Two { mut master, backup: _backup, left, _right } = Two::start(&lab, "1s", "")?;
    let client = lab.client("client")?;
    let start = SystemTime::now();
    master.process().signal(Signal::SIGUSR2)?;
    master.start_again(&left)?;
    master.wait(WAIT, "inst1", WENT_ON)?;
    let advertises =
        |frame: &lab::Frame| frame.advertises(51) && frame.advert().is_some_and(|one| one.source.is_ipv4());
    client.wire().skip();
    for _ in 0..2 {
        client.wire().expect(WAIT, "an advertisement", advertises)?;
    }
    let times = client.wire().all(|frame| frame.at >= start && advertises(frame));
    let gaps: Vec<Duration> = times.windows(2).filter_map(|pair| pair[1].at.duration_since(pair[0].at).ok()).collect();
    println!("between advertisements from the restart on: {gaps:.3?}");
    ensure!(gaps.iter().all(|gap| gap.abs_diff(Duration::from_secs(1)) < Duration::from_millis(200)), "{gaps:?}");
    Ok(())
}

#[test]
fn who_comes_back_too_late_starts_anew() -> Result<()> {
    let lab = Lab::new("resume-late")?;
    let Two { mut master, backup, left, _right } = Two::start(&lab, "100ms", "preempt = false")?;
    let wire = lab.switch().capture()?;
    master.crash()?;
    backup.wait(WAIT, "inst1", "Master")?;
    wire.skip();
    master.start_again(&left)?;
    master.process().wait_line(WAIT, "going on with 0 of 1 Masters")?;
    master.wait(WAIT, "inst1", "Backup: 192.0.2.")?;
    wire.none(Duration::from_millis(500), "the former Master advertises", |frame| {
        frame.from("left") && frame.advertises(51)
    })
}

/// It hangs, and is killed only when others may have taken over: systemd's watchdog does that.
#[test]
fn who_hung_before_it_was_killed_starts_anew() -> Result<()> {
    let lab = Lab::new("resume-hung")?;
    let Two { mut master, backup, left, _right } = Two::start(&lab, "500ms", "preempt = false")?;
    master.process().signal(Signal::SIGSTOP)?;
    backup.wait(WAIT, "inst1", "Master")?;
    master.crash()?;
    master.start_again(&left)?;
    master.wait(WAIT, "inst1", "Backup: 192.0.2.")?;
    backup.wait(WAIT, "inst1", "Master")
}

/// What is said of a state, and what was done to it.
type Damage = (&'static str, fn(&str) -> String);

#[test]
fn a_state_that_cannot_be_read_is_a_clean_start_and_is_said() -> Result<()> {
    let lab = Lab::new("resume-unreadable")?;
    let Two { mut master, backup: _backup, left, _right } = Two::start(&lab, "1s", "")?;
    let states: [Damage; 4] = [
        ("it has the form \"2\" of another release", |text| text.replace("state 1", "state 2")),
        ("it is cut off", |text| text.replace("end\n", "")),
        ("it is no state of vrrpd", |_| "\0\u{1}\u{2}".to_owned()),
        ("the state is of another boot", |text| text.replace("boot ", "boot of-another-life ")),
    ];
    for (words, damage) in states {
        wait_saved(&left, "inst1")?;
        master.crash()?;
        let text = fs::read_to_string(state_file(&left))?;
        fs::write(state_file(&left), damage(&text))?;
        master.start_again(&left)?;
        let line = master.process().wait_line(WAIT, "every instance starts anew")?;
        println!("{line}");
        ensure!(line.contains(words), "{line}");
        master.wait(WAIT, "inst1", "Backup")?;
        master.wait(WAIT, "inst1", "Master")?;
    }
    Ok(())
}

#[test]
fn another_configuration_is_gone_on_with_where_the_router_is_the_same() -> Result<()> {
    let lab = Lab::new("resume-changed")?;
    let Two { mut master, backup, left, _right } = Two::start(&lab, "1s", "")?;
    let changed = configuration(200, "1s", "").replace("192.0.2.10/24", "192.0.2.11/24");
    master.crash()?;
    master.rewrite(&changed)?;
    master.start_again(&left)?;
    master.wait(WAIT, "inst1", WENT_ON)?;
    wait_saved(&left, "inst1")?;
    left.wait_address(WAIT, "eth0", "192.0.2.11/32")?;
    left.wait_no_address(WAIT, "eth0", "192.0.2.10/32")?;
    // A file that is wrong costs nobody an address: the last good configuration counts.
    master.crash()?;
    master.rewrite("[instance.inst1]\nvrid = 999\n")?;
    master.start_again(&left)?;
    master.wait(WAIT, "inst1", WENT_ON)?;
    backup.wait(WAIT, "inst1", "Backup: ")?;
    // Another number is another router.
    master.crash()?;
    master.rewrite(&changed.replace("vrid = 51", "vrid = 52"))?;
    master.start_again(&left)?;
    master.process().wait_line(WAIT, "going on with 0 of 1 Masters")?;
    master.wait(WAIT, "inst1", "Backup")
}

#[test]
fn a_sync_group_goes_on_as_a_whole_or_not_at_all() -> Result<()> {
    let lab = Lab::new("resume-group")?;
    let host = lab.host("left")?;
    let second = "[instance.inst2]\ninterface = \"eth0\"\nvrid = 52\naddresses = [\"192.0.2.20/24\"]\npriority = 200\n";
    let group = "[sync.both]\ninstances = [\"inst1\", \"inst2\"]\n";
    let config = format!("{}{second}{group}", configuration(200, "1s", ""));
    let mut vrrpd = Vrrpd::start(&host, &config)?;
    vrrpd.wait(WAIT, "inst2", "Master")?;
    wait_saved(&host, "inst2")?;
    vrrpd.crash()?;
    vrrpd.start_again(&host)?;
    vrrpd.wait(WAIT, "inst1", WENT_ON)?;
    vrrpd.wait(WAIT, "inst2", WENT_ON)?;
    vrrpd.crash()?;
    vrrpd.rewrite(&config.replace("vrid = 52", "vrid = 53"))?;
    vrrpd.start_again(&host)?;
    vrrpd.process().wait_line(WAIT, "going on with 0 of 2 Masters")?;
    vrrpd.wait(WAIT, "inst1", "Backup")
}

/// A script that takes its time must not cost a Master its addresses, and one that says no must.
#[test]
fn a_master_that_goes_on_waits_for_what_is_watched() -> Result<()> {
    let lab = Lab::new("resume-watched")?;
    let left = lab.host("left")?;
    let file = left.directory().join("verdict");
    // Scripts are nobody's there.
    let (script, marks) = (left.directory().join("script"), left.directory().join("marks"));
    left.sh(&format!("mkdir --mode 777 {0} && chmod 777 {0}", marks.display()))?;
    let looked = marks.join("looked");
    fs::write(&script, format!("#!/bin/sh\nsleep 1\ncat {} && touch {}\n", file.display(), looked.display()))?;
    left.sh(&format!("chmod 755 {}", script.display()))?;
    fs::write(&file, "well\n")?;
    let track =
        format!("[[instance.inst1.track]]\nscript = [\"{}\"]\ninterval = \"2s\"\ntimeout = \"2s\"\n", script.display());
    let mut vrrpd = Vrrpd::start(&left, &configuration(200, "1s", &track))?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    wait_saved(&left, "inst1")?;
    vrrpd.crash()?;
    fs::remove_file(&looked)?;
    vrrpd.start_again(&left)?;
    vrrpd.wait(WAIT, "inst1", WENT_ON)?;
    // It has looked by then, and what it saw was well.
    left.sh(&format!("timeout 10 sh -c 'until [ -e {} ]; do sleep 0.1; done'", looked.display()))?;
    vrrpd.wait_told(WAIT, "inst1", |one| one["state"] == "master")?;
    vrrpd.wait(WAIT, "inst1", WENT_ON)?;
    vrrpd.crash()?;
    fs::remove_file(&file)?;
    vrrpd.start_again(&left)?;
    vrrpd.wait(WAIT, "inst1", WENT_ON)?;
    vrrpd.wait(WAIT, "inst1", "Backup")
}

#[test]
fn a_daemon_is_replaced_in_its_own_process() -> Result<()> {
    let lab = Lab::new("resume-reexec")?;
    let Two { master, backup, left, _right } = Two::start(&lab, "1s", "mac = \"virtual\"")?;
    let (client, _echo) = (lab.client("client")?, left.echo()?);
    let pid = master.process().pid();
    let since = master.instance("inst1")?["since"].clone();
    let flow = client.flow("192.0.2.10".parse()?, Duration::from_millis(1))?;
    for _ in 0..3 {
        let told = master.adm(&["reexec"])?.ok()?;
        ensure!(told.contains("Instances that are Master: 1."), "{told}");
    }
    let report = flow.stop()?;
    ensure!(report.lost == 0, "{report:?}");
    assert_eq!(master.process().pid(), pid);
    assert_eq!(master.instance("inst1")?["since"], since);
    let open = fs::read_dir(format!("/proc/{pid}/fd"))?.count();
    master.adm(&["reexec"])?.ok()?;
    let after = fs::read_dir(format!("/proc/{pid}/fd"))?.count();
    ensure!(open.abs_diff(after) <= 2, "descriptors pile up: {open}, then {after}");
    backup.wait(WAIT, "inst1", "Backup: ")?;
    master.stop()?;
    backup.wait(WAIT, "inst1", "Master")
}

#[test]
fn who_was_told_to_stay_away_still_does() -> Result<()> {
    let lab = Lab::new("resume-away")?;
    let Two { mut master, backup, left, _right } = Two::start(&lab, "500ms", "")?;
    master.adm(&["resign", "inst1", "--for", "10m"])?.ok()?;
    backup.wait(WAIT, "inst1", "Master")?;
    let away = master.instance("inst1")?["away"].clone();
    ensure!(away["until"].is_u64(), "{away}");
    let file = state_file(&left).display().to_string();
    left.sh(&format!("timeout 10 sh -c 'until grep -q away= {file}; do sleep 0.01; done'"))?;
    for signal in [Signal::SIGKILL, Signal::SIGUSR2] {
        master.process().signal(signal)?;
        master.start_again(&left)?;
        master.wait(WAIT, "inst1", "Backup: an administrator had it resign")?;
        assert_eq!(master.instance("inst1")?["away"], away);
    }
    // Who stops it and starts it again has it take part again.
    master.stop()?;
    master.start_again(&left)?;
    master.wait(WAIT, "inst1", "Master")
}
