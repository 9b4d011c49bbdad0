//! What to say to somebody who names an instance that is not there, or a verb of another vrrpadm.

use std::collections::BTreeSet;

use anyhow::anyhow;
use clap::error::{ContextKind, ContextValue};
use vrrp::config::{InstanceName, Written};
use vrrp::status::Status;

use super::Context;
use crate::files::gather;
use crate::nearest::nearest;
use crate::render::{BAD, styled};

/// The verbs of illumos's vrrpadm, whose options are others, and what is the same here.
const THEIRS: [(&str, &str); 6] = [
    ("create-router", "create NAME --interface LINK --vrid NUMBER --address ADDRESS/LENGTH"),
    ("delete-router", "delete NAME"),
    ("modify-router", "modify NAME --priority NUMBER"),
    ("enable-router", "enable NAME"),
    ("disable-router", "disable NAME"),
    ("show-router", "list --output all, or status"),
];

/// What to say where a command line is not understood because it is illumos's.
pub(crate) fn instead_of(usage: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(given)) = usage.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let (theirs, ours) = THEIRS.into_iter().find(|(theirs, _)| theirs == given)?;
    Some(format!("{} {theirs} is illumos's: here it is vrrpadm {ours}", styled(BAD, "error:")))
}

/// Takes the name of an instance.
pub(super) fn name(text: &str) -> anyhow::Result<InstanceName> {
    InstanceName::new(text).ok_or_else(|| {
        anyhow!("{text:?} is no name of an instance: use 1 to 31 letters, digits, _ . and -, and begin with a letter or digit")
    })
}

/// Takes the name of an instance that stands in the files.
pub(super) fn known_name(context: &Context, text: &str) -> anyhow::Result<InstanceName> {
    let gathered = gather(&context.tree());
    let written = Written::read(&gathered.sources);
    let names: Vec<&str> = written.names().collect();
    match InstanceName::new(text) {
        Some(name) if names.contains(&text) => Ok(name),
        Some(_) | None => Err(unknown(text, &names)),
    }
}

/// Tells whether each name is that of an instance of which the daemon tells.
///
/// # Errors
/// One is not.
pub(super) fn expect_all<'n>(names: impl IntoIterator<Item = &'n String>, status: &Status) -> anyhow::Result<()> {
    let known: BTreeSet<&str> = status.instances.iter().map(|instance| instance.name.as_str()).collect();
    match names.into_iter().find(|name| !known.contains(name.as_str())) {
        Some(name) => Err(unknown(name, &known.into_iter().collect::<Vec<_>>())),
        None => Ok(()),
    }
}

/// Says that there is no such instance, and which one may be meant.
pub(super) fn unknown(text: &str, names: &[&str]) -> anyhow::Error {
    match (nearest(text, names), names) {
        (_, []) => anyhow!("there is no instance {text:?}, nor any other: vrrpadm create makes one"),
        (Some(near), _) => anyhow!("there is no instance {text:?}: did you mean {near}?"),
        (None, _) => anyhow!("there is no instance {text:?}: see vrrpadm list"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_no_instance_is_told_how_to_make_one() {
        assert_eq!(
            unknown("x", &[]).to_string(),
            "there is no instance \"x\", nor any other: vrrpadm create makes one"
        );
    }
}
