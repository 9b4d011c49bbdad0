//! The lines that a background program writes, as they come.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// What a program wrote so far and how it ended, shared with the threads that read it.
#[derive(Clone, Debug)]
pub struct Log(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    content: Mutex<Content>,
    changed: Condvar,
}

#[derive(Debug)]
struct Content {
    file: File,
    lines: Vec<String>,
    ended: Option<ExitStatus>,
}

impl Log {
    pub(super) fn new(path: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(path);
        let file = file.with_context(|| format!("cannot write {}", path.display()))?;
        let content = Mutex::new(Content { file, lines: Vec::new(), ended: None });
        Ok(Self(Arc::new(Shared { content, changed: Condvar::new() })))
    }

    /// Follows `stream` on a thread of its own until it ends.
    pub(super) fn follow(&self, stream: impl Read + Send + 'static) {
        let log = self.clone();
        thread::spawn(move || {
            let mut stream = BufReader::new(stream);
            let mut line = Vec::new();
            while stream.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                log.push(String::from_utf8_lossy(&line).trim_end().to_owned());
                line.clear();
            }
        });
    }

    fn push(&self, line: String) {
        let mut content = self.content();
        // A full disk shall not hide the line from the test that waits for it.
        let _written = writeln!(content.file, "{line}");
        content.lines.push(line);
        self.0.changed.notify_all();
    }

    pub(super) fn end(&self, status: ExitStatus) {
        self.content().ended = Some(status);
        self.0.changed.notify_all();
    }

    fn content(&self) -> std::sync::MutexGuard<'_, Content> {
        self.0.content.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.content().lines.clone()
    }

    /// How the program ended, if it did.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.content().ended
    }

    /// Waits for a line that contains `text`, the lines so far included.
    ///
    /// # Errors
    /// It does not come within `deadline`; tells the last lines.
    pub fn wait_line(&self, deadline: Duration, text: &str) -> Result<String> {
        let found = self.wait(deadline, |content| content.lines.iter().find(|line| line.contains(text)).cloned());
        let Some(line) = found else { bail!("no line with `{text}` within {deadline:?}; it said: {}", self.tail()) };
        Ok(line)
    }

    /// Waits for the program's end.
    ///
    /// # Errors
    /// It still runs after `deadline`; tells the last lines.
    pub fn wait_end(&self, deadline: Duration) -> Result<ExitStatus> {
        let ended = self.wait(deadline, |content| content.ended);
        ended.with_context(|| format!("still runs after {deadline:?}; it said: {}", self.tail()))
    }

    /// Waits until `check` is true, asking it first at once and then at each new line.
    ///
    /// # Errors
    /// It is still false after `deadline`, or fails.
    pub fn wait_until(&self, deadline: Duration, check: impl Fn() -> Result<bool>) -> Result<()> {
        let end = Instant::now() + deadline;
        loop {
            let seen = self.content().lines.len();
            if check()? {
                return Ok(());
            }
            let left = end.saturating_duration_since(Instant::now());
            if self.wait(left, |content| (content.lines.len() > seen).then_some(())).is_none() {
                bail!("not within {deadline:?}");
            }
        }
    }

    fn wait<T>(&self, deadline: Duration, look: impl Fn(&Content) -> Option<T>) -> Option<T> {
        let end = Instant::now() + deadline;
        let mut content = self.content();
        loop {
            if let Some(found) = look(&content) {
                return Some(found);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let waited = self.0.changed.wait_timeout(content, left);
            content = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn tail(&self) -> String {
        let lines = self.lines();
        lines[lines.len().saturating_sub(15)..].join("\n    ")
    }
}
