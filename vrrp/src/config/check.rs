//! From what was written to what is true: a [`Config`], or every problem at once.

use std::collections::{BTreeMap, BTreeSet};

use super::conflict::Taken;
use super::fields::Fields;
use super::file::{Gathered, Source};
use super::instance::{Found, finish, missing};
use super::problem::{Finding, Problem, place};
use super::tables::{self, Section, wrong_name};
use super::track::doubts;
use super::written::{Table, Written};
use super::{Config, Instance, InstanceName, Protection, Sync, Track, Watch, group};

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
    /// What the conditions of it and of its sync group need.
    pub needs: Needs,
}

/// What an instance needs that does not run, or that the daemon does not have, by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Scripts are run.
    pub scripts: bool,
    /// By whom, where somebody is named.
    pub users: BTreeSet<String>,
    /// The processes of all users are looked at.
    pub processes: bool,
    /// Programs are run when it has entered a state.
    pub notices: bool,
}

impl Outline {
    /// Gives what there is to know of an instance of a configuration.
    #[must_use]
    pub fn of(instance: &Instance, config: &Config) -> Self {
        Self {
            name: instance.name.clone(),
            enabled: instance.enabled,
            protect: instance.protect.clone(),
            needs: Needs {
                notices: !instance.on_transition.is_empty(),
                ..Needs::of(instance.track.iter().chain(shared(&instance.name, &config.syncs)))
            },
        }
    }
}

/// What is watched for all that an instance moves with.
fn shared<'a>(name: &InstanceName, syncs: &'a BTreeMap<String, Sync>) -> impl Iterator<Item = &'a Track> {
    let of = syncs.values().filter(|sync| sync.instances.contains(name));
    of.flat_map(|sync| &sync.track)
}

impl Needs {
    fn of<'a>(track: impl Iterator<Item = &'a Track>) -> Self {
        let mut needs = Self::default();
        for track in track {
            match &track.watch {
                Watch::Script(script) => {
                    needs.scripts = true;
                    needs.users.extend(script.user.clone());
                }
                Watch::Process(_) => needs.processes = true,
                Watch::Unit(_)
                | Watch::Interface(_)
                | Watch::Mii(_)
                | Watch::Route(_)
                | Watch::Http(_)
                | Watch::Tcp(_)
                | Watch::File(_)
                | Watch::Group(_) => {}
            }
        }
        needs
    }
}

/// Gives every instance whose name and `protect` can be read, right or wrong otherwise, and all problems of the set.
///
/// An instance is left out where its `protect` is wrong, and where a broken line leaves open whether it has one.
#[must_use]
pub fn outline(sources: &[Source]) -> (Vec<Outline>, Vec<Problem>) {
    let examined = Examined::new(Written::read(sources));
    let (written, defaults) = (&examined.written, &examined.defaults);
    let outline = |(name, fields): &(InstanceName, Fields)| {
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
        let protect = fields.protect.value_or(Vec::new())?;
        let own = fields.track.value_or(Vec::new()).unwrap_or_default();
        let track = own.iter().map(|(track, _)| track).chain(shared(name, &examined.syncs));
        let notices = fields.on_transition.given().is_some_and(|(programs, _)| !programs.is_empty());
        Some(Outline { name: name.clone(), enabled, protect, needs: Needs { notices, ..Needs::of(track) } })
    };
    let outlines = examined.instances.iter().filter_map(outline).collect();
    (outlines, place(examined.found.problems, sources))
}

/// A set of files with all that is known of it.
struct Examined {
    written: Written,
    defaults: Fields,
    /// The instances with a right name, in the order of their names.
    instances: Vec<(InstanceName, Fields)>,
    /// The sync groups that are right.
    syncs: BTreeMap<String, Sync>,
    found: Found,
    /// The configuration, where there is no problem.
    config: Option<Config>,
}

impl Examined {
    fn new(mut written: Written) -> Self {
        let mut found = Found { problems: std::mem::take(&mut written.findings), warnings: Vec::new() };
        let defaults = Fields::read(&written.defaults, None, &mut found.problems);
        let mut instances = Vec::with_capacity(written.instances.len());
        for (name, table) in &written.instances {
            let fields = Fields::read(table, Some(name), &mut found.problems).or(&defaults);
            match InstanceName::new(name) {
                Some(name) => instances.push((name, fields)),
                None => found.problems.extend(wrong_name(Section::Instance, name, table)),
            }
        }
        let mut config = Config::default();
        let mut taken = Taken::default();
        for (name, fields) in &instances {
            let Some(table) = written.instances.get(name.as_str()) else {
                continue;
            };
            taken.take(name, table, fields, &mut found.problems);
            if let Some(instance) = finish(name, table, fields, &mut found) {
                config.instances.insert(name.clone(), instance);
            }
        }
        taken.tell(&mut found.problems);
        // A key that seems to lack may stand in a line that is no TOML.
        for (name, fields) in instances.iter().filter(|_| !written.broken) {
            let heading = written.instances.get(name.as_str()).and_then(|table| table.headings.first());
            found.problems.extend(heading.and_then(|heading| missing(name, heading.whole.clone(), fields, &taken)));
        }
        tables::finish(&written, &mut config, &mut found.problems);
        found.warnings.extend(doubts(&written, &instances, &config.syncs));
        found.warnings.extend(group::doubts(&written, &config));
        dedup(&mut found.problems);
        dedup(&mut found.warnings);
        let syncs = config.syncs.clone();
        let config = found.problems.is_empty().then_some(config);
        Self { defaults, instances, syncs, found, config, written }
    }
}

/// Leaves one of equal findings: what is wrong with a default is wrong once, however many instances have it.
fn dedup(findings: &mut Vec<Finding>) {
    findings.sort_by(|a, b| a.spot.cmp(&b.spot).then_with(|| a.message.cmp(&b.message)));
    findings.dedup_by(|a, b| a.spot == b.spot && a.message == b.message);
}
