//! Conditions from their text.

use std::collections::BTreeSet;
use std::time::Duration;

use vrrp::config::diff::diff;
use vrrp::config::{Effect, Expect, Track, Watch};

use super::track_mistakes::{MISTAKES, WARNINGS};
use super::{SHORT, brief, check_text, config, only, shown};

/// The conditions of an instance with these lines below its own.
fn tracks(lines: &str) -> Vec<Track> {
    only(&config(&format!("{SHORT}{lines}"))).track.clone()
}

fn track(lines: &str) -> Track {
    let tracks = tracks(&format!("[[instance.a.track]]\n{lines}\n"));
    assert_eq!(tracks.len(), 1);
    tracks.into_iter().next().expect("one condition")
}

#[test]
fn every_kind_is_taken_with_its_defaults() {
    let kinds = [
        ("unit = \"a.service\"", "unit", "a.service"),
        ("interface = \"eth1\"", "interface", "eth1"),
        ("mii = \"eth1\"", "mii", "eth1"),
        ("route = \"0.0.0.0/0\"", "route", "0.0.0.0/0"),
        ("script = \"/usr/lib/check\"", "script", "/usr/lib/check"),
        ("http = \"http://192.0.2.10\"", "http", "http://192.0.2.10:80/"),
        ("tcp = \"192.0.2.10:80\"", "tcp", "192.0.2.10:80"),
        ("process = \"nginx\"", "process", "nginx"),
        ("file = \"/run/maintenance\"", "file", "/run/maintenance"),
    ];
    for (line, kind, watched) in kinds {
        let track = track(line);
        assert_eq!((track.watch.kind(), track.watch.to_string().as_str()), (kind, watched));
        assert_eq!(track.effect, Effect::Backup);
        let damping = track.damping;
        assert_eq!((damping.rise, damping.fall), (1, 1));
        assert!(damping.up_delay.is_zero() && damping.down_delay.is_zero());
    }
}

#[test]
fn every_key_of_a_condition_is_taken() {
    let common = "effect = -50\nup_delay = \"10s\"\ndown_delay = \"2s\"\n";
    let polled = "rise = 3\nfall = 255\ninterval = \"100ms\"\n";
    let timed = "timeout = \"60min\"\n";
    for (lines, timed) in [
        (format!("mii = \"eth1\"\n{polled}{common}"), false),
        (format!("script = [\"/usr/lib/check\", \"a b\", \"\"]\nuser = \"monitor\"\n{polled}{timed}{common}"), true),
        (format!("tcp = \"[2001:db8::1]:443\"\n{polled}{timed}{common}"), true),
        (
            format!(
                "http = \"http://192.0.2.10:8080/x?y\"\nstatus = [204, 200]\nbody = \"ok\"\nhost = \"www.example.org\"\n\
                 {polled}{timed}{common}"
            ),
            true,
        ),
    ] {
        let track = track(&lines);
        assert_eq!(track.effect, Effect::Weight(-50));
        assert_eq!((track.damping.rise, track.damping.fall), (3, 255));
        assert_eq!(
            (track.damping.up_delay, track.damping.down_delay),
            (Duration::from_secs(10), Duration::from_secs(2))
        );
        let pace = match &track.watch {
            Watch::Mii(mii) => (mii.interval, None),
            Watch::Script(script) => (script.pace.interval, Some(script.pace.timeout)),
            Watch::Http(http) => (http.pace.interval, Some(http.pace.timeout)),
            Watch::Tcp(tcp) => (tcp.pace.interval, Some(tcp.pace.timeout)),
            Watch::Unit(_)
            | Watch::Interface(_)
            | Watch::Route(_)
            | Watch::Process(_)
            | Watch::File(_)
            | Watch::Group(_) => {
                panic!("{:?} has no pace", track.watch)
            }
        };
        assert_eq!(pace, (Duration::from_millis(100), timed.then_some(Duration::from_secs(3600))));
    }
}

