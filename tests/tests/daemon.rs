//! Proofs that neither the daemon's end nor the bus's nor systemd's own restart stops the protected service.

use std::time::Duration;

use anyhow::{Context, Result};
use lab::Container;
use lab::pair::{LONG, Pair, VIPS, VRID, wait_instance};

/// Longer than the other host waits for an advertisement.
const QUIET: Duration = Duration::from_millis(1500);

/// Does something to the daemon of a host and makes sure that nginx has not noticed.
fn nginx_does_not_notice(pair: &Pair, host: &Container, act: impl FnOnce() -> Result<()>) -> Result<()> {
    let nginx = host.main_pid("http.service")?;
    let daemon = host.main_pid("vrrp.service")?;
    pair.client.wire().skip();
    act()?;
    host.wait_journal(LONG, "another vrrpd", |_| {
        Ok(host.active_state("vrrp.service")? == "active"
            && host.main_pid("vrrp.service").is_ok_and(|pid| pid != daemon))
    })?;
    pair.expect_served_by(host.name())?;
    assert_eq!(host.main_pid("http.service")?, nginx);
    assert_eq!(host.active_state("vrrp@inst1.service")?, "active");
    for vip in VIPS {
        let of_vip = if vip.is_ipv6() { format!("[{vip}]") } else { vip.to_string() };
        host.sh(&format!("curl --silent --show-error --max-time 5 http://{of_vip}/"))?;
    }
    Ok(())
}

#[test]
fn a_restart_and_a_crash_of_the_daemon_leave_the_service_alone() -> Result<()> {
    let pair = Pair::protecting("restart", "")?;
    for host in [&pair.left, &pair.right] {
        if host.name() == "right" {
            host.vrrpadm("modify inst1 --priority 200")?.ok()?;
            pair.wait_served_by("right")?;
        }
        let crash = || pair.lab().kill(host.main_pid("vrrp.service")?);
        nginx_does_not_notice(&pair, host, crash).context("SIGKILL")?;
        let restart = || host.systemctl("restart vrrp.service").map(drop);
        nginx_does_not_notice(&pair, host, restart).context("systemctl restart")?;

        // The instance follows the service as before.
        host.systemctl("stop http.service")?;
        pair.expect_resignation(host.name())?;
        host.systemctl("start http.service")?;
        pair.wait_served_by(host.name())?;

        let nginx = host.main_pid("http.service")?;
        pair.client.wire().skip();
        host.systemctl("stop vrrp.service")?;
        pair.expect_resignation(host.name())?;
        assert_eq!(host.main_pid("http.service")?, nginx);
        for nic in ["lo", "eth0"] {
            let left = host.addresses(nic)?;
            assert!(
                !left.iter().any(|address| address.contains("192.0.2.10") || address.contains("2001:db8::10/128")),
                "{nic}: {left:?}"
            );
        }
        host.systemctl("start vrrp.service")?;
        pair.wait_served_by(host.name())?;
    }
    Ok(())
}

/// Restarts what the watch of units goes through, on both hosts at once.
fn nothing_moves(pair: &mut Pair, command: &str) -> Result<()> {
    pair.client.wire().skip();
    pair.each(|host| host.sh(command).map(drop))?;
    pair.client.wire().none(QUIET, "a resignation or another Master", |frame| {
        frame.resigns() || (frame.from("right") && frame.advertises(VRID))
    })?;
    wait_instance(&pair.left, "inst1", "master", "")?;
    wait_instance(&pair.right, "inst1", "backup", "")?;
    // The units are still watched, on the one host and on the other.
    pair.client.wire().skip();
    pair.lab().kill(pair.left.main_pid("http.service")?)?;
    pair.expect_resignation("left")?;
    pair.expect_served_by("right")?;
    pair.lab().kill(pair.right.main_pid("http.service")?)?;
    pair.expect_resignation("right")?;
    wait_instance(&pair.right, "inst1", "barred", "http.service is failed")?;
    pair.each(|host| host.systemctl("start http.service").map(drop))?;
    pair.wait_served_by("left")?;
    wait_instance(&pair.right, "inst1", "backup", "")
}

#[test]
fn neither_a_restart_of_the_bus_nor_of_systemd_moves_the_address_or_ends_the_watch() -> Result<()> {
    let mut pair = Pair::protecting("bus", "")?;
    for command in [
        // As often as a machine is told in a month of package upgrades.
        "for _ in $(seq 20); do systemctl daemon-reload; done",
        "systemctl daemon-reexec",
        "systemctl restart dbus.service",
        "systemctl kill --signal KILL dbus.service; systemctl start dbus.service",
    ] {
        nothing_moves(&mut pair, command).with_context(|| format!("after `{command}`"))?;
    }
    Ok(())
}
