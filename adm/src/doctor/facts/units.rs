//! What systemd knows of the units that matter.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::systemd::{Refusal, Systemd, Unit};

use super::Seen;

/// The daemon's unit.
pub(crate) const DAEMON: &str = "vrrp.service";
/// How many units are looked at for what they start after.
const MOST: usize = 1_000;

/// The units that matter, by their names as they are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Units {
    /// `vrrp.service`, those of the instances, what they protect, and what listens on a virtual address.
    pub(crate) known: BTreeMap<String, Unit>,
    /// Circles of units of which each starts after the next one, the first one named again at the end.
    pub(crate) circles: Vec<Vec<String>>,
}

impl Units {
    /// The name by which others are ordered after a unit that may be named by an alias.
    fn id(&self, name: &str) -> String {
        self.known.get(name).map_or(name, |unit| unit.id.as_str()).to_owned()
    }

    /// Tells whether two names are one unit's.
    pub(crate) fn is_same(&self, one: &str, other: &str) -> bool {
        one == other || self.known.get(one).is_some_and(|unit| unit.names.iter().any(|name| name == other))
    }
}

/// Asks for some units, and looks for circles: `after` are pairs of units, of which the first may not lead to the second.
pub(crate) async fn units(
    systemd: &Systemd,
    names: impl Iterator<Item = String>,
    apart: &[(String, String)],
) -> Seen<Units> {
    let seen = |refusal: Refusal| refusal.to_string();
    let mut units = Units::default();
    for name in names.collect::<BTreeSet<_>>() {
        let unit = systemd.unit(&name).await.map_err(seen)?;
        units.known.insert(name, unit);
    }
    let mut order = Order { systemd, after: HashMap::new() };
    for (from, to) in apart {
        let (from, to) = (units.id(from), units.id(to));
        if let Some(mut way) = order.way(&from, &to).await.map_err(seen)? {
            way.push(from);
            units.circles.push(way);
        }
    }
    Ok(units)
}

/// What starts after what, as far as it was asked.
struct Order<'s> {
    systemd: &'s Systemd,
    after: HashMap<String, Vec<String>>,
}

impl Order<'_> {
    /// The shortest way from a unit over what each starts after to another one, both named.
    async fn way(&mut self, from: &str, to: &str) -> Result<Option<Vec<String>>, Refusal> {
        let mut before: HashMap<String, String> = HashMap::new();
        let mut next = VecDeque::from([from.to_owned()]);
        while let Some(name) = next.pop_front() {
            if name == to {
                let mut way = vec![name];
                while let Some(former) = way.last().and_then(|last| before.get(last)) {
                    way.push(former.clone());
                }
                way.reverse();
                return Ok(Some(way));
            }
            for later in self.after(&name).await? {
                if later != from && !before.contains_key(&later) {
                    before.insert(later.clone(), name.clone());
                    next.push_back(later);
                }
            }
        }
        Ok(None)
    }

    async fn after(&mut self, name: &str) -> Result<Vec<String>, Refusal> {
        if let Some(known) = self.after.get(name) {
            return Ok(known.clone());
        }
        if self.after.len() >= MOST {
            return Ok(Vec::new());
        }
        let mut after = self.systemd.after(name).await?;
        // What has no jobs of a start closes no circle.
        after.retain(|name| {
            [".service", ".target", ".socket", ".path", ".timer"].iter().any(|kind| name.ends_with(kind))
        });
        self.after.insert(name.to_owned(), after.clone());
        Ok(after)
    }
}
