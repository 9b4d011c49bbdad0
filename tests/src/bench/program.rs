//! A program under measurement: ours, Debian's keepalived, or FRR's vrrpd.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use nix::unistd::Pid;

use super::fleet::Fleet;
use super::site::{PATIENCE, RUNTIME};
use super::usage::Usage;
use crate::host::{Bus, Host};
use crate::install::Binaries;
use crate::peer::{Frr, Router};
use crate::process::{Output, Place, Process};

/// How our unit has the daemon scheduled. Where it matters, keepalived gets the same.
const REAL_TIME: [&str; 3] = ["chrt", "--rr", "10"];
/// What our unit has systemd expect of it, in microseconds.
const WATCHDOG: [(&str, &str); 1] = [("WATCHDOG_USEC", "3000000")];

/// Which program it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Software {
    /// Our daemon, on a bus.
    Ours,
    /// Debian's keepalived.
    Keepalived,
    /// Debian's FRR: vrrpd and the zebra that it needs.
    Frr,
}

/// A running program, killed on drop.
#[derive(Debug)]
pub(super) struct Program {
    kind: Kind,
    /// When it was run.
    pub(super) started: Instant,
}

#[derive(Debug)]
enum Kind {
    Ours { process: Process, bus: Bus, configuration: PathBuf },
    Keepalived { process: Process, configuration: PathBuf },
    Frr(Frr),
}

impl Program {
    /// Runs a program on a host, and waits for nothing.
    pub(super) fn start(host: &Host, software: Software, fleet: &Fleet) -> Result<Self> {
        Self::start_through(host, software, fleet, &[])
    }

    /// Does as [`Program::start`] does, with the real-time policy of our unit.
    pub(super) fn start_real_time(host: &Host, software: Software, fleet: &Fleet) -> Result<Self> {
        Self::start_through(host, software, fleet, &REAL_TIME)
    }

    fn start_through(host: &Host, software: Software, fleet: &Fleet, through: &[&str]) -> Result<Self> {
        let directory = host.directory();
        let file = |name: &str| directory.join(name).display().to_string();
        let configuration = directory.join("configuration");
        let conf = file("configuration");
        match software {
            Software::Ours => {
                fs::write(&configuration, fleet.ours())?;
                let bus = host.bus()?;
                fs::create_dir_all(directory.join("state"))?;
                let vrrpd = Binaries::for_tests()?.vrrpd.display().to_string();
                let (run, state) = (file(RUNTIME), file("state"));
                let own = ["--config", &conf, "--bus", bus.address(), "--runtime-dir", &run, "--state-dir", &state];
                let argv = [through, &[vrrpd.as_str()], &own].concat();
                let started = Instant::now();
                let process = host.spawn_with(&argv, &WATCHDOG)?;
                Ok(Self { kind: Kind::Ours { process, bus, configuration }, started })
            }
            Software::Keepalived => {
                fs::write(&configuration, fleet.keepalived())?;
                let (pid, vrrp_pid) = (file("pid"), file("vrrp.pid"));
                let own = ["keepalived", "--dont-fork", "--dont-respawn", "--log-console", "--no-syslog", "--vrrp"];
                let files = ["--use-file", &conf, "--pid", &pid, "--vrrp_pid", &vrrp_pid];
                let started = Instant::now();
                let process = host.spawn(&[through, &own, &files].concat())?;
                Ok(Self { kind: Kind::Keepalived { process, configuration }, started })
            }
            Software::Frr => {
                let member = fleet.members().next().context("a fleet has a member")?;
                if fleet.instances > 1 {
                    bail!("FRR is measured with one instance");
                }
                let router = Router::new(member.vrid, 100, &[&member.address.to_string()])?;
                let started = Instant::now();
                Ok(Self { kind: Kind::Frr(Frr::start(host, &router)?), started })
            }
        }
    }

    /// Waits until it listens for every instance of a fleet.
    pub(super) fn wait_listening(&self, fleet: &Fleet) -> Result<()> {
        match &self.kind {
            Kind::Ours { process, .. } => process.wait_line(PATIENCE, "services can bind")?,
            Kind::Keepalived { process, .. } => {
                let last = fleet.instances.saturating_sub(1);
                process.wait_line(PATIENCE, &format!("(i{last}) Entering BACKUP STATE"))?
            }
            // It was waited for.
            Kind::Frr(_) => return Ok(()),
        };
        Ok(())
    }

    fn processes(&self) -> Vec<Pid> {
        match &self.kind {
            Kind::Ours { process, .. } | Kind::Keepalived { process, .. } => vec![process.pid()],
            Kind::Frr(frr) => frr.processes().to_vec(),
        }
    }

    /// What it has used so far.
    pub(super) fn usage(&self) -> Result<Usage> {
        Usage::of(&self.processes())
    }

    /// The bus that ours is on.
    pub(super) fn bus(&self) -> Result<&Bus> {
        match &self.kind {
            Kind::Ours { bus, .. } => Ok(bus),
            Kind::Keepalived { .. } | Kind::Frr(_) => bail!("it is on no bus"),
        }
    }

    /// Runs `vrrpadm` against ours.
    pub(super) fn vrrpadm(&self, arguments: &[&str]) -> Result<Output> {
        let vrrpadm = Binaries::for_tests()?.vrrpadm.display().to_string();
        Place::machine().run(&[&[vrrpadm.as_str(), "--bus", self.bus()?.address()], arguments].concat())
    }

    /// How many lines it has logged.
    pub(super) fn lines(&self) -> usize {
        match &self.kind {
            Kind::Ours { process, .. } | Kind::Keepalived { process, .. } => process.log().lines().len(),
            // Its log is the business of its own files.
            Kind::Frr(_) => 0,
        }
    }

    /// Has it apply another configuration; ours says when it has.
    pub(super) fn reload(&self, fleet: &Fleet) -> Result<()> {
        match &self.kind {
            Kind::Ours { configuration, .. } => {
                fs::write(configuration, fleet.ours())?;
                self.vrrpadm(&["reload"])?.ok()?;
                Ok(())
            }
            Kind::Keepalived { process, configuration } => {
                fs::write(configuration, fleet.keepalived())?;
                process.signal(Signal::SIGHUP)
            }
            Kind::Frr(_) => bail!("FRR is not told to reload here"),
        }
    }

    /// Stops it as an administrator does, and tells how long that took.
    pub(super) fn stop(&self) -> Result<Duration> {
        let start = Instant::now();
        match &self.kind {
            Kind::Ours { process, .. } | Kind::Keepalived { process, .. } => {
                process.signal(Signal::SIGTERM)?;
                process.wait(PATIENCE)?;
            }
            Kind::Frr(frr) => frr.stop()?,
        }
        Ok(start.elapsed())
    }
}
