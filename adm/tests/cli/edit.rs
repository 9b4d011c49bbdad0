//! `edit`: what an editor leaves is checked before it counts, and nothing that somebody wrote is lost.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use insta::assert_snapshot;

use crate::run::{Ended, Host};

const TEXT: &str = "# kept\n[instance.inst1]\ninterface = 'eth0'\nvrid = 51 # why not\naddresses = ['192.0.2.10/24']\n";

fn host() -> Host {
    let host = Host::new();
    host.write("etc/vrrp/vrrp.d/web.toml", TEXT);
    host
}

fn edit(host: &Host, editor: &str, line: &str) -> Ended {
    host.run_with(&[("EDITOR", editor)], line)
}

#[test]
fn a_file_keeps_its_mode_and_what_stands_around() {
    let host = host();
    let path = host.path("etc/vrrp/vrrp.d/web.toml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_snapshot!(edit(&host, "sed -i s/51/52/", "edit inst1"), @"
    ROOT/etc/vrrp/vrrp.d/web.toml is written.
    ROOT/etc/vrrp/vrrp.d/web.toml is edited. Only the files are changed.
    [0]
    ");
    assert_eq!(host.read("etc/vrrp/vrrp.d/web.toml"), Some(TEXT.replace("51", "52")));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert_snapshot!(edit(&host, "true", "edit inst1"), @"
    ROOT/etc/vrrp/vrrp.d/web.toml is as it was: nothing has changed.
    [0]
    ");
}

#[test]
fn what_is_wrong_is_shown_and_kept_and_changes_nothing() {
    let host = host();
    let ended = edit(&host, "sed -i s/51/0/", "edit inst1");
    let (said, place) = ended.err.trim_end().rsplit_once("What was written is kept in ").unwrap();
    assert_snapshot!(said, @"
    error: ROOT/etc/vrrp/vrrp.d/web.toml is not edited:
    ROOT/etc/vrrp/vrrp.d/web.toml:4:8: vrid = 0 is not a VRID: use 1 to 255
        4 | vrid = 0 # why not
          |        ^
    ");
    assert_eq!(ended.code, 2);
    assert_eq!(host.read("etc/vrrp/vrrp.d/web.toml").as_deref(), Some(TEXT));
    let kept = Path::new(place.trim_end_matches('.'));
    assert_eq!(std::fs::read_to_string(kept).unwrap(), TEXT.replace("51", "0"));
    let directory = kept.parent().unwrap();
    assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_file_that_somebody_else_changes_meanwhile_stays_theirs() {
    let host = host();
    let script = "sh -c 'echo \"# theirs\" >>ROOT/etc/vrrp/vrrp.d/web.toml; sed -i s/51/52/ \"$0\"'";
    let ended = edit(&host, script, "edit inst1");
    assert!(ended.err.contains("web.toml was changed by somebody else meanwhile") && ended.code == 2, "{ended}");
    assert_eq!(host.read("etc/vrrp/vrrp.d/web.toml"), Some(format!("{TEXT}# theirs\n")));
    let (_, place) = ended.err.trim_end().rsplit_once("is kept in ").unwrap();
    std::fs::remove_dir_all(Path::new(place.trim_end_matches('.')).parent().unwrap()).unwrap();
}

#[test]
fn without_a_name_it_is_the_main_file_which_need_not_be_there() {
    let host = Host::new();
    assert_snapshot!(edit(&host, "true", "edit"), @"
    ROOT/etc/vrrp/vrrp.toml is as it was: nothing has changed.
    [0]
    ");
    assert_eq!(host.read("etc/vrrp/vrrp.toml"), None);
    let ended = edit(&host, "sed -i '$a [defaults]\\npriority = 90'", "edit");
    assert_eq!(ended.code, 0, "{ended}");
    assert!(host.read("etc/vrrp/vrrp.toml").unwrap().ends_with("[defaults]\npriority = 90\n"));
}

#[test]
fn what_cannot_be_edited_is_told_before_an_editor_opens() {
    let host = host();
    assert_snapshot!(edit(&host, "touch ROOT/opened", "edit ints1"), @r#"
    error: there is no instance "ints1": did you mean inst1?
    [2]
    "#);
    host.write(
        "usr/lib/vrrp/vrrp.d/vendor.toml",
        &TEXT.replace("inst1", "theirs").replace("51", "9").replace(".10", ".9"),
    );
    assert_snapshot!(edit(&host, "touch ROOT/opened", "edit theirs"), @"
    error: ROOT/usr/lib/vrrp/vrrp.d/vendor.toml belongs to a package: copy it to ROOT/etc/vrrp/vrrp.d under the same name and edit it there
    [2]
    ");
    assert!(!host.path("opened").exists());
    assert_snapshot!(edit(&host, "no-such-editor", "edit"), @"
    error: there is no editor (no-such-editor): install one, or name yours in EDITOR
    [2]
    ");
    assert_snapshot!(edit(&host, "false", "edit"), @"
    error: false failed (exit status: 1): nothing has changed
    [2]
    ");
}
