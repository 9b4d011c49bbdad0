//! `cargo lab install --root DIR`: the project's files, laid out as a distribution's package would.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};
use nix::unistd::{Gid, Uid, chown};

use crate::process::Place;
use crate::workspace;

/// How the binaries are built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// For users: small and fast, slow to build.
    Release,
    /// For the lab's tests: nearly as fast, quicker to build.
    Lab,
}

impl Profile {
    const fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Lab => "lab",
        }
    }
}

/// The built programs.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// The daemon.
    pub vrrpd: PathBuf,
    /// The tool.
    pub vrrpadm: PathBuf,
}

impl Binaries {
    /// Builds both programs if they are older than their sources.
    ///
    /// # Errors
    /// They do not compile; cargo has said why.
    pub fn build(profile: Profile) -> Result<Self> {
        let cargo = workspace::cargo();
        let manifest = workspace::root().join("Cargo.toml").display().to_string();
        let profile_name = profile.name();
        if profile == Profile::Release {
            eprintln!("lab: building vrrpd and vrrpadm, which takes some minutes the first time");
        }
        let argv = [
            cargo.as_str(),
            "build",
            "--quiet",
            "--manifest-path",
            &manifest,
            "--profile",
            profile_name,
            "--package",
            "vrrpd",
            "--package",
            "vrrpadm",
        ];
        let status = Place::machine().pass_through(&argv)?;
        ensure!(status.success(), "vrrpd and vrrpadm cannot be built");
        let directory = workspace::target_directory().join(profile_name);
        Ok(Self { vrrpd: directory.join("vrrpd"), vrrpadm: directory.join("vrrpadm") })
    }

    /// The programs for tests, built once in a process.
    ///
    /// # Errors
    /// As [`Binaries::build`].
    pub fn for_tests() -> Result<&'static Self> {
        Self::for_process(Profile::Lab)
    }

    /// The programs for everything that this process does, if none were built before.
    ///
    /// # Errors
    /// As [`Binaries::build`].
    pub(crate) fn for_process(profile: Profile) -> Result<&'static Self> {
        static BUILT: OnceLock<Binaries> = OnceLock::new();
        if let Some(built) = BUILT.get() {
            return Ok(built);
        }
        let built = Self::build(profile)?;
        Ok(BUILT.get_or_init(|| built))
    }
}

/// Puts all that belongs to the product into the tree `root`. Packages are made of such trees: this is the one list of what is
/// installed where.
///
/// # Errors
/// A file of the project is missing, `root` cannot be written, or vrrpadm does not print its completions.
pub fn install(binaries: &Binaries, root: &Path) -> Result<()> {
    let project = workspace::root();
    program(&binaries.vrrpd, &root.join("usr/sbin/vrrpd"))?;
    program(&binaries.vrrpadm, &root.join("usr/bin/vrrpadm"))?;
    let places = [
        ("systemd/system", "usr/lib/systemd/system"),
        ("systemd/catalog", "usr/lib/systemd/catalog"),
        ("systemd/network", "usr/lib/systemd/network"),
        ("NetworkManager", "usr/lib/NetworkManager"),
        ("dbus-1", "usr/share/dbus-1"),
        ("polkit-1", "usr/share/polkit-1"),
        ("sysusers.d", "usr/lib/sysusers.d"),
        ("tmpfiles.d", "usr/lib/tmpfiles.d"),
    ];
    for (from, to) in places {
        let from = project.join("units").join(from);
        if from.exists() {
            copy_tree(&from, &root.join(to))?;
        }
    }
    ensure!(
        root.join("usr/lib/systemd/system/vrrp.service").exists(),
        "units/systemd/system/vrrp.service is missing from the project"
    );
    generator(root)?;
    man_pages(&project.join("docs/man"), &root.join("usr/share/man"))?;
    documents(project, &root.join("usr/share/doc/vrrpd"))?;
    completions(&binaries.vrrpadm, &root.join("usr/share"))
}

/// The tool is the generator too, when called by this name.
fn generator(root: &Path) -> Result<()> {
    let directory = root.join("usr/lib/systemd/system-generators");
    make_directory(&directory)?;
    let link = directory.join("vrrp-generator");
    if link.is_symlink() {
        fs::remove_file(&link)?;
    }
    Ok(symlink("/usr/bin/vrrpadm", link)?)
}

fn man_pages(from: &Path, to: &Path) -> Result<()> {
    if !from.exists() {
        return Ok(());
    }
    for page in fs::read_dir(from)? {
        let page = page?.path();
        let section = page.extension().unwrap_or_default().to_string_lossy().into_owned();
        if section.len() == 1 && page.is_file() {
            let name = page.file_name().unwrap_or_default();
            file(&page, &to.join(format!("man{section}")).join(name), 0o644)?;
        }
    }
    Ok(())
}

/// The README, and the pages and pictures that it refers to, in the same places beside it.
fn documents(project: &Path, to: &Path) -> Result<()> {
    file(&project.join("README.md"), &to.join("README.md"), 0o644)?;
    copy_tree(&project.join("docs/pictures"), &to.join("docs/pictures"))?;
    for page in fs::read_dir(project.join("docs"))? {
        let page = page?.path();
        if page.extension().is_some_and(|extension| extension == "md") {
            file(&page, &to.join("docs").join(page.file_name().unwrap_or_default()), 0o644)?;
        }
    }
    Ok(())
}

/// What the shells complete, where they look for the files of packages.
fn completions(vrrpadm: &Path, share: &Path) -> Result<()> {
    let places = [
        ("bash", "bash-completion/completions/vrrpadm"),
        ("zsh", "zsh/vendor-completions/_vrrpadm"),
        ("fish", "fish/vendor_completions.d/vrrpadm.fish"),
    ];
    for (shell, place) in places {
        let script = Place::machine().run(&[&vrrpadm.display().to_string(), "completions", shell])?.ok()?;
        write(&share.join(place), 0o644, |new| Ok(fs::write(new, script)?))?;
    }
    Ok(())
}

fn program(from: &Path, to: &Path) -> Result<()> {
    file(from, to, 0o755)
}

fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            file(&entry.path(), &target, 0o644)?;
        }
    }
    Ok(())
}

fn file(from: &Path, to: &Path, mode: u32) -> Result<()> {
    write(to, mode, |new| {
        fs::copy(from, new).with_context(|| format!("cannot install {}", from.display()))?;
        Ok(())
    })
}

/// Writes a file by way of a new one: a running program keeps the old.
fn write(to: &Path, mode: u32, content: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let directory = to.parent().context("a file has a directory")?;
    make_directory(directory)?;
    let new = directory.join(format!(".{}.new", to.file_name().unwrap_or_default().display()));
    content(&new)?;
    fs::set_permissions(&new, fs::Permissions::from_mode(mode))?;
    if Uid::effective().is_root() {
        chown(&new, Some(Uid::from_raw(0)), Some(Gid::from_raw(0)))?;
    }
    fs::rename(&new, to).with_context(|| format!("cannot install {}", to.display()))
}

fn make_directory(directory: &Path) -> Result<()> {
    fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))
}
