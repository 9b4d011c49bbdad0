use serde::Deserialize;
use vrrp::status::{Instance, State, Status};

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
        if self.json {
            let view = View::<Status>::open(context).await?;
            say(&json(&view.status.instances)?)?;
            return Ok(view.health());
        }
        let view = View::<Brief>::open(context).await?;
        let mut lines = String::new();
        for Named { name, state } in &view.status.instances {
            lines.extend([name, " ", state.name(), "\n"]);
        }
        context.show(&lines).await?;
        Ok(view.health())
    }
}

/// What the lines tell of a status: of thousands of instances the rest is not even read.
#[derive(Debug, Deserialize)]
struct Brief {
    instances: Vec<Named>,
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
    state: State,
}

impl From<Status> for Brief {
    fn from(status: Status) -> Self {
        let named = |instance: Instance| Named { name: instance.name, state: instance.state };
        Self { instances: status.instances.into_iter().map(named).collect() }
    }
}
