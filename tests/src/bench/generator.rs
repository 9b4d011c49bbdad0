//! The generator's share of `systemctl daemon-reload`: how long it takes to turn a configuration into units.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::mount::{MsFlags, mount};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

use super::fleet::Fleet;
use super::row::{Row, Samples};
use super::{Extent, RUNS, SMALL, millis, tell};
use crate::install::{Binaries, Profile};
use crate::lab::Lab;
use crate::namespace::Namespace;
use crate::process::Place;

/// By which name the tool is the generator.
const GENERATOR: &str = "vrrp-generator";

/// A tree with the machine's programs and a configuration of its own.
struct Tree {
    root: PathBuf,
    mounts: Arc<Namespace>,
}

#[derive(Debug, Default)]
struct Figures {
    took: Samples,
    ran: Samples,
}

impl Tree {
    fn new(root: &Path) -> Result<Self> {
        for name in ["usr", "etc/vrrp", "units"] {
            fs::create_dir_all(root.join(name))?;
        }
        for name in ["lib", "lib64"] {
            std::os::unix::fs::symlink(format!("usr/{name}"), root.join(name))?;
        }
        fs::copy(&Binaries::for_process(Profile::Release)?.vrrpadm, root.join(GENERATOR))?;
        let mounts = Namespace::mounts()?;
        let (usr, units) = (root.join("usr"), root.join("units"));
        mounts.enter(|| {
            let flags = MsFlags::MS_BIND | MsFlags::MS_REC;
            mount(Some("/usr"), &usr, None::<&str>, flags, None::<&str>).context("cannot show /usr in the tree")?;
            // As systemd has it.
            let none = MsFlags::empty();
            mount(Some("tmpfs"), &units, Some("tmpfs"), none, None::<&str>).context("cannot mount a tmpfs")
        })?;
        Ok(Self { root: root.into(), mounts: Arc::new(mounts) })
    }

    /// Runs the generator once.
    fn generate(&self, fleet: &Fleet, figures: &mut Figures) -> Result<()> {
        fs::write(self.root.join("etc/vrrp/vrrp.toml"), protecting(fleet))?;
        let units = self.root.join("units/made");
        let root = self.root.display().to_string();
        let place = Place { namespaces: vec![Arc::clone(&self.mounts)], ..Place::machine() };
        self.mounts.enter(|| Ok(fs::create_dir(&units)?))?;
        let (start, ran) = (Instant::now(), children_ran()?);
        let made = "/units/made";
        let output = place.run(&["chroot", &root, &format!("/{GENERATOR}"), made, made, made])?;
        figures.took.push(millis(start.elapsed()));
        figures.ran.push(millis(children_ran()?.saturating_sub(ran)));
        output.ok()?;
        let made = self.mounts.enter(|| {
            let names = fs::read_dir(&units)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
            let names = names.collect::<Result<Vec<String>>>()?;
            fs::remove_dir_all(&units)?;
            Ok(names.iter().filter(|name| name.starts_with("vrrp@i")).count())
        })?;
        ensure!(made == fleet.instances, "the generator made units of {made} of {} instances", fleet.instances);
        Ok(())
    }
}

/// The time on a processor of all programs that the lab has run to their ends.
fn children_ran() -> Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(micros)?))
}

/// The fleet, each of which protects a unit of its own.
fn protecting(fleet: &Fleet) -> String {
    let mut number = 0;
    let mut text = String::new();
    for line in fleet.ours().lines() {
        text.push_str(line);
        text.push('\n');
        if line.starts_with("[instance.") {
            text.push_str(&format!("protect = [\"service{number}.service\"]\n"));
            number += 1;
        }
    }
    text
}

/// Measures it with 1, 250 and 4000 instances.
pub(super) fn measure(extent: &Extent, show: &mut dyn FnMut(Row)) -> Result<()> {
    let lab = Lab::new("bench-generator")?;
    let tree = Tree::new(&lab.bare_host("host")?.directory().join("tree"))?;
    let scenes = [(1, 5.0), (250, 20.0), (4000, 200.0)];
    for (instances, target) in if extent.quick { &scenes[..1] } else { &scenes[..] } {
        tell(&format!("generator with {instances}"));
        let fleet = Fleet::new(*instances);
        let mut figures = Figures::default();
        for _ in 0..extent.runs(RUNS) {
            tree.generate(&fleet, &mut figures)?;
        }
        let scene = format!("units of {instances} instance{}", if *instances == 1 { "" } else { "s" });
        show(Row::new(&scene, "start to end, ms", figures.took, Samples::default()).at_most(*target));
        show(Row::new(&scene, "CPU, ms", figures.ran, Samples::default()));
    }
    if extent.quick {
        tree.generate(&Fleet::new(SMALL), &mut Figures::default())?;
    }
    Ok(())
}
