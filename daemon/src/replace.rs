//! Replacing the program that runs by the one that is installed at its path, in the same process.

use std::convert::Infallible;
use std::env;
use std::ffi::CString;
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nix::sys::signal::{SigSet, Signal};

/// The program that runs, as it can be run again.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    path: PathBuf,
    arguments: Vec<CString>,
}

impl Program {
    /// Finds it. To be called at the start: once another file is in its place, the kernel calls it deleted.
    ///
    /// # Errors
    /// There is no `/proc`.
    pub(crate) fn running() -> io::Result<Self> {
        let arguments = env::args_os().map(|argument| CString::new(argument.into_vec()).map_err(io::Error::other));
        Ok(Self { path: env::current_exe()?, arguments: arguments.collect::<io::Result<_>>()? })
    }

    /// Makes sure that what is installed there can be run: a library that is missing would be found out too late.
    ///
    /// # Errors
    /// Why not, in words.
    pub(crate) fn try_out(&self) -> Result<(), String> {
        let path = self.path.display();
        let output = Command::new(&self.path).arg("--version").stdin(Stdio::null()).output();
        let output = output.map_err(|error| format!("{path} cannot be run: {error}"))?;
        let told = String::from_utf8_lossy(&output.stderr);
        match output.status.success() {
            true => Ok(()),
            false => {
                Err(format!("{path} --version fails: {}: {}", output.status, told.lines().next().unwrap_or_default()))
            }
        }
    }

    /// Runs it in place of this program. Every descriptor of ours is closed with that.
    pub(crate) fn execute(&self) -> io::Error {
        let path = CString::new(self.path.as_os_str().as_bytes()).map_err(io::Error::other);
        let run = |path: CString| -> io::Result<Infallible> { Ok(nix::unistd::execv(&path, &self.arguments)?) };
        match path.and_then(run) {
            Err(error) => error,
        }
    }
}

/// The signals that the daemon listens to.
fn heeded() -> SigSet {
    [Signal::SIGTERM, Signal::SIGINT, Signal::SIGUSR2, Signal::SIGHUP].into_iter().collect()
}

/// Has signals wait that would end a program which does not listen to them yet.
pub(crate) fn hold_signals() {
    // It fails for numbers alone that are no signals.
    let _ = heeded().thread_block();
}

/// Lets those come that have waited.
pub(crate) fn let_signals_come() {
    let _ = heeded().thread_unblock();
}
