//! Hosts with real systemd that install the package, serve, upgrade it, remove it and purge it.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use lab::packaging::{Contents, debian};
use lab::pair::{LONG, Pair, VIP4, wait_instance};
use lab::{Container, Frame, Place, packages};

/// Where the requests come from.
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 99));
const PAUSE: Duration = Duration::from_millis(5);

/// Where hosts find the packages.
const SHELF: &str = "/srv";
const FIRST: &str = "0.1.0-1";
const SECOND: &str = "0.1.1-1";
/// One whose daemon cannot be run on the host.
const BROKEN: &str = "0.1.2-1";
const MENDED: &str = "0.1.3-1";

/// What dpkg of Debian 12 says of directories that a package of /lib has, too: both are the same there.
const SHARED_DIRECTORY: &str = "not empty so not removed";
/// What is said where a daemon cannot be run.
const KEPT: &str = "vrrpd: the new version cannot be run, so the one before goes on: no such instruction";

/// What changes with every package that is installed, and the users, who stay.
const NOT_OURS: &[&str] = &[
    "/etc/.pwd.lock",
    "/etc/group",
    "/etc/gshadow",
    "/etc/passwd",
    "/etc/shadow",
    "/run/nginx.pid",
    "/run/systemd/",
    "/run/udev/",
    "/var/cache/",
    "/var/lib/apt/",
    "/var/lib/dpkg/",
    "/var/lib/systemd/catalog/",
    "/var/log/",
];

/// Puts packages of all versions where the hosts find them.
fn shelve(pair: &Pair) -> Result<()> {
    packages::ensure(packages::DEB)?;
    let tree = pair.lab().logs().join("shelf");
    let shelf = tree.join(SHELF.trim_start_matches('/'));
    let made = debian::make(&Contents::for_tests()?, &shelf)?;
    for version in [FIRST, SECOND, MENDED] {
        repack(&made, version, |_| Ok(()))?;
    }
    repack(&made, BROKEN, |tree| {
        let program = tree.join("usr/sbin/vrrpd");
        fs::write(&program, "#!/bin/sh\necho no such instruction >&2\nexit 1\n")?;
        Ok(fs::set_permissions(program, Permissions::from_mode(0o755))?)
    })?;
    fs::remove_file(made)?;
    for host in [&pair.left, &pair.right] {
        host.install(&tree)?;
    }
    Ok(())
}

/// Makes another version of a package, after `change` was made to its files.
fn repack(package: &Path, version: &str, change: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let shelf = package.parent().context("a package lies somewhere")?;
    let tree = shelf.join("tree");
    let [package, root] = [package, &tree].map(|path| path.display().to_string());
    let to = shelf.join(format!("vrrpd-{version}.deb")).display().to_string();
    let run = |argv: &[&str]| Place::machine().run(argv)?.ok();
    run(&["dpkg-deb", "--raw-extract", &package, &root])?;
    run(&["sed", "--in-place", &format!("s/^Version: .*/Version: {version}/"), &format!("{root}/DEBIAN/control")])?;
    change(&tree)?;
    run(&["dpkg-deb", "--root-owner-group", "-Znone", "--build", &root, &to])?;
    Ok(fs::remove_dir_all(tree)?)
}

/// Runs apt-get, which must succeed, and complain of nothing but what contains one of `expected`.
fn apt(host: &Container, arguments: &str, expected: &[&str]) -> Result<()> {
    let said = host.sh(&format!("DEBIAN_FRONTEND=noninteractive apt-get --yes {arguments} 2>&1"))?;
    println!("Debian {}# apt-get {arguments}\n{said}", host.release().number());
    let complains = |line: &&str| {
        ["W:", "E:", "arning", "rror", "ailed", "vrrp.service", "vrrpd:"].iter().any(|word| line.contains(word))
    };
    for line in said.lines().filter(complains) {
        ensure!(expected.iter().any(|word| line.contains(word)), "`apt-get {arguments}` says {line}");
    }
    Ok(())
}

fn install(host: &Container, version: &str) -> Result<()> {
    apt(host, &format!("install {SHELF}/vrrpd-{version}.deb"), &[])
}

