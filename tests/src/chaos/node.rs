//! A host with our daemon: in a network namespace by itself, or in a container under systemd.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use serde_json::Value;

use super::plan::Plan;
use crate::container::Container;
use crate::host::Host;
use crate::pair::{self, VIPS};
use crate::peer::Vrrpd;

const PATIENCE: Duration = Duration::from_secs(20);

/// A host of a round.
#[derive(Debug)]
pub(super) struct Node {
    body: Body,
    pub(super) priority: u8,
    /// Whether it has a second instance.
    pub(super) second: bool,
    /// Stopped or off on purpose: it holds nothing then.
    pub(super) stopped: bool,
    /// The link settings before the daemon's first start.
    settings: String,
}

#[derive(Debug)]
enum Body {
    // The daemon goes before what it runs on.
    Bare(Vrrpd, Host),
    Systemd(Container),
}

impl Node {
    /// Starts the daemon on a host.
    pub(super) fn bare(host: Host, plan: &Plan, priority: u8) -> Result<Self> {
        let settings = settings(&host)?;
        let daemon = Vrrpd::start(&host, &plan.configuration(priority, false))?;
        Ok(Self { body: Body::Bare(daemon, host), priority, second: false, stopped: false, settings })
    }

    /// Boots a container with the product, where the instance protects nginx.
    pub(super) fn systemd(mut host: Container, plan: &Plan, priority: u8) -> Result<Self> {
        let settings = settings(&host)?;
        pair::bind_nginx(&host)?;
        host.write("/etc/vrrp/vrrp.toml", &plan.configuration(priority, false))?;
        host.boot()?;
        Ok(Self { body: Body::Systemd(host), priority, second: false, stopped: false, settings })
    }

    pub(super) fn host(&self) -> &Host {
        match &self.body {
            Body::Bare(_, host) => host,
            Body::Systemd(container) => container,
        }
    }

    /// The container that it is.
    pub(super) fn container(&mut self) -> Result<&mut Container> {
        match &mut self.body {
            Body::Bare(..) => bail!("only a container can do that"),
            Body::Systemd(container) => Ok(container),
        }
    }

    /// Kills the daemon, which systemd starts again by itself.
    pub(super) fn kill(&self) -> Result<()> {
        match &self.body {
            Body::Bare(daemon, _) => daemon.crash(),
            Body::Systemd(host) => Ok(kill(host.main_pid("vrrp.service")?, Signal::SIGKILL)?),
        }
    }

    /// Stops the daemon as an administrator does.
    pub(super) fn stop(&self) -> Result<()> {
        match &self.body {
            Body::Bare(daemon, _) => daemon.stop(),
            Body::Systemd(host) => host.systemctl("stop vrrp.service").map(drop),
        }
    }

    /// Starts the daemon after its end.
    pub(super) fn start_again(&mut self) -> Result<()> {
        match &mut self.body {
            Body::Bare(daemon, host) => daemon.start_again(host),
            Body::Systemd(host) => host.systemctl("start vrrp.service").map(drop),
        }
    }

    /// Stops and starts the daemon, which keeps what it holds.
    pub(super) fn restart(&mut self) -> Result<()> {
        match &mut self.body {
            Body::Bare(daemon, host) => {
                daemon.process().signal(Signal::SIGUSR2)?;
                daemon.start_again(host)
            }
            Body::Systemd(host) => host.systemctl("restart vrrp.service").map(drop),
        }
    }

    /// Sends the daemon a signal.
    pub(super) fn signal(&self, signal: Signal) -> Result<()> {
        match &self.body {
            Body::Bare(daemon, _) => daemon.process().signal(signal),
            Body::Systemd(host) => Ok(kill(host.main_pid("vrrp.service")?, signal)?),
        }
    }

    /// Lets the daemon go on that was stopped where it was. Its watchdog may have ended it by now, or put another in its place.
    pub(super) fn go_on(&self) -> Result<()> {
        match &self.body {
            Body::Bare(daemon, _) => daemon.process().signal(Signal::SIGCONT),
            Body::Systemd(host) => host.systemctl("kill --signal CONT vrrp.service").map(drop),
        }
    }

    /// Has the daemon read its configuration of now.
    pub(super) fn reload(&self, plan: &Plan) -> Result<()> {
        let text = plan.configuration(self.priority, self.second);
        match &self.body {
            Body::Bare(daemon, _) => daemon.reload(&text),
            Body::Systemd(host) => {
                host.write("/etc/vrrp/vrrp.toml", &text)?;
                host.systemctl("reload vrrp.service").map(drop)
            }
        }
    }

    /// What the daemon says of its first instance.
    pub(super) fn told(&self) -> Result<Value> {
        match &self.body {
            Body::Bare(daemon, _) => daemon.instance("inst1"),
            Body::Systemd(host) => pair::instance(host, "inst1"),
        }
    }

    /// Makes sure that the daemon runs and did not panic.
    pub(super) fn alive(&self) -> Result<()> {
        let name = self.host().name();
        let log = match &self.body {
            Body::Bare(daemon, _) => {
                let log = daemon.process().log();
                ensure!(log.ended().is_none(), "the daemon of {name} has ended");
                log
            }
            Body::Systemd(host) => {
                host.wait_unit(PATIENCE, "vrrp.service", "active")?;
                host.journal()?
            }
        };
        let panic = log.lines().into_iter().find(|line| line.contains("panicked"));
        ensure!(panic.is_none(), "the daemon of {name}: {panic:?}");
        Ok(())
    }

    /// The names of its links.
    pub(super) fn links(&self) -> Result<Vec<String>> {
        let links = self.host().ip("link show")?;
        let name = |link: &Value| Some(link["ifname"].as_str()?.to_owned());
        Ok(links.as_array().into_iter().flatten().filter_map(name).collect())
    }

    /// Makes sure that services can bind to every address.
    pub(super) fn bindable(&self) -> Result<()> {
        for vip in VIPS {
            self.host().listen(vip).with_context(|| format!("on {}", self.host().name()))?;
        }
        Ok(())
    }

    /// Makes sure that a daemon that was stopped has left nothing.
    pub(super) fn clean(&self) -> Result<()> {
        let name = self.host().name();
        let links = self.links()?;
        ensure!(links.len() == 2, "{name} has links left: {links:?}");
        for link in ["lo", "eth0"] {
            let left = self.host().addresses(link)?;
            let is_virtual = |text: &String| {
                let address: Option<IpAddr> = text.split('/').next().and_then(|text| text.parse().ok());
                address.is_some_and(|address| VIPS.contains(&address))
            };
            ensure!(!left.iter().any(is_virtual), "{name} has addresses left on {link}: {left:?}");
        }
        let settings = settings(self.host())?;
        ensure!(settings == self.settings, "{name} has settings left: {settings:?}, they were {:?}", self.settings);
        Ok(())
    }
}

/// What holding and claiming change about links; a link that comes and goes is not among them.
fn settings(host: &Host) -> Result<String> {
    host.sh("cd /proc/sys/net/ipv4/conf && grep . */arp_ignore */arp_announce */rp_filter")
}
