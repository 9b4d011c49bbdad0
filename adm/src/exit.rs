//! How the program ends: 0 fine, 1 not healthy, 2 usage or failure.

use std::io;
use std::process::ExitCode;

use crate::render::{BAD, note, styled};

/// The code of a failure, and of a command line that cannot be understood.
pub(crate) const FAILED: u8 = 2;

/// How a verb ends that did what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// All is well.
    Fine,
    /// What was asked about is not well.
    NotHealthy,
}

impl Health {
    /// `Fine` where all is well.
    pub(crate) const fn of(well: bool) -> Self {
        if well { Self::Fine } else { Self::NotHealthy }
    }

    /// `Fine` where this is, and `well` too.
    pub(crate) const fn and(self, well: bool) -> Self {
        match self {
            Self::Fine => Self::of(well),
            Self::NotHealthy => Self::NotHealthy,
        }
    }
}

/// Turns a verb's end into the exit code, and says what failed.
pub(crate) fn code(end: anyhow::Result<Health>) -> ExitCode {
    match end {
        Ok(Health::Fine) => ExitCode::SUCCESS,
        Ok(Health::NotHealthy) => ExitCode::from(1),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            note(&format!("{} {error:#}", styled(BAD, "error:")));
            ExitCode::from(FAILED)
        }
    }
}

/// Tells whether whoever read the answer has read enough.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let cause = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
