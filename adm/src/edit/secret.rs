//! Writes secrets into files that the daemon alone can read.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown};
use std::path::{Path, PathBuf};

use super::{Refusal, disk};

/// The user as whom the daemon runs.
const USER: &str = "vrrp";

/// A file that was written.
#[derive(Debug)]
pub(crate) struct Written {
    /// Where it is.
    pub(crate) path: PathBuf,
    /// Whether the daemon's user has it; else there is no such user yet.
    pub(crate) owned: bool,
}

/// Writes a secret below `root`, unless it stands there already: then nothing was written.
pub(crate) fn write(root: &Path, path: &str, secret: &str) -> Result<Option<Written>, Refusal> {
    let path = root.join(path.trim_start_matches('/'));
    let line = format!("{secret}\n");
    match fs::read(&path) {
        Ok(there) if there == line.as_bytes() => return Ok(None),
        Ok(_) => {
            let path = path.display();
            return Err(Refusal::Reason(format!("{path} is there already, with another secret: move it away first")));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(disk::refuse("cannot read", &path, &error)),
    }
    let owner = owner(root);
    if let Some(directory) = path.parent().filter(|directory| !directory.is_dir()) {
        let made = directory.parent().map_or(Ok(()), fs::create_dir_all);
        let made = made.and_then(|()| DirBuilder::new().mode(0o750).create(directory));
        let given = made.and_then(|()| match owner {
            Some((_, group)) => std::os::unix::fs::chown(directory, None, Some(group)),
            None => Ok(()),
        });
        given.map_err(|error| disk::refuse("cannot make", directory, &error))?;
    }
    let create = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let filled = (|| {
            file.set_permissions(Permissions::from_mode(0o600))?;
            if let Some((user, group)) = owner {
                fchown(&file, Some(user), Some(group))?;
            }
            file.write_all(line.as_bytes())?;
            file.sync_all()
        })();
        filled.inspect_err(|_| {
            let _ = fs::remove_file(&path);
        })
    };
    create().map_err(|error| disk::refuse("cannot write", &path, &error))?;
    Ok(Some(Written { path, owned: owner.is_some() }))
}

/// Takes away what was written, since the rest could not be.
pub(crate) fn undo(written: &[Written]) {
    for Written { path, .. } in written {
        // It was written a moment ago, and nobody knows of it yet.
        let _ = fs::remove_file(path);
    }
}

/// The numbers of the daemon's user and group on the host whose files are below `root`.
fn owner(root: &Path) -> Option<(u32, u32)> {
    let users = fs::read_to_string(root.join("etc/passwd")).ok()?;
    let fields =
        users.lines().map(|line| line.split(':').collect::<Vec<_>>()).find(|fields| fields.first() == Some(&USER))?;
    Some((fields.get(2)?.parse().ok()?, fields.get(3)?.parse().ok()?))
}
