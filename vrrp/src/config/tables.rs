//! The tables beside instances that have a name: `[sync.NAME]`, `[heartbeat.NAME]` and `[group.NAME]`.

use std::collections::{BTreeMap, HashMap};

use super::field::{Field, Given, Reader};
use super::place::Spot;
use super::problem::Finding;
use super::suggest::{Names, nearest};
use super::text::Shown;
use super::value::Content;
use super::written::{Table, Written};
use super::{Config, InstanceName, group, heartbeat, ipvs, sync};

/// The tables that have a name each, with what one of them is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Instance,
    Sync,
    Heartbeat,
    Group,
}

impl Section {
    pub(crate) const ALL: [Self; 4] = [Self::Instance, Self::Sync, Self::Heartbeat, Self::Group];

    /// The first part of its headings.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Sync => "sync",
            Self::Heartbeat => "heartbeat",
            Self::Group => "group",
        }
    }

    /// What one of them is.
    pub(crate) const fn one(self) -> &'static str {
        match self {
            Self::Instance => "an instance",
            Self::Sync => "a sync group",
            Self::Heartbeat => "a heartbeat",
            Self::Group => "an interface group",
        }
    }

    /// Its keys, in the order in which they are documented.
    pub(crate) const fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Instance => &super::KEYS,
            Self::Sync => &sync::KEYS,
            Self::Heartbeat => &heartbeat::KEYS,
            Self::Group => &group::KEYS,
        }
    }
}

/// A list of instances, each with its spot.
pub(crate) type Members = Vec<(InstanceName, Spot)>;

/// Puts the named tables together for a configuration that has its instances. Those that are wrong are left out, and said to be.
pub(crate) fn finish(written: &Written, config: &mut Config, findings: &mut Vec<Finding>) {
    let names = Names::new(written.instances.keys().map(String::as_str));
    let mut taken = HashMap::new();
    for (name, table) in good_names(Section::Sync, &written.syncs, findings) {
        let sync = sync::finish(name, table, &names, config, &mut taken, findings);
        config.syncs.extend(sync.map(|sync| (name.clone(), sync)));
    }
    let mut taken = HashMap::new();
    for (name, table) in good_names(Section::Group, &written.groups, findings) {
        let group = group::finish(name, table, config, &mut taken, findings);
        config.groups.extend(group.map(|group| (name.clone(), group)));
    }
    for (name, table) in good_names(Section::Heartbeat, &written.heartbeats, findings) {
        let heartbeat = heartbeat::finish(name, table, &names, config, findings);
        config.heartbeats.extend(heartbeat.map(|heartbeat| (name.clone(), heartbeat)));
    }
    findings.extend(group::strangers(written));
    findings.extend(group::rivals(written, config));
    config.sync_daemon = ipvs::finish(written, config, findings);
}

fn good_names<'t>(
    section: Section,
    tables: &'t BTreeMap<String, Table>,
    findings: &mut Vec<Finding>,
) -> Vec<(&'t String, &'t Table)> {
    let mut good = Vec::new();
    for (name, table) in tables {
        match InstanceName::new(name) {
            Some(_) => good.push((name, table)),
            None => findings.extend(wrong_name(section, name, table)),
        }
    }
    good
}

/// Says that a name is none.
pub(crate) fn wrong_name(section: Section, name: &str, table: &Table) -> Option<Finding> {
    let shown = Shown::new(name);
    let of_what = section.one();
    let message = format!(
        "\"{shown}\" is no name of {of_what}: use 1 to 31 letters, digits, _ . and -, and begin with a letter or digit"
    );
    let heading = table.headings.first().filter(|heading| !heading.unreadable)?;
    let instance = (section == Section::Instance).then_some(name);
    Some(Finding::new(heading.name.clone(), message).of(instance))
}

/// Says which keys of a table are unknown.
pub(crate) fn unknown_keys(section: Section, reader: &mut Reader<'_>) {
    let keys = section.keys();
    let unknown = reader.table.items.iter().filter(|(name, _)| !keys.contains(&name.as_str()));
    for (name, item) in unknown.filter(|(_, item)| !item.unreadable) {
        let shown = Shown::new(name);
        let message = match nearest(name, keys.iter().copied()) {
            Some(near) => format!("{shown} is unknown: did you mean {near}?"),
            None => format!("{shown} is unknown: the keys are {}", keys.join(", ")),
        };
        reader.findings.push(Finding::new(item.key.clone(), message).of(reader.instance));
    }
}

/// The instance of a name, or what is wrong with that: there is none, and `otherwise` is what can be done but to add one.
pub(crate) fn member(name: &str, names: &Names<'_>, otherwise: &str) -> Result<InstanceName, String> {
    let shown = Shown::new(name);
    InstanceName::new(name).filter(|_| names.contain(name)).ok_or_else(|| match names.nearest(name) {
        Some(near) => format!("there is no instance {shown}: did you mean \"{}\"?", Shown::new(near)),
        None => format!("there is no instance {shown}: add [instance.{shown}], or {otherwise}"),
    })
}

/// Reads a list of instances that there are, each once.
pub(crate) fn members(given: &mut Given<'_>, names: &Names<'_>) -> Option<Members> {
    let list = match &given.value.content {
        Content::List(list) => list,
        Content::Text(text) => {
            let shown = Shown::new(text);
            return given.wrong(&format!("is one text: write a list, [\"{shown}\"]"));
        }
        Content::Integer(..) | Content::Other(_) | Content::Boolean(_) | Content::Table(_) => {
            return given.wrong(&format!("is {}: write a list, such as [\"inst1\", \"inst2\"]", given.value.kind()));
        }
    };
    let mut seen = HashMap::new();
    let mut members = Vec::new();
    for value in list {
        let Content::Text(name) = &value.content else {
            let message = format!("{value} is {}: write an instance's name in quotes", value.kind());
            members.push(given.wrong_at(&value.spot, message));
            continue;
        };
        let member = match member(name, names, "leave it out") {
            Err(message) => given.wrong_at(&value.spot, message),
            Ok(member) => match seen.insert(name, &value.spot) {
                Some(first) => given.twice(&value.spot, name, first),
                None => Some((member, value.spot.clone())),
            },
        };
        members.push(member);
    }
    members.into_iter().collect()
}

/// Says that a key lacks which nothing can replace.
pub(crate) fn missing<T: Clone>(
    section: Section,
    name: &str,
    table: &Table,
    field: &Field<T>,
    what: &str,
) -> Option<Finding> {
    let heading = table.headings.first().filter(|_| matches!(field, Field::Absent) && !table.broken)?;
    let (section, word) = (section.word(), what.split(' ').next().unwrap_or_default());
    Some(Finding::new(heading.whole.clone(), format!("{section}.{name} lacks {word}: add, for example, {what}")))
}
