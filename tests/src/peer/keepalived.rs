//! Debian's keepalived as a peer.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::os::fd::AsFd;

use super::{Auth, Router, State};
use crate::host::Host;
use crate::process::Process;

const REPORT_DEADLINE: Duration = Duration::from_secs(10);

/// The name of keepalived's own report about its instances.
const REPORT: &str = "keepalived.json";

/// The counters of received packets that keepalived found wrong.
const ERRORS: &[&str] = &[
    "packet_len_err",
    "advert_interval_err",
    "ip_ttl_err",
    "invalid_type_rcvd",
    "addr_list_err",
    "invalid_authtype",
    "authtype_mismatch",
    "auth_failure",
];

/// A running keepalived with an instance for each virtual router.
#[derive(Debug)]
pub struct Keepalived {
    process: Process,
    directory: PathBuf,
    instances: usize,
}

impl Keepalived {
    /// Starts it on a host and returns when its instance is a Backup.
    ///
    /// # Errors
    /// It refuses its configuration; tells what it said.
    pub fn start(host: &Host, router: &Router) -> Result<Self> {
        Self::start_all(host, std::slice::from_ref(router), false)
    }

    /// Does as [`Keepalived::start`] does, with several virtual routers of one version, which move together if they are
    /// `synced`.
    ///
    /// # Errors
    /// As [`Keepalived::start`].
    pub fn start_all(host: &Host, routers: &[Router], synced: bool) -> Result<Self> {
        Self::start_with(host, &configuration(routers, synced), routers.len(), &[])
    }

    /// Does as [`Keepalived::start`] does, with a configuration of so many instances, called lab0, lab1 and so on, and
    /// further options.
    ///
    /// # Errors
    /// As [`Keepalived::start`].
    pub fn start_with(host: &Host, configuration: &str, instances: usize, options: &[&str]) -> Result<Self> {
        let directory = host.directory().join("keepalived");
        fs::create_dir_all(&directory)?;
        let file = |name: &str| directory.join(name).display().to_string();
        fs::write(directory.join("conf"), configuration)?;
        let (conf, pid, vrrp_pid) = (file("conf"), file("pid"), file("vrrp.pid"));
        let argv = [
            "keepalived",
            "--dont-fork",
            "--dont-respawn",
            "--log-console",
            "--log-detail",
            "--no-syslog",
            "--vrrp",
            "--use-file",
            &conf,
            "--pid",
            &pid,
            "--vrrp_pid",
            &vrrp_pid,
        ];
        let argv = [&argv[..], options].concat();
        let reports = directory.display().to_string();
        let process = host.spawn_with(&argv, &[("TMPDIR", reports.as_str())])?;
        for number in 0..instances {
            process.wait_line(Duration::from_secs(10), &entering(number, State::Backup))?;
        }
        Ok(Self { process, directory, instances })
    }

    /// Waits until the state that each of its instances last said to enter is this one.
    ///
    /// # Errors
    /// It does not within `deadline`; tells what it said instead.
    pub fn wait(&self, deadline: Duration, state: State) -> Result<()> {
        let all = || {
            let lines = self.process.log().lines();
            Ok((0..self.instances).all(|number| {
                let last = lines.iter().rev().find(|line| line.contains(&format!("(lab{number}) Entering ")));
                last.is_some_and(|line| line.contains(&entering(number, state)))
            }))
        };
        let waited = self.process.log().wait_until(deadline, all);
        waited.with_context(|| format!("waited for keepalived to be {state:?}"))
    }

    /// The state of its first instance.
    ///
    /// # Errors
    /// It does not report.
    pub fn state(&self) -> Result<State> {
        match self.report()?[0]["data"]["state"].as_u64() {
            Some(0) => Ok(State::Init),
            Some(1) => Ok(State::Backup),
            Some(2) => Ok(State::Master),
            other => bail!("keepalived is in state {other:?}"),
        }
    }

    /// How many received packets it found wrong, in all of its counters together.
    ///
    /// # Errors
    /// It does not report.
    pub fn errors(&self) -> Result<u64> {
        let reports = self.report()?;
        let counters = reports.iter().flat_map(|report| {
            ERRORS.iter().map(|name| {
                let counter = report["stats"][*name].as_u64();
                counter.with_context(|| format!("keepalived reports no {name}"))
            })
        });
        counters.sum()
    }

    /// What it wrote about received packets that it found wrong and does not count, checksums among them.
    pub fn complaints(&self) -> Vec<String> {
        let wrong = ["nvalid", "ncorrect", "ismatch", "iscard", "ropping", "ignor"];
        let mut lines = self.process.log().lines();
        lines.retain(|line| wrong.iter().any(|word| line.contains(word)));
        // What every Backup says that is about to preempt.
        lines.retain(|line| !line.contains("received lower priority"));
        lines
    }

