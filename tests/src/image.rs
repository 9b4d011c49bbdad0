//! Root trees of Debian releases, made once by mmdebstrap and shared by all hosts of a release.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process::Place;
use crate::workspace;

mod machine;
mod mirror;

/// What a container has beyond Debian's essential packages.
const PACKAGES: &[&str] = &[
    "apache2",
    "bash",
    "chrony",
    "curl",
    "dbus",
    "haproxy",
    "iproute2",
    "iputils-ping",
    "keepalived",
    "kmod",
    "less",
    "network-manager",
    "nftables",
    "nginx-light",
    "polkitd",
    "procps",
    "systemd",
    "systemd-sysv",
    "udev",
];

/// Units that would only cost time or get into a test's way.
const MASKED: &[&str] = &[
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "console-getty.service",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "NetworkManager.service",
    "NetworkManager-dispatcher.service",
    "NetworkManager-wait-online.service",
    "ldconfig.service",
    "systemd-networkd-wait-online.service",
];

/// Raised whenever [`finish`] does something else, so that trees are made again.
const RECIPE: u32 = 1;

/// A Debian release that the lab can boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// Debian 12, systemd 252.
    Debian12,
    /// Debian 13, systemd 257.
    Debian13,
}

impl Release {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Debian12, Self::Debian13];

    /// The name that Debian's mirrors know it by.
    pub const fn suite(self) -> &'static str {
        match self {
            Self::Debian12 => "bookworm",
            Self::Debian13 => "trixie",
        }
    }

    /// Its number, such as `12`.
    pub const fn number(self) -> u32 {
        match self {
            Self::Debian12 => 12,
            Self::Debian13 => 13,
        }
    }

    /// The service that is its message bus, as both are in use: Debian's default, and what others have by default.
    pub const fn bus(self) -> &'static str {
        match self {
            Self::Debian12 => "dbus.service",
            Self::Debian13 => "dbus-broker.service",
        }
    }

    fn packages(self) -> Vec<&'static str> {
        let more = match self {
            Self::Debian12 => None,
            Self::Debian13 => Some("dbus-broker"),
        };
        PACKAGES.iter().copied().chain(more).collect()
    }
}

/// How a root tree is made.
struct Recipe {
    /// What its directory's name begins with.
    name: String,
    release: Release,
    packages: Vec<&'static str>,
    /// What mmdebstrap's `--essential-hook` is given.
    hook: Option<&'static str>,
    finish: fn(&Path) -> Result<()>,
}

/// Returns the root tree of a release for containers, which must not be written to; makes it at the first call.
///
/// # Errors
/// mmdebstrap fails: no mirror, no network, no space. Tells what it said.
pub(crate) fn tree(release: Release) -> Result<PathBuf> {
    let (name, packages) = (release.suite().to_owned(), release.packages());
    made(&Recipe { name, release, packages, hook: None, finish })
}

/// Returns the root tree of a release for virtual machines, with Debian's kernel; as [`tree`].
///
/// # Errors
/// As [`tree`].
pub(crate) fn machine(release: Release) -> Result<PathBuf> {
    let (name, packages) = (format!("machine-{}", release.suite()), machine::PACKAGES.to_vec());
    made(&Recipe { name, release, packages, hook: Some(machine::HOOK), finish: machine::finish })
}

fn made(recipe: &Recipe) -> Result<PathBuf> {
    let images = workspace::lab_directory().join("images");
    fs::create_dir_all(&images)?;
    let lock = File::create(images.join("lock"))?;
    lock.lock()?;
    let tree = images.join(format!("{}-{:016x}", recipe.name, recipe.hash()));
    if !tree.exists() {
        recipe.remove_older(&images)?;
        eprintln!("lab: making the root tree {} (once)", recipe.name);
        recipe.make(&images.join("new"), &tree)?;
    }
    Ok(tree)
}

impl Recipe {
    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (&self.packages, MASKED, self.hook, RECIPE).hash(&mut hasher);
        hasher.finish()
    }

    fn remove_older(&self, images: &Path) -> Result<()> {
        for entry in fs::read_dir(images)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.rsplit_once('-').is_some_and(|(name, _)| name == self.name) || name == "new" {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    fn make(&self, new: &Path, tree: &Path) -> Result<()> {
        let mut argv = vec![
            "mmdebstrap".to_owned(),
            "--quiet".into(),
            "--mode=root".into(),
            "--variant=minbase".into(),
            "--components=main".into(),
            format!("--keyring={}", mirror::KEYRINGS),
            format!("--include={}", self.packages.join(",")),
        ];
        argv.extend(self.hook.map(|hook| format!("--essential-hook={hook}")));
        argv.extend(mirror::apt_options()?);
        argv.push(self.release.suite().into());
        argv.push(new.display().to_string());
        argv.push(mirror::find()?);
        // Of its own namespace's network it needs nothing; what it starts is chroot programs only.
        let status = Place::machine().pass_through(&argv)?;
        anyhow::ensure!(status.success(), "mmdebstrap cannot make Debian {}", self.release.number());
        (self.finish)(new).context("cannot finish the root tree")?;
        Ok(fs::rename(new, tree)?)
    }
}

/// Makes a tree boot quietly: no first-boot questions, a journal that survives, no service but nginx.
fn finish(tree: &Path) -> Result<()> {
    quiet(tree, MASKED)?;
    let wants = tree.join("etc/systemd/system/multi-user.target.wants");
    for service in ["apache2.service", "haproxy.service"] {
        fs::remove_file(wants.join(service))?;
    }
    Ok(())
}

/// Does what every tree needs: no first-boot questions, no unit that is in the way, nginx as http.service.
fn quiet(tree: &Path, masked: &[&str]) -> Result<()> {
    // Empty, not missing: systemd fills it in without taking this for a first boot.
    fs::write(tree.join("etc/machine-id"), "")?;
    fs::create_dir_all(tree.join("var/log/journal"))?;
    let units = tree.join("etc/systemd/system");
    for unit in masked {
        symlink("/dev/null", units.join(unit))?;
    }
    // Debian has no http.service: it stands for whatever serves HTTP.
    let nginx = ["usr/lib/systemd/system", "lib/systemd/system"]
        .map(|directory| Path::new(directory).join("nginx.service"))
        .into_iter()
        .find(|unit| tree.join(unit).exists())
        .context("nginx.service is not in the tree")?;
    symlink(Path::new("/").join(nginx), units.join("http.service"))?;
    Ok(())
}
