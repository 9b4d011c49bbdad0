//! How long a Master takes to end, where another host takes over at once.

use std::thread;
use std::time::Duration;

use anyhow::{Result, anyhow};

use super::fleet::Fleet;
use super::millis;
use super::program::Program;
use super::sender::Sender;
use super::site::{PATIENCE, Site};
use crate::capture::{Capture, Frame};

/// How long the first round of the next Master takes.
const TOGETHER: Duration = Duration::from_millis(50);

/// Has a program stop that is Master of a fleet, and tells how long that takes, in milliseconds.
pub(super) fn stop(site: &Site, fleet: &Fleet, program: &Program, wire: &Capture) -> Result<f64> {
    wire.skip();
    let stopped = thread::scope(|scope| {
        let next = scope.spawn(|| {
            wire.expect(PATIENCE, "a resignation", Frame::resigns)?;
            Sender::start(site, fleet, TOGETHER)
        });
        let took = program.stop();
        next.join().map_err(|_| anyhow!("the next Master panicked"))??.stop()?;
        took
    });
    Ok(millis(stopped?))
}
