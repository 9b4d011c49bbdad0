//! `auth`: where secrets are, and that no message spreads one.

use vrrp::config::{Auth, SecretSource};
use vrrp::wire::auth::{KeyId, Mode, Window};

use super::*;

const V2: &str = "version = 2\n";

fn auth(lines: &str) -> Auth {
    only(&config(&format!("{SHORT}{lines}"))).auth.clone().expect("it authenticates")
}

fn told(lines: &str) -> Vec<String> {
    let problems = check_text(&format!("{SHORT}{lines}")).err().unwrap_or_default();
    problems.into_iter().map(|problem| problem.message).collect()
}

fn id(number: u8) -> KeyId {
    KeyId::new(number).expect("not 0")
}

fn file(path: &str) -> SecretSource {
    SecretSource::File(path.into())
}

#[test]
fn each_type_is_taken() {
    let password = auth(&format!("{V2}auth = {{ type = \"password\", file = \"/etc/vrrp/keys/a\" }}\n"));
    assert_eq!(password, Auth::Password(file("/etc/vrrp/keys/a")));
    let ah = auth(&format!("{V2}auth = {{ type = \"ah\", credential = \"vrrp.a\" }}\n"));
    assert_eq!(ah, Auth::Ah(SecretSource::Credential("vrrp.a".to_owned())));
    let short = auth("auth = { type = \"hmac-sha256\", keys = { id = 7, file = \"/k\" } }\n");
    let keys = [(id(7), file("/k"))].into();
    assert_eq!(short, Auth::Hmac { keys, send: id(7), mode: Mode::Enforce, window: None });
    let text = r#"
        [instance.a.auth]
        type = "hmac-sha256"
        send = 2
        mode = "receive-only"
        window = "30s"
        [[instance.a.auth.keys]]
        id = 1
        credential = "vrrp.a.1"
        [[instance.a.auth.keys]]
        id = 2
        file = "/etc/vrrp/keys/2"
    "#;
    let long = auth(text);
    let keys = [(id(1), SecretSource::Credential("vrrp.a.1".to_owned())), (id(2), file("/etc/vrrp/keys/2"))].into();
    let window = Some(Window::Within(Duration::from_secs(30)));
    assert_eq!(long, Auth::Hmac { keys, send: id(2), mode: Mode::ReceiveOnly, window });
    let unlimited =
        auth("auth = { type = \"hmac-sha256\", keys = [{ id = 1, file = \"/k\" }], window = \"unlimited\" }\n");
    assert!(matches!(unlimited, Auth::Hmac { window: Some(Window::Unlimited), .. }));
}

#[test]
fn a_default_is_for_all_and_can_be_turned_off() {
    let default = "[defaults]\nauth = { type = \"hmac-sha256\", keys = [{ id = 1, file = \"/k\" }] }\n";
    assert!(only(&config(&format!("{default}{SHORT}"))).auth.is_some());
    assert_eq!(only(&config(&format!("{default}{SHORT}auth = {{ type = \"none\" }}\n"))).auth, None);
}

#[test]
fn the_window_is_three_advertisements_and_five_seconds_at_least() {
    assert_eq!(
        Auth::usual_window(vrrp::id::Interval::from_seconds(255).unwrap()),
        Window::Within(Duration::from_secs(300))
    );
    let seconds = |centiseconds| match Auth::usual_window(vrrp::id::Interval::from_centiseconds(centiseconds).unwrap())
    {
        Window::Within(window) => window.as_secs(),
        Window::Unlimited => 0,
    };
    assert_eq!([1, 100, 166, 167, 200, 4095].map(seconds), [5, 5, 5, 6, 6, 123]);
}

