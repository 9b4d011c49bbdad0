//! The RPM package: made, read and unpacked. Debian's rpm does that; it was installed on none of Fedora's hosts.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use lab::packaging::{Contents, rpm};
use lab::{Lab, Place, packages};

use crate::laid_out;

#[test]
fn the_rpm_has_what_is_installed_and_scripts_that_a_shell_can_read() -> Result<()> {
    packages::ensure(packages::RPM)?;
    let lab = Lab::new("rpm")?;
    let package = rpm::make(&Contents::for_tests()?, lab.logs())?.display().to_string();
    let query = |what: &str| Place::machine().run(&["rpm", "--query", "--package", what, &package])?.ok();

    let files = query("--list")?;
    // As Fedora has it.
    let there = |path: &str| path.replace("/zsh/vendor-completions/", "/zsh/site-functions/");
    let wanted: BTreeSet<String> = laid_out(&lab)?.iter().map(|path| there(path)).collect();
    let packed: BTreeSet<String> = files.lines().map(|path| path.trim_end_matches(".gz").to_owned()).collect();
    let missing: Vec<_> = wanted.difference(&packed).collect();
    ensure!(missing.is_empty(), "{missing:?}");
    let more: Vec<_> = packed.difference(&wanted).map(String::as_str).collect();
    let rpms = [
        "/usr/share/doc/vrrpd",
        "/usr/share/doc/vrrpd/CHANGELOG.md",
        "/usr/share/licenses/vrrpd",
        "/usr/share/licenses/vrrpd/LICENSE-APACHE",
        "/usr/share/licenses/vrrpd/LICENSE-MIT",
    ];
    assert_eq!(more, rpms);

    let [version, requires] = ["--queryformat=%{VERSION}", "--requires"].map(query);
    assert_eq!(version?, env!("CARGO_PKG_VERSION"));
    let requires = requires?;
    ensure!(requires.contains("systemd >= 252") && requires.contains("libc.so.6(GLIBC_2.34)"), "{requires}");
    for script in ["POSTIN", "PREUN", "POSTUN", "POSTTRANS"] {
        let text = query(&format!("--queryformat=%{{{script}}}"))?;
        ensure!(text.contains("systemctl"), "%{script} is {text}");
        Place::machine().run_with(&["sh", "-n"], &text)?.ok()?;
    }

    let root = lab.logs().join("root").display().to_string();
    let argv = ["rpm", "--install", "--root", &root, "--nodeps", "--noscripts", &package];
    Place::machine().run(&argv)?.ok()?;
    let version = Place::machine().run(&[&format!("{root}/usr/sbin/vrrpd"), "--version"])?.ok()?;
    assert_eq!(version.trim(), concat!("vrrpd ", env!("CARGO_PKG_VERSION")));
    Ok(())
}
