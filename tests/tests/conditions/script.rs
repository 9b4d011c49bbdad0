//! A script on a host without systemd, where the daemon is root.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use lab::peer::Vrrpd;
use lab::{Host, Lab};

use super::alone::{configuration, is_bad, is_good};

/// What timeout(1) ends with.
const TIMED_OUT: i32 = 124;

/// A program that does what is written in a file beside it, which it is told as its argument.
struct Check(PathBuf);

impl Check {
    fn new(host: &Host) -> Result<Self> {
        let check = Self(host.directory().join("check"));
        check.write()?;
        check.does("exit 0")?;
        Ok(check)
    }

    fn write(&self) -> Result<()> {
        fs::write(&self.0, "#!/bin/sh\n. \"$1\"\n")?;
        self.permit(0o755)
    }

    fn permit(&self, mode: u32) -> Result<()> {
        Ok(fs::set_permissions(&self.0, PermissionsExt::from_mode(mode))?)
    }

    /// Has it run a line of shell from here on.
    fn does(&self, line: &str) -> Result<()> {
        let new = self.0.with_extension("new");
        fs::write(&new, format!("{line}\n"))?;
        Ok(fs::rename(new, self.0.with_extension("sh"))?)
    }

    /// The keys of its condition.
    fn track(&self, more: &str) -> String {
        let argument = self.0.with_extension("sh");
        format!("script = [{:?}, {argument:?}]\ninterval = \"100ms\"\ntimeout = \"500ms\"\n{more}", self.0)
    }
}

#[test]
fn a_script_is_good_fails_is_late_and_leaves_children_behind() -> Result<()> {
    let lab = Lab::beside("condition-script")?;
    let host = lab.host("host")?;
    let check = Check::new(&host)?;
    let program = check.0.display().to_string();
    let vrrpd = Vrrpd::start(&host, &configuration(100, &[&check.track("")]))?;
    let good = || {
        check.does("exit 0")?;
        is_good(&vrrpd, "script", &format!("{program} ended with 0"))
    };
    good()?;
    for (line, words) in [
        ("echo 'no disk' >&2; exit 2", "ended with 2: no disk"),
        ("echo \"run by $(id -un) for $LOGNAME in $PWD\"; exit 1", "ended with 1: run by nobody for nobody in /"),
        ("kill -SEGV $$", "was ended by SIGSEGV"),
        ("sleep 7351", "did not end within 500ms and was killed"),
        ("sleep 7351 & exit 1", "ended with 1"),
        ("cat /dev/zero", "wrote more than 1024 KiB and was killed"),
    ] {
        check.does(line)?;
        is_bad(&vrrpd, "script", &format!("{program} {words}"))?;
        good()?;
    }
    // What was left behind holds the pipes of looks that were good, and none of these looks lasts.
    check.does("sleep 7351 & exit 0")?;
    vrrpd.reload(&configuration(90, &[&check.track("")]))?;
    good()?;
    vrrpd.stop()?;
    let left = host.run(&["timeout", "10", "pidwait", "--full", "^sleep 7351"])?;
    ensure!(left.code != Some(TIMED_OUT), "what scripts started still runs");
    Ok(())
}

#[test]
fn what_is_missing_insecure_or_nobodys_is_told_with_what_to_do() -> Result<()> {
    let lab = Lab::beside("condition-script-bad")?;
    let host = lab.host("host")?;
    let check = Check::new(&host)?;
    let program = check.0.display().to_string();
    let vrrpd = Vrrpd::start(&host, &configuration(100, &[&check.track("")]))?;
    let good = || is_good(&vrrpd, "script", &format!("{program} ended with 0"));
    good()?;
    check.permit(0o644)?;
    is_bad(&vrrpd, "script", &format!("{program} is not executable: chmod +x {program}"))?;
    check.permit(0o755)?;
    good()?;
    check.permit(0o757)?;
    is_bad(&vrrpd, "script", &format!("{program} can be written by everybody (mode 0757): chmod o-w {program}"))?;
    check.permit(0o755)?;
    good()?;
    let directory = host.directory();
    fs::set_permissions(&directory, PermissionsExt::from_mode(0o1777))?;
    let directory = directory.display();
    is_bad(&vrrpd, "script", &format!("{directory} can be written by everybody (mode 1777): chmod o-w {directory}"))?;
    fs::set_permissions(host.directory(), PermissionsExt::from_mode(0o755))?;
    good()?;
    fs::remove_file(&check.0)?;
    is_bad(&vrrpd, "script", &format!("{program} does not exist"))?;
    fs::write(&check.0, "#!/no/such/interpreter\n")?;
    check.permit(0o755)?;
    let lost = "cannot be run by nobody: the interpreter that its first line names does not exist";
    is_bad(&vrrpd, "script", &format!("{program} {lost}"))?;
    fs::write(&check.0, "exit 0\n")?;
    let unknown = "cannot be run by nobody: its first line does not begin with #! and an interpreter";
    is_bad(&vrrpd, "script", &format!("{program} {unknown}"))?;
    check.write()?;
    good()?;

    vrrpd.reload(&configuration(100, &[&check.track("user = \"no-such-user\"")]))?;
    is_bad(&vrrpd, "script", &format!("{program} cannot be run by no-such-user: there is no such user"))?;
    check.does("echo \"run by $(id)\" >&2; exit 1")?;
    vrrpd.reload(&configuration(100, &[&check.track("user = \"daemon\"")]))?;
    let id = "uid=1(daemon) gid=1(daemon) groups=1(daemon)";
    is_bad(&vrrpd, "script", &format!("{program} ended with 1: run by {id}"))?;
    check.does("exit 0")?;
    good()
}