/// The files of a host, apart from what is not ours.
fn files(host: &Container) -> Result<BTreeSet<String>> {
    let found = host.sh("find /etc /opt /root /run /srv /usr /var")?;
    let ours = |path: &&str| !NOT_OURS.iter().any(|other| path.starts_with(other));
    Ok(found.lines().filter(ours).map(str::to_owned).collect())
}

/// It runs, has nothing to do, and has all that people look for.
fn is_fresh(host: &Container) -> Result<()> {
    assert_eq!(host.active_state("vrrp.service")?, "active");
    let nothing = "No instance is configured: vrrpadm create NAME makes one.\n";
    assert_eq!(host.vrrpadm("status")?.parts(), (Some(0), nothing, ""));
    // Every file is as it was packed.
    assert_eq!(host.sh("dpkg --verify vrrpd")?, "");
    host.sh(
        "test -e /usr/share/man/man8/vrrpd.8.gz && zcat /usr/share/man/man8/vrrpadm-create.8.gz | grep --quiet protect",
    )?;
    host.sh("bash -c '. /usr/share/bash-completion/completions/vrrpadm && complete -p vrrpadm'")?;
    assert_eq!(host.sh("stat --format '%a %U:%G' /etc/vrrp/keys")?, "750 root:vrrp\n");
    let explained = host.sh("journalctl --catalog --unit vrrp.service --no-pager")?;
    ensure!(explained.contains("vrrpd reads its configuration and holds every virtual address"), "{explained}");
    Ok(())
}

/// What must be the same after an upgrade: which process the daemon is, and since when units are active.
fn lasting(host: &Container) -> Result<String> {
    let properties = "MainPID,InvocationID,ActiveEnterTimestampMonotonic";
    host.systemctl(&format!("show --property {properties} vrrp@inst1.service http.service && systemctl show --property MainPID,InvocationID vrrp.service"))
}

/// Which file the daemon was started from; one that was removed is named so.
fn program(host: &Container) -> Result<String> {
    host.sh("readlink /proc/$(systemctl show --property MainPID --value vrrp.service)/exe")
}

/// Upgrades a host, and makes sure that nothing else happened there.
fn upgrade(host: &Container, version: &str) -> Result<()> {
    let (before, journal) = (lasting(host)?, host.journal()?.lines().len());
    install(host, version)?;
    assert_eq!(lasting(host)?, before);
    assert_eq!(program(host)?, "/usr/sbin/vrrpd\n");
    assert_eq!(host.sh("dpkg-query --show --showformat '${Version}' vrrpd")?, version);
    let told = host.journal()?.lines().split_off(journal);
    let moves = |line: &&String| line.contains("inst1: ") && line.contains(" -> ") && !line.contains("Init -> ");
    let moves: Vec<_> = told.iter().filter(moves).collect();
    ensure!(moves.is_empty(), "{moves:?}");
    Ok(())
}

/// One host after the other is upgraded, and one with a daemon that cannot be run, which is mended afterwards.
fn nobody_notices_upgrades(pair: &Pair) -> Result<()> {
    let start = SystemTime::now();
    let load = pair.client.load(CLIENT, VIP4, PAUSE);
    upgrade(&pair.right, SECOND)?;
    upgrade(&pair.left, SECOND)?;

    let before = lasting(&pair.left)?;
    apt(&pair.left, &format!("install {SHELF}/vrrpd-{BROKEN}.deb"), &[KEPT, "vrrpd: mend that, then: vrrpadm reexec"])?;
    assert_eq!(lasting(&pair.left)?, before);
    assert_eq!(program(&pair.left)?, "/usr/sbin/vrrpd (deleted)\n");
    upgrade(&pair.left, MENDED)?;

    wait_instance(&pair.left, "inst1", "master", "")?;
    wait_instance(&pair.right, "inst1", "backup", "")?;
    let requests = load.stop()?;
    println!("upgrades: {} requests, the slowest took {:?}", requests.sent(), requests.slowest);
    assert_eq!(requests.answered_by.get("left"), Some(&requests.sent()));
    let odd = |frame: &Frame| frame.at >= start && frame.advert().is_some() && (frame.resigns() || !frame.from("left"));
    let odd: Vec<_> = pair.client.wire().all(odd).iter().map(ToString::to_string).collect();
    ensure!(odd.is_empty(), "{odd:?}");
    Ok(())
}

