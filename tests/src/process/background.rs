//! A program in the background: its log, signals and end.

use std::path::Path;
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::log::Log;

const STOP_DEADLINE: Duration = Duration::from_secs(10);

/// A running program, killed on drop.
#[derive(Debug)]
pub struct Process {
    pid: Pid,
    command: String,
    log: Log,
}

impl Process {
    pub(super) fn new(mut child: Child, command: String, log: &Path) -> Result<Self> {
        let log = Log::new(log)?;
        log.follow(child.stdout.take().context("its output is not piped")?);
        log.follow(child.stderr.take().context("its errors are not piped")?);
        let pid = Pid::from_raw(child.id().cast_signed());
        let watched = log.clone();
        thread::spawn(move || {
            if let Ok(status) = child.wait() {
                watched.end(status);
            }
        });
        Ok(Self { pid, command, log })
    }

    /// Its process id, as the machine sees it.
    pub const fn pid(&self) -> Pid {
        self.pid
    }

    /// What it writes to standard output and standard error.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// It has ended.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        kill(self.pid, signal).with_context(|| format!("`{}` does not run", self.command))
    }

    /// Waits for a line that contains `text`.
    ///
    /// # Errors
    /// As [`Log::wait_line`].
    pub fn wait_line(&self, deadline: Duration, text: &str) -> Result<String> {
        self.log.wait_line(deadline, text).with_context(|| format!("`{}`", self.command))
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// It still runs after `deadline`.
    pub fn wait(&self, deadline: Duration) -> Result<ExitStatus> {
        self.log.wait_end(deadline).with_context(|| format!("`{}`", self.command))
    }

    /// Ends it with SIGTERM and waits for that.
    ///
    /// # Errors
    /// It has ended already, or does not end within ten seconds.
    pub fn stop(&self) -> Result<ExitStatus> {
        self.signal(Signal::SIGTERM)?;
        self.wait(STOP_DEADLINE)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.log.ended().is_none() && killpg(self.pid, Signal::SIGKILL).is_ok() {
            // What the kernel cannot end within the deadline dies with the host's cgroup.
            let _late = self.log.wait_end(STOP_DEADLINE);
        }
    }
}
