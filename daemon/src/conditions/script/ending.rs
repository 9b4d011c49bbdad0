//! How a program ends, and how that is told.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

use nix::sys::signal::Signal;
use vrrp::config::Pace;

use super::output::MOST;

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// By itself, with this code.
    Code(i32),
    /// By a signal that was not ours.
    Signal(i32),
    /// It was killed, because it was late.
    Late,
    /// It was killed, because it wrote too much.
    Flood,
}

impl Ending {
    /// Takes what the kernel tells of a program that was not killed from here.
    pub(super) fn of(status: ExitStatus) -> Self {
        status.code().map_or_else(|| Self::Signal(status.signal().unwrap_or_default()), Self::Code)
    }

    /// Tells it as what follows the program's name.
    pub(super) fn words(self, pace: &Pace) -> String {
        match self {
            Self::Code(code) => format!("ended with {code}"),
            Self::Signal(number) => match Signal::try_from(number) {
                Ok(signal) => format!("was ended by {signal}"),
                Err(_) => format!("was ended by signal {number}"),
            },
            Self::Late => format!("did not end within {:?} and was killed", pace.timeout),
            Self::Flood => format!("wrote more than {} KiB and was killed", MOST / 1024),
        }
    }
}
