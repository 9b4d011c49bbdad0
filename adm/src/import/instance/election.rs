//! Who is Master, and how soon: `state`, `priority`, `advert_int`, `version`, `nopreempt`, `preempt_delay`.

use super::Words;
use super::addresses::Addresses;
use crate::import::fate::{Fate, Kind};
use crate::import::made;
use crate::import::statement::{duration, milliseconds};
use crate::import::translate::Work;
use crate::import::tree::Statement;

/// The longest `preempt_delay`, in milliseconds.
const LONGEST_DELAY: u64 = 1_000_000;
/// The longest interval of version 3, in milliseconds.
const LONGEST_INTERVAL: u64 = 40_950;

impl Work {
    /// The version: the instance's own, the global one, or 2. IPv6 has version 3 alone.
    pub(super) fn version(&mut self, block: &Statement, words: &Words<'_>, addresses: &Addresses) -> u8 {
        let statement = self.last(words, "version");
        let own = statement.and_then(|statement| {
            let version = self.value(statement)?.parse().ok().filter(|version| matches!(version, 2 | 3));
            if version.is_none() {
                self.malformed(statement, "write 2 or 3");
            }
            version.map(|version: u8| (version, statement.place))
        });
        let version = if addresses.first_is_v6 { 3 } else { own.map(|own| own.0).or(self.global.version).unwrap_or(2) };
        let toml = format!("version = {version}");
        match own {
            Some((own, place)) if own == version => self.fates.push(Fate::became(place, toml)),
            Some((_, place)) => self.fates.push(Fate::new(place, Kind::Needless, "IPv6 has version 3 alone")),
            None if version == 2 && self.global.version.is_none() => {
                let why = "2 is keepalived's default; vrrpd's is 3, which is better once no keepalived is left";
                self.fates.push(Fate::differs(block.place, toml, why));
            }
            None => {}
        }
        version
    }

    pub(super) fn priority(&mut self, words: &Words<'_>, instance: &mut made::Instance) {
        let Some(statement) = self.last(words, "priority") else {
            return;
        };
        let Some(value) = self.value(statement) else {
            return;
        };
        match value.parse::<u8>() {
            Ok(priority @ 1..) => {
                instance.set("priority", i64::from(priority));
                self.fates.push(Fate::became(statement.place, format!("priority = {priority}")));
            }
            Ok(_) | Err(_) => self.malformed(statement, "use 1 to 255; it takes 100 instead, here too"),
        }
    }

    pub(super) fn interval(&mut self, words: &Words<'_>, version: u8, instance: &mut made::Instance) {
        let Some(statement) = self.last(words, "advert_int") else {
            return;
        };
        let Some(given) = self.value(statement).and_then(milliseconds).filter(|given| (10..=255_000).contains(given))
        else {
            return self.malformed(statement, "use 0.01 to 255 seconds; it takes 1 instead, here too");
        };
        let fit = match version {
            2 => (given.div_ceil(1000) * 1000).max(1000),
            _ => ((given + 5) / 10 * 10).min(LONGEST_INTERVAL),
        };
        let text = duration(fit);
        instance.set("advert_interval", text.as_str());
        let toml = format!("advert_interval = \"{text}\"");
        self.fates.push(match fit == given {
            true => Fate::became(statement.place, toml),
            false => {
                let why = format!("version {version} cannot carry {}: keepalived rounds it, too", duration(given));
                Fate::differs(statement.place, toml, why)
            }
        });
    }

    /// `state MASTER` takes preemption's keys away, except where it says nothing.
    pub(super) fn preemption(&mut self, words: &Words<'_>, instance: &mut made::Instance) {
        let owner = instance.get("priority").and_then(toml_edit::Value::as_integer) == Some(255);
        let state = self.last(words, "state");
        let ah = words.iter().any(|word| {
            let inner = word.statements().iter();
            inner.clone().any(|inner| inner.keyword() == "auth_type" && inner.word(1) == Some("AH"))
        });
        let first = words.iter().any(|word| word.keyword() == "state" && word.word(1) == Some("MASTER"));
        let first = first && (owner || !ah);
        if let Some(statement) = state {
            let why = match owner {
                true => "an address owner, priority 255, is Master at once",
                false => "every host begins as Backup, here as in keepalived: the priority decides",
            };
            self.fates.push(Fate::new(statement.place, Kind::Needless, why));
        }
        let clears = "keepalived ignores it beside state MASTER, and so it is left out: take state MASTER away if you \
                      mean it, and import again";
        let stays = self.last(words, "nopreempt");
        if let Some(statement) = stays {
            self.fates.push(match (owner, first) {
                (true, _) => Fate::new(statement.place, Kind::Needless, "priority 255 always takes over"),
                (false, true) => Fate::differs(statement.place, "preempt = true", clears),
                (false, false) => Fate::became(statement.place, "preempt = false"),
            });
        }
        let stays = stays.is_some() && !owner && !first;
        if stays {
            instance.set("preempt", false);
        }
        let Some(statement) = self.last(words, "preempt_delay") else {
            return;
        };
        let Some(delay) = self.value(statement).and_then(milliseconds).filter(|delay| *delay <= LONGEST_DELAY) else {
            return self.malformed(statement, "use 0 to 1000 seconds");
        };
        let toml = format!("preempt_delay = \"{}\"", duration(delay));
        self.fates.push(match (stays, first) {
            (true, _) => Fate::new(statement.place, Kind::Needless, "it changes nothing beside nopreempt"),
            (false, true) => Fate::differs(statement.place, "", clears),
            (false, false) => {
                instance.set("preempt_delay", duration(delay));
                Fate::became(statement.place, toml)
            }
        });
    }
}
