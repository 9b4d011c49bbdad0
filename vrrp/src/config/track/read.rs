//! `track` from its text: a list of tables, each a condition of one kind.

use std::collections::HashMap;
use std::time::Duration;

use super::kind::{COMMON, KINDS, Kind};
use super::{Damping, Expect, File, Pace, Track, Watch};
use crate::config::Effect;
use crate::config::entries::Entry;
use crate::config::field::{Field, Given};
use crate::config::place::Spot;
use crate::config::protect::effect;
use crate::config::suggest::nearest;
use crate::config::text::{Shown, listed};
use crate::config::value::{Content, Value};

/// The shortest time between two looks, and for one.
const SHORTEST: Duration = Duration::from_millis(10);
/// The longest time between two looks, for one, and that a condition can be delayed.
const LONGEST: Duration = Duration::from_secs(3600);
const SECOND: Duration = Duration::from_secs(1);

/// Reads the conditions, each with the place of its table.
pub(crate) fn track(given: &mut Given<'_>) -> Option<Vec<(Track, Spot)>> {
    let value = given.value;
    let heading = format!("[[{}.track]]", given.table());
    let entries = match &value.content {
        Content::List(entries) => entries,
        Content::Table(_) => {
            let message = format!("track is one table: write {heading}, in double brackets, or track = [{{ … }}]");
            return given.wrong_at(&value.spot, message);
        }
        Content::Text(_) | Content::Integer(..) | Content::Other(_) | Content::Boolean(_) => {
            let advice = format!("is {}: write {heading} and, below it, what is watched", value.kind());
            return given.wrong(&advice);
        }
    };
    let mut seen: HashMap<Watch, &Spot> = HashMap::new();
    let mut all = Some(Vec::new());
    for entry in entries {
        let track = one(given, entry).and_then(|track| match seen.insert(track.watch.clone(), &entry.spot) {
            Some(first) => given.twice(&entry.spot, &format!("{} {}", track.watch.kind(), track.watch), first),
            None => Some((track, entry.spot.clone())),
        });
        all = all.zip(track).map(|(mut all, track)| {
            all.push(track);
            all
        });
    }
    all
}

fn one(given: &mut Given<'_>, value: &Value) -> Option<Track> {
    let Content::Table(keys) = &value.content else {
        let message = format!("{value} is {}: write a table, such as {{ interface = \"eth1\" }}", value.kind());
        return given.wrong_at(&value.spot, message);
    };
    let mut entry = Entry { given, spot: &value.spot, keys };
    let kind = entry.kind()?;
    let known = entry.strays(kind);
    let watch = (kind.read)(&mut entry);
    let effect = entry.effect(watch.as_ref());
    let damping = entry.damping();
    known.then_some(())?;
    Some(Track { watch: watch?, effect: effect?, damping: damping? })
}

/// What the tables of conditions have in common.
impl Entry<'_, '_> {
    /// How often it is looked at.
    pub(super) fn interval(&mut self) -> Option<Duration> {
        self.key("interval", |given| time(given, SHORTEST)).value_or(SECOND)
    }

    /// How often it is looked at, and how long that may take.
    pub(super) fn pace(&mut self) -> Option<Pace> {
        let interval = self.interval();
        let timeout = self.key("timeout", |given| time(given, SHORTEST)).value_or(SECOND);
        Some(Pace { interval: interval?, timeout: timeout? })
    }

