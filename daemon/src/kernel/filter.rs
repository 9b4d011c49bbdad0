//! Packets to virtual addresses that are not accepted: an nftables table of ours drops them (RFC 9568, section 6.1, Accept_Mode).
//!
//! The table is there as long as an instance is configured so, and not only while it is Master: a kernel that cannot have it is
//! found out before a take-over, and a claim has but its addresses to add. It is put together in one batch that the kernel carries
//! out whole, so that what others do to it, or a former version made of it, is replaced without a moment in which packets pass.
//! It has no owner in the kernel's sense (`NFT_TABLE_F_OWNER`): that would go with a daemon that dies, while its addresses stay.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::{fs, io};

use nix::errno::Errno;
use vrrp::config::is_link_local;

use self::socket::Netfilter;
use self::table::{News, Set};
use super::address::Place;
use super::fights;
use super::listening::{Heard, Listening};
use crate::netlink::Refusal;

mod message;
mod socket;
mod table;
#[cfg(test)]
mod tests;

/// What packets are dropped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dropped {
    /// The link of a link-local address: another link may have the same one. Others are this host's wherever they arrive.
    pub link: Option<u32>,
    /// The address.
    pub ip: IpAddr,
}

impl Dropped {
    /// What is dropped to an address at its place.
    pub(super) const fn at(place: Place) -> Self {
        Self { link: if is_link_local(place.ip) { Some(place.link) } else { None }, ip: place.ip }
    }
}

/// The table, as far as it is known.
pub(super) struct Filter {
    /// The file that says that there may be a table. It goes with a reboot, as the table does.
    mark: PathBuf,
    open: Option<Open>,
    /// What its sets have.
    present: BTreeSet<Dropped>,
    /// Whether it is as it was made by this process.
    intact: bool,
    /// Whether others have changed it since.
    undone: bool,
    /// Who did, as far as that was told.
    who: Option<String>,
}

struct Open {
    asking: Netfilter,
    listening: Listening,
}

impl Filter {
    /// Knows of no table yet.
    pub(super) const fn new(mark: PathBuf) -> Self {
        Self { mark, open: None, present: BTreeSet::new(), intact: false, undone: false, who: None }
    }

    /// Opens the sockets, and takes over what a former daemon has left if it said that it did. Needs a runtime that is entered.
    pub(super) fn adopt(&mut self) -> io::Result<()> {
        if self.mark.exists() { self.open().map(drop) } else { Ok(()) }
    }

    /// Opens the sockets that are not open yet, and reads what the table has.
    pub(super) fn open(&mut self) -> io::Result<()> {
        if self.open.is_some() {
            return Ok(());
        }
        // First the one that listens, so that nothing that comes after the answers is missed.
        let listening = socket::listen()?;
        let mut asking = Netfilter::open()?;
        let mut present = BTreeSet::new();
        for set in Set::ALL {
            let answer =
                asking.ask(&table::elements_of(set), |payload| present.extend(table::read_elements(set, payload)))?;
            if let Err(refusal) = answer {
                return Err(refusal.errno.into());
            }
        }
        (self.present, self.intact) = (present, false);
        self.open = Some(Open { asking, listening });
        Ok(())
    }

    /// Whether there is a table, or may be one.
    pub(super) const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Whether the table is as it was made.
    pub(super) const fn is_intact(&self) -> bool {
        self.intact
    }

    /// What its sets have.
    pub(super) const fn present(&self) -> &BTreeSet<Dropped> {
        &self.present
    }

    /// Whether packets are dropped to this.
    pub(super) fn drops(&self, dropped: &Dropped) -> bool {
        self.intact && self.present.contains(dropped)
    }

