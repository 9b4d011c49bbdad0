//! `cargo lab test`: every check and test in order, and a summary.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::unistd::geteuid;

use crate::process::Place;
use crate::{search, workspace};

/// The tests of the lab that mostly wait for the timers of others, and judge who came first but not by how much.
const WAITING: [&str; 3] = ["conditions", "interop", "together"];
/// How many of those are run at once.
const AT_ONCE: usize = 3;

/// The tests of the lab that boot virtual machines: an emulated one takes a minute.
const VM: &str = "vm";

/// A command whose exit code is one result, or a `cargo test` whose results are counted.
struct Step {
    name: String,
    arguments: Vec<String>,
    counted: bool,
    environment: &'static [(&'static str, &'static str)],
}

/// What became of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: usize,
    failed: usize,
}

/// Runs everything but what needs virtual machines, or with `vm` that alone, or of it what has `filter` in its name, and tells whether all of it passed.
///
/// # Errors
/// The caller is not root, a program is missing and cannot be installed, or nothing has that name.
pub fn run(filter: Option<&str>, vm: bool) -> Result<bool> {
    if !geteuid().is_root() {
        bail!("the tests make network namespaces and containers: run `cargo lab test` as root");
    }
    ensure_deny()?;
    let mut rows = Vec::new();
    let mut total = Count::default();
    for step in if vm { vm_steps(filter) } else { steps(filter)? } {
        println!("\n=== {}", step.name);
        let start = Instant::now();
        let count = execute(&step)?;
        total.passed += count.passed;
        total.failed += count.failed;
        rows.push((step.name, count, start.elapsed()));
    }
    summarize(&rows);
    println!("{} passed, {} failed", total.passed, total.failed);
    if rows.iter().all(|(name, count, _)| name == "build" || *count == Count::default()) {
        bail!("nothing has {:?} in its name", filter.unwrap_or_default());
    }
    Ok(total.failed == 0)
}

fn ensure_deny() -> Result<()> {
    let installed = Command::new("cargo").args(["deny", "--version"]).output();
    if installed.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    println!("=== installing cargo-deny");
    let argv = [&workspace::cargo(), "install", "--locked", "--quiet", "cargo-deny"];
    if !Place::machine().pass_through(&argv)?.success() {
        bail!("cargo-deny is missing and `cargo install --locked cargo-deny` failed");
    }
    Ok(())
}

fn check(name: &str, arguments: &str) -> Step {
    Step {
        name: name.into(),
        arguments: arguments.split(' ').map(str::to_owned).collect(),
        counted: false,
        environment: &[],
    }
}

/// A `cargo test` of what is selected; what measures time shares the machine with nothing else.
fn tests(name: &str, selection: &[&str], filter: Option<&str>) -> Step {
    let mut arguments: Vec<String> = vec!["test".into(), "--no-fail-fast".into()];
    arguments.extend(selection.iter().map(|&word| word.to_owned()));
    arguments.extend(filter.map(str::to_owned));
    if selection.contains(&"lab") {
        let at_once = if selection.iter().any(|word| WAITING.contains(word)) { AT_ONCE } else { 1 };
        arguments.extend(["--".into(), format!("--test-threads={at_once}"), "--nocapture".into()]);
    }
    Step { name: name.into(), arguments, counted: true, environment: &[] }
}

/// So that no test's time includes a build.
fn build() -> Step {
    check("build", "build --quiet --profile lab --package vrrpd --package vrrpadm")
}

fn vm_steps(filter: Option<&str>) -> Vec<Step> {
    vec![build(), tests("lab: vm", &["--package", "lab", "--test", VM], filter)]
}

