//! Who undoes what is done here, and how often: told when it happens, and as a fight where it goes on.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;

/// What is undone so soon after something else was belongs to the same round: `ip address flush` goes over a link up to
/// ten times, and NetworkManager takes one address after the other.
const ROUND: Duration = Duration::from_millis(100);
/// How long rounds are remembered, and how long is kept silent about a fight that was told.
const MINUTE: Duration = Duration::from_secs(60);
/// So many rounds in a minute are a fight.
const FIGHT: usize = 5;

/// What others undo, link by link.
#[derive(Debug, Default)]
pub(super) struct Fights(BTreeMap<u32, Fight>);

#[derive(Debug, Default)]
struct Fight {
    /// When each round of the last minute began.
    rounds: VecDeque<Instant>,
    /// When something was last undone.
    last: Option<Instant>,
    /// Who was seen to do it.
    who: Option<String>,
    /// When it was told that it is a fight.
    told: Option<Instant>,
}

/// What is to be told of something that was undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// That it was.
    Once,
    /// That it is a fight of so many rounds in a minute.
    Fight(usize),
    /// Nothing: it is part of what was told.
    Nothing,
}

impl Fights {
    /// Notes who removes something from a link.
    pub(super) fn suspect(&mut self, link: u32, who: String) {
        self.0.entry(link).or_default().who = Some(who);
    }

    /// Who was last seen to remove something from a link.
    pub(super) fn suspected(&self, link: u32) -> Option<&str> {
        self.0.get(&link)?.who.as_deref()
    }

    /// Notes that something on a link was undone.
    pub(super) fn undone(&mut self, link: u32, now: Instant) -> Telling {
        let fight = self.0.entry(link).or_default();
        let same_round = fight.last.is_some_and(|last| now < last + ROUND);
        fight.last = Some(now);
        if same_round {
            return Telling::Nothing;
        }
        fight.rounds.push_back(now);
        while fight.rounds.front().is_some_and(|first| *first + MINUTE <= now) {
            fight.rounds.pop_front();
        }
        let rounds = fight.rounds.len();
        if rounds < FIGHT {
            return Telling::Once;
        }
        if fight.told.is_some_and(|told| now < told + MINUTE) {
            return Telling::Nothing;
        }
        fight.told = Some(now);
        Telling::Fight(rounds)
    }

    /// Forgets a link.
    pub(super) fn link_gone(&mut self, link: u32) {
        self.0.remove(&link);
    }
}

/// The largest number that Linux gives to a process (`PID_MAX_LIMIT`).
const LARGEST_PROCESS: u32 = 4_194_304;

/// The program behind the port number of a netlink socket: the first socket of a process has the process's number.
///
/// It is nobody where the kernel acted by itself and where it was a further socket. A process that has ended, or that the unit's
/// `ProtectProc=` hides, is told by its number alone.
pub(super) fn program(port: u32) -> Option<String> {
    if !(1..=LARGEST_PROCESS).contains(&port) {
        return None;
    }
    let folder = Path::new("/proc").join(port.to_string());
    let words = fs::read(folder.join("cmdline")).unwrap_or_default();
    let path = words.split(|&byte| byte == 0).next().map(String::from_utf8_lossy).unwrap_or_default();
    // `nginx: worker` is no path.
    let name = path.rsplit('/').next().filter(|name| !name.is_empty());
    Some(name.map_or_else(|| format!("process {port}"), |name| format!("{name} (process {port})")))
}

/// Which network manager configures a link, as far as it tells.
pub(super) fn manager(link: u32) -> Option<String> {
    let networkd = fs::read_to_string(format!("/run/systemd/netif/links/{link}")).unwrap_or_default();
    let value = |key: &str| networkd.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    if value("ADMIN_STATE").is_some_and(|state| state != "unmanaged") {
        let file = value("NETWORK_FILE").map(|file| format!(" by {file}")).unwrap_or_default();
        return Some(format!("systemd-networkd configures it{file}"));
    }
    let manager = fs::read_to_string(format!("/run/NetworkManager/devices/{link}")).unwrap_or_default();
    let managed = manager.lines().any(|line| line == "managed=true");
    managed.then(|| "NetworkManager configures it".to_owned())
}

#[cfg(test)]
mod tests;
