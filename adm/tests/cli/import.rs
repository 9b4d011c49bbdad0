//! `vrrpadm import`: configurations of keepalived's on one side, vrrpd's on the other.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

use crate::run::Host;

/// Where the configurations are that are translated as a whole, each with what becomes of it.
fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import")
}

/// Translates a sample where it stands, for `web1`.
fn translated(sample: &str, options: &[&str]) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vrrpadm"));
    command.args(["import", "--config-id", "web1", sample]).args(options);
    // Programs without a path are looked for below the root, where there is none.
    let output = command.args(["--root", "/nowhere"]).current_dir(samples()).env("COLUMNS", "80").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr))
}

/// A host that has one of the samples for its keepalived's configuration.
fn host_with(sample: &str) -> Host {
    let host = Host::new();
    let text = fs::read_to_string(samples().join(format!("{sample}.conf"))).unwrap();
    host.write("etc/keepalived/keepalived.conf", &text);
    for entry in fs::read_dir(samples().join("language.d")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        host.write(&format!("etc/keepalived/language.d/{name}"), &fs::read_to_string(&path).unwrap());
    }
    host.write("etc/hostname", "web1.example.net\n");
    host
}

/// A pair of hosts' plainest configuration.
const PLAIN: &str = "vrrp_instance web {\n    interface eth0\n    virtual_router_id 51\n    version 3\n    virtual_ipaddress {\n        \
                     192.0.2.10/24\n    }\n}\n";

