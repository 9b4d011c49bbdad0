//! A host that is a machine of its own: QEMU, emulated, with Debian's kernel, and NICs whose cables can be pulled.
//!
//! Each of its NICs leads, by a tap and a bridge in the host's network namespace, to a switch of the lab. The lab reaches it over a
//! further NIC, `mgmt0`, as an administrator does.

use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::host::Host;
use crate::image::{self, Release};
use crate::lab::Run;
use crate::process::{Place, Process};
use crate::switch::Switch;
use crate::tree::Tree;

mod guest;
mod qemu;
mod qmp;

use qemu::{Parts, Qemu};

/// The NIC that the lab reaches it by.
const LAB_MAC: &str = "02:00:00:ff:00:01";
/// What it says when everything has started.
const UP: &str = "lab: ";
/// Emulated, a boot takes half a minute, and several times that beside others.
const BOOT_DEADLINE: Duration = Duration::from_secs(240);
const STOP_DEADLINE: Duration = Duration::from_secs(120);
/// How big its disk is: most of it takes no space.
const DISK: &str = "2G";

/// What its NICs are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Model {
    /// Intel's 82540EM. QEMU's hears nothing for a second after its multicast filter has changed, as it does whenever an IPv6 address
    /// comes or goes: only for intervals of a second and more.
    E1000,
    /// Realtek's RTL8139.
    #[default]
    Rtl8139,
}

impl Model {
    /// QEMU's name for it.
    const fn device(self) -> &'static str {
        match self {
            Self::E1000 => "e1000",
            Self::Rtl8139 => "rtl8139",
        }
    }
}

/// A virtual machine. It is a [`Host`] too: once booted, its commands run inside.
#[derive(Debug)]
pub struct Vm {
    // Dropped in this order: what speaks with it before itself.
    session: Option<Process>,
    qemu: Option<Qemu>,
    tree: Tree,
    disk: PathBuf,
    image: PathBuf,
    /// What each NIC is, in their order.
    models: Vec<Model>,
    boots: usize,
    host: Host,
    outside: Place,
    run: Arc<Run>,
}

impl Deref for Vm {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}

impl Vm {
    pub(crate) fn new(host: Host, release: Release, run: Arc<Run>) -> Result<Self> {
        let image = image::machine(release)?;
        let tree = Tree::new(&host.directory(), &image, Arc::clone(run.mounts()))?;
        tree.write("var/www/html/index.html", &format!("{}\n", host.name()))?;
        guest::let_in(&host, &tree)?;
        let disk = run.logs().join(format!("{}.disk", host.name()));
        let outside = host.place().clone();
        let nics = host.nics().len();
        let vm = Self {
            session: None,
            qemu: None,
            tree,
            disk,
            image,
            models: vec![Model::default(); nics],
            boots: 0,
            host,
            outside,
            run,
        };
        for nic in vm.host.nics() {
            vm.lay_cable(nic.name())?;
            guest::address(&vm.tree, nic)?;
        }
        Ok(vm)
    }

    /// Makes its NICs of another model. Only before the first boot.
    #[must_use]
    pub fn with(mut self, model: Model) -> Self {
        self.models.fill(model);
        self
    }

    /// Adds a NIC of a model with addresses, plugged into a switch. Only before the first boot. Its name must be the kernel's: in the order
    /// of the models first, and then of the NICs.
    ///
    /// # Errors
    /// As [`Host::add_nic`].
    pub fn add_nic<S: AsRef<str>>(&mut self, name: &str, model: Model, switch: &Switch, addresses: &[S]) -> Result<()> {
        self.host.add_nic(name, switch, addresses)?;
        self.models.push(model);
        self.lay_cable(name)?;
        let nic = self.host.nics().last().context("a NIC was added")?;
        guest::address(&self.tree, nic)
    }

    /// Joins a NIC's end here with the tap that QEMU opens.
    fn lay_cable(&self, nic: &str) -> Result<()> {
        for line in [
            format!("link add br-{nic} type bridge mcast_snooping 0 stp_state 0 forward_delay 0"),
            format!("tuntap add dev tap-{nic} mode tap"),
            format!("address flush dev {nic}"),
            format!("link set {nic} master br-{nic}"),
            format!("link set tap-{nic} master br-{nic}"),
            format!("link set tap-{nic} up"),
            format!("link set br-{nic} up"),
        ] {
            let argv: Vec<&str> = ["ip"].into_iter().chain(line.split(' ')).collect();
            self.outside.run(&argv)?.ok()?;
        }
        // What is here must not speak on the wire.
        for link in [format!("br-{nic}"), format!("tap-{nic}"), nic.to_owned()] {
            let silence = format!("echo 1 >/proc/sys/net/ipv6/conf/{link}/disable_ipv6");
            self.outside.run(&["sh", "-c", &silence])?.ok()?;
        }
        Ok(())
    }

