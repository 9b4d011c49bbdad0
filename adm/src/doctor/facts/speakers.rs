//! Other programs of this host that claim addresses: those that run, and what their files say.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use procfs::process::{Process, all_processes};

use vrrp::config::check::check;
use vrrp::config::file::Source;

use super::Seen;
use crate::import::import;

/// A program that claims addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Speaker {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its process, if it runs.
    pub(crate) pid: Option<i32>,
    /// The file that says what it claims, if there is one.
    pub(crate) file: Option<String>,
    /// Why that file tells nothing, if it does not.
    pub(crate) unread: Option<String>,
    /// The virtual routers that it speaks for: the link, where it is named, and the identifier.
    pub(crate) routers: Vec<(Option<String>, u8)>,
    /// The addresses that it claims.
    pub(crate) addresses: Vec<IpAddr>,
}

/// Each with the name of its process and the file that it reads unless it is told another.
const KNOWN: [(&str, &str, &str); 4] = [
    ("keepalived", "keepalived", "etc/keepalived/keepalived.conf"),
    ("FRR", "vrrpd", "etc/frr/frr.conf"),
    ("ucarp", "ucarp", ""),
    ("Pacemaker", "pacemakerd", "var/lib/pacemaker/cib/cib.xml"),
];

/// Finds those whose files are below `root`, and, on the host that runs, their processes but `own`.
pub(crate) fn speakers(root: &Path, live: bool, own: Option<i32>) -> Seen<Vec<Speaker>> {
    let processes = if live { running(own)? } else { Vec::new() };
    let mut found = Vec::new();
    for (name, command, file) in KNOWN {
        let running: Vec<&(i32, String, Vec<String>)> =
            processes.iter().filter(|(_, comm, line)| comm == command && is_meant(name, line)).collect();
        // keepalived has a parent beside the process that speaks.
        let process = running.first();
        let told = process.and_then(|(_, _, line)| file_of(line)).unwrap_or_else(|| root.join(file));
        let text = fs::read_to_string(&told).ok().filter(|_| !file.is_empty());
        if process.is_none() && text.is_none() {
            continue;
        }
        let mut speaker = Speaker { name, pid: process.map(|(pid, ..)| *pid), ..Speaker::default() };
        if let Some(text) = text {
            speaker.file = Some(format!("/{}", told.strip_prefix(root).unwrap_or(&told).display()));
            match name {
                "keepalived" => speaker.read_keepalived(&told, root),
                _ => speaker.read(&text),
            }
        }
        for (_, _, line) in running {
            speaker.addresses.extend(line.iter().filter_map(|word| address(word.trim_start_matches("--addr="))));
        }
        found.push(speaker);
    }
    Ok(found)
}

/// The processes in this network namespace: number, name and command line.
fn running(own: Option<i32>) -> Seen<Vec<(i32, String, Vec<String>)>> {
    let processes = all_processes().map_err(|error| format!("the processes cannot be listed: {error}"))?;
    let space = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/net")).ok();
    let here = space("self");
    let seen = |process: Process| {
        let pid = process.pid();
        let comm = process.stat().ok()?.comm;
        let known = KNOWN.iter().any(|(_, command, _)| *command == comm);
        // Of another namespace's process nothing is said; of one that may not be looked at, it is.
        let other = space(&pid.to_string()).is_some_and(|space| Some(space) != here);
        (known && !other && Some(pid) != own).then(|| (pid, comm, process.cmdline().unwrap_or_default()))
    };
    Ok(processes.filter_map(Result::ok).filter_map(seen).collect())
}

/// FRR's daemon has the name of ours.
fn is_meant(name: &str, line: &[String]) -> bool {
    name != "FRR" || line.first().is_some_and(|program| program.contains("frr"))
}

/// The file that a command line names.
fn file_of(line: &[String]) -> Option<PathBuf> {
    let after =
        |flags: [&str; 2]| line.windows(2).find_map(|pair| flags.contains(&pair[0].as_str()).then(|| pair[1].clone()));
    let joined = line.iter().find_map(|word| word.strip_prefix("--use-file=").map(str::to_owned));
    after(["-f", "--use-file"]).or(joined).map(PathBuf::from)
}

