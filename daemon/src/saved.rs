//! The files in the runtime directory by which the next daemon goes on where this one stopped.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use vrrp::saved::{Alive, LARGEST, State};

pub(crate) mod offline;

/// What a former daemon left.
#[derive(Debug, Default)]
pub(crate) struct Former {
    /// The state, if there is one, or why it cannot be read.
    pub(crate) state: Option<Result<State, String>>,
    /// The stamp, if there is one.
    pub(crate) alive: Option<Alive>,
}

/// Reads what is there.
pub(crate) fn read(directory: &Path) -> Former {
    let state = match contents(&state_file(directory)) {
        Ok(text) => Some(State::read(&text).map_err(|error| error.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => Some(Err(error.to_string())),
    };
    let alive = fs::read(stamp_file(directory)).ok().and_then(|bytes| Alive::decode(&bytes));
    Former { state, alive }
}

/// Replaces the state, whole or not at all.
///
/// # Errors
/// The disk's.
pub(crate) fn write(directory: &Path, state: &State) -> io::Result<()> {
    replace(&state_file(directory), &state.write())
}

/// Leaves nothing behind.
pub(crate) fn remove(directory: &Path) {
    for file in [state_file(directory), stamp_file(directory)] {
        // Where it cannot be removed, the stamp has a number that confirms nothing.
        let _ = fs::remove_file(file);
    }
}

/// The file of the stamp, kept open: it is written with every turn of advertisements.
#[derive(Debug)]
pub(crate) struct Stamp(File);

impl Stamp {
    /// Opens the file and leaves what is in it.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn open(directory: &Path) -> io::Result<Self> {
        OpenOptions::new().write(true).create(true).truncate(false).open(stamp_file(directory)).map(Self)
    }

    /// Writes the stamp. In memory that takes a microsecond and waits for nobody.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn write(&self, alive: Alive) -> io::Result<()> {
        self.0.write_all_at(&alive.encode(), 0)
    }
}

/// The machine's life and the network namespace in which links, addresses and times mean what they mean now.
pub(crate) fn scene() -> String {
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = fs::metadata("/proc/thread-self/ns/net").map(|file| file.ino()).unwrap_or_default();
    format!("{} {namespace}", boot.trim())
}

fn state_file(directory: &Path) -> PathBuf {
    directory.join("state")
}

fn stamp_file(directory: &Path) -> PathBuf {
    directory.join("alive")
}

/// Replaces a file, whole or not at all.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    // The directory is in memory and a crash of the machine leaves nothing of it: there is nothing to flush.
    File::create(&new)?.write_all(text.as_bytes())?;
    fs::rename(new, path)
}

fn contents(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LARGEST).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_removed_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        assert!(matches!(read(directory), Former { state: None, alive: None }));
        let stamp = Stamp::open(directory).unwrap();
        let alive = Alive { at: Duration::from_secs(7), number: 3, sealed: 0 };
        stamp.write(alive).unwrap();
        let state = State { boot: scene(), number: 3, ..State::default() };
        write(directory, &state).unwrap();
        let former = read(directory);
        assert_eq!(former.state, Some(Ok(state)));
        assert_eq!(former.alive, Some(alive));
        Stamp::open(directory).unwrap();
        assert_eq!(read(directory).alive, Some(alive), "who only opens it changes nothing");
        remove(directory);
        assert!(matches!(read(directory), Former { state: None, alive: None }));
    }

    #[test]
    fn what_cannot_be_read_says_so() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("state"), b"\xff\xfe").unwrap();
        fs::write(directory.path().join("alive"), "long ago").unwrap();
        let former = read(directory.path());
        assert!(matches!(former.state, Some(Err(_))) && former.alive.is_none(), "{former:?}");
        fs::write(directory.path().join("state"), "vrrpd state 99\n").unwrap();
        let reason = read(directory.path()).state.unwrap().unwrap_err();
        assert!(reason.contains("\"99\""), "{reason}");
    }
}
