//! Programs that the lab runs: to their end ([`Place::run`]) or in the background ([`Place::spawn`]).

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::cgroup::Cgroup;
use crate::namespace::Namespace;

mod background;
mod log;

pub use background::Process;
pub use log::Log;

const DEADLINE: Duration = Duration::from_secs(120);

/// Where programs run: namespaces to enter, a cgroup to join, a command to go through.
#[derive(Clone, Debug)]
pub struct Place {
    /// Entered in this order by the thread which starts the program.
    pub namespaces: Vec<Arc<Namespace>>,
    /// Joined by the program, so that it and its descendants can be killed together.
    pub cgroup: Option<Arc<Cgroup>>,
    /// Put before each command line, such as `nsenter --target 123 --all`.
    pub prefix: Vec<String>,
}

/// How a program ended and what it said.
#[derive(Clone, Debug)]
pub struct Output {
    /// The command line, for messages.
    pub command: String,
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Output {
    /// Returns standard output if the exit code is 0.
    ///
    /// # Errors
    /// Tells the command line, the exit code and what the program said otherwise.
    pub fn ok(self) -> Result<String> {
        if self.code == Some(0) {
            return Ok(self.stdout);
        }
        let code = self.code.map_or("a signal".into(), |code| format!("exit code {code}"));
        let said = format!("{}{}", self.stdout, self.stderr);
        bail!("`{}` ended with {code}: {}", self.command, said.trim())
    }

    /// Returns the exit code, standard output and standard error, to be compared in one go.
    pub fn parts(&self) -> (Option<i32>, &str, &str) {
        (self.code, &self.stdout, &self.stderr)
    }
}

impl Place {
    /// The machine itself, with nothing entered.
    pub const fn machine() -> Self {
        Self { namespaces: Vec::new(), cgroup: None, prefix: Vec::new() }
    }

    /// Runs a program to its end, at most two minutes.
    ///
    /// # Errors
    /// It cannot be started or does not end; an exit code other than 0 is no error (see [`Output::ok`]).
    pub fn run<S: AsRef<str>>(&self, argv: &[S]) -> Result<Output> {
        self.run_with(argv, "")
    }

    /// Does as [`Place::run`] does, with `input` as the program's standard input.
    ///
    /// # Errors
    /// As [`Place::run`].
    pub fn run_with<S: AsRef<str>>(&self, argv: &[S], input: &str) -> Result<Output> {
        let line = self.line(argv);
        let mut command = self.command(&line)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.start(&mut command, &line)?;
        let group = Pid::from_raw(child.id().cast_signed());
        if let Some(mut stdin) = child.stdin.take() {
            // A program that does not read its input is not to blame for that.
            let _unread = std::io::Write::write_all(&mut stdin, input.as_bytes());
        }
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || sender.send(child.wait_with_output()));
        let Ok(output) = receiver.recv_timeout(DEADLINE) else {
            killpg(group, Signal::SIGKILL)?;
            bail!("`{}` did not end within {DEADLINE:?}", line.join(" "));
        };
        let output = output?;
        Ok(Output {
            command: line.join(" "),
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Starts a program in the background; its output goes to `log` line by line.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn spawn<S: AsRef<str>>(&self, argv: &[S], log: &Path) -> Result<Process> {
        self.spawn_with(argv, log, &[])
    }

    /// Does as [`Place::spawn`] does, with further environment variables.
    ///
    /// # Errors
    /// As [`Place::spawn`].
    pub fn spawn_with<S: AsRef<str>>(&self, argv: &[S], log: &Path, environment: &[(&str, &str)]) -> Result<Process> {
        let line = self.line(argv);
        let mut command = self.command(&line)?;
        command.envs(environment.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.start(&mut command, &line)?;
        Process::new(child, line.join(" "), log)
    }

    /// Runs a program on the lab's own terminal and returns how it ended.
    ///
    /// # Errors
    /// It cannot be started.
    pub fn pass_through<S: AsRef<str>>(&self, argv: &[S]) -> Result<ExitStatus> {
        let line = self.line(argv);
        let status = Command::new(&line[0]).args(&line[1..]).status();
        status.with_context(|| format!("cannot run `{}`", line.join(" ")))
    }

    fn line<S: AsRef<str>>(&self, argv: &[S]) -> Vec<String> {
        let words = argv.iter().map(|word| word.as_ref().to_owned());
        self.prefix.iter().cloned().chain(words).collect()
    }

    fn command(&self, line: &[String]) -> Result<Command> {
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).process_group(0);
        if let Some(cgroup) = &self.cgroup {
            let door = cgroup.door()?;
            // SAFETY: between fork and exec only `write` is called, which is async-signal-safe.
            unsafe {
                command.pre_exec(move || {
                    nix::unistd::write(&door, b"0")?;
                    Ok(())
                });
            }
        }
        Ok(command)
    }

    fn start(&self, command: &mut Command, line: &[String]) -> Result<std::process::Child> {
        let name = || format!("cannot run `{}`", line.join(" "));
        thread::scope(|scope| {
            let thread = scope.spawn(|| {
                for namespace in &self.namespaces {
                    namespace.join_thread()?;
                }
                command.spawn().with_context(name)
            });
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}
