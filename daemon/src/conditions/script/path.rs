//! Whether a program is what the administrator put there: nobody else can have changed it, or can while it is started.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, open, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat};
use nix::unistd::{Gid, Group, Uid, User};

/// As many links as the kernel follows (path_resolution(7)).
const MOST_LINKS: u32 = 40;

/// Makes sure that a program is there, and that neither it nor any directory or link on the way to it can be changed by
/// another user than root and `runner`, who runs it.
///
/// Each part is opened from the one before and judged when it is open. Where nobody else can change any of them, the path
/// leads the kernel to the same program when it is run, so that it can be run by its own name.
///
/// # Errors
/// The part at fault and what is wrong with it, as a sentence.
pub(super) fn check(program: &Path, runner: Uid) -> Result<(), String> {
    let unsafe_for = |part: &Path, stat: &FileStat| fault(part, stat, runner).map_or(Ok(()), Err);
    let root = open("/", OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()).map_err(|errno| lost(program, errno))?;
    let stat = fstat(&root).map_err(|errno| lost(program, errno))?;
    unsafe_for(Path::new("/"), &stat)?;
    let mut way: Vec<(PathBuf, OwnedFd)> = vec![(PathBuf::from("/"), root)];
    let mut ahead = steps(program);
    let mut links = 0;
    while let Some(step) = ahead.pop() {
        let Some((directory, opened)) = way.last() else { return Err(lost(program, Errno::ENOENT)) };
        if step == ".." {
            if way.len() > 1 {
                way.pop();
            }
            continue;
        }
        let part = directory.join(&step);
        let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let next = openat(opened, step.as_os_str(), flags, Mode::empty()).map_err(|errno| lost(&part, errno))?;
        let stat = fstat(&next).map_err(|errno| lost(&part, errno))?;
        match kind(&stat) {
            // A link has no permissions: who may change its directory, which is judged, may change it.
            SFlag::S_IFLNK => {
                links += 1;
                if links > MOST_LINKS {
                    return Err(lost(program, Errno::ELOOP));
                }
                let target = PathBuf::from(readlinkat(&next, "").map_err(|errno| lost(&part, errno))?);
                if target.is_absolute() {
                    way.truncate(1);
                }
                ahead.extend(steps(&target));
            }
            _ if ahead.is_empty() => return unsafe_for(&part, &stat).and_then(|()| executable(&part, &stat)),
            SFlag::S_IFDIR => {
                unsafe_for(&part, &stat)?;
                way.push((part, next));
            }
            _ => return Err(format!("{} is no directory", part.display())),
        }
    }
    Err(format!("{} is a directory, and no program", program.display()))
}

/// The parts of a path, the last first.
fn steps(path: &Path) -> Vec<OsString> {
    let mut steps: Vec<OsString> = path
        .components()
        .filter(|component| !matches!(component, Component::RootDir | Component::CurDir | Component::Prefix(_)))
        .map(|component| component.as_os_str().to_owned())
        .collect();
    steps.reverse();
    steps
}

fn kind(stat: &FileStat) -> SFlag {
    SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT
}

/// Says who could change a part who should not.
fn fault(part: &Path, stat: &FileStat, runner: Uid) -> Option<String> {
    let part = part.display();
    let (owner, group) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
    let mode = Mode::from_bits_truncate(stat.st_mode);
    let permissions = mode.bits();
    if !owner.is_root() && owner != runner {
        let owner = user(owner);
        Some(format!("{part} belongs to {owner}, who could change what is run: chown root {part}"))
    } else if mode.contains(Mode::S_IWOTH) {
        Some(format!("{part} can be written by everybody (mode {permissions:04o}): chmod o-w {part}"))
    } else if mode.contains(Mode::S_IWGRP) && group != Gid::from_raw(0) {
        let group = self::group(group);
        Some(format!("{part} can be written by the group {group} (mode {permissions:04o}): chmod g-w {part}"))
    } else {
        None
    }
}

fn executable(program: &Path, stat: &FileStat) -> Result<(), String> {
    let program = program.display();
    let mode = Mode::from_bits_truncate(stat.st_mode);
    if kind(stat) == SFlag::S_IFDIR {
        Err(format!("{program} is a directory, and no program"))
    } else if kind(stat) != SFlag::S_IFREG {
        Err(format!("{program} is no file that can be run"))
    } else if mode.intersects(Mode::S_IXUSR | Mode::S_IXGRP | Mode::S_IXOTH) {
        Ok(())
    } else {
        Err(format!("{program} is not executable: chmod +x {program}"))
    }
}

/// Says why a part cannot be opened.
fn lost(part: &Path, errno: Errno) -> String {
    let shown = part.display();
    let hidden = ["/home", "/root", "/run/user", "/tmp", "/var/tmp"].iter().any(|hidden| part.starts_with(hidden));
    if errno == Errno::ENOENT && hidden {
        format!("{shown} does not exist, or vrrp.service hides it: put programs elsewhere")
    } else if errno == Errno::ENOENT {
        format!("{shown} does not exist")
    } else if errno == Errno::EACCES {
        format!("{shown} cannot be reached by vrrpd: permission denied")
    } else {
        format!("{shown} cannot be looked at: {}", errno.desc())
    }
}

fn user(uid: Uid) -> String {
    User::from_uid(uid).ok().flatten().map_or_else(|| format!("user {uid}"), |user| user.name)
}

fn group(gid: Gid) -> String {
    Group::from_gid(gid).ok().flatten().map_or_else(|| gid.to_string(), |group| group.name)
}

#[cfg(test)]
mod tests;
