//! Proofs that `vrrpadm --host` is the same command line on another host: over a real ssh, as systemctl's is.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use lab::install::Binaries;
use lab::peer::Vrrpd;
use lab::{Host, Lab, Output, Process, Terminal};

const WAIT: Duration = Duration::from_secs(15);
const PORT: &str = "2222";
const INSTANCE: &str = "[instance.web]\ninterface = \"eth0\"\nvrid = 10\naddresses = [\"192.0.2.10/24\"]\n\
                        advert_interval = \"100ms\"\n";

/// A host on which root may log in with a key, and where vrrpadm is installed.
struct Server {
    host: Host,
    vrrpd: Vrrpd,
    _sshd: Process,
}

impl Server {
    fn start(lab: &Lab) -> Result<Self> {
        let host = lab.host("server")?;
        let vrrpd = Vrrpd::start(&host, INSTANCE)?;
        vrrpd.wait(WAIT, "web", "Master")?;
        let directory = host.directory();
        let path = directory.display();
        for key in ["host-key", "user-key"] {
            host.sh(&format!("ssh-keygen -q -t ed25519 -N '' -f {path}/{key}"))?;
        }
        let programs = Binaries::for_tests()?.vrrpadm.parent().context("a program has a directory")?.display();
        let configuration = format!(
            "Port {PORT}\nHostKey {path}/host-key\nAuthorizedKeysFile {path}/user-key.pub\nPidFile none\nUsePAM no\n\
             StrictModes no\nPermitRootLogin prohibit-password\nSetEnv PATH={programs}:/usr/bin:/bin\n"
        );
        fs::write(directory.join("sshd.conf"), configuration)?;
        fs::create_dir_all("/run/sshd")?;
        let sshd = host.spawn(&["/usr/sbin/sshd", "-D", "-e", "-f", &format!("{path}/sshd.conf")])?;
        sshd.wait_line(WAIT, "Server listening")?;
        Ok(Self { host, vrrpd, _sshd: sshd })
    }

    /// The ssh of somebody who has the key.
    fn ssh(&self) -> Result<String> {
        let directory = self.host.directory();
        let (path, file) = (directory.display(), directory.join("ssh"));
        let known = format!("-o UserKnownHostsFile={path}/known -o StrictHostKeyChecking=accept-new");
        fs::write(&file, format!("#!/bin/sh\nexec ssh -F none -i {path}/user-key {known} \"$@\"\n"))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
        Ok(format!("SYSTEMD_SSH={}", file.display()))
    }
}

/// Runs vrrpadm on one host for another.
fn adm(client: &Host, ssh: &str, words: &[&str]) -> Result<Output> {
    let program = Binaries::for_tests()?.vrrpadm.display().to_string();
    client.run(&[&["env", ssh, &program, "-H", "root@192.0.2.1:2222"][..], words].concat())
}

#[test]
fn another_host_answers_as_if_it_were_asked_there() -> Result<()> {
    let lab = Lab::new("remote")?;
    let server = Server::start(&lab)?;
    let client = lab.host("client")?;
    let (ssh, bus) = (server.ssh()?, server.vrrpd.bus().address().to_owned());

    let there = server.vrrpd.adm(&["list", "--json"])?;
    let here = adm(&client, &ssh, &["list", "--bus", &bus, "--json"])?;
    assert_eq!(here.code, Some(0), "{here:?}");
    let name = |output: &Output| -> Result<String> {
        let listed: serde_json::Value = serde_json::from_str(&output.stdout)?;
        Ok(listed[0]["name"].as_str().context("no name")?.to_owned())
    };
    assert_eq!((name(&here)?, name(&there)?), ("web".to_owned(), "web".to_owned()));
    let unknown = adm(&client, &ssh, &["why", "wbe", "--bus", &bus])?;
    ensure!(unknown.code == Some(2) && unknown.stderr.contains("did you mean web?"), "{unknown:?}");
    // The files are those of over there, whatever their names are, and nothing of a name is a command.
    let root = server.host.directory().join("it's $(touch made) `x` \"root\"");
    fs::create_dir_all(root.join("etc/vrrp"))?;
    fs::write(root.join("etc/vrrp/vrrp.toml"), "[instance.x]\nvrid = 0\n")?;
    let checked = adm(&client, &ssh, &["check", "--root", &root.display().to_string()])?;
    ensure!(checked.code == Some(1) && checked.stdout.contains("use 1 to 255"), "{checked:?}");

    // On a terminal the other host has that terminal, and its keys.
    let program = Binaries::for_tests()?.vrrpadm.display().to_string();
    let line = [&program, "-H", "root@192.0.2.1:2222", "--bus", &bus, "monitor"];
    let terminal = Terminal::open(&client, 80, 24, &[&ssh], &line)?;
    terminal.wait(WAIT, " web: Master: ")?;
    ensure!(terminal.coloured_screen()?.contains('\x1b'), "{}", terminal.coloured_screen()?);
    terminal.press(&["C-c"])?;
    assert_eq!(terminal.wait_end(WAIT)?.0, 130);
    Ok(())
}

#[test]
fn a_host_that_cannot_be_reached_is_told_by_ssh_and_no_host_is_an_option() -> Result<()> {
    let lab = Lab::new("remote-away")?;
    let host = lab.host("host")?;
    let program = Binaries::for_tests()?.vrrpadm.display().to_string();
    let away = host.run(&[&program, "-H", "192.0.2.1:9", "status"])?;
    ensure!(away.code == Some(255) && away.stderr.contains("Connection refused"), "{away:?}");
    let marker = host.directory().join("made");
    let option = format!("-oProxyCommand=touch {}", marker.display());
    let refused = host.run(&[&program, "-H", &option, "status"])?;
    ensure!(refused.code == Some(2), "{refused:?}");
    let refused = host.run(&[&program, &format!("--host={option}"), "status"])?;
    ensure!(refused.code == Some(2) && refused.stderr.contains("is no name of a host"), "{refused:?}");
    ensure!(!marker.exists(), "ssh took a host for an option");
    Ok(())
}