fn steps(filter: Option<&str>) -> Result<Vec<Step>> {
    let mut steps = vec![
        check("fmt", "fmt --all --check"),
        check("clippy", "clippy --quiet --workspace --all-targets -- --deny warnings"),
        // The advisories want a data base from the network, which a test must not depend on.
        check("deny", "deny --workspace check bans licenses sources"),
    ];
    steps.retain(|step| filter.is_none_or(|filter| step.name.contains(filter)));
    let tests = |name: &str, selection: &[&str]| tests(name, selection, filter);
    let project = ["--package", "vrrp", "--package", "vrrpd", "--package", "vrrpadm"];
    steps.push(tests("vrrp, vrrpd, vrrpadm", &project));
    steps.push(tests("lab (unit tests)", &["--package", "lab", "--lib"]));
    if filter.is_none_or(|filter| "search".contains(filter)) {
        // In a profile that is optimized; what was tried is told.
        let mut selection = vec!["--profile", "lab", "--package", "vrrp", "--test", "lan", "--", "--nocapture"];
        selection.extend(search::ROOMS);
        steps.push(Step { environment: &[("PROPTEST_CASES", "2000")], ..tests("search", &selection) });
    }
    steps.push(build());
    if filter.is_none_or(|filter| "instructions".contains(filter)) {
        steps.push(check("build", "build --quiet --release --package vrrp --example instructions"));
    }
    for name in lab_tests()? {
        steps.push(tests(&format!("lab: {name}"), &["--package", "lab", "--test", &name]));
    }
    Ok(steps)
}

/// The files of the lab's `tests/` directory; rules first, since they are done in a moment.
fn lab_tests() -> Result<Vec<String>> {
    let directory = workspace::root().join("tests/tests");
    let mut names = Vec::new();
    for entry in fs::read_dir(&directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            names.extend(path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
        }
    }
    names.retain(|name| name != VM);
    names.sort_by_key(|name| (name != "tidy", name != "lab", name.clone()));
    Ok(names)
}

fn execute(step: &Step) -> Result<Count> {
    let mut command = Command::new(workspace::cargo());
    command.args(&step.arguments).current_dir(workspace::root());
    // Errors of tests are written to be read without a backtrace.
    command.env("RUST_LIB_BACKTRACE", "0").envs(step.environment.iter().copied());
    if !step.counted {
        let passed = command.status().context("cannot run cargo")?.success();
        return Ok(Count { passed: passed.into(), failed: (!passed).into() });
    }
    let mut child = command.stdout(Stdio::piped()).spawn().context("cannot run cargo")?;
    let output = child.stdout.take().context("its output is piped")?;
    let mut count = Count::default();
    for line in BufReader::new(output).lines() {
        let line = line?;
        println!("{line}");
        if let Some(result) = line.strip_prefix("test result: ") {
            count.add(result);
        }
    }
    if !child.wait()?.success() && count.failed == 0 {
        // It did not compile, or died without a result.
        count.failed = 1;
    }
    Ok(count)
}

impl Count {
    /// Adds cargo's `ok. 3 passed; 0 failed; 0 ignored; ...`; an ignored test has not passed.
    fn add(&mut self, result: &str) {
        let number = |name: &str| {
            let part = result.split(['.', ';']).find_map(|part| part.trim().strip_suffix(name));
            part.and_then(|number| number.trim().parse::<usize>().ok()).unwrap_or_default()
        };
        self.passed += number("passed");
        self.failed += number("failed") + number("ignored");
    }
}

fn summarize(rows: &[(String, Count, Duration)]) {
    println!("\n{:<32} {:>7} {:>7} {:>8}", "step", "passed", "failed", "seconds");
    for (name, count, time) in rows {
        let seconds = time.as_secs_f64();
        println!("{name:<32} {:>7} {:>7} {seconds:>8.1}", count.passed, count.failed);
    }
    println!("logs and captures: {}\n", workspace::lab_directory().join("logs").display());
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn an_ignored_test_counts_as_failed() {
        let mut count = Count { passed: 1, failed: 0 };
        count.add("FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 9 filtered out; finished in 0.1s");
        assert_eq!(count, Count { passed: 13, failed: 3 });
    }
}
