//! Proofs of the packages: what is in them, and what becomes of hosts that install, upgrade, remove and purge them.

use std::collections::BTreeSet;

use anyhow::Result;
use lab::install::{Binaries, install};
use lab::{Lab, Place};

#[path = "packaging/crates.rs"]
mod crates;
#[path = "packaging/debian.rs"]
mod debian;
#[path = "packaging/hosts.rs"]
mod hosts;
#[path = "packaging/rpm.rs"]
mod rpm;

/// The files that `cargo lab install` lays out.
fn laid_out(lab: &Lab) -> Result<BTreeSet<String>> {
    let tree = lab.logs().join("laid-out");
    install(Binaries::for_tests()?, &tree)?;
    let argv = ["find", &tree.display().to_string(), "!", "-type", "d", "-printf", "/%P\\n"];
    Ok(Place::machine().run(&argv)?.ok()?.lines().map(str::to_owned).collect())
}
