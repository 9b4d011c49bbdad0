//! Proofs that a host boots into its place whatever is missing: the other host, the cable, the NIC, a good configuration.

use std::time::Duration;

use anyhow::{Context, Result};
use lab::Container;
use lab::pair::{LONG, Pair, VIPS, VRID, configure, instance, state_of, wait_instance};

/// How long an answer to ARP or ND may take.
const WINDOW: Duration = Duration::from_millis(300);

/// Tells what went wrong with the start of units since the last boot; nothing, if all is well.
fn boot_troubles(host: &Container) -> Result<String> {
    let cycles = host.sh("journalctl --boot --grep 'ordering cycle' --output=cat --quiet || true")?;
    let bind = host.sh("journalctl --boot --unit nginx --grep 'bind|fail|emerg' --output=cat --quiet || true")?;
    let restarts = host.systemctl("show --value --property NRestarts http.service")?;
    let restarts = if restarts.trim() == "0" { "" } else { "nginx was restarted" };
    Ok([cycles, bind, restarts.to_owned()].concat())
}

/// Makes sure that nginx started at the first try and serves both addresses.
fn nginx_started(host: &Container) -> Result<()> {
    nginx_serves(host)?;
    assert_eq!(boot_troubles(host)?, "", "Debian {}", host.release().number());
    Ok(())
}

/// Makes sure that nginx serves both addresses to the host itself.
fn nginx_serves(host: &Container) -> Result<()> {
    let release = host.release().number();
    assert_eq!(
        host.active_state("http.service")?,
        "active",
        "Debian {release}: {}",
        host.sh("systemctl status --no-pager http.service vrrp.service; ip address; true")?
    );
    for vip in VIPS {
        let url = if vip.is_ipv6() { format!("http://[{vip}]/") } else { format!("http://{vip}/") };
        let body = host.sh(&format!("curl --silent --show-error --max-time 5 {url}"))?;
        assert_eq!(body.trim(), host.name(), "Debian {release}: {url} on the host itself");
    }
    Ok(())
}

#[test]
fn nginx_starts_at_the_first_try_also_on_the_backup_and_without_cable_or_nic() -> Result<()> {
    let mut pair = Pair::new("cold")?;
    for (host, priority) in [(&pair.left, 150), (&pair.right, 100)] {
        configure(host, priority)?;
    }
    pair.each(Container::boot)?;
    pair.each(|host| nginx_started(host))?;
    pair.wait_served_by("left")?;
    wait_instance(&pair.right, "inst1", "backup", "")?;

    // Both lose their power and the cable of one is pulled; then that of the other.
    for (unplugged, other) in [("left", "right"), ("right", "left")] {
        pair.each(Container::power_cut)?;
        pair.lab().switch().unplug(unplugged, "eth0")?;
        pair.each(Container::boot)?;
        pair.each(|host| nginx_started(host))?;
        let host = if unplugged == "left" { &pair.left } else { &pair.right };
        wait_instance(host, "inst1", "fault", "eth0")?;
        pair.wait_served_by(other)?;
        pair.lab().switch().plug(unplugged, "eth0")?;
        pair.wait_served_by("left")?;
    }

    pair.each(|host| {
        host.power_cut()?;
        host.sh("ip link set eth0 name spare0")?;
        host.boot()?;
        nginx_started(host)?;
        wait_instance(host, "inst1", "fault", "eth0")?;
        Ok(())
    })?;
    let wire = pair.client.wire();
    // The NIC is there under another name, and silent about what is held.
    for vip in VIPS {
        assert_eq!(pair.client.who_has(vip, WINDOW)?, [""; 0]);
    }
    wire.skip();
    pair.right.sh("ip link set spare0 name eth0")?;
    pair.expect_served_by("right")?;
    pair.left.sh("ip link set spare0 name eth0")?;
    pair.expect_served_by("left")
}

/// Makes sure that a host says what is wrong with its configuration, and where.
fn the_problem_is_told(host: &Container) -> Result<()> {
    let place = "/etc/vrrp/vrrp.d/broken.toml:2:";
    let status = host.vrrpadm("status")?;
    assert_eq!(status.code, Some(1), "{status:?}");
    assert!(status.stdout.contains(place), "{}", status.stdout);
    let summary = host.systemctl("show --value --property StatusText vrrp.service")?;
    assert!(summary.contains("problem"), "{summary}");
    Ok(())
}

