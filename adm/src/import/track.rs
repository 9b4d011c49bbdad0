//! Trackers become conditions.

mod asked;
mod file;
mod process;
mod script;

pub(super) use script::arguments;

use std::collections::HashSet;

use toml_edit::Value;

use super::fate::{Fate, Kind};
use super::made::Entry;
use super::shown;
use super::statement::{Weight, duration};
use super::translate::{Member, Tracker, Work};
use super::tree::Statement;
use super::trial;

/// The heaviest weight, upwards and downwards.
const HEAVIEST: i32 = 253;

/// Whose trackers they are.
pub(super) struct Owner {
    /// The instance's link; none for a sync group.
    pub(super) link: Option<String>,
    /// Whether it has priority 255.
    pub(super) address_owner: bool,
    /// How it is a member of a sync group, if it is.
    pub(super) member: Option<Member>,
}

/// What a weight comes to.
enum Effect {
    /// This, for the condition.
    Is(Value),
    /// This, for the condition's reverse.
    Reversed(Value),
    /// Nothing: why.
    None(Kind, &'static str),
}

impl Work {
    /// Translates all trackers of an instance or a sync group.
    pub(super) fn tracks(&mut self, words: &[&Statement], owner: &Owner) -> Vec<Entry> {
        let (mut tracks, mut watched) = (Vec::new(), HashSet::new());
        for block in
            words.iter().filter(|word| word.keyword().starts_with("track_") && word.keyword() != "track_src_ip")
        {
            for statement in self.inner(block) {
                let condition = match block.keyword() {
                    "track_interface" => self.tracked_link(statement, owner),
                    "track_script" => self.tracked(statement, owner, |work| &mut work.trackers),
                    "track_process" => self.tracked(statement, owner, |work| &mut work.processes),
                    _ => self.tracked_file(statement, owner),
                };
                let Some(condition) = condition else {
                    continue;
                };
                let watches = condition.watches();
                if watched.contains(&watches) {
                    let why = "this is watched already, and counts once";
                    self.fates.push(Fate::new(statement.place, Kind::Lost, why));
                } else if let Some(message) = trial::refusal(&format!("track = [{{ {} }}]", condition.line())) {
                    self.fates.push(Fate::new(statement.place, Kind::Lost, message));
                } else {
                    let toml = format!("[[track]] {}", condition.line());
                    self.fates.push(match &condition.comment {
                        Some(comment) => Fate::differs(statement.place, toml, comment.as_str()),
                        None => Fate::became(statement.place, toml),
                    });
                    watched.insert(watches);
                    tracks.push(condition);
                }
            }
        }
        tracks
    }

    /// `LINK [weight N [reverse]]`.
    fn tracked_link(&mut self, statement: &Statement, owner: &Owner) -> Option<Entry> {
        let link = statement.keyword();
        let weight = self.weight(statement, Weight::default())?;
        if owner.link.as_deref() == Some(link) && weight == Weight::default() {
            let why = "an instance is in Fault anyway while its own link is down";
            self.fates.push(Fate::new(statement.place, Kind::Needless, why));
            return None;
        }
        let effect = match (owner.member, weight.value) {
            // A member's weight on a link is ignored there, and FAULT is what is left.
            (Some(Member { weights: false }), 1.. | ..=-1) => Effect::Is("fault".into()),
            _ => effect(weight, owner),
        };
        let polled = self.poll_all || self.polled.contains(link);
        let mut condition = Entry::new(if polled { "mii" } else { "interface" }, link);
        match effect {
            Effect::Is(value) => condition.set("effect", value),
            Effect::Reversed(_) => {
                let why = "a condition on a link cannot be reversed: write a script that ends with 0 while it is down";
                self.fates.push(Fate::new(statement.place, Kind::Lost, why));
                return None;
            }
            Effect::None(kind, why) => {
                self.fates.push(Fate::new(statement.place, kind, why));
                return None;
            }
        }
        if let Some((down, up)) = self.delays.get(link) {
            condition.set("down_delay", duration(*down));
            condition.set("up_delay", duration(*up));
        }
        Some(condition)
    }

