use clap_complete::Shell;

use crate::commands::command;
use crate::exit::Health;
use crate::render::say;

/// Print the completions of a shell
#[derive(clap::Args, Debug)]
#[command(hide = true)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Health> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command(), "vrrpadm", &mut script);
        say(&String::from_utf8(script)?)?;
        Ok(Health::Fine)
    }
}
