//! `cargo lab bench` works. What it measures is not looked at here: a machine that has other things to do says little.

use anyhow::{Result, ensure};
use lab::bench;

#[test]
fn every_case_is_measured_once() -> Result<()> {
    ensure!(bench::run(&bench::Options::quick())?, "a case did not work: see above");
    Ok(())
}
