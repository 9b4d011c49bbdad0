//! The crates: what `cargo package` and `cargo install` take of them.

use std::fs;

use anyhow::{Result, ensure};
use lab::{Lab, Place, workspace};

/// Runs cargo in the workspace, without the network.
fn cargo(arguments: &[&str]) -> Result<String> {
    let manifest = workspace::root().join("Cargo.toml").display().to_string();
    let cargo = workspace::cargo();
    Place::machine().run(&[&[cargo.as_str()], arguments, &["--offline", "--manifest-path", &manifest]].concat())?.ok()
}

#[test]
fn crates_have_what_they_are_read_and_licensed_by() -> Result<()> {
    for package in ["vrrp", "vrrpd", "vrrpadm"] {
        let list = cargo(&["package", "--list", "--allow-dirty", "--package", package])?;
        for file in ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "Cargo.lock"] {
            ensure!(list.lines().any(|line| line == file), "{package} lacks {file}: {list}");
        }
        ensure!(list.lines().any(|line| line.starts_with("src/")), "{package} has no source: {list}");
        ensure!(!list.contains("tests/cli"), "{package} has tests that need the whole project: {list}");
    }
    Ok(())
}

#[test]
fn vrrpadm_is_installed_alone() -> Result<()> {
    let lab = Lab::new("cargo-install")?;
    let root = lab.logs().join("root").display().to_string();
    let path = workspace::root().join("adm").display().to_string();
    // In the profile of these tests, of which most is built.
    let argv = ["install", "--quiet", "--locked", "--debug", "--offline", "--path", &path, "--root", &root];
    let cargo = workspace::cargo();
    Place::machine().run(&[&[cargo.as_str()], &argv[..]].concat())?.ok()?;
    let installed: Vec<_> = fs::read_dir(format!("{root}/bin"))?.collect::<Result<_, _>>()?;
    ensure!(installed.len() == 1, "{installed:?}");
    let version = Place::machine().run(&[&format!("{root}/bin/vrrpadm"), "--version"])?.ok()?;
    assert_eq!(version.trim(), concat!("vrrpadm ", env!("CARGO_PKG_VERSION")));
    Ok(())
}
