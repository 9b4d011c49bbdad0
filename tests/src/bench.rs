//! `cargo lab bench`: what our daemon costs and how prompt it is, beside keepalived, as a table with targets.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::figures::{file, millis, page};
use crate::install::{Binaries, Profile};
use crate::workspace;

mod backup;
mod fast;
mod fleet;
mod floor;
mod generator;
mod idle;
mod machine;
mod master;
mod packet;
mod plot;
mod program;
mod reload;
mod row;
mod sender;
mod site;
mod table;
mod usage;
mod virtual_mac;

use fleet::Fleet;
use program::Software;
pub use row::{Row, Target};

/// The page that tells of all this.
const PAGE: &str = "docs/performance.md";

/// What to measure and how often.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// The cases to measure; all of them if none is named.
    cases: Vec<Case>,
    /// How often each scene is run; three times if it is not said, where a case does not say otherwise, and once in a hurry.
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// Every case once and with few instances: to see that it works, not what it costs.
    #[arg(long)]
    quick: bool,
    /// Put the table into docs/performance.md, too.
    #[arg(long)]
    write: bool,
}

impl Options {
    /// Every case, once and small, with the binaries of tests.
    pub fn quick() -> Self {
        Self { quick: true, ..Self::default() }
    }
}

/// A group of scenes that belong together, the cheap ones first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Case {
    /// The generator, which systemd runs at every daemon-reload.
    Generator,
    /// How often an idle Backup wakes.
    Idle,
    /// 250 instances with the virtual MAC.
    VirtualMac,
    /// Advertisements every 100 and every 10 ms.
    Fast,
    /// A bare loop that sends what a Master sends, to compare with.
    Floor,
    /// Masters of up to 4000 instances: start, advertisements, memory, leases.
    Master,
    /// Backups of up to 4000 instances: what they hear, and how they take over.
    Backup,
    /// One of 4000 instances changes.
    Reload,
}

impl Case {
    /// Its name on the command line and in the files.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Its heading.
    const fn title(self) -> &'static str {
        match self {
            Self::Generator => "generator",
            Self::Idle => "idle",
            Self::VirtualMac => "virtual MAC",
            Self::Fast => "short intervals",
            Self::Floor => "a bare loop, to compare with",
            Self::Master => "as Master, an advertisement a second",
            Self::Backup => "as Backup, an advertisement a second",
            Self::Reload => "reload",
        }
    }

    fn measure(self, extent: &Extent, show: &mut dyn FnMut(Row)) -> Result<()> {
        match self {
            Self::Generator => generator::measure(extent, show),
            Self::Idle => idle::measure(extent, show),
            Self::VirtualMac => virtual_mac::measure(extent, show),
            Self::Fast => fast::measure(extent, show),
            Self::Floor => floor::measure(extent, show),
            Self::Master => master::measure(extent, show),
            Self::Backup => backup::measure(extent, show),
            Self::Reload => reload::measure(extent, show),
        }
    }
}

/// How much of a case is measured.
#[derive(Clone, Copy, Debug)]
struct Extent {
    runs: Option<usize>,
    quick: bool,
}

/// How often each scene is run if nobody says it.
const RUNS: usize = 3;

/// The numbers of instances that are measured, that of those over IPv6, and the one of a hurry.
const SIZES: [usize; 4] = [1, 250, 1000, 4000];
const OVER_IPV6: usize = 250;
const SMALL: usize = 20;

impl Extent {
    /// With which instances.
    fn fleets(&self) -> Vec<Fleet> {
        let sizes = if self.quick { &[SMALL][..] } else { &SIZES };
        sizes.iter().map(|size| Fleet::new(*size)).chain([Fleet::ipv6(self.size(OVER_IPV6))]).collect()
    }

    /// How often to run a scene which is usually run `full` times.
    fn runs(&self, full: usize) -> usize {
        self.runs.unwrap_or(if self.quick { 1 } else { full }).max(1)
    }

    /// Full, or as small as in a hurry.
    fn size(&self, full: usize) -> usize {
        if self.quick { full.min(SMALL) } else { full }
    }

    /// How long what goes on is looked at.
    const fn window(&self) -> Duration {
        Duration::from_secs(if self.quick { 2 } else { 10 })
    }

    /// How long announcements of new Masters go on: five seconds, and a bit.
    const fn settling(&self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { 7 })
    }
}

impl Extent {
    /// Runs a scene with ours and with others in turn, and gives what was measured of each, in that order.
    fn in_turn<F: Default, const N: usize>(
        &self,
        others: [Software; N],
        mut run: impl FnMut(Software, &mut F) -> Result<()>,
    ) -> Result<(F, [F; N])> {
        let (mut ours, mut theirs) = (F::default(), [(); N].map(|()| F::default()));
        for _ in 0..self.runs(RUNS) {
            run(Software::Ours, &mut ours)?;
            for (software, figures) in others.into_iter().zip(&mut theirs) {
                run(software, figures)?;
            }
        }
        Ok((ours, theirs))
    }
}

/// Says what is being measured, for whoever waits.
fn tell(scene: &str) {
    eprintln!("lab: {scene}");
}

/// Measures, prints the table, and tells whether every case worked, whatever its figures are.
///
/// # Errors
/// The programs do not compile, or a file cannot be written.
pub fn run(options: &Options) -> Result<bool> {
    Binaries::for_process(if options.quick { Profile::Lab } else { Profile::Release })?;
    let extent = Extent { runs: options.runs, quick: options.quick };
    let cases = if options.cases.is_empty() { Case::value_variants() } else { &options.cases };
    println!("{}", table::head());
    let mut works = true;
    let mut measured = BTreeMap::new();
    for case in cases {
        println!("{}", case.title());
        let (mut rows, mut scene) = (Vec::new(), None);
        let done = case.measure(&extent, &mut |row| {
            println!("{}", table::one(&row, &mut scene));
            rows.push(row);
        });
        if let Err(error) = done {
            println!("  failed: {error:#}");
            works = false;
            continue;
        }
        measured.insert(*case, rows);
        if !options.quick {
            save(&measured, options.write)?;
        }
    }
    Ok(works)
}

/// Writes what was measured, beside what earlier runs measured of other cases.
fn save(measured: &BTreeMap<Case, Vec<Row>>, write: bool) -> Result<()> {
    let machine = machine::describe()?;
    let members = measured.iter().map(|(case, rows)| (case.name(), rows.iter().map(Row::json).collect()));
    file::keep("bench.json", members.chain([("machine".into(), json!(machine))]))?;
    let plots = workspace::target_directory().join("bench");
    fs::create_dir_all(&plots)?;
    for (case, rows) in measured {
        fs::write(plots.join(format!("{}.svg", case.name())), plot::svg(case.title(), rows))?;
    }
    if write {
        page::write(PAGE, "machine", &machine)?;
        for (case, rows) in measured {
            let table = format!("{}\n{}", table::head(), table::rows(rows));
            page::write(PAGE, &case.name(), &table)?;
        }
    }
    Ok(())
}
