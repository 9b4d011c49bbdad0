//! Files by which network managers and administrators give links their addresses.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use super::speakers::address;

/// An address that a file gives to a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    /// The file, and the line's number.
    pub(crate) place: String,
    /// The program that reads it.
    pub(crate) by: &'static str,
    /// The address.
    pub(crate) ip: IpAddr,
}

/// How a kind of file has addresses.
struct Kind {
    by: &'static str,
    directories: &'static [&'static str],
    suffix: &'static str,
    /// The addresses of a line.
    read: fn(&str) -> Vec<IpAddr>,
}

const KINDS: [Kind; 4] = [
    Kind {
        by: "systemd-networkd",
        directories: &[
            "etc/systemd/network",
            "run/systemd/network",
            "usr/local/lib/systemd/network",
            "usr/lib/systemd/network",
        ],
        suffix: ".network",
        read: |line| value(line, |key| key == "Address"),
    },
    Kind {
        by: "NetworkManager",
        directories: &["etc/NetworkManager/system-connections", "run/NetworkManager/system-connections"],
        suffix: "",
        // `address1=192.0.2.10/24,192.0.2.1`: what follows the comma is the gateway.
        read: |line| value(line, |key| key.starts_with("address") && key != "address-data"),
    },
    Kind {
        by: "ifupdown",
        directories: &["etc/network/interfaces", "etc/network/interfaces.d"],
        suffix: "",
        read: |line| match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            ["address" | "ucarp-vip", word, ..] => address(word).into_iter().collect(),
            words if line.contains("addr") && words.contains(&"add") => {
                words.iter().filter_map(|word| address(word)).collect()
            }
            _ => Vec::new(),
        },
    },
    Kind {
        by: "netplan",
        directories: &["etc/netplan", "run/netplan", "usr/lib/netplan"],
        suffix: ".yaml",
        // Addresses of links have a prefix there, and those of name servers none.
        read: |line| {
            let words = line.split([' ', ',', '[', ']', '"', '\'']).map(|word| word.trim_end_matches(':'));
            words.filter(|word| word.contains('/')).filter_map(address).collect()
        },
    },
];

/// Reads all that files below a root give to links.
pub(crate) fn given(root: &Path) -> Vec<Given> {
    let mut found = Vec::new();
    for kind in &KINDS {
        for directory in kind.directories {
            for file in files(root, directory, kind.suffix) {
                let text = fs::read_to_string(root.join(&file)).unwrap_or_default();
                for (at, line) in text.lines().enumerate().filter(|(_, line)| !is_comment(line)) {
                    let place = format!("/{file}:{}", at + 1);
                    found.extend((kind.read)(line.trim()).into_iter().map(|ip| Given {
                        place: place.clone(),
                        by: kind.by,
                        ip,
                    }));
                }
            }
        }
    }
    found
}

fn files(root: &Path, path: &str, suffix: &str) -> Vec<String> {
    if root.join(path).is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(root.join(path)).into_iter().flatten().filter_map(Result::ok);
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut files: Vec<String> =
        names.filter(|name| name.ends_with(suffix)).map(|name| format!("{path}/{name}")).collect();
    files.sort();
    files
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with(['#', ';'])
}

/// The address of a line `key=value`.
fn value(line: &str, is_key: impl Fn(&str) -> bool) -> Vec<IpAddr> {
    let value = line.split_once('=').filter(|(key, _)| is_key(key.trim())).map(|(_, value)| value.trim());
    value.and_then(|value| address(value.split([',', ';']).next()?)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_manager_has_its_own_way_to_say_it() {
        let root = tempfile::tempdir().unwrap();
        let files = [
            (
                "etc/systemd/network/1.network",
                "[Network]\nAddress=192.0.2.1/24\nGateway=192.0.2.254\nDNS=192.0.2.253\n#Address=192.0.2.9\n",
            ),
            (
                "etc/NetworkManager/system-connections/a.nmconnection",
                "[ipv4]\naddress1=192.0.2.2/24,192.0.2.254\ndns=192.0.2.253;\n",
            ),
            (
                "etc/network/interfaces",
                "iface eth0 inet static\n  address 192.0.2.3/24\n  gateway 192.0.2.254\n  up ip addr add 192.0.2.4/24 dev eth0\n",
            ),
            (
                "etc/netplan/1.yaml",
                "network:\n  addresses: [192.0.2.5/24, \"2001:db8::5/64\"]\n  nameservers: {addresses: [192.0.2.253]}\n",
            ),
        ];
        for (file, text) in files {
            fs::create_dir_all(root.path().join(file).parent().unwrap()).unwrap();
            fs::write(root.path().join(file), text).unwrap();
        }
        let told: Vec<String> =
            given(root.path()).into_iter().map(|given| format!("{} {} {}", given.place, given.by, given.ip)).collect();
        assert_eq!(
            told,
            [
                "/etc/systemd/network/1.network:2 systemd-networkd 192.0.2.1",
                "/etc/NetworkManager/system-connections/a.nmconnection:2 NetworkManager 192.0.2.2",
                "/etc/network/interfaces:2 ifupdown 192.0.2.3",
                "/etc/network/interfaces:4 ifupdown 192.0.2.4",
                "/etc/netplan/1.yaml:2 netplan 192.0.2.5",
                "/etc/netplan/1.yaml:2 netplan 2001:db8::5",
            ]
        );
    }
}
