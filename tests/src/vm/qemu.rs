//! A QEMU: a machine from power on to power off, with the kernel that its tree has.

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::qmp::Qmp;
use super::{LAB_MAC, Model};
use crate::host::Host;
use crate::process::{Log, Process};

/// Modules that find nothing that is of use, and cost seconds.
const UNUSED: &str = "kvm_amd,kvm_intel,kvm,ccp,psmouse,pcspkr,floppy,i2c_piix4,cfg80211,drm,ata_piix,ata_generic,libata,\
                      loop,fuse,evdev,serio_raw,efi_pstore,configfs,ip_tables,dm_mod,autofs4";
/// `lab-nics.service` loads them, and not udev, to which the names would be as they come.
const NIC_DRIVERS: &str = "e1000,8139cp,8139too";
/// The memory of a machine, in MiB.
const MEMORY: u32 = 512;

/// What a machine is made of.
pub(super) struct Parts<'p> {
    pub(super) host: &'p Host,
    pub(super) disk: &'p Path,
    /// Where its kernel and its initial ramdisk are.
    pub(super) boot: &'p Path,
    /// What its NICs are, in their order.
    pub(super) models: &'p [Model],
    pub(super) console: &'p Path,
}

/// A running machine. Power is cut when it is dropped.
#[derive(Debug)]
pub(super) struct Qemu {
    process: Process,
    qmp: Mutex<Qmp>,
}

impl Qemu {
    /// Switches it on.
    ///
    /// # Errors
    /// QEMU does not start.
    pub(super) fn start(parts: &Parts<'_>, ssh: u16) -> Result<Self> {
        let qmp = parts.host.directory().join("qmp");
        if qmp.exists() {
            fs::remove_file(&qmp)?;
        }
        let listener = UnixListener::bind(&qmp)?;
        let process = parts.host.spawn(&arguments(parts, ssh, &qmp)?)?;
        let qmp = Mutex::new(Qmp::accept(&listener)?);
        Ok(Self { process, qmp })
    }

    /// What its journal says.
    pub(super) const fn journal(&self) -> &Log {
        self.process.log()
    }

    /// Has it do something.
    ///
    /// # Errors
    /// It refuses.
    pub(super) fn execute(&self, command: &str, arguments: &Value) -> Result<()> {
        self.qmp.lock().unwrap_or_else(PoisonError::into_inner).execute(command, arguments).map(drop)
    }

    /// Pulls a cable, or plugs it in again: the NIC has no carrier, and its transceiver no link.
    ///
    /// # Errors
    /// There is no such NIC.
    pub(super) fn set_link(&self, nic: &str, up: bool) -> Result<()> {
        self.execute("set_link", &json!({ "name": nic, "up": up }))
    }

    /// Waits until it has switched itself off.
    ///
    /// # Errors
    /// It has not within `deadline`, or QEMU died.
    pub(super) fn wait_off(&self, deadline: Duration) -> Result<()> {
        let status = self.process.wait(deadline)?;
        if !status.success() {
            bail!("QEMU ended with {status}");
        }
        Ok(())
    }
}

fn arguments(parts: &Parts<'_>, ssh: u16, qmp: &Path) -> Result<Vec<String>> {
    let command_line = format!(
        "root=/dev/vda rw console=ttyS0 quiet net.ifnames=0 mitigations=off panic=-1 module_blacklist={UNUSED} \
         modprobe.blacklist={NIC_DRIVERS} \
         systemd.hostname={}",
        parts.host.name()
    );
    let fixed = "qemu-system-x86_64 -accel tcg,thread=multi -smp 1 -nodefaults -no-user-config -display none -device virtio-serial \
                 -chardev file,id=journal,path=/dev/fd/1 -device virtserialport,chardev=journal,name=journal";
    let mut argv: Vec<String> = fixed.split_whitespace().map(str::to_owned).collect();
    let mut option = |name: &str, value: String| argv.extend([format!("-{name}"), value]);
    option("m", MEMORY.to_string());
    option("kernel", the_one(parts.boot, "vmlinuz-")?);
    option("initrd", the_one(parts.boot, "initrd.img-")?);
    option("append", command_line);
    option("drive", format!("file={},if=virtio,format=raw,cache=unsafe", parts.disk.display()));
    option("serial", format!("file:{}", parts.console.display()));
    option("qmp", format!("unix:{}", qmp.display()));
    for (nic, model) in parts.host.nics().iter().zip(parts.models) {
        let (name, model, mac) = (nic.name(), model.device(), nic.mac());
        option("netdev", format!("tap,id={name},ifname=tap-{name},script=no,downscript=no"));
        // Another MAC address than that of its port here.
        option("device", format!("{model},id=nic-{name},netdev={name},mac={}", mac.replacen("02:00", "52:54", 1)));
    }
    option("netdev", format!("user,id=lab,restrict=on,hostfwd=tcp:127.0.0.1:{ssh}-:22"));
    option("device", format!("virtio-net-pci,netdev=lab,mac={LAB_MAC}"));
    Ok(argv)
}

/// The file of a directory whose name begins so.
fn the_one(directory: &Path, start: &str) -> Result<String> {
    let entries = fs::read_dir(directory)?.flatten().map(|entry| entry.path());
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start));
    let file = entries.into_iter().find(named);
    Ok(file.with_context(|| format!("no {start} in {}", directory.display()))?.display().to_string())
}
