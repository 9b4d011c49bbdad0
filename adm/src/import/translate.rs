//! From statements to instances, sync groups and conditions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::fate::{Fate, Kind};
use super::files::Place;
use super::ipvs::Found;
use super::keywords::{Block, Verdict};
use super::made::{Instance, Sync, SyncDaemon};
use super::names::Names;
use super::secret::{Secret, masked};
use super::shown;
use super::statement::Weight;
use super::tree::Statement;

/// The most words that are compared with all that there are.
const MOST_ADVICE: usize = 1000;

/// What is known while a configuration is translated.
pub(super) struct Work {
    /// What became of each line so far.
    pub(super) fates: Vec<Fate>,
    pub(super) secrets: Vec<Secret>,
    /// What must not be shown.
    pub(super) spoken: Vec<String>,
    /// How many words keepalived does not know.
    unknown: usize,
    /// Where the files of the host are, to find programs.
    pub(super) root: PathBuf,
    pub(super) global: Global,
    /// What may be tracked, by its name.
    pub(super) trackers: BTreeMap<String, Tracker>,
    pub(super) files: BTreeMap<String, Tracker>,
    pub(super) processes: BTreeMap<String, Tracker>,
    /// How long a link must be down, and up, before it counts, in milliseconds.
    pub(super) delays: BTreeMap<String, (u64, u64)>,
    /// The links whose transceivers are asked.
    pub(super) polled: BTreeSet<String>,
    pub(super) poll_all: bool,
    pub(super) names: Names,
    pub(super) sync_names: Names,
    /// The sync group of each instance, by its name there, as an index.
    pub(super) member_of: BTreeMap<String, Member>,
    pub(super) sync_daemon: Option<Found>,
}

/// How an instance is a member of a sync group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    /// Whether the group counts the weights of its members.
    pub(super) weights: bool,
}

/// A `vrrp_script`, `vrrp_track_process` or `track_file`.
#[derive(Debug, Default)]
pub(super) struct Tracker {
    pub(super) place: Option<Place>,
    /// The condition without its effect; none where there can be none, which has been said.
    pub(super) condition: Option<super::made::Entry>,
    /// The condition that is good when the other one is bad, where there is one.
    pub(super) reversed: Option<super::made::Entry>,
    /// What is watched where it counts as a number.
    pub(super) number: Option<super::made::Entry>,
    pub(super) weight: Weight,
    pub(super) used: bool,
}

/// What `global_defs` says.
#[derive(Debug, Default)]
pub(super) struct Global {
    pub(super) version: Option<u8>,
    pub(super) strict: bool,
    pub(super) checksum_as_v2: bool,
    pub(super) script_user: Option<String>,
    pub(super) default_interface: Option<String>,
}

/// What was made of a configuration.
pub(super) struct Outcome {
    pub(super) instances: Vec<Instance>,
    pub(super) syncs: Vec<Sync>,
    pub(super) sync_daemon: Option<SyncDaemon>,
    pub(super) fates: Vec<Fate>,
    pub(super) secrets: Vec<Secret>,
    /// What must not be shown.
    pub(super) spoken: Vec<String>,
}

/// Translates all statements. `fates` are those of lines that became none.
pub(super) fn translate(statements: &[Statement], fates: Vec<Fate>, root: &Path) -> Outcome {
    let mut work = Work {
        fates,
        secrets: Vec::new(),
        spoken: Vec::new(),
        unknown: 0,
        root: root.to_owned(),
        global: Global::default(),
        trackers: BTreeMap::new(),
        files: BTreeMap::new(),
        processes: BTreeMap::new(),
        delays: BTreeMap::new(),
        polled: BTreeSet::new(),
        poll_all: false,
        names: Names::default(),
        sync_names: Names::default(),
        member_of: BTreeMap::new(),
        sync_daemon: None,
    };
    let (instances, syncs, sync_daemon) = work.configuration(statements);
    Outcome { instances, syncs, sync_daemon, fates: work.fates, secrets: work.secrets, spoken: work.spoken }
}

impl Work {
    fn configuration(&mut self, statements: &[Statement]) -> (Vec<Instance>, Vec<Sync>, Option<SyncDaemon>) {
        let known = self.sort(Block::Root, statements);
        let of = |keyword: &'static str| known.iter().copied().filter(move |statement| statement.keyword() == keyword);
        for statement in of("global_defs") {
            self.global_defs(statement);
        }
        for statement in of("linkbeat_use_polling") {
            self.poll_all = true;
            self.fates.push(Fate::became(statement.place, "mii = … in place of interface = …"));
        }
        for statement in of("linkbeat_interfaces").flat_map(|block| self.inner(block)).collect::<Vec<_>>() {
            self.polled.insert(statement.keyword().to_owned());
            self.fates
                .push(Fate::became(statement.place, format!("mii = {:?}, where it is tracked", statement.keyword())));
        }
        for statement in of("interface_up_down_delays").flat_map(|block| self.inner(block)).collect::<Vec<_>>() {
            self.delay(statement);
        }
        for statement in known.iter().copied() {
            match statement.keyword() {
                "vrrp_script" => self.script(statement),
                "vrrp_track_process" => self.process(statement),
                "track_file" | "vrrp_track_file" => self.file(statement),
                _ => {}
            }
        }
        let groups: Vec<_> = of("vrrp_sync_group").filter_map(|statement| self.group(statement)).collect();
        let mut names = BTreeMap::new();
        let mut instances = Vec::new();
        for statement in of("vrrp_instance") {
            let made = self.instance(statement);
            if let Some(name) = statement.word(1) {
                let given: &mut Vec<String> = names.entry(name.to_owned()).or_default();
                given.extend(made.iter().map(|instance| instance.name.clone()));
            }
            instances.extend(made);
        }
        let syncs = self.syncs(groups, &names, &mut instances);
        let sync_daemon = self.follow(&names);
        self.unused();
        (instances, syncs, sync_daemon)
    }

