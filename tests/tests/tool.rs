//! Proofs of vrrpadm on hosts that run: what it does, what it says, and what it leaves when it fails.

use std::thread;

use anyhow::Result;
use lab::pair::{LONG, installed, instance, wait_instance};
use lab::{Container, Lab, Output, Release};
use serde_json::Value;

#[path = "tool/follow.rs"]
mod follow;

const OPTIONS: &str = "--interface eth0 --vrid 51 --address 192.0.2.10/24 --advert-interval 100ms";
const FILE: &str = "/etc/vrrp/vrrp.d/inst1.toml";

/// Runs vrrpadm, which must end with `code` and say each of `words` on either stream.
fn says(host: &Container, arguments: &str, code: i32, words: &[&str]) -> Result<Output> {
    let output = host.vrrpadm(arguments)?;
    let said = format!("{}{}", output.stdout, output.stderr);
    println!("Debian {}# vrrpadm {arguments}\n{said}", host.release().number());
    assert_eq!(output.code, Some(code), "vrrpadm {arguments}: {said}");
    for word in words {
        assert!(said.contains(word), "vrrpadm {arguments} does not say `{word}`: {said}");
    }
    for raw in ["Error {", "Err(", "panicked", "org.freedesktop", "os error"] {
        assert!(!said.contains(raw), "vrrpadm {arguments} says `{raw}`: {said}");
    }
    // Sentences are wrapped by the terminal, tables are not.
    let table = ["status", "list", "show", "why", "doctor"].iter().any(|verb| arguments.starts_with(verb))
        && !arguments.contains("--json");
    for line in output.stdout.lines().filter(|_| table) {
        assert!(line.chars().count() <= 80, "wider than 80 columns: {line}");
    }
    Ok(output)
}

fn create_repeat_delete(host: &Container) -> Result<()> {
    says(host, "create inst1 --protect http.service", 2, &["inst1", "interface", "vrid", "address"])?;
    assert!(host.read(FILE).is_err());
    says(host, &format!("create inst1 {OPTIONS} --protect http.service"), 0, &["inst1 is created"])?;
    wait_instance(host, "inst1", "master", "")?;
    let written = host.read(FILE)?;
    says(host, &format!("create inst1 {OPTIONS} --protect http.service"), 0, &["there already"])?;
    assert_eq!(host.read(FILE)?, written);
    says(host, "status", 0, &["inst1", "Master"])?;
    says(host, "status inst1", 0, &["inst1", "192.0.2.10/24"])?;
    says(host, "show inst1", 0, &["192.0.2.10/24"])?;
    let why = ["May it take part? yes", "http.service is active", "Who is Master? this host", "vrrpadm resign inst1"];
    says(host, "why inst1", 0, &why)?;
    let asked: Value = serde_json::from_str(&says(host, "why inst1 --json", 0, &[])?.stdout)?;
    assert_eq!(asked["questions"][0]["answer"], "yes");
    says(host, "why inst", 2, &["did you mean inst1?"])?;
    says(host, "list", 0, &["inst1"])?;
    says(host, "check", 0, &[])?;
    says(host, "modify inst1 --priority 120", 0, &["inst1"])?;
    assert_eq!(instance(host, "inst1")?["priority"], 120);
    says(host, "disable inst1", 0, &["inst1"])?;
    assert_eq!(instance(host, "inst1")?["enabled"], false);
    assert_eq!(host.active_state("vrrp@inst1.service")?, "inactive");
    host.systemctl("restart http.service")?;
    assert_eq!(host.active_state("vrrp@inst1.service")?, "inactive");
    says(host, "enable inst1", 0, &["inst1"])?;
    wait_instance(host, "inst1", "master", "")?;
    says(host, "delete inst1", 0, &["inst1 is deleted"])?;
    assert_eq!(host.active_state("http.service")?, "active");
    assert!(host.read(FILE).is_err());
    let cat = host.systemctl("cat http.service")?;
    assert!(!cat.contains("vrrp.service"), "{cat}");
    says(host, "delete inst1", 2, &["inst1"])?;
    Ok(())
}

