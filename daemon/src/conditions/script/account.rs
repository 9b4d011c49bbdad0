//! The user that runs a program.

use std::ffi::CString;
use std::path::PathBuf;

use nix::unistd::{Gid, Uid, User, getegid, geteuid, getgrouplist};
use vrrp::conditions::Observation;
use vrrp::config::Script;

/// Who runs a program where nobody is named and the daemon is root: the user that owns no file.
const NOBODY: &str = "nobody";

/// A user with what a program of that user has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) uid: Uid,
    pub(super) gid: Gid,
    /// All groups; none for the daemon's own user, whose groups the daemon has.
    pub(super) groups: Vec<Gid>,
    pub(super) home: PathBuf,
    /// Whether it is the daemon's own.
    pub(super) is_own: bool,
}

impl Account {
    /// Finds the user that runs a script. Asks the host's name services, which may take long.
    ///
    /// # Errors
    /// There is no such user, or nobody can tell.
    pub(super) fn find(script: &Script) -> Result<Self, Observation> {
        let program = script.program.display();
        let (found, name) = match &script.user {
            Some(name) => (User::from_name(name), name.clone()),
            None if geteuid().is_root() => (User::from_name(NOBODY), NOBODY.to_owned()),
            None => (User::from_uid(geteuid()), geteuid().to_string()),
        };
        let unknown = |error: nix::Error| {
            Observation::unknown(format!(
                "{program} cannot be run by {name}: the user cannot be looked up: {}",
                error.desc()
            ))
        };
        let Some(User { name, uid, gid, dir, .. }) = found.map_err(unknown)? else {
            return Err(Observation::bad(format!("{program} cannot be run by {name}: there is no such user")));
        };
        let is_own = (uid, gid) == (geteuid(), getegid());
        let groups = match CString::new(name.as_str()) {
            Ok(name) if !is_own => getgrouplist(&name, gid).map_err(unknown)?,
            // The name came from a C string.
            Ok(_) | Err(_) => Vec::new(),
        };
        Ok(Self { name, uid, gid, groups, home: dir, is_own })
    }
}