    /// Says of trackers that nobody tracks that they are left out.
    fn unused(&mut self) {
        let all = self.trackers.values().chain(self.files.values()).chain(self.processes.values());
        let idle = all.filter(|tracker| !tracker.used).filter_map(|tracker| tracker.place);
        let why = "no instance tracks it, so keepalived does not look at it either";
        self.fates.extend(idle.map(|place| Fate::new(place, Kind::Needless, why)).collect::<Vec<_>>());
    }

    /// Tells of every statement that is not translated, and gives the others.
    pub(super) fn sort<'s>(&mut self, block: Block, statements: &'s [Statement]) -> Vec<&'s Statement> {
        let mut translated = Vec::new();
        for statement in statements {
            match block.row(statement.keyword()) {
                Some((_, Verdict::Translated)) => translated.push(statement),
                Some((_, Verdict::Needless(why))) => self.whole(statement, Kind::Needless, why),
                Some((_, Verdict::Lost(why))) => self.whole(statement, Kind::Lost, why),
                None => {
                    self.unknown += 1;
                    let mut why = block.unknown(statement.keyword(), self.unknown < MOST_ADVICE);
                    if statement.block.is_some() {
                        why.push_str(". It reads what is in its block as if that stood around it");
                    }
                    self.whole(statement, Kind::Unknown, &why);
                }
            }
        }
        translated
    }

    /// Gives a statement and all of its block one fate.
    pub(super) fn whole(&mut self, statement: &Statement, kind: Kind, why: &str) {
        self.fates.push(Fate::new(statement.place, kind, why));
        let mut inner: Vec<&Statement> = statement.statements().iter().collect();
        while let Some(statement) = inner.pop() {
            self.fates.push(Fate::new(statement.place, Kind::Part, "a part of the above"));
            inner.extend(statement.statements());
        }
    }

    /// Says that a statement does not have the form that keepalived asks for.
    pub(super) fn malformed(&mut self, statement: &Statement, form: &str) {
        let why = format!("{} is wrong, and keepalived ignores it: {form}", shown(&masked(&statement.text, &[])));
        self.whole(statement, Kind::Unknown, &why);
    }

    /// What stands in the block of a statement; of words before it, and of a block that lacks, it says so.
    pub(super) fn inner<'s>(&mut self, statement: &'s Statement) -> &'s [Statement] {
        if statement.block.is_none() {
            self.malformed(statement, "it needs a block, { … }");
        } else if statement.words.len() > 1 {
            let why = "keepalived ignores what stands between it and its brace";
            self.fates.push(Fate::new(statement.place, Kind::Unknown, why));
        }
        statement.statements()
    }

    /// The name of a block that has one.
    pub(super) fn named<'s>(&mut self, statement: &'s Statement) -> Option<&'s str> {
        let name = statement.word(1).filter(|name| !name.is_empty());
        if name.is_none() || statement.block.is_none() || statement.words.len() > 2 {
            self.malformed(statement, "it needs one name, and a block, { … }");
        }
        name.filter(|_| statement.block.is_some())
    }

    /// The one value of a statement, where it has one. What stands behind it is told to be ignored.
    pub(super) fn value<'s>(&mut self, statement: &'s Statement) -> Option<&'s str> {
        let value = self.first_value(statement)?;
        if statement.words.len() > 2 {
            let why = "keepalived takes one keyword a line, and ignores what stands behind its value: write that on a line \
                       of its own";
            self.fates.push(Fate::new(statement.place, Kind::Unknown, why));
        }
        Some(value)
    }

    /// The first of several values of a statement.
    pub(super) fn first_value<'s>(&mut self, statement: &'s Statement) -> Option<&'s str> {
        if statement.block.is_some() {
            self.malformed(statement, "it takes no block");
            return None;
        }
        let value = statement.word(1);
        if value.is_none() {
            self.malformed(statement, "its value is missing");
        }
        value
    }

    /// The last of several statements of a keyword; of the others it says that they count for nothing.
    pub(super) fn last<'s>(&mut self, statements: &[&'s Statement], keyword: &str) -> Option<&'s Statement> {
        let mut of = statements.iter().copied().filter(|statement| statement.keyword() == keyword).peekable();
        while let Some(statement) = of.next() {
            if of.peek().is_none() {
                return Some(statement);
            }
            self.fates.push(Fate::new(statement.place, Kind::Needless, "a later line says otherwise"));
        }
        None
    }
}
