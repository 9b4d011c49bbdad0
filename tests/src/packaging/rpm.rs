//! An RPM package, made by rpmbuild from `packaging/rpm`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Contents, run, workroom};
use crate::install::install;
use crate::workspace;

/// Makes the package, puts it into `out` and returns its file.
///
/// # Errors
/// rpmbuild is missing or fails, `out` cannot be written.
pub fn make(contents: &Contents, out: &Path) -> Result<PathBuf> {
    let work = workroom(out)?;
    let sources = work.join("SOURCES");
    install(&contents.binaries, &sources.join("tree"))?;
    for file in ["packaging/rpm/vrrpd.spec", "LICENSE-APACHE", "LICENSE-MIT", "CHANGELOG.md"] {
        let from = workspace::root().join(file);
        fs::copy(&from, sources.join(from.file_name().unwrap_or_default()))?;
    }
    let top = format!("_topdir {}", work.display());
    let version = format!("product_version {}", contents.upstream_version());
    let name = "_rpmfilename %{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm";
    let dates = "clamp_mtime_to_source_date_epoch 1";
    let mut argv = vec!["rpmbuild", "-bb", "--quiet"];
    for define in [top.as_str(), &version, name, dates, "use_source_date_epoch_as_buildtime 1", "_buildhost vrrpd"] {
        argv.extend(["--define", define]);
    }
    if contents.quick {
        argv.extend(["--define", "_binary_payload w1.gzdio"]);
    }
    argv.push("vrrpd.spec");
    run(&sources, &argv).context("rpmbuild cannot make it")?;
    let made = fs::read_dir(work.join("RPMS"))?.next().context("rpmbuild made none")??;
    let package = out.join(made.file_name());
    fs::rename(made.path(), &package)?;
    fs::remove_dir_all(&work)?;
    Ok(package)
}