    /// The kind that one key names; says so if none or several do.
    fn kind(&mut self) -> Option<&'static Kind> {
        let mut named = self.keys.iter().filter_map(|(key, _)| Some((Kind::named(&key.name)?, key)));
        let Some((kind, first)) = named.next() else {
            let names = || KINDS.iter().map(|kind| kind.name);
            let slip = self.keys.iter().find_map(|(key, _)| Some((key, nearest(&key.name, names())?)));
            return match slip {
                Some((key, near)) => {
                    let message = format!("{} is unknown: did you mean {near}?", Shown::new(&key.name));
                    self.wrong_at(&key.spot, message)
                }
                None => {
                    let kinds = listed(names().map(str::to_owned).collect(), "or");
                    self.wrong_at(self.spot, format!("nothing is watched: add one of {kinds}"))
                }
            };
        };
        match named.next() {
            None => Some(kind),
            Some((second, key)) => {
                let heading = format!("[[{}.track]]", self.given.table());
                let message = format!(
                    "{} and {} are two conditions: write each below a {heading} of its own",
                    kind.name, second.name
                );
                self.given.wrong_beside(&key.spot, message, ("first at", &first.spot))
            }
        }
    }

    /// Says which keys the kind has not. Tells whether it has all.
    fn strays(&mut self, kind: &Kind) -> bool {
        let mut known = true;
        for (key, _) in self.keys.iter().filter(|(key, _)| !kind.has(&key.name)) {
            known = false;
            let message = stray(kind, &key.name);
            self.wrong_at::<()>(&key.spot, message);
        }
        known
    }

    fn effect(&mut self, watch: Option<&Watch>) -> Option<Effect> {
        let field = self.key("effect", |given| effect(given, given.value));
        let counts = matches!(watch, Some(Watch::File(File { expect: Expect::Integer, .. })));
        match field {
            Field::Given(Effect::Backup | Effect::Fault, spot) if counts => {
                let advice =
                    "the number in the file is a weight: write how much each 1 of it counts, such as effect = 1";
                self.wrong_at(&spot, advice)
            }
            Field::Absent if counts => Some(Effect::Weight(1)),
            Field::Absent | Field::Wrong | Field::Given(..) => field.value_or(Effect::Backup),
        }
    }

    fn damping(&mut self) -> Option<Damping> {
        let results = |given: &mut Given<'_>| {
            given.number("is no number of results: use 1 to 255", 3, |number: u8| (number > 0).then_some(number))
        };
        let rise = self.key("rise", results).value_or(Damping::NONE.rise);
        let fall = self.key("fall", results).value_or(Damping::NONE.fall);
        let up_delay = self.key("up_delay", |given| time(given, Duration::ZERO)).value_or(Duration::ZERO);
        let down_delay = self.key("down_delay", |given| time(given, Duration::ZERO)).value_or(Duration::ZERO);
        Some(Damping { rise: rise?, fall: fall?, up_delay: up_delay?, down_delay: down_delay? })
    }
}

fn time(given: &mut Given<'_>, shortest: Duration) -> Option<Duration> {
    match given.duration()? {
        time if (shortest..=LONGEST).contains(&time) => Some(time),
        _ if shortest.is_zero() => given.wrong("is too long: use 0s to 60min"),
        _ => given.wrong("is out of range: use 10ms to 60min"),
    }
}

/// Says why a kind has not a key, and what to do.
fn stray(kind: &Kind, key: &str) -> String {
    let name = kind.name;
    let polled = kind.has("interval");
    match key {
        "rise" if !polled => format!("rise changes nothing for {name}, which tells each change itself: use up_delay"),
        "fall" if !polled => format!("fall changes nothing for {name}, which tells each change itself: use down_delay"),
        "interval" | "timeout" if !polled => {
            format!("{key} changes nothing for {name}, which tells each change itself: leave it out")
        }
        "timeout" => format!("timeout changes nothing for {name}, which is answered at once: leave it out"),
        "weight" => "weight is unknown: write it as the effect, such as effect = -50".to_owned(),
        _ => {
            let shown = Shown::new(key);
            let owners: Vec<String> =
                KINDS.iter().filter(|other| other.has(key)).map(|other| other.name.to_owned()).collect();
            let known = || COMMON.into_iter().chain(kind.keys.iter().copied());
            match nearest(key, known()) {
                _ if !owners.is_empty() => format!("{shown} is a key of {}: leave it out", listed(owners, "and")),
                Some(near) => format!("{shown} is unknown: did you mean {near}?"),
                None => {
                    let known = listed(known().map(str::to_owned).collect(), "and");
                    format!("{shown} is unknown: beside {name} there are {known}")
                }
            }
        }
    }
}
