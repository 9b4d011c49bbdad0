use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use nix::mount::{MsFlags, mount, umount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::stat::Mode;
use nix::unistd::{mkfifo, setfsuid};
use tempfile::TempDir;
use vrrp::conditions::Finding;
use vrrp::config::{Expect, File, Watch};

use crate::conditions::tests::{Sources, run};

fn file(path: &Path, expect: Expect) -> Watch {
    Watch::File(File { path: path.to_owned(), expect })
}

/// Expects what is told of one file, with its path shortened to what stands behind the folder's.
struct Scene {
    folder: TempDir,
    sources: Sources,
}

impl Scene {
    fn of(path: &str, expect: Expect) -> Self {
        Self::with(path, expect, |_| {})
    }

    fn with(path: &str, expect: Expect, prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        prepare(folder.path());
        let sources = Sources::of([file(&folder.path().join(path), expect)]);
        Self { folder, sources }
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.folder.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    #[track_caller]
    fn expect(&mut self, finding: Finding, words: &str) -> impl Future<Output = ()> {
        let words = format!("{}/{words}", self.folder.path().display());
        let place = std::panic::Location::caller();
        async move {
            let told = self.sources.next().await;
            assert_eq!((told.finding, told.words), (finding, words), "at {place}");
        }
    }
}

const GOOD: Finding = Finding::Good;
const BAD: Finding = Finding::Bad;

#[test]
fn a_file_comes_and_goes() {
    run(async || {
        let mut scene = Scene::of("switch", Expect::Absent);
        scene.expect(GOOD, "switch is not there").await;
        scene.write("switch", "");
        scene.expect(BAD, "switch is there").await;
        // Neither its contents nor its neighbours matter.
        scene.write("switch", "text");
        scene.write("other", "text");
        scene.sources.expect_silence().await;
        fs::rename(scene.path("switch"), scene.path("moved")).unwrap();
        scene.expect(GOOD, "switch is not there").await;
        fs::create_dir(scene.path("switch")).unwrap();
        scene.expect(BAD, "switch is there").await;
    });
}

#[test]
fn the_number_in_a_file_is_told_whenever_it_changes() {
    run(async || {
        let mut scene = Scene::of("weight", Expect::Integer);
        scene.expect(Finding::Value(0), "weight is not there, which counts as 0").await;
        for (text, finding, words) in [
            ("-30\n", Finding::Value(-30), "weight holds -30"),
            ("  +7  ", Finding::Value(7), "weight holds 7"),
            ("253", Finding::Value(253), "weight holds 253"),
            ("254", BAD, "weight holds 254, and only -253 to 253 can count"),
            ("99999999999999999999", BAD, "weight holds no number: 99999999999999999999"),
            ("12 apples\n", BAD, "weight holds no number: 12 apples"),
            ("\u{1b}[31m", BAD, "weight holds no number: \\u{1b}[31m"),
            ("", BAD, "weight is empty, not a number"),
            ("0", Finding::Value(0), "weight holds 0"),
        ] {
            // No step in between is told: a file is empty while it is written anew.
            scene.write("weight", text);
            scene.expect(finding, words).await;
        }
        scene.write("weight", &"1".repeat(65));
        let told = scene.sources.next().await;
        assert_eq!(told.finding, Finding::Unknown);
        assert!(told.words.ends_with("weight cannot be read: it has more than 64 bytes"), "{told:?}");
        scene.write("new", "-5");
        fs::rename(scene.path("new"), scene.path("weight")).unwrap();
        scene.expect(Finding::Value(-5), "weight holds -5").await;
        // What another name or an open file brings is noticed, too.
        fs::hard_link(scene.path("weight"), scene.path("twin")).unwrap();
        scene.write("twin", "6");
        scene.expect(Finding::Value(6), "weight holds 6").await;
        let mut open = fs::OpenOptions::new().write(true).open(scene.path("weight")).unwrap();
        open.write_all(b"8").unwrap();
        scene.expect(Finding::Value(8), "weight holds 8").await;
        fs::remove_file(scene.path("weight")).unwrap();
        scene.expect(Finding::Value(0), "weight is not there, which counts as 0").await;
    });
}

#[test]
fn a_number_is_read_from_regular_files_alone() {
    run(async || {
        let pipe = |folder: &Path| mkfifo(&folder.join("weight"), Mode::S_IRWXU).unwrap();
        let mut scene = Scene::with("weight", Expect::Integer, pipe);
        let told = scene.sources.next().await;
        assert_eq!(told.finding, Finding::Unknown);
        assert!(told.words.ends_with("weight cannot be read: it is no regular file"), "{told:?}");
    });
}

/// What is a directory on one way may be the end of another.
#[test]
fn ways_that_share_a_directory_do_not_disturb_each_other() {
    run(async || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        fs::create_dir(&path).unwrap();
        let inside = path.join("inside");
        let watch_inside = file(&inside, Expect::Present);
        let mut sources = Sources::of([watch_inside.clone()]);
        assert_eq!(sources.next().await.finding, BAD);
        sources.want([watch_inside, file(&path, Expect::Integer)]);
        assert_eq!(sources.next().await.finding, Finding::Unknown, "it is no file");
        fs::create_dir(&inside).unwrap();
        sources.expect(GOOD, &format!("{} is there", inside.display())).await;
    });
}

#[test]
fn directories_on_the_way_come_and_go() {
    run(async || {
        let mut scene = Scene::of("a/b/switch", Expect::Present);
        scene.expect(BAD, "a/b/switch is not there").await;
        fs::create_dir(scene.path("a")).unwrap();
        fs::create_dir(scene.path("a/b")).unwrap();
        scene.write("a/b/switch", "");
        scene.expect(GOOD, "a/b/switch is there").await;
        fs::rename(scene.path("a"), scene.path("z")).unwrap();
        scene.expect(BAD, "a/b/switch is not there").await;
        fs::rename(scene.path("z"), scene.path("a")).unwrap();
        scene.expect(GOOD, "a/b/switch is there").await;
        fs::remove_dir_all(scene.path("a")).unwrap();
        scene.expect(BAD, "a/b/switch is not there").await;
        // A file where a directory should be.
        scene.write("a", "");
        scene.sources.expect_silence().await;
        fs::remove_file(scene.path("a")).unwrap();
        fs::create_dir_all(scene.path("a/b/switch")).unwrap();
        scene.expect(GOOD, "a/b/switch is there").await;
    });
}

#[test]
fn symbolic_links_are_followed_wherever_they_lead() {
    run(async || {
        let link = |folder: &Path| {
            fs::create_dir_all(folder.join("one/two")).unwrap();
            fs::write(folder.join("one/two/weight"), "1").unwrap();
            fs::write(folder.join("one/weight"), "2").unwrap();
            symlink(folder.join("one/two"), folder.join("data")).unwrap();
            symlink("data/weight", folder.join("weight")).unwrap();
        };
        let mut scene = Scene::with("weight", Expect::Integer, link);
        scene.expect(Finding::Value(1), "weight holds 1").await;
        scene.write("one/two/weight", "3");
        scene.expect(Finding::Value(3), "weight holds 3").await;
        // As volumes of containers do it: another link is moved over the one that is used.
        symlink("one/two/..", scene.path("new")).unwrap();
        fs::rename(scene.path("new"), scene.path("data")).unwrap();
        scene.expect(Finding::Value(2), "weight holds 2").await;
        fs::remove_dir_all(scene.path("one")).unwrap();
        scene.expect(Finding::Value(0), "weight is not there, which counts as 0").await;
        fs::remove_file(scene.path("weight")).unwrap();
        symlink("weight", scene.path("weight")).unwrap();
        let told = scene.sources.next().await;
        assert_eq!(told.finding, Finding::Unknown);
        assert!(told.words.contains("too many levels of symbolic links"), "{told:?}");
    });
}

#[test]
fn what_may_not_be_seen_is_unknown_until_it_may() {
    run(async || {
        let close = |folder: &Path| {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
            fs::create_dir(folder.join("closed")).unwrap();
            fs::write(folder.join("closed/switch"), "").unwrap();
            fs::set_permissions(folder.join("closed"), fs::Permissions::from_mode(0o700)).unwrap();
            // From here on this thread, and the one that it starts, see files as nobody does.
            setfsuid(65534.into());
        };
        let mut scene = Scene::with("closed/switch", Expect::Present, close);
        scene.expect(Finding::Unknown, "closed cannot be looked at: permission denied").await;
        setfsuid(0.into());
        fs::set_permissions(scene.path("closed"), fs::Permissions::from_mode(0o755)).unwrap();
        scene.expect(GOOD, "closed/switch is there").await;
    });
}

#[test]
fn mounts_are_noticed() {
    run(async || {
        unshare(CloneFlags::CLONE_NEWNS).expect("these tests make mount namespaces: run them as root");
        let none = None::<&str>;
        mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).unwrap();
        let mut scene = Scene::with("disk/switch", Expect::Present, |folder| {
            fs::create_dir(folder.join("disk")).unwrap();
            fs::write(folder.join("disk/switch"), "").unwrap();
        });
        scene.expect(GOOD, "disk/switch is there").await;
        let disk = scene.path("disk");
        mount(Some("tmpfs"), &disk, Some("tmpfs"), MsFlags::empty(), none).unwrap();
        scene.expect(BAD, "disk/switch is not there").await;
        scene.write("disk/switch", "");
        scene.expect(GOOD, "disk/switch is there").await;
        fs::remove_file(scene.path("disk/switch")).unwrap();
        scene.expect(BAD, "disk/switch is not there").await;
        umount(&disk).unwrap();
        scene.expect(GOOD, "disk/switch is there").await;
    });
}

#[test]
fn files_of_one_directory_are_told_apart_and_one_can_leave() {
    run(async || {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: usize| folder.path().join(name.to_string());
        let watches = |count: usize| (0..count).map(path).map(|path| file(&path, Expect::Present)).collect::<Vec<_>>();
        let mut sources = Sources::of(watches(200));
        for _ in 0..200 {
            assert_eq!(sources.next().await.finding, BAD);
        }
        fs::write(path(7), "").unwrap();
        sources.expect(GOOD, &format!("{} is there", path(7).display())).await;
        sources.want(watches(3));
        fs::write(path(7), "").unwrap();
        fs::write(path(2), "").unwrap();
        sources.expect(GOOD, &format!("{} is there", path(2).display())).await;
        sources.want([file(&path(300), Expect::Absent)]);
        sources.expect(GOOD, &format!("{} is not there", path(300).display())).await;
    });
}
