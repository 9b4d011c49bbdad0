//! The live view: one line that changes in place on a terminal, a line at each change elsewhere.

use std::cell::RefCell;
use std::io::{IsTerminal, Write, stdout};
use std::time::Instant;

/// What is shown at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    /// The state of `left`, as its vrrpadm tells it.
    pub(super) left: String,
    /// The state of `right`.
    pub(super) right: String,
    /// Which host's MAC the switch sees the address at.
    pub(super) owner: String,
    /// What an HTTP request to the address got.
    pub(super) http: String,
}

/// The screen.
#[derive(Debug)]
pub(super) struct View {
    start: Instant,
    live: bool,
    last: RefCell<Option<Picture>>,
}

impl View {
    pub(super) fn new() -> Self {
        let live = stdout().is_terminal();
        Self { start: Instant::now(), live, last: RefCell::new(None) }
    }

    /// Tells a step of the story on a line of its own.
    pub(super) fn say(&self, text: &str) {
        self.finish();
        println!("{:7.2}s  {text}", self.start.elapsed().as_secs_f64());
    }

    /// Shows how things are.
    pub(super) fn show(&self, picture: &Picture) {
        let unchanged = self.last.borrow().as_ref() == Some(picture);
        if unchanged && !self.live {
            return;
        }
        let seconds = self.start.elapsed().as_secs_f64();
        let Picture { left, right, owner, http } = picture;
        let line = format!("{seconds:7.2}s  left {left:<8} right {right:<8} address at {owner:<6} http {http}");
        let line: String = line.chars().take(79).collect();
        if self.live && self.last.borrow().is_some() {
            print!("\r\x1b[K{line}");
        } else if self.live {
            print!("{line}");
        } else {
            println!("{line}");
        }
        // A terminal that is gone is noticed by its hang-up signal.
        let _gone = stdout().flush();
        *self.last.borrow_mut() = Some(picture.clone());
    }

    /// Leaves the line that changes in place.
    pub(super) fn finish(&self) {
        if self.last.borrow_mut().take().is_some() && self.live {
            println!();
        }
    }
}
