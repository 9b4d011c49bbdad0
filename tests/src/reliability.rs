//! `cargo lab reliability`: what a client loses when something happens, beside keepalived, as a table with targets.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::figures::{file, millis, page};
use crate::install::Binaries;

mod duel;
mod exposure;
mod fast;
mod fence;
mod flood;
mod handover;
mod hosted;
mod interruption;
mod kill;
mod lease;
mod leave;
mod repair;
mod row;
mod table;
mod web;

pub(crate) use kill::RESIGNS;
pub use row::{Row, Samples, Side};

/// What to measure and how often.
#[derive(Args, Clone, Debug, Default)]
pub struct Options {
    /// The cases to measure; all of them if none is named.
    cases: Vec<Case>,
    /// How often each scene is run, instead of as often as the case's target says.
    #[arg(long, value_name = "N")]
    runs: Option<usize>,
    /// Only the first scene of each case, twice: to see that it works, not what it measures.
    #[arg(long)]
    quick: bool,
    /// Put the table into docs/reliability.md, too.
    #[arg(long)]
    write: bool,
}

/// A group of scenes that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Case {
    /// Planned handovers between two hosts.
    Handover,
    /// Fast resign, beside the Backups that Debian has.
    Fast,
    /// Requests to nginx while it is restarted, and while its host reboots.
    Web,
    /// The protected service is killed on the Master.
    Kill,
    /// The Master is told to leave, under systemd.
    Leave,
    /// The daemon is killed, restarted, replaced, or reads its files again.
    Interruption,
    /// The daemon hangs, or is gone for good.
    Lease,
    /// Somebody else removes an address.
    Repair,
    /// A hundred thousand wrong advertisements a second.
    Flood,
    /// What systemd says of the units.
    Exposure,
}

impl Case {
    /// Its name on the command line and in the files.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Its heading.
    const fn title(self) -> &'static str {
        match self {
            Self::Handover => "planned handover",
            Self::Fast => "fast resign",
            Self::Web => "web requests, each over a new connection",
            Self::Kill => "the protected service dies",
            Self::Leave => "planned leaves under systemd",
            Self::Interruption => "crash, restart, upgrade, reload",
            Self::Lease => "hang",
            Self::Repair => "others on the host",
            Self::Flood => "flood",
            Self::Exposure => "exposure, of 10",
        }
    }

    /// Measures its first scene only, a few times: to see that it works.
    ///
    /// # Errors
    /// The lab cannot be built, or what is measured does not work at all.
    pub fn try_out(self) -> Result<Vec<Row>> {
        self.rows(None, true)
    }

    /// Measures it for another table: so many runs if that is said, and only its first scene in a hurry.
    ///
    /// # Errors
    /// As [`Case::try_out`].
    pub(crate) fn rows(self, runs: Option<usize>, quick: bool) -> Result<Vec<Row>> {
        self.measure(&Extent { runs, quick })
    }

    fn measure(self, extent: &Extent) -> Result<Vec<Row>> {
        match self {
            Self::Handover => handover::measure(extent),
            Self::Fast => fast::measure(extent),
            Self::Web => web::measure(extent),
            Self::Kill => kill::measure(extent),
            Self::Leave => leave::measure(extent),
            Self::Interruption => interruption::measure(extent),
            Self::Lease => {
                let mut rows = lease::measure(extent)?;
                rows.extend(fence::measure(extent)?);
                Ok(rows)
            }
            Self::Repair => repair::measure(extent),
            Self::Flood => flood::measure(extent),
            Self::Exposure => exposure::measure(extent),
        }
    }
}

/// How much of a case is measured.
#[derive(Clone, Copy, Debug)]
struct Extent {
    runs: Option<usize>,
    quick: bool,
}

impl Extent {
    /// How often to run a scene which is usually run `full` times, and `quick` times in a hurry.
    fn runs(&self, full: usize, quick: usize) -> usize {
        self.runs.unwrap_or(if self.quick { quick } else { full })
    }
}

/// Says what is being measured, for whoever waits.
fn tell(scene: &str) {
    eprintln!("lab: {scene}");
}

/// Measures, prints the table, and tells whether every target was met.
///
/// # Errors
/// The lab cannot be built, or a file cannot be written. A case that fails is a target that was missed.
pub fn run(options: &Options) -> Result<bool> {
    Binaries::for_tests()?;
    let extent = Extent { runs: options.runs, quick: options.quick };
    let all = Case::value_variants();
    let cases = if options.cases.is_empty() { all } else { &options.cases };
    println!("{}", table::head());
    let mut measured = BTreeMap::new();
    let mut failed = false;
    for case in cases {
        match case.measure(&extent) {
            Ok(rows) => {
                println!("{}\n{}", case.title(), table::rows(&rows));
                failed |= rows.iter().any(|row| row.holds() == Some(false));
                measured.insert(*case, rows);
                if !options.quick {
                    save(&measured, options.write)?;
                }
            }
            Err(error) => {
                println!("{}\n  failed: {error:#}", case.title());
                failed = true;
            }
        }
    }
    Ok(!failed)
}

/// Writes what was measured beside what earlier runs measured of other cases.
fn save(measured: &BTreeMap<Case, Vec<Row>>, write: bool) -> Result<()> {
    let members = measured.iter().map(|(case, rows)| (case.name(), rows.iter().map(Row::json).collect()));
    file::keep("reliability.json", members)?;
    if write {
        for (case, rows) in measured {
            let table = format!("{}\n{}", table::head(), table::rows(rows));
            page::write("docs/reliability.md", &case.name(), &table)?;
        }
    }
    Ok(())
}
