//! The addresses at which a unit listens already: whoever makes one of them virtual need not configure that service again.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;

use super::link::Link;

/// The state of a socket that listens, in the kernel's tables.
const LISTEN: &str = "0A";

/// The addresses of a link's subnets at which the processes of some units listen, with their lengths. The host's own are left out.
///
/// Of a unit in a slice of its own nothing is found.
pub(super) fn addresses(units: &[String], link: &Link) -> Vec<String> {
    let sockets: HashSet<String> =
        units.iter().flat_map(|unit| processes(unit)).flat_map(|pid| sockets(&pid)).collect();
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let listening = tables.iter().flat_map(|table| listeners(table, &sockets));
    let fit = listening.filter(|address| !link.is_own(*address));
    let fit: BTreeSet<IpAddr> = fit.filter(|address| link.length_of(*address).is_some()).collect();
    fit.into_iter().map(|address| link.with_length(&address.to_string())).collect()
}

/// The processes of a unit's control group.
fn processes(unit: &str) -> Vec<String> {
    let group = Path::new("/sys/fs/cgroup/system.slice").join(unit).join("cgroup.procs");
    fs::read_to_string(group).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// The inodes of a process's sockets.
fn sockets(pid: &str) -> Vec<String> {
    let descriptors = fs::read_dir(Path::new("/proc").join(pid).join("fd")).into_iter().flatten().flatten();
    let links = descriptors.filter_map(|entry| fs::read_link(entry.path()).ok());
    let inode = |link: &Path| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned());
    links.filter_map(|link| inode(&link)).collect()
}

/// Reads lines of: number, local address and port, remote, state, queues, timer, retransmissions, user, timeout, inode, ….
fn listeners(table: &str, sockets: &HashSet<String>) -> Vec<IpAddr> {
    let addresses = table.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, local, _, state, _, _, _, _, _, inode, ..] = fields.as_slice() else { return None };
        (*state == LISTEN && sockets.contains(*inode)).then(|| address(local.split(':').next()?))?
    });
    addresses.collect()
}

/// Reads an address as the kernel prints it: words of four bytes, each in the host's order.
fn address(text: &str) -> Option<IpAddr> {
    let word = |at: usize| Some(u32::from_str_radix(text.get(at * 8..at * 8 + 8)?, 16).ok()?.to_ne_bytes());
    match text.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            Some(Ipv6Addr::from(<[u8; 16]>::try_from(words.concat()).ok()?).into())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// The kernel's own table tells of this very process.
    #[test]
    fn a_socket_that_listens_is_found_with_its_address() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let own: HashSet<String> = sockets("self").into_iter().collect();
        let table = fs::read_to_string("/proc/net/tcp").unwrap();
        assert!(listeners(&table, &own).contains(&listener.local_addr().unwrap().ip()));
        drop(listener);
        assert!(listeners(&table, &HashSet::new()).is_empty());
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn both_families_are_read() {
        assert_eq!(address("0A0200C0"), Some([192, 0, 2, 10].into()));
        assert_eq!(address("B80D0120000000000000000010000000"), Some("2001:db8::10".parse().unwrap()));
        assert_eq!([address("0A02"), address("zz0200C0")], [None; 2]);
    }
}
