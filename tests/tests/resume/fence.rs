//! A daemon that does not come back, or hangs: the kernel takes its claims away within a lease.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use lab::Container;
use lab::pair::{LONG, Pair, wait_instance};
use lab::restart;
use nix::sys::signal::{Signal, kill};

/// Three advertisements of a second, and what the kernel takes to look at its lifetimes.
const LEASE: Duration = Duration::from_secs(3 + 2);

fn claimed(host: &Container) -> Result<bool> {
    let addresses = host.ip("address show")?.to_string();
    Ok(["192.0.2.10", "192.0.2.20"].iter().any(|vip| {
        let links = addresses.split("\"ifindex\"").filter(|link| !link.contains("LOOPBACK"));
        links.into_iter().any(|link| link.contains(&format!("\"{vip}\"")))
    }))
}

/// Waits until nothing is claimed, and the other host serves; tells how long that took.
fn fenced(pair: &Pair, host: &Container, other: &Container, since: Instant, what: &str) -> Result<()> {
    host.wait_network(LONG, "the claims to be gone", |_| Ok(!claimed(host)?))?;
    let took = since.elapsed();
    println!("Debian {}: {what}: the claims were gone after {took:.1?}", host.release().number());
    ensure!(took < LEASE, "{what}: {took:?}");
    pair.wait_served_by(other.name())
}

fn masked(pair: &Pair, host: &Container, other: &Container) -> Result<()> {
    host.systemctl("mask --runtime vrrp.service")?;
    let since = Instant::now();
    pair.lab().kill(host.main_pid("vrrp.service")?)?;
    fenced(pair, host, other, since, "killed and masked")?;
    host.systemctl("unmask --runtime vrrp.service")?;
    host.sh("systemctl reset-failed vrrp.service; systemctl start vrrp.service")?;
    wait_instance(host, "inst1", "backup", "")
}

/// Systemd tries again and again, and gives up.
fn without_its_program(pair: &Pair, host: &Container, other: &Container) -> Result<()> {
    host.sh("mv /usr/sbin/vrrpd /usr/sbin/vrrpd.away")?;
    let since = Instant::now();
    pair.lab().kill(host.main_pid("vrrp.service")?)?;
    fenced(pair, host, other, since, "killed and without its program")?;
    host.wait_unit(LONG, "vrrp.service", "failed")?;
    let restarts: u32 = host.systemctl("show --value --property NRestarts vrrp.service")?.trim().parse()?;
    println!(
        "Debian {}: systemd gave up after {restarts} restarts in {:.1?}",
        host.release().number(),
        since.elapsed()
    );
    // Systemd counts by windows: at most twice the burst, less one.
    ensure!(restarts < 90, "{restarts}");
    host.sh("mv /usr/sbin/vrrpd.away /usr/sbin/vrrpd && systemctl reset-failed vrrp.service && systemctl start vrrp.service")?;
    wait_instance(host, "inst1", "backup", "")
}

/// The watchdog finds it. It must not go on as Master then: others may have taken over.
fn hung(pair: &Pair, host: &Container, other: &Container) -> Result<()> {
    let daemon = host.main_pid("vrrp.service")?;
    let since = Instant::now();
    kill(daemon, Signal::SIGSTOP)?;
    fenced(pair, host, other, since, "hung")?;
    host.wait_journal(LONG, "a new daemon after the watchdog", |_| {
        Ok(host.main_pid("vrrp.service").is_ok_and(|pid| pid != daemon))
    })?;
    ensure!(host.journal()?.lines().iter().any(|line| line.contains("vrrp.service: Watchdog timeout")));
    wait_instance(host, "inst1", "backup", "")
}

/// All processors are busy with programs that the kernel prefers to all but those of real time.
fn busy(pair: &Pair, host: &Container) -> Result<()> {
    let daemon = host.main_pid("vrrp.service")?;
    host.sh("for i in $(seq 8); do timeout 7 nice -n -20 sh -c 'while :; do :; done' & done; wait; true")?;
    for host in [&pair.left, &pair.right] {
        let timeout = |line: &String| line.contains("vrrp.service: Watchdog timeout");
        ensure!(!host.journal()?.lines().iter().any(timeout), "{} was taken for hung", host.name());
    }
    assert_eq!(host.main_pid("vrrp.service")?, daemon, "it was restarted");
    Ok(())
}

#[test]
fn a_daemon_that_does_not_come_back_or_hangs_loses_its_claims_and_one_that_is_busy_does_not() -> Result<()> {
    let pair = restart::pair("fence")?;
    for host in [&pair.left, &pair.right] {
        busy(&pair, host)?;
    }
    wait_instance(&pair.left, "inst1", "master", "")?;
    // Who was Master is a Backup afterwards, and the other one is next.
    let mut roles = [(&pair.left, &pair.right), (&pair.right, &pair.left)].into_iter().cycle();
    for what in [masked, without_its_program, hung] {
        for (host, other) in roles.by_ref().take(2) {
            what(&pair, host, other)?;
        }
    }
    Ok(())
}
