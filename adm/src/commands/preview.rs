//! What an edit would do, file by file, as a diff: the configuration, and the units that the generator makes of it.

use std::path::Path;

use anstyle::Style;
use similar::TextDiff;
use vrrp::config::harmless;

use super::Context;
use crate::edit::{Edited, Session};
use crate::generator::{Content, units_of};
use crate::render::{BAD, GOOD, HEADING, PLAIN, note, styled};

/// What stands for no file, as diff has it.
const NOTHING: &str = "/dev/null";

/// Shows what an edit that was only rehearsed would do.
///
/// # Errors
/// Nobody reads it any more.
pub(super) async fn preview(context: &Context, session: &Session, edited: &Edited) -> anyhow::Result<()> {
    let mut out = String::new();
    for change in &edited.changes {
        out.push_str(&diff(&change.path, change.before.as_deref(), change.after.as_deref()));
    }
    let (before, after) = session.compare(edited);
    let (before, after) = (units_of(&before, context.root()), units_of(&after, context.root()));
    let mut paths: Vec<&Path> = before.keys().chain(after.keys()).map(AsRef::as_ref).collect();
    paths.sort_unstable();
    paths.dedup();
    for path in paths {
        let [before, after] = [&before, &after].map(|units| units.get(path).map(text));
        out.push_str(&diff(path, before.as_deref(), after.as_deref()));
    }
    if out.is_empty() {
        note("This would change nothing: everything is so already.");
        return Ok(());
    }
    context.show(&out).await?;
    note("Nothing was changed: leave --dry-run out to do it.");
    Ok(())
}

/// What a unit's file says; of a link, where it leads.
fn text(content: &Content) -> String {
    match content {
        Content::Text(text) => text.to_string(),
        Content::Link(target) => format!("-> {target}\n"),
    }
}

/// A unified diff of one file, empty where it stays as it is.
fn diff(path: &Path, before: Option<&str>, after: Option<&str>) -> String {
    let path = path.display().to_string();
    let name = |text: Option<&str>| if text.is_some() { path.clone() } else { NOTHING.to_owned() };
    let (old, new) = (before.unwrap_or_default(), after.unwrap_or_default());
    let diff = TextDiff::from_lines(old, new);
    let diff = diff.unified_diff().header(&name(before), &name(after)).to_string();
    let coloured = diff.lines().map(|line| styled(style(line), &shown(line)) + "\n");
    coloured.collect()
}

/// How a line of a diff looks.
fn style(line: &str) -> Style {
    match line {
        _ if line.starts_with("--- ") || line.starts_with("+++ ") => HEADING,
        _ if line.starts_with('+') => GOOD,
        _ if line.starts_with('-') => BAD,
        _ => PLAIN,
    }
}

/// A line of a file without what a terminal would obey.
fn shown(line: &str) -> String {
    line.split('\t').map(harmless).collect::<Vec<_>>().join("\t")
}
