//! A host: a network namespace with NICs on switches, and programs that run in it.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::capture::Capture;
use crate::cgroup::Cgroup;
use crate::lab::Run;
use crate::namespace::Namespace;
use crate::process::{Log, Output, Place, Process};
use crate::switch::Switch;

mod bus;
mod changes;
mod echo;
mod nic;
mod sockets;
mod systemd;
mod web;

pub use bus::Bus;
pub use echo::{ECHO_PORT, Echo};
pub use nic::Nic;
pub use web::Web;

use changes::Changes;

/// A host of the lab. Everything it runs is killed on drop.
#[derive(Debug)]
pub struct Host {
    name: String,
    network: Arc<Namespace>,
    cgroup: Arc<Cgroup>,
    run: Arc<Run>,
    nics: Vec<Nic>,
    place: Place,
    journal: Option<Log>,
    spawned: AtomicUsize,
}

impl Host {
    pub(crate) fn new(name: &str, run: Arc<Run>) -> Result<Self> {
        let cgroup = run.cgroup(name)?;
        let network = Arc::new(nic::network()?);
        let place = crate::lab::place(&network, &cgroup);
        let (nics, spawned) = (Vec::new(), AtomicUsize::new(0));
        let host = Self { name: name.into(), network, cgroup, run, nics, place, journal: None, spawned };
        fs::create_dir(host.directory()).with_context(|| format!("is `{name}` in use twice?"))?;
        Ok(host)
    }

    /// The name that switches and captures know it by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A directory for pid files, sockets and configurations; removed with the lab.
    pub fn directory(&self) -> PathBuf {
        self.run.directory().join(&self.name)
    }