#[test]
fn what_belongs_to_one_kind_is_taken() {
    let Watch::Script(script) = track("script = [\"/usr/lib/check\", \"a b\", \"\"]").watch else { panic!("a script") };
    assert_eq!((script.arguments, script.user), (vec!["a b".to_owned(), String::new()], None));

    let Watch::Http(http) = track("http = \"http://[2001:db8::1]/health\"").watch else { panic!("a request") };
    assert_eq!((http.path.as_str(), http.host.as_str()), ("/health", "[2001:db8::1]"));
    assert_eq!((http.status, http.body), (BTreeSet::from([200]), None));
    let lines = "http = \"http://192.0.2.10\"\nstatus = [204, 200]\nbody = \"ok\"\nhost = \"www.example.org\"";
    let Watch::Http(http) = track(lines).watch else { panic!("a request") };
    assert_eq!((http.status, http.host.as_str()), (BTreeSet::from([200, 204]), "www.example.org"));
    assert_eq!(http.body.as_deref(), Some("ok"));

    let lines = "route = \"2001:db8::/32\"\nvia = \"fe80::1\"\nthrough = \"eth1\"";
    assert_eq!(track(lines).watch.to_string(), "2001:db8::/32 via fe80::1 through eth1");

    let Watch::Process(process) = track("process = \"nginx\"\ncount = 4").watch else { panic!("a process") };
    assert_eq!((process.name.as_str(), process.count), ("nginx", 4));
    let Watch::Process(process) = track("process = \"nginx\"").watch else { panic!("a process") };
    assert_eq!(process.count, 1);

    let Watch::File(file) = track("file = \"/run//./down\"\nexpect = \"absent\"").watch else { panic!("a file") };
    assert_eq!((file.path.to_str(), file.expect), (Some("/run/down"), Expect::Absent));
}

#[test]
fn the_number_in_a_file_is_a_weight() {
    assert_eq!(track("file = \"/run/w\"\nexpect = \"integer\"").effect, Effect::Weight(1));
    assert_eq!(track("file = \"/run/w\"\nexpect = \"integer\"\neffect = -10").effect, Effect::Weight(-10));
}

#[test]
fn conditions_stand_below_headings_or_in_a_list() {
    let headings = tracks(
        "[[instance.a.track]]\ninterface = \"eth1\"\n[[instance.a.track]]\nprocess = \"nginx\"\neffect = \"fault\"\n",
    );
    assert_eq!(headings, tracks("track = [{ interface = \"eth1\" }, { process = \"nginx\", effect = \"fault\" }]\n"));
    assert_eq!(tracks("track = []\n"), []);
    let beside = config(&format!("[[instance.a.track]]\ninterface = \"eth1\"\n{SHORT}"));
    assert_eq!(only(&beside).track.len(), 1);
}

#[test]
fn the_conditions_of_an_instance_replace_the_default_ones() {
    let second = SHORT.replace("[instance.a]", "[instance.b]").replace("51", "52").replace("2.10", "2.11");
    let third = SHORT.replace("[instance.a]", "[instance.c]").replace("51", "53").replace("2.10", "2.12");
    let text = format!(
        "{SHORT}[[instance.a.track]]\ninterface = \"eth1\"\n{second}{third}track = []\n[[defaults.track]]\nprocess = \"nginx\"\n"
    );
    let config = config(&text);
    let told: Vec<Vec<String>> =
        config.instances.values().map(|one| one.track.iter().map(|track| track.watch.to_string()).collect()).collect();
    assert_eq!(told, [vec!["eth1".to_owned()], vec!["nginx".to_owned()], vec![]]);
}

#[test]
fn every_mistake_says_what_to_do() {
    for (lines, expected) in MISTAKES {
        let problems = check_text(&format!("{SHORT}[[instance.a.track]]\n{lines}\n")).err().unwrap_or_default();
        let told: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
        assert_eq!(told, *expected, "{lines}");
        assert!(problems.iter().all(|problem| problem.instance.as_deref() == Some("a")), "{lines}");
    }
}

