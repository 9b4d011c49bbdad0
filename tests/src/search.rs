//! `cargo lab search` and `cargo lab fuzz`: the long searches for loops and second Masters in virtual time, and for inputs
//! that break a promise.

use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace;

/// The rooms of the test `lan` that search, and how many searches there are in them.
pub(crate) const ROOMS: [&str; 3] = ["cut", "heartbeat", "recovery"];
const SEARCHES: u32 = 6;

/// Tries at least so many schedules, shared out among the searches, and tells whether nothing was found.
///
/// # Errors
/// Cargo cannot be run.
pub fn run(schedules: u32) -> Result<bool> {
    let each = schedules.div_ceil(SEARCHES);
    println!("{SEARCHES} searches of {each} schedules each");
    let mut command = Command::new(workspace::cargo());
    command.args(["test", "--quiet", "--release", "--package", "vrrp", "--test", "lan", "--", "--nocapture"]);
    command.args(ROOMS).env("PROPTEST_CASES", each.to_string()).current_dir(workspace::root());
    Ok(command.status().context("cannot run cargo")?.success())
}

/// Tries each fuzz target for so long, from a number on, and tells whether none failed.
///
/// # Errors
/// Cargo cannot be run.
pub fn fuzz(minutes: u64, seed: u64) -> Result<bool> {
    let mut command = Command::new(workspace::cargo());
    command.args(["test", "--quiet", "--release", "--package", "vrrp", "--test", "fuzz", "--", "--nocapture"]);
    command.env("FUZZ_SECONDS", (minutes * 60).to_string()).env("FUZZ_SEED", seed.to_string());
    Ok(command.current_dir(workspace::root()).status().context("cannot run cargo")?.success())
}
