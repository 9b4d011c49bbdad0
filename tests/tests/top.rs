//! Proofs that `vrrpadm top` shows on a real terminal what a real daemon does, obeys its keys, and leaves nothing behind.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use anyhow::{Result, ensure};
use lab::install::Binaries;
use lab::peer::Vrrpd;
use lab::{Host, Lab, Terminal};

const WAIT: Duration = Duration::from_secs(15);
const UTF8: &str = "LANG=C.UTF-8";

fn configuration(priority: u8) -> String {
    format!(
        "[instance.web]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\n\
         priority = {priority}\nadvert_interval = \"200ms\"\n\n[instance.db]\ninterface = \"eth0\"\nvrid = 52\n\
         addresses = [\"192.0.2.20/24\"]\npriority = {}\nadvert_interval = \"200ms\"\n",
        priority / 2
    )
}

/// `vrrpadm top` on a terminal of a host, against its daemon.
fn top(host: &Host, vrrpd: &Vrrpd, size: (u16, u16), environment: &[&str], arguments: &[&str]) -> Result<Terminal> {
    let program = Binaries::for_tests()?.vrrpadm.display().to_string();
    let argv = [&[program.as_str(), "--bus", vrrpd.bus().address(), "top"][..], arguments].concat();
    Terminal::open(host, size.0, size.1, environment, &argv)
}

/// The row of an instance that shows a state.
fn is(screen: &str, name: &str, state: &str) -> bool {
    screen.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().filter(|word| !matches!(*word, ">" | "!" | ">!")).collect();
        words.starts_with(&[name, state])
    })
}

/// Tells whether anything on a screen has a colour of its own.
fn has_colours(terminal: &Terminal) -> Result<bool> {
    let screen = terminal.coloured_screen()?;
    Ok(["[31m", "[32m", "[33m", "38;5;"].iter().any(|code| screen.contains(code)))
}

/// Waits for a text that may be broken by the edge of the screen.
fn wait_words(terminal: &Terminal, words: &str) -> Result<String> {
    terminal.wait_until(WAIT, words, |screen| screen.split_whitespace().collect::<Vec<_>>().join(" ").contains(words))
}

#[test]
fn a_hand_over_and_its_undoing_are_seen_and_the_terminal_is_left_clean() -> Result<()> {
    let lab = Lab::new("top")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let (high, low) = (Vrrpd::start(&left, &configuration(200))?, Vrrpd::start(&right, &configuration(100))?);
    high.wait(WAIT, "web", "Master")?;
    low.wait(WAIT, "web", "Backup")?;
    let terminal = top(&left, &high, (80, 24), &[UTF8], &["--sort", "name"])?;
    let other = top(&right, &low, (132, 43), &["LC_ALL=C", "NO_COLOR=1"], &["web"])?;
    terminal.wait_until(WAIT, "both are Master", |screen| is(screen, "web", "Master") && is(screen, "db", "Master"))?;
    terminal.wait(WAIT, "All 2 instances are well: 2 Master.")?;
    other.wait_until(WAIT, "web alone, Backup", |screen| is(screen, "web", "Backup") && !screen.contains(" db "))?;
    let second = terminal.wait_until(WAIT, "what is sent in a second", |screen| {
        screen.contains("/s out") && !screen.contains(" 0.0/s out")
    })?;
    println!("{second}");

    terminal.press(&["End", "r"])?;
    terminal.wait(WAIT, "Resign web? Another host takes over. y/n")?;
    terminal.press(&["y"])?;
    wait_words(&terminal, "web is handed over: 192.0.2.2 is Master")?;
    terminal.wait_until(WAIT, "web has resigned", |screen| {
        is(screen, "web", "Backup") && screen.contains("Master -> Backup") && screen.contains("u undoes that")
    })?;
    let there = other.wait_until(WAIT, "web is Master there", |screen| {
        is(screen, "web", "Master") && screen.contains("Backup -> Master")
    })?;
    ensure!(there.is_ascii(), "{there}");
    println!("{there}");
    ensure!(!has_colours(&other)?, "colours though NO_COLOR is set");
    ensure!(has_colours(&terminal)?, "no colours");

    terminal.press(&["u"])?;
    terminal.wait(WAIT, "web takes part again.")?;
    terminal.wait_until(WAIT, "web is Master again", |screen| is(screen, "web", "Master"))?;
    other.wait_until(WAIT, "web is Backup there", |screen| is(screen, "web", "Backup"))?;
    // What nobody could take over is refused in one line.
    low.stop()?;
    other.wait(WAIT, "vrrpd is not running: start it with systemctl start vrrp.service")?;
    terminal.press(&["r", "y"])?;
    terminal.wait(WAIT, "web: no other host took over, so this one serves again")?;

    terminal.resize(40, 10)?;
    terminal.wait_until(WAIT, "what matters on a small screen", |screen| {
        is(screen, "web", "Master") && screen.lines().all(|line| line.chars().count() <= 40)
    })?;
    terminal.press(&["C-z"])?;
    terminal.press(&["C-l", "?"])?;
    wait_words(&terminal, "?: help, Enter: details")?;
    terminal.press(&["q", "q"])?;
    let (code, screen) = terminal.wait_end(WAIT)?;
    ensure!(code == 0 && screen.trim().is_empty(), "{code}: {screen}");
    other.press(&["C-c"])?;
    let (code, screen) = other.wait_end(WAIT)?;
    ensure!(code == 0 && screen.trim().is_empty(), "{code}: {screen}");
    Ok(())
}

