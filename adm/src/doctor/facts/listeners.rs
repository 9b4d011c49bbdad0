//! Sockets that listen, and the units whose processes have them.

use std::collections::HashMap;
use std::net::SocketAddr;

use nix::unistd::geteuid;
use procfs::ProcessCGroup;
use procfs::net::{TcpState, tcp, tcp6};
use procfs::process::{FDTarget, Process, all_processes};

use super::Seen;

/// A TCP socket that listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listener {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The unit of its process; none for a program that is in no unit's control group.
    pub(crate) unit: Option<String>,
    /// The name of its process.
    pub(crate) program: String,
}

/// Finds all sockets of TCP that listen.
pub(crate) fn listeners() -> Seen<Vec<Listener>> {
    let failed = |error: procfs::ProcError| format!("the sockets cannot be listed: {error}");
    let mut sockets = tcp().map_err(failed)?;
    // A kernel without IPv6 has no such file.
    sockets.extend(tcp6().unwrap_or_default());
    let mut waiting: HashMap<u64, SocketAddr> = sockets
        .into_iter()
        .filter(|socket| socket.state == TcpState::Listen)
        .map(|s| (s.inode, s.local_address))
        .collect();
    let mut found = Vec::new();
    for process in all_processes().map_err(failed)?.filter_map(Result::ok) {
        let Ok(descriptors) = process.fd() else { continue };
        for descriptor in descriptors.filter_map(Result::ok) {
            let FDTarget::Socket(inode) = descriptor.target else { continue };
            let Some(&address) = waiting.get(&inode) else { continue };
            found.push(Listener { address, unit: unit(&process), program: name(&process) });
        }
    }
    for listener in &found {
        waiting.retain(|_, address| *address != listener.address);
    }
    if !waiting.is_empty() && !geteuid().is_root() {
        return Err("only root may see whose sockets listen".to_owned());
    }
    // The kernel itself listens, for file servers.
    found.extend(waiting.into_values().map(|address| Listener {
        address,
        unit: None,
        program: "the kernel".to_owned(),
    }));
    Ok(found)
}

fn name(process: &Process) -> String {
    process.stat().map(|stat| stat.comm).unwrap_or_default()
}

/// The unit of a process, by the name of its control group. A service's processes may have groups of their own below it.
fn unit(process: &Process) -> Option<String> {
    let groups = process.cgroups().ok()?.0;
    // systemd has a hierarchy of its own where the kernel has many.
    let is_systemds = |group: &&ProcessCGroup| group.hierarchy == 0 || group.controllers == ["name=systemd"];
    let is_unit = |part: &&str| part.ends_with(".service") || part.ends_with(".scope");
    let of = |group: &ProcessCGroup| group.pathname.split('/').rev().find(is_unit).map(str::to_owned);
    groups.iter().filter(is_systemds).find_map(of)
}
