//! One run of a program.

use std::io::{self, PipeReader};
use std::os::fd::{AsFd as _, FromRawFd as _, OwnedFd};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use vrrp::conditions::Observation;
use vrrp::config::Script;

use super::account::Account;
use super::ending::Ending;
use super::image::Image;
use super::output::Output;
use super::{Seen, child};

/// A program that runs.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    /// Standard error first, which is where programs complain.
    outputs: [Output; 2],
}

/// Starts a script.
///
/// # Errors
/// Why it does not run.
pub(super) fn start(script: &Script, account: &Account) -> Result<Running, Observation> {
    let image = Image::new(script, account).map_err(|error| {
        Observation::bad(format!("{} cannot be run by {}: {error}", script.program.display(), account.name))
    })?;
    let mut command = Command::new(&script.program);
    command.current_dir("/").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    child::prepare(&mut command, image, account);
    match command.spawn() {
        Ok(mut child) => {
            let outputs = [child.stderr.take().map(OwnedFd::from), child.stdout.take().map(OwnedFd::from)];
            Ok(Running { child, outputs: outputs.map(Output::new) })
        }
        Err(error) => Err(explain(script, account, &error)),
    }
}

/// Tells what an error says of a script, or of this host.
fn explain(script: &Script, account: &Account, error: &io::Error) -> Observation {
    let (program, user) = (script.program.display(), &account.name);
    let because = |why: &str| format!("{program} cannot be run by {user}: {why}");
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOENT) => Observation::bad(because("the interpreter that its first line names does not exist")),
        Some(Errno::ENOEXEC) => Observation::bad(because("its first line does not begin with #! and an interpreter")),
        Some(Errno::EACCES) => Observation::bad(because("that user may not run it")),
        Some(Errno::EPERM) if !account.is_own => Observation::bad(because(
            "vrrpd lacks CAP_SETUID, CAP_SETGID and CAP_KILL: systemctl daemon-reload, then systemctl restart vrrp.service",
        )),
        Some(Errno::EPERM) => Observation::bad(because(
            "vrrp.service does not let vrrpd run scripts yet: systemctl daemon-reload, then systemctl restart vrrp.service",
        )),
        Some(errno @ (Errno::EAGAIN | Errno::ENOMEM | Errno::EMFILE | Errno::ENFILE)) => {
            Observation::unknown(because(errno.desc()))
        }
        Some(errno) => Observation::bad(because(errno.desc())),
        None => Observation::bad(because(&error.to_string())),
    }
}

impl Running {
    /// Waits until the program ends; kills it when the other end of `patience` is closed, and when it floods. Whatever it
    /// has started and left behind in its session is killed in any case. One that does not die within `death` is left.
    pub(super) fn wait(mut self, patience: &PipeReader, death: Duration) -> Seen {
        let end = match self.end() {
            Ok(end) => end,
            Err(errno) => return self.abandon(errno),
        };
        let forced = match self.watch(&end, patience) {
            Ok(forced) => forced,
            Err(errno) => return self.abandon(errno),
        };
        self.kill();
        let dead = has_ended(&end, death);
        for output in &mut self.outputs {
            output.drain();
        }
        let line = self.outputs.iter().find_map(Output::last_line);
        // What has ended is waited for at once.
        let status = if dead { self.child.wait().ok() } else { None };
        let ending = forced.or(status.map(Ending::of)).unwrap_or(Ending::Late);
        Seen { result: Ok((ending, line)), left: (!dead).then_some(self.child) }
    }

    /// Reads what the program writes until it ends. Tells why it is to be killed, if it is.
    fn watch(&mut self, end: &OwnedFd, patience: &PipeReader) -> nix::Result<Option<Ending>> {
        loop {
            let pipes = self.outputs.iter().filter_map(Output::pipe);
            let watched = [end.as_fd(), patience.as_fd()].into_iter().chain(pipes);
            let mut watched: Vec<PollFd> = watched.map(|fd| PollFd::new(fd, PollFlags::POLLIN)).collect();
            match poll(&mut watched, PollTimeout::NONE) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(errno) => return Err(errno),
            }
            let happened = |at: usize| watched.get(at).and_then(PollFd::revents).is_some_and(|what| !what.is_empty());
            let (ended, late) = (happened(0), happened(1));
            for output in &mut self.outputs {
                output.drain();
            }
            if ended {
                return Ok(None);
            }
            if self.outputs.iter().any(Output::is_flood) {
                return Ok(Some(Ending::Flood));
            }
            if late {
                return Ok(Some(Ending::Late));
            }
        }
    }

    /// Kills the program and all of its session that did not leave it. Its own number is not free for others before it has
    /// been waited for, so that nobody else is hit.
    fn kill(&self) {
        // They may all have ended.
        let _: nix::Result<()> = killpg(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGKILL);
    }

    /// Gives up a program whose end cannot be awaited.
    fn abandon(self, errno: Errno) -> Seen {
        self.kill();
        let words = format!("this host cannot wait for the end of a program: {}", errno.desc());
        Seen { result: Err(Observation::unknown(words)), left: Some(self.child) }
    }

    /// Opens what becomes readable when the program ends.
    fn end(&self) -> nix::Result<OwnedFd> {
        // SAFETY: the call takes numbers.
        let opened = unsafe { libc::syscall(libc::SYS_pidfd_open, self.child.id(), 0) };
        let descriptor = i32::try_from(Errno::result(opened)?).map_err(|_| Errno::EBADF)?;
        // SAFETY: the kernel has just opened it, and nobody else knows of it. It closes on exec.
        Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
    }
}

fn has_ended(end: &OwnedFd, patience: Duration) -> bool {
    let patience = PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX);
    poll(&mut [PollFd::new(end.as_fd(), PollFlags::POLLIN)], patience).is_ok_and(|ready| ready > 0)
}
