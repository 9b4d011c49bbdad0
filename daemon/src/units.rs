//! The state of units, as systemd tells it over D-Bus: subscribe, read, follow.
//!
//! One connection carries everything in one order: systemd's answers and its signals are applied as they arrive, so an
//! answer can never undo a younger signal. What a unit is comes from the values in the signals; nothing is asked twice.
//! Whether a unit is frozen comes from the kernel: systemd is only asked where the unit's processes are.
//! Aliases are resolved by systemd and reported under the name that was wanted.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use vrrp::conditions::UnitState;
use zbus::Connection;

use crate::bus::Bus;
use session::Ended;
use teller::{Gone, Teller};

mod freezer;
mod messages;
mod session;
mod teller;

#[cfg(test)]
mod tests;

/// What the watcher tells the daemon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// A unit's state, told first after it was wanted and then whenever it changes.
    State {
        /// The name as it was wanted, whatever the unit's primary name is.
        unit: String,
        /// Its state. `Unknown` means that systemd knows no such kind of unit.
        state: UnitState,
    },
    /// The bus or systemd is away for longer than a restart takes: every unit is unknown until it is told again.
    Unknown {
        /// Why, in words.
        reason: String,
    },
    /// Every wanted unit has been told: at first, after [`Unknown`](Self::Unknown) and after a change of what is wanted.
    Following,
}

/// How long the last known states stand while the bus or systemd is away. A restart of the bus and `daemon-reexec`
/// take a fraction of it, and nobody may lose an address over them.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long a bus may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Starts to watch the units that are wanted at any time; reconnects for ever, until the daemon drops its ends.
pub(crate) fn start(bus: Bus, wanted: watch::Receiver<BTreeSet<String>>) -> mpsc::Receiver<Report> {
    let (reports, receiver) = mpsc::channel(64);
    tokio::spawn(async move {
        // An error means that nobody listens, which is how the watcher is stopped.
        let _: Result<(), Gone> = watch(&bus, wanted, Teller::new(reports, PATIENCE)).await;
    });
    receiver
}

async fn watch(bus: &Bus, mut wanted: watch::Receiver<BTreeSet<String>>, mut teller: Teller) -> Result<(), Gone> {
    let mut pause = FIRST_PAUSE;
    teller.doubt(format!("{bus} has not answered yet"));
    loop {
        let ended = match teller.patiently(connect(bus)).await? {
            Ok(Some(connection)) => {
                session::follow(connection, Path::new(freezer::ROOT), &mut wanted, &mut teller).await
            }
            Ok(None) => return teller.never("the daemon was started with --bus none").await,
            Err(reason) => Err(Ended::Lost(reason)),
        };
        match ended {
            Ok(()) | Err(Ended::Gone) => return Err(Gone),
            Err(Ended::Lost(reason)) => {
                if teller.is_following() {
                    pause = FIRST_PAUSE;
                }
                teller.doubt(reason);
            }
        }
        teller.patiently(sleep(pause)).await?;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn connect(bus: &Bus) -> Result<Option<Connection>, String> {
    let Some(builder) = bus.builder() else {
        return Ok(None);
    };
    match timeout(CONNECT, builder.build()).await {
        Ok(Ok(connection)) => Ok(Some(connection)),
        Ok(Err(zbus::Error::InputOutput(error))) => Err(format!("{bus} cannot be reached: {error}")),
        Ok(Err(error)) => Err(format!("{bus} cannot be reached: {error}")),
        Err(_) => Err(format!("{bus} does not answer")),
    }
}
