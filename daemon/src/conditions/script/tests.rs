use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use nix::unistd::{User, geteuid};
use tokio::sync::{mpsc, watch};
use vrrp::config::{Pace, Watch};

use super::super::{Report, start};
use super::*;

/// What the shell runs, as the user that runs the test.
fn shell(line: &str) -> Script {
    let user = User::from_uid(geteuid()).unwrap().unwrap().name;
    let patience = Duration::from_millis(500);
    Script {
        program: PathBuf::from("/bin/sh"),
        arguments: vec!["-c".to_owned(), line.to_owned()],
        user: Some(user),
        pace: Pace { interval: patience, timeout: patience },
    }
}

fn looks(script: Script) -> Looks {
    Looks { script, pending: None, left: None, failing: None }
}

/// What one look at a script gives.
async fn seen(line: &str) -> String {
    let Observation { finding, words } = looks(shell(line)).next().await;
    format!("{finding:?}: {words}")
}

#[tokio::test]
async fn zero_is_good_and_every_other_end_is_bad() {
    assert_eq!(seen("exit 0").await, "Good: /bin/sh ended with 0");
    assert_eq!(seen("exit 2").await, "Bad: /bin/sh ended with 2");
    assert_eq!(seen("kill -SEGV $$").await, "Bad: /bin/sh was ended by SIGSEGV");
    assert_eq!(seen("echo fine; echo wrong >&2; exit 3").await, "Bad: /bin/sh ended with 3: wrong");
    assert_eq!(seen("echo 'CRITICAL - no disk'; exit 2").await, "Bad: /bin/sh ended with 2: CRITICAL - no disk");
}

#[tokio::test]
async fn what_is_late_is_killed_with_all_that_it_started() {
    let late = "Bad: /bin/sh did not end within 500ms and was killed";
    assert_eq!(seen("sleep 1000").await, late);
    assert_eq!(seen("trap '' TERM; while :; do :; done").await, late);
    let told = seen("sleep 1000 & echo $! >&2; wait").await;
    let child = told.strip_prefix("Bad: /bin/sh did not end within 500ms and was killed: ").unwrap();
    assert!(is_gone(child).await, "{told}");
}

/// Waits until a process that was killed is gone, or has ended and waits for its new parent.
async fn is_gone(process: &str) -> bool {
    let is_there = || {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with('Z'))
    };
    for _ in 0..1000 {
        if !is_there() {
            return true;
        }
        tokio::task::yield_now().await;
        std::thread::yield_now();
    }
    !is_there()
}

#[tokio::test]
async fn what_is_left_behind_with_the_pipe_keeps_nobody_waiting() {
    let told = seen("sleep 1000 & echo $! >&2; exit 1").await;
    let child = told.strip_prefix("Bad: /bin/sh ended with 1: ").unwrap();
    assert!(is_gone(child).await, "{told}");
}

#[tokio::test]
async fn a_flood_ends_the_program_and_a_page_does_not() {
    let flood = seen("while :; do echo 0123456789012345678901234567890123456789; done").await;
    // How fast a shell writes is its own affair.
    let begins = ["Bad: /bin/sh wrote more than 1024 KiB and was killed: 0", "Bad: /bin/sh did not end within 500ms"];
    assert!(begins.iter().any(|begin| flood.starts_with(begin)), "{flood}");
    assert_eq!(seen("cat /bin/sh").await, "Good: /bin/sh ended with 0");
    assert_eq!(seen("cat /dev/zero").await, "Bad: /bin/sh wrote more than 1024 KiB and was killed");
}

#[tokio::test]
async fn the_words_for_one_failure_are_found_once() {
    let mut looks = looks(shell("echo $$ >&2; exit 1"));
    let first = looks.next().await;
    assert_eq!(looks.next().await, first);
    looks.script = shell("echo other >&2; exit 2");
    assert_eq!(looks.next().await, Observation::bad("/bin/sh ended with 2: other"));
    looks.script = shell("exit 0");
    assert_eq!(looks.next().await, Observation::good("/bin/sh ended with 0"));
    looks.script = shell("echo again >&2; exit 2");
    assert_eq!(looks.next().await, Observation::bad("/bin/sh ended with 2: again"));
}

/// Runs a line that writes what it finds, and fails so that this is told.
async fn told(line: &str) -> String {
    let told = seen(&format!("{line} >&2; exit 1")).await;
    told.strip_prefix("Bad: /bin/sh ended with 1: ").unwrap().to_owned()
}

#[tokio::test]
async fn nothing_of_the_daemon_reaches_the_program() {
    let user = User::from_uid(geteuid()).unwrap().unwrap();
    let (name, home) = (user.name, user.dir.display());
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    // The shell adds some of its own.
    assert_eq!(
        told("echo $(env | grep -v ^PWD= | grep -v ^_= | grep -v ^SHLVL= | sort)").await,
        format!("HOME={home} LANG=C.UTF-8 LOGNAME={name} PATH={path} USER={name}")
    );
    assert_eq!(told("pwd").await, "/");
    // Beside the first three, the directory that is read.
    assert_eq!(told("echo $(ls /proc/self/fd)").await, "0 1 2 3");
    assert_eq!(told("readlink /proc/self/fd/0").await, "/dev/null");
    // Its own number, its group's and its session's.
    let own = told("cut -d ' ' -f 1,5,6 /proc/$$/stat").await;
    let numbers: BTreeSet<&str> = own.split_whitespace().collect();
    assert_eq!(numbers.len(), 1, "it leads a session of its own: {own}");
    let none = "CapPrm: 0000000000000000 CapEff: 0000000000000000 CapAmb: 0000000000000000 NoNewPrivs: 1";
    assert_eq!(told("echo $(grep -E '^(CapPrm|CapEff|CapAmb|NoNewPrivs)' /proc/self/status)").await, none);
}

#[tokio::test]
async fn what_cannot_be_run_is_told_with_its_reason() {
    let with = |change: &dyn Fn(&mut Script)| {
        let mut script = shell("exit 0");
        change(&mut script);
        looks(script)
    };
    let missing = with(&|script| script.program = PathBuf::from("/usr/lib/no-such-check")).next().await;
    assert_eq!(missing, Observation::bad("/usr/lib/no-such-check does not exist"));
    let stranger = with(&|script| script.user = Some("no-such-user".to_owned())).next().await;
    assert_eq!(stranger, Observation::bad("/bin/sh cannot be run by no-such-user: there is no such user"));
}

/// The daemon ends at once, whatever a script does, and takes the script with it.
#[test]
fn nobody_waits_for_a_script_when_the_daemon_ends() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut script = shell("exec 2>/dev/null; echo $$ > $0; sleep 1000");
    let directory = tempfile::TempDir::new().unwrap();
    let file = directory.path().join("pid");
    script.arguments.push(file.display().to_string());
    script.pace.timeout = Duration::from_secs(3600);
    let pid = runtime.block_on(async {
        let (wanted, receiver) = watch::channel(BTreeSet::from([Watch::Script(script)]));
        let _reports: mpsc::Receiver<Report> = start(receiver);
        let pid = loop {
            let pid = std::fs::read_to_string(&file).unwrap_or_default();
            if pid.ends_with('\n') {
                break pid.trim().to_owned();
            }
            tokio::task::yield_now().await;
        };
        drop(wanted);
        pid
    });
    drop(runtime);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert!(runtime.block_on(is_gone(&pid)), "{pid} still runs");
}
