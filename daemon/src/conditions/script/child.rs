//! What a child does between its birth and the program: it gives up what the daemon has and the program must not.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::libc;
use nix::sys::prctl;
use nix::sys::signal::Signal;
use nix::sys::stat::Mode;
use nix::unistd::{setgroups, setresgid, setresuid, setsid, write};

use super::account::Account;
use super::image::Image;

/// The score that the kernel has, who decides by it whom to kill when memory is short.
const OOM_SCORE: &std::ffi::CStr = c"/proc/self/oom_score_adj";
/// Capabilities have numbers below this one (capabilities(7)); the kernel says which of them it knows.
const CAPABILITIES: libc::c_ulong = 64;

/// Has the command run an image by a user, in a session of its own, with no capability and no open file but the first three,
/// and scheduled as any program is. What the command itself names is not run.
pub(super) fn prepare(command: &mut Command, image: Image, account: &Account) {
    let account = account.clone();
    let is_spared = std::fs::read_to_string("/proc/self/oom_score_adj").is_ok_and(|score| score.starts_with('-'));
    // SAFETY: between fork and exec, the closure makes system calls and does nothing else: it takes no lock and no memory.
    unsafe {
        command.pre_exec(move || {
            setsid()?;
            schedule_as_usual()?;
            if is_spared {
                forgo_protection_from_shortage();
            }
            drop_bounding_set();
            if !account.is_own {
                setgroups(&account.groups)?;
                setresgid(account.gid, account.gid, account.gid)?;
                setresuid(account.uid, account.uid, account.uid)?;
            }
            drop_ambient_set()?;
            prctl::set_no_new_privs()?;
            // The last, since a change of the user undoes it: nobody would kill the program when it is late.
            prctl::set_pdeathsig(Signal::SIGKILL)?;
            close_on_exec();
            Err(image.execute())
        });
    }
}

/// Leaves the real-time policy of vrrp.service: a program in an endless loop would be the daemon's equal.
fn schedule_as_usual() -> io::Result<()> {
    // SAFETY: zero is a priority, the only one of this policy.
    let parameters: libc::sched_param = unsafe { std::mem::zeroed() };
    // SAFETY: the call reads the parameters.
    let result = unsafe { libc::sched_setscheduler(0, libc::SCHED_OTHER, &raw const parameters) };
    Ok(Errno::result(result).map(drop)?)
}

/// Can be killed like any program when memory is short. Where that is refused, the program is spared as the daemon is.
fn forgo_protection_from_shortage() {
    if let Ok(score) = open(OOM_SCORE, OFlag::O_WRONLY | OFlag::O_CLOEXEC, Mode::empty()) {
        let _: nix::Result<usize> = write(&score, b"0");
    }
}

/// Forgoes every capability for good. Without CAP_SETPCAP that is refused; then the daemon's own bounding set remains, of which
/// nothing can be had without new privileges.
fn drop_bounding_set() {
    for capability in 0..CAPABILITIES {
        // SAFETY: the call takes numbers.
        unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) };
    }
}

fn drop_ambient_set() -> io::Result<()> {
    // SAFETY: the call takes numbers.
    let result = unsafe { libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) };
    Ok(Errno::result(result).map(drop)?)
}

/// Closes what somebody may have left open, beside what the daemon opens, which closes by itself.
fn close_on_exec() {
    // SAFETY: the call takes numbers. A kernel before 5.11 refuses.
    unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC) };
}
