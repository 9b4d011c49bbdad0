//! Scripts of a daemon that runs as vrrp.service: by its own user without more rights, by others with those of the generator.

use anyhow::{Result, ensure};
use lab::pair::{installed, wait_instance, wait_told};
use lab::{Container, Lab, Release};

use super::alone::{configuration, told};

/// Tells who it is run by, and what it may do, while /etc/check-fails is there.
const CHECK: &str = "#!/bin/sh
[ -e /etc/check-fails ] || exit 0
status() { sed -n \"s/^$1:[[:space:]]*//p\" /proc/self/status; }
echo \"$(id -un) may $(status CapPrm) $(status NoNewPrivs), $(chrt -p $$ | sed -n 's/.*policy: //p'), $(cat /proc/self/oom_score_adj)\" >&2
exit 1
";
/// What timeout(1) ends with.
const TIMED_OUT: i32 = 124;
const PROGRAM: &str = "/usr/local/lib/check";

fn track(user: &str) -> String {
    configuration(100, &[&format!("script = \"{PROGRAM}\"\ninterval = \"200ms\"\n{user}")])
}

/// Lets the script fail, and tell by whom it is run, and then be good again.
fn is_run_by(host: &Container, user: &str) -> Result<()> {
    wait_instance(host, "inst1", "master", "")?;
    host.sh("touch /etc/check-fails")?;
    let reason = format!("{PROGRAM} ended with 1: {user} may 0000000000000000 1, SCHED_OTHER, 0");
    wait_instance(host, "inst1", "barred", &reason)?;
    let expected = [("bad".to_owned(), reason)];
    wait_told(host, "inst1", "bad", |instance| told(instance, "script").is_ok_and(|told| told == expected))?;
    host.sh("rm /etc/check-fails")?;
    wait_instance(host, "inst1", "master", "")
}

fn scripts_run_by_whom_they_shall(release: Release) -> Result<()> {
    let lab = Lab::new(&format!("condition-units-{}", release.number()))?;
    let mut host = installed(&lab, "host", release)?;
    host.write("/etc/vrrp/vrrp.toml", &track(""))?;
    host.write(PROGRAM, CHECK)?;
    host.boot()?;
    host.sh(&format!("chmod +x {PROGRAM}"))?;
    is_run_by(&host, "vrrp")?;

    // A reload cannot give the daemon more rights than it was started with.
    host.write("/etc/vrrp/vrrp.toml", &track("user = \"daemon\""))?;
    host.systemctl("reload vrrp.service")?;
    let advice =
        "vrrpd lacks CAP_SETUID, CAP_SETGID and CAP_KILL: systemctl daemon-reload, then systemctl restart vrrp.service";
    wait_instance(&host, "inst1", "barred", &format!("{PROGRAM} cannot be run by daemon: {advice}"))?;
    host.systemctl("daemon-reload")?;
    host.systemctl("restart vrrp.service")?;
    is_run_by(&host, "daemon")?;

    // What another user runs can be killed, too.
    host.write(PROGRAM, "#!/bin/sh\nsleep 1000\n")?;
    wait_instance(&host, "inst1", "barred", &format!("{PROGRAM} did not end within 1s and was killed"))?;
    host.write(PROGRAM, "#!/bin/sh\n")?;
    wait_instance(&host, "inst1", "master", "")?;
    let left = host.run(&["timeout", "10", "pidwait", "--full", "^sleep 1000"])?;
    ensure!(left.code != Some(TIMED_OUT), "what scripts started still runs");
    println!("{}", host.sh("systemd-analyze security --no-pager vrrp.service | tail -n 1")?.trim());
    let denied = "journalctl --boot --unit vrrp.service --grep ERROR --output=cat --quiet || true";
    assert_eq!(host.sh(denied)?, "");
    Ok(())
}

#[test]
fn on_systemd_252() -> Result<()> {
    scripts_run_by_whom_they_shall(Release::Debian12)
}

#[test]
fn on_systemd_257() -> Result<()> {
    scripts_run_by_whom_they_shall(Release::Debian13)
}