fn create_from_the_file(host: &Container) -> Result<()> {
    let file =
        "[instance.inst1]\ninterface = 'eth0'\nvrid = 51\naddresses = ['192.0.2.10/24']\nadvert_interval = '100ms'\n";
    host.write("/etc/vrrp/vrrp.toml", file)?;
    says(host, "create inst1 --protect http.service", 0, &["inst1 is created"])?;
    wait_instance(host, "inst1", "master", "")?;
    assert_eq!(host.read("/etc/vrrp/vrrp.toml")?, file);
    says(host, "delete inst1", 2, &["--force", "/etc/vrrp/vrrp.toml"])?;
    wait_instance(host, "inst1", "master", "")?;
    says(host, "delete inst1 --force", 0, &["inst1 is deleted"])?;
    Ok(())
}

/// A unit that is down, masked or not there is no failure; it is told.
fn create_without_the_service(host: &Container) -> Result<()> {
    host.systemctl("stop http.service")?;
    says(host, &format!("create inst1 {OPTIONS} --protect http.service"), 0, &["barred: http.service is inactive"])?;
    assert_eq!(host.active_state("http.service")?, "inactive");
    says(host, "why inst1", 1, &["May it take part? no: http.service is inactive", "systemctl start http.service"])?;
    host.systemctl("start http.service")?;
    wait_instance(host, "inst1", "master", "")?;
    says(host, "delete inst1", 0, &[])?;

    host.systemctl("mask --now apache2.service")?;
    says(
        host,
        &format!("create inst1 {OPTIONS} --protect apache2.service"),
        0,
        &["barred: apache2.service is", "masked"],
    )?;
    says(host, "delete inst1", 0, &[])?;
    host.systemctl("unmask apache2.service")?;

    says(
        host,
        &format!("create inst1 {OPTIONS} --protect nothere.service"),
        0,
        &["barred: nothere.service is inactive"],
    )?;
    says(host, "delete inst1", 0, &[])?;
    Ok(())
}

/// What must be refused, in words, with nothing changed.
fn refusals(host: &Container) -> Result<()> {
    for (arguments, words) in [
        ("--protect pg@.service", &["pg@.service"][..]),
        ("--protect system.slice", &["system.slice"]),
        ("--protect dev-sda.device", &["dev-sda.device"]),
        ("--protect http.service --vrid 0", &["255"]),
    ] {
        let arguments = format!("create inst1 {OPTIONS} {arguments}")
            .replace("--vrid 51", if arguments.contains("--vrid") { "" } else { "--vrid 51" });
        says(host, &arguments, 2, words)?;
        assert!(host.read(FILE).is_err(), "{arguments}");
    }
    says(
        host,
        "create inst1 --interface eth0 --vrid 51 --address 192.0.2.300/24 --protect http.service",
        2,
        &["192.0.2.300"],
    )?;
    // A failure in the middle: the daemon cannot start, since its program is not executable.
    host.systemctl("stop vrrp.service")?;
    host.sh("chmod a-x /usr/sbin/vrrpd")?;
    let failed =
        says(host, &format!("create inst1 {OPTIONS} --protect http.service"), 2, &["the files are as they were"])?;
    assert!(!failed.stderr.is_empty());
    assert!(host.read(FILE).is_err());
    let cat = host.systemctl("cat http.service")?;
    assert!(!cat.contains("vrrp.service"), "{cat}");
    host.sh("chmod a+x /usr/sbin/vrrpd; systemctl reset-failed vrrp.service; true")?;
    Ok(())
}

