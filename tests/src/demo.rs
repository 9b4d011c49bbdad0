//! `cargo demo`: the story of a protected service, told live by two systemd hosts and a client.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::thread;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::client::Client;
use crate::container::Container;
use crate::image::Release;
use crate::install::{self, Binaries};
use crate::lab::Lab;

mod interrupt;
mod story;
mod view;

use interrupt::Interrupt;
use view::View;

const VIP: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 10));

/// How the demo is run.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// The Debian release of the host `left`.
    #[arg(long, value_name = "RELEASE", default_value = "12")]
    left: Debian,
    /// The Debian release of the host `right`.
    #[arg(long, value_name = "RELEASE", default_value = "13")]
    right: Debian,
    /// Keep both hosts running afterwards, to play with, until Ctrl-C.
    #[arg(long)]
    keep: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Debian {
    #[value(name = "12")]
    Bookworm,
    #[value(name = "13")]
    Trixie,
}

impl From<Debian> for Release {
    fn from(debian: Debian) -> Self {
        match debian {
            Debian::Bookworm => Self::Debian12,
            Debian::Trixie => Self::Debian13,
        }
    }
}

/// What the demo plays with.
struct Stage {
    left: Container,
    right: Container,
    client: Client,
    lab: Lab,
}

/// Runs the demo and cleans up after it, also after Ctrl-C.
///
/// # Errors
/// The project does not build, a host does not boot, or the address does not move as promised.
pub fn run(options: &Options) -> Result<()> {
    let interrupt = Interrupt::new()?;
    println!("Building vrrpd and vrrpadm ...");
    let binaries = Binaries::for_tests()?;
    let stage = Stage::set(options, binaries)?;
    let view = View::new();
    let told = story::tell(&stage, &view, &interrupt);
    view.finish();
    if !interrupt.came() {
        told?;
        if options.keep {
            stage.keep(&interrupt)?;
        }
    }
    println!("Cleaning up.");
    Ok(())
}

impl Stage {
    fn set(options: &Options, binaries: &Binaries) -> Result<Self> {
        let lab = Lab::new("demo")?;
        let tree = lab.logs().join("installed");
        install::install(binaries, &tree)?;
        let (left, right) = (Release::from(options.left), Release::from(options.right));
        println!("Booting left (Debian {}) and right (Debian {}) ...", left.number(), right.number());
        let mut left = host(&lab, "left", left, &tree)?;
        let mut right = host(&lab, "right", right, &tree)?;
        thread::scope(|scope| {
            let boots = [scope.spawn(|| left.boot()), scope.spawn(|| right.boot())];
            boots.map(|boot| boot.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
        .into_iter()
        .collect::<Result<Vec<()>>>()?;
        let client = lab.client("client")?;
        Ok(Self { left, right, client, lab })
    }

    fn keep(&self, interrupt: &Interrupt) -> Result<()> {
        println!("\nBoth hosts keep running until Ctrl-C. A shell in each, from another terminal:");
        for host in [&self.left, &self.right] {
            println!("  {:<6} {}", host.name(), host.shell_command()?);
        }
        println!("  client nsenter --net={}", self.client.network().path().display());
        println!("There, try: vrrpadm status; systemctl stop http; curl http://{VIP}/ (client)");
        println!("Captured frames go to {} at the end.", self.lab.logs().join("lan.pcap").display());
        interrupt.wait()
    }
}

fn host(lab: &Lab, name: &str, release: Release, tree: &Path) -> Result<Container> {
    let host = lab.container(name, release)?;
    host.install(tree).with_context(|| format!("cannot install into {name}"))?;
    Ok(host)
}
