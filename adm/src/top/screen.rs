//! The terminal: taken, given back whatever happens, and the keys that are pressed on it.

use std::env;
use std::io::{self, IsTerminal as _, Stdout, stdout};
use std::thread;

use anyhow::{Context as _, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{self, Event};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{Clear, ClearType, EnterAlternateScreen, disable_raw_mode, enable_raw_mode};
use tokio::sync::mpsc;

use super::draw::draw;
use super::look::Look;
use super::model::Model;

/// The terminal, while it is ours. It is given back when this is dropped, and before a panic is told.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    look: Look,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// There is none, or one that is only good for lines.
    pub(super) fn open() -> anyhow::Result<Self> {
        if !io::stdin().is_terminal() || !stdout().is_terminal() {
            bail!("this needs a terminal for its keys and its screen: vrrpadm monitor follows without one");
        }
        let kind = env::var("TERM").unwrap_or_default();
        if kind.is_empty() || kind == "dumb" {
            bail!("a terminal with TERM={kind:?} has no screen to draw on: vrrpadm monitor follows line by line");
        }
        let terminal = ratatui::try_init().context("the terminal cannot be used")?;
        Ok(Self { terminal, look: Look::of_terminal() })
    }

    /// Draws what is looked at, as it is at `now`.
    pub(super) fn draw(&mut self, model: &mut Model, now: u64) -> io::Result<()> {
        self.terminal.draw(|frame| draw(frame, model, &self.look, now)).map(drop)
    }

    /// Draws everything anew the next time, whatever others have written.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        execute!(stdout(), Clear(ClearType::All))?;
        self.terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
        Ok(())
    }

    /// Gives the terminal back until the shell lets this program go on. Where no shell would, it goes on at once.
    pub(super) fn suspend(&mut self) -> anyhow::Result<()> {
        ratatui::try_restore()?;
        // To all that the shell began as one, such as sudo.
        kill(Pid::from_raw(0), Signal::SIGTSTP)?;
        self.resume()
    }

    /// Takes the terminal again after the shell had it.
    pub(super) fn resume(&mut self) -> anyhow::Result<()> {
        // It may have been taken away without a word.
        disable_raw_mode()?;
        enable_raw_mode()?;
        execute!(stdout(), EnterAlternateScreen)?;
        Ok(self.forget()?)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // What a panic says stands on the screen that was given back already.
        if !thread::panicking() {
            // There is nowhere left to complain.
            let _ = self.terminal.show_cursor();
            let _ = ratatui::try_restore();
        }
    }
}

/// What comes from the terminal. It ends when the terminal is gone.
pub(super) fn events() -> mpsc::Receiver<Event> {
    let (tell, told) = mpsc::channel(64);
    // It waits in a read that nothing interrupts, so it goes with the program.
    thread::spawn(move || {
        while let Ok(event) = event::read() {
            if tell.blocking_send(event).is_err() {
                return;
            }
        }
    });
    told
}
