//! How many instructions the library takes for what a daemon has it do again and again. They are counted, so that a
//! regression is seen whatever else the machine does.
//!
//! What they may be stands in `vrrp/benches/instructions.toml`; this writes it anew where that is wanted:
//!
//! ```sh
//! UPDATE_INSTRUCTIONS=1 cargo test -p lab --test instructions
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use lab::{Place, packages, workspace};
use toml::{Table, Value};

const FILE: &str = "vrrp/benches/instructions.toml";
const ANEW: &str = "UPDATE_INSTRUCTIONS=1 cargo test -p lab --test instructions";

/// By how many per cent a count may be above that of the file.
const MARGIN: u64 = 10;
/// The same where another compiler made the file.
const MARGIN_OF_ANOTHER: u64 = 25;

/// What was counted, and where.
#[derive(Debug, PartialEq, Eq)]
struct Counts {
    rustc: String,
    machine: String,
    instructions: BTreeMap<String, u64>,
}

impl Counts {
    fn now() -> Result<Self> {
        let program = build()?.display().to_string();
        let names = Place::machine().run(&[&program])?.ok()?;
        let instructions = names.lines().map(|name| Ok((name.to_owned(), count(&program, name)?)));
        Ok(Self {
            rustc: Place::machine().run(&["rustc", "--version"])?.ok()?.trim().to_owned(),
            machine: std::env::consts::ARCH.to_owned(),
            instructions: instructions.collect::<Result<_>>()?,
        })
    }

    fn read(file: &Path) -> Result<Self> {
        let table: Table = fs::read_to_string(file)?.parse()?;
        let text =
            |key: &str| table.get(key).and_then(Value::as_str).map(str::to_owned).with_context(|| key.to_owned());
        let counts = table.get("instructions").and_then(Value::as_table).context("instructions")?;
        let count = |(name, count): (&String, &Value)| {
            let number = count.as_integer().and_then(|number| u64::try_from(number).ok());
            Ok((name.clone(), number.with_context(|| name.clone())?))
        };
        let instructions = counts.iter().map(count).collect::<Result<_>>()?;
        Ok(Self { rustc: text("rustc")?, machine: text("machine")?, instructions })
    }

    fn write(&self, file: &Path) -> Result<()> {
        let Self { rustc, machine, instructions } = self;
        let mut text = format!(
            "# Instructions of a case done once, in the release profile. Written anew by\n# {ANEW}\n\
             rustc = \"{rustc}\"\nmachine = \"{machine}\"\n\n[instructions]\n"
        );
        for (name, count) in instructions {
            writeln!(text, "{name} = {count}")?;
        }
        Ok(fs::write(file, text)?)
    }
}

fn build() -> Result<PathBuf> {
    let manifest = workspace::root().join("Cargo.toml").display().to_string();
    let cargo = workspace::cargo();
    let build = [&cargo, "build", "--quiet", "--manifest-path", &manifest, "--release"];
    let what = ["--package", "vrrp", "--example", "instructions"];
    let status = Place::machine().pass_through(&[&build[..], &what[..]].concat())?;
    ensure!(status.success(), "the example `instructions` of vrrp cannot be built");
    Ok(workspace::target_directory().join("release/examples/instructions"))
}

/// Counts the instructions of a case done once: what more they are when it is done more often, so that the start and what
/// the case needs drop out.
fn count(program: &str, name: &str) -> Result<u64> {
    // A round is thousands of turns by itself.
    let times = if name.starts_with("round") { 2 } else { 1000 };
    let all = |times: u64| {
        let callgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
        let times = times.to_string();
        let output = Place::machine().run(&[&callgrind[..], &[program, name, &times]].concat())?;
        let collected = output.stderr.lines().find_map(|line| line.split_once("Collected : "));
        let Some((_, number)) = collected.filter(|_| output.code == Some(0)) else {
            bail!("callgrind counts nothing of {name}: {}", output.stderr)
        };
        Ok(number.trim().parse::<u64>()?)
    };
    Ok((all(1 + times)?.saturating_sub(all(1)?)) / times)
}

/// What is above the file by more than some per cent, or does not stand there.
fn excess(now: &Counts, file: &Counts, margin: u64) -> Vec<String> {
    let case = |(name, count): (&String, &u64)| match file.instructions.get(name) {
        None => Some(format!("{name} takes {count} instructions, and {FILE} does not have it")),
        Some(before) if *count * 100 > before * (100 + margin) => Some(format!(
            "{name} takes {count} instructions, {} % more than {before}",
            count * 100 / before.max(&1) - 100
        )),
        Some(_) => None,
    };
    now.instructions.iter().filter_map(case).collect()
}

#[test]
fn no_case_takes_more_instructions_than_it_did() -> Result<()> {
    packages::ensure(packages::LAB)?;
    let path = workspace::root().join(FILE);
    let now = Counts::now()?;
    if std::env::var_os("UPDATE_INSTRUCTIONS").is_some() {
        return now.write(&path);
    }
    let file = Counts::read(&path).with_context(|| format!("{FILE} cannot be used: {ANEW}"))?;
    if now.machine != file.machine {
        bail!(
            "{FILE} is of {}, and this is {}: no count can be compared. Write it here: {ANEW}",
            file.machine,
            now.machine
        );
    }
    let margin = if now.rustc == file.rustc {
        MARGIN
    } else {
        println!("{FILE} is of {}, and this is {}: {MARGIN_OF_ANOTHER} % more are let pass.", file.rustc, now.rustc);
        MARGIN_OF_ANOTHER
    };
    for (name, count) in &now.instructions {
        println!("{name:15} {count:8} instructions, {:8} in the file", file.instructions.get(name).unwrap_or(&0));
    }
    let excess = excess(&now, &file, margin);
    ensure!(excess.is_empty(), "{}\nIf that has its reason, write the counts anew: {ANEW}", excess.join("\n"));
    Ok(())
}

#[test]
fn a_count_beyond_the_margin_is_told_and_a_new_case_too() {
    let counts = |counts: &[(&str, u64)]| Counts {
        rustc: "rustc 1".to_owned(),
        machine: "x86_64".to_owned(),
        instructions: counts.iter().map(|&(name, count)| (name.to_owned(), count)).collect(),
    };
    let file = counts(&[("decode", 100), ("encode", 200)]);
    assert_eq!(excess(&counts(&[("decode", 110), ("encode", 50)]), &file, 10), [""; 0]);
    let found = excess(&counts(&[("decode", 111), ("encode", 220), ("hear", 7)]), &file, 10);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0], "decode takes 111 instructions, 11 % more than 100");
    assert!(found[1].starts_with("hear takes 7 instructions, and"));
}
