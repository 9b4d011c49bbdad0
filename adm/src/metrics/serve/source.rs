//! Where the metrics come from: the daemon, which is asked once for all who come at the same time.

use std::time::Duration;

use hyper::body::Bytes;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::bus::{Bus, Daemon};
use crate::metrics::{Format, written};
use crate::render::warn;

/// For how long an answer is given again, so that many who scrape do not load the daemon.
const FRESH: Duration = Duration::from_millis(200);

/// The daemon, and what it told last.
#[derive(Debug)]
pub(super) struct Source {
    bus: Bus,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    /// What was written down last in each format.
    open_metrics: Option<Answer>,
    classic: Option<Answer>,
    /// Why the daemon could not be asked, if it could not.
    trouble: Option<String>,
}

#[derive(Debug)]
struct Answer {
    at: Instant,
    text: Bytes,
}

impl Source {
    pub(super) fn new(bus: Bus) -> Self {
        Self { bus, told: Mutex::default() }
    }

    /// The metrics in a format, not older than [`FRESH`]. Where the daemon cannot be asked, they say that.
    pub(super) async fn text(&self, format: Format) -> Bytes {
        // Whoever comes meanwhile waits here, and takes the same answer.
        let mut told = self.told.lock().await;
        let last = match format {
            Format::OpenMetrics => &told.open_metrics,
            Format::Classic => &told.classic,
        };
        if let Some(answer) = last.as_ref().filter(|answer| answer.at.elapsed() < FRESH) {
            return answer.text.clone();
        }
        let (status, trouble) = match Daemon::asked(&self.bus).await {
            Ok(status) => (Some(status), None),
            Err(refusal) => (None, Some(refusal.to_string())),
        };
        // Once, and not at each scrape.
        if let Some(reason) = trouble.as_ref().filter(|_| trouble != told.trouble) {
            warn(reason);
        }
        told.trouble = trouble;
        let text = Bytes::from(written(status, format).unwrap_or_default());
        let answer = Some(Answer { at: Instant::now(), text: text.clone() });
        match format {
            Format::OpenMetrics => told.open_metrics = answer,
            Format::Classic => told.classic = answer,
        }
        text
    }
}
