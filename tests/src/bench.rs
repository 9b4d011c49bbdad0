//! `cargo lab bench`: what our daemon costs and how prompt it is, beside keepalived, as a table with targets.

use std::collections::BTreeMap;
use std::fs;

use anyhow::Result;
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::figures::{file, millis, page};
use crate::install::{Binaries, Profile};
use crate::workspace;

mod backup;
mod ending;
mod extent;
mod fast;
mod fleet;
mod floor;
mod generator;
mod growth;
mod idle;
mod machine;
mod master;
mod packet;
mod plot;
mod program;
mod reload;
mod row;
mod scale;
mod sender;
mod service;
mod site;
mod table;
mod usage;
mod virtual_mac;

use extent::{Extent, RUNS, SMALL};
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
    /// A service dies, and a host is left: what is seen of it on the wire and by clients.
    Service,
    /// 4000 instances as a user meets them: the tool, the bus, the log.
    Scale,
    /// How start, take-over, processor time and memory grow from 500 to 4000 instances.
    Growth,
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
            Self::Service => "the service dies, the host is left",
            Self::Scale => "as a user meets it",
            Self::Growth => "growth",
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
            Self::Service => service::measure(extent, show),
            Self::Scale => scale::measure(extent, show),
            Self::Growth => growth::measure(extent, show),
        }
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
