//! What the words of a statement mean.

use super::tree::Statement;

/// The words for a truth.
const TRUE: [&str; 3] = ["on", "true", "yes"];
const FALSE: [&str; 3] = ["off", "false", "no"];

/// Reads a switch: the keyword alone is on.
pub(super) fn switch(statement: &Statement) -> Option<bool> {
    match statement.word(1) {
        None => Some(true),
        Some(word) if TRUE.contains(&word) => Some(true),
        Some(word) if FALSE.contains(&word) => Some(false),
        Some(_) => None,
    }
}

/// Reads a time in seconds, as milliseconds; what is finer is rounded.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) || text.len() > 24 {
        return None;
    }
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fine: String = fraction.chars().chain("0000".chars()).take(4).collect();
    let tenths: u64 = fine.parse().ok()?;
    whole.checked_mul(1000)?.checked_add((tenths + 5) / 10)
}

/// A time as it stands in a configuration.
pub(super) fn duration(milliseconds: u64) -> String {
    match milliseconds % 1000 {
        0 => format!("{}s", milliseconds / 1000),
        _ => format!("{milliseconds}ms"),
    }
}

/// What something counts: `weight N`, perhaps `reverse`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weight {
    /// 0 for FAULT.
    pub(super) value: i32,
    /// Whether good and bad change places.
    pub(super) reverse: bool,
}

impl Weight {
    /// Reads the words `N [reverse|noreverse]`.
    pub(super) fn read(words: &[String], least: i32) -> Option<Self> {
        let (number, rest) = words.split_first()?;
        let value = number.parse().ok().filter(|value| (-least..=least).contains(value))?;
        match rest.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [] | ["noreverse"] => Some(Self { value, reverse: false }),
            ["reverse"] => Some(Self { value, reverse: true }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rounded_to_milliseconds() {
        let cases = [
            ("1", 1000),
            ("0.92", 920),
            ("2.71828", 2718),
            (".5", 500),
            ("1.0006", 1001),
            ("0.9999", 1000),
            ("3.", 3000),
        ];
        for (text, expected) in cases {
            assert_eq!(milliseconds(text), Some(expected), "{text}");
        }
        for text in ["", ".", "-1", "1e3", "1s", "1.2.3", "99999999999999999999"] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
        assert_eq!([1000, 1500, 0].map(duration), ["1s", "1500ms", "0s"]);
    }

    #[test]
    fn a_weight_may_be_reversed() {
        let read = |text: &str| Weight::read(&text.split(' ').map(str::to_owned).collect::<Vec<_>>(), 253);
        assert_eq!(read("-20"), Some(Weight { value: -20, reverse: false }));
        assert_eq!(read("5 reverse"), Some(Weight { value: 5, reverse: true }));
        assert_eq!((read("254"), read("x"), read("5 6")), (None, None, None));
    }
}
