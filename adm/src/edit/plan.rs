//! What the files should become.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use vrrp::config::file::{Source, Tree};
use vrrp::config::{InstanceName, KEYS, Written};

use super::document::Document;
use super::value::same;
use super::{Change, Refusal, Setting};

/// The first line of a file that belongs to one instance.
const MARK: &str = "# Written by vrrpadm. Edit it as you like; `vrrpadm delete` removes it.\n";

/// A set of files on its way to another.
pub(super) struct Plan<'a> {
    pub(super) tree: &'a Tree,
    pub(super) sources: &'a [Source],
    pub(super) written: Written,
}

impl Plan<'_> {
    /// A new file with the settings that stand nowhere. Settings that stand somewhere must be the same there.
    pub(super) fn create(&self, name: &InstanceName, settings: &[Setting]) -> Result<Vec<Change>, Refusal> {
        let mut different = Vec::new();
        let mut lacking = Vec::new();
        for setting in settings.iter().filter(|setting| setting.value.is_some()) {
            match self.written.file_of(name.as_str(), setting.key) {
                None => lacking.push(setting),
                Some(file) => {
                    let stands = self.document(file)?.value(name, setting.key);
                    if !stands.zip(setting.value.as_ref()).is_some_and(|(stands, given)| same(&stands, given)) {
                        different.push(setting.key);
                    }
                }
            }
        }
        let there = !self.written.files_of(name.as_str()).is_empty();
        let own = self.own_file(name);
        if lacking.is_empty() && different.is_empty() && there {
            return Ok(Vec::new());
        }
        if !different.is_empty() {
            return reason(format!(
                "{name} is there already, with another {}: use `vrrpadm modify {name}`",
                different.join(", ")
            ));
        }
        let file_name = own.file_name().map(ToOwned::to_owned);
        match self.sources.iter().find(|source| Path::new(&source.path).file_name() == file_name.as_deref()) {
            Some(source) if source.text.starts_with(MARK) && there => {
                let keys: Vec<&str> = lacking.iter().map(|setting| setting.key).collect();
                reason(format!("{name} is there already, without {}: use `vrrpadm modify {name}`", keys.join(", ")))
            }
            Some(source) => {
                let path = &source.path;
                reason(format!(
                    "{path} is there already, and vrrpadm did not write it: add {name} there, or rename the file"
                ))
            }
            None => {
                let mut document = Document::default();
                document.open(name);
                lacking.sort_by_key(|setting| KEYS.iter().position(|key| *key == setting.key));
                for setting in lacking {
                    document.set(name, setting.key, setting.value.as_ref());
                }
                Ok(vec![Change { path: own, before: None, after: Some(format!("{MARK}{document}")) }])
            }
        }
    }

    /// Each setting in the file where it stands, else in the instance's own file, else in the first that has the instance.
    pub(super) fn modify(&self, name: &InstanceName, settings: &[Setting]) -> Result<Vec<Change>, Refusal> {
        let home = self.home(name)?;
        let mut documents: BTreeMap<usize, Document> = BTreeMap::new();
        for setting in settings {
            let file = match (self.written.file_of(name.as_str(), setting.key), &setting.value) {
                (Some(file), _) => file,
                (None, Some(_)) => home,
                (None, None) => continue,
            };
            let mut document = match documents.remove(&file) {
                Some(document) => document,
                None => self.editable(file)?,
            };
            document.set(name, setting.key, setting.value.as_ref());
            documents.insert(file, document);
        }
        let changes =
            documents.into_iter().filter_map(|(file, document)| self.change(file, Some(document.to_string())));
        Ok(changes.collect())
    }

    /// Without the instance. The file that `create` wrote goes when nothing else is in it.
    pub(super) fn delete(&self, name: &InstanceName, force: bool) -> Result<Vec<Change>, Refusal> {
        let files = self.written.files_of(name.as_str());
        let own = self.own_file(name);
        let is_own = |file: usize| {
            self.sources.get(file).is_some_and(|source| Path::new(&source.path) == own && source.text.starts_with(MARK))
        };
        let foreign: Vec<&str> = files
            .iter()
            .filter(|file| !is_own(**file))
            .filter_map(|file| Some(self.sources.get(*file)?.path.as_str()))
            .collect();
        if !foreign.is_empty() && !force {
            let foreign = foreign.join(" and ");
            return reason(format!(
                "{name} stands in {foreign}, which vrrpadm did not write: delete it there with --force"
            ));
        }
        let mut changes = Vec::new();
        for file in files {
            let mut document = self.editable(file)?;
            document.remove(name);
            let after = (!(is_own(file) && document.is_empty())).then(|| document.to_string());
            changes.extend(self.change(file, after));
        }
        Ok(changes)
    }

    /// The files that somebody has to edit for an instance, the one where most of it stands first.
    pub(super) fn files_to_edit(&self, name: &InstanceName) -> Result<Vec<&Source>, Refusal> {
        let home = self.home(name)?;
        self.not_vendors(home)?;
        let further = self.written.files_of(name.as_str()).into_iter().filter(|file| *file != home);
        Ok([home].into_iter().chain(further).filter_map(|file| self.sources.get(file)).collect())
    }

    /// The file where the settings of an instance go that stand nowhere yet.
    fn home(&self, name: &InstanceName) -> Result<usize, Refusal> {
        let files = self.written.files_of(name.as_str());
        let own = self.own_file(name);
        let is_own = |file: &&usize| self.sources.get(**file).is_some_and(|source| Path::new(&source.path) == own);
        let editable = |file: &&usize| !self.is_vendors(**file);
        match files.iter().find(is_own).or_else(|| files.iter().find(editable)).or(files.first()) {
            Some(home) => Ok(*home),
            None => reason(format!("there is no instance {name}: make it with `vrrpadm create {name}`")),
        }
    }

    fn own_file(&self, name: &InstanceName) -> PathBuf {
        self.tree.own_directory().join(format!("{name}.toml"))
    }

    fn is_vendors(&self, file: usize) -> bool {
        let path = self.sources.get(file).map(|source| Path::new(&source.path));
        path.is_some_and(|path| path != self.tree.main && path.parent() != Some(&self.tree.own_directory()))
    }

    fn editable(&self, file: usize) -> Result<Document, Refusal> {
        self.not_vendors(file)?;
        self.document(file)
    }

    fn not_vendors(&self, file: usize) -> Result<(), Refusal> {
        let path = self.sources.get(file).map_or("", |source| source.path.as_str());
        if self.is_vendors(file) {
            let own = self.tree.own_directory();
            let own = own.display();
            return reason(format!(
                "{path} belongs to a package: copy it to {own} under the same name and edit it there"
            ));
        }
        Ok(())
    }

    fn document(&self, file: usize) -> Result<Document, Refusal> {
        let source = self.sources.get(file);
        let (path, text) = source.map_or(("", ""), |source| (&source.path, &source.text));
        Document::parse(text)
            .or_else(|_| reason(format!("{path} has mistakes of form: see `vrrpadm check`, and mend them first")))
    }

    /// What becomes of a file, if it becomes anything else.
    fn change(&self, file: usize, after: Option<String>) -> Option<Change> {
        let source = self.sources.get(file)?;
        let before = Some(source.text.clone());
        (before != after).then(|| Change { path: PathBuf::from(&source.path), before, after })
    }
}

fn reason<T>(reason: String) -> Result<T, Refusal> {
    Err(Refusal::Reason(reason))
}
