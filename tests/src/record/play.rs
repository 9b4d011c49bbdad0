//! What is typed on the terminals of two hosts, and what is seen of it.

use std::time::Duration;

use anyhow::Result;

use super::screen::{Row, rows};
use crate::container::Container;
use crate::terminal::Terminal;

/// The width of every terminal.
pub(super) const COLUMNS: u16 = 80;

const LANGUAGE: &str = "LANG=C.UTF-8";
const WAIT: Duration = Duration::from_secs(15);
/// How long a key takes in the picture.
const KEY: Duration = Duration::from_millis(70);

/// What a terminal shows from a moment on.
#[derive(Clone, Debug)]
pub(super) struct Shot {
    /// Counted from the beginning of the picture, in which people have time to read.
    pub(super) at: Duration,
    /// The terminal, from 0.
    pub(super) terminal: usize,
    pub(super) rows: Vec<Row>,
}

struct Seat {
    terminal: Terminal,
    height: u16,
    /// What its shell asks with.
    prompt: String,
}

/// Programs on terminals of several hosts, and what has been seen of them.
pub(super) struct Stage {
    terminals: Vec<Seat>,
    now: Duration,
    pub(super) shots: Vec<Shot>,
}

impl Stage {
    /// Opens a shell on each host, on a terminal with so many rows.
    pub(super) fn open(hosts: &[(&Container, u16)]) -> Result<Self> {
        let mut stage = Self { terminals: Vec::new(), now: Duration::ZERO, shots: Vec::new() };
        for (number, (host, height)) in hosts.iter().enumerate() {
            let prompt = format!("root@{}:~#", host.name());
            let environment = [LANGUAGE, &format!("PS1={prompt} "), "HISTFILE=", "HOME=/root"];
            stage.add(host, *height, &environment, &["bash", "--norc", "--noprofile", "-i"], prompt.clone())?;
            stage.see(number, &prompt, |screen| screen == prompt)?;
        }
        Ok(stage)
    }

    /// Runs a program instead of a shell.
    pub(super) fn of(host: &Container, height: u16, argv: &[&str]) -> Result<Self> {
        let mut stage = Self { terminals: Vec::new(), now: Duration::ZERO, shots: Vec::new() };
        stage.add(host, height, &[LANGUAGE], argv, String::new())?;
        Ok(stage)
    }

    fn add(
        &mut self,
        host: &Container,
        height: u16,
        environment: &[&str],
        argv: &[&str],
        prompt: String,
    ) -> Result<()> {
        let terminal = Terminal::open(host, COLUMNS, height, environment, argv)?;
        self.terminals.push(Seat { terminal, height, prompt });
        Ok(())
    }

    /// Waits until a terminal shows what is wanted, and keeps what it shows.
    pub(super) fn see(&mut self, number: usize, what: &str, wanted: impl Fn(&str) -> bool) -> Result<()> {
        let seat = &self.terminals[number];
        seat.terminal.wait_until(WAIT, what, wanted)?;
        let rows = rows(&seat.terminal.coloured_screen()?, COLUMNS, seat.height);
        self.shots.push(Shot { at: self.now, terminal: number, rows });
        Ok(())
    }

    /// Types a command, key by key, and waits until the shell asks for the next one.
    pub(super) fn run(&mut self, number: usize, command: &str) -> Result<()> {
        let prompt = self.terminals[number].prompt.clone();
        for (end, key) in command.char_indices().map(|(at, key)| (at + key.len_utf8(), key)) {
            self.terminals[number].terminal.type_text(&key.to_string())?;
            self.now += KEY;
            let typed = format!("{prompt} {}", &command[..end]);
            self.see(number, &typed, |screen| screen.ends_with(typed.trim_end()))?;
        }
        self.terminals[number].terminal.press(&["Enter"])?;
        self.now += KEY * 4;
        self.see(number, "the next prompt", |screen| screen.ends_with(&prompt))
    }

    /// Leaves time to read.
    pub(super) fn rest(&mut self, time: Duration) {
        self.now += time;
    }

    /// How long the picture lasts.
    pub(super) const fn length(&self) -> Duration {
        self.now
    }
}
