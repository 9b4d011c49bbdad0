//! Proofs that a press of the key offers what this host has, in the shells themselves.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use lab::install::Binaries;
use lab::{Host, Lab, Terminal};

const WAIT: Duration = Duration::from_secs(10);
/// How long a shell may seem to hang, on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_millis(100);

/// Types a line in a shell, presses the key, and waits for what comes of it.
fn types(terminal: &Terminal, line: &str, becomes: &str) -> Result<()> {
    terminal.type_text(line)?;
    terminal.press(&["Tab"])?;
    terminal.wait(WAIT, becomes)?;
    // Takes the line away, in each of them.
    terminal.press(&["C-u"])
}

fn shell(host: &Host, argv: &[&str], source: &str) -> Result<()> {
    let directory = host.directory();
    let root = directory.join("root");
    fs::create_dir_all(root.join("etc/vrrp"))?;
    fs::write(
        root.join("etc/vrrp/vrrp.toml"),
        "[group.uplinks]\nmembers = ['eth1']\n[instance.inst1]\nvrid = 1\n[instance.web]\nprotect = 'x\n",
    )?;
    let programs = Binaries::for_tests()?.vrrpadm.parent().context("a program has a directory")?.display().to_string();
    let path = format!("PATH={programs}:/usr/sbin:/usr/bin:/sbin:/bin");
    let home = format!("HOME={}", directory.display());
    let terminal = Terminal::open(host, 200, 24, &[&path, &home, "PS1=ready> "], argv)?;
    terminal.type_text(&format!("{source}; cd {}; clear; echo so''urced\n", directory.display()))?;
    terminal.wait(WAIT, "sourced")?;
    types(&terminal, "vrrpadm --root root sta", "vrrpadm --root root status")?;
    // What is wrong in a file keeps no name from being offered.
    types(&terminal, "vrrpadm --root root status in", "vrrpadm --root root status inst1")?;
    types(&terminal, "vrrpadm why --root root we", "vrrpadm why --root root web")?;
    types(&terminal, "vrrpadm --root root group show up", "vrrpadm --root root group show uplinks")?;
    types(&terminal, "vrrpadm --root root group offline uplinks et", "group offline uplinks eth1")?;
    types(&terminal, "vrrpadm create x --interface et", "vrrpadm create x --interface eth0")?;
    types(&terminal, "vrrpadm create x --mac vir", "vrrpadm create x --mac virtual")?;
    types(&terminal, "vrrpadm create x --protect systemd-journald.serv", "--protect systemd-journald.service")?;
    Ok(())
}

#[test]
fn bash_zsh_and_fish_offer_what_the_host_has() -> Result<()> {
    let lab = Lab::new("completion")?;
    let host = lab.host("host")?;
    shell(&host, &["bash", "--norc", "-i"], "source <(vrrpadm completions bash)")?;
    shell(&host, &["zsh", "-f", "-i"], "autoload -U compinit; compinit -u; source <(vrrpadm completions zsh)")?;
    shell(&host, &["fish", "--no-config", "-i"], "vrrpadm completions fish | source")
}

#[test]
fn a_shell_waits_for_nobody_and_hears_no_error() -> Result<()> {
    let lab = Lab::new("completion-alone")?;
    let host = lab.host("host")?;
    let vrrpadm = Binaries::for_tests()?.vrrpadm.display().to_string();
    // A bus that nobody serves, and a root that is not there.
    let line = ["--", "vrrpadm", "--bus", "unix:path=/nowhere", "--root", "/nowhere", "status", ""];
    let ask = |shell: &str| {
        let shell = format!("VRRPADM_COMPLETE={shell}");
        let argv = [&["env", &shell, "_CLAP_COMPLETE_INDEX=6", &vrrpadm][..], &line].concat();
        host.run(&argv)
    };
    ask("zsh")?;
    let start = Instant::now();
    let asked = ask("zsh")?;
    let took = start.elapsed();
    ensure!(asked.code == Some(0) && asked.stderr.is_empty(), "{asked:?}");
    ensure!(took < PATIENCE, "it took {took:?}");
    let unknown = ask("tcsh")?;
    ensure!(unknown.parts() == (Some(0), "", ""), "{unknown:?}");
    Ok(())
}
