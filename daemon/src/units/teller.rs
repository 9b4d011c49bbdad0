//! What the daemon was told, so that it hears each thing once and keeps the last word through a short silence.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Sleep, sleep};
use vrrp::conditions::UnitState;

use super::Report;

/// The daemon does not listen any more.
#[derive(Debug)]
pub(super) struct Gone;

pub(super) struct Teller {
    reports: mpsc::Sender<Report>,
    patience: Duration,
    told: BTreeMap<String, UnitState>,
    /// The set of units that the last `Following` was about.
    following: Option<BTreeSet<String>>,
    doubt: Option<Doubt>,
    /// The reason of the last `Unknown`, as long as it holds.
    unknown: Option<String>,
}

/// Why the last known states may be out of date, and how long they still stand.
struct Doubt {
    reason: String,
    left: Option<Pin<Box<Sleep>>>,
}

impl Teller {
    pub(super) fn new(reports: mpsc::Sender<Report>, patience: Duration) -> Self {
        Self { reports, patience, told: BTreeMap::new(), following: None, doubt: None, unknown: None }
    }

    /// Tells whether the states that the daemon knows are up to date.
    pub(super) fn is_following(&self) -> bool {
        self.following.is_some() && self.doubt.is_none()
    }

    /// Notes that nothing can be heard; the daemon learns it when the patience is over.
    pub(super) fn doubt(&mut self, reason: String) {
        let doubt = self.doubt.get_or_insert_with(|| Doubt { reason: String::new(), left: None });
        if doubt.left.is_none() && self.unknown.as_ref() != Some(&reason) {
            doubt.left = Some(Box::pin(sleep(self.patience)));
        }
        doubt.reason = reason;
    }

    /// Waits for `future`, and lets the patience run out meanwhile.
    pub(super) async fn patiently<T>(&mut self, future: impl Future<Output = T>) -> Result<T, Gone> {
        tokio::pin!(future);
        loop {
            tokio::select! {
                output = &mut future => return Ok(output),
                () = self.out_of_patience() => self.give_up().await?,
            }
        }
    }

    /// Returns when the patience is over or the daemon is gone. Cancel-safe.
    pub(super) async fn out_of_patience(&mut self) {
        match self.doubt.as_mut().and_then(|doubt| doubt.left.as_mut()) {
            Some(left) => left.await,
            None => self.reports.closed().await,
        }
    }

    /// Tells the daemon that every unit is unknown.
    pub(super) async fn give_up(&mut self) -> Result<(), Gone> {
        if self.reports.is_closed() {
            return Err(Gone);
        }
        let Some(doubt) = &mut self.doubt else {
            return Ok(());
        };
        doubt.left = None;
        let reason = doubt.reason.clone();
        if self.unknown.as_ref() == Some(&reason) {
            return Ok(());
        }
        self.told.clear();
        self.following = None;
        self.unknown = Some(reason.clone());
        self.send(Report::Unknown { reason }).await
    }

    /// Tells the daemon that no unit will ever be known, and stays until it leaves.
    pub(super) async fn never(&mut self, reason: &str) -> Result<(), Gone> {
        self.send(Report::Unknown { reason: reason.to_owned() }).await?;
        self.reports.closed().await;
        Err(Gone)
    }

    /// Tells a unit's state unless the daemon knows it.
    pub(super) async fn state(&mut self, unit: &str, state: UnitState) -> Result<(), Gone> {
        if self.told.insert(unit.to_owned(), state) == Some(state) {
            return Ok(());
        }
        self.send(Report::State { unit: unit.to_owned(), state }).await
    }

    /// Ends the doubt: all of `units` have been told. What is not among them is forgotten.
    pub(super) async fn following(&mut self, units: BTreeSet<String>) -> Result<(), Gone> {
        self.told.retain(|unit, _| units.contains(unit));
        self.doubt = None;
        self.unknown = None;
        if self.following.as_ref() == Some(&units) {
            return Ok(());
        }
        self.following = Some(units);
        self.send(Report::Following).await
    }

    async fn send(&self, report: Report) -> Result<(), Gone> {
        self.reports.send(report).await.map_err(|_| Gone)
    }
}
