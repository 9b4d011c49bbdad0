//! What is made: instances, sync groups, conditions and the sync daemon of IPVS, and their text.

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Key, Table, Value};

use vrrp::config::harmless;

use super::files::Place;
use crate::wrap::wrap;

/// An entry of a list: a condition, or a program that is run at a transition.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// What is watched or run first, then how.
    pub(super) keys: Vec<(&'static str, Value)>,
    /// What a person should know of it.
    pub(super) comment: Option<String>,
}

impl Entry {
    pub(super) fn new(kind: &'static str, watched: impl Into<Value>) -> Self {
        Self { keys: vec![(kind, watched.into())], comment: None }
    }

    /// Gives it another key.
    pub(super) fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        self.keys.push((key, value.into()));
    }

    /// The entry in a line.
    pub(super) fn line(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(|(key, value)| assignment(key, value)).collect();
        keys.join(", ")
    }

    /// What is watched: vrrpd takes no two conditions that watch the same.
    pub(super) fn watches(&self) -> String {
        let of_watch =
            |(key, _): &&(&str, Value)| !matches!(*key, "effect" | "rise" | "fall" | "up_delay" | "down_delay");
        let keys: Vec<String> = self.keys.iter().filter(of_watch).map(|(key, value)| assignment(key, value)).collect();
        keys.join(", ")
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        for (key, value) in &self.keys {
            table.insert(key, Item::Value(value.clone()));
        }
        before(&mut table, self.comment.as_deref());
        table
    }
}

/// An instance.
#[derive(Debug)]
pub(super) struct Instance {
    pub(super) name: String,
    /// The line that names it.
    pub(super) place: Place,
    /// Its keys, but `track`.
    pub(super) keys: Vec<(&'static str, Value, Option<String>)>,
    pub(super) tracks: Vec<Entry>,
    /// What is run when it has entered a state.
    pub(super) runs: Vec<Entry>,
    /// What a person should know of it.
    pub(super) comment: Option<String>,
}

impl Instance {
    /// Gives a key a value.
    pub(super) fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        self.set_noted(key, value, None);
    }

    /// Gives a key a value, and a comment before it.
    pub(super) fn set_noted(&mut self, key: &'static str, value: impl Into<Value>, comment: Option<&str>) {
        self.keys.retain(|(known, ..)| *known != key);
        self.keys.push((key, value.into(), comment.map(str::to_owned)));
    }

    /// What a key has for a value.
    pub(super) fn get(&self, key: &str) -> Option<&Value> {
        self.keys.iter().find(|(known, ..)| *known == key).map(|(_, value, _)| value)
    }

    pub(super) fn unset(&mut self, key: &str) {
        self.keys.retain(|(known, ..)| *known != key);
    }
}

/// A sync group.
#[derive(Debug)]
pub(super) struct Sync {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) instances: Vec<String>,
    pub(super) tracks: Vec<Entry>,
    pub(super) comment: Option<String>,
}

/// The sync daemon of IPVS.
#[derive(Debug)]
pub(super) struct SyncDaemon {
    pub(super) place: Place,
    /// The instance that it follows.
    pub(super) instance: String,
    pub(super) table: InlineTable,
}

/// A key and its value as they stand in a file.
pub(super) fn assignment(key: &str, value: &Value) -> String {
    format!("{key} = {}", value.to_string().trim())
}

/// A list: each on a line of its own where there are many.
pub(super) fn list(values: impl IntoIterator<Item = Value>) -> Array {
    let mut array: Array = values.into_iter().collect();
    if array.len() > 3 {
        for value in array.iter_mut() {
            value.decor_mut().set_prefix("\n    ");
        }
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    array
}

/// Writes a configuration.
pub(super) fn text(head: &str, instances: &[Instance], syncs: &[Sync], sync_daemon: Option<&SyncDaemon>) -> String {
    let mut document = DocumentMut::new();
    let named = |tables: Vec<(&str, Table)>| {
        let mut parent = Table::new();
        parent.set_implicit(true);
        for (name, table) in tables {
            parent.insert(name, Item::Table(table));
        }
        Item::Table(parent)
    };
    if !instances.is_empty() {
        let tables = instances.iter().map(|instance| (instance.name.as_str(), instance_table(instance)));
        document.insert("instance", named(tables.collect()));
    }
    if !syncs.is_empty() {
        let tables = syncs.iter().map(|sync| (sync.name.as_str(), sync_table(sync)));
        document.insert("sync", named(tables.collect()));
    }
    if let Some(daemon) = sync_daemon {
        let mut table = Table::new();
        table.insert("sync_daemon", Item::Value(daemon.table.clone().into()));
        before(&mut table, None);
        document.insert("ipvs", Item::Table(table));
    }
    format!("{head}{document}")
}

fn instance_table(instance: &Instance) -> Table {
    let mut table = Table::new();
    let order = |key: &str| vrrp::config::KEYS.iter().position(|known| *known == key);
    let mut keys: Vec<_> = instance.keys.iter().collect();
    keys.sort_by_key(|(key, ..)| order(key));
    for (key, value, comment) in keys {
        let mut written = Key::new(*key);
        if let Some(comment) = comment {
            written.leaf_decor_mut().set_prefix(commented(comment));
        }
        table.insert_formatted(&written, Item::Value(value.clone()));
    }
    entered(&mut table, "track", &instance.tracks);
    entered(&mut table, "on_transition", &instance.runs);
    before(&mut table, instance.comment.as_deref());
    table
}

fn sync_table(sync: &Sync) -> Table {
    let mut table = Table::new();
    table.insert("instances", Item::Value(list(sync.instances.iter().map(Value::from)).into()));
    entered(&mut table, "track", &sync.tracks);
    before(&mut table, sync.comment.as_deref());
    table
}

/// Writes a list of tables, where there are some.
fn entered(table: &mut Table, key: &str, entries: &[Entry]) {
    if !entries.is_empty() {
        let tables: ArrayOfTables = entries.iter().map(Entry::table).collect();
        table.insert(key, Item::ArrayOfTables(tables));
    }
}

/// Writes a comment before a table, below an empty line.
fn before(table: &mut Table, comment: Option<&str>) {
    table.decor_mut().set_prefix(format!("\n{}", comment.map(commented).unwrap_or_default()));
}

/// The lines of a comment, as many as it takes.
fn commented(comment: &str) -> String {
    wrap(&harmless(comment), 98).iter().map(|line| format!("# {line}\n")).collect()
}
