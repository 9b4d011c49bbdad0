//! One lab: a switch, its hosts, and everything that has to vanish with them.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};

use crate::client::Client;
use crate::container::Container;
use crate::host::Host;
use crate::image::Release;
use crate::packages;
use crate::switch::Switch;
use crate::vm::Vm;

mod run;

pub(crate) use run::{Run, place};

/// Labs of one process run one after the other: what they measure suffers from company.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A running lab. Dropping it ends every process and removes every namespace, cgroup and file of it.
#[derive(Debug)]
pub struct Lab {
    switch: Switch,
    run: Arc<Run>,
    hosts: AtomicUsize,
    _turn: Option<MutexGuard<'static, ()>>,
}

impl Lab {
    /// Starts a lab with one switch. Its logs stay in `target/lab/logs/NAME` until the next lab of that name.
    ///
    /// # Errors
    /// The caller is not root, a package or the kernel lacks something; what earlier labs left cannot be removed.
    pub fn new(name: &str) -> Result<Self> {
        Self::start(name, Some(ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Does as [`Lab::new`] does, beside others of this process: where it matters that it works, and not what it measures.
    ///
    /// # Errors
    /// As [`Lab::new`].
    pub fn beside(name: &str) -> Result<Self> {
        Self::start(name, None)
    }

    fn start(name: &str, turn: Option<MutexGuard<'static, ()>>) -> Result<Self> {
        if !geteuid().is_root() {
            bail!("the lab makes network namespaces and containers: run it as root");
        }
        packages::ensure(packages::LAB)?;
        let run = Arc::new(Run::new(name)?);
        let switch = Switch::new("lan", Arc::clone(&run))?;
        Ok(Self { switch, run, hosts: AtomicUsize::new(0), _turn: turn })
    }

    /// The switch that every host's `eth0` is plugged into.
    pub const fn switch(&self) -> &Switch {
        &self.switch
    }

    /// Where processes log, and where files of this lab may be put. Kept on drop.
    pub fn logs(&self) -> &Path {
        self.run.logs()
    }

    /// Makes another segment, apart from the first.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn new_switch(&self, name: &str) -> Result<Switch> {
        Switch::new(name, Arc::clone(&self.run))
    }

    /// Makes a host in a network namespace. The Nth host's `eth0` has 192.0.2.N/24 and 2001:db8::N/64.
    ///
    /// # Errors
    /// The name is in use or longer than 10 characters.
    pub fn host(&self, name: &str) -> Result<Host> {
        self.host_with(name, &self.next_addresses())
    }

    /// Makes a host in a network namespace whose `eth0` has the given addresses.
    ///
    /// # Errors
    /// As [`Lab::host`]; or an address is malformed.
    pub fn host_with<S: AsRef<str>>(&self, name: &str, addresses: &[S]) -> Result<Host> {
        let mut host = self.bare_host(name)?;
        host.add_nic("eth0", &self.switch, addresses)?;
        Ok(host)
    }

    /// Makes a host in a network namespace, without any NIC.
    ///
    /// # Errors
    /// As [`Lab::host`].
    pub fn bare_host(&self, name: &str) -> Result<Host> {
        Host::new(name, Arc::clone(&self.run))
    }

    /// Makes a host that runs systemd of a Debian release, not booted yet, addressed as [`Lab::host`] does.
    ///
    /// # Errors
    /// As [`Lab::host`]; or the release's image cannot be made.
    pub fn container(&self, name: &str, release: Release) -> Result<Container> {
        self.container_with(name, release, &self.next_addresses())
    }

    /// Does as [`Lab::container`] does, with the given addresses on `eth0`.
    ///
    /// # Errors
    /// As [`Lab::container`]; or an address is malformed.
    pub fn container_with<S: AsRef<str>>(&self, name: &str, release: Release, addresses: &[S]) -> Result<Container> {
        Container::new(self.host_with(name, addresses)?, release, Arc::clone(&self.run))
    }

    /// Makes a virtual machine of a Debian release, not booted yet, addressed as [`Lab::host`] does.
    ///
    /// # Errors
    /// As [`Lab::host`]; or there is no QEMU, or the release's image cannot be made.
    pub fn vm(&self, name: &str, release: Release) -> Result<Vm> {
        packages::ensure(packages::VM)?;
        Vm::new(self.host(name)?, release, Arc::clone(&self.run))
    }

    /// Makes a client host, addressed as [`Lab::host`] does.
    ///
    /// # Errors
    /// As [`Lab::host`].
    pub fn client(&self, name: &str) -> Result<Client> {
        Ok(Client::new(self.host(name)?, self.switch.capture()?))
    }

    /// Kills a process without any notice, as a crash does.
    ///
    /// # Errors
    /// There is no such process.
    pub fn kill(&self, pid: Pid) -> Result<()> {
        kill(pid, Signal::SIGKILL).with_context(|| format!("cannot kill the process {pid}"))
    }

    fn next_addresses(&self) -> [String; 2] {
        let number = self.hosts.fetch_add(1, Ordering::Relaxed) + 1;
        [format!("192.0.2.{number}/24"), format!("2001:db8::{number:x}/64")]
    }
}
