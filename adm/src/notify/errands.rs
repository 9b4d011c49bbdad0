//! The programs that are run for transitions: those of one instance one after the other, those of others meanwhile.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};

use super::ledger::Change;
use crate::render::{note, warn};
use crate::systemd::{Outcome, Program, Refusal, Systemd};

/// How many programs run at a time.
const AT_ONCE: usize = 16;
/// How many names are tried for a unit: those of a former run of this program may be in use.
const NAMES: usize = 1000;

/// A change with what is run for it.
type Errand = (Change, Vec<Program>);

/// What is still to be run.
pub(super) struct Errands {
    systemd: Systemd,
    /// Of each instance that something is run for, what is to be run after that.
    waiting: HashMap<String, VecDeque<Errand>>,
    room: Arc<Semaphore>,
    done: mpsc::UnboundedSender<Change>,
    count: u64,
}

impl Errands {
    /// Whoever has `done` is told of each change for which everything was run.
    pub(super) fn new(systemd: Systemd, done: mpsc::UnboundedSender<Change>) -> Self {
        Self { systemd, waiting: HashMap::new(), room: Arc::new(Semaphore::new(AT_ONCE)), done, count: 0 }
    }

    /// Tells whether nothing is run any more.
    pub(super) fn are_done(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Runs programs for a change as soon as those for the changes before have ended.
    pub(super) fn add(&mut self, change: Change, programs: Vec<Program>) {
        match self.waiting.get_mut(&change.instance) {
            Some(waiting) => waiting.push_back((change, programs)),
            None => {
                self.waiting.insert(change.instance.clone(), VecDeque::new());
                self.begin((change, programs));
            }
        }
    }

    /// Goes on with what is next for an instance, once one change is told.
    pub(super) fn go_on(&mut self, instance: &str) {
        match self.waiting.get_mut(instance).and_then(VecDeque::pop_front) {
            Some(next) => self.begin(next),
            None => {
                self.waiting.remove(instance);
            }
        }
    }

    fn begin(&mut self, (change, programs): Errand) {
        if programs.is_empty() {
            // Whoever was told of it is gone where the program ends.
            let _ = self.done.send(change);
            return;
        }
        let first = self.count;
        self.count += u64::try_from(programs.len()).unwrap_or_default();
        let (systemd, room, done) = (self.systemd.clone(), Arc::clone(&self.room), self.done.clone());
        tokio::spawn(async move {
            for (number, program) in (first..).zip(&programs) {
                let permit = room.acquire().await;
                run(&systemd, &change.instance, number, program).await;
                drop(permit);
            }
            let _ = done.send(change);
        });
    }
}

/// Runs one program and tells what came of it.
async fn run(systemd: &Systemd, instance: &str, number: u64, program: &Program) {
    let shown = program.path.display();
    for number in (number..).step_by(AT_ONCE).take(NAMES) {
        let unit = format!("vrrp-transition-{instance}-{number}.service");
        match systemd.run(&unit, program).await {
            Err(Refusal::UnitExists(_)) => {}
            Ok(Outcome::Done) => return note(&format!("{}: {shown} is done", program.description)),
            Ok(outcome) => {
                return warn(&format!("{}: {shown}: {}", program.description, ended(&outcome, &unit, program.timeout)));
            }
            Err(refusal) => return warn(&format!("{}: {shown} is not run: {refusal}", program.description)),
        }
    }
    warn(&format!("{}: {shown} is not run: see systemctl list-units 'vrrp-transition-*'", program.description));
}

/// What became of a program. Its unit is gone, but not what it wrote. Systemd calls one that took too long a failure, too.
fn ended(outcome: &Outcome, unit: &str, timeout: Duration) -> String {
    let how = match outcome {
        Outcome::Canceled => "it was stopped".to_owned(),
        Outcome::Timeout
        | Outcome::Done
        | Outcome::Skipped
        | Outcome::Failed
        | Outcome::Dependency
        | Outcome::Other(_) => format!("it failed, or took longer than {} s", timeout.as_secs_f32()),
    };
    format!("{how}; see journalctl --unit {unit}")
}
