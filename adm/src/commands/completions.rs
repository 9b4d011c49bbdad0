use anyhow::Context as _;
use clap::builder::PossibleValuesParser;
use clap_complete::env::Shells;

use super::complete::VARIABLE;
use crate::exit::Health;
use crate::render::say;

/// The name of this program where it is installed.
const PROGRAM: &str = "vrrpadm";

/// Print what makes a shell complete the command line
///
/// For a package, or for `source <(vrrpadm completions bash)`. The shell then asks vrrpadm itself, which knows the names of this host's
/// instances, units and links.
#[derive(clap::Args, Debug)]
#[command(hide = true)]
pub(super) struct Args {
    /// The shell
    #[arg(value_parser = PossibleValuesParser::new(["bash", "fish", "zsh"]))]
    shell: String,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Health> {
        let shells = Shells::builtins();
        let shell = shells.completer(&self.shell).context("there are no completions for this shell")?;
        let mut script = Vec::new();
        shell.write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)?;
        say(&String::from_utf8(script)?)?;
        Ok(Health::Fine)
    }
}
