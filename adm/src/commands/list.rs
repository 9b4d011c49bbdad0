use clap::builder::PossibleValuesParser;
use serde::Deserialize;
use vrrp::status::{Instance, State, Status};

use super::Context;
use super::view::View;
use crate::exit::Health;
use crate::render::fields::{self, FIELDS, Field};
use crate::render::{json, say, width};

/// List the instances and their states, one a line
///
/// Exits with 1 where vrrpd does not run: then the files are listed. With --output it is a table of what is asked for.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Examples:\n  vrrpadm list\n  vrrpadm list --output name,state,addresses\n  vrrpadm list --parseable --output name,state"
)]
pub(super) struct Args {
    /// Only these instances
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Which fields to list, or all of them
    #[arg(short, long, value_name = "FIELD", conflicts_with = "json", value_delimiter = ',', value_parser = PossibleValuesParser::new(field_names()))]
    output: Vec<String>,
    /// Write lines for a program: fields apart by a colon, of which one in a field has a backslash before it
    #[arg(short, long, requires = "output")]
    parseable: bool,
    /// Print JSON: a list of instances
    #[arg(long)]
    json: bool,
}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        if self.json || !self.output.is_empty() || !self.names.is_empty() {
            return self.list(context).await;
        }
        let view = View::<Brief>::open(context).await?;
        let mut lines = String::new();
        for Named { name, state } in &view.status.instances {
            lines.extend([name, " ", state.name(), "\n"]);
        }
        context.show(&lines).await?;
        Ok(view.health())
    }

    /// Lists what is asked for of the instances that are asked for.
    async fn list(&self, context: &Context) -> anyhow::Result<Health> {
        let mut view = View::<Status>::open(context).await?;
        self.names.iter().try_for_each(|name| view.instance(name).map(drop))?;
        let instances = &mut view.status.instances;
        instances.retain(|instance| self.names.is_empty() || self.names.contains(&instance.name));
        let fields = fields(&self.output);
        if self.json {
            say(&json(instances)?)?;
        } else if self.parseable {
            say(&fields::lines(instances, &fields))?;
        } else if fields.is_empty() {
            let line = |one: &Instance| format!("{} {}\n", one.name, one.state.name());
            context.show(&instances.iter().map(line).collect::<String>()).await?;
        } else {
            context.show(&fields::table(instances, &fields, width(), !context.looks.no_legend)).await?;
        }
        Ok(view.health())
    }
}

/// What stands for every field.
const ALL: &str = "all";

fn field_names() -> Vec<&'static str> {
    FIELDS.iter().map(|field| field.name).chain([ALL]).collect()
}

/// The fields of some names, in the order of these.
fn fields(names: &[String]) -> Vec<Field> {
    let fields = names.iter().flat_map(|name| FIELDS.iter().filter(move |field| field.name == name || name == ALL));
    fields.copied().collect()
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
