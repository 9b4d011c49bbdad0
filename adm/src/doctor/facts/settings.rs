//! The kernel's settings that decide about virtual addresses: those in force, and those in files that would set them again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::Seen;

/// The settings in force; `all` and `default` stand among the links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Those of IPv4 links.
    pub(crate) v4: BTreeMap<String, V4>,
    /// Those of IPv6 links; empty where the kernel has no IPv6.
    pub(crate) v6: BTreeMap<String, V6>,
    /// Whether anything can be bound to any address (net.ipv4.ip_nonlocal_bind, net.ipv6.ip_nonlocal_bind).
    pub(crate) nonlocal_bind: [bool; 2],
}

/// Settings of an IPv4 link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct V4 {
    /// What comes from an address that is not reached by this link is dropped: 0 no, 1 yes, 2 if it is not reached at all.
    pub(crate) rp_filter: u8,
    /// Which ARP requests are answered.
    pub(crate) arp_ignore: u8,
    /// Which address ARP requests come from.
    pub(crate) arp_announce: u8,
    /// Whether packets that come in by it are sent on.
    pub(crate) forwarding: bool,
}

/// Settings of an IPv6 link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct V6 {
    /// Whether it has no IPv6.
    pub(crate) disabled: bool,
    /// How it makes itself an address: 1 is not at all.
    pub(crate) addr_gen_mode: u8,
    /// Whether it says that it is a router; of `all`, whether packets are sent on.
    pub(crate) forwarding: bool,
    /// Whether packets that come in by it are sent on, whatever that of `all` is (Linux 6.17).
    pub(crate) force_forwarding: bool,
}

impl Settings {
    /// The value that counts for a link: the greater one of its own and that of all.
    pub(crate) fn effective(&self, link: &str, of: impl Fn(&V4) -> u8) -> u8 {
        let value = |name: &str| self.v4.get(name).map(&of).unwrap_or_default();
        value("all").max(value(link))
    }
}

/// Reads what is in force.
pub(crate) fn settings() -> Seen<Settings> {
    let net = Path::new("/proc/sys/net");
    let four = directories(&net.join("ipv4/conf")).map_err(|error| format!("/proc/sys/net/ipv4/conf: {error}"))?;
    let value =
        |file: PathBuf| fs::read_to_string(file).ok().and_then(|text| text.trim().parse::<u8>().ok()).unwrap_or(0);
    let v4 = four.into_iter().map(|(name, path)| {
        let of = |setting: &str| value(path.join(setting));
        let v4 = V4 {
            rp_filter: of("rp_filter"),
            arp_ignore: of("arp_ignore"),
            arp_announce: of("arp_announce"),
            forwarding: of("forwarding") == 1,
        };
        (name, v4)
    });
    // A kernel without IPv6 has no such directory.
    let six = directories(&net.join("ipv6/conf")).unwrap_or_default();
    let v6 = six.into_iter().map(|(name, path)| {
        let of = |setting: &str| value(path.join(setting));
        let v6 = V6 {
            disabled: of("disable_ipv6") == 1,
            addr_gen_mode: of("addr_gen_mode"),
            forwarding: of("forwarding") > 0,
            force_forwarding: of("force_forwarding") == 1,
        };
        (name, v6)
    });
    let nonlocal = |family: &str| value(net.join(family).join("ip_nonlocal_bind")) == 1;
    Ok(Settings { v4: v4.collect(), v6: v6.collect(), nonlocal_bind: [nonlocal("ipv4"), nonlocal("ipv6")] })
}

fn directories(path: &Path) -> std::io::Result<Vec<(String, PathBuf)>> {
    let entries = fs::read_dir(path)?.filter_map(Result::ok);
    Ok(entries.map(|entry| (entry.file_name().to_string_lossy().into_owned(), entry.path())).collect())
}

/// A line of a file that sets something of links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The file, and the line's number.
    pub(crate) place: String,
    /// `4` or `6`.
    pub(crate) family: char,
    /// The link, or `all`, `default`, or a pattern with `*`.
    pub(crate) link: String,
    /// The setting, such as `rp_filter`.
    pub(crate) setting: String,
    /// What it is set to.
    pub(crate) value: String,
}

impl Line {
    /// Tells whether it sets something of a link that comes up with this name.
    pub(crate) fn is_for(&self, link: &str) -> bool {
        match self.link.split_once('*') {
            Some((start, end)) => link.starts_with(start) && link.ends_with(end),
            None => self.link == link,
        }
    }
}

