//! `vrrp_sync_group`.

use std::collections::{BTreeMap, HashMap, HashSet};

use toml_edit::Value;

use super::fate::{Fate, Kind};
use super::files::Place;
use super::keywords::Block;
use super::made::{Entry, Instance, Sync};
use super::shown;
use super::track::Owner;
use super::translate::{Member, Work};
use super::tree::Statement;

/// A group before its instances are known.
pub(super) struct Group {
    name: String,
    place: Place,
    /// The instances as keepalived calls them, each with its line.
    members: Vec<(String, Place)>,
    tracks: Vec<Entry>,
}

impl Work {
    /// Reads a group.
    pub(super) fn group(&mut self, block: &Statement) -> Option<Group> {
        let wanted = self.named(block)?;
        let words = self.sort(Block::Group, block.statements());
        let weights = self.last(&words, "sync_group_tracking_weight");
        if let Some(statement) = weights {
            self.fates.push(Fate::became(statement.place, "the weights of all instances of a group add up"));
        }
        let mut members = Vec::new();
        let lists = words.iter().filter(|word| word.keyword() == "group");
        for statement in lists.flat_map(|list| self.inner(list)).collect::<Vec<_>>() {
            for member in &statement.words {
                if self.member_of.insert(member.clone(), Member { weights: weights.is_some() }).is_some() {
                    let why = format!("{} is in a sync group already, and stays in that one", shown(member));
                    self.fates.push(Fate::new(statement.place, Kind::Unknown, why));
                } else {
                    members.push((member.clone(), statement.place));
                }
            }
        }
        let tracks = self.tracks(&words, &Owner { link: None, address_owner: false, member: None });
        Some(Group { name: wanted.to_owned(), place: block.place, members, tracks })
    }

    /// Puts the groups together. `names` has what became of each instance.
    pub(super) fn syncs(
        &mut self,
        groups: Vec<Group>,
        names: &BTreeMap<String, Vec<String>>,
        instances: &mut [Instance],
    ) -> Vec<Sync> {
        let mut syncs = Vec::new();
        let mut taken = HashSet::new();
        for group in groups {
            let mut members = Vec::new();
            for (member, place) in &group.members {
                match names.get(member).filter(|names| !names.is_empty()) {
                    Some(names) => {
                        let toml = format!("{} in instances", names.join(", "));
                        self.fates.push(Fate::became(*place, toml));
                        members.extend(names.iter().cloned());
                    }
                    None => {
                        let why = format!("there is no instance {} to be in it", shown(member));
                        self.fates.push(Fate::new(*place, Kind::Lost, why));
                    }
                }
            }
            taken.extend(members.iter().cloned());
            if let [only] = members.as_slice() {
                self.alone(group.place, only, group.tracks, instances);
            } else if members.is_empty() {
                self.fates.push(Fate::new(group.place, Kind::Lost, "none of its instances could be translated"));
            } else {
                syncs.push(self.sync(&group.name, group.place, members, group.tracks, instances));
            }
        }
        // Both halves of an instance that had to be parted move together.
        for halves in names.values().filter(|names| names.len() > 1) {
            if let Some(first) = halves.first().filter(|first| !taken.contains(first.as_str())) {
                let place = instances.iter().find(|instance| instance.name == **first).map(|instance| instance.place);
                let place = place.unwrap_or(Place { file: 0, line: 0 });
                let name = first.clone();
                syncs.push(self.sync(&name, place, halves.clone(), Vec::new(), instances));
            }
        }
        syncs
    }

    /// A group of one: its conditions are the instance's.
    fn alone(&mut self, place: Place, only: &str, tracks: Vec<Entry>, instances: &mut [Instance]) {
        let why = format!("a group of one instance is none: what it tracks is tracked by {only}");
        self.fates.push(Fate::differs(place, "", why));
        let Some(instance) = instances.iter_mut().find(|instance| instance.name == only) else {
            return;
        };
        let own = instance.get("priority").and_then(Value::as_integer) == Some(255);
        for track in tracks {
            let weighs = track.keys.iter().any(|(key, value)| *key == "effect" && value.is_integer());
            let there = instance.tracks.iter().any(|known| known.watches() == track.watches());
            // A weight does not move an address owner.
            if there || (own && weighs) {
                continue;
            }
            instance.tracks.push(track);
        }
    }

    fn sync(
        &mut self,
        wanted: &str,
        place: Place,
        members: Vec<String>,
        tracks: Vec<Entry>,
        instances: &mut [Instance],
    ) -> Sync {
        let name = self.sync_names.give(wanted);
        let mut comment = None;
        let order: HashMap<&str, usize> =
            members.iter().enumerate().map(|(at, member)| (member.as_str(), at)).collect();
        let mut of: Vec<&mut Instance> =
            instances.iter_mut().filter(|instance| order.contains_key(instance.name.as_str())).collect();
        of.sort_by_key(|instance| order.get(instance.name.as_str()).copied());
        for (key, usual) in [("priority", Value::from(100)), ("preempt", true.into()), ("preempt_delay", "0s".into())] {
            let value = |instance: &Instance| instance.get(key).cloned().unwrap_or_else(|| usual.clone());
            let Some(first) = of.first().map(|first| value(first)) else {
                continue;
            };
            let text = |value: &Value| value.to_string().trim().to_owned();
            if of.iter().all(|instance| text(&value(instance)) == text(&first)) {
                continue;
            }
            for instance in &mut of {
                match text(&first) == text(&usual) {
                    true => instance.unset(key),
                    false => instance.set(key, first.clone()),
                }
            }
            let why = format!(
                "its instances had several values of {key}, and need one: they have that of the first, {}. Look at the \
                 other hosts, too",
                text(&first)
            );
            comment = Some(format!("Its instances had several values of {key}; all have that of the first now."));
            self.fates.push(Fate::differs(place, format!("{key} = {}", text(&first)), why));
        }
        let heading = format!("[sync.{name}]");
        self.fates.push(match name == wanted {
            true => Fate::became(place, heading),
            false => Fate::differs(place, heading, format!("{} is no name here, or was given already", shown(wanted))),
        });
        if of.iter().any(|instance| instance.get("preempt").is_some()) {
            for instance in &mut of {
                instance.unset("preempt_delay");
            }
        }
        Sync { name, place, instances: members, tracks, comment }
    }
}