    /// A script or a process, with the weight that it has there or here.
    fn tracked(
        &mut self,
        statement: &Statement,
        owner: &Owner,
        of: impl Fn(&mut Self) -> &mut std::collections::BTreeMap<String, Tracker>,
    ) -> Option<Entry> {
        let Some(tracker) = of(self).get_mut(statement.keyword()) else {
            self.absent(statement);
            return None;
        };
        tracker.used = true;
        let (straight, reversed) = (tracker.condition.clone(), tracker.reversed.clone());
        let usual = tracker.weight;
        let weight = self.weight(statement, usual)?;
        let (condition, value) = match effect(weight, owner) {
            Effect::Is(value) => (straight, value),
            Effect::Reversed(_) if reversed.is_none() && straight.is_some() => {
                let why = "it cannot be reversed: watch it with a script that ends the other way round";
                self.fates.push(Fate::new(statement.place, Kind::Lost, why));
                return None;
            }
            Effect::Reversed(value) => (reversed, value),
            Effect::None(kind, why) => {
                self.fates.push(Fate::new(statement.place, kind, why));
                return None;
            }
        };
        let Some(mut condition) = condition else {
            let why = format!("{} could not be translated: see there", shown(statement.keyword()));
            self.fates.push(Fate::new(statement.place, Kind::Lost, why));
            return None;
        };
        condition.keys.insert(1, ("effect", value));
        Some(condition)
    }

    /// A file: a number, or a switch where its weight is 0.
    fn tracked_file(&mut self, statement: &Statement, owner: &Owner) -> Option<Entry> {
        let Some(tracker) = self.files.get_mut(statement.keyword()) else {
            self.absent(statement);
            return None;
        };
        tracker.used = true;
        let (number, switch, reversed) = (tracker.number.clone(), tracker.condition.clone(), tracker.reversed.clone());
        let usual = tracker.weight;
        let mut weight = self.weight(statement, usual)?;
        let bare = owner.address_owner || owner.member.is_some_and(|member| !member.weights);
        if bare && weight.value == 1 {
            // The default weight of a file, which keepalived takes for none there.
            weight.value = 0;
        }
        let condition = if weight.value == 0 {
            let condition = if weight.reverse { reversed } else { switch };
            condition.map(|mut condition| {
                condition.keys.insert(1, ("effect", "fault".into()));
                condition
            })
        } else {
            let signed = if weight.reverse { -weight.value } else { weight.value };
            match effect(Weight { value: signed, reverse: false }, owner) {
                Effect::Is(value) => number.map(|mut condition| {
                    condition.set("effect", value);
                    condition
                }),
                Effect::Reversed(_) => None,
                Effect::None(kind, why) => {
                    self.fates.push(Fate::new(statement.place, kind, why));
                    return None;
                }
            }
        };
        if condition.is_none() {
            let why = format!("{} could not be translated: see there", shown(statement.keyword()));
            self.fates.push(Fate::new(statement.place, Kind::Lost, why));
        }
        condition
    }

    fn absent(&mut self, statement: &Statement) {
        let why = format!("there is no {}, and keepalived ignores it", shown(statement.keyword()));
        self.fates.push(Fate::new(statement.place, Kind::Unknown, why));
    }

    /// The weight behind the name of a tracker, or the `usual` one.
    fn weight(&mut self, statement: &Statement, usual: Weight) -> Option<Weight> {
        let weight = match statement.words.get(1).map(String::as_str) {
            None => Some(usual),
            Some("weight") => Weight::read(statement.words.get(2..).unwrap_or_default(), HEAVIEST + 1),
            Some(_) => None,
        };
        if weight.is_none() || statement.block.is_some() {
            self.malformed(statement, "write its name alone, or with weight and a number from -253 to 253");
            return None;
        }
        weight
    }
}

/// What a weight comes to for somebody.
fn effect(weight: Weight, owner: &Owner) -> Effect {
    let counts = weight.value != 0;
    match (owner.member, weight) {
        (Some(Member { weights: false }), _) if counts => Effect::None(
            Kind::Needless,
            "keepalived ignores the weight of a member of a sync group: track it for the group",
        ),
        _ if counts && owner.address_owner => Effect::None(Kind::Needless, "a weight does not move priority 255"),
        (_, Weight { value: 0, reverse: false }) => Effect::Is("fault".into()),
        (_, Weight { value: 0, reverse: true }) => Effect::Reversed("fault".into()),
        (_, Weight { value, reverse }) => {
            let value = i64::from(value.clamp(-HEAVIEST, HEAVIEST));
            // Less while good is less while the reverse is bad.
            match reverse {
                false => Effect::Is(value.into()),
                true => Effect::Reversed((-value).into()),
            }
        }
    }
}
