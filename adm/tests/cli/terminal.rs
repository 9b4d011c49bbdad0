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

#[test]
fn create_asks_a_person_how_many_hosts_there_are() {
    for (typed, written) in [("three\n2\n", Some("routers = 2")), ("\n", None), ("", None)] {
        let host = Host::new();
        let create = "create inst1 --interface eth0 --vrid 51 --address 192.0.2.10/24 --root";
        let line = format!("{PROGRAM} {create} {}", host.root().display());
        // A terminal whose keyboard is a pipe.
        let mut terminal = Command::new("script")
            .args(["--quiet", "--return", "--command", &line, "/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        terminal.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let output = terminal.wait_with_output().unwrap();
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && shown.contains("How many hosts share the addresses of inst1"), "{shown}");
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
