//! The identity of a running lab, by which a later lab finds and removes what it left when it was killed.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use nix::mount::{MsFlags, mount};

use crate::cgroup::{self, Cgroup};
use crate::namespace::Namespace;
use crate::process::Place;
use crate::workspace;

/// Directories of running labs, each with the lock that its lab holds.
const RUNS: &str = "/run/vrrp-lab";

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// What all parts of a lab share: its name, directory, mounts and cgroup.
#[derive(Debug)]
pub(crate) struct Run {
    id: String,
    directory: PathBuf,
    logs: PathBuf,
    mounts: Arc<Namespace>,
    _lock: File,
}

impl Run {
    pub(super) fn new(name: &str) -> Result<Self> {
        let _gate = gate()?;
        sweep()?;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let id = format!("vrrp-lab-{}-{count}", std::process::id());
        let directory = Path::new(RUNS).join(&id);
        fs::create_dir_all(&directory)?;
        let lock = File::create(directory.join("lock"))?;
        lock.lock()?;
        let logs = workspace::lab_directory().join("logs").join(name);
        if logs.exists() {
            fs::remove_dir_all(&logs)?;
        }
        fs::create_dir_all(&logs)?;
        Ok(Self { id, directory, logs, mounts: Arc::new(mounts()?), _lock: lock })
    }

    /// Sockets, pid files and mount points; removed on drop.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Logs; kept on drop.
    pub(crate) fn logs(&self) -> &Path {
        &self.logs
    }

    /// The mount namespace where containers have their root trees and `/sys/fs/cgroup` is version 2.
    pub(crate) const fn mounts(&self) -> &Arc<Namespace> {
        &self.mounts
    }

    /// Makes the cgroup of a host.
    ///
    /// # Errors
    /// The hierarchy is not writable.
    pub(crate) fn cgroup(&self, host: &str) -> Result<Arc<Cgroup>> {
        let name = format!("{}/{host}", self.id);
        Ok(Arc::new(Cgroup::new(Arc::clone(&self.mounts), &name)?))
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let removed = gate().and_then(|_gate| {
            cgroup::sweep(&self.mounts, &self.id)?;
            Ok(fs::remove_dir_all(&self.directory)?)
        });
        if let Err(error) = removed {
            eprintln!("lab: {} stays behind: {error:#}", self.id);
        }
    }
}

/// Makes the mounts that work alike on every machine, whatever cgroups its PID 1 chose.
fn mounts() -> Result<Namespace> {
    let mounts = Namespace::mounts()?;
    mounts.enter(|| {
        let none = MsFlags::empty();
        mount(Some("cgroup2"), cgroup::MOUNT, Some("cgroup2"), none, None::<&str>)
            .context("cannot mount cgroups (version 2)")?;
        // systemd-nspawn keeps locks and sockets there, which shall not outlive the lab.
        fs::create_dir_all("/run/systemd/nspawn")?;
        mount(Some("tmpfs"), "/run/systemd/nspawn", Some("tmpfs"), none, None::<&str>)?;
        Ok(())
    })?;
    Ok(mounts)
}

/// Waits until no other lab is about to be made, removed or swept.
fn gate() -> Result<File> {
    fs::create_dir_all(RUNS)?;
    let gate = File::create(Path::new(RUNS).join("gate"))?;
    gate.lock()?;
    Ok(gate)
}

/// Removes what labs left that were killed: whose lock nobody holds.
fn sweep() -> Result<()> {
    for entry in fs::read_dir(RUNS)? {
        let directory = entry?.path();
        if !directory.is_dir() || !abandoned(&directory)? {
            continue;
        }
        let id = directory.file_name().unwrap_or_default().to_string_lossy().into_owned();
        mounts()
            .and_then(|mounts| cgroup::sweep(&mounts, &id))
            .and_then(|()| Ok(fs::remove_dir_all(&directory)?))
            .with_context(|| format!("cannot remove what the lab {id} left"))?;
    }
    Ok(())
}

fn abandoned(directory: &Path) -> Result<bool> {
    let Ok(lock) = File::open(directory.join("lock")) else {
        return Ok(true);
    };
    match lock.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// A place inside a namespace of this run, whose programs join `cgroup`.
pub(crate) fn place(namespace: &Arc<Namespace>, cgroup: &Arc<Cgroup>) -> Place {
    Place { namespaces: vec![Arc::clone(namespace)], cgroup: Some(Arc::clone(cgroup)), prefix: Vec::new() }
}
