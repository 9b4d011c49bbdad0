//! The members of interface groups that an administrator took offline, as long as the host runs.
//!
//! They stand in a file of the runtime directory, a line each, so that a daemon that is restarted while somebody changes a
//! cable does not use the link again.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use vrrp::config::{InstanceName, LinkName};

use super::{contents, replace};

/// The name of a group and a link each.
pub(crate) type Offline = BTreeSet<(String, String)>;

/// Keeps them, whole or not at all.
///
/// # Errors
/// The disk's.
pub(crate) fn keep(directory: &Path, offline: &Offline) -> io::Result<()> {
    let text: String = offline.iter().map(|(group, link)| format!("{group} {link}\n")).collect();
    replace(&file(directory), &text)
}

/// Reads them; what is no such line is left out, and a file that cannot be read has none.
pub(crate) fn read(directory: &Path) -> Offline {
    let text = contents(&file(directory)).unwrap_or_default();
    let place = |line: &str| {
        let (group, link) = line.split_once(' ')?;
        let known = InstanceName::new(group).is_some() && LinkName::new(link).is_some();
        known.then(|| (group.to_owned(), link.to_owned()))
    };
    text.lines().filter_map(place).collect()
}

fn file(directory: &Path) -> PathBuf {
    directory.join("offline")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_kept_is_read_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(read(directory.path()), Offline::new());
        let place = |group: &str, link: &str| (group.to_owned(), link.to_owned());
        let offline = Offline::from([place("net0", "eth0"), place("net1", "eth2.5")]);
        keep(directory.path(), &offline).unwrap();
        assert_eq!(read(directory.path()), offline);
        fs::write(file(directory.path()), "net0 eth0\nnet0\n x\nnet0 a b\n! eth0\nnet0 eth1").unwrap();
        assert_eq!(read(directory.path()), Offline::from([place("net0", "eth0"), place("net0", "eth1")]));
        fs::write(file(directory.path()), b"net0 eth0\n\xff\xfe").unwrap();
        assert_eq!(read(directory.path()), Offline::new(), "it is no text");
    }
}
