//! The text of one file as a tree that keeps comments and layout.

use std::fmt;

use toml_edit::{DocumentMut, Item, Table, TableLike, TomlError, Value};
use vrrp::config::InstanceName;

use super::list;
use super::value::same;

/// A file's text.
#[derive(Debug, Default)]
pub(super) struct Document(DocumentMut);

impl Document {
    pub(super) fn parse(text: &str) -> Result<Self, TomlError> {
        text.parse().map(Self)
    }

    /// Adds an empty instance.
    pub(super) fn open(&mut self, name: &InstanceName) {
        let mut instances = Table::new();
        instances.set_implicit(true);
        instances.insert(name.as_str(), Item::Table(Table::new()));
        self.0.insert("instance", Item::Table(instances));
    }

    /// What a key of an instance is; a table with a heading is given as one without.
    pub(super) fn value(&self, name: &InstanceName, key: &str) -> Option<Value> {
        let instances = self.0.get("instance")?.as_table_like()?;
        let item = instances.get(name.as_str())?.as_table_like()?.get(key)?;
        item.clone().into_value().ok()
    }

    /// Gives a key of an instance a value, or takes it out. What stands around the value stays.
    pub(super) fn set(&mut self, name: &InstanceName, key: &str, value: Option<&Value>) {
        let Some(table) = self.instance(name) else {
            return;
        };
        let Some(value) = value else {
            table.remove(key);
            return;
        };
        match table.get_mut(key).map(|item| item.as_value_mut()) {
            Some(Some(old)) => replace(old, value),
            Some(None) => {
                // A heading of its own cannot become a value in its place.
                table.remove(key);
                table.insert(key, Item::Value(value.clone()));
            }
            None => {
                table.insert(key, Item::Value(value.clone()));
            }
        }
    }

    pub(super) fn remove(&mut self, name: &InstanceName) {
        if let Some(instances) = self.0.get_mut("instance").and_then(Item::as_table_like_mut) {
            instances.remove(name.as_str());
        }
    }

    /// Tells whether nothing stands in it but comments.
    pub(super) fn is_empty(&self) -> bool {
        let empty = |item: &Item| item.as_table_like().is_some_and(|table| table.is_empty());
        self.0.iter().all(|(key, item)| key == "instance" && empty(item))
    }

    fn instance(&mut self, name: &InstanceName) -> Option<&mut dyn TableLike> {
        let instances = self.0.get_mut("instance")?.as_table_like_mut()?;
        instances.get_mut(name.as_str())?.as_table_like_mut()
    }
}

impl fmt::Display for Document {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

fn replace(old: &mut Value, new: &Value) {
    if same(old, new) {
        return;
    }
    match (old.as_array_mut(), new.as_array()) {
        (Some(old), Some(new)) => list::replace(old, new),
        (None, _) | (_, None) => {
            let decor = old.decor().clone();
            *old = new.clone();
            *old.decor_mut() = decor;
        }
    }
}
