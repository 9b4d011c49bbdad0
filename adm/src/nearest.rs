//! "Did you mean": the word that is nearest to one that is not known.

/// The word that is at most a third of its letters away.
pub(crate) fn nearest<'n>(text: &str, names: &[&'n str]) -> Option<&'n str> {
    // Nobody means a word by something ten times as long, and comparing them would take for ever.
    let distances =
        names.iter().filter(|name| text.len() <= 2 * name.len()).map(|&name| (strsim::osa_distance(text, name), name));
    distances.filter(|(distance, name)| *distance <= (name.len() / 3).max(1)).min().map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_found() {
        let names = ["inst1", "inst2", "web"];
        assert_eq!(nearest("isnt1", &names), Some("inst1"));
        assert_eq!(nearest("wbe", &names), Some("web"));
        assert_eq!(nearest("database", &names), None);
        assert_eq!(nearest(&"inst1".repeat(1_000_000), &names), None);
    }
}
