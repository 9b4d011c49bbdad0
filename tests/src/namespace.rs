//! Linux namespaces that live as long as a file descriptor: nothing is left behind when the lab is killed.

use std::fs::File;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context, Result, anyhow};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};

/// A network or mount namespace, kept alive by its descriptor.
#[derive(Debug)]
pub struct Namespace {
    file: File,
    kind: CloneFlags,
}

impl Namespace {
    /// Makes an empty network namespace.
    ///
    /// # Errors
    /// The kernel refuses, as it does to anyone but root.
    pub fn network() -> Result<Self> {
        Self::make(CloneFlags::CLONE_NEWNET, "net")
    }

    /// Makes a mount namespace whose mounts never reach the machine's.
    ///
    /// # Errors
    /// The kernel refuses, as it does to anyone but root.
    pub fn mounts() -> Result<Self> {
        Self::make(CloneFlags::CLONE_NEWNS, "mnt")
    }

    fn make(kind: CloneFlags, name: &str) -> Result<Self> {
        in_new_thread(|| {
            unshare(kind).with_context(|| format!("cannot make a {name} namespace"))?;
            if kind == CloneFlags::CLONE_NEWNS {
                let flags = MsFlags::MS_REC | MsFlags::MS_SLAVE;
                mount(None::<&str>, "/", None::<&str>, flags, None::<&str>)?;
            }
            let file = File::open(format!("/proc/thread-self/ns/{name}"))?;
            Ok(Self { file, kind })
        })
    }

    /// Runs `work` on a thread inside this namespace; what it spawns or opens stays inside.
    ///
    /// # Errors
    /// The namespace cannot be entered, or whatever `work` returns.
    pub fn enter<T: Send>(&self, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        in_new_thread(|| {
            self.join_thread()?;
            work()
        })
    }

    /// Moves the calling thread into this namespace, for good.
    ///
    /// # Errors
    /// The kernel refuses.
    pub fn join_thread(&self) -> Result<()> {
        if self.kind == CloneFlags::CLONE_NEWNS {
            // A thread that shares its working directory may not change its mounts.
            unshare(CloneFlags::CLONE_FS)?;
        }
        setns(&self.file, self.kind).context("cannot enter a namespace of the lab")
    }

    /// A path by which other processes (`ip`, `nsenter`, `systemd-nspawn`) find this namespace.
    pub fn path(&self) -> PathBuf {
        use std::os::fd::AsRawFd;
        let process = std::process::id();
        PathBuf::from(format!("/proc/{process}/fd/{}", self.file.as_raw_fd()))
    }
}

fn in_new_thread<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| {
        let thread = thread::Builder::new()
            .spawn_scoped(scope, work)
            .map_err(|error| anyhow!("cannot start a thread: {error}"))?;
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}