#[test]
fn what_contradicts_itself_is_told_with_what_to_do() {
    let hmac = |rest: &str| format!("auth = {{ type = \"hmac-sha256\", {rest} }}\n");
    let key = "{ id = 1, file = \"/k\" }";
    let cases: Vec<(String, &[&str])> = vec![
        (
            "auth = { type = \"password\", file = \"/k\" }\n".to_owned(),
            &["version 3 has no type = \"password\": use type = \"hmac-sha256\", or version = 2"],
        ),
        (
            "version = 3\nauth = { type = \"ah\", file = \"/k\" }\n".to_owned(),
            &["version 3 has no type = \"ah\": use type = \"hmac-sha256\", or version = 2"],
        ),
        (
            format!("{V2}auth = {{ type = \"ah\" }}\n"),
            &[
                "the secret is missing: add file = \"/etc/vrrp/keys/NAME\", or credential = \"NAME\" for one of systemd's",
            ],
        ),
        (
            format!("{V2}auth = {{ type = \"ah\", file = \"/k\", credential = \"k\", mode = \"enforce\" }}\n"),
            &[
                "a secret is in one place: leave out credential or file",
                "mode changes nothing here: only type = \"hmac-sha256\" has it",
            ],
        ),
        (
            format!("{V2}auth = {{ type = \"ah\", file = \"keys/k\" }}\n"),
            &["file is no path from the root: write one such as /etc/vrrp/keys/NAME"],
        ),
        (
            format!("{V2}auth = {{ type = \"ah\", credential = \"a/b\" }}\n"),
            &["a/b is no name of a credential: use letters, digits, . _ and -"],
        ),
        (
            hmac("send = 1"),
            &["the keys are missing: add, for example, keys = [{ id = 1, file = \"/etc/vrrp/keys/1\" }]"],
        ),
        (hmac("keys = []"), &["keys is empty: write [{ id = 1, file = \"/etc/vrrp/keys/1\" }]"]),
        (hmac("keys = [1]"), &["a key is a table: write { id = 1, file = \"/etc/vrrp/keys/1\" }"]),
        (hmac("keys = [{ file = \"/k\" }]"), &["the id is missing: add id = 1, the same on all hosts"]),
        (hmac("keys = [{ id = 0, file = \"/k\" }]"), &["id = 0 is no number of a key: use 1 to 255"]),
        (hmac("keys = [{ id = 256, file = \"/k\" }]"), &["id = 256 is no number of a key: use 1 to 255"]),
        (hmac(&format!("keys = [{key}, {key}]")), &["key 1 stands twice in auth: leave one out"]),
        (
            hmac(&format!("keys = [{key}, {{ id = 2, file = \"/l\" }}]")),
            &["send is missing: of several keys, name the one to send with, such as send = 1"],
        ),
        (hmac(&format!("keys = [{key}], send = 2")), &["send = 2 is no key: use 1"]),
        (
            hmac(&format!("keys = [{key}], mode = \"enforced\"")),
            &["mode = \"enforced\" is unknown: did you mean \"enforce\"?"],
        ),
        (
            hmac(&format!("keys = [{key}], window = \"301s\"")),
            &[
                "window = \"301s\" is no window: use whole seconds, \"1s\" to \"300s\", or \"unlimited\" where clocks cannot be trusted",
            ],
        ),
        (
            hmac(&format!("keys = [{key}], window = \"1.5s\"")),
            &[
                "window = \"1.5s\" is no window: use whole seconds, \"1s\" to \"300s\", or \"unlimited\" where clocks cannot be trusted",
            ],
        ),
        (
            hmac(&format!("keys = [{key}], window = \"5\"")),
            &[
                "window = \"5\" is no duration: use whole seconds, \"1s\" to \"300s\", or \"unlimited\" where clocks cannot be trusted",
            ],
        ),
        (hmac(&format!("keys = [{key}], windw = \"5s\"")), &["windw is unknown: did you mean window?"]),
        (
            hmac(&format!("keys = [{key}], credential = \"k\"")),
            &[
                "credential changes nothing here: each of keys has its own, as in keys = [{ id = 1, file = \"/etc/vrrp/keys/1\" }]",
            ],
        ),
    ];
    for (lines, expected) in cases {
        assert_eq!(told(&lines), *expected, "{lines}");
    }
}

/// Whatever form it has, whatever else is wrong with the line.
#[test]
fn no_message_spreads_a_secret() {
    let advice = "a secret does not stand in this file, which others may read";
    let forms = [
        "auth = { type = \"password\", password = \"hunter2\" }",
        "auth = { type = \"password\", key = \"hunter2\", nonsense = 1 }",
        "auth = { type = \"ah\", secret = \"hunter2\" }",
        "auth = { type = \"hmac-sha256\", keys = [{ id = 1, key = \"hunter2\" }] }",
        "auth = { type = \"password\", password = hunter2 }",
        "password = hunter2",
        "auth_pass = \"hunter2\"",
        "auth = \"hunter2\"",
        "auth = hunter2",
        "[instance.a.auth]\ntype = \"password\"\npassword = \"hunter2\"",
        "[instance.a.auth]\ntype = \"password\"\npassword = \"hunter2",
    ];
    for form in forms {
        let problems = check_text(&format!("{SHORT}version = 2\n{form}\n")).unwrap_err();
        let told = shown(&problems);
        assert!(!told.contains("hunter2"), "{form}:\n{told}");
        assert!(told.contains(advice) || form.contains("auth = \"") || form.contains("auth_pass"), "{form}:\n{told}");
    }
}

#[test]
fn a_place_and_a_caret_where_nothing_is_secret() {
    let problems = check_text(&format!("{SHORT}auth = {{ type = \"password\", file = \"/k\" }}\n")).unwrap_err();
    let told = shown(&problems);
    assert!(told.contains("vrrp.toml:5:8: version 3") && told.contains("^^^^"), "{told}");
}

/// The trailer takes room that addresses had.
#[test]
fn a_trailer_counts_in_the_size_of_a_packet() {
    let addresses: Vec<String> = (1..=90).map(|host| format!("\"2001:db8::{host:x}/64\"")).collect();
    let warned = |auth: &str| {
        let base = SHORT.replace("\"192.0.2.10/24\"", &addresses.join(", "));
        let warnings = check_text(&format!("{base}{auth}")).unwrap().warnings;
        warnings.into_iter().any(|warning| warning.message.starts_with("more than 89 IPv6 addresses do not fit"))
    };
    assert!(!warned(""));
    assert!(warned("auth = { type = \"hmac-sha256\", keys = [{ id = 1, file = \"/k\" }] }\n"));
}

/// A Master whose secrets change stays Master.
#[test]
fn a_change_of_authentication_is_made_in_place() {
    let text = |auth: &str| config(&format!("{SHORT}{V2}{auth}"));
    let kinds = [
        text(""),
        text("auth = { type = \"password\", file = \"/k\" }\n"),
        text("auth = { type = \"ah\", file = \"/k\" }\n"),
        text("auth = { type = \"hmac-sha256\", keys = [{ id = 1, file = \"/k\" }] }\n"),
        text("auth = { type = \"hmac-sha256\", keys = [{ id = 1, file = \"/k\" }], mode = \"permissive\" }\n"),
    ];
    for (at, old) in kinds.iter().enumerate() {
        for (other, new) in kinds.iter().enumerate() {
            let changes = diff(old, new);
            assert_eq!(changes.len(), usize::from(at != other));
            assert!(changes.iter().all(|change| !change.replaces()));
        }
    }
}
