//! A cgroup (version 2) around everything that a host runs, so that all of it can be killed at once.

use std::fs::{self, File, OpenOptions};
use std::io::Read;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::namespace::Namespace;

/// Where the lab's own mount namespace shows the version 2 hierarchy.
pub(crate) const MOUNT: &str = "/sys/fs/cgroup";

const KILL_DEADLINE: Duration = Duration::from_secs(10);

/// A cgroup that is killed and removed on drop.
#[derive(Debug)]
pub struct Cgroup {
    mounts: Arc<Namespace>,
    path: PathBuf,
}

impl Cgroup {
    /// Makes the cgroup `name`, which may contain slashes, in the hierarchy that `mounts` shows.
    ///
    /// # Errors
    /// The hierarchy is not writable.
    pub fn new(mounts: Arc<Namespace>, name: &str) -> Result<Self> {
        let path = Path::new(MOUNT).join(name);
        mounts.enter(|| fs::create_dir_all(&path).with_context(|| format!("cannot make the cgroup {name}")))?;
        Ok(Self { mounts, path })
    }

    /// The file which moves the process that writes `0` to it into this cgroup.
    ///
    /// # Errors
    /// The cgroup was removed.
    pub fn door(&self) -> Result<File> {
        self.mounts.enter(|| {
            let file = self.path.join("cgroup.procs");
            Ok(OpenOptions::new().write(true).open(file)?)
        })
    }

    /// Kills every process inside and replaces the cgroup by a new one of that name.
    ///
    /// After `cgroup.kill` it would be of no use to systemd: Linux 6.18 compares the kill counts of a cgroup
    /// that was killed and of a new one below it, and kills what is started straight into the latter.
    ///
    /// # Errors
    /// Processes survive for ten seconds, as they do when stuck in the kernel.
    pub fn renew(&self) -> Result<()> {
        self.mounts.enter(|| {
            kill(&self.path)?;
            remove(&self.path)?;
            Ok(fs::create_dir(&self.path)?)
        })
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let removed = self.mounts.enter(|| {
            kill(&self.path)?;
            remove(&self.path)
        });
        if let Err(error) = removed {
            eprintln!("lab: {} stays behind: {error:#}", self.path.display());
        }
    }
}

/// Kills and removes the cgroup `name` which a lab that no longer runs left behind.
///
/// # Errors
/// Its processes do not die.
pub(crate) fn sweep(mounts: &Namespace, name: &str) -> Result<()> {
    let path = Path::new(MOUNT).join(name);
    mounts.enter(|| {
        if path.exists() {
            kill(&path)?;
            remove(&path)?;
        }
        Ok(())
    })
}

fn kill(path: &Path) -> Result<()> {
    let mut events = File::open(path.join("cgroup.events"))?;
    fs::write(path.join("cgroup.kill"), "1")?;
    let deadline = Instant::now() + KILL_DEADLINE;
    while populated(&mut events)? {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            bail!("processes in {} do not die", path.display());
        }
        let timeout = PollTimeout::try_from(left)?;
        poll(&mut [PollFd::new(events.as_fd(), PollFlags::POLLPRI)], timeout)?;
    }
    Ok(())
}

fn populated(events: &mut File) -> Result<bool> {
    use std::io::Seek;
    events.rewind()?;
    let mut text = String::new();
    events.read_to_string(&mut text)?;
    Ok(text.lines().any(|line| line == "populated 1"))
}

fn remove(path: &Path) -> Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove(&entry.path())?;
        }
    }
    fs::remove_dir(path).with_context(|| format!("cannot remove {}", path.display()))
}
