//! How figures read in a table.

use std::time::Duration;

/// Whole numbers and those from a hundred on without a point, others with a digit behind it, and those below ten with `digits`.
pub(crate) fn number(value: f64, digits: usize) -> String {
    if value.is_infinite() {
        "never".into()
    } else if value.fract() == 0.0 || value.abs() >= 100.0 {
        format!("{value:.0}")
    } else if value.abs() >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.digits$}")
    }
}

/// What stands behind a target: whether it holds.
pub(crate) const fn verdict(holds: Option<bool>) -> &'static str {
    match holds {
        Some(true) => " ok",
        Some(false) => " MISS",
        None => "",
    }
}

/// A duration in milliseconds.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