#[test]
fn a_daemon_that_comes_back_is_followed_and_an_instance_is_disabled_in_its_files() -> Result<()> {
    let lab = Lab::new("top-alone")?;
    let host = lab.host("host")?;
    let mut vrrpd = Vrrpd::start(&host, &configuration(100))?;
    vrrpd.wait(WAIT, "web", "Master")?;
    // Where `disable` looks, its file is the one that the daemon reads.
    let root = host.directory().join("root");
    fs::create_dir_all(root.join("etc/vrrp"))?;
    symlink(host.directory().join("vrrp/vrrp.toml"), root.join("etc/vrrp/vrrp.toml"))?;
    let root = root.display().to_string();
    let terminal = top(&host, &vrrpd, (80, 24), &[UTF8], &["--root", &root, "--interval", "500ms"])?;
    terminal.wait_until(WAIT, "web is Master", |screen| is(screen, "web", "Master"))?;
    vrrpd.crash()?;
    terminal.wait(WAIT, "vrrpd is not running: start it with systemctl start vrrp.service")?;
    vrrpd.start_again(&host)?;
    terminal.wait_until(WAIT, "web is Master again", |screen| is(screen, "web", "Master"))?;

    terminal.type_text("/web")?;
    terminal.wait_until(WAIT, "db is left out", |screen| !is(screen, "db", "Master"))?;
    terminal.press(&["Enter", "d", "y"])?;
    wait_words(&terminal, "web is disabled. There is no systemd")?;
    terminal.wait_until(WAIT, "web is in Init", |screen| is(screen, "web", "Init"))?;
    ensure!(fs::read_to_string(host.directory().join("vrrp/vrrp.toml"))?.contains("enabled = false"));
    terminal.press(&["e", "y"])?;
    wait_words(&terminal, "web is enabled. It is ")?;
    terminal.wait_until(WAIT, "web is Master at last", |screen| is(screen, "web", "Master"))?;

    let pid = host.sh(&format!("pgrep -n -f '[ ]top --root {root}'"))?;
    host.sh(&format!("kill -TERM {}", pid.trim()))?;
    let (code, screen) = terminal.wait_end(WAIT)?;
    ensure!(code == 0 && screen.trim().is_empty(), "{code}: {screen}");
    Ok(())
}

#[test]
fn where_there_is_no_screen_it_says_what_to_use() -> Result<()> {
    let lab = Lab::new("top-nowhere")?;
    let host = lab.host("host")?;
    let vrrpd = Vrrpd::start(&host, &configuration(100))?;
    let refused = vrrpd.adm(&["top"])?;
    ensure!(refused.code == Some(2) && refused.stderr.contains("vrrpadm monitor follows without one"), "{refused:?}");
    let refused = vrrpd.adm(&["top", "wbe"])?;
    ensure!(refused.code == Some(2) && refused.stderr.contains("did you mean web?"), "{refused:?}");
    let refused = vrrpd.adm(&["top", "--interval", "1ms"])?;
    ensure!(refused.code == Some(2) && refused.stderr.contains("write a time from 100ms to 1h"), "{refused:?}");
    let dumb = top(&host, &vrrpd, (80, 24), &["TERM=dumb"], &[])?;
    let (code, screen) = dumb.wait_end(WAIT)?;
    ensure!(
        code == 2 && screen.contains("TERM=\"dumb\" has no screen") && screen.contains("vrrpadm monitor"),
        "{screen}"
    );
    Ok(())
}
