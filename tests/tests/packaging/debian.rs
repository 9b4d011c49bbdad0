//! The Debian package as a file: what is in it, what it depends on, and what lintian says.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result, ensure};
use lab::packaging::{Contents, debian};
use lab::{Lab, Place, packages};

use crate::laid_out;

/// The C library of Debian 12.
const LIBC: [u32; 2] = [2, 36];

fn run(argv: &[&str]) -> Result<String> {
    Place::machine().run(argv)?.ok()
}

#[test]
fn lintian_has_nothing_against_the_package() -> Result<()> {
    packages::ensure(packages::DEB)?;
    packages::ensure(packages::LINTIAN)?;
    let lab = Lab::new("debian-package")?;
    let contents = Contents::for_tests()?;
    let package = debian::make(&contents, lab.logs())?;
    let path = package.display().to_string();
    let said = Place::machine().run(&["lintian", "--allow-root", "--fail-on", "error,warning", &path])?;
    ensure!(said.code == Some(0) && said.stdout.is_empty(), "{}{}", said.stdout, said.stderr);

    let field = |name: &str| Ok::<_, anyhow::Error>(run(&["dpkg-deb", "--field", &path, name])?.trim().to_owned());
    assert_eq!(field("Version")?, concat!(env!("CARGO_PKG_VERSION"), "-1"));
    assert_eq!(field("Architecture")?, run(&["dpkg", "--print-architecture"])?.trim());
    assert_eq!(field("Recommends")?, "polkitd");
    let depends = field("Depends")?;
    ensure!(depends.contains("systemd (>= 252)") && depends.contains("dbus-system-bus"), "{depends}");
    let libc = depends.split(", ").find_map(|one| one.strip_prefix("libc6 (>= ")?.strip_suffix(')'));
    let libc: Vec<u32> = libc.context("no libc6")?.split('.').map(str::parse).collect::<Result<_, _>>()?;
    ensure!(libc.as_slice() <= LIBC.as_slice(), "Debian 12 has no libc6 {libc:?}");

    is_what_is_installed(&lab, &path)?;
    // What is made of one commit is the same each time.
    let first = fs::read(&package)?;
    debian::make(&contents, lab.logs())?;
    ensure!(fs::read(&package)? == first, "another package was made of the same");
    Ok(())
}

fn is_what_is_installed(lab: &Lab, package: &str) -> Result<()> {
    let root = lab.logs().join("root").display().to_string();
    run(&["dpkg-deb", "--extract", package, &root])?;
    let files = run(&["find", &root, "!", "-type", "d", "-printf", "/%P\\n"])?;
    let packed: BTreeSet<String> = files.lines().map(|path| path.trim_end_matches(".gz").to_owned()).collect();
    let wanted = laid_out(lab)?;
    let missing: Vec<_> = wanted.difference(&packed).collect();
    ensure!(missing.is_empty(), "{missing:?}");
    let more: Vec<_> = packed.difference(&wanted).map(String::as_str).collect();
    let debians = [
        "/usr/share/doc/vrrpd/changelog",
        "/usr/share/doc/vrrpd/changelog.Debian",
        "/usr/share/doc/vrrpd/copyright",
        "/usr/share/lintian/overrides/vrrpd",
    ];
    assert_eq!(more, debians);
    for page in [
        "man5/vrrp.toml.5.gz",
        "man5/vrrp@.service.5.gz",
        "man5/vrrp.service.5.gz",
        "man8/vrrpd.8.gz",
        "man8/vrrpadm-create.8.gz",
    ] {
        run(&["gzip", "--test", &format!("{root}/usr/share/man/{page}")])?;
    }
    Ok(())
}
