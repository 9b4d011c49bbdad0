//! The fuzz targets on any machine, without a compiler that guides them: every seed, and seeds that were mutated and crossed.
//!
//! `FUZZ_SECONDS` is how long each target is tried, `FUZZ_SEED` where the random numbers begin. A failing input is printed as
//! hexadecimal digits; put it beside the seeds, and it is tried for ever.
#![expect(clippy::unwrap_used, reason = "a test may fail by it")]
#![expect(clippy::disallowed_methods, reason = "the protocol reads no file and no clock, but who tries it does")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use mutation::Mutator;
use targets::{TARGETS, Target, target};

#[path = "fuzz/mutation.rs"]
mod mutation;
#[path = "fuzz/targets.rs"]
mod targets;

/// How long each target is tried if nobody says.
const SECONDS: u64 = 4;

/// The seeds of a target in the order of their names.
fn seeds(name: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds").join(name);
    let mut paths: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

fn setting(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Runs a target, and says on what input it failed.
fn attempt(run: Target, input: &[u8]) {
    if let Err(panic) = std::panic::catch_unwind(|| run(input)) {
        let digits: String = input.iter().map(|byte| format!("{byte:02x}")).collect();
        eprintln!("the input that failed: {digits}");
        std::panic::resume_unwind(panic);
    }
}

fn search(name: &str) {
    let run = target(name);
    let seeds = seeds(name);
    assert!(!seeds.is_empty());
    seeds.iter().for_each(|seed| attempt(run, seed));
    let first = setting("FUZZ_SEED", 1);
    let mut mutator = Mutator::new(first, seeds);
    let (begin, length) = (Instant::now(), Duration::from_secs(setting("FUZZ_SECONDS", SECONDS)));
    let mut tried = 0_u64;
    while begin.elapsed() < length {
        attempt(run, mutator.next());
        tried += 1;
    }
    println!("{name}: {tried} inputs tried in {} s from seed {first}, none failed", begin.elapsed().as_secs());
}

#[test]
fn packets_that_are_made_up_break_nothing() {
    search("wire");
}

#[test]
fn packets_that_are_made_up_or_changed_are_not_authentic() {
    search("auth");
}

#[test]
fn files_that_are_made_up_are_read_or_their_problems_told() {
    search("config");
}

#[test]
fn what_another_daemon_seems_to_have_left_is_read_or_refused() {
    search("saved");
}

#[test]
fn names_that_are_made_up_are_taken_or_refused() {
    search("bus");
}

#[test]
fn every_target_is_tried_here_and_by_a_program_that_is_guided() {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/fuzz_targets");
    for (name, _) in TARGETS {
        assert!(programs.join(format!("{name}.rs")).is_file(), "{name}");
        assert!(!seeds(name).is_empty(), "{name}");
    }
}