    /// Writes a secret to a file that only root can read, and gives its path.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn secret(&self, name: &str, secret: &str) -> Result<PathBuf> {
        let path = self.directory().join(format!("{name}.secret"));
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        writeln!(file, "{secret}")?;
        Ok(path)
    }

    /// Its NICs in the order in which they were added.
    pub fn nics(&self) -> &[Nic] {
        &self.nics
    }

    /// Adds a NIC with addresses such as `192.0.2.1/24`, plugged into a switch.
    ///
    /// # Errors
    /// The host has a NIC of that name, or an address is malformed.
    pub fn add_nic<S: AsRef<str>>(&mut self, name: &str, switch: &Switch, addresses: &[S]) -> Result<()> {
        let nic = Nic::new(name, switch, addresses);
        nic.connect(&self.name, &self.network)?;
        self.nics.push(nic);
        Ok(())
    }

    /// Replaces its network by a new one with the same NICs, as a power cycle does.
    pub(crate) fn renew_network(&mut self) -> Result<()> {
        let network = Arc::new(nic::network()?);
        // The old ports go with the old namespace, a moment after its last user.
        for nic in &self.nics {
            nic.disconnect(&self.network)?;
        }
        self.network = network;
        self.place = crate::lab::place(&self.network, &self.cgroup);
        for nic in &self.nics {
            nic.connect(&self.name, &self.network)?;
        }
        Ok(())
    }

    /// Makes programs run at `place` instead of directly in the network namespace.
    pub(crate) fn set_place(&mut self, place: Place) {
        self.place = place;
    }

    /// Where its programs run.
    pub(crate) const fn place(&self) -> &Place {
        &self.place
    }

    pub(crate) const fn network(&self) -> &Arc<Namespace> {
        &self.network
    }

    pub(crate) const fn cgroup(&self) -> &Arc<Cgroup> {
        &self.cgroup
    }

    /// Runs a program to its end; see [`Output::ok`].
    ///
    /// # Errors
    /// It cannot be started or does not end within two minutes.
    pub fn run<S: AsRef<str>>(&self, argv: &[S]) -> Result<Output> {
        self.place.run(argv)
    }

    /// Runs a shell command, which must succeed, and returns what it printed.
    ///
    /// # Errors
    /// Its exit code is not 0; tells what it said.
    pub fn sh(&self, command: &str) -> Result<String> {
        let output = self.run(&["sh", "-c", command])?.ok();
        output.with_context(|| format!("on {}", self.name))
    }

    /// Starts a program in the background; its output goes to `HOST-PROGRAM-N.log` among the lab's logs.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn<S: AsRef<str>>(&self, argv: &[S]) -> Result<Process> {
        self.spawn_with(argv, &[])
    }

    /// Does as [`Host::spawn`] does, with further environment variables.
    ///
    /// # Errors
    /// As [`Host::spawn`].
    pub fn spawn_with<S: AsRef<str>>(&self, argv: &[S], environment: &[(&str, &str)]) -> Result<Process> {
        let program = argv.first().context("a program to run")?.as_ref();
        let program = Path::new(program).file_name().unwrap_or_default().to_string_lossy();
        self.place.spawn_with(argv, &self.log_file(&program, self.count()), environment)
    }

    /// A number that nothing else of this host has.
    pub(crate) fn count(&self) -> usize {
        self.spawned.fetch_add(1, Ordering::Relaxed)
    }

    /// Where what a program of this host writes is kept.
    pub(crate) fn log_file(&self, program: &str, number: usize) -> PathBuf {
        self.run.logs().join(format!("{}-{program}-{number}.log", self.name))
    }

    /// Runs `ip -json ARGUMENTS`.
    ///
    /// # Errors
    /// `ip` refuses the arguments.
    pub fn ip(&self, arguments: &str) -> Result<Value> {
        let argv: Vec<&str> = ["ip", "-json"].into_iter().chain(arguments.split_whitespace()).collect();
        let output = self.run(&argv)?.ok()?;
        Ok(if output.trim().is_empty() { Value::Null } else { serde_json::from_str(&output)? })
    }

    /// The addresses of a NIC with their prefix lengths, such as `192.0.2.10/32`; none if there is no such NIC.
    ///
    /// # Errors
    /// `ip` fails.
    pub fn addresses(&self, nic: &str) -> Result<Vec<String>> {
        let links = self.ip("address show")?;
        let links = links.as_array().map(Vec::as_slice).unwrap_or_default();
        let link = links.iter().find(|link| link["ifname"] == nic);
        let addresses = link.and_then(|link| link["addr_info"].as_array());
        let addresses = addresses.map(Vec::as_slice).unwrap_or_default();
        let text = |info: &Value| Some(format!("{}/{}", info["local"].as_str()?, info["prefixlen"]));
        Ok(addresses.iter().filter_map(text).collect())
    }

    /// Waits until `check` is true, asking it again at each change of a link, a neighbour, an address or a route.
    ///
    /// # Errors
    /// It is still false after `deadline`, or fails.
    pub fn wait_network(&self, deadline: Duration, what: &str, check: impl Fn(&Self) -> Result<bool>) -> Result<()> {
        let changes = Changes::new(&self.network)?;
        changes.wait(deadline, || check(self)).with_context(|| format!("waited on {} for: {what}", self.name))
    }

    /// Waits until a NIC has an address, given as [`Host::addresses`] tells it.
    ///
    /// # Errors
    /// It does not within `deadline`.
    pub fn wait_address(&self, deadline: Duration, nic: &str, address: &str) -> Result<()> {
        let has = |host: &Self| Ok(host.addresses(nic)?.iter().any(|found| found == address));
        self.wait_network(deadline, &format!("{address} on {nic}"), has)
    }

    /// Waits until a NIC does not have an address, given as [`Host::addresses`] tells it.
    ///
    /// # Errors
    /// It still has after `deadline`.
    pub fn wait_no_address(&self, deadline: Duration, nic: &str, address: &str) -> Result<()> {
        let lacks = |host: &Self| Ok(host.addresses(nic)?.iter().all(|found| found != address));
        self.wait_network(deadline, &format!("no {address} on {nic}"), lacks)
    }

    /// Captures what a NIC sends and receives.
    ///
    /// # Errors
    /// There is no such NIC.
    pub fn capture(&self, nic: &str) -> Result<Capture> {
        let file = self.run.logs().join(format!("{}-{nic}.pcap", self.name));
        Capture::nic(&self.network, nic, &file)
    }

    /// Captures what a NIC sends, and costs nothing for what it receives.
    ///
    /// # Errors
    /// There is no such NIC.
    pub fn capture_sent(&self, nic: &str) -> Result<Capture> {
        let file = self.run.logs().join(format!("{}-{nic}-sent.pcap", self.name));
        Capture::sent(&self.network, nic, &file)
    }

    /// Answers UDP datagrams that clients send to any address of this host.
    ///
    /// # Errors
    /// The port [`ECHO_PORT`] is in use.
    pub fn echo(&self) -> Result<Echo> {
        Echo::start(&self.name, &self.network)
    }

    /// Starts a D-Bus daemon of its own that lets everybody do everything.
    ///
    /// # Errors
    /// dbus-daemon does not start.
    pub fn bus(&self) -> Result<Bus> {
        Bus::start(self)
    }

    /// Starts a D-Bus daemon of its own with the policy that vrrpd installs, and no other.
    ///
    /// # Errors
    /// dbus-daemon does not start.
    pub fn strict_bus(&self) -> Result<Bus> {
        Bus::start_strict(self)
    }
}
