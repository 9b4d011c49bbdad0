//! The settings that links had before they were changed, remembered across a crash of the daemon.
//!
//! An entry is believed in the same boot and network namespace, for a link of the same index that kept its name or its
//! MAC address. A setting that is not as it was written has been changed by somebody else: it is an original again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use super::sysctl::Settings;
use super::watch::SeenLink;

/// The originals of all links whose settings were changed.
#[derive(Debug)]
pub(super) struct Originals {
    file: PathBuf,
    /// The boot and the network namespace that the indices belong to.
    scene: String,
    entries: BTreeMap<u32, Entry>,
    changed: bool,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    name: String,
    mac: Option<[u8; 6]>,
    original: Settings,
    written: Settings,
}

impl Originals {
    /// Reads the file. One that is missing, damaged or of another boot is an empty one.
    pub(super) fn load(file: PathBuf) -> Self {
        let scene = scene();
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let mut lines = text.lines();
        let entries = if lines.next() == Some(&scene) { lines.filter_map(parse).collect() } else { BTreeMap::new() };
        Self { file, scene, entries, changed: false }
    }

    /// The settings that a link has without us.
    pub(super) fn of(&self, index: u32, link: &SeenLink, present: Settings) -> Settings {
        let Some(entry) = self.entries.get(&index).filter(|entry| entry.is_about(link)) else {
            return present;
        };
        let pick = |present, written, original| if present == written { original } else { present };
        let Entry { original, written, .. } = entry;
        Settings {
            arp_ignore: pick(present.arp_ignore, written.arp_ignore, original.arp_ignore),
            arp_announce: pick(present.arp_announce, written.arp_announce, original.arp_announce),
            rp_filter: pick(present.rp_filter, written.rp_filter, original.rp_filter),
        }
    }

    /// Notes what is about to be written to a link.
    pub(super) fn remember(&mut self, index: u32, link: &SeenLink, original: Settings, written: Settings) {
        let entry = Entry { name: link.name.clone(), mac: link.mac, original, written };
        self.changed |= if original == written {
            self.entries.remove(&index).is_some()
        } else if self.entries.get(&index) == Some(&entry) {
            false
        } else {
            self.entries.insert(index, entry);
            true
        };
    }

    /// Forgets a link.
    pub(super) fn forget(&mut self, index: u32) {
        self.changed |= self.entries.remove(&index).is_some();
    }

    /// Writes the file if there is something new, so that it is whole at any time.
    pub(super) fn save(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.changed) {
            return Ok(());
        }
        if self.entries.is_empty() {
            return match std::fs::remove_file(&self.file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                Ok(()) | Err(_) => Ok(()),
            };
        }
        let mut text = format!("{}\n", self.scene);
        for (index, entry) in &self.entries {
            let _ = writeln!(text, "{index} {}", entry.line());
        }
        let draft = self.file.with_extension("new");
        std::fs::write(&draft, text)?;
        std::fs::rename(draft, &self.file)
    }
}

impl Entry {
    fn is_about(&self, link: &SeenLink) -> bool {
        self.name == link.name || (self.mac.is_some() && self.mac == link.mac)
    }

    fn line(&self) -> String {
        let mac = self.mac.map_or_else(|| "-".to_owned(), |mac| mac.map(|byte| format!("{byte:02x}")).join(":"));
        let (was, is) = (self.original, self.written);
        let (ignore, announce) = ((was.arp_ignore, is.arp_ignore), (was.arp_announce, is.arp_announce));
        let filter = (was.rp_filter, is.rp_filter);
        let [ignore, announce, filter] = [ignore, announce, filter].map(|(was, is)| format!("{was} {is}"));
        format!("{} {mac} {ignore} {announce} {filter}", self.name)
    }
}

fn parse(line: &str) -> Option<(u32, Entry)> {
    let mut words = line.split(' ');
    let index = words.next()?.parse().ok()?;
    let name = words.next()?.to_owned();
    let mac: Vec<u8> = words.next()?.split(':').filter_map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
    let mut number = || words.next()?.parse::<u32>().ok();
    let (ignore, announce, filter) = ((number()?, number()?), (number()?, number()?), number()?);
    let original = Settings { arp_ignore: ignore.0, arp_announce: announce.0, rp_filter: filter };
    // Releases before 0.2 wrote no other filter.
    let rp_filter = number().unwrap_or(filter);
    let written = Settings { arp_ignore: ignore.1, arp_announce: announce.1, rp_filter };
    Some((index, Entry { name, mac: mac.try_into().ok(), original, written }))
}

/// One line that is different in every boot and every network namespace.
fn scene() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = std::fs::metadata("/proc/thread-self/ns/net").map(|file| file.ino()).unwrap_or_default();
    format!("vrrpd links 1 {} {namespace}", boot.trim())
}

#[cfg(test)]
mod tests {
    use rtnetlink::packet_route::link::{LinkFlags, State};

    use super::*;

    const OPEN: Settings = Settings { arp_ignore: 0, arp_announce: 0, rp_filter: 0 };
    const HIDDEN: Settings = Settings { arp_ignore: 3, arp_announce: 2, rp_filter: 0 };

    fn link(name: &str, last: u8) -> SeenLink {
        SeenLink {
            mute: false,
            name: name.to_owned(),
            mac: Some([2, 0, 0, 0, 0, last]),
            flags: LinkFlags::empty(),
            operstate: State::Up,
            group: 0,
            settings: None,
            generates: None,
            ours: None,
            port: false,
        }
    }

    #[test]
    fn an_original_survives_a_restart_and_a_new_name_but_not_a_reused_index() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("links");
        let mut originals = Originals::load(file.clone());
        originals.remember(7, &link("eth0", 1), OPEN, HIDDEN);
        originals.save().unwrap();

        let mut again = Originals::load(file.clone());
        assert_eq!(again.of(7, &link("eth0", 1), HIDDEN), OPEN);
        assert_eq!(again.of(7, &link("lan0", 1), HIDDEN), OPEN);
        assert_eq!(again.of(7, &link("dummy0", 2), HIDDEN), HIDDEN);
        assert_eq!(again.of(8, &link("eth0", 1), HIDDEN), HIDDEN);

        again.remember(7, &link("eth0", 1), OPEN, OPEN);
        again.save().unwrap();
        assert!(!file.exists());
    }

    #[test]
    fn what_somebody_else_wrote_is_an_original() {
        let folder = tempfile::tempdir().unwrap();
        let mut originals = Originals::load(folder.path().join("links"));
        originals.remember(7, &link("eth0", 1), OPEN, HIDDEN);
        let hardened = Settings { arp_ignore: 1, ..HIDDEN };
        assert_eq!(originals.of(7, &link("eth0", 1), hardened), Settings { arp_ignore: 1, ..OPEN });
    }

    #[test]
    fn another_boot_or_namespace_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("links");
        std::fs::write(&file, "vrrpd links 1 some-other-boot 1\n7 eth0 - 0 3 0 2 0\n").unwrap();
        assert_eq!(Originals::load(file).of(7, &link("eth0", 1), HIDDEN), HIDDEN);
    }
}
