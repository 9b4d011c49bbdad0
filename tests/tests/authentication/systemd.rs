//! Secrets on real hosts, where the daemon is another user behind its unit's walls: files, and systemd's credentials.

use anyhow::{Result, ensure};
use lab::install::{Binaries, install};
use lab::pair::{LONG, wait_instance};
use lab::{Container, Frame, Lab, Release};

use super::VRID;
use super::walk::key;

const AUTH: &str = "auth = { type = \"hmac-sha256\", keys = [{ id = 1, file = \"/etc/vrrp/keys/web.1\" }, \
                    { id = 2, credential = \"vrrp.web.2\" }], send = 2 }";

/// What the page about it tells an administrator to type. The second key stays root's: only systemd reads it.
const PREPARE: &str = "systemd-tmpfiles --create vrrp.conf && umask 077 && \
    for key in 1 2; do echo \"hex:$(printf %064d $key)\" > /etc/vrrp/keys/web.$key; done && \
    chown vrrp /etc/vrrp/keys/web.1 && umask 022 && mkdir -p /etc/systemd/system/vrrp.service.d && \
    printf '[Service]\\nLoadCredential=vrrp.web.2:/etc/vrrp/keys/web.2\\n' > /etc/systemd/system/vrrp.service.d/auth.conf && \
    systemctl daemon-reload";

#[test]
fn files_and_credentials_reach_the_daemon_on_both_releases() -> Result<()> {
    let lab = Lab::new("auth-systemd")?;
    let wire = lab.switch().capture()?;
    let tree = lab.logs().join("tree");
    install(Binaries::for_tests()?, &tree)?;
    let mut hosts = [lab.container("left", Release::Debian12)?, lab.container("right", Release::Debian13)?];
    for (host, priority) in hosts.iter_mut().zip([150, 100]) {
        host.install(&tree)?;
        host.boot()?;
        host.sh("systemctl daemon-reload && systemctl start vrrp.service || true")?;
        host.vrrpadm(&format!(
            "create web --interface eth0 --vrid {VRID} --address 192.0.2.10/24 --advert-interval 200ms --priority {priority}"
        ))?
        .ok()?;
        host.sh(PREPARE)?;
        host.sh(&format!("echo '{AUTH}' >> /etc/vrrp/vrrp.d/web.toml"))?;
        // The credential comes with a start and not with a reload, which says so and changes nothing.
        let reload = host.vrrpadm("reload")?;
        ensure!(reload.code == Some(1) || reload.code == Some(2), "{reload:?}");
        ensure!(reload.stderr.contains("LoadCredential=vrrp.web.2:"), "{}", reload.stderr);
        host.systemctl("restart vrrp.service")?;
    }
    let [left, right] = &hosts;
    wait_instance(left, "web", "master", "")?;
    wait_instance(right, "web", "backup", "192.0.2.1 is Master")?;
    wire.skip();
    let signed = |frame: &Frame| frame.from("left") && frame.advertises(VRID) && key(frame) == Some(2);
    wire.expect(LONG, "an advertisement signed with key 2", signed)?;
    left.systemctl("stop vrrp.service")?;
    wait_instance(right, "web", "master", "192.0.2.1 resigned")?;

    // A file that the daemon may not read is told with what to do, and changes nothing.
    right.sh("chown root /etc/vrrp/keys/web.1")?;
    expect_refused(right, "chown vrrp /etc/vrrp/keys/web.1")?;
    right.sh("chown vrrp /etc/vrrp/keys/web.1 && chmod 644 /etc/vrrp/keys/web.1")?;
    expect_refused(right, "chmod 600 /etc/vrrp/keys/web.1")?;
    wait_instance(right, "web", "master", "")
}

fn expect_refused(host: &Container, advice: &str) -> Result<()> {
    let reload = host.vrrpadm("reload")?;
    ensure!(reload.code != Some(0) && reload.stderr.contains(advice), "{}", reload.stderr);
    Ok(())
}
