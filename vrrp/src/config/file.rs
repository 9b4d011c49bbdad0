//! The files of a configuration: which there are, in which order they are read, and what their text is.
//!
//! The caller touches the disk: it lists a directory and reads a file when [`Tree::gather`] asks for it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use super::place::Place;
use super::problem::Problem;
pub use super::source::Source;
use super::text::Shown;

/// The most bytes that a file of a configuration may have: 16 MiB.
pub const LARGEST: u64 = 16 << 20;

impl Source {
    /// Takes what was read from a file.
    ///
    /// # Errors
    /// Bytes that are not UTF-8 are a problem, with the line and column of the first one. So is a file over [`LARGEST`].
    pub fn from_bytes(path: &str, bytes: Vec<u8>) -> Result<Self, Problem> {
        if bytes.len() as u64 > LARGEST {
            let advice = format!("the file is larger than {} MiB: it cannot be a configuration", LARGEST >> 20);
            return Err(Problem::of_file(path, advice));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { path: path.to_owned(), text }),
            Err(error) => Err(not_utf8(path, &error)),
        }
    }
}

fn not_utf8(path: &str, error: &std::string::FromUtf8Error) -> Problem {
    let good = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
    let good = String::from_utf8_lossy(good);
    let line = good.matches('\n').count() + 1;
    let column = good.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let byte = error.as_bytes().get(good.len()).copied().unwrap_or_default();
    let message = format!("byte 0x{byte:02x} is not UTF-8: save the file in UTF-8");
    Problem::at(Place { file: path.to_owned(), line, column }, message)
}

/// Where the files of a configuration lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tree {
    /// The main file, read first.
    pub main: PathBuf,
    /// Whether the main file must exist.
    pub main_required: bool,
    /// The directories of further files; of the same file name in several the last one's is read, and only that.
    pub directories: Vec<PathBuf>,
}

impl Tree {
    /// The default files below a root: `etc/vrrp/vrrp.toml`, `usr/lib/vrrp/vrrp.d` and above it `etc/vrrp/vrrp.d`.
    #[must_use]
    pub fn below(root: &Path) -> Self {
        Self {
            main: root.join("etc/vrrp/vrrp.toml"),
            main_required: false,
            directories: vec![root.join("usr/lib/vrrp/vrrp.d"), root.join("etc/vrrp/vrrp.d")],
        }
    }

    /// The files that belong to a main file which somebody named: it, which must exist, and `vrrp.d` beside it.
    ///
    /// `/etc/vrrp/vrrp.toml` stands for the default files.
    #[must_use]
    pub fn of(main: &Path) -> Self {
        let default = Self::below(Path::new("/"));
        if main == default.main {
            return default;
        }
        Self { main: main.to_owned(), main_required: true, directories: vec![main.with_file_name("vrrp.d")] }
    }

    /// The directory whose files mask all others of the same name: here a tool writes.
    #[must_use]
    pub fn own_directory(&self) -> PathBuf {
        self.directories.last().cloned().unwrap_or_else(|| self.main.with_file_name("vrrp.d"))
    }

    /// Reads all files: the main one, then those of the directories whose name ends in `.toml` and does not begin with a dot,
    /// in the order of their names. An empty file masks the one of the same name below it.
    ///
    /// `list` gives the file names in a directory; `read` gives a file's bytes and may stop after [`LARGEST`] and one more.
    /// A directory that does not exist is empty.
    pub fn gather(
        &self,
        mut list: impl FnMut(&Path) -> io::Result<Vec<String>>,
        mut read: impl FnMut(&Path) -> io::Result<Vec<u8>>,
    ) -> Gathered {
        let mut gathered = Gathered::default();
        let mut further = BTreeMap::new();
        for directory in &self.directories {
            match list(directory) {
                Ok(names) => {
                    let names = names.into_iter().filter(|name| name.ends_with(".toml") && !name.starts_with('.'));
                    further.extend(names.map(|name| (name.clone(), directory.join(name))));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => gathered.refuse(directory, &error),
            }
        }
        match read(&self.main) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.main_required => {}
            result => gathered.take(&self.main, result),
        }
        for path in further.into_values() {
            let result = read(&path);
            gathered.take(&path, result);
        }
        gathered
    }
}

