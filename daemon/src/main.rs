//! The VRRP daemon of systemd hosts.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;

use crate::bus::Bus;
use crate::daemon::{End, Settings};
use crate::replace::Program;

mod announce;
mod bus;
mod conditions;
mod control;
mod daemon;
mod frames;
mod icmp;
mod ipvs;
mod journal;
mod kernel;
mod netlink;
mod notify;
mod packets;
mod privileges;
mod probes;
mod reload;
mod replace;
mod reverse_path;
mod rivals;
mod saved;
mod solicitations;
mod units;

/// How long work that may block may still go on when everything else has ended, such as killing a script.
const LAST_WORK: Duration = Duration::from_secs(1);
/// The same where the next daemon waits to go on before others take over.
const LITTLE_WORK: Duration = Duration::from_millis(100);

/// Holds, claims and announces virtual addresses by the Virtual Router Redundancy Protocol.
///
/// Runs in the foreground. SIGTERM resigns and releases every address, SIGUSR2 leaves everything as it is to the next
/// daemon, which goes on if it starts at once, SIGHUP reads the configuration again.
#[derive(Debug, Parser)]
#[command(name = "vrrpd", version)]
struct Arguments {
    /// The main configuration file; vrrp.d/*.toml beside it is read too
    #[arg(long, value_name = "FILE", default_value = "/etc/vrrp/vrrp.toml")]
    config: PathBuf,
    /// Where systemd and vrrpadm are reached: system, none, or a D-Bus address
    #[arg(long, value_name = "BUS", default_value = "system")]
    bus: Bus,
    /// Where what must survive a restart is kept
    #[arg(long, value_name = "DIR", default_value = "/run/vrrp")]
    runtime_dir: PathBuf,
    /// Where the last good configuration is kept
    #[arg(long, value_name = "DIR", default_value = "/var/lib/vrrp")]
    state_dir: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    journal::start();
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            journal::failed(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<()> {
    let _alone = alone_in_namespace()?;
    privileges::check()?;
    for directory in [&arguments.runtime_dir, &arguments.state_dir] {
        std::fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    }
    let settings = Settings {
        config: arguments.config,
        bus: arguments.bus,
        runtime_dir: arguments.runtime_dir,
        state_dir: arguments.state_dir,
        program: Program::running().context("cannot find this program's own file")?,
    };
    loop {
        journal::starting();
        let read = reload::read(&settings.config);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let result = runtime.block_on(daemon::run(settings.clone(), read));
        // A disk or a name service that does not answer keeps nobody waiting.
        let stopped = matches!(result, Err(_) | Ok(End::Stopped));
        runtime.shutdown_timeout(if stopped { LAST_WORK } else { LITTLE_WORK });
        if result? != End::Replaced {
            return Ok(());
        }
        // What is said here has been tried out, so this is rare. The old program is as good as it was.
        let error = settings.program.execute();
        journal::not_replaced(&error.to_string());
    }
}

/// Makes sure that no other vrrpd works on the same links: abstract sockets belong to a network namespace.
fn alone_in_namespace() -> anyhow::Result<UnixListener> {
    let address = SocketAddr::from_abstract_name(vrrp::bus::NAME)?;
    UnixListener::bind_addr(&address)
        .context("another vrrpd runs in this network namespace: stop it first (systemctl stop vrrp.service)")
}
