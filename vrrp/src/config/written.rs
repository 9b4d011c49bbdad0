//! What was written: the tables and keys of a whole set of files, merged, each with its place, right or wrong.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::KEYS;
use super::file::Source;
use super::place::{Lines, Spot};
use super::problem::Finding;
use super::suggest::nearest;
use super::syntax::{self, Document};
use super::tables::Section;
use super::text::Shown;
use super::value::{Content, Key, Value};

/// What stands in a set of files, as far as it can be read.
///
/// A key that stands twice has its first value here.
#[derive(Debug, Default)]
pub struct Written {
    pub(crate) defaults: Table,
    pub(crate) instances: BTreeMap<String, Table>,
    pub(crate) syncs: BTreeMap<String, Table>,
    pub(crate) heartbeats: BTreeMap<String, Table>,
    pub(crate) groups: BTreeMap<String, Table>,
    pub(crate) ipvs: Table,
    pub(crate) findings: Vec<Finding>,
    /// Whether some file is no TOML, so that what seems to lack may only be unreadable.
    pub(crate) broken: bool,
}

/// The keys of `[defaults]` or of one instance, from all files.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// The headings, one for each place where the table is opened.
    pub(crate) headings: Vec<Heading>,
    pub(crate) items: BTreeMap<String, Item>,
    /// Whether something in it is no TOML.
    pub(crate) broken: bool,
}

#[derive(Debug)]
pub(crate) struct Heading {
    pub(crate) name: Spot,
    pub(crate) whole: Spot,
    /// Its line is no TOML, which is a problem already.
    pub(crate) unreadable: bool,
}

/// A key with its value.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) key: Spot,
    pub(crate) value: Value,
    /// Its line is no TOML, which is a problem already.
    pub(crate) unreadable: bool,
    /// Something between the heading and this is no TOML, so that it may belong to another table.
    pub(crate) doubtful: bool,
}

impl Written {
    /// Reads all files of a set, in order.
    #[must_use]
    pub fn read(sources: &[Source]) -> Self {
        let mut written = Self::default();
        for (file, source) in sources.iter().enumerate() {
            let lines = Lines::new(&source.text);
            let mut document = syntax::parse(file, &source.text, &lines);
            written.findings.append(&mut document.findings);
            written.broken |= !document.breaks.is_empty();
            let entries = std::mem::take(&mut document.entries);
            File { written: &mut written, lines, document, headings: headings(&entries) }.merge(entries);
        }
        written
    }

    fn section(&mut self, section: Section) -> &mut BTreeMap<String, Table> {
        match section {
            Section::Instance => &mut self.instances,
            Section::Sync => &mut self.syncs,
            Section::Heartbeat => &mut self.heartbeats,
            Section::Group => &mut self.groups,
        }
    }

    /// The names of the instances, also of those whose name is wrong, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.instances.keys().map(String::as_str)
    }

    /// The names of the interface groups, also of those whose name is wrong, in order.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.keys().map(String::as_str)
    }

    /// The links that are written as those of an interface group, in order.
    #[must_use]
    pub fn links_of(&self, group: &str) -> Vec<&str> {
        let items = self.groups.get(group).map(|table| &table.items);
        let lists = items.into_iter().flat_map(|items| [items.get("members"), items.get("standby")]).flatten();
        let values =
            lists.filter_map(|item| if let Content::List(list) = &item.value.content { Some(list) } else { None });
        values
            .flatten()
            .filter_map(|value| if let Content::Text(text) = &value.content { Some(text.as_str()) } else { None })
            .collect()
    }

    /// The files that have something of an instance, as indices into the set, each once and in order.
    #[must_use]
    pub fn files_of(&self, instance: &str) -> Vec<usize> {
        let mut files: Vec<usize> =
            self.instances.get(instance).into_iter().flat_map(|table| &table.headings).map(|h| h.whole.file).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    /// The file in which a key of an instance stands, as an index into the set; none if it stands in no table of its own.
    #[must_use]
    pub fn file_of(&self, instance: &str, key: &str) -> Option<usize> {
        Some(self.instances.get(instance)?.items.get(key)?.key.file)
    }
}

/// Where tables begin in a file, in ascending order.
fn headings(entries: &[(Key, Value)]) -> Vec<usize> {
    let mut starts: Vec<usize> = Vec::new();
    for (_, value) in entries {
        starts.push(value.spot.start);
        if let Content::Table(inner) = &value.content {
            starts.extend(inner.iter().map(|(_, value)| value.spot.start));
        }
    }
    starts.sort_unstable();
    starts
}

/// Where the last table of a list begins that is written as tables with headings.
fn last_heading(value: &Value) -> Option<usize> {
    let Content::List(list) = &value.content else {
        return None;
    };
    // Such a list stands where its first heading does.
    list.first().filter(|first| first.spot == value.spot)?;
    list.last().map(|last| last.spot.start)
}

/// One file on its way into the set.
struct File<'a> {
    written: &'a mut Written,
    lines: Lines<'a>,
    document: Document,
    headings: Vec<usize>,
}