/// What could be read of a [`Tree`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// The files that could be read, in order.
    pub sources: Vec<Source>,
    /// What could not. With one of these the set is not whole and must not be applied.
    pub problems: Vec<Problem>,
}

impl Gathered {
    fn take(&mut self, path: &Path, result: io::Result<Vec<u8>>) {
        match result.map(|bytes| Source::from_bytes(&path.to_string_lossy(), bytes)) {
            Ok(Ok(source)) => self.sources.push(source),
            Ok(Err(problem)) => self.problems.push(problem),
            Err(error) => self.refuse(path, &error),
        }
    }

    fn refuse(&mut self, path: &Path, error: &io::Error) {
        let message = format!("cannot be read: {}", Shown::new(&reason(error)));
        self.problems.push(Problem::of_file(&path.to_string_lossy(), message));
    }
}

/// An error of the system in words, without its number.
fn reason(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return "there is no such file".to_owned();
    }
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk() -> BTreeMap<&'static str, &'static [u8]> {
        BTreeMap::from([
            ("/etc/vrrp/vrrp.toml", &b"main"[..]),
            ("/usr/lib/vrrp/vrrp.d/b.toml", b"vendor b"),
            ("/usr/lib/vrrp/vrrp.d/c.toml", b"vendor c"),
            ("/etc/vrrp/vrrp.d/c.toml", b""),
            ("/etc/vrrp/vrrp.d/a.toml", b"own a"),
            ("/etc/vrrp/vrrp.d/.a.toml", b"an editor's"),
            ("/etc/vrrp/vrrp.d/a.toml~", b"an editor's"),
        ])
    }

    fn gather(tree: &Tree, disk: &BTreeMap<&'static str, &'static [u8]>) -> Gathered {
        let list = |directory: &Path| {
            let names = disk.keys().filter_map(|path| Path::new(path).strip_prefix(directory).ok());
            Ok(names.map(|name| name.to_string_lossy().into_owned()).collect())
        };
        let read = |path: &Path| {
            let bytes = path.to_str().and_then(|path| disk.get(path)).ok_or(io::ErrorKind::NotFound)?;
            Ok(bytes.to_vec())
        };
        tree.gather(list, read)
    }

    #[test]
    fn files_are_read_in_order_and_a_name_masks_the_same_name_below() {
        let gathered = gather(&Tree::of(Path::new("/etc/vrrp/vrrp.toml")), &disk());
        assert_eq!(gathered.problems, []);
        let read: Vec<(&str, &str)> = gathered.sources.iter().map(|s| (s.path.as_str(), s.text.as_str())).collect();
        let expected = [
            ("/etc/vrrp/vrrp.toml", "main"),
            ("/etc/vrrp/vrrp.d/a.toml", "own a"),
            ("/usr/lib/vrrp/vrrp.d/b.toml", "vendor b"),
            ("/etc/vrrp/vrrp.d/c.toml", ""),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn only_a_main_file_that_somebody_named_must_exist() {
        let empty = BTreeMap::new();
        assert_eq!(gather(&Tree::below(Path::new("/")), &empty), Gathered::default());
        let named = gather(&Tree::of(Path::new("/srv/x.toml")), &empty);
        assert_eq!(named.problems[0].to_string(), "/srv/x.toml: cannot be read: there is no such file");
    }

    #[test]
    fn what_cannot_be_read_is_a_problem_of_that_file() {
        let mut disk = disk();
        disk.insert("/etc/vrrp/vrrp.d/b.toml", b"# one\n# tw\xf6\n");
        let gathered = gather(&Tree::below(Path::new("/")), &disk);
        let expected = "/etc/vrrp/vrrp.d/b.toml:2:5: byte 0xf6 is not UTF-8: save the file in UTF-8";
        assert_eq!(gathered.problems[0].to_string(), expected);
        assert_eq!(gathered.sources.len(), 3);

        let list = |_: &Path| Err(io::Error::from_raw_os_error(13));
        let denied = Tree::below(Path::new("/")).gather(list, |_| Ok(Vec::new()));
        assert_eq!(denied.problems[0].to_string(), "/usr/lib/vrrp/vrrp.d: cannot be read: permission denied");
    }
}
