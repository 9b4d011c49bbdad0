//! Names that vrrpd takes, each once.

use std::collections::HashMap;

/// The longest name.
const LONGEST: usize = 31;

/// The names that were given so far, each with the number that the next one like it begins with.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<String, usize>);

impl Names {
    /// A name that is as near to the wanted one as vrrpd allows, and nobody else's.
    pub(super) fn give(&mut self, wanted: &str) -> String {
        let fit = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-') { c } else { '-' };
        let mut name: String = wanted.chars().map(fit).take(LONGEST).collect();
        if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            name.insert(0, 'x');
            name.truncate(LONGEST);
        }
        let mut number = self.0.get(&name).copied().unwrap_or(1);
        let mut given = name.clone();
        while self.0.contains_key(&given) {
            number += 1;
            let end = format!("-{number}");
            given = format!("{}{end}", name.get(..name.len().min(LONGEST - end.len())).unwrap_or_default());
        }
        self.0.insert(name, number);
        self.0.entry(given.clone()).or_insert(1);
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_that_vrrpd_takes_and_given_once() {
        let mut names = Names::default();
        let long = "a".repeat(40);
        let given = ["VI_1", "VI_1", "web/eth0:1", "-x", "", "été", &long, &long].map(|wanted| names.give(wanted));
        let expected =
            ["VI_1", "VI_1-2", "web-eth0-1", "x-x", "x", "x-t-", &"a".repeat(31), &format!("{}-2", "a".repeat(29))];
        assert_eq!(given, expected);
        assert!(given.iter().all(|name| vrrp::config::InstanceName::new(name).is_some()));
    }
}
