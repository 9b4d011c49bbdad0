//! Reads the configuration's files from the disk.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use vrrp::config::file::{Gathered, LARGEST, Tree};

/// Reads every file of a tree.
pub(crate) fn gather(tree: &Tree) -> Gathered {
    tree.gather(list, read)
}

fn list(directory: &Path) -> io::Result<Vec<String>> {
    let name = |entry: io::Result<std::fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    std::fs::read_dir(directory)?.map(name).collect()
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
