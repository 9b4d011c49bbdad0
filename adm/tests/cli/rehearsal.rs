//! `--dry-run`: everything that would be written, and nothing written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;

use crate::run::Host;

const CREATE: &str = "create inst1 --interface eth0 --vrid 51 --address 192.0.2.10/24 --protect http.service";

fn files(directory: &Path) -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { BTreeSet::from([path]) }).collect()
}

#[test]
fn create_shows_its_file_and_every_unit() {
    let host = Host::new();
    assert_snapshot!(host.run(&format!("{CREATE} --dry-run")), @r#"
    --- /dev/null
    +++ ROOT/etc/vrrp/vrrp.d/inst1.toml
    @@ -0,0 +1,6 @@
    +# Written by vrrpadm. Edit it as you like; `vrrpadm delete` removes it.
    +[instance.inst1]
    +interface = "eth0"
    +vrid = 51
    +addresses = ["192.0.2.10/24"]
    +protect = ["http.service"]
    --- /dev/null
    +++ ROOT/run/systemd/generator/http.service.d/50-vrrp.conf
    @@ -0,0 +1,4 @@
    +# vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
    +[Unit]
    +Wants=vrrp.service
    +After=vrrp.service
    --- /dev/null
    +++ ROOT/run/systemd/generator/http.service.wants/vrrp@inst1.service
    @@ -0,0 +1 @@
    +-> /usr/lib/systemd/system/vrrp@.service
    --- /dev/null
    +++ ROOT/run/systemd/generator/multi-user.target.wants/vrrp.service
    @@ -0,0 +1 @@
    +-> /usr/lib/systemd/system/vrrp.service
    --- /dev/null
    +++ ROOT/run/systemd/generator/vrrp@inst1.service.d/50-protect.conf
    @@ -0,0 +1,5 @@
    +# vrrp-generator wrote this from the VRRP configuration. See vrrpadm(8).
    +[Unit]
    +Requisite=http.service
    +After=http.service
    +StopPropagatedFrom=http.service
    Nothing was changed: leave --dry-run out to do it.
    [0]
    "#);
    assert_eq!(files(host.root()), BTreeSet::new());
    assert!(!host.path("etc").exists());
}

#[test]
fn every_other_change_shows_what_differs_and_leaves_the_files() {
    let host = Host::new();
    assert_eq!(host.run(CREATE).code, 0);
    let (before, text) = (files(host.root()), host.read("etc/vrrp/vrrp.d/inst1.toml"));
    assert_snapshot!(host.run("disable inst1 --dry-run"), @r#"
    --- ROOT/etc/vrrp/vrrp.d/inst1.toml
    +++ ROOT/etc/vrrp/vrrp.d/inst1.toml
    @@ -4,3 +4,4 @@
     vrid = 51
     addresses = ["192.0.2.10/24"]
     protect = ["http.service"]
    +enabled = false
    --- ROOT/run/systemd/generator/http.service.wants/vrrp@inst1.service
    +++ /dev/null
    @@ -1 +0,0 @@
    --> /usr/lib/systemd/system/vrrp@.service
    Nothing was changed: leave --dry-run out to do it.
    [0]
    "#);
    assert_snapshot!(host.run("enable inst1 --dry-run"), @"
    This would change nothing: everything is so already.
    [0]
    ");
    let modified = host.run("modify inst1 --priority 120 --dry-run").out;
    assert!(modified.contains("+priority = 120\n") && !modified.contains("generator"), "{modified}");
    let deleted = host.run("delete inst1 --dry-run").out;
    assert!(deleted.contains("+++ /dev/null\n") && deleted.contains("-Requisite=http.service\n"), "{deleted}");
    let edited = host.run_with(&[("EDITOR", "sed -i s/51/52/")], "edit inst1 --dry-run").out;
    assert!(edited.contains("-vrid = 51\n+vrid = 52\n"), "{edited}");
    assert_eq!((files(host.root()), host.read("etc/vrrp/vrrp.d/inst1.toml")), (before, text));
    // What would be refused is refused.
    assert_eq!(host.run("modify inst1 --vrid 0 --dry-run").code, 2);
    assert_eq!(host.run("delete other --dry-run").code, 2);
}

#[test]
fn no_file_speaks_to_the_terminal() {
    let host = Host::new();
    host.write("etc/vrrp/vrrp.toml", "[instance.a]\ninterface = 'eth0'\nvrid = 1\naddresses = ['192.0.2.1/24']\n");
    host.write("etc/vrrp/vrrp.d/b.toml", "# \u{9b}31m\u{202e}\n[instance.a]\npriority = 7\n");
    let ended = host.run("delete a --force --dry-run");
    assert!(!ended.out.contains(['\u{9b}', '\u{202e}']), "{ended}");
    assert!(ended.code == 0 && ended.out.contains("-[instance.a]\n"), "{ended}");
}

#[test]
fn what_was_wrong_before_is_told_beside_what_would_change() {
    let host = Host::new();
    assert_eq!(host.run(CREATE).code, 0);
    host.write("etc/vrrp/vrrp.d/other.toml", "[instance.other]\nvrid = 0\n");
    let ended = host.run("modify inst1 --priority 120 --dry-run");
    assert!(ended.code == 1 && ended.out.contains("+priority = 120\n"), "{ended}");
    assert!(ended.err.contains("vrrpd would apply nothing until these are mended:\n"), "{ended}");
    assert!(!host.read("etc/vrrp/vrrp.d/inst1.toml").unwrap().contains("priority"));
    assert_eq!(host.run(&CREATE.replace("inst1", "inst2").replace("51", "52").replace(".10", ".20")).code, 2);
}
