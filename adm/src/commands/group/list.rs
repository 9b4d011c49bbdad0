use super::{groups, health};
use crate::commands::Context;
use crate::exit::Health;
use crate::render::groups::table;
use crate::render::{json, say, width};

/// List the groups, one a line
///
/// A member that waits stands in parentheses, and one that cannot be used in brackets. Exits with 1 unless all groups are ok.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Print JSON: a list of groups
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let groups = groups(&context.daemon().await?).await?;
        if self.json {
            say(&json(&groups)?)?;
        } else {
            context.show(&table(&groups, width(), !context.looks.no_legend)).await?;
        }
        Ok(health(&groups))
    }
}
