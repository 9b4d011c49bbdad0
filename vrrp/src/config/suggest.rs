//! "Did you mean": the known word that is nearest to an unknown one.

use std::cell::Cell;
use std::collections::HashSet;

/// Names that somebody chose, as many as they like.
pub(crate) struct Names<'n> {
    names: HashSet<&'n str>,
    comparisons: Cell<usize>,
}

impl<'n> Names<'n> {
    /// The most comparisons: thousands of wrong names among thousands of right ones would take seconds, and who made them
    /// needs no advice for each.
    const MOST: usize = 400_000;

    pub(crate) fn new(names: impl Iterator<Item = &'n str>) -> Self {
        Self { names: names.collect(), comparisons: Cell::new(0) }
    }

    pub(crate) fn contain(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// The name that is nearest to one that is not there, as [`nearest`] finds it, until there were too many of them.
    pub(crate) fn nearest(&self, name: &str) -> Option<&'n str> {
        let made = self.comparisons.get() + self.names.len();
        self.comparisons.set(made);
        if made > Self::MOST.max(self.names.len()) {
            return None;
        }
        nearest(name, self.names.iter().copied())
    }
}

/// Finds the word that is at most a third of its letters away or begins like this; nothing where none is.
pub(crate) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    // No key is longer; a comparison of two long names would take for ever.
    if word.len() > 32 {
        return None;
    }
    let word = word.to_lowercase().replace('-', "_");
    let mut measure = Measure::from(&word);
    let near = |known: &'w str| {
        let begun = word.len() >= 3 && known.starts_with(&word);
        let most = (known.len() / 3).max(1);
        let distance = if begun { Some(0) } else { measure.distance(known, most) };
        Some((distance?, known))
    };
    known.into_iter().filter_map(near).min().map(|(_, known)| known)
}

/// Compares one word with many.
#[derive(Default)]
struct Measure {
    from: Vec<char>,
    to: Vec<char>,
    before: Vec<usize>,
    above: Vec<usize>,
    row: Vec<usize>,
}

impl Measure {
    fn from(word: &str) -> Self {
        Self { from: word.chars().collect(), ..Self::default() }
    }

    /// Counts the letters to insert, remove, change, or swap with their neighbour (restricted Damerau-Levenshtein distance),
    /// if they are at most so many.
    fn distance(&mut self, to: &str, most: usize) -> Option<usize> {
        let Self { from, to: letters, before, above, row } = self;
        letters.clear();
        letters.extend(to.chars());
        if from.len().abs_diff(letters.len()) > most {
            return None;
        }
        above.clear();
        above.extend(0..=letters.len());
        let mut least_above = 0;
        for (i, a) in from.iter().enumerate() {
            row.clear();
            row.push(i + 1);
            let mut least = i + 1;
            for (j, b) in letters.iter().enumerate() {
                let mut cost = (above[j] + usize::from(a != b)).min(above[j + 1] + 1).min(row[j] + 1);
                if i > 0 && j > 0 && *a == letters[j - 1] && from[i - 1] == *b {
                    cost = cost.min(before[j - 1] + 1);
                }
                least = least.min(cost);
                row.push(cost);
            }
            // No later row is below the least of two that follow each other.
            if least.min(least_above) > most {
                return None;
            }
            least_above = least;
            std::mem::swap(before, above);
            std::mem::swap(above, row);
        }
        above.last().copied().filter(|&distance| distance <= most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_of_the_finger_are_found_and_other_words_are_not() {
        let known = ["priority", "preempt", "preempt_delay", "vrid", "mac"];
        assert_eq!(nearest("priorty", known), Some("priority"));
        assert_eq!(nearest("prioirty", known), Some("priority"));
        assert_eq!(nearest("preempt-delay", known), Some("preempt_delay"));
        assert_eq!(nearest("VRID", known), Some("vrid"));
        assert_eq!(nearest("prio", known), Some("priority"));
        assert_eq!(nearest("color", known), None);
        let distance = |from: &str, to, most| Measure::from(from).distance(to, most);
        assert_eq!(distance("prioirty", "priority", 1), Some(1));
        assert_eq!(distance("", "mac", 3), Some(3));
        assert_eq!(distance("", "mac", 2), None);
        assert_eq!(distance("web12", "21bew", 3), None);
    }

    #[test]
    fn thousands_of_wrong_names_are_not_all_compared() {
        let known: Vec<String> = (0..4000).map(|number| format!("web{number}")).collect();
        let names = Names::new(known.iter().map(String::as_str));
        let found = (0..4000).filter(|number| names.nearest(&format!("wbe{number}")).is_some()).count();
        assert_eq!(found, 100);
        assert!(names.contain("web3999") && !names.contain("wbe3999"));
    }
}