    /// What it reports about its instances: `data` and `stats` of each.
    ///
    /// # Errors
    /// It does not report within ten seconds.
    pub fn report(&self) -> Result<Vec<Value>> {
        let watch = Inotify::init(InitFlags::IN_CLOEXEC)?;
        watch.add_watch(&self.directory, AddWatchFlags::IN_CLOSE_WRITE)?;
        let number = crate::process::Place::machine().run(&["keepalived", "--signum=JSON"])?.ok()?;
        let pid = fs::read_to_string(self.directory.join("vrrp.pid"))?;
        signal(pid.trim().parse()?, number.trim().parse()?)?;
        wait_for(&watch, REPORT)?;
        let report = fs::read_to_string(self.directory.join(REPORT))?;
        let instances: Vec<Value> = serde_json::from_str(&report)?;
        ensure!(instances.len() == self.instances, "keepalived reports {report}");
        Ok(instances)
    }

    /// Sends a signal to both of its processes, the one that speaks VRRP first.
    ///
    /// # Errors
    /// It has ended.
    pub fn signal_all(&self, signal: Signal) -> Result<()> {
        kill(self.vrrp_process()?, signal)?;
        self.process.signal(signal)
    }

    /// The process that speaks VRRP.
    fn vrrp_process(&self) -> Result<Pid> {
        Ok(Pid::from_raw(fs::read_to_string(self.directory.join("vrrp.pid"))?.trim().parse()?))
    }

    /// Stops it: a Master resigns.
    ///
    /// # Errors
    /// It does not end.
    pub fn stop(&self) -> Result<()> {
        self.process.stop()?;
        Ok(())
    }

    /// Kills it: it says nothing, and its addresses stay.
    ///
    /// # Errors
    /// It has ended.
    pub fn crash(&self) -> Result<()> {
        // The child first: when its parent dies, it resigns.
        kill(self.vrrp_process()?, Signal::SIGKILL)?;
        // By then it may have ended by itself.
        let _ended = self.process.signal(Signal::SIGKILL);
        self.process.wait(REPORT_DEADLINE)?;
        Ok(())
    }
}

/// The beginning of what an instance says when it enters a state.
fn entering(number: usize, state: State) -> String {
    let name = match state {
        State::Init => "INIT",
        State::Backup => "BACKUP",
        State::Master => "MASTER",
    };
    format!("(lab{number}) Entering {name} STATE")
}

fn configuration(routers: &[Router], synced: bool) -> String {
    let version = routers.first().map_or(3, |router| router.version);
    let mut lines = vec!["global_defs {".to_owned(), format!("vrrp_version {version}"), "}".into()];
    for (number, router) in routers.iter().enumerate() {
        lines.extend(instance(number, router));
    }
    if synced {
        lines.extend(["vrrp_sync_group lab {".to_owned(), "group {".into()]);
        lines.extend((0..routers.len()).map(|number| format!("lab{number}")));
        lines.extend(["}".into(), "}".into()]);
    }
    lines.push(String::new());
    lines.join("\n")
}

fn instance(number: usize, router: &Router) -> Vec<String> {
    let seconds = f64::from(router.interval) / 100.0;
    let mut lines = vec![
        format!("vrrp_instance lab{number} {{"),
        "state BACKUP".into(),
        format!("interface {}", router.interface),
        format!("virtual_router_id {}", router.vrid),
        format!("priority {}", router.priority),
        format!("advert_int {seconds}"),
    ];
    if router.virtual_mac {
        // Two families of one VRID would both be called vrrp.VRID. With vmac_xmit_base it would listen on eth0, and its
        // macvlan takes what comes from the virtual MAC away from there.
        lines.push(format!("use_vmac vmac{number}"));
    }
    if !router.preempt {
        lines.push("nopreempt".into());
    }
    if let Some(auth) = router.auth {
        let (kind, secret) = match auth {
            Auth::Password(secret) => ("PASS", secret),
            Auth::Ah(secret) => ("AH", secret),
        };
        lines.push(format!("authentication {{\nauth_type {kind}\nauth_pass {secret}\n}}"));
    }
    if let Some(source) = router.source {
        // Unless it is told, it leaves the hop limit of IPv6 to the kernel, whose 64 no VRRP router accepts.
        lines.push(format!("unicast_src_ip {source}"));
    }
    if !router.peers.is_empty() {
        lines.push("unicast_peer {".into());
        lines.extend(router.peers.iter().map(ToString::to_string));
        lines.push("}".into());
    }
    lines.push("virtual_ipaddress {".into());
    lines.extend(router.addresses.iter().map(address));
    lines.extend(["}".into(), "}".into()]);
    lines
}

fn address(address: &IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("{address}/32"),
        IpAddr::V6(address) => format!("{address}/128"),
    }
}

/// Sends a signal that may be a real-time one, which nix has no names for.
fn signal(pid: i32, number: i32) -> Result<()> {
    let argv = ["kill".to_owned(), format!("-{number}"), pid.to_string()];
    crate::process::Place::machine().run(&argv)?.ok()?;
    Ok(())
}

fn wait_for(watch: &Inotify, name: &str) -> Result<()> {
    loop {
        let timeout = PollTimeout::try_from(REPORT_DEADLINE)?;
        let ready = poll(&mut [PollFd::new(watch.as_fd(), PollFlags::POLLIN)], timeout)?;
        if ready == 0 {
            bail!("keepalived did not write {}", Path::new(name).display());
        }
        let written = watch.read_events()?;
        if written.iter().any(|event| event.name.as_deref() == Some(name.as_ref())) {
            return Ok(());
        }
    }
}
