//! `virtual_ipaddress` and `virtual_ipaddress_excluded`.

use std::collections::HashSet;
use std::net::IpAddr;

use vrrp::config::is_link_local;

use super::Words;
use crate::import::fate::{Fate, Kind};
use crate::import::shown;
use crate::import::translate::Work;
use crate::import::tree::Statement;
use crate::import::trial;

/// The words behind an address that have a value.
const WITH_VALUE: [&str; 8] = ["brd", "broadcast", "scope", "label", "preferred_lft", "track_group", "metric", "proto"];
/// Those that have none.
const ALONE: [&str; 8] = ["home", "-nodad", "nodad", "mngtmpaddr", "noprefixroute", "autojoin", "no_track", "use_vmac"];

/// The addresses of an instance, each with its prefix length.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// Whether the family that keepalived advertises is IPv6.
    pub(super) first_is_v6: bool,
    /// Those of that family.
    pub(super) first: Vec<(IpAddr, u8)>,
    /// Those of the other one.
    pub(super) second: Vec<(IpAddr, u8)>,
    /// Those of either that keepalived moves and does not advertise.
    pub(super) unadvertised: Vec<(IpAddr, u8)>,
    /// All of them.
    known: HashSet<IpAddr>,
}

impl Addresses {
    pub(super) fn contain(&self, ip: IpAddr) -> bool {
        self.known.contains(&ip)
    }

    /// Those that are advertised.
    pub(super) fn advertised(&self) -> Vec<(IpAddr, u8)> {
        [self.first.as_slice(), &self.second].concat()
    }
}

impl Work {
    /// Reads all addresses of an instance on a link.
    pub(super) fn addresses(&mut self, words: &Words<'_>, link: Option<&str>) -> Addresses {
        let mut addresses = Addresses::default();
        let mut known = false;
        if let Some(statement) = self.last(words, "native_ipv6") {
            (addresses.first_is_v6, known) = (true, true);
            let why = "the addresses tell the family";
            self.fates.push(Fate::new(statement.place, Kind::Needless, why));
        }
        let advertises = self.last(words, "virtual_ipaddress").is_some();
        for (keyword, excluded) in [("virtual_ipaddress", false), ("virtual_ipaddress_excluded", true)] {
            for block in words.iter().filter(|word| word.keyword() == keyword) {
                for statement in self.inner(block) {
                    let Some((ip, prefix)) = self.address(statement, link) else {
                        continue;
                    };
                    if !known {
                        (addresses.first_is_v6, known) = (ip.is_ipv6(), true);
                    }
                    if !addresses.known.insert(ip) {
                        self.fates.push(Fate::new(statement.place, Kind::Needless, "it stands there twice"));
                        continue;
                    }
                    let same = ip.is_ipv6() == addresses.first_is_v6;
                    let list = match (excluded && advertises, same) {
                        (true, _) => &mut addresses.unadvertised,
                        (false, true) => &mut addresses.first,
                        (false, false) => &mut addresses.second,
                    };
                    list.push((ip, prefix));
                    self.carried(statement, (ip, prefix), excluded, (advertises, same));
                }
            }
        }
        addresses
    }

    /// Says what became of an address.
    fn carried(
        &mut self,
        statement: &Statement,
        (ip, prefix): (IpAddr, u8),
        excluded: bool,
        (advertises, same): (bool, bool),
    ) {
        let toml = |key| format!("\"{ip}/{prefix}\" in {key}");
        self.fates.push(match (excluded, advertises, same) {
            (true, true, _) => Fate::became(statement.place, toml("unadvertised")),
            (true, false, _) => {
                let why = "keepalived advertises no address here; vrrpd advertises at least one of each virtual router";
                Fate::differs(statement.place, toml("addresses"), why)
            }
            (false, _, true) => Fate::became(statement.place, toml("addresses")),
            (false, _, false) => {
                let why =
                    "keepalived ignores an address of another family than the first one's; vrrpd serves both families";
                Fate::differs(statement.place, toml("addresses"), why)
            }
        });
    }

    /// Reads one address, if it can be had.
    fn address(&mut self, statement: &Statement, link: Option<&str>) -> Option<(IpAddr, u8)> {
        if statement.block.is_some() {
            self.malformed(statement, "an address takes no block");
            return None;
        }
        let text = statement.keyword();
        let (ip, length) = text.split_once('/').map_or((text, None), |(ip, length)| (ip, Some(length)));
        let Ok(ip) = ip.parse::<IpAddr>() else {
            self.malformed(statement, "it is no address");
            return None;
        };
        let all = if ip.is_ipv4() { 32 } else { 128 };
        let prefix = length.map_or(Some(all), |length| length.parse().ok());
        let Some(prefix) = prefix.filter(|prefix| *prefix <= all) else {
            self.malformed(statement, "the prefix length is none");
            return None;
        };
        if !self.options(statement, link) {
            return None;
        }
        if let Some(message) = trial::refusal(&format!("addresses = [\"{ip}/{prefix}\"]"))
            && !(is_link_local(ip) && message.contains("hold"))
        {
            self.fates.push(Fate::new(statement.place, Kind::Lost, message));
            return None;
        }
        Some((ip, prefix))
    }

    /// Looks at what stands behind an address. Tells whether the address can be had.
    fn options(&mut self, statement: &Statement, link: Option<&str>) -> bool {
        let mut options = statement.words.iter().skip(1).map(String::as_str);
        let mut idle = Vec::new();
        while let Some(option) = options.next() {
            match option {
                "dev" => {
                    let dev = options.next().unwrap_or_default();
                    if Some(dev) != link {
                        let why = format!(
                            "an address is on the link of its instance: make another one with interface = {dev:?}, and a \
                             [sync.NAME] of the two"
                        );
                        self.fates.push(Fate::new(statement.place, Kind::Lost, why));
                        return false;
                    }
                }
                "peer" => {
                    let why = "an address has no peer: use a tunnel's own address, or another way to the other side";
                    self.fates.push(Fate::new(statement.place, Kind::Lost, why));
                    return false;
                }
                word if WITH_VALUE.contains(&word) => {
                    options.next();
                    idle.push(word);
                }
                word if ALONE.contains(&word) => idle.push(word),
                word => {
                    let why = format!("keepalived has no {} for an address, and ignores it", shown(word));
                    self.fates.push(Fate::new(statement.place, Kind::Unknown, why));
                }
            }
        }
        if !idle.is_empty() {
            let why =
                format!("a claimed address is a /32 or /128 of its own, watched and put back: no {}", idle.join(", "));
            self.fates.push(Fate::new(statement.place, Kind::Needless, why));
        }
        true
    }
}
