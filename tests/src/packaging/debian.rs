//! A Debian package, made by debhelper from `packaging/debian`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Contents, date, run, workroom};
use crate::install::install;
use crate::process::Place;
use crate::workspace;

/// Which package of this version it is.
const REVISION: u32 = 1;

/// Makes the package, puts it into `out` and returns its file.
///
/// # Errors
/// debhelper is missing or fails, `out` cannot be written.
pub fn make(contents: &Contents, out: &Path) -> Result<PathBuf> {
    let work = workroom(out)?;
    let source = work.join("vrrpd");
    install(&contents.binaries, &source.join("tree"))?;
    recipe(&source.join("debian"), &version(contents))?;
    fs::copy(workspace::root().join("CHANGELOG.md"), source.join("CHANGELOG.md"))?;
    // Nothing of it needs root, as its control file says.
    let mut argv = vec!["DEB_RULES_REQUIRES_ROOT=no"];
    if contents.quick {
        argv.extend(["DPKG_DEB_COMPRESSOR_TYPE=gzip", "DPKG_DEB_COMPRESSOR_LEVEL=1"]);
    }
    argv.extend(["debian/rules", "binary"]);
    run(&source, &argv).context("debhelper cannot make it")?;
    let architecture = Place::machine().run(&["dpkg", "--print-architecture"])?.ok()?;
    let name = format!("vrrpd_{}_{}.deb", version(contents), architecture.trim());
    let package = out.join(&name);
    fs::rename(work.join(&name), &package).with_context(|| format!("debhelper made no {name}"))?;
    fs::remove_dir_all(&work)?;
    Ok(package)
}

fn version(contents: &Contents) -> String {
    format!("{}-{REVISION}", contents.upstream_version())
}

/// The files that debhelper reads; what is known elsewhere, the version and the date, is written here.
fn recipe(to: &Path, version: &str) -> Result<()> {
    fs::create_dir_all(to)?;
    let from = workspace::root().join("packaging/debian");
    for entry in fs::read_dir(&from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    let control = fs::read_to_string(to.join("control"))?;
    let maintainer = control.lines().find_map(|line| line.strip_prefix("Maintainer: ")).context("no maintainer")?;
    let date = date("%cD", "--rfc-email")?;
    let entry = format!(
        "vrrpd ({version}) unstable; urgency=medium\n\n  * What has changed is told in changelog.gz.\n\n -- {maintainer}  {date}\n"
    );
    Ok(fs::write(to.join("changelog"), entry)?)
}
