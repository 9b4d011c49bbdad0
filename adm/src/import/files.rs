//! Reads what keepalived would read, and never more than a configuration can have: a file may be anybody's.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use vrrp::config::problem::Problem;

/// The most bytes of all files together.
const LARGEST: u64 = 16 << 20;
/// The most files.
pub(super) const MOST: usize = 1000;

/// A line of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// The file's index in the order of reading.
    pub(crate) file: usize,
    /// The line, from 0.
    pub(crate) line: usize,
}

/// A file as it was read.
#[derive(Debug)]
pub(crate) struct Text {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Its lines, without their ends. What is no UTF-8 is replaced: only comments have it in practice.
    pub(crate) lines: Vec<String>,
}

/// The files that were read so far.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// In the order of reading.
    pub(crate) texts: Vec<Text>,
    bytes: u64,
}

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum Unread {
    /// There is none.
    Absent,
    /// There is one, and it cannot be read: the reason.
    Refused(String),
}

impl Files {
    /// Reads a file and gives its index.
    pub(super) fn read(&mut self, path: &Path) -> Result<usize, Unread> {
        if self.texts.len() >= MOST {
            return Err(Unread::Refused(format!("more than {MOST} files: it cannot be a configuration")));
        }
        let mut bytes = Vec::new();
        let left = LARGEST - self.bytes;
        open(path)?.take(left + 1).read_to_end(&mut bytes).map_err(|error| because(&error))?;
        if bytes.len() as u64 > left {
            let most = LARGEST >> 20;
            return Err(Unread::Refused(format!(
                "the files are larger than {most} MiB: this cannot be a configuration"
            )));
        }
        self.bytes += bytes.len() as u64;
        let text = String::from_utf8_lossy(&bytes);
        let lines = text.lines().map(|line| line.trim_end_matches('\r').to_owned()).collect();
        self.texts.push(Text { path: path.to_owned(), lines });
        Ok(self.texts.len() - 1)
    }

    /// A line as it stands there.
    pub(crate) fn line(&self, place: Place) -> &str {
        self.texts.get(place.file).and_then(|text| text.lines.get(place.line)).map_or("", String::as_str)
    }

    /// A place as people write it: `/etc/keepalived/keepalived.conf:12`.
    pub(crate) fn shown(&self, place: Place) -> String {
        let path = self.texts.get(place.file).map(|text| text.path.display().to_string());
        format!("{}:{}", path.unwrap_or_default(), place.line + 1)
    }

    /// A mistake with its line, in which a piece of it is marked if it stands there. A secret is not shown.
    pub(super) fn problem(&self, place: Place, mark: &str, message: &str) -> Problem {
        let line = super::secret::masked(self.line(place), &[]);
        let start = line.find(mark).filter(|_| !mark.is_empty());
        let start = start.unwrap_or_else(|| line.len() - line.trim_start().len());
        let marked = if line.get(start..).is_some_and(|rest| rest.starts_with(mark)) { mark.len() } else { 0 };
        let file = self.texts.get(place.file).map(|text| text.path.to_string_lossy().into_owned()).unwrap_or_default();
        Problem::of_line(&file, place.line + 1, &line, start..start + marked, message)
    }
}

/// Opens a file. What is none is refused, and a pipe is not waited for.
fn open(path: &Path) -> Result<File, Unread> {
    let options = OpenOptions::new().read(true).custom_flags(OFlag::O_NONBLOCK.bits()).open(path);
    let file = options.map_err(|error| because(&error))?;
    match file.metadata() {
        Ok(data) if data.is_file() => Ok(file),
        Ok(data) if data.is_dir() => Err(Unread::Refused("it is a directory".to_owned())),
        Ok(_) => Err(Unread::Refused("it is no file".to_owned())),
        Err(error) => Err(because(&error)),
    }
}

fn because(error: &io::Error) -> Unread {
    if error.kind() == io::ErrorKind::NotFound {
        return Unread::Absent;
    }
    let text = error.to_string();
    let why = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
    let advice = if error.kind() == io::ErrorKind::PermissionDenied { " (run this as root)" } else { "" };
    Unread::Refused(format!("{why}{advice}"))
}
