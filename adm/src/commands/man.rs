use std::path::PathBuf;

use anyhow::Context as _;
use clap_mangen::Man;

use crate::commands::command;
use crate::exit::Health;

/// The section of programs that administer a system.
const SECTION: &str = "8";

/// Write the manual pages, one for each verb
#[derive(clap::Args, Debug)]
#[command(hide = true)]
pub(super) struct Args {
    /// Where to write them
    directory: PathBuf,
}

impl Args {
    pub(super) fn run(self) -> anyhow::Result<Health> {
        let mut whole = command();
        whole.build();
        let verbs = whole.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned();
        for command in verbs.chain([whole.clone()]) {
            Man::new(command)
                .section(SECTION)
                .generate_to(&self.directory)
                .with_context(|| format!("cannot write in {}", self.directory.display()))?;
        }
        Ok(Health::Fine)
    }
}
