//! `include`: which files a pattern names.

use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::files::MOST;

/// What `include` asks of the files that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// Nothing: a file that is not there is passed over.
    Nothing,
    /// That each file can be read.
    Readable,
    /// That there is one, too.
    Match,
}

/// Reads `include PATTERN` and its variants.
pub(super) fn include(line: &str) -> Option<(Demand, &str)> {
    let rest = line.strip_prefix("include")?;
    let (variant, pattern) = rest.split_once([' ', '\t'])?;
    let demand = match variant {
        "" => Demand::Nothing,
        "r" | "b" => Demand::Readable,
        "m" | "w" | "a" => Demand::Match,
        _ => return None,
    };
    Some((demand, pattern.trim()))
}

/// The files that a pattern names, in the order of their names. A path from the root is one from `root`, any other one from
/// the `directory` of the file that includes it.
pub(super) fn matches(pattern: &str, root: &Path, directory: &Path) -> Vec<PathBuf> {
    let pattern = pattern.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(pattern);
    let mut found = Vec::new();
    for plain in alternatives(pattern) {
        let (base, below) = match plain.strip_prefix('/') {
            Some(below) => (root, below),
            None => (directory, plain.as_str()),
        };
        // Two stars are one to keepalived; to the crate they would be all directories below.
        let mut below = below.to_owned();
        while below.contains("**") {
            below = below.replace("**", "*");
        }
        if !below.contains(['*', '?', '[']) {
            found.push(base.join(&below));
            continue;
        }
        let whole = format!("{}/{below}", Pattern::escape(base.to_string_lossy().trim_end_matches('/')));
        let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::new() };
        let paths = glob::glob_with(&whole, options).into_iter().flatten().take(MOST).flatten();
        found.extend(paths.filter(|path| !path.components().any(|part| part == Component::ParentDir)));
    }
    found.truncate(MOST + 1);
    found
}

/// The patterns for which one with `{a,b}` stands, a thousand at most.
fn alternatives(pattern: &str) -> Vec<String> {
    let (mut open, mut done) = (vec![pattern.to_owned()], Vec::new());
    while let Some(pattern) = open.pop() {
        let parts = braces(&pattern).filter(|_| open.len() + done.len() < MOST);
        let Some((before, choices, after)) = parts else {
            done.push(pattern);
            continue;
        };
        open.extend(choices.iter().rev().map(|choice| format!("{before}{choice}{after}")));
    }
    done
}

/// Parts a pattern at its first braces: what stands before, the choices, what stands behind.
fn braces(pattern: &str) -> Option<(&str, Vec<&str>, &str)> {
    let start = pattern.find('{')?;
    let (mut depth, mut from, mut choices) = (0_usize, start + 1, Vec::new());
    for (at, character) in pattern.char_indices().skip_while(|(at, _)| *at < start) {
        match character {
            '{' => depth += 1,
            ',' if depth == 1 => {
                choices.push(pattern.get(from..at)?);
                from = at + 1;
            }
            '}' if depth == 1 => {
                choices.push(pattern.get(from..at)?);
                return Some((pattern.get(..start)?, choices, pattern.get(at + 1..)?));
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_ask_for_more() {
        assert_eq!(include("include conf.d/*"), Some((Demand::Nothing, "conf.d/*")));
        assert_eq!(include("includea\t/x"), Some((Demand::Match, "/x")));
        assert_eq!(include("includex /x"), None);
        assert_eq!(include("include_check on"), None);
    }

    #[test]
    fn braces_are_alternatives() {
        assert_eq!(
            alternatives("{foo/{,cat,dog},bar}.conf"),
            ["foo/.conf", "foo/cat.conf", "foo/dog.conf", "bar.conf"]
        );
        assert_eq!(alternatives("a{b"), ["a{b"]);
        assert!(alternatives(&"{a,b}".repeat(40)).len() <= 2 * MOST);
    }
}
