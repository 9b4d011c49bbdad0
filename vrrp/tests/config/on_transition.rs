//! What is run at a transition, from its text.

use std::time::Duration;

use vrrp::config::OnTransition;
use vrrp::state::State;

use super::{SHORT, check_text, config, only};

/// What an instance with these lines below its own runs.
fn runs(lines: &str) -> Vec<OnTransition> {
    only(&config(&format!("{SHORT}{lines}\n"))).on_transition.clone()
}

#[test]
fn a_path_alone_runs_at_every_transition() {
    let [run] = &runs("on_transition = \"/opt/tell\"")[..] else { panic!("one program") };
    assert_eq!((run.program.to_str(), run.arguments.len()), (Some("/opt/tell"), 0));
    assert!(run.to.iter().eq(&State::ALL));
    assert_eq!((&run.user, run.timeout), (&None, Duration::from_secs(30)));
}

#[test]
fn arguments_states_users_and_times_are_taken() {
    let [run] = &runs("on_transition = [\"/opt/tell\", \"--mail\", \"a b\"]")[..] else { panic!("one program") };
    assert_eq!(run.arguments, ["--mail", "a b"]);
    let both = runs(
        "[[instance.a.on_transition]]\nprogram = \"/opt/up\"\nto = \"master\"\nuser = \"root\"\n\
                     [[instance.a.on_transition]]\nprogram = [\"/opt/down\", \"x\"]\nto = [\"fault\", \"backup\"]\ntimeout = \"2s\"",
    );
    let [up, down] = &both[..] else { panic!("two programs") };
    assert!(up.to.iter().eq(&[State::Master]) && up.user.as_deref() == Some("root"));
    assert!(down.to.iter().eq(&[State::Backup, State::Fault]) && down.timeout == Duration::from_secs(2));
    assert_eq!(runs("on_transition = { program = \"/opt/tell\" }").len(), 1);
    assert_eq!(runs("on_transition = []"), []);
}

#[test]
fn the_defaults_run_for_every_instance_that_has_none_of_its_own() {
    let text = format!("[defaults]\non_transition = \"/opt/tell\"\n{SHORT}");
    assert_eq!(only(&config(&text)).on_transition.len(), 1);
    assert_eq!(only(&config(&format!("{text}on_transition = []\n"))).on_transition, []);
}

#[test]
fn what_is_wrong_is_told() {
    for (line, message) in [
        ("on_transition = 5", "on_transition = 5 is a number: write text in quotes, such as \"/usr/local/lib/check\""),
        ("on_transition = \"tell\"", "\"tell\" is no absolute path: begin it with /"),
        (
            "on_transition = \"/opt/tell me\"",
            "on_transition = \"/opt/tell me\" has a space: write the arguments apart, [\"/opt/tell\", \"me\"]",
        ),
        ("on_transition = {}", "the program is missing: add program = \"/usr/local/lib/vrrp-event\""),
        (
            "on_transition = [{ program = \"/a\" }, \"/b\"]",
            "\"/b\" is text: write a table, such as { program = \"…\" }",
        ),
        ("on_transition = { program = \"/a\", to = \"mastr\" }", "to = \"mastr\" is unknown: did you mean \"master\"?"),
        ("on_transition = { program = \"/a\", to = [] }", "to = […] names no state: leave it out for all of them"),
        ("on_transition = { program = \"/a\", timeout = \"2s\", usr = \"x\" }", "usr is unknown: did you mean user?"),
        (
            "on_transition = { program = \"/a\", timeout = \"0s\" }",
            "timeout = \"0s\" is out of range: use 100ms to 60min",
        ),
        ("on_transition = { program = \"/a\", at = 1 }", "at is unknown: there are program, to, user and timeout"),
    ] {
        let problems = check_text(&format!("{SHORT}{line}\n")).expect_err("it is wrong");
        let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(messages, [message], "{line}");
    }
}
