//! Frames as they are on the wire: of a whole switch or of one NIC, decoded, kept, and saved for Wireshark.

use std::io::PipeWriter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::namespace::Namespace;

mod decode;
mod frame;
mod pcap;
mod socket;

pub use frame::{Advert, Arp, ArpOperation, Frame, Neighbor, NeighborKind, Payload};

pub(crate) use socket::Socket;

use socket::Scope;

/// A capture in progress, on a thread of its own. It ends on drop and leaves a pcap file among the logs.
#[derive(Debug)]
pub struct Capture {
    seen: Arc<Seen>,
    /// Frames before this one were looked at by [`Capture::expect`] or [`Capture::skip`].
    position: Mutex<usize>,
    stop: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
    file: PathBuf,
}

#[derive(Debug, Default)]
struct Seen {
    frames: Mutex<Vec<Frame>>,
    changed: Condvar,
}

impl Seen {
    fn frames(&self) -> MutexGuard<'_, Vec<Frame>> {
        self.frames.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Capture {
    /// Captures what enters any port in a switch's namespace.
    pub(crate) fn switch(network: &Namespace, file: &Path) -> Result<Self> {
        Self::start(network, Scope::Switch, file)
    }

    /// Does as [`Capture::switch`] does, without what clients send and are sent.
    pub(crate) fn signalling(network: &Namespace, file: &Path) -> Result<Self> {
        Self::start(network, Scope::Signalling, file)
    }

    /// Captures what one NIC sends and receives.
    pub(crate) fn nic(network: &Namespace, nic: &str, file: &Path) -> Result<Self> {
        Self::start(network, Scope::Nic(nic.into()), file)
    }

    /// Captures what one NIC sends; what it receives is not looked at, however much it is.
    pub(crate) fn sent(network: &Namespace, nic: &str, file: &Path) -> Result<Self> {
        Self::start(network, Scope::Sent(nic.into()), file)
    }

    fn start(network: &Namespace, scope: Scope, file: &Path) -> Result<Self> {
        let mut socket = network.enter(|| Socket::open(scope))?;
        let (stopped, stop) = std::io::pipe()?;
        let seen = Arc::new(Seen::default());
        let target = Arc::clone(&seen);
        let thread = thread::spawn(move || {
            let take = |frame: Frame| {
                target.frames().push(frame);
                target.changed.notify_all();
            };
            if let Err(error) = socket.read_until(&stopped, take) {
                eprintln!("lab: a capture ended early: {error:#}");
            }
        });
        Ok(Self { seen, position: Mutex::new(0), stop: Some(stop), thread: Some(thread), file: file.into() })
    }

    /// Waits for a frame that nobody waited for yet, and remembers the place behind it.
    ///
    /// # Errors
    /// It does not come within `deadline`; tells what came instead.
    pub fn expect(&self, deadline: Duration, what: &str, filter: impl Fn(&Frame) -> bool) -> Result<Frame> {
        let mut position = self.position();
        match self.wait(*position, deadline, filter) {
            Some((index, frame)) => {
                *position = index + 1;
                Ok(frame)
            }
            None => bail!("not captured within {deadline:?}: {what}; {}", self.tail(*position)),
        }
    }

    /// Makes sure that no frame comes during `window`, frames that nobody waited for yet included.
    ///
    /// # Errors
    /// One comes; tells which.
    pub fn none(&self, window: Duration, what: &str, filter: impl Fn(&Frame) -> bool) -> Result<()> {
        let position = *self.position();
        match self.wait(position, window, filter) {
            Some((_, frame)) => bail!("captured, but should not be: {what}: {frame}"),
            None => Ok(()),
        }
    }

    /// Forgets what came so far, for [`Capture::expect`] and [`Capture::none`].
    pub fn skip(&self) {
        *self.position() = self.seen.frames().len();
    }

    /// Every frame since the start that passes a filter.
    pub fn all(&self, filter: impl Fn(&Frame) -> bool) -> Vec<Frame> {
        self.seen.frames().iter().filter(|frame| filter(frame)).cloned().collect()
    }

    fn wait(&self, mut position: usize, deadline: Duration, filter: impl Fn(&Frame) -> bool) -> Option<(usize, Frame)> {
        let end = Instant::now() + deadline;
        let mut frames = self.seen.frames();
        loop {
            let found = frames.iter().enumerate().skip(position).find(|(_, frame)| filter(frame));
            if let Some((index, frame)) = found {
                return Some((index, frame.clone()));
            }
            position = position.max(frames.len());
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let waited = self.seen.changed.wait_timeout(frames, left);
            frames = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn position(&self) -> MutexGuard<'_, usize> {
        self.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tail(&self, position: usize) -> String {
        let frames = self.seen.frames();
        let new = &frames[position.min(frames.len())..];
        let last: Vec<String> = new.iter().rev().take(12).rev().map(ToString::to_string).collect();
        format!("{} other frames came, at last:\n    {}", new.len(), last.join("\n    "))
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Its panic was printed when it happened.
            let _panic = thread.join();
        }
        if let Err(error) = pcap::save(&self.file, &self.seen.frames()) {
            eprintln!("lab: cannot save {}: {error}", self.file.display());
        }
    }
}