    /// Drops packets to these addresses too, in a table that is as it should be.
    pub(super) fn add(&mut self, more: &BTreeSet<Dropped>) -> io::Result<Result<(), Refusal>> {
        let messages = if self.intact {
            let missing: Vec<Dropped> = more.difference(&self.present).copied().collect();
            table::add(&missing)
        } else {
            if let Err(error) = fs::write(&self.mark, "") {
                tracing::warn!(%error, "cannot write down that there is a packet filter: after a crash it may stay");
            }
            let all: Vec<Dropped> = self.present.union(more).copied().collect();
            table::make(&all)
        };
        let Some(open) = &mut self.open else { return Ok(Ok(())) };
        let outcome = open.asking.carry_out(&messages)?;
        match outcome {
            Ok(()) => {
                self.present.extend(more);
                (self.intact, self.undone, self.who) = (true, false, None);
            }
            // Somebody may have taken it away in this moment.
            Err(_) => self.intact = false,
        }
        Ok(outcome)
    }

    /// Drops packets to these addresses no longer.
    pub(super) fn remove(&mut self, gone: &BTreeSet<Dropped>) -> io::Result<()> {
        let Some(open) = &mut self.open else { return Ok(()) };
        let messages = table::remove(&gone.iter().copied().collect::<Vec<_>>());
        if open.asking.carry_out(&messages)?.is_err() {
            // It is made anew without them.
            self.intact = false;
        }
        self.present.retain(|dropped| !gone.contains(dropped));
        Ok(())
    }

    /// Deletes the table and closes the sockets.
    pub(super) fn close(&mut self) -> io::Result<()> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        if let Err(refusal) = open.asking.carry_out(&table::unmake())? {
            tracing::warn!(reason = refusal.errno.desc(), "the table inet {} stays", table::NAME);
        }
        self.present.clear();
        (self.intact, self.undone, self.who) = (false, false, None);
        match fs::remove_file(&self.mark) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(%error, "cannot write down that there is no packet filter any more");
            }
            Ok(()) | Err(_) => {}
        }
        Ok(())
    }

    /// Waits until somebody has changed a table; for ever where that is nothing to it. Cancel-safe.
    pub(super) async fn readable(&self) -> io::Result<()> {
        match &self.open {
            Some(open) => open.listening.readable().await,
            None => std::future::pending().await,
        }
    }

    /// Takes in what others have done, and tells whether it was done to this table.
    pub(super) fn listen(&mut self) -> io::Result<bool> {
        let Some(open) = &mut self.open else { return Ok(false) };
        let own = open.asking.port;
        let (mut changed, mut who) = (false, None);
        let heard = open.listening.drain(|message| {
            if message.cause == own {
                return;
            }
            match table::news(message.kind, message.payload) {
                News::Changed => {
                    changed = true;
                    who = fights::program(message.cause).or(who.take());
                }
                News::By(program) if changed => who = Some(program),
                News::By(_) | News::Nothing => {}
            }
        })?;
        if changed && self.intact {
            (self.undone, self.who) = (true, who);
        }
        let lost = changed || heard == Heard::Overrun;
        self.intact &= !lost;
        Ok(lost)
    }

    /// Who has changed the table, if somebody has.
    pub(super) fn tampered(&self) -> Option<&str> {
        self.undone.then(|| self.who.as_deref().unwrap_or("another program"))
    }
}

/// Says why packets cannot be dropped, and what helps.
pub(super) fn explain(errno: Errno, words: Option<&str>) -> String {
    const LACKING: [Errno; 5] =
        [Errno::EPROTONOSUPPORT, Errno::EAFNOSUPPORT, Errno::EOPNOTSUPP, Errno::EINVAL, Errno::ENOENT];
    let reason = if errno == Errno::EPERM {
        "vrrpd may not: it needs CAP_NET_ADMIN, and no other program may own the table inet vrrpd"
    } else if LACKING.contains(&errno) {
        "the kernel has no nftables, or not all that this takes: load the module nf_tables, or use accept = true"
    } else {
        words.unwrap_or(errno.desc())
    };
    format!("cannot drop packets to the addresses, as accept = false says: {reason}")
}