#[test]
fn what_is_hardly_meant_is_a_warning() {
    for (lines, expected) in WARNINGS {
        let checked =
            check_text(&format!("{SHORT}{lines}\n")).unwrap_or_else(|problems| panic!("{}", shown(&problems)));
        let told: Vec<&str> = checked.warnings.iter().map(|warning| warning.message.as_str()).collect();
        assert_eq!(told, *expected, "{lines}");
    }
}

#[test]
fn what_members_of_a_sync_group_share_is_no_idle_word_of_one() {
    let second = SHORT.replace("[instance.a]", "[instance.b]").replace("51", "52").replace("2.10", "2.11");
    let text = format!(
        "{SHORT}last_resort = true\n{second}last_resort = true\n[sync.x]\ninstances = [\"a\", \"b\"]\n\
         [[sync.x.track]]\nprocess = \"nginx\"\n[[sync.x.track]]\nfile = \"/tmp/x\"\n"
    );
    let expected = ["13:1 vrrp.service cannot see what is below /tmp: put the file elsewhere, such as below /run"];
    assert_eq!(brief(&check_text(&text).unwrap().warnings), expected);
}

#[test]
fn a_mistake_is_shown_at_its_place() {
    let text = format!(
        "{SHORT}[[instance.a.track]]\nunit = \"b.service\"\ninterval = \"1s\"\n[[instance.a.track]]\neffect = \"fault\"\n"
    );
    insta::assert_snapshot!(shown(&check_text(&text).unwrap_err()), @r#"
    vrrp.toml:7:1: interval changes nothing for unit, which tells each change itself: leave it out
        7 | interval = "1s"
          | ^^^^^^^^
    vrrp.toml:8:1: nothing is watched: add one of unit, interface, mii, route, script, http, tcp, process, file or group
        8 | [[instance.a.track]]
          | ^^^^^^^^^^^^^^^^^^^^
    "#);
    let text = format!(
        "[instance.a]\npriority = 255\n{}track = [{{ file = \"/run/w\", expect = \"integer\" }}]\n",
        &SHORT[13..]
    );
    let expected = ["6:10 a weight does not move priority 255, the address owner's: use a priority from 1 to 254"];
    assert_eq!(brief(&check_text(&text).unwrap_err()), expected);
}

#[test]
fn a_line_that_is_no_toml_is_told_alone() {
    // Behind a line without = the parser reads nothing.
    for (broken, expected) in
        [("interface = eth1\n", &[6, 10][..]), ("interface =\n", &[6, 10]), ("interface \"eth1\"\n", &[6])]
    {
        let text = format!(
            "{SHORT}[[instance.a.track]]\n{broken}[[instance.a.track]]\ninterval = 5\n[instance.b]\ninterface = 5\n"
        );
        let problems = check_text(&text).unwrap_err();
        let lines: Vec<usize> = problems.iter().map(|problem| problem.place.line).collect();
        assert_eq!(lines, expected, "{}", shown(&problems));
    }
}

#[test]
fn a_wrong_default_condition_is_told_once() {
    let second = SHORT.replace("[instance.a]", "[instance.b]").replace("51", "52").replace("2.10", "2.11");
    let text = format!("{SHORT}{second}[[defaults.track]]\nprocess = \"nginx\"\nrise = 3\n");
    let expected = ["11:1 rise changes nothing for process, which tells each change itself: use up_delay"];
    assert_eq!(brief(&check_text(&text).unwrap_err()), expected);
}

#[test]
fn other_conditions_leave_the_router_the_same() {
    let old = config(&format!("{SHORT}track = [{{ interface = \"eth1\" }}]\n"));
    let new = config(&format!("{SHORT}last_resort = true\ntrack = [{{ process = \"nginx\" }}]\n"));
    let changes = diff(&old, &new);
    assert_eq!(
        changes.iter().map(|change| (change.name().as_str(), change.replaces())).collect::<Vec<_>>(),
        [("a", false)]
    );
}