impl File<'_> {
    fn merge(&mut self, entries: Vec<(Key, Value)>) {
        for (key, value) in entries {
            match (key.name.as_str(), value.content) {
                ("defaults", Content::Table(items)) => {
                    let mut table = std::mem::take(&mut self.written.defaults);
                    let heading = self.heading(key.spot, value.spot);
                    self.table(&mut table, None, heading, items);
                    self.written.defaults = table;
                }
                ("defaults", _) => {
                    self.find(value.spot, "defaults is a table: write [defaults] once, in single brackets")
                }
                ("ipvs", Content::Table(items)) => {
                    let mut table = std::mem::take(&mut self.written.ipvs);
                    let heading = self.heading(key.spot, value.spot);
                    self.table(&mut table, None, heading, items);
                    self.written.ipvs = table;
                }
                ("ipvs", _) => self.find(value.spot, "ipvs is a table: write [ipvs] once, in single brackets"),
                (name, content) => match (Section::ALL.into_iter().find(|section| section.word() == name), content) {
                    (Some(section), Content::Table(tables)) => self.section(section, tables),
                    (Some(section), _) => {
                        let message = format!("{} needs a name: write [{}.NAME]", section.one(), section.word());
                        self.find(value.spot, message);
                    }
                    (None, _) => {
                        let message = misplaced(name);
                        self.find(key.spot, message);
                    }
                },
            }
        }
    }

    fn section(&mut self, section: Section, tables: Vec<(Key, Value)>) {
        let (one, word) = (section.one(), section.word());
        let mut nameless = false;
        for (key, value) in tables {
            let shown = Shown::new(&key.name);
            match value.content {
                Content::List(_) if key.name == "track" => {
                    self.find(value.spot, "an instance needs a name: write [[instance.NAME.track]]");
                }
                Content::Table(items) => {
                    let mut table = self.written.section(section).remove(&key.name).unwrap_or_default();
                    let heading = self.heading(key.spot, value.spot);
                    let instance = (section == Section::Instance).then_some(key.name.as_str());
                    self.table(&mut table, instance, heading, items);
                    self.written.section(section).insert(key.name, table);
                }
                Content::List(ref list) if list.iter().all(|value| matches!(value.content, Content::Table(_))) => {
                    self.find(value.spot, format!("{one} stands in single brackets: write [{word}.{shown}]"));
                }
                Content::Text(_)
                | Content::Integer(..)
                | Content::Other(_)
                | Content::Boolean(_)
                | Content::List(_) => {
                    if !section.keys().contains(&key.name.as_str()) {
                        let message = format!("{one} is a table: write [{word}.{shown}] and its keys below it");
                        self.find(key.spot, message);
                    } else if !std::mem::replace(&mut nameless, true) {
                        self.find(key.spot, format!("{one} needs a name: write [{word}.NAME] above its keys"));
                    }
                }
            }
        }
    }

    fn table(&mut self, table: &mut Table, instance: Option<&str>, heading: Heading, items: Vec<(Key, Value)>) {
        let start = heading.whole.start;
        table.broken |= self.breaks(start, self.next_table(start));
        table.headings.push(heading);
        for (key, value) in items {
            let line = self.lines.span(self.lines.line(key.spot.start)).start;
            // A value that is not there at all has no place of its own.
            let last = value.spot.end.max(key.spot.end);
            let end = match last_heading(&value) {
                Some(heading) => self.next_table(heading),
                None => self.lines.span(self.lines.line(last)).end,
            };
            let unreadable = self.breaks(line, end.saturating_add(1));
            let doubtful = self.breaks(start, last + 1);
            match table.items.entry(key.name) {
                Entry::Vacant(place) => {
                    place.insert(Item { key: key.spot, value, unreadable, doubtful });
                }
                Entry::Occupied(first) => {
                    let message = format!("{} stands in two files: leave one out", Shown::new(first.key()));
                    let finding = Finding::new(key.spot, message).of(instance);
                    self.written.findings.push(finding.related("first at", first.get().key.clone()));
                }
            }
        }
    }

    fn heading(&self, name: Spot, whole: Spot) -> Heading {
        let unreadable = self.line_breaks(&name);
        Heading { name, whole, unreadable }
    }

    /// Where the table that begins at `start` or before it ends.
    fn next_table(&self, start: usize) -> usize {
        let next = self.headings.partition_point(|&other| other <= start);
        self.headings.get(next).copied().unwrap_or(usize::MAX)
    }

    fn line_breaks(&self, spot: &Spot) -> bool {
        let line = self.lines.span(self.lines.line(spot.start));
        self.breaks(line.start, line.end + 1)
    }

    /// Tells whether the file is no TOML somewhere from `start` on and before `end`.
    fn breaks(&self, start: usize, end: usize) -> bool {
        let breaks = &self.document.breaks;
        breaks.get(breaks.partition_point(|&at| at < start)).is_some_and(|&at| at < end)
    }

    fn find(&mut self, spot: Spot, message: impl Into<String>) {
        // Half a heading has a problem already, and a value without one is none.
        if !self.line_breaks(&spot) {
            self.written.findings.push(Finding::new(spot, message));
        }
    }
}

/// What to say of a word that stands outside of the tables that there are.
fn misplaced(name: &str) -> String {
    let shown = Shown::new(name);
    if name == "track" {
        return "track stands outside of every table: write [[instance.NAME.track]], or [[defaults.track]]".to_owned();
    }
    if name == "sync_daemon" {
        return "sync_daemon stands outside of every table: put it below [ipvs]".to_owned();
    }
    if KEYS.contains(&name) {
        return format!("{shown} stands outside of every table: put it below [instance.NAME], or below [defaults]");
    }
    match nearest(name, ["defaults", "instance", "sync", "heartbeat", "group", "ipvs"]) {
        Some(near @ ("defaults" | "ipvs")) => format!("{shown} is unknown: did you mean [{near}]?"),
        Some(near) => format!("{shown} is unknown: did you mean [{near}.NAME]?"),
        None => format!(
            "{shown} is unknown: there are [defaults], [instance.NAME], [sync.NAME], [heartbeat.NAME], [group.NAME] and [ipvs]"
        ),
    }
}
