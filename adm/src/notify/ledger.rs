//! Who was told what: which states were entered that nobody was told of yet.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use vrrp::status::{State, Transition};

/// What was told of each instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// When the daemon started that told it.
    run: u64,
    instances: BTreeMap<String, Told>,
}

/// What was told of an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Told {
    /// The number of the last transition; none of the daemon that runs.
    number: Option<u64>,
    state: State,
}

/// An instance has entered another state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) instance: String,
    pub(super) old: State,
    pub(super) state: State,
    pub(super) reason: String,
    /// What is to be noted when everybody was told.
    pub(super) told: Told,
}

impl Ledger {
    /// Reads what a former run of this program has noted; nothing where there is nothing that can be read.
    pub(super) fn read(file: &Path) -> Self {
        std::fs::read(file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Keeps it for the next run.
    pub(super) fn write(&self, file: &Path) -> io::Result<()> {
        let directory = file.parent().unwrap_or(Path::new("/"));
        let mut new = tempfile::NamedTempFile::new_in(directory)?;
        serde_json::to_writer(&mut new, self)?;
        new.persist(file)?;
        Ok(())
    }

    /// Takes note that the daemon that started then tells from now on: it counts anew.
    pub(super) fn follow(&mut self, run: u64) {
        if self.run != run {
            self.run = run;
            self.instances.values_mut().for_each(|told| told.number = None);
        }
    }

    /// Tells whether transitions lie between what was told of an instance and the one of that number.
    pub(super) fn lacks_some_before(&self, instance: &str, number: u64) -> bool {
        let told = self.instances.get(instance).and_then(|told| told.number);
        told.is_some_and(|told| told + 1 < number)
    }

    /// Takes transitions of one instance, the oldest first, and gives those into other states that are new. Of an instance that
    /// was not followed before, only the last one counts: how it stands.
    pub(super) fn take(&mut self, transitions: Vec<Transition>) -> Vec<Change> {
        let Some(last) = transitions.last().map(|last| (last.instance.clone(), last.number)) else { return Vec::new() };
        let told = self.instances.entry(last.0).or_default();
        // An instance that was deleted and made again counts anew.
        let from = told.number.filter(|&number| number <= last.1).map_or(last.1, |number| number + 1);
        let new = transitions.into_iter().filter(|transition| transition.number >= from);
        new.filter_map(|Transition { instance, number, state, reason, .. }| {
            let old = told.state;
            *told = Told { number: Some(number), state };
            (old != state).then_some(Change { instance, old, state, reason, told: *told })
        })
        .collect()
    }

    /// Takes a state of an instance of which only the last one counts.
    pub(super) fn enter(&mut self, instance: &str, state: State, reason: String) -> Option<Change> {
        let told = self.instances.entry(instance.to_owned()).or_default();
        let old = told.state;
        *told = Told { number: None, state };
        (old != state).then(|| Change { instance: instance.to_owned(), old, state, reason, told: *told })
    }

    /// Forgets what was told of an instance: how it stands is told again.
    pub(super) fn forget(&mut self, instance: &str) {
        self.instances.remove(instance);
    }

    /// Takes note of the end of an instance.
    pub(super) fn remove(&mut self, instance: &str) -> Option<Change> {
        let told = self.instances.remove(instance)?;
        ended(instance, told, "it is configured no longer")
    }

    /// Takes note of the end of all instances that are not among these.
    pub(super) fn keep(&mut self, present: &[&str]) -> Vec<Change> {
        let gone: Vec<String> =
            self.instances.keys().filter(|name| !present.contains(&name.as_str())).cloned().collect();
        gone.iter().filter_map(|name| self.remove(name)).collect()
    }

    /// Takes note that no daemon runs.
    pub(super) fn stop(&mut self) -> Vec<Change> {
        let ended = self.instances.iter().filter_map(|(name, told)| ended(name, *told, "vrrpd does not run")).collect();
        self.instances.values_mut().for_each(|told| *told = Told::default());
        ended
    }

    /// Notes what everybody was told; nothing more of an instance that is gone.
    pub(super) fn note(&mut self, run: u64, change: &Change) {
        self.follow(run);
        match change.told == Told::default() {
            true => self.instances.remove(&change.instance),
            false => self.instances.insert(change.instance.clone(), change.told),
        };
    }

    /// When the daemon started that is followed.
    pub(super) const fn run(&self) -> u64 {
        self.run
    }
}

fn ended(instance: &str, told: Told, reason: &str) -> Option<Change> {
    (told.state != State::Init).then(|| Change {
        instance: instance.to_owned(),
        old: told.state,
        state: State::Init,
        reason: reason.to_owned(),
        told: Told::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entered(number: u64, state: State) -> Transition {
        let reason = format!("reason {number}");
        Transition { instance: "web".to_owned(), number, state, reason, ..Transition::default() }
    }

    fn states(changes: &[Change]) -> Vec<(State, State)> {
        changes.iter().map(|change| (change.old, change.state)).collect()
    }

    #[test]
    fn how_an_instance_stands_is_told_first_and_then_each_state_that_it_enters() {
        let mut ledger = Ledger::default();
        ledger.follow(7);
        let begin = vec![entered(1, State::Backup), entered(2, State::Master)];
        assert_eq!(states(&ledger.take(begin)), [(State::Init, State::Master)]);
        assert!(ledger.lacks_some_before("web", 6) && !ledger.lacks_some_before("web", 3));
        // The same state for another reason is no change.
        let then = (2..=5).zip([State::Master, State::Master, State::Fault, State::Backup]);
        let then: Vec<Transition> = then.map(|(number, state)| entered(number, state)).collect();
        assert_eq!(states(&ledger.take(then.clone())), [(State::Master, State::Fault), (State::Fault, State::Backup)]);
        assert_eq!(ledger.take(then), []);
        assert_eq!(ledger.take(Vec::new()), []);
    }

    #[test]
    fn a_daemon_that_goes_on_as_master_enters_no_state() {
        let mut ledger = Ledger::default();
        ledger.follow(7);
        ledger.take(vec![entered(9, State::Master)]);
        ledger.follow(8);
        assert_eq!(ledger.take(vec![entered(1, State::Init), entered(2, State::Master)]), []);
        ledger.follow(9);
        assert_eq!(states(&ledger.take(vec![entered(1, State::Backup)])), [(State::Master, State::Backup)]);
    }

    #[test]
    fn what_ends_enters_init() {
        let mut ledger = Ledger::default();
        ledger.take(vec![entered(1, State::Master)]);
        assert_eq!(ledger.keep(&["web"]), []);
        let [change] = &ledger.keep(&["db"])[..] else { panic!("one change") };
        assert_eq!((change.state, change.reason.as_str()), (State::Init, "it is configured no longer"));
        assert_eq!(ledger.remove("web"), None);
        // Made again, it counts anew.
        ledger.take(vec![entered(5, State::Backup)]);
        assert_eq!(states(&ledger.take(vec![entered(1, State::Master)])), [(State::Backup, State::Master)]);
        assert_eq!(states(&ledger.stop()), [(State::Master, State::Init)]);
        assert_eq!(ledger.stop(), []);
    }

    #[test]
    fn what_was_told_is_known_to_the_next_run_and_what_was_not_is_told_again() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("told.json");
        assert_eq!(Ledger::read(&file), Ledger::default());
        let (mut ledger, mut noted) = (Ledger::default(), Ledger::default());
        ledger.follow(7);
        let changes = ledger.take(vec![entered(1, State::Backup)]);
        changes.iter().for_each(|change| noted.note(7, change));
        ledger.take(vec![entered(2, State::Master)]);
        noted.write(&file).unwrap();
        let mut next = Ledger::read(&file);
        assert_eq!(
            states(&next.take(vec![entered(1, State::Backup), entered(2, State::Master)])),
            [(State::Backup, State::Master)]
        );
        std::fs::write(&file, "{").unwrap();
        assert_eq!(Ledger::read(&file), Ledger::default());
    }
}
