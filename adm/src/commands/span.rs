//! Spans of time on the command line, as `jiff` and people write them: `90s`, `10m`, `2h`.

use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::SignedDuration;

/// Reads a span within limits; nothing where it is none, or beyond them.
pub(super) fn span(text: &str, within: RangeInclusive<Duration>) -> Option<Duration> {
    let span = Duration::try_from(text.parse::<SignedDuration>().ok()?).ok()?;
    within.contains(&span).then_some(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_a_unit_and_limits() {
        let read = |text| span(text, Duration::from_millis(100)..=Duration::from_secs(3600));
        assert_eq!(["90s", "10m", "500ms"].map(read), [90_000, 600_000, 500].map(|ms| Some(Duration::from_millis(ms))));
        assert_eq!(["", "90", "-5s", "50ms", "2h", "soon"].map(read), [None; 6]);
    }
}
