//! A host's root: what is written goes to memory, above a Debian tree that all hosts of a kind share.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use nix::mount::{MsFlags, mount};

use crate::namespace::Namespace;
use crate::process::Place;

/// The overlay mount, seen in the lab's mount namespace only; it goes when that does.
#[derive(Debug)]
pub(crate) struct Tree {
    mounts: Arc<Namespace>,
    root: PathBuf,
}

impl Tree {
    pub(crate) fn new(directory: &Path, image: &Path, mounts: Arc<Namespace>) -> Result<Self> {
        let disk = directory.join("disk");
        fs::create_dir(&disk)?;
        let root = disk.join("root");
        mounts.enter(|| {
            let none = MsFlags::empty();
            mount(Some("tmpfs"), &disk, Some("tmpfs"), none, Some("mode=0755"))?;
            let [upper, work] = ["upper", "work"].map(|name| disk.join(name));
            for made in [&root, &upper, &work] {
                fs::create_dir(made)?;
            }
            let layers =
                format!("lowerdir={},upperdir={},workdir={}", image.display(), upper.display(), work.display());
            mount(Some("overlay"), &root, Some("overlay"), none, Some(layers.as_str()))
                .context("cannot mount an overlay: the kernel needs overlayfs")
        })?;
        Ok(Self { mounts, root })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn copy(&self, from: &Path) -> Result<()> {
        let (from, to) = (format!("{}/.", from.display()), self.root.display().to_string());
        let place = Place { namespaces: vec![Arc::clone(&self.mounts)], ..Place::machine() };
        place.run(&["cp", "--archive", "--no-preserve=ownership", &from, &to])?.ok()?;
        Ok(())
    }

    pub(crate) fn write(&self, path: &str, content: &str) -> Result<()> {
        self.change(path, |file| Ok(fs::write(file, content)?))
    }

    pub(crate) fn symlink(&self, target: &str, link: &str) -> Result<()> {
        self.change(link, |file| Ok(symlink(target, file)?))
    }

    pub(crate) fn read(&self, path: &str) -> Result<String> {
        let file = self.root.join(path.trim_start_matches('/'));
        let content = self.mounts.enter(|| Ok(fs::read_to_string(file)?));
        content.with_context(|| format!("cannot read {path}"))
    }

    fn change(&self, path: &str, make: impl FnOnce(&Path) -> Result<()> + Send) -> Result<()> {
        let file = self.root.join(path.trim_start_matches('/'));
        self.mounts
            .enter(|| {
                fs::create_dir_all(file.parent().unwrap_or(&file))?;
                make(&file)
            })
            .with_context(|| format!("cannot write {path}"))
    }
}
