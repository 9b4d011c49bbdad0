//! The way to a file: every directory in which an entry decides where the path leads.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use nix::libc;
use nix::sys::inotify::WatchDescriptor;

use super::notices::{Change, Notices};

/// How many symbolic links the kernel follows (MAXSYMLINKS).
const MOST_LINKS: usize = 40;
/// How often the way is walked anew because it changed under our feet.
const MOST_TURNS: usize = 10;

/// A way that was walked, with a watch on everything that decided about it.
#[derive(Default)]
pub(super) struct Way {
    /// Entries of directories.
    steps: BTreeSet<(WatchDescriptor, OsString)>,
    /// The file at its end, if its contents matter.
    contents: Option<WatchDescriptor>,
    pub(super) end: End,
}

/// Where it leads.
#[derive(Debug, Default)]
pub(super) enum End {
    /// To something, whose path without symbolic links this is.
    There(PathBuf),
    /// To nothing.
    #[default]
    Missing,
    /// Nobody can tell.
    Hidden {
        /// Behind this.
        at: PathBuf,
        /// For this reason.
        error: io::Error,
    },
}

/// What is on the way.
enum Found {
    /// It leads there.
    End(End),
    /// Somebody has changed it meanwhile.
    Other,
}

impl Way {
    /// Walks to an absolute path. Each watch is there before what it watches is looked at, so that no change is missed.
    pub(super) fn to(path: &Path, contents: bool, notices: &mut Notices) -> Self {
        let mut way = Self::default();
        for _ in 0..MOST_TURNS {
            way = Self::default();
            match way.walk(path, contents, notices) {
                Found::End(end) => return Self { end, ..way },
                Found::Other => {}
            }
        }
        Self { end: hidden(path, io::Error::other("it changes all the time")), ..way }
    }

    fn walk(&mut self, path: &Path, contents: bool, notices: &mut Notices) -> Found {
        let mut at = PathBuf::from("/");
        let mut ahead: VecDeque<OsString> = names(path).collect();
        let mut links = 0;
        let mut is_file = false;
        while let Some(name) = ahead.pop_front() {
            if name == ".." {
                at.pop();
                continue;
            }
            let watch = match notices.directory(&at) {
                Ok(watch) => watch,
                Err(error) => return changed_or_hidden(&at, error),
            };
            self.steps.insert((watch, name.clone()));
            let next = at.join(&name);
            let kind = match fs::symlink_metadata(&next) {
                Ok(metadata) => metadata.file_type(),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::End(End::Missing),
                Err(error) => return changed_or_hidden(&next, error),
            };
            if kind.is_symlink() {
                links += 1;
                if links > MOST_LINKS {
                    return Found::End(hidden(&next, io::Error::from_raw_os_error(libc::ELOOP)));
                }
                let target = match fs::read_link(&next) {
                    Ok(target) => target,
                    Err(error) => return changed_or_hidden(&next, error),
                };
                if target.is_absolute() {
                    at = PathBuf::from("/");
                }
                names(&target).rev().for_each(|name| ahead.push_front(name));
            } else if ahead.is_empty() || kind.is_dir() {
                is_file = kind.is_file();
                at = next;
            } else {
                return Found::End(End::Missing);
            }
        }
        // A directory must not be watched for what is written: the kernel has one watch of each, and it may be on another way.
        if contents && is_file {
            match notices.contents(&at) {
                Ok(watch) => self.contents = Some(watch),
                Err(error) => return changed_or_hidden(&at, error),
            }
        }
        Found::End(End::There(at))
    }

    /// Everything that is watched for it.
    pub(super) fn watches(&self) -> impl Iterator<Item = WatchDescriptor> + '_ {
        self.steps.iter().map(|(watch, _)| *watch).chain(self.contents)
    }

    /// Tells whether it may lead elsewhere, or to something else, after a change.
    pub(super) fn is_changed_by(&self, change: &Change) -> bool {
        match change {
            Change::Entry(watch, name) => self.steps.contains(&(*watch, name.clone())),
            Change::Itself(watch) => self.watches().any(|other| other == *watch),
            Change::Anything => true,
        }
    }
}

/// The names on a path, without its root.
fn names(path: &Path) -> impl DoubleEndedIterator<Item = OsString> + '_ {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    })
}

fn hidden(at: &Path, error: io::Error) -> End {
    End::Hidden { at: at.to_owned(), error }
}

/// What was just there and is not any more, or is something else, was changed by somebody.
fn changed_or_hidden(at: &Path, error: io::Error) -> Found {
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::ENOTDIR | libc::EINVAL) => Found::Other,
        Some(_) | None => Found::End(hidden(at, error)),
    }
}
