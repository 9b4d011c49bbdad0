//! Proof that `cargo lab install` lays out a tree as a distribution's package would.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::{Context, Result};
use lab::Lab;
use lab::install::{Binaries, install};

#[test]
fn programs_units_and_the_generator_are_where_systemd_looks_also_the_second_time() -> Result<()> {
    let lab = Lab::new("install")?;
    let root = lab.logs().join("root");
    for _ in 0..2 {
        install(Binaries::for_tests()?, &root)?;
        for (file, mode) in [
            ("usr/sbin/vrrpd", 0o755),
            ("usr/bin/vrrpadm", 0o755),
            ("usr/lib/systemd/system/vrrp.service", 0o644),
            ("usr/lib/systemd/system/vrrp@.service", 0o644),
            ("usr/lib/systemd/system/vrrp-metrics.socket", 0o644),
            ("usr/lib/systemd/system/vrrp-metrics.service", 0o644),
            ("usr/share/doc/vrrpd/docs/pictures/session.svg", 0o644),
            ("usr/share/man/man5/vrrp.service.5", 0o644),
            ("usr/share/man/man5/vrrp@.service.5", 0o644),
            ("usr/share/man/man8/vrrpadm-metrics.8", 0o644),
            ("usr/lib/systemd/catalog/vrrp.catalog", 0o644),
            ("usr/lib/systemd/network/00-vrrp.network", 0o644),
            ("usr/lib/NetworkManager/conf.d/50-vrrp.conf", 0o644),
            ("usr/lib/sysusers.d/vrrp.conf", 0o644),
            ("usr/lib/tmpfiles.d/vrrp.conf", 0o644),
            ("usr/share/bash-completion/completions/vrrpadm", 0o644),
            ("usr/share/dbus-1/system.d/org.vrrpd.Vrrp1.conf", 0o644),
            ("usr/share/fish/vendor_completions.d/vrrpadm.fish", 0o644),
            ("usr/share/man/man8/vrrpd.8", 0o644),
            ("usr/share/polkit-1/actions/org.vrrpd.Vrrp1.policy", 0o644),
            ("usr/share/zsh/vendor-completions/_vrrpadm", 0o644),
        ] {
            let metadata = fs::metadata(root.join(file)).with_context(|| file.to_owned())?;
            assert_eq!(metadata.permissions().mode() & 0o777, mode, "{file}");
        }
        let generator = fs::read_link(root.join("usr/lib/systemd/system-generators/vrrp-generator"))?;
        assert_eq!(generator, PathBuf::from("/usr/bin/vrrpadm"));
    }
    Ok(())
}
