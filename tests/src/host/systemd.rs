//! What is asked of a host that runs systemd.

use std::time::Duration;

use anyhow::{Context, Result};

use super::Host;
use crate::process::{Log, Output};

impl Host {
    /// Runs `systemctl ARGUMENTS`, which must succeed.
    ///
    /// # Errors
    /// Its exit code is not 0; tells what it said.
    pub fn systemctl(&self, arguments: &str) -> Result<String> {
        self.sh(&format!("systemctl {arguments}"))
    }

    /// Runs `vrrpadm ARGUMENTS`, whatever comes of it.
    ///
    /// # Errors
    /// It is not installed, or does not end.
    pub fn vrrpadm(&self, arguments: &str) -> Result<Output> {
        let argv = std::iter::once("vrrpadm").chain(arguments.split_whitespace());
        self.run(&argv.collect::<Vec<_>>())
    }

    /// The ActiveState of a unit, such as `active` or `failed`.
    ///
    /// # Errors
    /// systemd does not answer.
    pub fn active_state(&self, unit: &str) -> Result<String> {
        Ok(self.systemctl(&format!("show --property ActiveState --value {unit}"))?.trim().into())
    }

    /// Waits until a unit has an ActiveState.
    ///
    /// # Errors
    /// It does not have it within `deadline`.
    pub fn wait_unit(&self, deadline: Duration, unit: &str, state: &str) -> Result<()> {
        let what = format!("{unit} to be {state}");
        self.wait_journal(deadline, &what, |host| Ok(host.active_state(unit)? == state))
    }

    /// Waits until `check` is true, asking it again whenever something is written to the journal.
    ///
    /// # Errors
    /// It is still false after `deadline`, or fails.
    pub fn wait_journal(&self, deadline: Duration, what: &str, check: impl Fn(&Self) -> Result<bool>) -> Result<()> {
        let waited = self.journal()?.wait_until(deadline, || check(self));
        waited.with_context(|| format!("waited on {} for: {what}", self.name()))
    }

    /// The journal of all boots, followed line by line (`journalctl --output=short-unix`).
    ///
    /// # Errors
    /// No systemd was ever booted on it.
    pub fn journal(&self) -> Result<&Log> {
        self.journal.as_ref().context("no systemd was ever booted on it")
    }

    pub(crate) fn set_journal(&mut self, journal: Log) {
        self.journal = Some(journal);
    }
}