/// The directories of sysctl.d(5), the first of which wins where a name is in several.
const DIRECTORIES: [&str; 4] = ["etc/sysctl.d", "run/sysctl.d", "usr/local/lib/sysctl.d", "usr/lib/sysctl.d"];
const SETTINGS: [&str; 4] = ["rp_filter", "arp_ignore", "arp_announce", "disable_ipv6"];

/// Reads the files below a root that set something of links, in the order in which they are applied.
pub(crate) fn lines(root: &Path) -> Vec<Line> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for directory in DIRECTORIES {
        for (name, _) in directories(&root.join(directory)).unwrap_or_default() {
            if name.ends_with(".conf") {
                files.entry(name.clone()).or_insert_with(|| format!("{directory}/{name}"));
            }
        }
    }
    // sysctl(8) reads it last, systemd where a link among the files leads to it.
    let files = files.into_values().chain(["etc/sysctl.conf".to_owned()]);
    files.flat_map(|file| read(&file, &fs::read_to_string(root.join(&file)).unwrap_or_default())).collect()
}

fn read(file: &str, text: &str) -> Vec<Line> {
    let line = |(at, line): (usize, &str)| {
        let (key, value) = line.split_once('=')?;
        // A dash before it only means that a failure is none.
        let key = key.trim().trim_start_matches('-');
        let path = match key.find(['.', '/']).and_then(|at| key.get(at..=at)) {
            Some("/") => key.to_owned(),
            // A dot in a link's name is written as a slash there.
            _ => key
                .chars()
                .map(|c| {
                    if c == '.' {
                        '/'
                    } else if c == '/' {
                        '.'
                    } else {
                        c
                    }
                })
                .collect(),
        };
        let mut parts = path.split('/');
        let (net, family, conf) = (parts.next()?, parts.next()?, parts.next()?);
        let (link, setting) = (parts.next()?, parts.next()?);
        let family = family.strip_prefix("ipv")?.chars().next()?;
        let known = (net, conf) == ("net", "conf") && SETTINGS.contains(&setting);
        known.then(|| Line {
            place: format!("/{file}:{}", at + 1),
            family,
            link: link.to_owned(),
            setting: setting.to_owned(),
            value: value.trim().to_owned(),
        })
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with(['#', ';'])).filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_to_write_a_key_are_read() {
        let text = "# net.ipv4.conf.eth0.rp_filter = 1\nnet.ipv4.conf.all.rp_filter=1\n-net.ipv4.conf.eth0/100.arp_ignore = 0\n\
                    net/ipv6/conf/eth0.100/disable_ipv6 = 1\nnet.ipv4.ip_forward=1\nnonsense\n";
        let told = |line: Line| format!("{} {} {} {}={}", line.place, line.family, line.link, line.setting, line.value);
        let told: Vec<String> = read("etc/sysctl.d/1.conf", text).into_iter().map(told).collect();
        assert_eq!(
            told,
            [
                "/etc/sysctl.d/1.conf:2 4 all rp_filter=1",
                "/etc/sysctl.d/1.conf:3 4 eth0.100 arp_ignore=0",
                "/etc/sysctl.d/1.conf:4 6 eth0.100 disable_ipv6=1",
            ]
        );
    }

    #[test]
    fn a_file_masks_its_namesake_and_names_order_them() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, value: u8| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("net.ipv4.conf.all.rp_filter = {value}\n")).unwrap();
        };
        write("usr/lib/sysctl.d/50-default.conf", 2);
        write("etc/sysctl.d/50-default.conf", 0);
        write("etc/sysctl.d/10-first.conf", 1);
        let values: Vec<String> = lines(root.path()).into_iter().map(|line| line.value).collect();
        assert_eq!(values, ["1", "0"]);
    }

    #[test]
    fn a_pattern_is_for_links_of_its_form() {
        let line = |link: &str| Line {
            place: String::new(),
            family: '4',
            link: link.to_owned(),
            setting: "rp_filter".to_owned(),
            value: "1".to_owned(),
        };
        assert!(line("eth*").is_for("eth0") && line("*").is_for("vrrp4-51-2") && line("eth0").is_for("eth0"));
        assert!(!line("eth*").is_for("wan0") && !line("all").is_for("eth0"));
    }
}
