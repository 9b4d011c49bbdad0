//! One boot of a container: the systemd-nspawn process and what it reports.

use std::fs;
use std::net::Shutdown;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::unistd::Pid;

use crate::cgroup::Cgroup;
use crate::host::Host;
use crate::lab::{Run, place};
use crate::process::Process;

/// A container from its start to its end.
#[derive(Debug)]
pub(super) struct Machine {
    nspawn: Process,
    reports: Reports,
    leader: OnceLock<Pid>,
}

/// What systemd-nspawn and the systemd in it report, read for as long as they run: newer ones tell of each
/// daemon-reload too, and stand still until somebody has read that.
#[derive(Debug)]
struct Reports {
    socket: UnixDatagram,
    /// Containers are shared by threads, a receiver is not.
    received: Mutex<Receiver<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Reports {
    fn read(socket: UnixDatagram) -> Result<Self> {
        let (sender, received) = mpsc::channel();
        let source = socket.try_clone()?;
        let reader = thread::spawn(move || {
            let mut report = [0; 4096];
            // Empty is the end: nobody reports nothing.
            while let Ok(length @ 1..) = source.recv(&mut report) {
                // After the boot nobody waits for them.
                let _unread = sender.send(String::from_utf8_lossy(&report[..length]).into_owned());
            }
        });
        Ok(Self { socket, received: Mutex::new(received), reader: Some(reader) })
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        // It ends at once, or its thread would be waited for in vain.
        if self.socket.shutdown(Shutdown::Both).is_ok()
            && let Some(reader) = self.reader.take()
        {
            // Its panic was printed.
            let _panic = reader.join();
        }
    }
}

impl Machine {
    pub(super) fn start(host: &Host, run: &Run, cgroup: &Arc<Cgroup>, root: &Path) -> Result<Self> {
        let socket = host.directory().join("notify");
        if socket.exists() {
            fs::remove_file(&socket)?;
        }
        let reports = UnixDatagram::bind(&socket)?;
        let argv = [
            "systemd-nspawn".to_owned(),
            "--quiet".into(),
            "--boot".into(),
            // No machined and no service manager of the machine has a part in this.
            "--register=no".into(),
            "--keep-unit".into(),
            "--notify-ready=yes".into(),
            format!("--machine={}", host.name()),
            format!("--hostname={}", host.name()),
            format!("--directory={}", root.display()),
            format!("--network-namespace-path={}", host.network().path().display()),
            "--capability=CAP_NET_ADMIN,CAP_NET_RAW".into(),
            "--link-journal=no".into(),
            "--resolv-conf=off".into(),
            "--timezone=off".into(),
            "--console=read-only".into(),
            "--setenv=SYSTEMD_COLORS=0".into(),
        ];
        let socket = socket.display().to_string();
        let environment = [("NOTIFY_SOCKET", socket.as_str())];
        let log = run.logs().join(format!("{}-console.log", host.name()));
        let place = place(run.mounts(), cgroup);
        let nspawn = place.spawn_with(&argv, &log, &environment)?;
        Ok(Self { nspawn, reports: Reports::read(reports)?, leader: OnceLock::new() })
    }

    /// Waits until the container's systemd has started everything, and returns its PID 1.
    pub(super) fn wait_ready(&self, deadline: Duration) -> Result<Pid> {
        let end = Instant::now() + deadline;
        let reports = self.reports.received.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(report) = reports.recv_timeout(left) else {
                bail!("it is not up after {deadline:?}; its console: {}", self.console());
            };
            for line in report.lines() {
                if let Some(leader) = line.strip_prefix("X_NSPAWN_LEADER_PID=") {
                    self.leader.get_or_init(|| Pid::from_raw(leader.parse().unwrap_or_default()));
                }
                if line == "READY=1" {
                    return self.leader().context("systemd-nspawn did not tell its leader");
                }
            }
        }
    }

    pub(super) fn leader(&self) -> Option<Pid> {
        self.leader.get().copied()
    }

    /// Waits for the container's end and returns systemd-nspawn's exit code.
    pub(super) fn wait_end(&self, deadline: Duration) -> Result<Option<i32>> {
        Ok(self.nspawn.wait(deadline)?.code())
    }

    fn console(&self) -> String {
        let lines = self.nspawn.log().lines();
        lines[lines.len().saturating_sub(20)..].join("\n    ")
    }
}
