//! Edits the configuration's files: all or nothing, checked before it is written, one editor at a time.
//!
//! A [`Session`] holds the lock. Each of its verbs plans what the files should become ([`plan`]), checks the whole set as it
//! would be, makes sure that nobody has changed a file meanwhile, and replaces the files one by one ([`disk`]).
//!
//! An edit is refused where it brings a problem that was not there before. Problems that were there before do not block
//! it, or a broken set could not be repaired one edit at a time; they are handed back, because the daemon applies nothing
//! until they are gone.

mod disk;
mod document;
mod list;
mod plan;
pub(crate) mod secret;
#[cfg(test)]
mod tests;
mod value;

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};

use toml_edit::Value;
use vrrp::config::check::{check_gathered, outline};
use vrrp::config::file::{Gathered, Source, Tree};
use vrrp::config::problem::Problem;
use vrrp::config::{InstanceName, Written};

use crate::files::gather;
use plan::Plan;

/// A key of an instance and what it is to be.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    key: &'static str,
    /// None takes the key out, so that its default holds.
    value: Option<Value>,
}

impl Setting {
    /// Gives a key a text, a number or a truth.
    pub(crate) fn new(key: &'static str, value: impl Into<Value>) -> Self {
        Self { key, value: Some(value.into()) }
    }

    /// Gives a key a list.
    pub(crate) fn list<V: Into<Value>>(key: &'static str, values: impl IntoIterator<Item = V>) -> Self {
        Self { key, value: Some(values.into_iter().collect()) }
    }

    /// Its key.
    pub(crate) const fn key(&self) -> &'static str {
        self.key
    }

    /// The text that it gives; none where it gives something else.
    pub(crate) fn text(&self) -> Option<&str> {
        self.value.as_ref()?.as_str()
    }

    /// The texts of the list that it gives; of a unit with an effect its name.
    pub(crate) fn texts(&self) -> Vec<String> {
        let items = self.value.as_ref().and_then(Value::as_array).into_iter().flatten();
        let text =
            |item: &Value| item.as_str().or_else(|| item.as_inline_table()?.get("unit")?.as_str()).map(str::to_owned);
        items.filter_map(text).collect()
    }

    /// Takes a key out.
    pub(crate) fn unset(key: &'static str) -> Self {
        Self { key, value: None }
    }
}

/// One file, before and after. None means that there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The file.
    pub(crate) path: PathBuf,
    /// What was in it.
    pub(crate) before: Option<String>,
    /// What is in it.
    pub(crate) after: Option<String>,
}

/// A file and what is in it; no text where there is none yet.
pub(crate) type Original = (PathBuf, Option<String>);

/// What an edit did.
#[derive(Debug, Default)]
pub(crate) struct Edited {
    /// The files that it wrote or removed; empty where everything was so already.
    pub(crate) changes: Vec<Change>,
    /// Warnings about the instance, or about all where it was no single one.
    pub(crate) warnings: Vec<Problem>,
    /// Problems that were there before and still are. While there is one, the daemon applies nothing.
    pub(crate) remaining: Vec<Problem>,
}

