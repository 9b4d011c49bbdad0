//! Creates and shows the VRRP instances of a systemd host.

use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use crate::commands::Cli;

mod bus;
mod commands;
mod doctor;
mod edit;
mod editor;
mod exit;
mod files;
mod generator;
mod import;
mod journal;
mod metrics;
mod nearest;
mod notify;
mod remote;
mod render;
mod smf;
mod systemd;
mod top;
mod wire;
mod wrap;

/// The name under which systemd calls this program to make units.
const GENERATOR: &str = "vrrp-generator";

fn main() -> ExitCode {
    let name = std::env::args_os().next();
    if name.as_deref().map(Path::new).and_then(Path::file_name) == Some(OsStr::new(GENERATOR)) {
        return generator::main();
    }
    if commands::complete() {
        return ExitCode::SUCCESS;
    }
    render::colour::choose();
    match Cli::try_parse() {
        Ok(cli) => exit::code(cli.run()),
        Err(usage) => {
            if let Some(ours) = commands::instead_of(&usage) {
                render::note(&ours);
                return ExitCode::from(exit::FAILED);
            }
            // Help that nobody reads to its end is no failure.
            let _ = usage.print();
            ExitCode::from(u8::try_from(usage.exit_code()).unwrap_or(exit::FAILED))
        }
    }
}
