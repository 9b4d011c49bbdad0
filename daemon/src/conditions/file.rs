//! Conditions on files: whether one is there, or which number it holds.
//!
//! The kernel tells of changes by inotify; every directory on the way to a file is watched, also those behind symbolic
//! links, so that it does not matter what is made, moved or removed first. Nothing is polled.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use nix::libc;
use tokio::time::{Sleep, sleep};
use vrrp::conditions::{Finding, Observation};
use vrrp::config::{Expect, File};

use self::mounts::Mounts;
use self::notices::{Change, Notices};
use self::way::{End, Way};
use super::worker::{Subscription, Subscriptions, Worker};

mod mounts;
mod notices;
#[cfg(test)]
mod tests;
mod way;

/// The largest number that counts, upwards and downwards: it moves any priority from one end to the other.
const LARGEST: i16 = 253;
/// The most bytes that are read: a number, and white space around it.
const LONGEST: usize = 64;
/// How long a file may be empty before that counts: who writes a number anew empties it first.
const EMPTY: Duration = Duration::from_millis(100);
/// When it is tried again to watch what could not be watched.
const RETRY: Duration = Duration::from_secs(1);

/// Starts the thread that watches files.
pub(super) fn start() -> Worker<File> {
    Worker::start("files", |subscriptions| Watcher::default().run(subscriptions))
}

#[derive(Default)]
struct Watcher {
    watched: Vec<Watched>,
    notices: Option<Notices>,
    /// When something has to be looked at although nothing tells of it.
    again: Option<Pin<Box<Sleep>>>,
}

/// A file and the way to it, as it was seen last.
struct Watched {
    subscription: Subscription<File>,
    way: Way,
    /// Whether it is to be looked at again soon.
    open: bool,
}

impl Watcher {
    async fn run(mut self, mut requests: Subscriptions<File>) {
        let mounts = Mounts::open();
        loop {
            tokio::select! {
                biased;
                request = requests.recv() => match request {
                    Some(subscription) => self.subscribe(subscription),
                    None => return,
                },
                changes = changes(&self.notices) => self.heed(changes),
                () = mounts.changed() => self.look_at(Patience::Some, |_| true),
                () = due(&mut self.again) => {
                    self.again = None;
                    self.look_at(Patience::None, |watched| watched.open);
                }
            }
        }
    }

    fn subscribe(&mut self, subscription: Subscription<File>) {
        self.watched.push(Watched { subscription, way: Way::default(), open: true });
        self.look_at(Patience::None, |watched| watched.open);
    }

    fn heed(&mut self, changes: io::Result<Vec<Change>>) {
        match changes {
            Ok(changes) => {
                self.look_at(Patience::Some, |watched| changes.iter().any(|change| watched.way.is_changed_by(change)));
            }
            Err(error) => {
                tracing::warn!(%error, "inotify has failed, and is started anew");
                self.notices = None;
                self.look_at(Patience::Some, |_| true);
            }
        }
    }

    /// Looks at some files, and sees to it that every change of any of them is told.
    fn look_at(&mut self, patience: Patience, which: impl Fn(&Watched) -> bool) {
        self.watched.retain(|one| !one.subscription.is_over());
        if self.notices.is_none() {
            let made = Notices::new();
            let unable = made.as_ref().err().map(ToString::to_string);
            self.notices = made.ok();
            if let Some(why) = unable {
                for one in &mut self.watched {
                    let File { path, .. } = &one.subscription.settings;
                    one.subscription.tell(cannot("watched", path, &why));
                    one.open = true;
                }
                self.again = Some(Box::pin(sleep(RETRY)));
                return;
            }
        }
        let Some(notices) = &mut self.notices else { return };
        let mut soonest: Option<Duration> = None;
        for one in self.watched.iter_mut().filter(|one| which(one)) {
            let again = one.look(notices, patience);
            one.open = again.is_some();
            soonest = soonest.into_iter().chain(again).min();
        }
        notices.keep(self.watched.iter().flat_map(|one| one.way.watches()));
        if let (Some(soonest), None) = (soonest, &self.again) {
            self.again = Some(Box::pin(sleep(soonest)));
        }
    }
}

