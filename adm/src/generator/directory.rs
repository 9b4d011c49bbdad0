//! The directory that systemd reads, filled with few and cheap calls of the kernel.
//!
//! Thousands of instances are tens of thousands of directories, files and links, and nearly all of the time is the kernel's.
//! So every path begins at the directory, none is made twice, and files with the same text are one file with many names.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::thread;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{Mode, mkdirat};
use nix::unistd::{UnlinkatFlags, linkat, symlinkat, unlinkat};

use super::units::Content;

/// How many units a thread is worth.
const WORTH_A_THREAD: usize = 4000;
/// The most threads: all of them make directories in the same one, which the kernel lets one do at a time.
const THREADS: usize = 2;

/// A directory for units.
pub(super) struct Directory(OwnedFd);

impl Directory {
    /// Opens a directory, and makes it where there is none.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self(File::open(path)?.into()))
    }

    /// Writes units at their paths below the directory; returns what somebody should know.
    pub(super) fn fill(&self, units: &[(String, Content)]) -> Vec<String> {
        let threads = (units.len() / WORTH_A_THREAD).clamp(1, THREADS);
        let mut parts = units.chunks(units.len().div_ceil(threads).max(1));
        let first = parts.next().unwrap_or_default();
        thread::scope(|scope| {
            let others: Vec<_> = parts
                .map(|part| thread::Builder::new().spawn_scoped(scope, || self.write(part)).map_err(|_| part))
                .collect();
            let mut complaints = self.write(first);
            for other in others {
                complaints.extend(match other {
                    Ok(other) => other.join().unwrap_or_else(|_| vec!["some units could not be written".to_owned()]),
                    // The system has no thread left.
                    Err(part) => self.write(part),
                });
            }
            complaints
        })
    }

    fn write(&self, units: &[(String, Content)]) -> Vec<String> {
        let mut writer = Writer { directory: &self.0, made: HashSet::new(), places: HashMap::new() };
        let failed = units.iter().filter_map(|(path, content)| Some((path, writer.write(path, content).err()?)));
        failed.map(|(path, error)| format!("{path} cannot be written: {error}")).collect()
    }
}

/// Some of the units on their way into the directory.
struct Writer<'u> {
    directory: &'u OwnedFd,
    /// The directories in it that are there.
    made: HashSet<&'u str>,
    /// Where each text stands already.
    places: HashMap<&'u str, &'u str>,
}

impl<'u> Writer<'u> {
    fn write(&mut self, path: &'u str, content: &'u Content) -> io::Result<()> {
        if let Some((parent, _)) = path.rsplit_once('/')
            && !self.made.contains(parent)
        {
            match mkdirat(self.directory, parent, Mode::from_bits_truncate(0o777)) {
                Ok(()) | Err(Errno::EEXIST) => self.made.insert(parent),
                Err(error) => return Err(error.into()),
            };
        }
        match content {
            Content::Link(target) => Ok(symlinkat(*target, self.directory, path)?),
            Content::Text(text) => self.text(path, text),
        }
    }

    fn text(&mut self, path: &'u str, text: &'u str) -> io::Result<()> {
        // A file has only so many names, and not everywhere more than one.
        if let Some(place) = self.places.get(text)
            && linkat(self.directory, *place, self.directory, path, AtFlags::empty()).is_ok()
        {
            return Ok(());
        }
        File::from(self.create(path)?).write_all(text.as_bytes())?;
        self.places.insert(text, path);
        Ok(())
    }

    /// Makes a file. One that is there gives way, since what is written to it would stand at its other names, too.
    fn create(&self, path: &str) -> nix::Result<OwnedFd> {
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
        let create = || openat(self.directory, path, flags, Mode::from_bits_truncate(0o666));
        match create() {
            Err(Errno::EEXIST) => {
                unlinkat(self.directory, path, UnlinkatFlags::NoRemoveDir)?;
                create()
            }
            created => created,
        }
    }
}