impl Speaker {
    fn read(&mut self, text: &str) {
        match self.name {
            "FRR" => self.read_frr(text),
            // The resource agents IPaddr2 and IPaddr have it as the value of a parameter.
            _ => self.addresses.extend(text.split('"').filter_map(address)),
        }
    }

    /// Has keepalived's file, and what it includes, translated, and takes from that what it claims.
    fn read_keepalived(&mut self, file: &Path, root: &Path) {
        // Lines of it may be for one host alone.
        let names = if self.pid.is_some() { "proc/sys/kernel/hostname" } else { "etc/hostname" };
        let host = fs::read_to_string(root.join(names)).unwrap_or_default();
        let translated = import(file, root, host.trim()).map_err(|problem| problem.message);
        let source = translated.map(|made| Source { path: String::new(), text: made.toml });
        let config = match source.map(|source| check(&[source])) {
            Ok(Ok(checked)) => checked.config,
            Ok(Err(problems)) => return self.unread = problems.first().map(|problem| problem.message.clone()),
            Err(why) => return self.unread = Some(why),
        };
        for instance in config.instances.values() {
            self.routers.push((Some(instance.interface.to_string()), instance.vrid.get()));
            self.addresses.extend(instance.virtual_addresses().map(|address| address.ip));
        }
    }

    /// Reads `vrrp N` lines below `interface LINK`.
    fn read_frr(&mut self, text: &str) {
        let mut link = None;
        for line in text.lines() {
            match line.split_whitespace().collect::<Vec<_>>().as_slice() {
                ["interface", name, ..] => link = Some((*name).to_owned()),
                ["vrrp", number, rest @ ..] => {
                    let Ok(number) = number.parse() else { continue };
                    if !self.routers.contains(&(link.clone(), number)) {
                        self.routers.push((link.clone(), number));
                    }
                    self.addresses.extend(rest.iter().filter_map(|word| address(word)));
                }
                _ => {}
            }
        }
    }
}

/// An address, with or without the length of its prefix.
pub(super) fn address(word: &str) -> Option<IpAddr> {
    word.split('/').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, text: &str) -> Speaker {
        let mut speaker = Speaker { name, ..Speaker::default() };
        speaker.read(text);
        speaker
    }

    fn addresses(speaker: &Speaker) -> Vec<String> {
        speaker.addresses.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn keepalived_says_what_it_claims_also_in_what_it_includes() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("etc/keepalived/keepalived.conf", "include /etc/keepalived/conf.d/*.conf\n");
        let instance = "vrrp_instance a {\n  virtual_router_id 51 ! ours\n  interface eth0\n  virtual_ipaddress {\n    192.0.2.10/24 dev eth0\n\
                        # 192.0.2.11\n  }\n}\n";
        write("etc/keepalived/conf.d/a.conf", instance);
        let found = speakers(root.path(), false, None).unwrap();
        assert_eq!(
            (&found[0].routers, addresses(&found[0])),
            (&vec![(Some("eth0".to_owned()), 51)], vec!["192.0.2.10".to_owned()])
        );
        assert_eq!((found[0].pid, &found[0].unread), (None, &None));
        assert_eq!(found[0].file.as_deref(), Some("/etc/keepalived/keepalived.conf"));
        write("etc/keepalived/keepalived.conf", "vrrp_instance a {\n");
        assert!(speakers(root.path(), false, None).unwrap()[0].unread.is_some());
    }

    #[test]
    fn frr_and_pacemaker_say_what_they_claim() {
        let frr = read("FRR", "interface eth0\n ip address 192.0.2.1/24\n vrrp 51 version 3\n vrrp 51 ip 192.0.2.10\n");
        assert_eq!(
            (frr.routers.clone(), addresses(&frr)),
            (vec![(Some("eth0".to_owned()), 51)], vec!["192.0.2.10".to_owned()])
        );
        let cib = r#"<primitive class="ocf" type="IPaddr2"><nvpair name="ip" value="192.0.2.10"/><nvpair name="cidr_netmask" value="24"/>"#;
        assert_eq!(addresses(&read("Pacemaker", cib)), ["192.0.2.10"]);
    }

    #[test]
    fn a_host_without_any_has_none() {
        assert_eq!(speakers(tempfile::tempdir().unwrap().path(), false, None), Ok(Vec::new()));
    }
}
