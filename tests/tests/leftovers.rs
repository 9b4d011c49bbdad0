//! Proofs that a lab leaves nothing behind: neither when it ends nor when it is killed.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use lab::{Lab, Place, Release};

/// Set in the process that plays the lab which is killed.
const VICTIM: &str = "VRRP_LAB_VICTIM";

/// Directories and processes of the labs of a process.
fn leftovers(process: i32) -> Result<Vec<PathBuf>> {
    let name = format!("vrrp-lab-{process}-");
    let entries = fs::read_dir("/run/vrrp-lab")?.collect::<Result<Vec<_>, _>>()?;
    let mut found: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
    found.retain(|path| path.to_string_lossy().contains(&name));
    for entry in fs::read_dir("/proc")? {
        let process = entry?.path();
        let cgroups = fs::read_to_string(process.join("cgroup")).unwrap_or_default();
        // A cgroup that could be removed has dead processes only, which wait for their parent.
        if cgroups.lines().any(|line| line.contains(&name) && !line.ends_with("(deleted)")) {
            found.push(process);
        }
    }
    Ok(found)
}

#[test]
fn many_containers_one_after_the_other_leave_nothing() -> Result<()> {
    let own = std::process::id().cast_signed();
    for _ in 0..6 {
        let lab = Lab::new("many")?;
        let mut web = lab.container("web", Release::Debian13)?;
        web.boot()?;
        assert!(leftovers(own)?.len() > 4, "a directory and processes");
    }
    assert_eq!(leftovers(own)?, [""; 0].map(PathBuf::from));
    Ok(())
}

#[test]
fn what_a_killed_lab_left_is_removed_by_the_next() -> Result<()> {
    if std::env::var_os(VICTIM).is_some() {
        return be_killed();
    }
    let lab = Lab::new("killed")?;
    let program = std::env::current_exe()?.display().to_string();
    let test = "what_a_killed_lab_left_is_removed_by_the_next";
    let argv = [program.as_str(), "--exact", test, "--nocapture"];
    let log = lab.logs().join("victim.log");
    let victim = Place::machine().spawn_with(&argv, &log, &[(VICTIM, "1")])?;
    victim.wait_line(Duration::from_secs(60), "kill me")?;
    lab.kill(victim.pid())?;
    victim.wait(Duration::from_secs(5))?;
    let victim = victim.pid().as_raw();
    assert!(leftovers(victim)?.len() > 4, "a directory and processes");
    drop(lab);
    let _next = Lab::new("next")?;
    assert_eq!(leftovers(victim)?, [""; 0].map(PathBuf::from));
    Ok(())
}

/// Boots a container and waits for its death.
fn be_killed() -> Result<()> {
    let lab = Lab::new("victim")?;
    let mut web = lab.container("web", Release::Debian13)?;
    web.boot()?;
    println!("kill me");
    // Its journal never tells this.
    let told = web.wait_journal(Duration::from_secs(600), "death", |_| Ok(false));
    told.context("it was not killed")
}
