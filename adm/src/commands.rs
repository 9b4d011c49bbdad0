//! The verbs of the command line, one file each.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use vrrp::config::file::Tree;
use zbus::Connection;

use crate::bus::{Bus, Daemon, Refusal};
use crate::exit::Health;
use crate::remote::Destination;
use crate::render::{pager, say};

pub(crate) use self::complete::complete;
pub(crate) use self::suggest::instead_of;

mod ask;
mod change;
mod check;
mod complete;
mod completions;
mod configured;
mod create;
mod delete;
mod disable;
mod doctor;
mod edit;
mod enable;
mod group;
mod history;
mod import;
mod instance_start;
mod instance_stop;
mod interview;
mod keys;
mod list;
mod live;
mod man;
mod metrics;
mod modify;
mod monitor;
mod notify;
mod preview;
mod reexec;
mod reload;
mod render;
mod resign;
#[cfg(test)]
mod schemas;
mod show;
mod span;
mod status;
mod suggest;
mod top;
mod view;
mod warnings;
mod why;

/// Create, change and show the VRRP instances of this host
///
/// An instance is a set of virtual addresses on a link, together with the service that they are for. Of all hosts that
/// share an instance, one serves the addresses: the Master. Where the service is not active, the host is no Master.
#[derive(Debug, Parser)]
#[command(name = "vrrpadm", version, arg_required_else_help = true, disable_help_subcommand = true)]
#[command(after_help = "Exit status: 0 fine, 1 not healthy, 2 usage or failure; with --host 255 where ssh fails.\n\
                        Files: /etc/vrrp/vrrp.toml and /etc/vrrp/vrrp.d/*.toml\n\
                        Environment: SYSTEMD_PAGER, PAGER, SYSTEMD_LESS, SYSTEMD_PAGERSECURE, SYSTEMD_COLORS, NO_COLOR, SYSTEMD_EDITOR, \
                        EDITOR, VISUAL and SYSTEMD_SSH mean what they mean to systemctl")]
pub(crate) struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Verb,
}

/// Where the files are and where the daemon is
#[derive(clap::Args, Debug)]
struct Place {
    /// Do it on another host, where vrrpadm is installed, too, over ssh; every file that is named is one over there
    #[arg(short = 'H', long, value_name = "[USER@]HOST[:PORT]", global = true, value_hint = clap::ValueHint::Hostname)]
    host: Option<Destination>,
    /// Work on the files below DIR, and leave every daemon alone unless --bus names its bus
    #[arg(long, value_name = "DIR", global = true, value_hint = clap::ValueHint::DirPath)]
    root: Option<PathBuf>,
    /// Reach vrrpd and systemd on the bus at this D-Bus address
    #[arg(long, value_name = "ADDRESS", global = true)]
    bus: Option<String>,
    #[command(flatten)]
    looks: Looks,
}

/// How answers are shown
#[derive(clap::Args, Clone, Copy, Debug)]
#[command(next_help_heading = "How answers are shown")]
struct Looks {
    /// Show long answers without a pager
    #[arg(long, global = true)]
    no_pager: bool,
    /// Leave the headings of tables out, and the verdict above them
    #[arg(long, global = true)]
    no_legend: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Create(create::Args),
    Delete(delete::Args),
    Modify(modify::Args),
    Edit(edit::Args),
    Enable(enable::Args),
    Disable(disable::Args),
    List(list::Args),
    Status(status::Args),
    Why(why::Args),
    Doctor(doctor::Args),
    Show(show::Args),
    History(history::Args),
    Monitor(monitor::Args),
    Metrics(metrics::Args),
    Top(top::Args),
    Group(group::Args),
    Resign(resign::Args),
    Reload(reload::Args),
    Reexec(reexec::Args),
    Check(check::Args),
    Render(render::Args),
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
        if let Some(host) = place.host {
            return host.run(&command(), std::env::args_os().skip(1));
        }
        let bus = place.bus.as_deref().map(Bus::from);
        let context = Context {
            // A root stands for a host that does not run, unless its bus is named.
            bus: bus.or_else(|| place.root.is_none().then(Bus::default)),
            root: place.root,
            looks: place.looks,
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
            Self::Edit(args) => args.run(context).await,
            Self::Enable(args) => args.run(context).await,
            Self::Disable(args) => args.run(context).await,
            Self::List(args) => args.run(context).await,
            Self::Status(args) => args.run(context).await,
            Self::Why(args) => args.run(context).await,
            Self::Doctor(args) => args.run(context).await,
            Self::Show(args) => args.run(context).await,
            Self::History(args) => args.run(context).await,
            Self::Monitor(args) => args.run(context).await,
            Self::Metrics(args) => args.run(context).await,
            Self::Top(args) => args.run(context).await,
            Self::Group(args) => args.run(context).await,
            Self::Resign(args) => args.run(context).await,
            Self::Reload(args) => args.run(context).await,
            Self::Reexec(args) => args.run(context).await,
            Self::Check(args) => args.run(context).await,
            Self::Render(args) => args.run(context).await,
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
    looks: Looks,
}

impl Context {
    fn root(&self) -> &Path {
        self.root.as_deref().unwrap_or(Path::new("/"))
    }

    /// Shows an answer to a person, by a pager where it is longer than the terminal.
    async fn show(&self, text: &str) -> io::Result<()> {
        if self.looks.no_pager { say(text) } else { pager::show(text).await }
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

    /// The bus, for a verb that is nothing without one.
    fn bus(&self) -> anyhow::Result<&Bus> {
        self.bus.as_ref().context("there is no vrrpd below a --root: leave --root out, or name its bus with --bus")
    }

    /// Reaches for the daemon, for a verb that is nothing without one.
    async fn daemon(&self) -> anyhow::Result<Daemon> {
        Ok(Daemon::on(&self.bus()?.connect().await?))
    }
}

/// The whole command line, for what is made of it.
fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}
