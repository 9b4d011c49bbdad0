//! The rules that hold for every file of the project.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use lab::workspace;

const LONGEST_FILE: usize = 500;

/// The modules of the daemon which know nothing of one another nor of the loop.
const LEAVES: &[&str] = &[
    "packets",
    "announce",
    "kernel",
    "units",
    "conditions",
    "control",
    "reload",
    "notify",
    "journal",
    "reverse_path",
    "rivals",
    "saved",
    "probes",
    "ipvs",
    "solicitations",
    "offline",
];

/// Everything that is committed or about to be: what git lists, without what it ignores.
fn files() -> Result<Vec<PathBuf>> {
    let root = workspace::root().display().to_string();
    // The lab runs as root, the checkout may be somebody else's.
    let git = ["git", "-c", "safe.directory=*", "-C", &root];
    let list = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let list = lab::Place::machine().run(&[&git[..], &list[..]].concat())?.ok()?;
    let files: Vec<PathBuf> =
        list.lines().map(PathBuf::from).filter(|file| workspace::root().join(file).is_file()).collect();
    ensure!(files.iter().any(|file| file.ends_with("tests/tests/tidy.rs")), "git lists {} files", files.len());
    Ok(files)
}

fn rust_files_below(directory: &str) -> Result<Vec<PathBuf>> {
    let rust = |file: &PathBuf| file.extension().is_some_and(|extension| extension == "rs");
    Ok(files()?.into_iter().filter(|file| file.starts_with(directory) && rust(file)).collect())
}

fn text(file: &Path) -> Result<String> {
    Ok(String::from_utf8_lossy(&fs::read(workspace::root().join(file))?).into_owned())
}

/// Collects `file:line: text` of the lines which break a rule.
fn offenders(files: &[PathBuf], breaks: impl Fn(&Path, &str) -> bool) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for file in files {
        for (number, line) in text(file)?.lines().enumerate() {
            if breaks(file, line) {
                found.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    Ok(found)
}

#[test]
fn no_source_file_is_longer_than_500_lines() -> Result<()> {
    for file in rust_files_below("")? {
        let lines = text(&file)?.lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines", file.display());
    }
    Ok(())
}

#[test]
fn modules_are_named_after_what_they_hold() -> Result<()> {
    let vague = ["mod.rs", "util.rs", "utils.rs", "helpers.rs", "manager.rs", "common.rs"];
    for file in rust_files_below("")? {
        assert!(!vague.iter().any(|name| file.ends_with(name)), "{}", file.display());
    }
    Ok(())
}

#[test]
fn the_library_depends_on_nothing_of_ours_and_the_programs_only_on_it() -> Result<()> {
    let ours = ["vrrp", "vrrpd", "vrrpadm", "lab"];
    let allowed: [(&str, &[&str]); 4] = [("vrrp", &[]), ("daemon", &["vrrp"]), ("adm", &["vrrp"]), ("tests", &[])];
    for (package, may) in allowed {
        let manifest = text(&Path::new(package).join("Cargo.toml"))?;
        let dependencies = manifest.lines().skip_while(|line| !line.contains("dependencies]"));
        for line in dependencies.take_while(|line| !line.starts_with("[lints")) {
            let name = line.split([' ', '.', '=']).next().unwrap_or_default();
            assert!(!ours.contains(&name) || may.contains(&name), "{package} depends on {name}");
        }
    }
    Ok(())
}

#[test]
fn the_leaves_of_the_daemon_know_neither_one_another_nor_the_loop() -> Result<()> {
    let files = rust_files_below("daemon/src")?;
    let leaf_of = |file: &Path| {
        let below = file.strip_prefix("daemon/src").ok()?;
        let first = below.iter().next()?.to_str()?;
        let name = first.strip_suffix(".rs").unwrap_or(first);
        LEAVES.iter().find(|leaf| **leaf == name)
    };
    assert!(files.iter().any(|file| leaf_of(file).is_some()), "there are no leaves");
    let found = offenders(&files, |file, line| {
        let Some(own) = leaf_of(file) else { return false };
        let others = LEAVES.iter().filter(|leaf| leaf != &own).chain(&["daemon"]);
        let code = !line.trim_start().starts_with("//");
        others.into_iter().any(|other| code && mentions(line, &format!("crate::{other}")))
    })?;
    assert_eq!(found, [""; 0]);
    Ok(())
}

/// Tells whether a path stands in a line as a whole, not as the beginning of a longer name.
fn mentions(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let next = line[at + path.len()..].chars().next();
        !next.is_some_and(|next| next.is_alphanumeric() || next == '_')
    })
}

#[test]
fn the_clock_is_read_in_the_loop_and_in_the_kernels_worker_only() -> Result<()> {
    let mut files = rust_files_below("daemon/src")?;
    files.extend(rust_files_below("vrrp/src")?);
    // Tests of the kernel's part measure how long the kernel takes.
    files.retain(|file| !file.iter().any(|part| part == "tests" || part == "tests.rs"));
    let clock = ["Instant::now", "SystemTime::now"];
    let found = offenders(&files, |file, line| {
        let may =
            ["daemon/src/daemon", "daemon/src/daemon.rs", "daemon/src/kernel/worker", "daemon/src/kernel/worker.rs"];
        let monotonic = line.contains(clock[0]) && !may.iter().any(|place| file.starts_with(place));
        // The library has no clock of any kind.
        monotonic || (file.starts_with("vrrp") && line.contains(clock[1]))
    })?;
    assert_eq!(found, [""; 0]);
    Ok(())
}

#[test]
fn nothing_is_left_for_later_and_no_test_is_ignored() -> Result<()> {
    // Put together here, so that this file does not offend.
    let words = [["TO", "DO"], ["FIX", "ME"], ["XX", "X:"], ["#[ign", "ore"], ["todo", "!("]];
    let words = words.map(|parts| parts.concat());
    let found = offenders(&files()?, |_, line| words.iter().any(|word| line.contains(word)))?;
    assert_eq!(found, [""; 0]);
    Ok(())
}

#[test]
fn no_file_names_a_path_of_a_developers_machine_or_a_package_registry() -> Result<()> {
    let names = [
        ["/wo", "rk/"],
        ["/ro", "ot/."],
        ["deb.debian", ".org"],
        ["static.crates", ".io"],
        ["index.crates", ".io"],
        ["artifact-", "registry"],
    ];
    let names = names.map(|parts| parts.concat());
    // Cargo itself writes the registry's name into its lock file.
    let mut files = files()?;
    files.retain(|file| !file.ends_with("Cargo.lock"));
    let found = offenders(&files, |_, line| names.iter().any(|name| line.contains(name)))?;
    assert_eq!(found, [""; 0]);
    Ok(())
}
