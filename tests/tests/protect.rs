//! Proofs that the address follows the protected service, on a host with systemd 252 and one with 257.

use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use lab::Container;
use lab::pair::{LONG, Pair, VRID, instance, wait_instance};

/// Longer than the other host waits for an advertisement, and shorter than a person notices.
const QUIET: Duration = Duration::from_millis(1500);

/// How often each host's service is killed to be timed.
const KILLS: usize = 15;

/// A host that is Master, and the one that is not.
struct Roles<'a> {
    pair: &'a Pair,
    master: &'a Container,
    other: &'a Container,
}

impl Roles<'_> {
    /// Runs a command that takes the service away from the Master: it resigns and the other serves.
    fn moves(&self, command: &str) -> Result<()> {
        self.pair.client.wire().skip();
        self.master.sh(command)?;
        let moved = || {
            self.pair.expect_resignation(self.master.name())?;
            self.pair.expect_served_by(self.other.name())
        };
        moved().with_context(|| format!("after `{command}` on {}", self.master.name()))
    }

    /// Runs a command that gives it the service again: it preempts.
    fn comes_back(&self, command: &str) -> Result<()> {
        self.pair.client.wire().skip();
        // Debian lets nginx be started five times in ten seconds, which a test does.
        self.master.sh("systemctl reset-failed http.service 2>/dev/null || true")?;
        self.master.sh(command)?;
        let back = self.pair.expect_served_by(self.master.name());
        back.with_context(|| format!("after `{command}` on {}", self.master.name()))
    }

    /// Kills the service: the Master resigns and the other takes over.
    fn kill(&self) -> Result<()> {
        self.pair.client.wire().skip();
        self.pair.lab().kill(self.master.main_pid("http.service")?)?;
        self.pair.expect_resignation(self.master.name())?;
        self.pair.expect_master(self.other.name())
    }
}

/// Plays everything that can happen to a service on the host that has the higher priority.
fn the_address_follows(roles: &Roles) -> Result<()> {
    let master = roles.master;
    roles.kill().context("after SIGKILL")?;
    roles.pair.wait_served_by(roles.other.name())?;
    wait_instance(master, "inst1", "barred", "http.service is failed")?;
    roles.comes_back("systemctl start http.service")?;

    roles.moves("systemctl stop http.service")?;
    wait_instance(master, "inst1", "barred", "http.service is inactive")?;
    roles.comes_back("systemctl start http.service")?;

    roles.moves("systemctl mask --now nginx.service")?;
    roles.comes_back("systemctl unmask nginx.service && systemctl start http.service")?;

    let wire = roles.pair.client.wire();
    wire.skip();
    master.systemctl("restart http.service")?;
    roles.pair.expect_resignation(master.name())?;
    roles.pair.expect_master(roles.other.name())?;
    roles.pair.expect_served_by(master.name())?;

    roles.moves("sed -i s/listen/listne/ /etc/nginx/sites-enabled/default; ! systemctl restart http.service")?;
    wait_instance(master, "inst1", "barred", "http.service is failed")?;
    roles.comes_back("sed -i s/listne/listen/ /etc/nginx/sites-enabled/default; systemctl start http.service")
}

/// Reloads the service on the Master: nothing moves.
fn a_reload_moves_nothing(roles: &Roles) -> Result<()> {
    let wire = roles.pair.client.wire();
    wire.skip();
    roles.master.systemctl("reload http.service")?;
    wire.none(QUIET, "a resignation or another Master", |frame| {
        frame.resigns() || (frame.from(roles.other.name()) && frame.advertises(VRID))
    })?;
    assert_eq!(instance(roles.master, "inst1")?["state"], "master");
    Ok(())
}

