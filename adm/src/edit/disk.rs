//! Replaces files so that a reader sees the old text or the new one, also after a crash.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use nix::errno::Errno;

use super::{Change, Refusal};

/// What a new file may: its owner writes, all read. There is no secret in it.
const NEW_FILE: u32 = 0o644;

/// Takes the lock file, and waits while somebody else has it.
pub(super) fn lock(path: &Path) -> Result<File, Refusal> {
    let options = OpenOptions::new().create(true).truncate(false).write(true).open(path);
    let file = options.map_err(|error| refuse("cannot open the lock", path, &error))?;
    file.lock().map_err(|error| refuse("cannot lock", path, &error))?;
    Ok(file)
}

/// Makes a change true, unless the file is no longer what it was before. Links are followed; owner and mode stay.
pub(super) fn replace(change: &Change) -> Result<(), Refusal> {
    match (&change.before, &change.after) {
        (None, None) => Ok(()),
        (None, Some(text)) => create(&change.path, text),
        (Some(before), Some(text)) => overwrite(&change.path, before, text),
        (Some(before), None) => remove(&change.path, before),
    }
}

fn create(path: &Path, text: &str) -> Result<(), Refusal> {
    let directory = parent(path);
    let file = written(&directory, text, |file| file.set_permissions(Permissions::from_mode(NEW_FILE)))?;
    match file.persist_noclobber(path) {
        Ok(_) => sync(&directory),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(changed(path)),
        Err(error) => Err(refuse("cannot write", path, &error.error)),
    }
}

fn overwrite(path: &Path, before: &str, text: &str) -> Result<(), Refusal> {
    let target = path.canonicalize().map_err(|error| refuse("cannot find", path, &error))?;
    // Opened for writing, because the rename alone would go past a file that is read-only.
    let old = OpenOptions::new().write(true).open(&target);
    let old = old.and_then(|file| file.metadata()).map_err(|error| refuse("cannot write", &target, &error))?;
    if !old.is_file() {
        let path = path.display();
        return Err(Refusal::Reason(format!("{path} is no regular file: write the key into a file of its own")));
    }
    let directory = parent(&target);
    let file = written(&directory, text, |file| {
        let new = file.metadata()?;
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            fchown(file, Some(old.uid()), Some(old.gid()))?;
        }
        file.set_permissions(old.permissions())
    })?;
    still(&target, before)?;
    file.persist(&target).map_err(|error| refuse("cannot write", &target, &error.error))?;
    sync(&directory)
}

/// Removes a file; of a link, the link.
fn remove(path: &Path, before: &str) -> Result<(), Refusal> {
    still(path, before)?;
    std::fs::remove_file(path).map_err(|error| refuse("cannot remove", path, &error))?;
    sync(&parent(path))
}

/// A temporary file, which no reader of the directory takes for a configuration, with a text that is on the disk.
fn written(
    directory: &Path,
    text: &str,
    prepare: impl FnOnce(&File) -> io::Result<()>,
) -> Result<tempfile::NamedTempFile, Refusal> {
    let write = || {
        let mut file = tempfile::Builder::new().prefix(".vrrpadm-").suffix(".new").tempfile_in(directory)?;
        file.write_all(text.as_bytes())?;
        prepare(file.as_file())?;
        file.as_file().sync_all()?;
        Ok(file)
    };
    write().map_err(|error| refuse("cannot write in", directory, &error))
}

/// Makes sure that nobody else has changed a file.
fn still(path: &Path, before: &str) -> Result<(), Refusal> {
    match std::fs::read(path) {
        Ok(bytes) if bytes == before.as_bytes() => Ok(()),
        Ok(_) => Err(changed(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(changed(path)),
        Err(error) => Err(refuse("cannot read", path, &error)),
    }
}

/// Makes names in a directory survive a crash.
fn sync(directory: &Path) -> Result<(), Refusal> {
    File::open(directory).and_then(|file| file.sync_all()).map_err(|error| refuse("cannot write in", directory, &error))
}

fn parent(path: &Path) -> PathBuf {
    path.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned)
}

/// Says that somebody else has changed a file.
pub(super) fn changed(path: &Path) -> Refusal {
    Refusal::Reason(format!(
        "{} was changed by somebody else meanwhile: nothing was written, try again",
        path.display()
    ))
}

/// Says what failed, where and why.
pub(super) fn refuse(what: &str, path: &Path, error: &io::Error) -> Refusal {
    let text = error.to_string();
    let why = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
    let advice = match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::EACCES) => " (run this as root)",
        Some(Errno::EPERM) => " (is it immutable, or are you not root?)",
        Some(_) | None => "",
    };
    Refusal::Reason(format!("{what} {}: {why}{advice}", path.display()))
}
