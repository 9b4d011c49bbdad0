//! Each configuration passes the check, alone.

use std::fs;

use anyhow::{Result, ensure};
use lab::Place;
use lab::install::Binaries;

use crate::{blocks, nothing, pages};

#[test]
fn every_configuration_passes_the_check() -> Result<()> {
    let vrrpadm = Binaries::for_tests()?.vrrpadm.display().to_string();
    let (pages, root) = (pages()?, tempfile::tempdir()?);
    let examples = blocks(&pages, "toml");
    ensure!(examples.len() > 10, "only {} are found", examples.len());
    let file = root.path().join("etc/vrrp/vrrp.toml");
    fs::create_dir_all(root.path().join("etc/vrrp"))?;
    let mut found = Vec::new();
    for (page, block) in examples {
        // So that the check counts lines as the page does.
        let text = format!("{}{}", "\n".repeat(block.line - 1), block.what.text);
        fs::write(&file, text)?;
        let output = Place::machine().run(&[&vrrpadm, "check", "--root", &root.path().display().to_string()])?;
        if output.code != Some(0) {
            let told = format!("{}{}", output.stdout, output.stderr);
            found.push(told.replace(&file.display().to_string(), &page.path.display().to_string()));
        }
    }
    nothing(&found)
}
