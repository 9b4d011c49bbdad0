//! What the program does for those who read it: colours, closed pipes, manual pages, and who they are.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::run::Host;

const PROGRAM: &str = env!("CARGO_BIN_EXE_vrrpadm");

#[test]
fn colours_are_for_those_who_want_them() {
    let host = Host::new();
    let check = |variables: &[(&str, &str)]| {
        let mut command = Command::new(PROGRAM);
        command.args(["check", "--root"]).arg(host.root()).envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(check(&[("CLICOLOR_FORCE", "1")]).contains("\x1b["));
    assert!(check(&[("SYSTEMD_COLORS", "1"), ("NO_COLOR", "1")]).contains("\x1b["));
    assert!(!check(&[("SYSTEMD_COLORS", "0"), ("CLICOLOR_FORCE", "1")]).contains('\x1b'));
    assert!(!check(&[("NO_COLOR", "1")]).contains('\x1b'));
    assert!(!check(&[]).contains('\x1b'));
}

#[test]
fn a_reader_that_has_read_enough_is_no_failure() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output =
        Command::new(PROGRAM).args(["completions", "bash"]).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

/// Runs the program on a terminal whose keyboard is a pipe; gives its exit code and what the terminal shows.
fn at_terminal(host: &Host, line: &str, typed: &str) -> (Option<i32>, String) {
    let line = format!("{PROGRAM} {line} --root {}", host.root().display());
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--command", &line, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    terminal.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = terminal.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn create_asks_for_what_is_lacking_and_judges_each_answer() {
    let host = Host::new();
    host.write("etc/vrrp/vrrp.toml", "[instance.inst1]\nvrid = 51\n[instance.inst2]\nenabled = false\n");
    let answers = ["eth 0", "eth0", "", "192.0.2.10", "192.0.2.10/24, 192.0.2.11/24"].join("\n") + "\n";
    let (code, shown) = at_terminal(&host, "create inst1", &answers);
    // The other one lacks everything, so that no answer would help.
    assert!(code == Some(2) && shown.contains("have to be mended first"), "{shown}");
    assert!(!shown.contains("in brackets"), "{shown}");
    assert_eq!(host.read("etc/vrrp/vrrp.d/inst1.toml"), None);

    host.write("etc/vrrp/vrrp.toml", "[instance.inst1]\nvrid = 51\n");
    let (code, shown) = at_terminal(&host, "create inst1", &answers);
    assert!(code == Some(0) && shown.contains("\"eth 0\"") && !shown.contains("VRID, the same"), "{shown}");
    let file = host.read("etc/vrrp/vrrp.d/inst1.toml").unwrap();
    for line in ["interface = \"eth0\"", "addresses = [\"192.0.2.10/24\", \"192.0.2.11/24\"]"] {
        assert!(file.contains(line), "{file}");
    }
    // Of another root nothing is heard, and who stops answering is taken to have stopped.
    let (code, shown) = at_terminal(&host, "create inst2 --interface eth0 --address 192.0.2.20/24", "\n300\n");
    assert!(
        code == Some(2) && shown.contains("cannot be heard from here") && shown.contains("use 1 to 255"),
        "{shown}"
    );
    assert!(shown.contains("inst2 is not created: nothing has changed"), "{shown}");
    assert_eq!(host.read("etc/vrrp/vrrp.d/inst2.toml"), None);
}

#[test]
fn delete_asks_a_person_and_nobody_else() {
    let host = Host::new();
    let file = "etc/vrrp/vrrp.d/inst1.toml";
    let create = "create inst1 --interface eth0 --vrid 51 --address 192.0.2.10/24";
    for (line, typed, stays) in [
        ("delete inst1", "", true),
        ("delete inst1", "\n", true),
        ("delete inst1", "y\n", false),
        ("delete inst1 --yes", "", false),
    ] {
        assert_eq!(host.run(create).code, 0);
        let (code, shown) = at_terminal(&host, line, typed);
        assert_eq!((code, host.read(file).is_some()), (Some(if stays { 2 } else { 0 }), stays), "{shown}");
    }
    assert_eq!(host.run(create).code, 0);
    assert_eq!(host.run("delete inst1").code, 0);
}

#[test]
fn create_asks_a_person_how_many_hosts_there_are() {
    for (typed, written) in [("three\n2\n", Some("routers = 2")), ("\n", None), ("", None)] {
        let host = Host::new();
        let create = "create inst1 --interface eth0 --vrid 51 --address 192.0.2.10/24";
        let (code, shown) = at_terminal(&host, create, typed);
        assert!(code == Some(0) && shown.contains("How many hosts share the addresses of inst1"), "{shown}");
        assert_eq!(shown.contains("That is no number from 2 to 255."), typed.contains("three"), "{shown}");
        let file = host.read("etc/vrrp/vrrp.d/inst1.toml").unwrap();
        assert_eq!(file.lines().find(|line| line.starts_with("routers")), written, "{file}");
    }
}

#[test]
fn the_manual_pages_are_those_of_this_command_line() {
    let made = tempfile::tempdir().unwrap();
    assert!(Command::new(PROGRAM).arg("man").arg(made.path()).status().unwrap().success());
    let pages: Vec<_> = std::fs::read_dir(made.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(pages.contains(&"vrrpadm.8".into()) && !pages.contains(&"vrrpadm-instance-stop.8".into()), "{pages:?}");
    for page in pages {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/man").join(&page);
        let kept = std::fs::read_to_string(kept).unwrap_or_default();
        let made = std::fs::read_to_string(made.path().join(&page)).unwrap();
        assert!(made == kept, "{page:?} is of another command line: run `cargo run -p vrrpadm -- man docs/man`");
    }
}

#[test]
fn who_is_not_root_is_told_so_before_anything_changes() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = directory.path().join("vrrpadm");
    std::fs::copy(PROGRAM, &program).unwrap();
    let mut command = Command::new(program);
    if nix::unistd::geteuid().is_root() {
        command.uid(65534).gid(65534);
    }
    let output = command.args(["create", "inst1"]).current_dir("/").output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        err,
        "error: this changes /etc/vrrp and the services of this host: run it as root, for example with sudo\n"
    );
    assert_eq!(output.status.code(), Some(2));
}
