//! The directory that systemd reads, filled with few and cheap calls of the kernel.
//!
//! Thousands of instances are tens of thousands of directories, files and links, and nearly all of the time is the kernel's.
//! So every path begins at the directory, none is made twice, and files with the same text are one file with many names.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{Mode, mkdirat};
use nix::unistd::{UnlinkatFlags, linkat, symlinkat, unlinkat};

use super::units::Content;

/// A directory of units that is being written.
pub(super) struct Directory<'u> {
    descriptor: OwnedFd,
    /// The directories in it that are there.
    made: HashSet<&'u str>,
    /// Where each text stands already.
    places: HashMap<&'u str, &'u str>,
}

impl<'u> Directory<'u> {
    /// Opens a directory, and makes it where there is none.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self { descriptor: File::open(path)?.into(), made: HashSet::new(), places: HashMap::new() })
    }

    /// Writes what is to stand at a path below the directory.
    pub(super) fn write(&mut self, path: &'u str, content: &'u Content) -> io::Result<()> {
        if let Some((parent, _)) = path.rsplit_once('/')
            && !self.made.contains(parent)
        {
            match mkdirat(&self.descriptor, parent, Mode::from_bits_truncate(0o777)) {
                Ok(()) | Err(Errno::EEXIST) => self.made.insert(parent),
                Err(error) => return Err(error.into()),
            };
        }
        match content {
            Content::Link(target) => Ok(symlinkat(*target, &self.descriptor, path)?),
            Content::Text(text) => self.text(path, text),
        }
    }

    fn text(&mut self, path: &'u str, text: &'u str) -> io::Result<()> {
        // A file has only so many names, and not everywhere more than one.
        if let Some(place) = self.places.get(text)
            && linkat(&self.descriptor, *place, &self.descriptor, path, AtFlags::empty()).is_ok()
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
        let create = || openat(&self.descriptor, path, flags, Mode::from_bits_truncate(0o666));
        match create() {
            Err(Errno::EEXIST) => {
                unlinkat(&self.descriptor, path, UnlinkatFlags::NoRemoveDir)?;
                create()
            }
            created => created,
        }
    }
}