/// Lets the service crash and be restarted until systemd gives up.
fn a_crash_loop_moves_it_for_good(roles: &Roles) -> Result<()> {
    let (pair, master) = (roles.pair, roles.master);
    let restart = "[Unit]\nStartLimitBurst=3\nStartLimitIntervalSec=300\n[Service]\nRestart=always\nRestartSec=300ms\n";
    master.write("/etc/systemd/system/http.service.d/restart.conf", restart)?;
    master.systemctl("daemon-reload")?;
    master.systemctl("reset-failed http.service")?;
    for crash in 1..=2 {
        roles.kill().with_context(|| format!("after crash {crash}"))?;
        // Nobody starts it but systemd.
        pair.wait_served_by(master.name())?;
    }
    master.write(
        "/etc/systemd/system/http.service.d/crash.conf",
        "[Service]\nType=simple\nPIDFile=\nExecStartPre=\nExecStart=\nExecStart=/bin/false\n",
    )?;
    master.systemctl("daemon-reload")?;
    roles.kill().context("after the last crash")?;
    master.wait_unit(LONG, "http.service", "failed")?;
    wait_instance(master, "inst1", "barred", "http.service is failed")?;
    pair.client.wire().skip();
    pair.client
        .wire()
        .none(QUIET, "a Master without a service", |frame| frame.from(master.name()) && frame.advertises(VRID))?;
    master.sh("rm -r /etc/systemd/system/http.service.d && systemctl daemon-reload")?;
    roles.comes_back("systemctl start http.service")
}

#[test]
fn the_address_follows_the_service_and_comes_back_on_both_systemd_versions() -> Result<()> {
    let pair = Pair::protecting("protect", "")?;
    for (master, other) in [(&pair.left, &pair.right), (&pair.right, &pair.left)] {
        let roles = Roles { pair: &pair, master, other };
        if instance(master, "inst1")?["state"] != "master" {
            roles.comes_back("vrrpadm modify inst1 --priority 200")?;
        }
        the_address_follows(&roles)?;
        a_reload_moves_nothing(&roles)?;
        a_crash_loop_moves_it_for_good(&roles)?;
    }
    for host in [&pair.left, &pair.right] {
        let blamed =
            "journalctl --boot --unit vrrp.service --grep 'put back|a fight with' --output=cat --quiet || true";
        assert_eq!(host.sh(blamed)?, "", "on {} nobody else touches addresses", host.name());
    }
    Ok(())
}

#[test]
fn a_reboot_of_the_master_moves_the_address_and_it_comes_back() -> Result<()> {
    let mut pair = Pair::protecting("reboot", "")?;
    pair.client.wire().skip();
    pair.left.reboot()?;
    pair.expect_resignation("left")?;
    pair.expect_served_by("right")?;
    pair.expect_served_by("left")?;
    pair.left.vrrpadm("modify inst1 --priority 50")?.ok()?;
    pair.wait_served_by("right")?;
    pair.client.wire().skip();
    pair.right.reboot()?;
    pair.expect_resignation("right")?;
    pair.expect_served_by("left")?;
    pair.expect_served_by("right")
}

#[test]
fn the_resignation_is_on_the_wire_within_milliseconds_of_the_services_death() -> Result<()> {
    let pair = Pair::protecting("kills", "--no-preempt")?;
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..KILLS {
        // Without preemption each kill hands the address over, so that both hosts are timed in turn.
        for (of_host, (master, other)) in times.iter_mut().zip([(&pair.left, &pair.right), (&pair.right, &pair.left)]) {
            let wire = pair.client.wire();
            let pid = master.main_pid("http.service")?;
            wire.skip();
            let killed = SystemTime::now();
            pair.lab().kill(pid)?;
            let resigned =
                wire.expect(LONG, "the resignation", |frame| frame.from(master.name()) && frame.resigns())?;
            of_host.push(resigned.at.duration_since(killed)?);
            pair.expect_served_by(other.name())?;
            master.wait_unit(LONG, "http.service", "failed")?;
            master.systemctl("reset-failed http.service")?;
            master.systemctl("start http.service")?;
            master.wait_unit(LONG, "vrrp@inst1.service", "active")?;
            wait_instance(master, "inst1", "backup", "")?;
        }
    }
    for (host, times) in [&pair.left, &pair.right].into_iter().zip(&mut times) {
        times.sort();
        let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
        let release = host.release().number();
        println!(
            "Debian {release}: from the unit's death to the resignation on the wire, {KILLS} kills: median {median:?}, at most {worst:?}"
        );
        assert!(median <= Duration::from_millis(100), "{times:?}");
    }
    Ok(())
}
