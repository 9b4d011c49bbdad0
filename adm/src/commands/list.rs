use super::Context;
use super::view::View;
use crate::exit::Health;
use crate::render::{json, say};

/// List the instances and their states, one a line
///
/// Exits with 1 where vrrpd does not run: then the files are listed.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Print JSON: a list of instances
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let view = View::open(context).await?;
        let instances = &view.status.instances;
        if self.json {
            say(&json(instances)?)?;
        } else {
            let lines = instances.iter().map(|instance| format!("{} {}\n", instance.name, instance.state.name()));
            say(&lines.collect::<String>())?;
        }
        Ok(view.health())
    }
}
