//! `router_advertisement`: what a Master tells the hosts of its link, whose IPv6 router it is (RFC 4861, section 6.2.1).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use super::address;
use super::entries::Entry;
use super::field::{Field, Given};
use super::fields::addresses;
use super::text::Shown;
use super::value::Content;
use crate::wire::router::{Advertisement, MOST_BYTES, Preference, Prefix, length};

const KEYS: [&str; 11] = [
    "max_interval",
    "min_interval",
    "lifetime",
    "hop_limit",
    "managed",
    "other",
    "preference",
    "mtu",
    "prefixes",
    "dns",
    "search",
];
const PREFIX_KEYS: [&str; 5] = ["prefix", "on_link", "autonomous", "valid", "preferred"];

/// Where nothing else is said (RFC 4861, section 6.2.1).
const MAX_INTERVAL: Duration = Duration::from_secs(600);
const VALID: Duration = Duration::from_secs(30 * 86_400);
const PREFERRED: Duration = Duration::from_secs(7 * 86_400);
const HOP_LIMIT: u8 = 64;
/// The longest that a router may be one after its last word.
const LONGEST_LIFETIME: Duration = Duration::from_secs(9000);
/// The least MTU of IPv6.
const LEAST_MTU: u32 = 1280;

const PREFERENCES: [(Preference, &str); 3] =
    [(Preference::Medium, "medium"), (Preference::Low, "low"), (Preference::High, "high")];

/// What a Master tells, and how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouterAdvertisement {
    /// The shortest time between two, 3 s or more.
    pub min_interval: Duration,
    /// The longest time between two, 4 s to 30 min.
    pub max_interval: Duration,
    /// What it says.
    pub message: Advertisement,
}

impl RouterAdvertisement {
    /// For how long, in seconds, hosts take its sender for a default router: 0 to 9000.
    #[must_use]
    pub fn lifetime_seconds(&self) -> u32 {
        u32::try_from(self.message.lifetime.as_secs()).unwrap_or(u32::MAX)
    }
}

/// Reads the table.
pub(crate) fn router_advertisement(given: &mut Given<'_>) -> Option<RouterAdvertisement> {
    let value = given.value;
    let Content::Table(keys) = &value.content else {
        return given.wrong(&format!("is {}: write a table, such as {{ lifetime = \"30min\" }}", value.kind()));
    };
    let mut entry = Entry { given, spot: &value.spot, keys };
    let known = entry.knows(&KEYS);
    let max = entry
        .key("max_interval", |given| match given.duration()? {
            time if (Duration::from_secs(4)..=Duration::from_secs(1800)).contains(&time) => Some(time),
            _ => given.wrong("is out of range: use 4s to 30min"),
        })
        .value_or(MAX_INTERVAL);
    let longest = max.unwrap_or(MAX_INTERVAL);
    let min = entry
        .key("min_interval", |given| match given.duration()? {
            time if time >= Duration::from_secs(3) && time <= longest * 3 / 4 => Some(time),
            _ => given.wrong("is out of range: use 3s or more, and three quarters of max_interval at most"),
        })
        .value_or((longest / 3).max(Duration::from_secs(3)));
    let lifetime = entry
        .key("lifetime", |given| match lifetime(given)? {
            Some(time) if time.is_zero() || (longest..=LONGEST_LIFETIME).contains(&time) => Some(time),
            _ => given
                .wrong("is out of range: use max_interval or more and 150min at most, or 0s to be no default router"),
        })
        .value_or(longest * 3);
    let [managed, other] = ["managed", "other"].map(|name| entry.key(name, |given| given.truth()).value_or(false));
    let hop_limit = entry.key("hop_limit", |given| {
        given.number("is no hop limit: use 1 to 255, or 0 to leave it to the hosts", 64, |number: u8| Some(number))
    });
    let preference = entry.key("preference", |given| given.choice(&PREFERENCES));
    let mtu = entry.key("mtu", |given| {
        let what = "is no MTU of IPv6: use 1280 to 65535";
        given.number(what, 1500, |number: u32| (LEAST_MTU..=65_535).contains(&number).then_some(Some(number)))
    });
    let prefixes = entry.key("prefixes", prefixes);
    let dns = entry.key("dns", servers);
    let search = entry.key("search", domains);
    known.then_some(())?;
    let message = Advertisement {
        hop_limit: hop_limit.value_or(HOP_LIMIT)?,
        managed: managed?,
        other: other?,
        preference: preference.value_or(Preference::Medium)?,
        lifetime: lifetime?,
        mtu: mtu.value_or(None)?,
        prefixes: prefixes.value_or(Vec::new())?,
        dns: dns.value_or(Vec::new())?,
        search: search.value_or(Vec::new())?,
        dns_lifetime: longest * 3,
    };
    if length(&message) > MOST_BYTES {
        let text = format!(
            "does not fit into {MOST_BYTES} bytes, which every link carries: name fewer prefixes, servers or domains"
        );
        return entry.wrong_at(entry.spot, format!("router_advertisement {text}"));
    }
    Some(RouterAdvertisement { min_interval: min?, max_interval: max?, message })
}

/// Reads the list of prefixes, each as text or as a table.
fn prefixes(given: &mut Given<'_>) -> Option<Vec<Prefix>> {
    let list = given.list("2001:db8::/64")?;
    let mut seen = HashMap::new();
    let mut all = Vec::new();
    for entry in list {
        let one = prefix(&mut given.inner("prefixes", entry));
        all.push(one.and_then(|one| match seen.insert((one.address, one.length), &entry.spot) {
            Some(first) => given.twice(&entry.spot, &format!("{}/{}", one.address, one.length), first),
            None => Some(one),
        }));
    }
    all.into_iter().collect()
}

