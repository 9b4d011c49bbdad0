//! Searches: a property that many random schedules must not break.

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

/// Tries a property on as many schedules as `PROPTEST_CASES` says, and tells how many that were.
pub(crate) fn search<S: Strategy>(name: &str, schedules: S, holds: impl Fn(&S::Value) -> Result<(), TestCaseError>) {
    let tried = Cell::new(0_u64);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let result = TestRunner::new(config).run(&schedules, |schedule| {
        tried.set(tried.get() + 1);
        holds(&schedule)
    });
    println!("search: {} schedules: {name}", tried.get());
    if let Err(failure) = result {
        panic!("{name}: {failure}");
    }
}
