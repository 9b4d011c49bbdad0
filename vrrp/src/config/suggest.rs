//! "Did you mean": the known word that is nearest to an unknown one.

/// Finds the word that is at most a third of its letters away or begins like this; nothing where none is.
pub(crate) fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    // No key is longer; a comparison of two long names would take for ever.
    if word.len() > 32 {
        return None;
    }
    let word = word.to_lowercase().replace('-', "_");
    let near = |known: &'w str| {
        let begun = word.len() >= 3 && known.starts_with(&word);
        let distance = if begun { 0 } else { distance(&word, known) };
        (distance <= (known.len() / 3).max(1)).then_some((distance, known))
    };
    known.into_iter().filter_map(near).min().map(|(_, known)| known)
}

/// Counts the letters to insert, remove, change, or swap with their neighbour (restricted Damerau-Levenshtein distance).
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in to.iter().enumerate() {
            let mut cost = (above[j] + usize::from(a != b)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == to[j - 1] && from[i - 1] == *b {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
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
        assert_eq!(distance("prioirty", "priority"), 1);
        assert_eq!(distance("", "mac"), 3);
    }
}
