//! Why a router is in its state, in words for the person who asks.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use super::filtered::Filter;
use crate::id::Priority;

/// The cause of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Init: nobody enabled it.
    Disabled,
    /// Fault: the kernel has not told about the link yet.
    LinkUnknown,
    /// Fault: the link cannot be used, in words; bar: what bars it, in words.
    Because(String),
    /// Fault: a router that it moves with is in Fault.
    Sibling(Box<Self>),
    /// Backup: it started, or its Fault is over, and it listens for a Master.
    Started,
    /// Backup: what barred it is gone, and it listens for a Master.
    Admitted,
    /// Backup: a Master is heard.
    Heard {
        /// The Master.
        master: IpAddr,
        /// Its priority.
        priority: Priority,
    },
    /// Backup: a Master is heard over another link alone.
    Afar {
        /// The Master.
        master: IpAddr,
        /// Its priority.
        priority: Priority,
    },
    /// Backup: a Master is there whose advertisements do not arrive.
    Filtered {
        /// The Master.
        master: IpAddr,
        /// What takes its advertisements away.
        by: Filter,
    },
    /// Backup: a router with a better claim took over.
    Deposed {
        /// The new Master.
        master: IpAddr,
        /// Its priority.
        priority: Priority,
        /// This router's own priority.
        own: Priority,
    },
    /// Backup: nobody is heard, but those that it moves with are not ready.
    Waiting,
    /// Backup: a router that it moves with is no longer Master.
    Yielded,
    /// Backup: it stood still for longer than the lease of its addresses.
    Lapsed,
    /// Master: nobody else serves the addresses, so it does in spite of what bars it.
    LastResort(Box<Self>),
    /// Master: it owns the addresses.
    Owner,
    /// Master: it was Master under a former daemon.
    Resumed,
    /// Master: the former Master resigned.
    Resigned(IpAddr),
    /// Master: the former Master has a lower priority.
    Preempted {
        /// The former Master.
        master: IpAddr,
        /// Its priority.
        priority: Priority,
        /// This router's own priority.
        own: Priority,
    },
    /// Master: the former Master, if there was one, fell silent for this long.
    Silence(Option<IpAddr>, Duration),
}

impl Reason {
    /// Tells whether it only follows from what another router of the group does.
    #[must_use]
    pub const fn follows(&self) -> bool {
        matches!(self, Self::Sibling(_) | Self::Waiting | Self::Yielded)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disabled => out.write_str("disabled"),
            Self::LinkUnknown => out.write_str("its link is not known yet"),
            Self::Because(words) => out.write_str(words),
            Self::Sibling(reason) => write!(out, "what it moves with is in Fault: {reason}"),
            Self::Started | Self::Admitted => out.write_str("listening for a Master"),
            Self::Heard { master, priority } => write!(out, "{master} is Master with priority {priority}"),
            Self::Afar { master, priority } => write!(
                out,
                "{master} is Master with priority {priority}, but is heard over a heartbeat alone: the link between here \
                 and there is cut"
            ),
            Self::Filtered { master, by } => write!(out, "advertisements from {master} are being filtered {by}"),
            Self::Deposed { master, priority, own } if priority == own => {
                write!(out, "{master} took over: same priority {own}, higher address")
            }
            Self::Deposed { master, priority, own } => {
                write!(out, "{master} took over with priority {priority} against {own}")
            }
            Self::Waiting => out.write_str("no Master is heard, waiting for what it moves with"),
            Self::Yielded => out.write_str("what it moves with is no longer Master"),
            Self::Lapsed => out.write_str("stood still until its lease ran out, so it listens for a Master first"),
            Self::LastResort(bar) => write!(out, "the last resort, nobody else serves: {bar}"),
            Self::Owner => out.write_str("owns the addresses"),
            Self::Resumed => out.write_str("went on after the daemon was restarted"),
            Self::Resigned(master) => write!(out, "{master} resigned"),
            Self::Preempted { master, priority, own } => {
                write!(out, "priority {own} preempts {master} with {priority}")
            }
            Self::Silence(Some(master), time) => write!(out, "{master} was silent for {:.3} s", time.as_secs_f64()),
            Self::Silence(None, time) => write!(out, "no Master was heard for {:.3} s", time.as_secs_f64()),
        }
    }
}
