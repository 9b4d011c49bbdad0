use super::Context;
use super::view::View;
use crate::exit::Health;
use crate::render::phrase::is_well;
use crate::render::time::now;
use crate::render::why::Why;
use crate::render::{json, say, width};

/// Tell why an instance is as it is, and what would change it
///
/// Answers the questions that decide it, in the order in which they do: whether it may take part, whether it can send and
/// hear, and who is Master. Exits with 1 unless the instance is well, as status does.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The instance
    name: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let view = View::open(context).await?;
        let instance = view.instance(&self.name)?;
        let why = Why::of(instance, now());
        say(&if self.json { json(&why)? } else { why.text(instance, width()) })?;
        Ok(view.health().and(is_well(instance)))
    }
}
