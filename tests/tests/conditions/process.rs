//! Processes by name.
//!
//! The kernel tells a daemon in a namespace of no process, so that what is proven here is how it looks for them. How it
//! hears of them is proven where the daemon's own tests run, outside of every namespace.

use std::fs;

use anyhow::Result;
use lab::pair::{LONG, installed, wait_instance};
use lab::{Frame, Lab, Release};

use super::scene::{Scene, condition};

const HOW: &str = " (looked for every second, as the kernel does not tell of processes here)";

#[test]
fn a_process_decides_where_the_address_is() -> Result<()> {
    let name = format!("vrrplab{}", std::process::id());
    let lines = format!("[[instance.inst1.track]]\nprocess = \"{name}\"\ncount = 2\n");
    let scene = Scene::new("process", |_| lines)?;
    scene.bad("process", &format!("no process {name} runs{HOW}"))?;
    let program = scene.left.directory().join(&name).display().to_string();
    fs::copy("/usr/bin/sleep", &program)?;
    let _first = scene.left.spawn(&[&program, "1000"])?;
    let second = scene.left.spawn(&[&program, "1000"])?;
    scene.good("process", &format!("at least 2 processes {name} run{HOW}"))?;
    second.stop()?;
    scene.bad("process", &format!("only 1 of 2 processes {name} run{HOW}"))?;
    assert_eq!(condition(&scene.ours, "process")?["effect"], "backup");
    let _third = scene.left.spawn(&[&program, "1000"])?;
    scene.good("process", &format!("at least 2 processes {name} run{HOW}"))
}

/// As it is installed, it sees the processes of other users.
fn under_the_unit(name: &str, release: Release) -> Result<()> {
    let lab = Lab::beside(name)?;
    let client = lab.client("client")?;
    let mut host = installed(&lab, "host", release)?;
    host.write(
        "/etc/systemd/system/worker.service",
        "[Service]\nUser=daemon\nExecStartPre=+/usr/bin/cp /usr/bin/sleep /run/worker\nExecStart=/run/worker infinity\n",
    )?;
    host.write(
        "/etc/vrrp/vrrp.toml",
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\nadvert_interval = \"100ms\"\n\
         track = [{ process = \"worker\" }]\n",
    )?;
    host.boot()?;
    wait_instance(&host, "inst1", "barred", &format!("no process worker runs{HOW}"))?;
    host.systemctl("start worker.service")?;
    wait_instance(&host, "inst1", "master", "")?;
    client.wire().skip();
    lab.kill(host.main_pid("worker.service")?)?;
    client.wire().expect(LONG, "the resignation", Frame::resigns)?;
    wait_instance(&host, "inst1", "barred", &format!("no process worker runs{HOW}"))?;
    host.systemctl("start worker.service")?;
    wait_instance(&host, "inst1", "master", "")
}

#[test]
fn the_unit_of_debian_12_lets_the_daemon_see_processes() -> Result<()> {
    under_the_unit("process-12", Release::Debian12)
}

#[test]
fn the_unit_of_debian_13_lets_the_daemon_see_processes() -> Result<()> {
    under_the_unit("process-13", Release::Debian13)
}
