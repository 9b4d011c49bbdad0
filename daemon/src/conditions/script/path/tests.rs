use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use nix::unistd::geteuid;
use tempfile::TempDir;

use super::*;

#[test]
fn a_program_of_the_system_is_safe() {
    assert_eq!(check(Path::new("/bin/sh"), geteuid()), Ok(()));
    assert_eq!(check(Path::new("/usr/bin/../bin/./sh"), geteuid()), Ok(()));
}

#[test]
fn what_is_no_program_is_told() {
    for (path, expected) in [
        ("/usr/lib/no-such-directory/check", "/usr/lib/no-such-directory does not exist"),
        ("/usr/bin/no-such-program", "/usr/bin/no-such-program does not exist"),
        (
            "/home/no-such-user/check",
            "/home/no-such-user does not exist, or vrrp.service hides it: put programs elsewhere",
        ),
        ("/etc/passwd", "/etc/passwd is not executable: chmod +x /etc/passwd"),
        ("/etc/passwd/check", "/etc/passwd is no directory"),
        ("/usr/bin", "/usr/bin is a directory, and no program"),
        ("/", "/ is a directory, and no program"),
    ] {
        assert_eq!(check(Path::new(path), geteuid()), Err(expected.to_owned()));
    }
}

#[test]
fn a_directory_where_everybody_writes_is_named_also_behind_a_link() {
    let directory = TempDir::new().unwrap();
    let program = directory.path().join("check");
    symlink("/bin/sh", &program).unwrap();
    let mode = fs::metadata("/tmp").unwrap().permissions().mode() & 0o7777;
    let expected = Err(format!("/tmp can be written by everybody (mode {mode:04o}): chmod o-w /tmp"));
    assert_eq!(check(&program, geteuid()), expected);
}

/// What is judged of a part, made up from another.
fn stat(mode: u32, owner: u32, group: u32) -> FileStat {
    let root = open("/", OFlag::O_PATH, Mode::empty()).unwrap();
    let mut stat = fstat(&root).unwrap();
    (stat.st_mode, stat.st_uid, stat.st_gid) = (mode, owner, group);
    stat
}

#[test]
fn only_root_and_who_runs_it_may_change_it() {
    let part = Path::new("/opt/check");
    let runner = 4_000_000_001;
    for (mode, owner, group, expected) in [
        (0o100_755, 0, 0, None),
        (0o100_775, 0, 0, None),
        (0o100_700, runner, runner, None),
        (
            0o100_755,
            4_000_000_002,
            0,
            Some("/opt/check belongs to user 4000000002, who could change what is run: chown root /opt/check"),
        ),
        (
            0o100_775,
            0,
            4_000_000_003,
            Some("/opt/check can be written by the group 4000000003 (mode 0775): chmod g-w /opt/check"),
        ),
        (0o041_777, 0, 0, Some("/opt/check can be written by everybody (mode 1777): chmod o-w /opt/check")),
    ] {
        assert_eq!(
            fault(part, &stat(mode, owner, group), Uid::from_raw(runner)).as_deref(),
            expected,
            "{mode:o} {owner}"
        );
    }
}
