//! Reports on their way: a daemon that is slow to read them gets the newest state of each link, and nothing is lost.

use std::collections::VecDeque;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use super::Report;

/// The reports that do not fit into the channel yet.
#[derive(Debug)]
pub(super) struct Outbox {
    channel: mpsc::Sender<Report>,
    waiting: VecDeque<Report>,
}

/// The daemon has closed its end.
#[derive(Debug)]
pub(super) struct Closed;

impl Outbox {
    /// An empty outbox.
    pub(super) const fn new(channel: mpsc::Sender<Report>) -> Self {
        Self { channel, waiting: VecDeque::new() }
    }

    /// Appends a report; it takes the place of an older one of the same link, hold or filter that still waits.
    pub(super) fn push(&mut self, report: Report) {
        if matches!(report, Report::Link(_) | Report::LinkGone { .. } | Report::Held(_) | Report::Filter(_)) {
            self.waiting.retain(|older| !supersedes(&report, older));
        }
        self.waiting.push_back(report);
    }

    /// Hands over what there is room for.
    pub(super) fn flush(&mut self) -> Result<(), Closed> {
        if self.channel.is_closed() {
            return Err(Closed);
        }
        while let Some(report) = self.waiting.pop_front() {
            match self.channel.try_send(report) {
                Ok(()) => {}
                Err(TrySendError::Full(report)) => {
                    self.waiting.push_front(report);
                    break;
                }
                Err(TrySendError::Closed(_)) => return Err(Closed),
            }
        }
        Ok(())
    }

    /// Waits until there is room for what waits, or until the daemon closes its end.
    pub(super) async fn writable(&self) {
        if self.waiting.is_empty() {
            self.channel.closed().await;
        } else {
            // The room is given back at once: `flush` takes it.
            drop(self.channel.reserve().await);
        }
    }

    /// Whether something waits.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }
}

fn supersedes(newer: &Report, older: &Report) -> bool {
    match (newer, older) {
        (Report::Link(new), Report::Link(old)) => new.index == old.index,
        (Report::LinkGone { index }, Report::Link(old)) => *index == old.index,
        (Report::Held(_), Report::Held(_)) | (Report::Filter(_), Report::Filter(_)) => true,
        (_, _) => false,
    }
}