#[test]
fn a_broken_file_and_a_daemon_reload_and_a_reboot_disarm_nothing() -> Result<()> {
    let mut pair = Pair::protecting("broken", "")?;
    pair.client.wire().skip();
    for host in [&pair.left, &pair.right] {
        host.write("/etc/vrrp/vrrp.d/broken.toml", "[instance.inst9]\nvrid = 999\n")?;
        host.systemctl("daemon-reload")?;
        let refused = host.run(&["systemctl", "reload", "vrrp.service"])?;
        assert_ne!(refused.code, Some(0));
        host.wait_journal(LONG, "the reload's problem in the journal", |host| {
            let lines = host.journal()?.lines();
            Ok(lines.iter().any(|line| line.contains("broken.toml:2:")))
        })?;
        the_problem_is_told(host)?;
        let unit = host.systemctl("cat vrrp@inst1.service")?;
        assert!(unit.contains("Requisite=http.service"), "{unit}");
    }
    let resigned = pair.client.wire().all(lab::Frame::resigns);
    assert_eq!(resigned.len(), 0, "{resigned:?}");
    follows_its_unit(&pair)?;

    pair.each(Container::reboot)?;
    for host in [&pair.left, &pair.right] {
        nginx_started(host)?;
        the_problem_is_told(host)?;
    }
    pair.wait_served_by("left")?;
    follows_its_unit(&pair)?;

    for host in [&pair.left, &pair.right] {
        host.sh("rm /etc/vrrp/vrrp.d/broken.toml && systemctl reload vrrp.service")?;
        let status = host.vrrpadm("status")?;
        assert_eq!(status.code, Some(0), "{status:?}");
    }
    Ok(())
}

/// Stops and starts the service on both hosts, the Master first.
fn follows_its_unit(pair: &Pair) -> Result<()> {
    pair.left.systemctl("stop http.service")?;
    pair.wait_served_by("right")?;
    pair.right.systemctl("stop http.service")?;
    pair.expect_resignation("right")?;
    for host in [&pair.left, &pair.right] {
        wait_instance(host, "inst1", "barred", "http.service is inactive")?;
        host.systemctl("start http.service")?;
    }
    pair.wait_served_by("left").context("after the service came back")
}

#[test]
fn a_host_without_dbus_holds_and_is_barred_and_joins_when_dbus_comes() -> Result<()> {
    let mut pair = Pair::new("no-dbus")?;
    for (host, priority) in [(&pair.left, 150), (&pair.right, 100)] {
        configure(host, priority)?;
        for unit in [host.release().bus(), "dbus.socket"] {
            host.symlink("/dev/null", &format!("/etc/systemd/system/{unit}"))?;
        }
    }
    pair.each(Container::boot)?;
    for host in [&pair.left, &pair.right] {
        nginx_started(host)?;
        assert_eq!(host.active_state("vrrp.service")?, "active");
        assert_eq!(host.active_state("vrrp@inst1.service")?, "active");
        // Only the status line can tell: vrrpadm speaks D-Bus.
        host.wait_journal(LONG, "the reason in the status line", |host| {
            let status = host.systemctl("show --value --property StatusText vrrp.service")?;
            Ok(status.contains("inst1 is Backup") && status.contains("http.service is unknown"))
        })?;
        let status = host.vrrpadm("status")?;
        assert_eq!(status.code, Some(1), "{status:?}");
        assert!(status.stderr.contains("start dbus"), "{status:?}");
    }
    let adverts = pair.client.wire().all(|frame| frame.advertises(VRID));
    assert_eq!(adverts.len(), 0, "{adverts:?}");
    for (host, name) in [(&pair.right, "right"), (&pair.left, "left")] {
        pair.client.wire().skip();
        let bus = host.release().bus();
        host.sh(&format!("rm /etc/systemd/system/{bus} /etc/systemd/system/dbus.socket && systemctl daemon-reload"))?;
        host.systemctl(&format!("start dbus.socket {bus}"))?;
        pair.expect_served_by(name)?;
        assert_eq!(state_of(&instance(host, "inst1")?), "master");
    }
    Ok(())
}

#[test]
fn a_host_in_rescue_mode_serves_nothing_and_comes_back_with_all_it_had() -> Result<()> {
    let mut pair = Pair::protecting("rescue", "")?;
    for (master, other) in [("left", "right"), ("right", "left")] {
        let host = if master == "left" { &pair.left } else { &pair.right };
        if master == "right" {
            host.vrrpadm("modify inst1 --priority 200")?.ok()?;
            pair.wait_served_by("right")?;
        }
        pair.client.wire().skip();
        host.systemctl("isolate rescue.target")?;
        pair.expect_resignation(master)?;
        pair.expect_served_by(other)?;
        host.wait_unit(LONG, "http.service", "inactive")?;
        host.wait_unit(LONG, "vrrp@inst1.service", "inactive")?;
        host.wait_unit(LONG, "rescue.target", "active")?;
        pair.client.wire().skip();
        host.systemctl("isolate multi-user.target")?;
        nginx_serves(host)?;
        pair.expect_served_by(master)?;
    }
    pair.each(Container::power_off)
}
