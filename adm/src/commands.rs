//! The verbs of the command line, one file each.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Parser, Subcommand};
use vrrp::config::file::Tree;
use zbus::Connection;

use crate::bus::{Bus, Daemon, Refusal};
use crate::exit::Health;

mod ask;
mod change;
mod check;
mod completions;
mod configured;
mod create;
mod delete;
mod disable;
mod enable;
mod history;
mod import;
mod instance_start;
mod instance_stop;
mod keys;
mod list;
mod live;
mod man;
mod metrics;
mod modify;
mod monitor;
mod notify;
mod reexec;
mod reload;
mod resign;
mod show;
mod status;
mod suggest;
mod view;
mod warnings;
mod why;

/// Create, change and show the VRRP instances of this host
///
/// An instance is a set of virtual addresses on a link, together with the service that they are for. Of all hosts that
/// share an instance, one serves the addresses: the Master. Where the service is not active, the host is no Master.
#[derive(Debug, Parser)]
#[command(name = "vrrpadm", version, arg_required_else_help = true, disable_help_subcommand = true)]
#[command(after_help = "Exit status: 0 fine, 1 not healthy, 2 usage or failure.\n\
                        Configuration: /etc/vrrp/vrrp.toml and /etc/vrrp/vrrp.d/*.toml")]
pub(crate) struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Verb,
}

/// Where the files are and where the daemon is
#[derive(clap::Args, Debug)]
struct Place {
    /// Work on the files below DIR, and leave every daemon alone unless --bus names its bus
    #[arg(long, value_name = "DIR", global = true, value_hint = clap::ValueHint::DirPath)]
    root: Option<PathBuf>,
    /// Reach vrrpd and systemd on the bus at this D-Bus address
    #[arg(long, value_name = "ADDRESS", global = true)]
    bus: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Create(create::Args),
    Delete(delete::Args),
    Modify(modify::Args),
    Enable(enable::Args),
    Disable(disable::Args),
    List(list::Args),
    Status(status::Args),
    Why(why::Args),
    Show(show::Args),
    History(history::Args),
    Monitor(monitor::Args),
    Metrics(metrics::Args),
    Resign(resign::Args),
    Reload(reload::Args),
    Reexec(reexec::Args),
    Check(check::Args),
    Import(import::Args),
    Completions(completions::Args),
    Man(man::Args),
    InstanceStart(instance_start::Args),
    InstanceStop(instance_stop::Args),
    Notify(notify::Args),
}

impl Cli {
    /// Does what the command line says.
    pub(crate) fn run(self) -> anyhow::Result<Health> {
        let place = self.place;
        let bus = place.bus.as_deref().map(Bus::from);
        let context = Context {
            // A root stands for a host that does not run, unless its bus is named.
            bus: bus.or_else(|| place.root.is_none().then(Bus::default)),
            root: place.root,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.verb.run(&context))
    }
}

impl Verb {
    async fn run(self, context: &Context) -> anyhow::Result<Health> {
        match self {
            Self::Create(args) => args.run(context).await,
            Self::Delete(args) => args.run(context).await,
            Self::Modify(args) => args.run(context).await,
            Self::Enable(args) => args.run(context).await,
            Self::Disable(args) => args.run(context).await,
            Self::List(args) => args.run(context).await,
            Self::Status(args) => args.run(context).await,
            Self::Why(args) => args.run(context).await,
            Self::Show(args) => args.run(context).await,
            Self::History(args) => args.run(context).await,
            Self::Monitor(args) => args.run(context).await,
            Self::Metrics(args) => args.run(context).await,
            Self::Resign(args) => args.run(context).await,
            Self::Reload(args) => args.run(context).await,
            Self::Reexec(args) => args.run(context).await,
            Self::Check(args) => args.run(context).await,
            Self::Import(args) => args.run(context),
            Self::Completions(args) => args.run(),
            Self::Man(args) => args.run(),
            Self::InstanceStart(args) => args.run(context).await,
            Self::InstanceStop(args) => args.run(context).await,
            Self::Notify(args) => args.run(context).await,
        }
    }
}

/// What every verb works on.
#[derive(Debug)]
struct Context {
    /// Where the files are, unless it is `/`.
    root: Option<PathBuf>,
    /// Where the daemon and systemd are; nowhere if only the files are to be touched.
    bus: Option<Bus>,
}

impl Context {
    fn root(&self) -> &Path {
        self.root.as_deref().unwrap_or(Path::new("/"))
    }

    fn tree(&self) -> Tree {
        Tree::below(self.root())
    }

    /// Connects to the bus; `None` where only the files are to be touched.
    async fn connect(&self) -> Result<Option<Connection>, Refusal> {
        match &self.bus {
            Some(bus) => bus.connect().await.map(Some),
            None => Ok(None),
        }
    }

    /// Reaches for the daemon, for a verb that is nothing without one.
    async fn daemon(&self) -> anyhow::Result<Daemon> {
        match self.connect().await? {
            Some(connection) => Ok(Daemon::on(&connection)),
            None => bail!("there is no vrrpd below a --root: leave --root out, or name its bus with --bus"),
        }
    }
}

/// The whole command line, for what is made of it.
fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}
