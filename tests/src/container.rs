//! A host that runs real systemd: a Debian root tree, booted by systemd-nspawn in the host's network namespace.

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::unistd::Pid;

use crate::cgroup::Cgroup;
use crate::host::Host;
use crate::image::{self, Release};
use crate::lab::{Run, place};
use crate::process::{Place, Process};
use crate::switch::Switch;
use crate::tree::Tree;

mod machine;
mod pid;

use machine::Machine;

const BOOT_DEADLINE: Duration = Duration::from_secs(90);
const STOP_DEADLINE: Duration = Duration::from_secs(60);

/// What `systemd-nspawn --keep-unit` returns when its container wants to be booted again.
const REBOOT: i32 = 133;

/// A systemd container. It is a [`Host`] too: once booted, its commands run inside.
#[derive(Debug)]
pub struct Container {
    // Dropped in this order: what runs inside before what it runs in.
    machine: Option<Machine>,
    journal: Option<Process>,
    cgroup: Arc<Cgroup>,
    tree: Tree,
    host: Host,
    release: Release,
    run: Arc<Run>,
}

impl Deref for Container {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}

impl Container {
    pub(crate) fn new(host: Host, release: Release, run: Arc<Run>) -> Result<Self> {
        let image = image::tree(release)?;
        let tree = Tree::new(&host.directory(), &image, Arc::clone(run.mounts()))?;
        tree.write("etc/hostname", &format!("{}\n", host.name()))?;
        tree.write("var/www/html/index.html", &format!("{}\n", host.name()))?;
        let cgroup = run.cgroup(&format!("{}/machine", host.name()))?;
        Ok(Self { machine: None, journal: None, cgroup, tree, host, release, run })
    }

    /// The Debian release that it runs.
    pub const fn release(&self) -> Release {
        self.release
    }

    /// Copies a tree, such as `cargo lab install` makes, over its root. Only before the first boot.
    ///
    /// # Errors
    /// The disk is full.
    pub fn install(&self, from: &Path) -> Result<()> {
        self.tree.copy(from)
    }

    /// Adds a NIC as [`Host::add_nic`] does, which it has at each boot.
    ///
    /// # Errors
    /// As [`Host::add_nic`].
    pub fn add_nic<S: AsRef<str>>(&mut self, name: &str, switch: &Switch, addresses: &[S]) -> Result<()> {
        self.host.add_nic(name, switch, addresses)
    }

    /// Writes a file; `path` is as the container sees it. Not for `/run`, `/tmp` or `/proc`.
    ///
    /// # Errors
    /// Its directory is a file, the disk is full.
    pub fn write(&self, path: &str, content: &str) -> Result<()> {
        self.tree.write(path, content)
    }

    /// Reads a file; as [`Container::write`].
    ///
    /// # Errors
    /// There is no such file.
    pub fn read(&self, path: &str) -> Result<String> {
        self.tree.read(path)
    }

    /// Makes a symbolic link, for instance an alias of a unit.
    ///
    /// # Errors
    /// Something is there already.
    pub fn symlink(&self, target: &str, link: &str) -> Result<()> {
        self.tree.symlink(target, link)
    }

    /// Boots it and returns when systemd says that it is up.
    ///
    /// # Errors
    /// It is not up after 90 seconds; tells what it printed.
    pub fn boot(&mut self) -> Result<()> {
        let machine = Machine::start(&self.host, &self.run, &self.cgroup, self.tree.root())?;
        let leader = machine.wait_ready(BOOT_DEADLINE)?;
        self.host.set_place(inside(leader, &self.host));
        self.machine = Some(machine);
        // The journal is on disk by now, and followed from there through all later boots.
        if self.journal.is_none() {
            let journal = follow_journal(&self.host, &self.run, &self.tree)?;
            self.host.set_journal(journal.log().clone());
            self.journal = Some(journal);
        }
        Ok(())
    }

    /// Reboots it as an administrator does, and returns when it is up again. The network starts anew.
    ///
    /// # Errors
    /// It does not go down or come up in time.
    pub fn reboot(&mut self) -> Result<()> {
        self.run(&["systemctl", "reboot", "--no-block"])?.ok()?;
        self.wait_down(Some(REBOOT))?;
        self.boot()
    }

    /// Shuts it down as an administrator does.
    ///
    /// # Errors
    /// It does not go down in time.
    pub fn power_off(&mut self) -> Result<()> {
        self.run(&["systemctl", "poweroff", "--no-block"])?.ok()?;
        self.wait_down(Some(0))
    }

    /// Kills it without any notice. [`Container::boot`] boots it again with what is on its disk.
    ///
    /// # Errors
    /// Its processes do not die.
    pub fn power_cut(&mut self) -> Result<()> {
        self.cgroup.renew()?;
        self.wait_down(None)
    }

    fn wait_down(&mut self, wanted: Option<i32>) -> Result<()> {
        let machine = self.machine.take().context("it is not booted")?;
        let code = machine.wait_end(STOP_DEADLINE)?;
        if wanted.is_some() && code != wanted {
            bail!("systemd-nspawn of {} ended with {code:?}, not {wanted:?}", self.name());
        }
        self.cgroup.renew()?;
        self.host.renew_network()
    }

    /// The main process of a unit, as the machine sees it.
    ///
    /// # Errors
    /// The unit has no main process.
    pub fn main_pid(&self, unit: &str) -> Result<Pid> {
        let inner = self.systemctl(&format!("show --property MainPID --value {unit}"))?;
        let leader = self.leader()?;
        pid::outer(leader, inner.trim().parse()?).with_context(|| format!("process of {unit}"))
    }

    /// A shell command that opens a shell inside from anywhere on the machine.
    ///
    /// # Errors
    /// It is not booted.
    pub fn shell_command(&self) -> Result<String> {
        Ok(format!("nsenter --target {} --all -- bash --login", self.leader()?))
    }

    fn leader(&self) -> Result<Pid> {
        let machine = self.machine.as_ref().context("it is not booted")?;
        machine.leader().context("it has not started yet")
    }
}

/// Reads the journal on the container's disk from outside, so that no reboot waits for the reader.
fn follow_journal(host: &Host, run: &Run, tree: &Tree) -> Result<Process> {
    let directory = format!("--directory={}", tree.root().join("var/log/journal").display());
    let argv = ["journalctl", &directory, "--follow", "--no-tail", "--merge", "--output=short-unix"];
    let log = run.logs().join(format!("{}-journal.log", host.name()));
    place(run.mounts(), host.cgroup()).spawn(&argv, &log)
}

fn inside(leader: Pid, host: &Host) -> Place {
    let enter = format!("nsenter --target {leader} --all -- env --ignore-environment TERM=dumb");
    let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    let words = enter.split(' ').chain([path, "LANG=C.UTF-8", "HOME=/root"]);
    Place {
        namespaces: Vec::new(),
        cgroup: Some(Arc::clone(host.cgroup())),
        prefix: words.map(str::to_owned).collect(),
    }
}
