//! `cargo lab` and `cargo demo`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Parser, Subcommand};
use lab::install::{Binaries, Profile};
use lab::packaging::Contents;
use lab::{Lab, bench, chaos, demo, flood, install, packages, packaging, record, reliability, search, suite};

/// The test lab of vrrpd: hosts in network namespaces and real systemd containers on one switch.
#[derive(Debug, Parser)]
#[command(name = "cargo lab", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Put vrrpd, vrrpadm, their units and man pages into a tree.
    Install {
        /// The tree, such as `/` or a container's root.
        #[arg(long, value_name = "DIR")]
        root: PathBuf,
    },
    /// Make a package for Debian 12 and later.
    Deb(packaging::Options),
    /// Make an RPM package.
    Rpm(packaging::Options),
    /// Run every check and test; the last line tells how many passed and failed.
    Test {
        /// Run only what has this in its name.
        filter: Option<String>,
        /// Run what needs virtual machines, and nothing else.
        #[arg(long)]
        vm: bool,
    },
    /// Search for loops and second Masters in virtual time, longer than `test` does.
    Search {
        /// How many schedules of faults to try.
        #[arg(default_value_t = 1_000_000)]
        schedules: u32,
    },
    /// Try the fuzz targets, all at once, with inputs that nobody wrote, longer than `test` does.
    Fuzz {
        /// How long, in minutes.
        #[arg(long, default_value_t = 30)]
        minutes: u64,
        /// Where the random numbers begin; the same number tries the same inputs.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Measure what a flood of packets does to two hosts.
    Flood {
        /// Packets a second.
        #[arg(long, default_value_t = 100_000)]
        rate: u32,
        /// How long, in seconds.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
    /// Measure what a client loses when something happens, beside keepalived; fails where a target is missed.
    Reliability(reliability::Options),
    /// Measure what our daemon costs and how prompt it is, beside keepalived; fails where a case does not work.
    Bench(bench::Options),
    /// Let hosts suffer faults from a seed, and see that what has to hold does.
    Chaos(chaos::Options),
    /// Show two systemd hosts, one virtual address, nginx killed on the Master, and what happens.
    Demo(demo::Options),
    /// Take the pictures of terminals for the documentation.
    Record(record::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("lab: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.command {
        Command::Install { root } => {
            install::install(&Binaries::build(Profile::Release)?, &root)?;
            println!("installed vrrpd and vrrpadm into {}", root.display());
            Ok(ExitCode::SUCCESS)
        }
        Command::Deb(options) => {
            packages::ensure(packages::DEB)?;
            let package = packaging::debian::make(&Contents::for_users()?, &options.out)?;
            println!("Made {0}. Install it with: apt install {0}", package.display());
            Ok(ExitCode::SUCCESS)
        }
        Command::Rpm(options) => {
            packages::ensure(packages::RPM)?;
            let package = packaging::rpm::make(&Contents::for_users()?, &options.out)?;
            println!("Made {0}. Install it with: dnf install {0}", package.display());
            Ok(ExitCode::SUCCESS)
        }
        Command::Test { filter, vm } => {
            packages::ensure(packages::LAB)?;
            let passed = suite::run(filter.as_deref(), vm)?;
            Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Search { schedules } => {
            Ok(if search::run(schedules)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Fuzz { minutes, seed } => {
            Ok(if search::fuzz(minutes, seed)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Flood { rate, seconds } => {
            packages::ensure(packages::LAB)?;
            let length = Duration::from_secs(seconds);
            let options = flood::Options { rate, length, kinds: flood::Kind::ALL.to_vec(), looped: true };
            print!("{}", flood::measure(&Lab::new("flood")?, &options)?);
            Ok(ExitCode::SUCCESS)
        }
        Command::Reliability(options) => {
            packages::ensure(packages::LAB)?;
            Ok(if reliability::run(&options)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Bench(options) => {
            packages::ensure(packages::LAB)?;
            Ok(if bench::run(&options)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Chaos(options) => {
            packages::ensure(packages::LAB)?;
            Ok(if chaos::run(&options)? { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Demo(options) => {
            packages::ensure(packages::LAB)?;
            demo::run(&options)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Record(options) => {
            packages::ensure(packages::LAB)?;
            record::run(&options)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
