//! The file in the runtime directory that says where a sync daemon was started, so that the next vrrpd knows it for its own.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::Place;

/// The file, and what it must begin with to mean anything now.
#[derive(Clone, Debug)]
pub(super) struct Mark {
    file: PathBuf,
    scene: String,
}

impl Mark {
    pub(super) const fn new(file: PathBuf, scene: String) -> Self {
        Self { file, scene }
    }

    /// Remembers where one was started.
    ///
    /// # Errors
    /// The disk's.
    pub(super) fn write(&self, place: Place) -> io::Result<()> {
        let source = place.source.map(|address| address.to_string()).unwrap_or_default();
        let new = self.file.with_extension("new");
        // The directory is in memory and a crash of the machine leaves nothing of it: there is nothing to flush.
        fs::write(&new, format!("{}\n{} {source}\n", self.scene, place.link))?;
        fs::rename(new, &self.file)
    }

    /// Where a former one was started, if one was; the epoch is none that this vrrpd knows.
    pub(super) fn read(&self) -> Option<Place> {
        let text = fs::read_to_string(&self.file).ok()?;
        let mut words = text.strip_prefix(&format!("{}\n", self.scene))?.split_whitespace();
        let (link, source) = (words.next()?.parse().ok()?, words.next().and_then(|source| source.parse().ok()));
        Some(Place { link, epoch: 0, source })
    }

    /// Forgets it.
    pub(super) fn remove(&self) {
        // A file that is not there is as good, and one that cannot be removed makes the next vrrpd look in vain.
        let _ = fs::remove_file(&self.file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_is_read_in_the_same_scene_until_it_is_removed() {
        let directory = tempfile::tempdir().unwrap();
        let mark = |scene: &str| Mark::new(directory.path().join("sync-daemon"), scene.to_owned());
        assert_eq!(mark("boot 1").read(), None);
        for source in [None, Some([192, 0, 2, 1].into())] {
            let place = Place { link: 7, epoch: 3, source };
            mark("boot 1").write(place).unwrap();
            assert_eq!(mark("boot 1").read(), Some(Place { epoch: 0, ..place }));
        }
        assert_eq!((mark("boot 2").read(), mark("boot").read()), (None, None), "another boot");
        mark("boot 1").remove();
        assert_eq!(mark("boot 1").read(), None);
    }
}
