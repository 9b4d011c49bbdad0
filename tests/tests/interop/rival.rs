//! The other implementation, whichever it is.

use std::time::Duration;

use anyhow::Result;
use lab::Host;
use lab::peer::{Frr, Keepalived, Router, State};

/// The implementations that the tests know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maker {
    Keepalived,
    Frr,
}

/// One of them, running.
pub(crate) enum Rival {
    Keepalived(Keepalived),
    Frr(Frr),
}

impl Rival {
    /// Starts it as a Backup of each virtual router; FRR takes one only.
    pub(crate) fn start(maker: Maker, host: &Host, routers: &[Router]) -> Result<Self> {
        match maker {
            Maker::Keepalived => Ok(Self::Keepalived(Keepalived::start_all(host, routers, false)?)),
            Maker::Frr => Ok(Self::Frr(Frr::start(host, &routers[0])?)),
        }
    }

    pub(crate) fn wait(&self, deadline: Duration, state: State) -> Result<()> {
        match self {
            Self::Keepalived(peer) => peer.wait(deadline, state),
            Self::Frr(peer) => peer.wait(deadline, state),
        }
    }

    pub(crate) fn stop(&self) -> Result<()> {
        match self {
            Self::Keepalived(peer) => peer.stop(),
            Self::Frr(peer) => peer.stop(),
        }
    }

    pub(crate) fn crash(&self) -> Result<()> {
        match self {
            Self::Keepalived(peer) => peer.crash(),
            Self::Frr(peer) => peer.crash(),
        }
    }

    /// What it found wrong with what it received; it must run.
    pub(crate) fn complaints(&self) -> Result<Vec<String>> {
        match self {
            Self::Keepalived(peer) => {
                let mut complaints = peer.complaints();
                let errors = peer.errors()?;
                if errors > 0 {
                    complaints.push(format!("keepalived counted {errors} errors"));
                }
                Ok(complaints)
            }
            Self::Frr(peer) => Ok(peer.complaints()),
        }
    }
}
