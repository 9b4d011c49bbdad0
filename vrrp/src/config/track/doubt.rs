//! Conditions that are allowed but hardly meant.

use std::collections::{BTreeMap, HashSet};

use super::{BadGroup, File, Track, Watch};
use crate::config::fields::Fields;
use crate::config::place::Spot;
use crate::config::problem::Finding;
use crate::config::written::{Table, Written};
use crate::config::{Effect, InstanceName, Interface, Sync};

/// What `vrrp.service` hides from the daemon (ProtectHome, PrivateTmp).
const HIDDEN: [&str; 5] = ["/tmp", "/var/tmp", "/home", "/root", "/run/user"];
/// Where files change without notice.
const SILENT: [&str; 2] = ["/proc", "/sys"];

/// Warns of conditions that say nothing new or see nothing, and of a last resort that is none.
pub(crate) fn doubts(
    written: &Written,
    instances: &[(InstanceName, Fields)],
    groups: &BTreeMap<String, Sync>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    let together: HashSet<&InstanceName> = groups.values().flat_map(|group| &group.instances).collect();
    for (name, fields) in instances {
        let alone = !together.contains(name);
        let resort =
            written.instances.get(name.as_str()).filter(|_| alone).and_then(|table| idle_resort(table, fields));
        let tracks = tracks(fields).iter();
        let doubts = tracks.filter_map(|(track, spot)| Some((spot, unseen(track).or_else(|| idle(track, fields))?)));
        let doubts = doubts.chain(resort).map(|(spot, message)| Finding::new(spot.clone(), message));
        found.extend(doubts.map(|finding| finding.of(Some(name.as_str()))));
    }
    for (name, group) in groups {
        let list = written.syncs.get(name).and_then(|table| table.items.get("track"));
        let messages = group.track.iter().filter_map(unseen);
        found.extend(
            list.into_iter().zip(messages).map(|(list, message)| Finding::new(list.value.spot.clone(), message)),
        );
    }
    found
}

fn tracks(fields: &Fields) -> &[(Track, Spot)] {
    fields.track.given().map(|(tracks, _)| tracks.as_slice()).unwrap_or_default()
}

/// Says why the daemon does not see what is watched.
fn unseen(track: &Track) -> Option<String> {
    let Watch::File(File { path, .. }) = &track.watch else {
        return None;
    };
    let below = |places: &[&'static str]| places.iter().find(|place| path.starts_with(place)).copied();
    let hidden = below(&HIDDEN).map(|hidden| {
        format!("vrrp.service cannot see what is below {hidden}: put the file elsewhere, such as below /run")
    });
    let silent =
        || below(&SILENT).map(|silent| format!("no change below {silent} is ever told: look there with a script"));
    hidden.or_else(silent)
}

/// Says why a condition changes nothing for its instance.
fn idle(track: &Track, fields: &Fields) -> Option<String> {
    match &track.watch {
        Watch::Unit(unit) => {
            let (protect, _) = fields.protect.given()?;
            let protected = protect.iter().any(|protection| protection.unit == *unit);
            protected.then(|| format!("{unit} is protected, too: one of the two is enough"))
        }
        Watch::Interface(link) => {
            let own = fields.interface.given().is_some_and(|(own, _)| *own == Interface::Link(link.clone()));
            own.then(|| format!("without {link}, its own interface, an instance is in Fault anyway: leave it out"))
        }
        Watch::Group(watched) => {
            let own = fields.interface.given().and_then(|(own, _)| own.group());
            let idle = own == Some(watched.group.as_str()) && watched.when == BadGroup::Failed;
            idle.then(|| {
                format!(
                    "without group {}, its own interface, an instance is in Fault anyway: leave it out",
                    watched.group
                )
            })
        }
        Watch::Mii(_)
        | Watch::Route(_)
        | Watch::Script(_)
        | Watch::Http(_)
        | Watch::Tcp(_)
        | Watch::Process(_)
        | Watch::File(_) => None,
    }
}

/// Warns of a last resort where nothing bars the instance. The defaults may have it for other instances.
fn idle_resort<'f>(table: &Table, fields: &'f Fields) -> Option<(&'f Spot, String)> {
    let (_, spot) = fields.last_resort.given().filter(|(resort, _)| **resort)?;
    let protect = fields.protect.given().map(|(protect, _)| protect.as_slice()).unwrap_or_default();
    let effects = protect.iter().map(|protection| protection.effect);
    let mut effects = effects.chain(tracks(fields).iter().map(|(track, _)| track.effect));
    let idle = table.items.contains_key("last_resort") && !effects.any(|effect| effect == Effect::Backup);
    idle.then(|| (spot, "last_resort changes nothing: no condition has effect = \"backup\"".to_owned()))
}