#[test]
fn each_sample_becomes_what_stands_beside_it() {
    for sample in ["web", "pair", "language"] {
        let (toml, notes) = translated(&format!("{sample}.conf"), &[]);
        let (differences, _) = translated(&format!("{sample}.conf"), &["--diff"]);
        for (kind, text) in [("toml", &toml), ("notes", &notes), ("diff", &differences)] {
            let path = samples().join(format!("{sample}.{kind}"));
            if std::env::var_os("UPDATE_SAMPLES").is_some() {
                fs::write(&path, text).unwrap();
            }
            let expected = fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(*text, expected, "{}: UPDATE_SAMPLES=1 writes it again: read what changes", path.display());
        }
        for line in differences.lines().chain(notes.lines()) {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let host = Host::new();
        host.write("etc/vrrp/vrrp.toml", &toml);
        assert_eq!(host.run("check").code, 0, "{sample}");
    }
}

#[test]
fn a_plain_configuration_is_translated_whole() {
    let host = Host::new();
    host.write("etc/keepalived/keepalived.conf", PLAIN);
    assert_snapshot!(host.run("import"), @r#"
    # Translated by vrrpadm import from a configuration of keepalived's. Edit it as you like.
    # vrrpadm import --diff shows what became of each line.

    [instance.web]
    interface = "eth0"
    vrid = 51
    addresses = ["192.0.2.10/24"]

    1 instance from 1 file: everything is translated.
    [0]
    "#);
    assert_snapshot!(host.run("import --diff"), @r#"
    ROOT/etc/keepalived/keepalived.conf
       1 vrrp_instance web {              | [instance.web]
       2     interface eth0               | interface = "eth0"
       3     virtual_router_id 51         | vrid = 51
       4     version 3                    | version = 3
       5     virtual_ipaddress {          |
       6         192.0.2.10/24            | "192.0.2.10/24" in addresses
       7     }                            |
       8 }                                |
    1 instance from 1 file: everything is translated.
    [0]
    "#);
}

#[test]
fn json_has_the_configuration_and_the_fate_of_each_line() {
    let ended = host_with("web").run("import --json");
    assert_eq!((ended.code, ended.err.as_str()), (1, ""));
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(report["instances"], serde_json::json!(["VI_WEB", "VI_WEB-v6"]));
    assert_eq!(report["secrets"], serde_json::json!(["/etc/vrrp/keys/VI_WEB"]));
    assert!(report["toml"].as_str().unwrap().contains("[instance.VI_WEB]"));
    let lines = report["lines"].as_array().unwrap();
    let line = lines.iter().find(|line| line["source"] == "auth_pass …").unwrap();
    assert_eq!(line["outcomes"][0]["kind"], "translated");
    assert!(!ended.out.contains("hunter2"));
}

#[test]
fn write_puts_the_configuration_and_each_secret_in_its_place() {
    let host = host_with("web");
    let id = nix::unistd::getuid();
    host.write("etc/passwd", &format!("root:x:0:0::/:/bin/sh\nvrrp:x:{id}:{}::/:/bin/false\n", nix::unistd::getgid()));
    let ended = host.run("import --write");
    assert_eq!(ended.code, 1, "{ended}");
    assert_snapshot!(ended.out, @r"
    ROOT/etc/vrrp/keys/VI_WEB is written: a secret.
    ROOT/etc/vrrp/vrrp.d/keepalived.toml is written.
    Nothing runs yet. To go over to what is translated:
        systemctl disable --now keepalived
        (unless it has to go on for the rest, as told above)
        vrrpadm create VI_WEB
        vrrpadm create VI_WEB-v6
    ");
    let secret = host.path("etc/vrrp/keys/VI_WEB");
    assert_eq!(fs::read_to_string(&secret).unwrap(), "hunter2s\n");
    assert_eq!(fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(secret.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o750);
    assert_eq!(host.read("etc/vrrp/vrrp.d/keepalived.toml").unwrap(), host.run("import").out);
    assert_eq!(host.run("check").code, 0);

    let again = host.run("import --write");
    assert_eq!(again.code, 2);
    assert_snapshot!(again.err, @"error: ROOT/etc/vrrp/vrrp.d/keepalived.toml is there already: move it away first, if it may be replaced");
}

#[test]
fn nothing_is_written_where_something_stands_in_the_way() {
    let host = host_with("web");
    host.write("etc/vrrp/keys/VI_WEB", "another\n");
    let ended = host.run("import --write");
    assert_eq!(ended.code, 2);
    assert_snapshot!(ended.err, @r"
    error: nothing is written:
    ROOT/etc/vrrp/keys/VI_WEB is there already, with another secret: move it away first
    ");
    assert_eq!(host.read("etc/vrrp/vrrp.d/keepalived.toml"), None);
    assert_eq!(host.read("etc/vrrp/keys/VI_WEB").unwrap(), "another\n");

    let host = host_with("web");
    host.write(
        "etc/vrrp/vrrp.toml",
        "[instance.VI_WEB]\ninterface = \"eth0\"\nvrid = 9\naddresses = [\"192.0.2.99/24\"]\n",
    );
    let ended = host.run("import --write");
    assert_eq!(ended.code, 2);
    assert_snapshot!(ended.err, @"error: there is an instance VI_WEB already: vrrpadm delete VI_WEB removes it, or give the other one another name");
    assert_eq!(host.read("etc/vrrp/keys/VI_WEB"), None);
    assert_eq!(host.read("etc/vrrp/vrrp.d/keepalived.toml"), None);
}

#[test]
fn what_cannot_be_read_is_told_with_its_place() {
    let host = Host::new();
    assert_snapshot!(host.run("import"), @r"
    error: ROOT/etc/keepalived/keepalived.conf: cannot be read: there is no such file: name the configuration of keepalived's
    [2]
    ");
    host.write("etc/keepalived/keepalived.conf", "include conf.d/*.conf\n");
    host.write("etc/keepalived/conf.d/a.conf", "vrrp_instance a {\n    script \"/bin/check\n}\n");
    assert_snapshot!(host.run("import"), @r#"
    error: ROOT/etc/keepalived/conf.d/a.conf:2:12: this quote has no end
        2 |     script "/bin/check
          |            ^^^^^^^^^^^
    [2]
    "#);
    host.write("etc/keepalived/keepalived.conf", "virtual_server 192.0.2.1 80 {\n}\n");
    assert_snapshot!(host.run("import --write"), @r"
    error: there is no instance to write:
    not translated:
      ROOT/etc/keepalived/keepalived.conf:1: virtual_server
          IPVS is not ours: keep keepalived for it, with this block alone and
          `keepalived --check`, which runs no VRRP
    [2]
    ");
}

#[test]
fn text_of_the_file_cannot_act_on_the_terminal() {
    let host = Host::new();
    let name = "\u{1b}[31m\u{202e}x";
    let text =
        format!("vrrp_instance {name} {{\n interface {name}\n {name} {name}\n virtual_router_id 1\n}}\n# {name}\n");
    host.write("etc/keepalived/keepalived.conf", &format!("{text}{}", PLAIN.replace("web", name)));
    for line in ["import", "import --diff"] {
        let ended = host.run(line);
        let shown = format!("{ended}");
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown:?}");
    }
}