/// Why nothing was written.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The edit would bring these problems.
    Problems {
        /// The problems.
        problems: Vec<Problem>,
        /// The files that would have been new: their lines cannot be looked at.
        unwritten: Vec<PathBuf>,
    },
    /// For this reason, in a sentence that says what to do.
    Reason(String),
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reason(reason) => out.write_str(reason),
            Self::Problems { problems, unwritten } => {
                for (at, problem) in problems.iter().enumerate() {
                    let separator = if at == 0 { "" } else { "\n" };
                    if unwritten.iter().any(|path| *path == Path::new(&problem.place.file)) {
                        write!(out, "{separator}{}", problem.message)?;
                    } else {
                        write!(out, "{separator}{problem}")?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// The files of a configuration, in the hands of one editor.
#[derive(Debug)]
pub(crate) struct Session {
    tree: Tree,
    gathered: Gathered,
    /// Unlocked when it is closed. Without it nothing is written.
    lock: Option<File>,
}

impl Session {
    /// Waits until nobody else edits the files below `root`, and reads them. Makes the directories that lack.
    pub(crate) fn open(root: &Path) -> Result<Self, Refusal> {
        let tree = Tree::below(root);
        let own = tree.own_directory();
        std::fs::create_dir_all(&own).map_err(|error| disk::refuse("cannot make", &own, &error))?;
        let lock = disk::lock(&tree.main.with_file_name(".lock"))?;
        let gathered = gather(&tree);
        Ok(Self { tree, gathered, lock: Some(lock) })
    }

    /// Reads the files below `root` and changes none: what a verb hands back is what it would do.
    pub(crate) fn rehearse(root: &Path) -> Self {
        let tree = Tree::below(root);
        let gathered = gather(&tree);
        Self { tree, gathered, lock: None }
    }

    /// Writes `NAME.toml` with the settings that do not stand anywhere yet.
    pub(crate) fn create(&mut self, name: &InstanceName, settings: &[Setting]) -> Result<Edited, Refusal> {
        let plan = self.plan().create(name, settings)?;
        self.apply(Some(name), plan)
    }

    /// Changes settings in the files where they stand.
    pub(crate) fn modify(&mut self, name: &InstanceName, settings: &[Setting]) -> Result<Edited, Refusal> {
        let plan = self.plan().modify(name, settings)?;
        self.apply(Some(name), plan)
    }

    /// Enables or disables an instance, unless it is so already.
    pub(crate) fn enable(&mut self, name: &InstanceName, enabled: bool) -> Result<Edited, Refusal> {
        let (outlines, _) = outline(&self.gathered.sources);
        if outlines.iter().any(|outline| outline.name == *name && outline.enabled == enabled) {
            return self.apply(Some(name), Vec::new());
        }
        self.modify(name, &[Setting::new("enabled", enabled)])
    }

    /// Takes an instance out of every file. Where `create` did not write it, only with `force`.
    pub(crate) fn delete(&mut self, name: &InstanceName, force: bool) -> Result<Edited, Refusal> {
        let plan = self.plan().delete(name, force)?;
        self.apply(Some(name), plan)
    }

    /// What is wrong with the files as they are.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        check_gathered(&self.gathered).err().unwrap_or_default()
    }

    /// Tells whether a key of an instance stands in a file, right or wrong.
    pub(crate) fn stands(&self, name: &InstanceName, key: &str) -> bool {
        self.plan().written.file_of(name.as_str(), key).is_some()
    }

    /// The files that somebody has to edit for an instance, the one where most of it stands first; without a name the main file.
    pub(crate) fn files_to_edit(&self, name: Option<&InstanceName>) -> Result<Vec<Original>, Refusal> {
        let Some(name) = name else {
            let main = self.gathered.sources.iter().find(|source| Path::new(&source.path) == self.tree.main);
            let unreadable = self.gathered.problems.iter().find(|one| Path::new(&one.place.file) == self.tree.main);
            return match unreadable {
                Some(problem) => Err(Refusal::Reason(problem.to_string())),
                None => Ok(vec![(self.tree.main.clone(), main.map(|source| source.text.clone()))]),
            };
        };
        let plan = self.plan();
        let files = plan.files_to_edit(name)?;
        Ok(files.into_iter().map(|source| (PathBuf::from(&source.path), Some(source.text.clone()))).collect())
    }

    /// Replaces the text of a file that somebody has edited. Without a text before, it is a new one.
    pub(crate) fn rewrite(&mut self, path: &Path, before: Option<&str>, after: &str) -> Result<Edited, Refusal> {
        let text = self.gathered.sources.iter().find(|source| Path::new(&source.path) == path);
        if text.map(|source| source.text.as_str()) != before {
            return Err(disk::changed(path));
        }
        let change = Change { path: path.to_owned(), before: before.map(str::to_owned), after: Some(after.to_owned()) };
        self.apply(None, vec![change]).map_err(|refusal| match refusal {
            // Whoever has written the lines has them before their eyes.
            Refusal::Problems { problems, .. } => Refusal::Problems { problems, unwritten: Vec::new() },
            Refusal::Reason(reason) => Refusal::Reason(reason),
        })
    }

    /// The files as they were read, and as they are with an edit.
    pub(crate) fn compare(&self, edited: &Edited) -> (Gathered, Gathered) {
        let before = edited.changes.iter().rev().map(|change| Change {
            path: change.path.clone(),
            before: change.after.clone(),
            after: change.before.clone(),
        });
        let before: Vec<Change> = before.collect();
        (self.with(&before), self.with(&edited.changes))
    }

    /// Makes an edit of this session undone. A file that somebody has changed since stays as it is.
    pub(crate) fn undo(&mut self, edited: &Edited) -> Result<(), Refusal> {
        let undone = edited.changes.iter().rev().try_for_each(|change| {
            disk::replace(&Change {
                before: change.after.clone(),
                after: change.before.clone(),
                path: change.path.clone(),
            })
        });
        self.gathered = gather(&self.tree);
        undone
    }

    /// Adds a file of its own to those of the administrator, with a configuration that is whole.
    pub(crate) fn add(&mut self, file_name: &str, text: &str) -> Result<Edited, Refusal> {
        let path = self.tree.own_directory().join(file_name);
        if path.symlink_metadata().is_ok() {
            let path = path.display();
            return Err(Refusal::Reason(format!("{path} is there already: move it away first, if it may be replaced")));
        }
        self.apply(None, vec![Change { path, before: None, after: Some(text.to_owned()) }])
    }

    fn plan(&self) -> Plan<'_> {
        Plan { tree: &self.tree, sources: &self.gathered.sources, written: Written::read(&self.gathered.sources) }
    }

    /// Makes changes true, for the sake of one instance or of all.
    fn apply(&mut self, name: Option<&InstanceName>, changes: Vec<Change>) -> Result<Edited, Refusal> {
        let after = self.with(&changes);
        let (warnings, problems) = match check_gathered(&after) {
            Ok(checked) => (checked.warnings, Vec::new()),
            Err(problems) => (Vec::new(), problems),
        };
        let (new, remaining) = apart(problems, &self.problems());
        if !new.is_empty() {
            let unwritten = changes.iter().filter(|change| change.before.is_none());
            let unwritten = unwritten.map(|change| change.path.clone()).collect();
            return Err(Refusal::Problems { problems: new, unwritten });
        }
        if !changes.is_empty() {
            self.unchanged()?;
        }
        let concerns = |warning: &Problem| name.is_none_or(|name| warning.instance.as_deref() == Some(name.as_str()));
        let warnings = warnings.into_iter().filter(concerns).collect();
        let mut edited = Edited { changes: Vec::new(), warnings, remaining };
        if self.lock.is_none() {
            edited.changes = changes;
            return Ok(edited);
        }
        for change in changes {
            if let Err(refusal) = disk::replace(&change) {
                return Err(match self.undo(&edited) {
                    Ok(()) => refusal,
                    Err(second) => {
                        Refusal::Reason(format!("{refusal}\nwhat was written before could not be undone: {second}"))
                    }
                });
            }
            edited.changes.push(change);
        }
        self.gathered = gather(&self.tree);
        Ok(edited)
    }

    /// The set with some changes.
    fn with(&self, changes: &[Change]) -> Gathered {
        let mut after = self.gathered.clone();
        for change in changes {
            let path = change.path.to_string_lossy().into_owned();
            after.sources.retain(|source| source.path != path);
            after.sources.extend(change.after.clone().map(|text| Source { path, text }));
        }
        let order = |source: &Source| {
            let path = Path::new(&source.path);
            (path != self.tree.main, path.file_name().map(ToOwned::to_owned))
        };
        after.sources.sort_by_key(order);
        after
    }

    /// Makes sure that the files are still what they were when they were read.
    fn unchanged(&self) -> Result<(), Refusal> {
        let present = gather(&self.tree);
        if present == self.gathered {
            return Ok(());
        }
        let differs =
            |a: &Gathered, b: &Gathered| a.sources.iter().find(|s| !b.sources.contains(s)).map(|s| s.path.clone());
        let path = differs(&present, &self.gathered).or_else(|| differs(&self.gathered, &present));
        Err(disk::changed(&path.map_or_else(|| self.tree.own_directory(), PathBuf::from)))
    }
}

/// Splits problems into new ones and ones that were known, wherever in their file these stand by now.
fn apart(problems: Vec<Problem>, known: &[Problem]) -> (Vec<Problem>, Vec<Problem>) {
    let key = |problem: &Problem| (problem.place.file.clone(), problem.message.clone());
    let mut counts: HashMap<(String, String), usize> = HashMap::new();
    for problem in known {
        *counts.entry(key(problem)).or_default() += 1;
    }
    problems.into_iter().partition(|problem| match counts.get_mut(&key(problem)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        Some(_) | None => true,
    })
}
