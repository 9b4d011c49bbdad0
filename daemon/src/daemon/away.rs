//! Instances that a person had resign, and that stay away for a while.
//!
//! Nobody knows before a resignation whether another host is there: Backups are silent. So whoever asked is told what came of
//! it, and an instance that nobody follows takes its addresses back, unless it was told not to.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use vrrp::config::InstanceName;
use vrrp::machine::Kind;
use vrrp::{saved, status};

use super::instance::Instance;
use super::{Daemon, Id, realtime};
use crate::control::{NotResigned, Resigned};

/// How much longer than four intervals, in which a Backup of version 3 takes over, is waited for another Master: Skew_Time of version 2, and
/// the time of a claim and of a stall.
const MARGIN: Duration = Duration::from_secs(2);

/// Who is told what came of it.
type Reply = oneshot::Sender<Result<Resigned, NotResigned>>;

/// That an instance stays away.
pub(super) struct Away {
    /// Until when; without it, until no other host serves.
    until: Option<Instant>,
    /// Whether it stays away where nobody else serves.
    pub(super) forced: bool,
    /// Why, in words.
    pub(super) reason: String,
    /// What is shown of it.
    pub(super) shown: status::Away,
    /// Who waits to be told.
    asked: Vec<Asked>,
}

/// Somebody who waits to be told what came of a resignation.
struct Asked {
    reply: Reply,
    since: Instant,
    /// Until when at most.
    until: Instant,
}

impl Away {
    /// When something about it changes by time alone.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.asked.iter().map(|asked| asked.until).chain(self.until).min()
    }

    /// Tells all who wait that there is nothing to wait for any more.
    fn end(self, why: impl Fn() -> Result<Resigned, NotResigned>) {
        for asked in self.asked {
            // Whoever asked may be gone.
            let _ = asked.reply.send(why());
        }
    }
}

impl Daemon {
    /// Has an instance resign and stay away. The answer comes when another host is Master, or none will be.
    pub(super) fn resign(&mut self, name: &str, time: Option<Duration>, forced: bool, reply: Reply) {
        // Whoever asked may be gone.
        let refuse = |reply: Reply, why| drop(reply.send(Err(why)));
        let found = self.id_of(name).and_then(|id| Some((id, self.instances.get(&id)?)));
        let Some((id, instance)) = found else { return refuse(reply, NotResigned::NoSuchInstance) };
        let kind = self.formations.kind(instance);
        if kind != Kind::Master && time.is_none() && !forced {
            return refuse(reply, NotResigned::NotMaster(format!("{}: {}", named(kind), self.reason(instance))));
        }
        let until = self.now + 4 * instance.config.advert_interval.duration() + MARGIN;
        let before = (kind != Kind::Master).then(|| self.master_of(instance));
        // Who asked earlier still waits.
        let former = self.instances.get_mut(&id).and_then(|instance| instance.away.take());
        let mut asked = former.map(|away| away.asked).unwrap_or_default();
        match before {
            Some(master) => drop(reply.send(Ok(Resigned::Before(master)))),
            None => asked.push(Asked { reply, since: self.now, until }),
        }
        let ends = |time: Duration| realtime().saturating_add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
        let away = Away {
            until: time.and_then(|time| self.now.checked_add(time)),
            forced,
            reason: match time {
                Some(time) => format!("an administrator had it resign for {} s", time.as_secs()),
                None => "an administrator had it resign".to_owned(),
            },
            shown: status::Away { until: time.map(ends), forced },
            asked,
        };
        if let Some(instance) = self.instances.get_mut(&id) {
            instance.away = Some(away);
        }
        self.away.insert(id);
        self.changed.insert(id);
        self.legacy.change();
        self.follow_conditions(id);
    }

    /// Has an instance stay away as it did under the former daemon.
    pub(super) fn stay_away(&mut self, id: Id, former: saved::Away) {
        let left = former.until.map(|until| Duration::from_micros(until.saturating_sub(realtime())));
        let away = Away {
            until: left.and_then(|left| self.now.checked_add(left)),
            forced: former.forced,
            reason: "an administrator had it resign".to_owned(),
            shown: status::Away { until: former.until, forced: former.forced },
            asked: Vec::new(),
        };
        if let Some(instance) = self.instances.get_mut(&id).filter(|_| left.is_none_or(|left| !left.is_zero())) {
            instance.away = Some(away);
            self.away.insert(id);
        }
    }

