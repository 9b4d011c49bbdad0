//! Times and spans as people say them.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

/// Microseconds since 1970 on the realtime clock.
pub(crate) fn now() -> u64 {
    u64::try_from(Timestamp::now().as_microsecond()).unwrap_or_default()
}

/// How long ago something was: `45s`, `3m 5s`, `3h 12m`, `5d 3h`. A time to come, of a clock that was set back, is `0s`.
pub(crate) fn age(since: u64, now: u64) -> String {
    let seconds = now.saturating_sub(since) / 1_000_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m {}s", seconds % 60),
        (0, _, _) => format!("{hours}h {}m", minutes % 60),
        _ => format!("{days}d {}h", hours % 24),
    }
}

/// A time on the wall clock of a time zone.
pub(crate) fn wall(time: u64, zone: &TimeZone) -> String {
    let stamp = i64::try_from(time).ok().and_then(|time| Timestamp::from_microsecond(time).ok());
    match stamp {
        Some(stamp) => stamp.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %Z").to_string(),
        None => "an unknown time".to_owned(),
    }
}

/// Reads a time in the past: `2h` ago, `08:15` today, `2026-11-30` or `2026-11-30 08:15`, in a time zone. Gives microseconds since 1970.
///
/// # Errors
/// It is none of these; the text says what would be.
pub(crate) fn point(text: &str, now: u64, zone: &TimeZone) -> Result<u64, String> {
    let now = i64::try_from(now).ok().and_then(|now| Timestamp::from_microsecond(now).ok()).unwrap_or_default();
    let now = now.to_zoned(zone.clone());
    let found = ago(text, &now).or_else(|| moment(text, &now));
    let found = found.and_then(|found| u64::try_from(found.timestamp().as_microsecond()).ok());
    found.ok_or_else(|| "is no time: write how long ago, such as 2h, or when, such as \"2026-11-30 08:15\"".to_owned())
}

fn ago(text: &str, now: &Zoned) -> Option<Zoned> {
    let span: Span = text.parse().ok()?;
    now.checked_sub(span.abs()).ok()
}

fn moment(text: &str, now: &Zoned) -> Option<Zoned> {
    if let Ok(stamp) = text.parse::<Timestamp>() {
        return Some(stamp.to_zoned(now.time_zone().clone()));
    }
    let time = text.parse::<DateTime>().or_else(|_| text.parse().map(|date: Date| date.into()));
    let time = time.or_else(|_| text.parse().map(|time: Time| now.date().to_datetime(time)));
    time.ok()?.to_zoned(now.time_zone().clone()).ok()
}

/// Milliseconds in the unit that a configuration would have them in: `1s`, `1.5s`, `10ms`.
pub(crate) fn interval(milliseconds: u32) -> String {
    match (milliseconds / 1000, milliseconds % 1000) {
        (0, rest) => format!("{rest}ms"),
        (seconds, 0) => format!("{seconds}s"),
        (seconds, rest) => format!("{seconds}.{}s", format!("{rest:03}").trim_end_matches('0')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_two_units_at_most() {
        let age = |seconds: u64| age(1_000_000, 1_000_000 + seconds * 1_000_000);
        assert_eq!([age(0), age(59), age(60), age(3599)], ["0s", "59s", "1m 0s", "59m 59s"]);
        assert_eq!([age(3600), age(86_399), age(86_400), age(400_000)], ["1h 0m", "23h 59m", "1d 0h", "4d 15h"]);
        assert_eq!(super::age(5_000_000, 0), "0s");
    }

    #[test]
    fn a_time_in_the_past_is_read_as_people_write_it() {
        let now = 1_700_000_000_000_000;
        let read = |text| point(text, now, &TimeZone::UTC).map(|time| wall(time, &TimeZone::UTC));
        for (text, time) in [
            ("2h", "2023-11-14 20:13:20 UTC"),
            ("2h ago", "2023-11-14 20:13:20 UTC"),
            ("1 day", "2023-11-13 22:13:20 UTC"),
            ("08:15", "2023-11-14 08:15:00 UTC"),
            ("2023-11-01", "2023-11-01 00:00:00 UTC"),
            ("2023-11-01 08:15", "2023-11-01 08:15:00 UTC"),
            ("2023-11-01T08:15:30Z", "2023-11-01 08:15:30 UTC"),
        ] {
            assert_eq!(read(text), Ok(time.to_owned()), "{text}");
        }
        for text in ["", "soon", "25:00", "99999999999h", "1960-01-01"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn intervals_are_written_as_in_a_configuration() {
        assert_eq!([interval(10), interval(1000), interval(1500)], ["10ms", "1s", "1.5s"]);
        assert_eq!(
            [interval(40_950), interval(3_609), interval(1_050), interval(0)],
            ["40.95s", "3.609s", "1.05s", "0ms"]
        );
    }

    #[test]
    fn a_time_is_told_in_its_zone() {
        assert_eq!(wall(1_700_000_000_000_000, &TimeZone::UTC), "2023-11-14 22:13:20 UTC");
        assert_eq!(wall(u64::MAX, &TimeZone::UTC), "an unknown time");
    }
}
