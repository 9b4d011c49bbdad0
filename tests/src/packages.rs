//! The Debian packages that the lab needs, and how they get onto the machine.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use nix::unistd::geteuid;

use crate::process::Place;
use crate::workspace;

/// A Debian package, and a program of it that is run.
type Package = (&'static str, &'static str);

/// What the lab runs.
pub const LAB: &[Package] = &[
    ("dbus-daemon", "/usr/bin/dbus-daemon"),
    ("debian-archive-keyring", "/usr/share/keyrings/debian-archive-trixie-stable.gpg"),
    ("fish", "/usr/bin/fish"),
    ("frr", "/usr/lib/frr/vrrpd"),
    ("git", "/usr/bin/git"),
    ("iproute2", "/usr/sbin/ip"),
    ("iputils-ping", "/usr/bin/ping"),
    ("keepalived", "/usr/sbin/keepalived"),
    ("mmdebstrap", "/usr/bin/mmdebstrap"),
    ("nftables", "/usr/sbin/nft"),
    ("openssh-client", "/usr/bin/ssh"),
    ("openssh-server", "/usr/sbin/sshd"),
    ("systemd-container", "/usr/bin/systemd-nspawn"),
    ("tmux", "/usr/bin/tmux"),
    ("util-linux", "/usr/bin/nsenter"),
    ("valgrind", "/usr/bin/valgrind"),
    ("zsh", "/usr/bin/zsh"),
];

/// What makes a machine of its own.
pub const VM: &[Package] = &[("e2fsprogs", "/usr/sbin/mke2fs"), ("qemu-system-x86", "/usr/bin/qemu-system-x86_64")];

/// What validates XML.
pub const XML: &[Package] = &[("libxml2-utils", "/usr/bin/xmllint")];

/// What makes a Debian package.
pub const DEB: &[Package] = &[("debhelper", "/usr/bin/dh")];

/// What judges one.
pub const LINTIAN: &[Package] = &[("lintian", "/usr/bin/lintian")];

/// What judges manual pages.
pub const PAGES: &[Package] = &[("groff-base", "/usr/bin/groff")];

/// What makes an RPM package.
pub const RPM: &[Package] = &[("rpm", "/usr/bin/rpmbuild")];

/// Installs what is missing of `packages`.
///
/// # Errors
/// Names what is missing if this is not Debian or not root, or apt-get fails.
pub fn ensure(packages: &[Package]) -> Result<()> {
    let missing = missing(packages);
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.join(" ");
    if !geteuid().is_root() {
        bail!("the lab lacks Debian packages: run `apt-get install {list}` as root");
    }
    if !Path::new("/etc/debian_version").exists() {
        bail!("the lab lacks the programs of these Debian packages, and this is not Debian: {list}");
    }
    eprintln!("lab: installing {list}");
    install(&missing)
}

fn missing(packages: &[Package]) -> Vec<&'static str> {
    // Debian 13 may have a keyring in either format.
    let other_format = |file: &str| file.replace(".gpg", ".pgp");
    let lacks = |file: &str| !Path::new(file).exists() && !Path::new(&other_format(file)).exists();
    packages.iter().filter(|(_, file)| lacks(file)).map(|(package, _)| *package).collect()
}

/// Installs without starting services: the lab runs keepalived and FRR itself, in its own namespaces.
fn install(packages: &[&str]) -> Result<()> {
    let policy = Path::new("/usr/sbin/policy-rc.d");
    let ours = !policy.exists();
    if ours {
        fs::write(policy, "#!/bin/sh\nexit 101\n")?;
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(policy, mode)?;
    }
    let installed = apt_get(packages);
    if ours {
        fs::remove_file(policy)?;
    }
    installed
}

/// The files of a package that is not installed, because its service would be started with the machine. Fetched once.
///
/// # Errors
/// This is not Debian, or apt-get does not reach a mirror.
pub fn unpacked(package: &str) -> Result<PathBuf> {
    let packages = workspace::lab_directory().join("packages");
    fs::create_dir_all(&packages)?;
    let lock = File::create(packages.join("lock"))?;
    lock.lock()?;
    let tree = packages.join(package);
    if !tree.exists() {
        let new = packages.join("new");
        if new.exists() {
            fs::remove_dir_all(&new)?;
        }
        fs::create_dir(&new)?;
        unpack(package, &new).with_context(|| format!("the lab cannot work without the Debian package {package}"))?;
        fs::rename(&new, &tree)?;
    }
    Ok(tree)
}

fn unpack(package: &str, into: &Path) -> Result<()> {
    let fetch = format!("cd {} && apt-get --quiet download {package}", into.display());
    // The lists of a machine that was just made are empty or old.
    let fetch = format!("({fetch}) || (apt-get --quiet update && {fetch})");
    let all = format!("{fetch} && dpkg-deb --extract {0}/*.deb {0} && rm {0}/*.deb", into.display());
    Place::machine().run(&["sh", "-c", &all])?.ok()?;
    Ok(())
}

fn apt_get(packages: &[&str]) -> Result<()> {
    let machine = Place::machine();
    let apt_get = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes"];
    let update = [&apt_get[..], &["update"]].concat();
    let install = [&apt_get[..], &["install", "--no-install-recommends"], packages].concat();
    for command in [update, install] {
        if !machine.pass_through(&command)?.success() {
            bail!("`{}` failed: the lab cannot work without", command[2..].join(" "));
        }
    }
    Ok(())
}
