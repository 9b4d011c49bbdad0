//! Keeps docs/pictures/state-machine.svg true: it is drawn from a table of arrows, which are those that the machine goes along.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::time::Instant;

use vrrp::id::Priority;
use vrrp::machine::{Event, Kind, Parameters, Place, VirtualRouter};

use super::document::{event_name, events, read, write};
use super::story::{beginning, usual};

#[path = "drawing/arrows.rs"]
mod arrows;
#[path = "drawing/picture.rs"]
mod picture;

use arrows::{ARROWS, Arrow};

/// After so many events from the start on, no further ones lead along another arrow.
const EVENTS: usize = 6;

/// Where a router is in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum At {
    Init,
    /// The bar from which it goes on by what it finds: no state, it is left in the same moment.
    Entry,
    Backup,
    Barred,
    Master,
    Fault,
}

/// That an event leads from one place to another, perhaps the address owner alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Transition {
    from: At,
    event: &'static str,
    to: At,
    owner: bool,
}

#[test]
fn the_picture_is_drawn_from_the_arrows() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures/state-machine.svg");
    let picture = picture::draw();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        write(&path, &picture);
    } else {
        assert!(
            read(&path) == picture,
            "docs/pictures/state-machine.svg is out of date: run the test with UPDATE_DOCS=1"
        );
    }
}

#[test]
fn the_arrows_are_the_ways_that_the_machine_goes_and_no_others() {
    let (made, drawn) = (made(), drawn());
    let (lacking, wrong): (Vec<_>, Vec<_>) = (made.difference(&drawn).collect(), drawn.difference(&made).collect());
    assert!(lacking.is_empty(), "without an arrow: {lacking:#?}");
    assert!(wrong.is_empty(), "never made: {wrong:#?}");
}

#[test]
fn an_arrow_says_its_events() {
    for arrow in ARROWS.iter().filter(|arrow| arrow.from != [At::Entry]) {
        let label = arrow.label.join(" ");
        let said: BTreeSet<String> = label.split(", ").map(str::to_owned).collect();
        let owner = arrow.owner.iter().map(|event| format!("{event} (owner)"));
        let events: BTreeSet<String> = arrow.events.iter().map(|event| (*event).to_owned()).chain(owner).collect();
        assert_eq!(said, events, "the arrow to {:?}", arrow.to);
    }
}

/// Every transition that is made on the ways that begin with a router that is disabled.
fn made() -> BTreeSet<Transition> {
    let (usual, owner) = (ways_of("128"), ways_of("255"));
    let of_owner = owner.difference(&usual).map(|way| (way, true));
    let all = usual.iter().map(|way| (way, false)).chain(of_owner);
    all.map(|((from, event, to), owner)| Transition { from: *from, event, to: *to, owner }).collect()
}

fn ways_of(priority: &str) -> BTreeSet<(At, &'static str, At)> {
    let parameters = Parameters { priority: Priority::new(priority.parse().unwrap()).unwrap(), ..usual() };
    [Place::Alone, Place::First]
        .into_iter()
        .flat_map(|place| ways(&VirtualRouter::new(parameters.clone(), place)))
        .collect()
}

/// Goes all ways at once, an event further each time, and no way twice.
fn ways(router: &VirtualRouter) -> BTreeSet<(At, &'static str, At)> {
    let (mut ways, mut seen) = (BTreeSet::new(), HashSet::new());
    let mut routers = vec![(router.clone(), beginning())];
    for _ in 0..EVENTS {
        let reached: Vec<_> = routers.iter().flat_map(|(router, now)| after_each_event(router, *now)).collect();
        routers.clear();
        for (from, event, router, now) in reached {
            let to = at(&router);
            if from != to {
                ways.insert((from, event, to));
            }
            if seen.insert(format!("{router:?}")) {
                routers.push((router, now));
            }
        }
    }
    ways
}

fn after_each_event(
    router: &VirtualRouter,
    now: Instant,
) -> impl Iterator<Item = (At, &'static str, VirtualRouter, Instant)> {
    events().into_iter().filter_map(move |(event, _)| {
        // A deadline comes when it is due, and only where there is one. Nobody reconfigures an owner to a lower priority.
        let now = if event == Event::Deadline { router.deadline()? } else { now };
        let is_possible = !(matches!(event, Event::Reconfigured(_)) && router.priority().is_owner());
        let (name, mut after) = (event_name(&event), router.clone());
        let _ = after.handle(now, event);
        is_possible.then(|| (at(router), name, after, now))
    })
}

fn at(router: &VirtualRouter) -> At {
    match router.kind() {
        Kind::Init => At::Init,
        // While it is barred, no timer runs.
        Kind::Backup if router.deadline().is_none() && !router.is_ready() => At::Barred,
        Kind::Backup => At::Backup,
        Kind::Master => At::Master,
        Kind::Fault => At::Fault,
    }
}

/// What the arrows say, those through the entry put together.
fn drawn() -> BTreeSet<Transition> {
    let mut drawn = BTreeSet::new();
    for arrow in ARROWS.iter().filter(|arrow| arrow.from != [At::Entry]) {
        for (from, event, owner) in said(arrow) {
            match arrow.to {
                At::Entry => {
                    let on = ARROWS.iter().filter(|on| on.from == [At::Entry]);
                    let on = on.flat_map(|on| said(on).map(|(_, event, owner)| (on.to, event, owner)));
                    drawn.extend(on.filter(|(_, let_by, _)| *let_by == event).map(|(to, _, owner)| Transition {
                        from,
                        event,
                        to,
                        owner,
                    }));
                }
                to @ (At::Init | At::Backup | At::Barred | At::Master | At::Fault) => {
                    drawn.insert(Transition { from, event, to, owner });
                }
            }
        }
    }
    drawn
}

fn said(arrow: &Arrow) -> impl Iterator<Item = (At, &'static str, bool)> {
    let events = arrow.events.iter().map(|event| (*event, false)).chain(arrow.owner.iter().map(|event| (*event, true)));
    events.flat_map(|(event, owner)| arrow.from.iter().map(move |from| (*from, event, owner)))
}