/// Somebody who is not root is told so, and may look.
fn as_a_user(host: &Container) -> Result<()> {
    let as_nobody = |command: &str| {
        host.run(&["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "sh", "-c", command])
    };
    says(host, &format!("create inst1 {OPTIONS} --protect http.service"), 0, &[])?;
    wait_instance(host, "inst1", "master", "")?;
    let status = as_nobody("vrrpadm status --json")?;
    let json: Value = serde_json::from_str(&status.ok()?)?;
    assert_eq!(json["instances"][0]["state"], "master");
    for command in ["modify inst1 --priority 7", "delete inst1", &format!("create inst2 {OPTIONS}"), "disable inst1"] {
        let refused = as_nobody(&format!("vrrpadm {command}"))?;
        println!("nobody$ vrrpadm {command}\n{}", refused.stderr);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains("root"), "{refused:?}");
    }
    let reload = as_nobody("vrrpadm reload")?;
    println!("nobody$ vrrpadm reload\n{}", reload.stderr);
    assert_eq!(reload.code, Some(2), "{reload:?}");
    assert_eq!(instance(host, "inst1")?["priority"], 100);
    Ok(())
}

/// What stands on the disk of scripts that are watched, and what systemd knows of units that are.
fn what_conditions_need(host: &Container) -> Result<()> {
    let file = "/etc/vrrp/vrrp.d/watched.toml";
    let track = |track: &str| {
        let instance = "interface = 'eth0'\nvrid = 9\naddresses = ['192.0.2.9/24']\nenabled = false\n";
        host.write(file, &format!("[instance.watched]\n{instance}[[instance.watched.track]]\n{track}\n"))
    };
    track("script = '/opt/check'\nuser = 'moniter'")?;
    says(host, "check", 0, &["/opt/check does not exist", "there is no user moniter"])?;
    host.write("/opt/check", "#!/bin/sh\n")?;
    host.sh("chmod 755 /opt/check && chmod 777 /opt")?;
    track("script = '/opt/check'\nuser = 'daemon'")?;
    says(host, "check", 0, &["/opt, on the way to /opt/check, can be written by everybody"])?;
    host.sh("chmod 755 /opt")?;
    let checked = says(host, "check", 0, &[])?;
    assert!(!checked.stdout.contains("/opt"), "{}", checked.stdout);
    track("unit = 'htpt.service'")?;
    says(host, "check", 0, &["watched: there is no htpt.service: did you mean http.service?"])?;
    host.sh(&format!("rm {file}"))?;
    Ok(())
}

/// What breaks on a host with systemd, each thing for as long as it is broken.
fn what_the_doctor_finds(host: &Container) -> Result<()> {
    let drop_in = "/etc/systemd/system/vrrp.service.d/90-lab.conf";
    says(host, "doctor", 0, &["Nothing is wrong with: configuration, daemon, installation, units, ordering,"])?;

    host.sh("touch $(systemctl show --property FragmentPath --value http.service)")?;
    says(host, "doctor --json", 1, &["the files of http.service have changed since systemd read them"])?;
    host.systemctl("daemon-reload")?;

    host.write("/etc/systemd/system/site.service", "[Unit]\nAfter=http.service\n[Service]\nExecStart=/bin/true\n")?;
    host.write(drop_in, "[Unit]\nAfter=site.service\n[Service]\nCPUSchedulingPolicy=other\n")?;
    host.systemctl("daemon-reload")?;
    host.systemctl("restart vrrp.service")?;
    wait_instance(host, "inst1", "master", "")?;
    let circle = ["in a circle", "vrrp.service after site.service after", "after vrrp.service"];
    says(host, "doctor --json", 1, &[&circle[..], &["vrrpd runs without a real-time priority"]].concat())?;
    host.sh(&format!("rm /etc/systemd/system/site.service {drop_in}; systemctl daemon-reload"))?;
    host.systemctl("restart vrrp.service")?;
    wait_instance(host, "inst1", "master", "")?;

    host.systemctl("mask vrrp@inst1.service")?;
    says(host, "doctor inst1 --json", 1, &["vrrp@inst1.service is masked", "systemctl unmask vrrp@inst1.service"])?;
    host.systemctl("unmask vrrp@inst1.service")?;

    // The service listens elsewhere.
    host.sh("cd /etc/nginx/sites-enabled && sed -i.lab 's/listen 80/listen 127.0.0.1:80/; s/listen \\[::\\]:80/listen [::1]:80/' default && mv default.lab /root/")?;
    host.systemctl("restart http.service")?;
    says(host, "doctor --json", 1, &["listens on 127.0.0.1:80", "and not on 192.0.2.10: clients there are refused"])?;
    host.sh("mv /root/default.lab /etc/nginx/sites-enabled/default")?;
    host.systemctl("restart http.service")?;
    wait_instance(host, "inst1", "master", "")?;
    says(host, "doctor", 0, &[])?;

    // Who is not root is told what he may not look at.
    let nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "vrrpadm", "doctor"];
    let told = host.run(&nobody)?.ok()?;
    assert!(
        told.contains("not looked at:") && told.contains("only root may") && !told.contains("All is well"),
        "{told}"
    );
    Ok(())
}

