//! Process ids of a container, as the machine sees them.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};
use nix::unistd::Pid;

/// Finds the process whose id is `inner` in the leader's process namespace.
pub(super) fn outer(leader: Pid, inner: i32) -> Result<Pid> {
    let namespace = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/pid"));
    let wanted = namespace(&leader.to_string())?;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if namespace(&name).ok().as_ref() == Some(&wanted) && inner_of(&name) == Some(inner) {
            return Ok(Pid::from_raw(name.parse()?));
        }
    }
    bail!("no process {inner} in the container")
}

fn inner_of(outer: &str) -> Option<i32> {
    let status = fs::read_to_string(PathBuf::from("/proc").join(outer).join("status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    line.split_whitespace().next_back()?.parse().ok()
}