/// The package goes while the host serves: the other one takes over, and nothing of ours is left.
fn the_other_host_serves_when_it_is_removed(pair: &Pair) -> Result<()> {
    let load = pair.client.load(CLIENT, VIP4, PAUSE);
    pair.client.wire().skip();
    apt(&pair.left, "remove vrrpd", &[])?;
    pair.expect_resignation("left")?;
    pair.expect_served_by("right")?;
    let requests = load.stop()?;
    println!("removal: {} requests, the slowest took {:?}", requests.sent(), requests.slowest);
    // What a connection had begun on the host that goes cannot be ended on the other one.
    ensure!(requests.refused == 0 && requests.timed_out == 0, "{requests:?}");

    let addresses = pair.left.sh("ip address")?;
    ensure!(!addresses.contains("192.0.2.10/") && !addresses.contains("2001:db8::10/"), "{addresses}");
    assert_eq!(pair.left.systemctl("list-units --all --plain --no-legend 'vrrp*'")?, "");
    ensure!(!pair.left.systemctl("cat http.service")?.contains("vrrp"));
    assert_eq!(pair.left.active_state("http.service")?, "active");
    // Who installs it again finds what he had.
    assert_eq!(pair.left.sh("ls /etc/vrrp/vrrp.d")?, "inst1.toml\n");
    Ok(())
}

/// An administrator's word counts for more than the package's.
fn what_is_stopped_or_masked_is_not_started(host: &Container) -> Result<()> {
    host.systemctl("stop vrrp.service")?;
    install(host, SECOND)?;
    assert_eq!(host.active_state("vrrp.service")?, "inactive");
    apt(host, "remove vrrpd", &[])?;
    host.systemctl("mask vrrp.service")?;
    install(host, SECOND)?;
    assert_eq!(host.active_state("vrrp.service")?, "inactive");
    host.systemctl("unmask vrrp.service")?;
    host.write("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n")?;
    host.sh("chmod 755 /usr/sbin/policy-rc.d")?;
    apt(host, "remove vrrpd", &["policy-rc.d"])?;
    apt(host, &format!("install {SHELF}/vrrpd-{SECOND}.deb"), &["policy-rc.d"])?;
    assert_eq!(host.active_state("vrrp.service")?, "inactive");
    host.sh("rm /usr/sbin/policy-rc.d").map(drop)
}

#[test]
fn hosts_install_upgrade_remove_and_purge_the_package_under_load() -> Result<()> {
    let mut pair = Pair::bare("packaging")?;
    shelve(&pair)?;
    pair.each(Container::boot)?;
    let before = [files(&pair.left)?, files(&pair.right)?];
    pair.each(|host| install(host, FIRST))?;
    pair.each(|host| is_fresh(host))?;
    pair.protect("--routers 2")?;
    pair.client.run(&["ip", "address", "add", &format!("{CLIENT}/24"), "dev", "eth0"])?.ok()?;
    nobody_notices_upgrades(&pair)?;
    the_other_host_serves_when_it_is_removed(&pair)?;

    install(&pair.left, FIRST)?;
    wait_instance(&pair.left, "inst1", "master", "")?;
    pair.each(|host| apt(host, "purge vrrpd", &[SHARED_DIRECTORY]))?;
    for (host, before) in [&pair.left, &pair.right].into_iter().zip(&before) {
        let left: Vec<_> = files(host)?.symmetric_difference(before).cloned().collect();
        assert_eq!(left, [""; 0]);
        host.wait_network(LONG, "no virtual address", |host| Ok(!host.addresses("lo")?.contains(&VIP4.to_string())))?;
    }
    pair.each(|host| install(host, FIRST))?;
    pair.each(|host| is_fresh(host))?;
    pair.each(|host| what_is_stopped_or_masked_is_not_started(host))
}
