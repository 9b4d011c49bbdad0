//! What takes longer than a second says what it waits for, so that nobody takes it to hang.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

const SECOND: Duration = Duration::from_secs(1);

/// Waits for some work, and shows on a terminal what for and for how long from the first second on, until it is done.
pub(crate) async fn during<T>(what: &str, work: impl Future<Output = T>) -> T {
    let mut line = Line { shown: false };
    let start = Instant::now();
    let mut seconds = 0;
    tokio::pin!(work);
    loop {
        tokio::select! {
            biased;
            result = &mut work => return result,
            () = sleep_until(start + SECOND * (seconds + 1)), if io::stderr().is_terminal() => {
                seconds += 1;
                line.show(&format!("Waiting until {what} ({seconds} s)"));
            }
        }
    }
}

/// The line of a terminal on which it is shown. It is empty again when this is dropped.
struct Line {
    shown: bool,
}

impl Line {
    fn show(&mut self, text: &str) {
        self.shown = true;
        // On one line, which alone can be taken back.
        let text: String = text.chars().take(super::width().saturating_sub(1)).collect();
        write(&format!("\r\x1b[K{text}"));
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.shown {
            write("\r\x1b[K");
        }
    }
}

fn write(text: &str) {
    let mut terminal = io::stderr().lock();
    // There is nowhere left to complain.
    let _ = terminal.write_all(text.as_bytes()).and_then(|()| terminal.flush());
}