fn prefix(given: &mut Given<'_>) -> Option<Prefix> {
    let value = given.value;
    let table = |address, length| Prefix {
        address,
        length,
        on_link: true,
        autonomous: true,
        valid: Some(VALID),
        preferred: Some(PREFERRED),
    };
    let Content::Table(keys) = &value.content else {
        let (address, length) = given.read("2001:db8::/64", subnet)?;
        return Some(table(address, length));
    };
    let mut entry = Entry { given, spot: &value.spot, keys };
    let known = entry.knows(&PREFIX_KEYS);
    let subnet = match entry.key("prefix", |given| given.read("2001:db8::/64", subnet)) {
        Field::Absent => entry.wrong_at(entry.spot, "the prefix is missing: add prefix = \"2001:db8::/64\""),
        Field::Wrong => None,
        Field::Given(subnet, _) => Some(subnet),
    };
    let on_link = entry.key("on_link", |given| given.truth()).value_or(true);
    let autonomous = entry.key("autonomous", |given| given.truth()).value_or(true);
    let valid = entry.key("valid", lifetime);
    let longest = valid.value_or(Some(VALID));
    let preferred = entry.key("preferred", |given| {
        let time = lifetime(given)?;
        let fits = match (time, longest.flatten()) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(time), Some(valid)) => time <= valid,
        };
        if fits {
            Some(time)
        } else {
            given.wrong("is longer than valid: an address that is not valid is not preferred")
        }
    });
    known.then_some(())?;
    let (address, length) = subnet?;
    let valid = longest?;
    let usual = valid.map_or(PREFERRED, |valid| valid.min(PREFERRED));
    let preferred = preferred.value_or(Some(usual))?;
    Some(Prefix { on_link: on_link?, autonomous: autonomous?, valid, preferred, ..table(address, length) })
}

/// Reads `ADDRESS/LENGTH` of a subnet that hosts may have.
fn subnet(text: &str) -> Result<(Ipv6Addr, u8), String> {
    let shown = Shown::new(text);
    if !text.contains('/') {
        return Err(format!("\"{shown}\" has no prefix length: write \"{shown}/64\""));
    }
    match address::network(text)? {
        (IpAddr::V4(_), _) => {
            Err(format!("\"{shown}\" is IPv4, which has no router advertisements: write a prefix of IPv6"))
        }
        (IpAddr::V6(ip), _)
            if ip.is_unicast_link_local() || ip.is_multicast() || ip.is_unspecified() || ip.is_loopback() =>
        {
            Err(format!("\"{shown}\" is no prefix that hosts may use: write that of the link's subnet"))
        }
        (IpAddr::V6(ip), length) => Ok((ip, length)),
    }
}

/// Reads a time of whole seconds, which may be in hours (`h`) or days (`d`), or `"forever"`.
fn lifetime(given: &mut Given<'_>) -> Option<Option<Duration>> {
    const FACTORS: [(char, u64); 2] = [('h', 3600), ('d', 86_400)];
    let text = match &given.value.content {
        Content::Text(text) => text.as_str(),
        Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::List(_) | Content::Table(_) => "",
    };
    if text == "forever" {
        return Some(None);
    }
    let long = FACTORS.iter().find_map(|(unit, factor)| {
        let number = text.strip_suffix(*unit)?.parse::<u32>().ok()?;
        Some(Duration::from_secs(u64::from(number) * factor))
    });
    let time = match long {
        Some(time) => time,
        None => given.duration()?,
    };
    if time.subsec_nanos() > 0 {
        return given.wrong("is finer than a second: hosts are told whole seconds");
    }
    if time.as_secs() >= u64::from(u32::MAX) {
        return given.wrong("is too long: write \"forever\"");
    }
    Some(Some(time))
}

fn servers(given: &mut Given<'_>) -> Option<Vec<Ipv6Addr>> {
    let read = |text: &str| match address::ip(text)? {
        IpAddr::V6(ip) if !ip.is_unspecified() && !ip.is_multicast() && !ip.is_loopback() => Ok((ip, ip.into())),
        IpAddr::V6(_) | IpAddr::V4(_) => {
            Err(format!("\"{}\" is no IPv6 address of a server: write one, such as \"2001:db8::53\"", Shown::new(text)))
        }
    };
    let servers = addresses(given, "2001:db8::53", read)?;
    Some(servers.into_iter().map(|(server, _)| server).collect())
}

fn domains(given: &mut Given<'_>) -> Option<Vec<String>> {
    let list = given.list("example.net")?;
    let label = |label: &str| {
        let edges = label.starts_with('-') || label.ends_with('-');
        (1..=63).contains(&label.len())
            && !edges
            && label.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    };
    let read = |text: &str| {
        let name = text.strip_suffix('.').unwrap_or(text);
        if name.len() <= 253 && name.split('.').all(label) {
            return Ok(name.to_owned());
        }
        Err(format!("\"{}\" is no domain: write one such as \"example.net\"", Shown::new(text)))
    };
    let all: Vec<Option<String>> =
        list.iter().map(|entry| given.inner("search", entry).read("example.net", read)).collect();
    all.into_iter().collect()
}
