//! Under systemd, on both versions: nobody notices a crash, a restart or an upgrade.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::Container;
use lab::pair::{LONG, Pair, wait_instance};
use lab::restart::{self, Blow};

const INTERVAL: Duration = Duration::from_millis(4);

/// Puts another program at the path of the one that runs, as a package does: the old file is gone.
fn upgrade(host: &Container) -> Result<()> {
    host.sh("cp /usr/sbin/vrrpd /usr/sbin/.vrrpd.new && printf x >> /usr/sbin/.vrrpd.new && mv /usr/sbin/.vrrpd.new /usr/sbin/vrrpd")?;
    Ok(())
}

/// The size of the program that runs: [`upgrade`] adds a byte.
fn size_of_program(host: &Container) -> Result<u64> {
    let size =
        host.sh("stat --dereference --format %s /proc/$(systemctl show --value --property MainPID vrrp.service)/exe")?;
    Ok(size.trim().parse()?)
}

fn nobody_notices(pair: &Pair, master: &Container, blows: &[Blow]) -> Result<()> {
    let notice = restart::watch(pair, master, blows, INTERVAL)?;
    println!(
        "Debian {}: {blows:?}: {} of {} lost, longest gap between advertisements {:.3?}, back after {:.0?}",
        master.release().number(),
        notice.lost(),
        notice.sent(),
        notice.longest_gap,
        notice.took
    );
    notice.is_nothing()
}

fn the_program_is_replaced(pair: &Pair, master: &Container) -> Result<()> {
    let (pid, size) = (master.main_pid("vrrp.service")?, size_of_program(master)?);
    upgrade(master)?;
    nobody_notices(pair, master, &[Blow::Reexec])?;
    assert_eq!(master.main_pid("vrrp.service")?, pid);
    assert_eq!(size_of_program(master)?, size + 1);
    upgrade(master)?;
    nobody_notices(pair, master, &[Blow::Restart])?;
    assert_eq!(size_of_program(master)?, size + 2);
    // One that cannot be run changes nothing, and is told.
    master.sh("mv /usr/sbin/vrrpd /usr/sbin/vrrpd.good && printf '#!/bin/false\\n' > /usr/sbin/vrrpd && chmod 755 /usr/sbin/vrrpd")?;
    let refused = master.vrrpadm("reexec")?;
    ensure!(refused.code == Some(2) && refused.stderr.contains("goes on running"), "{refused:?}");
    master.sh("mv /usr/sbin/vrrpd.good /usr/sbin/vrrpd")?;
    // Systemd has kept count of the reloads that a reexec looks like.
    assert_eq!(master.active_state("vrrp.service")?, "active");
    wait_instance(master, "inst1", "master", "")
}

fn a_broken_configuration_costs_nothing(pair: &Pair, master: &Container) -> Result<()> {
    master.write("/etc/vrrp/vrrp.d/broken.toml", "[instance.inst9]\nvrid = 999\n")?;
    nobody_notices(pair, master, &[Blow::Kill, Blow::Reexec])?;
    let status = master.vrrpadm("status")?;
    ensure!(status.stdout.contains("broken.toml:2:"), "{}", status.stdout);
    master.sh("rm /etc/vrrp/vrrp.d/broken.toml && systemctl reload vrrp.service").map(drop)
}

/// Who may not serve any more does not because its daemon came back.
fn what_stopped_meanwhile_is_heeded(pair: &Pair, master: &Container, other: &Container) -> Result<()> {
    pair.client.wire().skip();
    master.sh("systemctl kill --signal KILL vrrp.service; systemctl stop http.service")?;
    pair.expect_served_by(other.name()).context("after its service was stopped while the daemon was away")?;
    master.systemctl("start http.service")?;
    wait_instance(master, "inst1", "backup", "")
}

#[test]
fn nobody_notices_that_a_daemon_is_replaced() -> Result<()> {
    let pair = restart::pair("restart")?;
    for (master, other) in [(&pair.left, &pair.right), (&pair.right, &pair.left)] {
        nobody_notices(&pair, master, &[Blow::Kill, Blow::Kill, Blow::Restart, Blow::Kill, Blow::Reexec])?;
        the_program_is_replaced(&pair, master)?;
        a_broken_configuration_costs_nothing(&pair, master)?;
        what_stopped_meanwhile_is_heeded(&pair, master, other)?;
        wait_instance(other, "inst2", "master", "")?;
        master.wait_journal(LONG, "a Backup again", |host| Ok(host.vrrpadm("status")?.code == Some(0)))?;
    }
    Ok(())
}
