//! From what was written to what is true: a [`Config`], or every problem at once.

use std::collections::BTreeMap;

use super::conflict::Taken;
use super::fields::Fields;
use super::file::{Gathered, Source};
use super::instance::{Found, finish, missing};
use super::problem::{Finding, Problem, place};
use super::tables::{self, Section, wrong_name};
use super::track::doubts;
use super::written::{Table, Written};
use super::{Config, InstanceName, Protection};

/// A configuration without problems.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// What is true.
    pub config: Config,
    /// What is allowed but hardly meant, sorted by place.
    pub warnings: Vec<Problem>,
}

/// Checks a whole set of files: the main one, then the further ones in order.
///
/// # Errors
/// All problems of all files, sorted by place; never empty.
pub fn check(sources: &[Source]) -> Result<Checked, Vec<Problem>> {
    let examined = Examined::new(Written::read(sources));
    match examined.config {
        Some(config) => Ok(Checked { config, warnings: place(examined.found.warnings, sources) }),
        None => Err(place(examined.found.problems, sources)),
    }
}

/// Checks what was gathered. Files that could not be read are problems too, and come first.
///
/// # Errors
/// All problems, as with [`check`].
pub fn check_gathered(gathered: &Gathered) -> Result<Checked, Vec<Problem>> {
    let checked = check(&gathered.sources);
    if gathered.problems.is_empty() {
        return checked;
    }
    Err(gathered.problems.iter().cloned().chain(checked.err().unwrap_or_default()).collect())
}

/// What a service manager has to know of an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Its name.
    pub name: InstanceName,
    /// Whether it takes part at all; true where that cannot be read.
    pub enabled: bool,
    /// What it protects.
    pub protect: Vec<Protection>,
}

/// Gives every instance whose name and `protect` can be read, right or wrong otherwise, and all problems of the set.
///
/// An instance is left out where its `protect` is wrong, and where a broken line leaves open whether it has one.
#[must_use]
pub fn outline(sources: &[Source]) -> (Vec<Outline>, Vec<Problem>) {
    let examined = Examined::new(Written::read(sources));
    let (written, defaults) = (&examined.written, &examined.defaults);
    let outline = |(name, fields): (&InstanceName, &Fields)| {
        let table = written.instances.get(name.as_str())?;
        let known = |table: &Table| match table.items.get("protect") {
            Some(item) => !item.doubtful,
            None => !table.broken,
        };
        let own = table.items.contains_key("protect");
        if !known(table) || !(own || known(&written.defaults)) {
            return None;
        }
        let fields = fields.clone().or(defaults);
        let enabled = fields.enabled.value_or(true).unwrap_or(true);
        Some(Outline { name: name.clone(), enabled, protect: fields.protect.value_or(Vec::new())? })
    };
    let outlines = examined.instances.iter().filter_map(outline).collect();
    (outlines, place(examined.found.problems, sources))
}

/// A set of files with all that is known of it.
struct Examined {
    written: Written,
    defaults: Fields,
    /// The instances with a right name.
    instances: BTreeMap<InstanceName, Fields>,
    found: Found,
    /// The configuration, where there is no problem.
    config: Option<Config>,
}

impl Examined {
    fn new(mut written: Written) -> Self {
        let mut found = Found { problems: std::mem::take(&mut written.findings), warnings: Vec::new() };
        let defaults = Fields::read(&written.defaults, None, &mut found.problems);
        let mut instances = BTreeMap::new();
        for (name, table) in &written.instances {
            let fields = Fields::read(table, Some(name), &mut found.problems).or(&defaults);
            match InstanceName::new(name) {
                Some(name) => {
                    instances.insert(name, fields);
                }
                None => found.problems.extend(wrong_name(Section::Instance, name, table)),
            }
        }
        let mut config = Config::default();
        let mut taken = Taken::default();
        for (name, fields) in &instances {
            let Some(table) = written.instances.get(name.as_str()) else {
                continue;
            };
            // A key that seems to lack may stand in a line that is no TOML.
            let heading = table.headings.first().filter(|_| !written.broken);
            found.problems.extend(heading.and_then(|heading| missing(name, heading.whole.clone(), fields)));
            taken.take(name, table, fields, &mut found.problems);
            if let Some(instance) = finish(name, table, fields, &mut found) {
                config.instances.insert(name.clone(), instance);
            }
        }
        (config.syncs, config.heartbeats) = tables::finish(&written, &config, &mut found.problems);
        found.warnings.extend(doubts(&written, &instances, &config.syncs));
        dedup(&mut found.problems);
        dedup(&mut found.warnings);
        let config = found.problems.is_empty().then_some(config);
        Self { defaults, instances, found, config, written }
    }
}

/// Leaves one of equal findings: what is wrong with a default is wrong once, however many instances have it.
fn dedup(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| a.spot.cmp(&b.spot).then_with(|| a.message.cmp(&b.message)));
    findings.dedup_by(|a, b| a.spot == b.spot && a.message == b.message);
}
