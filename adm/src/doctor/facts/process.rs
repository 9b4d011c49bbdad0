//! The daemon's process as the kernel has it, and how late this host wakes programs.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use procfs::process;

use super::Seen;

/// How often the lateness is measured, a millisecond each.
const NAPS: u32 = 200;
const NAP: Duration = Duration::from_millis(1);

/// The daemon's process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Process {
    /// Its number.
    pub(crate) pid: i32,
    /// The capabilities in force, a bit each.
    pub(crate) capabilities: u64,
    /// Its scheduling policy by the kernel's number; 0 is the usual one.
    pub(crate) policy: Option<u32>,
    /// Its control group or one above that has a limit of processor time, with that limit as cpu.max has it.
    pub(crate) quota: Option<(String, String)>,
    /// How often its control group was held back for such a limit.
    pub(crate) throttled: u64,
}

/// Reads what the kernel knows of a process.
pub(crate) fn process(pid: i32) -> Seen<Process> {
    let failed = |error: procfs::ProcError| format!("/proc tells nothing of process {pid}: {error}");
    let process = process::Process::new(pid).map_err(failed)?;
    let (stat, status) = (process.stat().map_err(failed)?, process.status().map_err(failed)?);
    let mut found = Process { pid, capabilities: status.capeff, policy: stat.policy, ..Process::default() };
    let groups = process.cgroups().map(|groups| groups.0).unwrap_or_default();
    if let Some(group) = groups.iter().find(|group| group.hierarchy == 0) {
        let directory = Path::new("/sys/fs/cgroup").join(group.pathname.trim_start_matches('/'));
        let inside = directory.ancestors().take_while(|path| path.starts_with("/sys/fs/cgroup"));
        found.quota = inside.into_iter().find_map(|path| {
            let limit = fs::read_to_string(path.join("cpu.max")).ok()?;
            (!limit.starts_with("max")).then(|| (path.display().to_string(), limit.trim().to_owned()))
        });
        let stat = fs::read_to_string(directory.join("cpu.stat")).unwrap_or_default();
        let throttled = stat.lines().find_map(|line| line.strip_prefix("nr_throttled ")?.parse().ok());
        found.throttled = throttled.unwrap_or_default();
    }
    Ok(found)
}

/// The microseconds of each second that real-time programs may run; negative for all of it.
pub(crate) fn real_time() -> Seen<i64> {
    let read = |file: &str| -> Option<i64> { fs::read_to_string(file).ok()?.trim().parse().ok() };
    read("/proc/sys/kernel/sched_rt_runtime_us")
        .ok_or_else(|| "/proc/sys/kernel/sched_rt_runtime_us cannot be read".to_owned())
}

/// By how much a program without a real-time priority was woken too late, at worst, while this took a fifth of a second.
pub(crate) fn lateness() -> Duration {
    let late = |_| {
        let start = Instant::now();
        thread::sleep(NAP);
        start.elapsed().saturating_sub(NAP)
    };
    (0..NAPS).map(late).max().unwrap_or_default()
}
