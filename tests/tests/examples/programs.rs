//! What the programs that pages have run would say of their command lines.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use lab::install::Binaries;
use lab::workspace;

/// The programs that are asked.
pub(crate) const JUDGED: [&str; 5] = ["vrrpadm", "vrrpd", "cargo", "systemctl", "journalctl"];

/// What cargo is told by us and by others' subcommands.
const OF_CARGO: [&str; 7] = ["bench", "deny", "fuzz", "install", "lab", "run", "test"];
/// The packages by their directories.
const PACKAGES: [(&str, &str); 4] = [("vrrp", "vrrp"), ("vrrpd", "daemon"), ("vrrpadm", "adm"), ("lab", "tests")];

const OF_SYSTEMCTL: [&str; 15] = [
    "cat",
    "daemon-reload",
    "disable",
    "edit",
    "enable",
    "freeze",
    "is-active",
    "is-enabled",
    "mask",
    "reboot",
    "reload",
    "restart",
    "start",
    "status",
    "stop",
];
/// The units that pages name and that are not ours, and what stands for one.
const UNITS: [&str; 12] = [
    "nginx",
    "apache2",
    "haproxy",
    "http.service",
    "keepalived",
    "dbus",
    "UNIT",
    "balance.service",
    "conntrackd.service",
    "conntrackd-master.service",
    "conntrackd-backup.service",
    "nftables.service",
];

/// What asks for less than a line that is run: a sentence may leave out what it does not speak of.
const LEFT_OUT: [&str; 2] = ["required arguments were not provided", "a value is required for"];

/// Where a command line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// In a block, to be typed as it is.
    Shown,
    /// In a sentence.
    Named,
}

/// Says what is wrong with a command; nothing of a program that is not judged.
pub(crate) fn wrong(command: &[String], manner: Manner) -> Result<Option<String>> {
    let Some((program, arguments)) = command.split_first() else { return Ok(None) };
    match program.as_str() {
        "vrrpadm" => vrrpadm(arguments, manner),
        "vrrpd" => refused(&Binaries::for_tests()?.vrrpd, arguments),
        "cargo" => cargo(arguments),
        "systemctl" => Ok(systemctl(arguments)),
        "journalctl" => journalctl(arguments),
        _ => Ok(None),
    }
}

/// Has `vrrpadm` understand its arguments, all of them, and then hand them to an ssh that does nothing.
fn vrrpadm(arguments: &[String], manner: Manner) -> Result<Option<String>> {
    let mut command = Command::new(&Binaries::for_tests()?.vrrpadm);
    let elsewhere = |argument: &String| argument == "-H" || argument.starts_with("--host");
    if !arguments.iter().any(elsewhere) {
        command.args(["--host", "host"]);
    }
    let output = command.args(arguments).env("SYSTEMD_SSH", "true").output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    let partly = manner == Manner::Named && LEFT_OUT.iter().any(|less| told.contains(less));
    Ok((!output.status.success() && !partly).then(|| told.lines().next().unwrap_or_default().to_owned()))
}

/// Has a program read its arguments, and end by telling how it is used.
fn refused(program: &Path, arguments: &[String]) -> Result<Option<String>> {
    let output = Command::new(program).args(arguments).arg("--help").output()?;
    let told = String::from_utf8_lossy(&output.stderr);
    Ok((!output.status.success()).then(|| told.lines().next().unwrap_or_default().to_owned()))
}

fn cargo(arguments: &[String]) -> Result<Option<String>> {
    let lab = Path::new(env!("CARGO_BIN_EXE_lab"));
    let arguments = match arguments.split_first() {
        Some((toolchain, rest)) if toolchain.starts_with('+') => rest,
        _ => arguments,
    };
    let Some((verb, rest)) = arguments.split_first() else { return Ok(None) };
    match (verb.as_str(), rest) {
        ("demo", _) => refused(lab, arguments),
        ("lab", [test, filter, ..]) if test == "test" && filter != "SUITE" && !filter.starts_with('-') => {
            no_test(filter)
        }
        ("lab", _) => refused(lab, rest),
        (verb, rest) if OF_CARGO.contains(&verb) => Ok(no_package(rest)),
        _ => Ok(Some(format!("cargo {verb} is none of {}", OF_CARGO.join(", ")))),
    }
}

/// Says that no test of the lab has this in its name.
fn no_test(filter: &str) -> Result<Option<String>> {
    let files = fs::read_dir(workspace::root().join("tests/tests"))?;
    let names = files.map(|file| Ok(file?.path())).collect::<Result<Vec<PathBuf>>>()?;
    let has = |path: &PathBuf| path.file_stem().and_then(OsStr::to_str).is_some_and(|name| name.contains(filter));
    Ok((!names.iter().any(has)).then(|| format!("no test of the lab has {filter} in its name")))
}

/// Says that what options of cargo name is not there.
fn no_package(arguments: &[String]) -> Option<String> {
    let value = |names: &[&str]| {
        let at = arguments.iter().position(|argument| names.contains(&argument.as_str()))?;
        arguments.get(at + 1).map(String::as_str)
    };
    let package = value(&["-p", "--package"]);
    let directory = match package {
        None => value(&["--path"]),
        Some(name) => match PACKAGES.iter().find(|(package, _)| *package == name) {
            None => return Some(format!("there is no package {name}")),
            Some((_, directory)) => Some(*directory),
        },
    };
    let test = value(&["--test"]).map(|test| format!("tests/{test}.rs"));
    let file = Path::new(directory?).join(test.as_deref().unwrap_or("Cargo.toml"));
    (!workspace::root().join(&file).exists()).then(|| format!("there is no {}", file.display()))
}

fn systemctl(arguments: &[String]) -> Option<String> {
    let mut words = arguments.iter().map(String::as_str).filter(|word| !word.starts_with('-'));
    let verb = words.next()?;
    if !OF_SYSTEMCTL.contains(&verb) {
        return Some(format!("{verb} is none of systemctl's {}", OF_SYSTEMCTL.join(", ")));
    }
    let unknown = words.find(|unit| !UNITS.contains(unit) && !is_ours(unit));
    unknown.map(|unit| format!("{unit} is no unit of ours, and none of {}", UNITS.join(", ")))
}

/// Tells whether a unit is installed by us, or is one of a template of ours.
fn is_ours(unit: &str) -> bool {
    let template = match (unit.split_once('@'), unit.rsplit_once('.')) {
        (Some((name, _)), Some((_, kind))) => format!("{name}@.{kind}"),
        _ => unit.to_owned(),
    };
    workspace::root().join("units/systemd/system").join(template).exists()
}

/// Says that the daemon has no such field, or that a unit is not ours.
fn journalctl(arguments: &[String]) -> Result<Option<String>> {
    let journal = fs::read_to_string(workspace::root().join("daemon/src/journal.rs"))?;
    let fields = arguments.iter().filter_map(|argument| Some(argument.split_once('=')?.0));
    for field in fields.filter(|field| !field.starts_with('-')) {
        if !journal.contains(&format!("{field} = ")) {
            return Ok(Some(format!("the journal has no field {field}")));
        }
    }
    let unit = arguments.windows(2).find(|pair| ["-u", "--unit"].contains(&pair[0].as_str()));
    Ok(unit.filter(|pair| !is_ours(&pair[1])).map(|pair| format!("{} is no unit of ours", pair[1])))
}
