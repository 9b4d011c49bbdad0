use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use nix::sched::{CloneFlags, unshare};
use vrrp::conditions::Finding;
use vrrp::config::{Process, Watch};

use crate::conditions::tests::{Sources, run};

/// A program under a name that no other process has, with a letter that no other test has.
struct Program {
    _folder: tempfile::TempDir,
    path: PathBuf,
    name: String,
}

impl Program {
    fn new(letter: char) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Within the 15 bytes that the kernel keeps.
        let name = format!("vrrp{letter}{}", std::process::id());
        let path = folder.path().join(&name);
        std::fs::copy("/usr/bin/sleep", &path).unwrap();
        Self { _folder: folder, path, name }
    }

    fn watch(&self, count: u16) -> Watch {
        Watch::Process(Process { name: self.name.clone(), count })
    }

    fn start(&self) -> Running {
        Running(Command::new(&self.path).arg("60").spawn().unwrap())
    }
}

/// A process that ends with the test.
struct Running(Child);

impl Running {
    /// Kills it, and leaves it for as long as that matters without being waited for.
    fn kill(&mut self) {
        self.0.kill().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts and ends processes, and expects that each is noticed.
async fn noticed(letter: char, how: &str) {
    let program = Program::new(letter);
    let name = program.name.clone();
    let mut sources = Sources::of([program.watch(1)]);
    sources.expect(Finding::Bad, &format!("no process {name} runs{how}")).await;
    let mut first = program.start();
    sources.expect(Finding::Good, &format!("{name} runs{how}")).await;
    // A program may be started and not have its name yet, so the second one is waited for.
    sources.want([program.watch(1), program.watch(2)]);
    sources.expect(Finding::Bad, &format!("only 1 of 2 processes {name} run{how}")).await;
    let second = program.start();
    sources.expect(Finding::Good, &format!("at least 2 processes {name} run{how}")).await;
    first.kill();
    sources.expect(Finding::Bad, &format!("only 1 of 2 processes {name} run{how}")).await;
    sources.expect_silence().await;
    drop(second);
    for _ in 0..2 {
        sources.expect(Finding::Bad, &format!("no process {name} runs{how}")).await;
    }
    sources.want([program.watch(1)]);

    // One that runs already, and several.
    let _one = program.start();
    sources.expect(Finding::Good, &format!("{name} runs{how}")).await;
    sources.want([program.watch(2)]);
    sources.expect(Finding::Bad, &format!("only 1 of 2 processes {name} run{how}")).await;
    let two = program.start();
    sources.expect(Finding::Good, &format!("at least 2 processes {name} run{how}")).await;
    drop(two);
    sources.expect(Finding::Bad, &format!("only 1 of 2 processes {name} run{how}")).await;
}

#[test]
fn processes_are_noticed_as_the_kernel_tells_of_them() {
    run(async || noticed('a', "").await);
}

#[test]
fn processes_are_looked_for_where_the_kernel_does_not_tell() {
    run(async || {
        unshare(CloneFlags::CLONE_NEWNET).expect("these tests make network namespaces: run them as root");
        noticed('d', " (looked for every second, as the kernel does not tell of processes here)").await;
    });
}

/// A script has the name of its file; its children have it until they run something else; a program can choose another.
#[test]
fn names_are_followed_through_forks_and_changes() {
    run(async || {
        let folder = tempfile::tempdir().unwrap();
        let name = format!("vrrpb{}", std::process::id());
        let other = format!("vrrpc{}", std::process::id());
        let script = folder.path().join(&name);
        // The subshell stays when its parent ends.
        let text = format!(
            "#!/bin/sh\nexec 3<&0\n(read _ <&3; echo {other} > /proc/self/comm; read _ <&3; :) &\nread _ <&3\n"
        );
        make(&script, &text);
        let watch = |name: &str, count| Watch::Process(Process { name: name.to_owned(), count });
        let mut sources = Sources::of([watch(&name, 2)]);
        sources.expect(Finding::Bad, &format!("no process {name} runs")).await;
        let mut child = Command::new(&script).stdin(std::process::Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take();
        loop {
            let told = sources.next().await;
            if told.finding == Finding::Good {
                break;
            }
            assert_eq!(told.words, format!("only 1 of 2 processes {name} run"));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        sources.expect(Finding::Bad, &format!("only 1 of 2 processes {name} run")).await;
        drop(input);
        sources.expect(Finding::Bad, &format!("no process {name} runs")).await;
    });
}

fn make(script: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(script, text).unwrap();
    std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).unwrap();
}
