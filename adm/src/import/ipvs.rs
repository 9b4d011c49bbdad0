//! `lvs_sync_daemon`, and its older form in an instance.

use std::collections::BTreeMap;

use toml_edit::{InlineTable, Value};
use vrrp::config::LinkName;

use super::fate::{Fate, Kind};
use super::files::Place;
use super::made::{SyncDaemon, assignment};
use super::shown;
use super::translate::Work;
use super::tree::Statement;

/// A sync daemon before the instances are known.
#[derive(Debug)]
pub(super) struct Found {
    place: Place,
    interface: String,
    /// The instance as keepalived calls it.
    instance: String,
    options: Vec<(&'static str, Value)>,
}

impl Work {
    /// Reads `lvs_sync_daemon INTERFACE INSTANCE [[id] ID] [maxlen N] [port N] [ttl N] [group ADDRESS]`.
    pub(super) fn sync_daemon(&mut self, statement: &Statement) {
        let (Some(interface), Some(instance), None) = (statement.word(1), statement.word(2), &statement.block) else {
            return self.malformed(statement, "write a link and an instance, and its options behind them");
        };
        let (interface, instance) = (interface.to_owned(), instance.to_owned());
        let mut options: Vec<(&'static str, Value)> = Vec::new();
        let mut words = statement.words.iter().skip(3).map(String::as_str).peekable();
        if let Some(id) = words.next_if(|word| word.starts_with(|c: char| c.is_ascii_digit())) {
            self.option(statement.place, &mut options, "id", Some(id));
        }
        while let Some(word) = words.next() {
            match ["id", "maxlen", "port", "ttl", "group"].into_iter().find(|key| *key == word) {
                Some(key) => self.option(statement.place, &mut options, key, words.next()),
                None => {
                    let why = format!("keepalived knows no option {} of it, and ignores that", shown(word));
                    self.fates.push(Fate::new(statement.place, Kind::Unknown, why));
                }
            }
        }
        self.found(Found { place: statement.place, interface, instance, options });
    }

    /// Reads `lvs_sync_daemon_interface INTERFACE` of an instance.
    pub(super) fn own_sync_daemon(&mut self, statement: &Statement, instance: &str) {
        if let Some(interface) = self.value(statement).map(str::to_owned) {
            let instance = instance.to_owned();
            self.found(Found { place: statement.place, interface, instance, options: Vec::new() });
        }
    }

    fn found(&mut self, found: Found) {
        if LinkName::new(&found.interface).is_none() || found.interface == "lo" {
            let why = format!("{} is no link to be used", shown(&found.interface));
            self.fates.push(Fate::new(found.place, Kind::Lost, why));
        } else if self.sync_daemon.is_some() {
            let why = "a host has one sync daemon, and keepalived takes the first that it reads";
            self.fates.push(Fate::new(found.place, Kind::Unknown, why));
        } else {
            self.sync_daemon = Some(found);
        }
    }

    fn option(
        &mut self,
        place: Place,
        options: &mut Vec<(&'static str, Value)>,
        key: &'static str,
        word: Option<&str>,
    ) {
        let number = |least: u16, most: u16| {
            let number = word?.parse().ok().filter(|number| (least..=most).contains(number))?;
            Some(Value::from(i64::from(number)))
        };
        let value = match (key, word) {
            // Both leave it to the kernel.
            ("port" | "ttl" | "maxlen", Some("0")) => return,
            ("id", _) => number(0, 255),
            ("maxlen", _) => number(1024, 65_487),
            ("port", _) => number(1, u16::MAX),
            ("ttl", _) => number(1, 255),
            (_, Some(word)) => word.parse().ok().filter(std::net::IpAddr::is_multicast).map(|_| Value::from(word)),
            (_, None) => None,
        };
        match value {
            Some(value) => options.push((key, value)),
            None => {
                let given = word.map_or_else(|| "nothing".to_owned(), shown);
                let why = format!("{key} cannot be {given}, so there is none: look at [ipvs] in vrrp.toml(5)");
                self.fates.push(Fate::new(place, Kind::Lost, why));
            }
        }
    }

    /// What becomes of it, now that it is known what became of each instance.
    pub(super) fn follow(&mut self, names: &BTreeMap<String, Vec<String>>) -> Option<SyncDaemon> {
        let Found { place, interface, instance, options } = self.sync_daemon.take()?;
        let Some(name) = names.get(&instance).and_then(|names| names.first()) else {
            let why = format!("there is no instance {} that it could follow", shown(&instance));
            self.fates.push(Fate::new(place, Kind::Lost, why));
            return None;
        };
        let mut table = InlineTable::new();
        table.insert("interface", interface.into());
        table.insert("instance", name.into());
        for (key, value) in options {
            table.insert(key, value);
        }
        let daemon = SyncDaemon { place, instance: name.clone(), table };
        self.fates.push(Fate::became(place, assignment("[ipvs] sync_daemon", &daemon.table.clone().into())));
        Some(daemon)
    }
}
