//! The files of measurements, in the target directory: a JSON object whose members outlive the run that measured them.

use std::fs;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::workspace;

/// Sets members of the object in a file of the target directory, and leaves those that earlier runs set.
///
/// # Errors
/// The file cannot be written. One that cannot be read is written anew.
pub(crate) fn keep(name: &str, members: impl IntoIterator<Item = (String, Value)>) -> Result<()> {
    let file = workspace::target_directory().join(name);
    let earlier = fs::read_to_string(&file).ok().and_then(|text| serde_json::from_str(&text).ok());
    let mut object: Map<String, Value> = earlier.unwrap_or_default();
    object.extend(members);
    let text = serde_json::to_string_pretty(&object)?;
    fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
}