impl Watched {
    /// Looks at the file and tells what is seen. Tells when to look again, where no notice can be expected.
    fn look(&mut self, notices: &mut Notices, patience: Patience) -> Option<Duration> {
        let File { path, expect } = self.subscription.settings.clone();
        self.way = Way::to(&path, expect == Expect::Integer, notices);
        let seen = match &self.way.end {
            End::There(real) => there(&path, real, expect),
            End::Missing => Seen::At(missing(&path, expect)),
            End::Hidden { at, error } => {
                self.subscription.tell(cannot("looked at", at, &said(error)));
                // The user's watches are used up, and nothing tells when one is free.
                return (error.raw_os_error() == Some(libc::ENOSPC)).then_some(RETRY);
            }
        };
        self.subscription.tell(match (seen, patience) {
            (Seen::Empty, Patience::Some) => return Some(EMPTY),
            (Seen::Empty, Patience::None) => Observation::bad(format!("{} is empty, not a number", path.display())),
            (Seen::At(observation), _) => observation,
        });
        None
    }
}

/// Whether somebody may be about to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    Some,
    None,
}

/// What a look comes to.
enum Seen {
    At(Observation),
    /// No number yet.
    Empty,
}

fn missing(path: &Path, expect: Expect) -> Observation {
    let words = format!("{} is not there", path.display());
    match expect {
        Expect::Present => Observation::bad(words),
        Expect::Absent => Observation::good(words),
        Expect::Integer => Observation { finding: Finding::Value(0), words: format!("{words}, which counts as 0") },
    }
}

/// What a file comes to that is there, `real` without symbolic links.
fn there(path: &Path, real: &Path, expect: Expect) -> Seen {
    let shown = path.display();
    let words = format!("{shown} is there");
    match expect {
        Expect::Present => Seen::At(Observation::good(words)),
        Expect::Absent => Seen::At(Observation::bad(words)),
        Expect::Integer => match contents(real) {
            Ok(text) if text.trim().is_empty() => Seen::Empty,
            Ok(text) => Seen::At(number(&shown, text.trim())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Seen::At(missing(path, expect)),
            Err(error) => Seen::At(cannot("read", path, &said(&error))),
        },
    }
}

fn number(shown: &impl fmt::Display, text: &str) -> Observation {
    match text.parse::<i64>() {
        Ok(number) => match i16::try_from(number).ok().filter(|value| (-LARGEST..=LARGEST).contains(value)) {
            Some(value) => Observation { finding: Finding::Value(value), words: format!("{shown} holds {value}") },
            None => Observation::bad(format!("{shown} holds {number}, and only -{LARGEST} to {LARGEST} can count")),
        },
        Err(_) => {
            let text: String = text.chars().take(20).flat_map(char::escape_default).collect();
            Observation::bad(format!("{shown} holds no number: {text}"))
        }
    }
}

/// Reads the beginning of a file. One that only opens when somebody writes does not hold this thread up.
fn contents(path: &Path) -> io::Result<String> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW).open(path)?;
    let mut bytes = Vec::new();
    file.take(LONGEST as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LONGEST {
        return Err(io::Error::other(format!("it has more than {LONGEST} bytes")));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn cannot(what: &str, path: &Path, why: &str) -> Observation {
    Observation::unknown(format!("{} cannot be {what}: {why}", path.display()))
}

/// What an error says to a person.
fn said(error: &io::Error) -> String {
    if error.raw_os_error() == Some(libc::ENOSPC) {
        return "all watches are in use, raise fs.inotify.max_user_watches".to_owned();
    }
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

async fn changes(notices: &Option<Notices>) -> io::Result<Vec<Change>> {
    match notices {
        Some(notices) => notices.changes().await,
        None => std::future::pending().await,
    }
}

async fn due(sleep: &mut Option<Pin<Box<Sleep>>>) {
    match sleep {
        Some(sleep) => sleep.await,
        None => std::future::pending().await,
    }
}