    /// Copies a tree, such as `cargo lab install` makes, over its root. Only before the first boot.
    ///
    /// # Errors
    /// The disk is full.
    pub fn install(&self, from: &Path) -> Result<()> {
        self.tree.copy(from)
    }

    /// Writes a file. Only before the first boot.
    ///
    /// # Errors
    /// Its directory is a file, the disk is full.
    pub fn write(&self, path: &str, content: &str) -> Result<()> {
        ensure!(!self.disk.exists(), "{path} would be on the tree, and no longer on the disk");
        self.tree.write(path, content)
    }

    /// Boots it and returns when systemd says that it is up.
    ///
    /// # Errors
    /// It is not up in time; tells what it printed.
    pub fn boot(&mut self) -> Result<()> {
        self.switch_on()?;
        self.wait_up()
    }

    /// Switches it on, and does not wait.
    ///
    /// # Errors
    /// QEMU does not start.
    pub fn switch_on(&mut self) -> Result<()> {
        if !self.disk.exists() {
            self.make_disk()?;
        }
        let console = self.run.logs().join(format!("{}-console-{}.log", self.host.name(), self.host.count()));
        let boot = self.image.join("boot");
        let parts = Parts { host: &self.host, disk: &self.disk, boot: &boot, models: &self.models, console: &console };
        let qemu = Qemu::start(&parts, guest::PORT)?;
        self.host.set_journal(qemu.journal().clone());
        self.qemu = Some(qemu);
        self.boots = 0;
        Ok(())
    }

    /// Waits until systemd says that it is up.
    ///
    /// # Errors
    /// It is not in time.
    pub fn wait_up(&mut self) -> Result<()> {
        self.boots += 1;
        let journal = self.qemu()?.journal();
        let times = || journal.lines().iter().filter(|line| line.contains(UP)).count();
        let up = journal.wait_until(BOOT_DEADLINE, || Ok(times() >= self.boots));
        up.with_context(|| format!("{} is not up: see its console among {}", self.name(), self.run.logs().display()))?;
        let (session, inside) = guest::enter(&self.host, &self.outside)?;
        self.session = Some(session);
        self.host.set_place(inside);
        Ok(())
    }

    fn make_disk(&self) -> Result<()> {
        let place = Place { namespaces: vec![Arc::clone(self.run.mounts())], ..Place::machine() };
        let (tree, disk) = (self.tree.root().display().to_string(), self.disk.display().to_string());
        place.run(&["mke2fs", "-q", "-t", "ext4", "-d", &tree, &disk, DISK])?.ok()?;
        Ok(())
    }

    fn qemu(&self) -> Result<&Qemu> {
        self.qemu.as_ref().context("it is switched off")
    }

    /// Has it reboot as an administrator does, and does not wait: [`Vm::wait_up`] does.
    ///
    /// # Errors
    /// systemd refuses.
    pub fn start_reboot(&mut self) -> Result<()> {
        self.run(&["systemctl", "reboot", "--no-block"])?.ok()?;
        self.leave();
        Ok(())
    }

    /// Shuts it down as an administrator does.
    ///
    /// # Errors
    /// It does not go down in time.
    pub fn power_off(&mut self) -> Result<()> {
        self.run(&["systemctl", "poweroff", "--no-block"])?.ok()?;
        self.leave();
        self.qemu()?.wait_off(STOP_DEADLINE)?;
        self.qemu = None;
        Ok(())
    }

    /// Cuts the power. What its kernel has not written is lost.
    pub fn power_cut(&mut self) {
        self.leave();
        self.qemu = None;
    }

    fn leave(&mut self) {
        self.session = None;
        self.host.set_place(self.outside.clone());
    }

    /// Stops its processor, as a hypervisor does that moves it or has no time for it.
    ///
    /// # Errors
    /// It is switched off.
    pub fn pause(&self) -> Result<()> {
        self.qemu()?.execute("stop", &json!({}))
    }

    /// Lets its processor go on.
    ///
    /// # Errors
    /// It is switched off.
    pub fn go_on(&self) -> Result<()> {
        self.qemu()?.execute("cont", &json!({}))
    }

    /// Pulls the cable of a NIC: it loses its carrier, and its transceiver tells of no link.
    ///
    /// # Errors
    /// There is no such NIC, or it is switched off.
    pub fn unplug(&self, nic: &str) -> Result<()> {
        self.qemu()?.set_link(nic, false)
    }

    /// Plugs the cable in again.
    ///
    /// # Errors
    /// There is no such NIC, or it is switched off.
    pub fn plug(&self, nic: &str) -> Result<()> {
        self.qemu()?.set_link(nic, true)
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        self.leave();
        // A disk that is gone already takes no space.
        let _gone = fs::remove_file(&self.disk);
    }
}
