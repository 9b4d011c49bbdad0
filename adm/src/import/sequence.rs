//! `~SEQ(…)` and `~LST(…)`: a line that stands for several.

use super::definitions::Definitions;

/// The values that some names take one after the other.
#[derive(Debug)]
pub(super) enum Sequence {
    /// Numbers.
    Count { name: String, next: i64, step: i64, last: i64, hex: bool },
    /// Texts; each round has one for each name.
    List { names: Vec<String>, rounds: std::vec::IntoIter<Vec<String>> },
}

impl Sequence {
    /// Defines the names for the next round. Tells whether there is one.
    pub(super) fn advance(&mut self, definitions: &mut Definitions) -> bool {
        match self {
            Self::Count { name, next, step, last, hex } => {
                let over = if *step > 0 { *next > *last } else { *next < *last };
                if over {
                    return false;
                }
                let number = if *hex { format!("{next:x}") } else { next.to_string() };
                definitions.set(name, &number);
                match next.checked_add(*step) {
                    Some(following) => *next = following,
                    // Nothing is beyond the largest number.
                    None => (*next, *last) = if *step > 0 { (1, 0) } else { (0, 1) },
                }
                true
            }
            Self::List { names, rounds } => rounds.next().is_some_and(|values| {
                names.iter().zip(&values).for_each(|(name, value)| definitions.set(name, value));
                true
            }),
        }
    }
}

/// Reads a line that begins with `~SEQ` or `~LST`: the values, and what they are for.
///
/// # Errors
/// What is wrong with it.
pub(super) fn sequence<'l>(line: &'l str, definitions: &Definitions) -> Result<(Sequence, &'l str), String> {
    let list = line.starts_with("~LST");
    let rest = line.get(4..).unwrap_or_default();
    let (hex, rest) = match rest.strip_prefix('x').filter(|_| !list) {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let form = if list { "write it as ~LST(NAME, VALUE, …)" } else { "write it as ~SEQ(NAME, FIRST, STEP, LAST)" };
    let inner = rest.trim_start().strip_prefix('(').ok_or(form)?;
    let (inner, text) = inner.split_once(')').ok_or("the ) of it is missing")?;
    let text = text.trim_start();
    if list {
        return Ok((values(inner).ok_or(form)?, text));
    }
    let (name, numbers) = inner.split_once(',').ok_or(form)?;
    let name = name.trim();
    if name.is_empty() || name.starts_with('{') {
        return Err(form.to_owned());
    }
    let (numbers, bodies) = definitions.replace(numbers)?;
    if !bodies.is_empty() {
        return Err("a definition of several lines is no number".to_owned());
    }
    let numbers: Option<Vec<i64>> = numbers.split(',').map(|number| integer(number.trim())).collect();
    let (first, step, last) = match numbers.ok_or(form)?.as_slice() {
        [last] => (if *last < 0 { -1 } else { 1 }, if *last < 1 { -1 } else { 1 }, *last),
        [first, last] => (*first, if first <= last { 1 } else { -1 }, *last),
        [first, step, last] => (*first, *step, *last),
        _ => return Err(form.to_owned()),
    };
    if step == 0 || (first < last && step < 0) || (first > last && step > 0) {
        return Err(format!("steps of {step} do not lead from {first} to {last}"));
    }
    if hex && (first < 0 || last < 0) {
        return Err("~SEQx takes no negative numbers".to_owned());
    }
    Ok((Sequence::Count { name: name.to_owned(), next: first, step, last, hex }, text))
}

/// Reads a number as C does: `0x` is hexadecimal, `0` octal.
fn integer(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let number = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => i64::from_str_radix(digits, 16).ok()?,
        None if digits.len() > 1 && digits.starts_with('0') => i64::from_str_radix(digits, 8).ok()?,
        None => digits.parse().ok()?,
    };
    Some(if negative { -number } else { number })
}

/// Reads `NAME, a, b` or `{X, Y}, {a, b}, {c, d}`.
fn values(inner: &str) -> Option<Sequence> {
    let mut sets = sets(inner)?.into_iter();
    let names = sets.next()?;
    let length = names.len();
    let rounds: Option<Vec<Vec<String>>> = sets
        .map(|mut values| {
            let fits = values.len() <= length;
            values.resize(length, String::new());
            fits.then_some(values)
        })
        .collect();
    let rounds = rounds.filter(|rounds| !rounds.is_empty() && names.iter().all(|name| !name.is_empty()))?;
    Some(Sequence::List { names, rounds: rounds.into_iter() })
}

/// Parts a list at its commas; what stands in braces stays together.
fn sets(inner: &str) -> Option<Vec<Vec<String>>> {
    let words = |text: &str| text.split(',').map(|word| word.trim().to_owned()).collect();
    let (mut sets, mut rest) = (Vec::new(), inner.trim());
    loop {
        let after;
        if let Some(braced) = rest.strip_prefix('{') {
            let (set, behind) = braced.split_once('}')?;
            sets.push(words(set));
            after = behind.trim_start();
        } else {
            let (word, _) = rest.split_once(',').unwrap_or((rest, ""));
            sets.push(vec![word.trim().to_owned()]);
            after = rest.get(word.len()..)?;
        }
        if after.is_empty() {
            return Some(sets);
        }
        rest = after.strip_prefix(',')?.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(line: &str, shown: &str) -> Vec<String> {
        let mut definitions = Definitions::new("");
        let (mut sequence, text) = sequence(line, &definitions).unwrap();
        let mut all = Vec::new();
        while sequence.advance(&mut definitions) {
            all.push(definitions.replace(&format!("{text}{shown}")).unwrap().0);
        }
        all
    }

    #[test]
    fn numbers_and_lists_go_round() {
        assert_eq!(rounds("~SEQ(N, 0, 3) ip ", "${N}"), ["ip 0", "ip 1", "ip 2", "ip 3"]);
        assert_eq!(rounds("~SEQ(N, -2)", "${N}"), ["-1", "-2"]);
        assert_eq!(rounds("~SEQ(N, 9, -4, 0)", "${N}"), ["9", "5", "1"]);
        assert_eq!(rounds("~SEQx(N,0x90,0x10,0xb0)", "${N}"), ["90", "a0", "b0"]);
        assert_eq!(rounds("~LST(N, a, b)", "$N"), ["a", "b"]);
        assert_eq!(rounds("~LST({X, Y}, {10,1},{20,4}, {5})", "${X}.${Y}"), ["10.1", "20.4", "5."]);
        assert_eq!(rounds("~SEQ(N, 9223372036854775806, 9223372036854775807)", "").len(), 2);
    }

    #[test]
    fn what_is_no_sequence_is_told_how_to_be_one() {
        let definitions = Definitions::new("");
        for line in
            ["~SEQ(N, 1, 0, 3)", "~SEQ(N, 1, -1, 3)", "~SEQ(N)", "~SEQ 3", "~SEQ(N, x)", "~SEQ(N, 1", "~SEQx(N, -3)"]
                .into_iter()
                .chain(["~LST(N)", "~LST({A,B}, {1,2,3})", "~LST({A, 1", "~LST({A},{1}x)"])
        {
            assert!(sequence(line, &definitions).is_err(), "{line}");
        }
    }
}
