//! One connection to the bus, from the subscription until it is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::Path;

use futures_util::StreamExt;
use tokio::sync::watch;
use vrrp::conditions::UnitState;
use zbus::{Connection, Message, MessageStream};

use self::serving::Unit;
use super::freezer::Freezer;
use super::messages::{self, Heard, understand};
use super::teller::{Gone, Teller};

mod serving;

/// Why a session is over.
#[derive(Debug)]
pub(super) enum Ended {
    /// The connection was lost or is of no use, for this reason.
    Lost(String),
    /// The daemon does not listen any more.
    Gone,
}

impl From<Gone> for Ended {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

impl From<zbus::Error> for Ended {
    fn from(error: zbus::Error) -> Self {
        Self::Lost(format!("the bus was lost: {error}"))
    }
}

/// Follows the wanted units until the connection is lost, or the daemon is gone (`Ok`). `cgroups` is where the kernel
/// shows the cgroups.
pub(super) async fn follow(
    connection: Connection,
    cgroups: &Path,
    wanted: &mut watch::Receiver<BTreeSet<String>>,
    teller: &mut Teller,
) -> Result<(), Ended> {
    let mut messages = MessageStream::from(&connection);
    let mut session = Session {
        connection,
        wanted,
        teller,
        owner: None,
        asked: BTreeMap::new(),
        reading: BTreeSet::new(),
        paths: BTreeMap::new(),
        units: BTreeMap::new(),
        freezer: Freezer::new(cgroups),
    };
    session.open().await?;
    loop {
        tokio::select! {
            message = messages.next() => match message {
                Some(message) => session.hear(&message?).await?,
                None => return Err(Ended::Lost("the bus closed the connection".to_owned())),
            },
            changed = session.wanted.changed() => match changed {
                Ok(()) => session.read().await?,
                Err(_) => return Ok(()),
            },
            changed = session.freezer.changed() => match changed {
                Ok(cgroups) => session.heed_freezer(&cgroups).await?,
                Err(error) => return Err(Ended::Lost(format!("cgroups cannot be watched: {error}"))),
            },
            () = session.teller.out_of_patience() => session.teller.give_up().await?,
        }
    }
}

struct Session<'a> {
    connection: Connection,
    wanted: &'a mut watch::Receiver<BTreeSet<String>>,
    teller: &'a mut Teller,
    /// Systemd's unique name while it is on the bus.
    owner: Option<String>,
    /// The calls whose answers matter.
    asked: BTreeMap<NonZeroU32, Question>,
    /// The units that were asked for last.
    reading: BTreeSet<String>,
    /// The object path of each unit that is followed, by the name that was wanted.
    paths: BTreeMap<String, String>,
    /// What is known of the unit with each of these paths.
    units: BTreeMap<String, Unit>,
    freezer: Freezer,
}

enum Question {
    /// A call that only has to succeed.
    Done,
    Owner,
    Units(Vec<String>),
    /// In which cgroup the unit with this path is.
    Cgroup(String),
}

impl Session<'_> {
    async fn open(&mut self) -> Result<(), Ended> {
        for rule in messages::MATCHES {
            self.ask(messages::add_match(rule)?, Question::Done).await?;
        }
        self.ask(messages::owner()?, Question::Owner).await?;
        Ok(())
    }

    async fn hear(&mut self, message: &Message) -> Result<(), Ended> {
        match understand(message, self.owner.as_deref()) {
            Heard::Answer { call } => match self.asked.remove(&call) {
                Some(Question::Owner) => self.systemd_is(messages::owner_of(message)).await,
                Some(Question::Units(units)) => self.learn(units, message).await,
                Some(Question::Cgroup(path)) => self.learn_cgroup(&path, call, Some(message)).await,
                Some(Question::Done) | None => Ok(()),
            },
            Heard::Refusal { call, error, text } => match self.asked.remove(&call) {
                Some(Question::Owner) => self.systemd_is(None).await,
                Some(Question::Units(units)) => self.refused(units, &error, text).await,
                Some(Question::Cgroup(path)) => self.learn_cgroup(&path, call, None).await,
                Some(Question::Done) => Err(Ended::Lost(format!("units cannot be followed: {text}"))),
                None => Ok(()),
            },
            Heard::Owner(owner) => self.systemd_is(owner).await,
            // An alias may lead to another unit from here on, and a unit may be there at last.
            Heard::Reloaded => self.read().await,
            Heard::Changed { path, state } => match self.paths.values().any(|known| *known == path) {
                true => self.unit_is(&path, state).await,
                false => Ok(()),
            },
            Heard::Other => Ok(()),
        }
    }

    async fn systemd_is(&mut self, owner: Option<String>) -> Result<(), Ended> {
        self.owner = owner;
        self.asked.clear();
        self.paths.clear();
        self.forget_units();
        if self.owner.is_none() {
            self.teller.doubt("systemd is not on the bus".to_owned());
            return Ok(());
        }
        self.teller.doubt("systemd has not answered yet".to_owned());
        self.ask(messages::subscribe()?, Question::Done).await?;
        self.read().await
    }

    /// Asks for the state of every wanted unit. What was asked before is answered by this too.
    async fn read(&mut self) -> Result<(), Ended> {
        self.reading.clone_from(&self.wanted.borrow_and_update());
        if self.owner.is_none() {
            return Ok(());
        }
        let units: Vec<String> = self.reading.iter().cloned().collect();
        self.asked.retain(|_, question| !matches!(question, Question::Units(_)));
        self.ask(messages::list(&units)?, Question::Units(units)).await?;
        Ok(())
    }

    async fn learn(&mut self, units: Vec<String>, answer: &Message) -> Result<(), Ended> {
        let rows = messages::listed(answer).filter(|rows| rows.len() == units.len());
        let Some(rows) = rows else {
            return Err(Ended::Lost("systemd's answer makes no sense".to_owned()));
        };
        for (unit, (path, _)) in units.into_iter().zip(&rows) {
            self.paths.insert(unit, path.clone());
        }
        for (path, state) in rows {
            self.unit_is(&path, state).await?;
        }
        self.settle().await
    }

    /// Systemd answers for all units or for none, so one bad name is found by halving.
    async fn refused(&mut self, mut units: Vec<String>, error: &str, text: String) -> Result<(), Ended> {
        if error != "org.freedesktop.DBus.Error.InvalidArgs" {
            return Err(Ended::Lost(format!("systemd does not tell the state of units: {text}")));
        }
        if let [unit] = units.as_slice() {
            self.paths.remove(unit);
            self.teller.state(unit, UnitState::Unknown).await?;
            return self.settle().await;
        }
        let other = units.split_off(units.len() / 2);
        self.ask(messages::list(&units)?, Question::Units(units)).await?;
        self.ask(messages::list(&other)?, Question::Units(other)).await?;
        Ok(())
    }

    /// Tells the daemon that all is told, once no answer is outstanding.
    async fn settle(&mut self) -> Result<(), Ended> {
        if self.asked.values().any(|question| matches!(question, Question::Units(_) | Question::Cgroup(_))) {
            return Ok(());
        }
        self.paths.retain(|unit, _| self.reading.contains(unit));
        self.forget_units();
        Ok(self.teller.following(self.reading.clone()).await?)
    }

    /// Sends a call, and gives its number.
    async fn ask(&mut self, call: Message, question: Question) -> Result<NonZeroU32, Ended> {
        let number = call.primary_header().serial_num();
        self.asked.insert(number, question);
        self.connection.send(&call).await?;
        Ok(number)
    }
}
