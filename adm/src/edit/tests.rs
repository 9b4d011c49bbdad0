use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::sync::Barrier;

use tempfile::TempDir;
use vrrp::config::check::check_gathered;

use super::*;

const MAIN: &str = "etc/vrrp/vrrp.toml";
const OWN: &str = "etc/vrrp/vrrp.d/a.toml";

fn root(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn text(root: &TempDir, path: &str) -> String {
    fs::read_to_string(root.path().join(path)).unwrap()
}

fn session(root: &TempDir) -> Session {
    Session::open(root.path()).unwrap()
}

fn name(name: &str) -> InstanceName {
    InstanceName::new(name).unwrap()
}

fn whole(vrid: i64) -> Vec<Setting> {
    vec![
        Setting::list("protect", ["http.service"]),
        Setting::new("vrid", vrid),
        Setting::list("addresses", [format!("192.0.2.{vrid}/24")]),
        Setting::new("interface", "eth0"),
    ]
}

/// The refusal without the directory of the test.
fn words<T: fmt::Debug>(result: Result<T, Refusal>, root: &TempDir) -> String {
    result.unwrap_err().to_string().replace(&format!("{}/", root.path().display()), "")
}

#[test]
fn create_writes_what_was_given_and_once() {
    let root = root(&[]);
    let edited = session(&root).create(&name("a"), &whole(51)).unwrap();
    assert_eq!((edited.changes.len(), edited.remaining.len()), (1, 0));
    insta::assert_snapshot!(text(&root, OWN), @r#"
    # Written by vrrpadm. Edit it as you like; `vrrpadm delete` removes it.
    [instance.a]
    interface = "eth0"
    vrid = 51
    addresses = ["192.0.2.51/24"]
    protect = ["http.service"]
    "#);
    let mode = fs::metadata(root.path().join(OWN)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);

    assert_eq!(session(&root).create(&name("a"), &whole(51)).unwrap().changes, []);
    let other = words(session(&root).create(&name("a"), &whole(52)), &root);
    assert_eq!(other, "a is there already, with another vrid, addresses: use `vrrpadm modify a`");
    let more = words(session(&root).create(&name("a"), &[Setting::new("priority", 5)]), &root);
    assert_eq!(more, "a is there already, without priority: use `vrrpadm modify a`");
}

#[test]
fn create_takes_what_it_is_not_told_from_the_other_files() {
    let main = "[defaults]\ninterface = \"eth0\"\n[instance.a]\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n";
    let root = root(&[(MAIN, main)]);
    session(&root).create(&name("a"), &[Setting::new("vrid", 51), Setting::new("protect", "http.service")]).unwrap();
    assert!(text(&root, OWN).ends_with("[instance.a]\nprotect = \"http.service\"\n"));
    assert_eq!(text(&root, MAIN), main);
}

#[test]
fn what_would_be_a_problem_is_not_written() {
    let root = root(&[(MAIN, "[instance.b]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.9/24\"]\n")]);
    let lacks = words(session(&root).create(&name("a"), &[Setting::new("protect", "http.service")]), &root);
    assert!(lacks.starts_with("instance a lacks interface, vrid and addresses: add"), "{lacks}");

    let mut wrong = whole(51);
    wrong.push(Setting::new("priority", 300));
    wrong.push(Setting::new("protect", "pg@.service"));
    let told = words(session(&root).create(&name("c"), &wrong[1..]), &root);
    let expected = "priority = 300 is not a priority: use 1 to 254, or 255 for the address owner\n\
                    \"pg@.service\" is a template: name the instance of it, such as \"pg@main.service\"\n\
                    b and c are both VRID 51 for IPv4 on eth0: give one of the two another vrid, such as 52";
    assert_eq!(told.lines().collect::<std::collections::BTreeSet<_>>(), expected.lines().collect());
    let told = words(session(&root).modify(&name("b"), &[Setting::new("vrid", 0)]), &root);
    assert_eq!(
        told,
        "etc/vrrp/vrrp.toml:3:8: vrid = 0 is not a VRID: use 1 to 255\n    3 | vrid = 0\n      |        ^"
    );
    assert_eq!(fs::read_dir(root.path().join("etc/vrrp/vrrp.d")).unwrap().count(), 0);
    assert!(text(&root, MAIN).contains("vrid = 51"));
}

#[test]
fn modify_edits_the_key_where_it_stands_and_keeps_comments() {
    let main = "# ours\n[instance.a]   # the web\nvrid = 51 # agreed\naddresses = [\n    # first\n    \"192.0.2.10/24\", # main\n    \
                \"192.0.2.11/24\", # spare\n]\n\n# end\n";
    let root = root(&[(MAIN, main), (OWN, "[instance.a]\ninterface = 'eth0'\n")]);
    let settings = [
        Setting::new("vrid", 7),
        Setting::list("addresses", ["192.0.2.10/24", "192.0.2.12/24"]),
        Setting::new("priority", 9),
    ];
    session(&root).modify(&name("a"), &settings).unwrap();
    insta::assert_snapshot!(text(&root, MAIN), @r#"
    # ours
    [instance.a]   # the web
    vrid = 7 # agreed
    addresses = [
        # first
        "192.0.2.10/24", # main
        "192.0.2.12/24",
    ]

    # end
    "#);
    assert_eq!(text(&root, OWN), "[instance.a]\ninterface = 'eth0'\npriority = 9\n");

    session(&root).modify(&name("a"), &[Setting::unset("priority"), Setting::new("interface", "eth0")]).unwrap();
    assert_eq!(text(&root, OWN), "[instance.a]\ninterface = 'eth0'\n");
    let unknown = words(session(&root).modify(&name("z"), &settings), &root);
    assert_eq!(unknown, "there is no instance z: make it with `vrrpadm create z`");
}

#[test]
fn lists_keep_their_layout() {
    for (old, new, expected) in [
        ("[\"192.0.2.10/24\"]", vec!["192.0.2.10/24", "192.0.2.11/24"], "[\"192.0.2.10/24\", \"192.0.2.11/24\"]"),
        ("['192.0.2.10/24','192.0.2.11/24']", vec!["192.0.2.11/24"], "['192.0.2.11/24']"),
        (
            "[\n  '192.0.2.10/24', # x\n # y\n  '192.0.2.11/24' # z\n]",
            vec!["192.0.2.10/24"],
            "[\n  '192.0.2.10/24' # x\n # y\n]",
        ),
        (
            "[\n  '192.0.2.10/24' # x\n]",
            vec!["192.0.2.11/24", "192.0.2.10/24"],
            "[\n  \"192.0.2.11/24\",\n  '192.0.2.10/24' # x\n]",
        ),
        (
            "[\n  \"192.0.2.10/24\",\n]",
            vec!["192.0.2.10/24", "192.0.2.11/24"],
            "[\n  \"192.0.2.10/24\",\n  \"192.0.2.11/24\",\n]",
        ),
    ] {
        let before = |list| format!("[instance.a]\ninterface = \"eth0\"\nvrid = 1\naddresses = {list}\n");
        let root = root(&[(MAIN, &before(old))]);
        session(&root).modify(&name("a"), &[Setting::list("addresses", new)]).unwrap();
        assert_eq!(text(&root, MAIN), before(expected));
    }
}

#[test]
fn enable_changes_only_what_is_not_so() {
    let root = root(&[]);
    session(&root).create(&name("a"), &whole(51)).unwrap();
    assert_eq!(session(&root).enable(&name("a"), true).unwrap().changes, []);
    session(&root).enable(&name("a"), false).unwrap();
    assert!(text(&root, OWN).ends_with("enabled = false\n"));
    assert_eq!(session(&root).enable(&name("a"), false).unwrap().changes, []);
    session(&root).enable(&name("a"), true).unwrap();
    assert!(text(&root, OWN).ends_with("enabled = true\n"));
}

#[test]
fn delete_removes_what_create_wrote_and_the_rest_by_force_only() {
    let main = "[instance.b] # keep\ninterface = \"eth0\"\nvrid = 9\naddresses = [\"192.0.2.9/24\"]\n";
    let root = root(&[(MAIN, main)]);
    session(&root).create(&name("a"), &whole(51)).unwrap();
    session(&root).delete(&name("a"), false).unwrap();
    assert!(!root.path().join(OWN).exists());
    assert_eq!(session(&root).delete(&name("a"), false).unwrap().changes, []);

    session(&root).create(&name("b"), &[Setting::new("protect", "http.service")]).unwrap();
    let refused = words(session(&root).delete(&name("b"), false), &root);
    assert_eq!(refused, "b stands in etc/vrrp/vrrp.toml, which vrrpadm did not write: delete it there with --force");
    let edited = session(&root).delete(&name("b"), true).unwrap();
    assert_eq!((edited.changes.len(), text(&root, MAIN).as_str()), (2, ""));
    session(&root).undo(&edited).unwrap();
    assert_eq!(text(&root, MAIN), main);
    assert!(text(&root, "etc/vrrp/vrrp.d/b.toml").contains("protect"));
}

#[test]
fn files_of_packages_and_of_others_are_left_alone() {
    let vendor = "[instance.a]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n";
    let root = root(&[("usr/lib/vrrp/vrrp.d/a.toml", vendor), ("etc/vrrp/vrrp.d/b.toml", "# mine\n")]);
    let told = words(session(&root).modify(&name("a"), &[Setting::new("vrid", 5)]), &root);
    let advice = "usr/lib/vrrp/vrrp.d/a.toml belongs to a package: copy it to etc/vrrp/vrrp.d under the same name and edit it there";
    assert_eq!(told, advice);
    assert_eq!(words(session(&root).delete(&name("a"), true), &root), advice);
    let told = words(session(&root).create(&name("a"), &[Setting::new("priority", 5)]), &root);
    assert!(told.starts_with("usr/lib/vrrp/vrrp.d/a.toml is there already, and vrrpadm did not write it"), "{told}");
    let told = words(session(&root).create(&name("b"), &whole(52)), &root);
    assert!(told.starts_with("etc/vrrp/vrrp.d/b.toml is there already, and vrrpadm did not write it"), "{told}");
}

#[test]
fn problems_that_were_there_before_are_told_and_do_not_block() {
    let root =
        root(&[(MAIN, "[instance.b]\ninterface = \"eth0\"\nvrid = 0\npriority = 300\n"), (OWN, "[instance.a\n")]);
    let mut session = session(&root);
    let edited = session.modify(&name("b"), &[Setting::new("vrid", 5)]).unwrap();
    let remaining: Vec<&str> = edited.remaining.iter().map(|problem| problem.place.file.as_str()).collect();
    assert_eq!((remaining.len(), remaining[0]), (2, root.path().join(MAIN).to_str().unwrap()));
    assert!(text(&root, MAIN).contains("vrid = 5\n"));
    let told = words(session.modify(&name("b"), &[Setting::new("mac", "x")]), &root);
    assert!(told.contains("mac = \"x\" is unknown"), "{told}");
}

#[test]
fn links_are_followed_and_the_mode_stays() {
    let root =
        root(&[("srv/a.toml", "[instance.a]\ninterface = \"eth0\"\nvrid = 5\naddresses = [\"192.0.2.5/24\"]\n")]);
    let target = root.path().join("srv/a.toml");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    fs::create_dir_all(root.path().join("etc/vrrp/vrrp.d")).unwrap();
    symlink(&target, root.path().join(OWN)).unwrap();
    session(&root).modify(&name("a"), &[Setting::new("vrid", 6)]).unwrap();
    assert!(fs::symlink_metadata(root.path().join(OWN)).unwrap().is_symlink());
    assert!(text(&root, "srv/a.toml").contains("vrid = 6"));
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_dir(root.path().join("srv")).unwrap().count(), 1);
}

#[test]
fn what_somebody_else_changed_meanwhile_is_not_lost() {
    let root = root(&[]);
    let mut session = session(&root);
    session.create(&name("a"), &whole(51)).unwrap();
    let theirs = text(&root, OWN).replace("51", "52");
    fs::write(root.path().join(OWN), &theirs).unwrap();
    let expected = "etc/vrrp/vrrp.d/a.toml was changed by somebody else meanwhile: nothing was written, try again";
    assert_eq!(words(session.modify(&name("a"), &[Setting::new("priority", 5)]), &root), expected);
    assert_eq!(words(session.delete(&name("a"), false), &root), expected);
    fs::write(root.path().join("etc/vrrp/vrrp.d/b.toml"), "# theirs\n").unwrap();
    let told = words(session.create(&name("c"), &whole(53)), &root);
    assert!(told.contains("was changed by somebody else meanwhile"), "{told}");
    assert_eq!(text(&root, OWN), theirs);

    let path = root.path().join(OWN);
    let late = Change { path: path.clone(), before: None, after: Some("mine\n".to_owned()) };
    assert_eq!(words(disk::replace(&late), &root), expected);
    let late = Change { path, before: Some("old\n".to_owned()), after: Some("mine\n".to_owned()) };
    assert_eq!(words(disk::replace(&late), &root), expected);
    assert_eq!(text(&root, OWN), theirs);
}

#[test]
fn what_cannot_be_written_is_named() {
    let refusal = Session::open(Path::new("/proc/self")).unwrap_err().to_string();
    assert_eq!(refusal, "cannot make /proc/self/etc/vrrp/vrrp.d: no such file or directory");
    let root = root(&[]);
    symlink("/dev/null", root.path().join("null")).unwrap();
    let change = Change { path: root.path().join("null"), before: Some(String::new()), after: Some("x".to_owned()) };
    assert_eq!(words(disk::replace(&change), &root), "null is no regular file: write the key into a file of its own");
}

#[test]
fn many_editors_at_once_lose_nothing() {
    let root = root(&[]);
    let together = Barrier::new(8);
    let edit = |n: i64| {
        together.wait();
        session(&root).create(&name(&format!("i{n}")), &whole(n)).unwrap();
        session(&root).create(&name("all"), &whole(99)).unwrap();
        session(&root).modify(&name("all"), &[Setting::new("priority", n)]).unwrap();
    };
    std::thread::scope(|scope| {
        for n in 1..=8 {
            let edit = &edit;
            scope.spawn(move || edit(n));
        }
    });
    let config = check_gathered(&gather(&Tree::below(root.path()))).unwrap().config;
    assert_eq!(config.instances.len(), 9);
    let leftovers = fs::read_dir(root.path().join("etc/vrrp/vrrp.d")).unwrap().count();
    assert_eq!(leftovers, 9);
}
