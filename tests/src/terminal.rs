//! A terminal of a given size, as somebody sits before it: keys in, the screen out. It is tmux, with a server of its own.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::host::Host;
use crate::process::{Place, Process};

/// What a program in it may expect; every Debian knows this kind.
const KIND: &str = "screen-256color";

/// What the screen says below a program that has ended.
const ENDED: &str = "[ended with ";

/// Runs a program, and leaves what it wrote and how it ended on the screen. Keys such as Ctrl-C are for the program alone.
const RUN: &str = r#"trap : INT QUIT; "$@"; printf '\n[ended with %s]' "$?"; exec sleep infinity"#;

/// A program on a terminal of its own. It ends with this.
#[derive(Debug)]
pub struct Terminal {
    socket: PathBuf,
    /// Where tmux itself runs: on the machine, and in the host's network and cgroup.
    place: Place,
    /// Follows what is written to the screen, so that nobody has to look again and again.
    follower: Option<Process>,
}

impl Terminal {
    /// Runs a program on a host, on a terminal of so many columns and rows. `environment` is `NAME=VALUE`s.
    ///
    /// # Errors
    /// tmux does not start.
    pub fn open(host: &Host, columns: u16, rows: u16, environment: &[&str], argv: &[&str]) -> Result<Self> {
        let (place, number) = (host.place(), host.count());
        let socket = host.directory().join(format!("terminal-{number}"));
        let inside: Vec<&str> = place.prefix.iter().map(String::as_str).collect();
        let kind = format!("TERM={KIND}");
        // In a session of its own: Ctrl-C would end the nsenter, too, by which one gets into a container.
        let run = ["setsid", "--ctty", "--wait", "env", &kind, "COLORTERM=truecolor"];
        let program = [&inside[..], &run, environment, &["sh", "-c", RUN, "sh"], argv].concat();
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let open = [
            &[
                "start-server",
                ";",
                "set-option",
                "-g",
                "default-terminal",
                KIND,
                ";",
                "set-option",
                "-g",
                "status",
                "off",
            ][..],
            &[";", "new-session", "-d", "-x", &columns, "-y", &rows, "--"],
            &program,
        ]
        .concat();
        let place = Place { prefix: Vec::new(), ..place.clone() };
        let mut terminal = Self { socket, place, follower: None };
        terminal.tmux(&open)?;
        // Not before: tmux 3.3 dies of it.
        terminal.tmux(&["set-option", "-w", "window-size", "manual"])?;
        // A client in control mode is told of all output; without an input it would go at once.
        let follow = format!("sleep infinity | exec tmux -S {} -C attach-session", terminal.socket.display());
        let log = host.log_file("terminal", number);
        terminal.follower = Some(terminal.place.spawn(&["sh", "-c", &follow], &log)?);
        Ok(terminal)
    }

    /// Types text as it is.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn type_text(&self, text: &str) -> Result<()> {
        // As numbers, because tmux reads a semicolon as its own.
        let bytes: Vec<String> = text.bytes().map(|byte| format!("{byte:02x}")).collect();
        let bytes: Vec<&str> = bytes.iter().map(String::as_str).collect();
        self.tmux(&[&["send-keys", "-H"][..], &bytes].concat()).map(drop)
    }

    /// Presses keys by the names that tmux has for them, such as `Enter`, `C-c`, `Up` or `q`.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn press(&self, keys: &[&str]) -> Result<()> {
        self.tmux(&[&["send-keys", "--"][..], keys].concat()).map(drop)
    }

    /// Gives it another size, as somebody who drags a window's corner.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn resize(&self, columns: u16, rows: u16) -> Result<()> {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.tmux(&["resize-window", "-x", &columns, "-y", &rows]).map(drop)
    }

    /// What is on the screen: a line each, without blanks at their ends and without empty lines at the end.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn screen(&self) -> Result<String> {
        let screen = self.tmux(&["capture-pane", "-p"])?;
        let lines: Vec<&str> = screen.trim_end().lines().map(str::trim_end).collect();
        Ok(lines.join("\n"))
    }

    /// What is on the screen, with the codes of its colours.
    ///
    /// # Errors
    /// The terminal is gone.
    pub fn coloured_screen(&self) -> Result<String> {
        self.tmux(&["capture-pane", "-p", "-e"])
    }

    /// Waits until the screen shows a text, and gives that screen. A text that is broken by the screen's edge is not found.
    ///
    /// # Errors
    /// It does not within `deadline`; tells what it shows.
    pub fn wait(&self, deadline: Duration, text: &str) -> Result<String> {
        self.wait_until(deadline, text, |screen| screen.contains(text))
    }

    /// Waits until `check` is true of the screen, and gives that screen.
    ///
    /// # Errors
    /// It does not within `deadline`; tells what it shows.
    pub fn wait_until(&self, deadline: Duration, what: &str, check: impl Fn(&str) -> bool) -> Result<String> {
        let follower = self.follower.as_ref().context("nobody follows the screen")?;
        let waited = follower.log().wait_until(deadline, || Ok(check(&self.screen()?)));
        let screen = self.screen()?;
        waited.with_context(|| format!("waited for `{what}` on this screen:\n{screen}"))?;
        Ok(screen)
    }

    /// Waits for the end of the program, and gives its exit code and the last screen, without the line that tells it.
    ///
    /// # Errors
    /// It still runs after `deadline`; tells what the screen shows.
    pub fn wait_end(&self, deadline: Duration) -> Result<(i32, String)> {
        let screen = self.wait(deadline, ENDED)?;
        let (before, after) = screen.rsplit_once(ENDED).context("the end is gone from the screen")?;
        let code = after.split(']').next().unwrap_or_default();
        Ok((code.parse().with_context(|| screen.clone())?, before.trim_end().to_owned()))
    }

    fn tmux(&self, command: &[&str]) -> Result<String> {
        let socket = self.socket.display().to_string();
        let tmux = ["env", "-u", "TMUX", "LANG=C.UTF-8", "tmux", "-S", &socket, "-f", "/dev/null"];
        self.place.run(&[&tmux[..], command].concat())?.ok()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // A server that is gone already has taken its program with it.
        let _gone = self.tmux(&["kill-server"]);
    }
}
