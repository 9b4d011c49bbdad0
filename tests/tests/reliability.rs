//! `cargo lab reliability` and `cargo lab chaos` work. What they measure and find is not looked at here: that takes hours.

use anyhow::{Result, ensure};
use lab::chaos;
use lab::reliability::{Case, Side};

#[test]
fn a_case_is_measured_on_both_sides() -> Result<()> {
    let rows = Case::Repair.try_out()?;
    ensure!(!rows.is_empty(), "no row");
    for row in rows {
        for side in [&row.ours, &row.theirs] {
            let measured = matches!(side, Side::Measured(samples) if samples.runs() == 2);
            ensure!(measured, "{row:?}");
        }
    }
    Ok(())
}

#[test]
fn hosts_hold_through_some_faults_from_a_seed() -> Result<()> {
    ensure!(chaos::run(&chaos::Options::round(2, 6))?, "something did not hold: see above");
    Ok(())
}
