//! What a virtual machine has: Debian's own kernel, and units that tell the lab how it goes.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::Result;

use super::quiet;

/// What it has beyond Debian's essential packages.
pub(super) const PACKAGES: &[&str] = &[
    "bash",
    "conntrack",
    "conntrackd",
    "curl",
    "dbus",
    "iproute2",
    "iputils-ping",
    "ipvsadm",
    "kmod",
    "linux-image-amd64",
    "nftables",
    "nginx-light",
    "openssh-server",
    "polkitd",
    "procps",
    "systemd",
    "systemd-sysv",
    "udev",
];

/// An initial ramdisk of what the lab's disk needs. A general one takes twice as long to boot.
pub(super) const HOOK: &str = "mkdir -p \"$1/etc/initramfs-tools/conf.d\" && \
     echo MODULES=list > \"$1/etc/initramfs-tools/conf.d/lab\" && \
     printf 'virtio_pci\\nvirtio_blk\\next4\\n' > \"$1/etc/initramfs-tools/modules\"";

/// Units that would only cost time or get into a test's way.
const MASKED: &[&str] = &[
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "conntrackd.service",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "getty@tty1.service",
    "ipvsadm.service",
    "ldconfig.service",
    "modprobe@drm.service",
    "serial-getty@ttyS0.service",
    "systemd-networkd-wait-online.service",
];

/// A unit of the lab, and the unit that wants it.
const UNITS: [(&str, &str, &str); 3] = [
    ("lab-journal.service", include_str!("../../machine/lab-journal.service"), "sysinit.target"),
    ("lab-nics.service", include_str!("../../machine/lab-nics.service"), "sysinit.target"),
    ("lab-up.service", include_str!("../../machine/lab-up.service"), "multi-user.target"),
];

/// Makes a tree boot quietly and tell how it goes, with systemd-networkd and sshd.
pub(super) fn finish(tree: &Path) -> Result<()> {
    quiet(tree, MASKED)?;
    let units = tree.join("etc/systemd/system");
    for (name, text, wanting) in UNITS {
        fs::write(units.join(name), text)?;
        want(&units, wanting, &format!("../{name}"))?;
    }
    want(&units, "multi-user.target", "/lib/systemd/system/systemd-networkd.service")?;
    // Nobody but the lab reaches it, and names and sessions cost seconds.
    fs::write(tree.join("etc/ssh/sshd_config.d/lab.conf"), "UseDNS no\nUsePAM no\nPermitRootLogin yes\n")?;
    Ok(())
}

fn want(units: &Path, wanting: &str, unit: &str) -> Result<()> {
    let wants = units.join(format!("{wanting}.wants"));
    fs::create_dir_all(&wants)?;
    let name = unit.rsplit('/').next().unwrap_or(unit);
    if !wants.join(name).exists() {
        symlink(unit, wants.join(name))?;
    }
    Ok(())
}
