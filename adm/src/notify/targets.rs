//! The targets that stand for the states of instances: `vrrp-master@NAME.target` and its like.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use vrrp::status::State;

use crate::render::warn;
use crate::systemd::{Refusal, Systemd};

/// Has one target of each instance active. Where several states are entered while systemd is busy, the last one counts.
pub(super) struct Targets {
    wanted: Arc<Wanted>,
}

#[derive(Default)]
struct Wanted {
    states: Mutex<BTreeMap<String, State>>,
    news: Notify,
}

impl Wanted {
    fn states(&self) -> MutexGuard<'_, BTreeMap<String, State>> {
        // Nothing that holds it can panic.
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Targets {
    pub(super) fn new(systemd: Systemd) -> Self {
        let wanted = Arc::<Wanted>::default();
        tokio::spawn(keep_up(Arc::clone(&wanted), systemd));
        Self { wanted }
    }

    /// Has the target of a state active, and no other of the instance.
    pub(super) fn follow(&self, instance: &str, state: State) {
        self.wanted.states().insert(instance.to_owned(), state);
        self.wanted.news.notify_one();
    }
}

async fn keep_up(wanted: Arc<Wanted>, systemd: Systemd) {
    loop {
        wanted.news.notified().await;
        loop {
            let next = wanted.states().pop_first();
            let Some((instance, state)) = next else { break };
            if let Err(refusal) = reach(&systemd, &instance, state).await {
                warn(&format!("{instance} is {}, but its target does not follow: {refusal}", state.name()));
            }
        }
    }
}

/// Starts the target of a state. It conflicts with those of the others, so that they stop.
async fn reach(systemd: &Systemd, instance: &str, state: State) -> Result<(), Refusal> {
    if let Some(target) = target(instance, state) {
        return systemd.have_started(&target).await;
    }
    for target in State::ALL.into_iter().filter_map(|state| target(instance, state)) {
        match systemd.have_stopped(&target).await {
            Ok(()) | Err(Refusal::NoSuchUnit(_)) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(())
}

fn target(instance: &str, state: State) -> Option<String> {
    let word = match state {
        State::Init => return None,
        State::Backup => "backup",
        State::Master => "master",
        State::Fault => "fault",
    };
    Some(format!("vrrp-{word}@{instance}.target"))
}