/// What people see elsewhere: `systemctl status` and the journal with explanations.
fn what_systemd_shows(host: &Container) -> Result<()> {
    let status = host.sh("systemctl status --no-pager vrrp.service http.service vrrp@inst1.service")?;
    println!("{status}");
    assert!(status.contains("Status: \"inst1 is Master"), "{status}");
    // A restart keeps the instance Master; what was before is in the journal alone.
    host.systemctl("restart vrrp.service")?;
    wait_instance(host, "inst1", "master", "")?;
    host.sh("journalctl --sync")?;
    let history = says(host, "history inst1", 0, &["vrrpd 0.1.0 starts", "inst1: Backup -> Master"])?;
    assert!(history.stdout.matches("inst1: Backup -> Master").count() > 1, "{}", history.stdout);
    says(host, "history gone", 2, &["there is no instance", "gone"])?;
    host.sh("journalctl --update-catalog")?;
    let journal = host.sh("journalctl --boot --catalog --no-pager --unit vrrp.service")?;
    for explained in
        ["Instance inst1 is Master", "The VRRP daemon starts", "Services can bind to every virtual address"]
    {
        assert!(journal.contains(explained), "the catalog does not explain `{explained}`: {journal}");
    }
    Ok(())
}

/// Two people create at once: both instances are there in the end.
fn two_at_once(host: &Container) -> Result<()> {
    let second = "create inst2 --interface eth0 --vrid 52 --address 192.0.2.20/24 --protect http.service";
    let third = "create inst3 --interface eth0 --vrid 53 --address 192.0.2.30/24 --protect http.service";
    thread::scope(|scope| -> Result<()> {
        let creates = [second, third].map(|create| scope.spawn(move || host.vrrpadm(create)?.ok()));
        for create in creates {
            create.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        }
        Ok(())
    })?;
    for name in ["inst1", "inst2", "inst3"] {
        wait_instance(host, name, "master", "")?;
    }
    says(host, "status", 0, &["inst1", "inst2", "inst3"])?;
    for name in ["inst2", "inst3"] {
        says(host, &format!("delete {name}"), 0, &[])?;
    }
    Ok(())
}

/// Without the daemon the files are changed, and with `--root` those of another host.
fn offline(host: &mut Container) -> Result<()> {
    says(host, "delete inst1", 0, &[])?;
    host.systemctl("mask --now vrrp.service")?;
    says(host, &format!("create inst1 {OPTIONS} --protect http.service"), 0, &["Only the files"])?;
    says(host, "status", 1, &["vrrpd is not running"])?;
    says(host, "delete inst1", 0, &[])?;
    host.systemctl("unmask vrrp.service")?;
    // From outside, as an image is built.
    says(host, &format!("create inst1 --root / {OPTIONS} --protect http.service"), 0, &["Only the files"])?;
    host.power_cut()?;
    host.boot()?;
    wait_instance(host, "inst1", "master", "")?;
    host.wait_unit(LONG, "vrrp@inst1.service", "active")
}

fn all(name: &str, release: Release) -> Result<()> {
    let lab = Lab::new(name)?;
    let mut host = installed(&lab, "host", release)?;
    host.boot()?;
    says(&host, "status", 1, &["vrrpd is not running", "systemctl start"])?;
    create_repeat_delete(&host)?;
    create_from_the_file(&host)?;
    create_without_the_service(&host)?;
    refusals(&host)?;
    what_conditions_need(&host)?;
    as_a_user(&host)?;
    what_the_doctor_finds(&host)?;
    what_systemd_shows(&host)?;
    follow::units_are_attached(&host)?;
    follow::programs_are_run(&host)?;
    two_at_once(&host)?;
    offline(&mut host)
}

#[test]
fn vrrpadm_does_and_says_what_it_should_on_debian_12() -> Result<()> {
    all("tool-12", Release::Debian12)
}

#[test]
fn vrrpadm_does_and_says_what_it_should_on_debian_13() -> Result<()> {
    all("tool-13", Release::Debian13)
}