    /// Takes what is to be known of an instance that stays away, because another one takes its place.
    pub(super) fn take_away(&mut self, name: &InstanceName) -> Option<Away> {
        let id = self.names.get(name)?;
        self.away.remove(id);
        self.instances.get_mut(id)?.away.take()
    }

    /// Has an instance stay away as the one did whose place it takes.
    pub(super) fn put_away(&mut self, name: &InstanceName, away: Option<Away>) {
        let Some(away) = away else { return };
        let id = self.names.get(name).copied();
        match id.and_then(|id| Some((id, self.instances.get_mut(&id)?))) {
            Some((id, instance)) => {
                instance.away = Some(away);
                self.away.insert(id);
            }
            None => away.end(|| Err(NotResigned::NoSuchInstance)),
        }
    }

    /// Ends an instance's being away. Tells whether it was; `None` if there is no such instance.
    pub(super) fn come_back(&mut self, name: &str) -> Option<bool> {
        let id = self.id_of(name)?;
        let was_away = self.away.contains(&id);
        self.end_away(id);
        Some(was_away)
    }

    /// Tells those who wait what has come of a resignation, and ends what is over.
    pub(super) fn follow_away(&mut self) {
        let ids: Vec<Id> = self.away.iter().copied().collect();
        for id in ids {
            self.follow_one_away(id);
        }
    }

    fn follow_one_away(&mut self, id: Id) {
        let Some(instance) = self.instances.get(&id) else {
            self.away.remove(&id);
            return;
        };
        let Some(away) = &instance.away else { return };
        let serves = self.formations.kind(instance) == Kind::Master;
        let timed = away.until.is_some();
        let over = away.until.is_some_and(|until| until <= self.now);
        let master = self.master_of(instance);
        let asked_in_vain = serves && master.is_none() && !away.asked.is_empty();
        let now = self.now;
        let told = |asked: &Asked| match &master {
            Some(master) => Some(Ok(Resigned::To { master: master.clone(), after: now - asked.since })),
            None if serves => Some(Err(NotResigned::NobodyElse)),
            None => (asked.until <= now || over).then_some(Ok(Resigned::ToNobody)),
        };
        if let Some(away) = self.instances.get_mut(&id).and_then(|instance| instance.away.as_mut()) {
            let waiting = std::mem::take(&mut away.asked);
            for asked in waiting {
                match told(&asked) {
                    // Whoever asked may be gone.
                    Some(told) => drop(asked.reply.send(told)),
                    None => away.asked.push(asked),
                }
            }
        }
        // It came back because nobody else serves.
        if over || (serves && (!timed || asked_in_vain)) {
            self.end_away(id);
        }
    }

    fn end_away(&mut self, id: Id) {
        self.away.remove(&id);
        self.legacy.change();
        if let Some(instance) = self.instances.get_mut(&id)
            && let Some(away) = instance.away.take()
        {
            away.end(|| Ok(Resigned::ToNobody));
            self.changed.insert(id);
            self.follow_conditions(id);
        }
    }

    /// Who is Master of every router of an instance, where somebody else is.
    fn master_of(&self, instance: &Instance) -> Option<String> {
        let masters: Option<Vec<String>> = self
            .formations
            .machines(instance)
            .map(|machine| machine.master().map(|master| master.address.to_string()))
            .collect();
        masters.and_then(|masters| masters.into_iter().next())
    }

    /// The number of an instance.
    pub(super) fn id_of(&self, name: &str) -> Option<Id> {
        self.names.get(&InstanceName::new(name)?).copied()
    }
}

const fn named(kind: Kind) -> &'static str {
    match kind {
        Kind::Init => "Init",
        Kind::Backup => "Backup",
        Kind::Master => "Master",
        Kind::Fault => "in Fault",
    }
}
