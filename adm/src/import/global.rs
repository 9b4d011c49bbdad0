//! `global_defs`, and how long a link must be down before it counts.

use super::fate::{Fate, Kind};
use super::keywords::Block;
use super::statement::{milliseconds, switch};
use super::translate::Work;
use super::tree::Statement;

/// What to know of strict mode.
pub(super) const STRICT: &str = "strict mode drops packets to the addresses on a host that does not own them: take both keys out \
                                 if services are to be reached there. Everything else of it is as the RFC says";
/// What drops packets to the addresses.
pub(super) const DROPS: &str = "accept = false, hold = \"none\"";

impl Work {
    pub(super) fn delay(&mut self, statement: &Statement) {
        let time = |at| statement.word(at).map(milliseconds);
        let (down, up) = match (time(1), time(2)) {
            (Some(Some(down)), None) => (down, down),
            (Some(Some(down)), Some(Some(up))) => (down, up),
            _ => return self.malformed(statement, "write the link and one or two times in seconds"),
        };
        self.delays.insert(statement.keyword().to_owned(), (down, up));
        let toml = format!("down_delay = \"{down}ms\", up_delay = \"{up}ms\", where it is tracked");
        let why = "an instance's own link counts at once: a router that cannot send is in Fault";
        self.fates.push(Fate::differs(statement.place, toml, why));
    }

    pub(super) fn global_defs(&mut self, block: &Statement) {
        for statement in {
            let inner = self.inner(block);
            self.sort(Block::Global, inner)
        } {
            let place = statement.place;
            match statement.keyword() {
                "vrrp_version" => match self.value(statement) {
                    Some(version @ ("2" | "3")) => {
                        self.global.version = version.parse().ok();
                        self.fates.push(Fate::became(place, format!("version = {version}")));
                    }
                    Some(_) => self.malformed(statement, "write 2 or 3"),
                    None => {}
                },
                "vrrp_strict" => {
                    self.global.strict = switch(statement).unwrap_or(true);
                    if self.global.strict {
                        self.fates.push(Fate::differs(place, DROPS, STRICT));
                    } else {
                        self.fates.push(Fate::new(place, Kind::Needless, "it is off, and there is none here"));
                    }
                }
                "v3_checksum_as_v2" => {
                    self.global.checksum_as_v2 = switch(statement).unwrap_or(true);
                    self.fates.push(Fate::became(place, "checksum = \"rfc9568\""));
                }
                "script_user" => {
                    self.global.script_user = self.first_value(statement).map(str::to_owned);
                    if let Some(user) = &self.global.script_user {
                        let toml = format!("user = {user:?}");
                        let why = "a group is not named: a script runs with the groups of its user";
                        self.fates.push(match statement.word(2) {
                            Some(_) => Fate::differs(place, toml, why),
                            None => Fate::became(place, toml),
                        });
                    }
                }
                "default_interface" => {
                    self.global.default_interface = self.value(statement).map(str::to_owned);
                    self.fates.push(Fate::became(place, "interface = … where an instance names none"));
                }
                "vrrp_mcast_group4" => self.multicast(statement, "224.0.0.18"),
                "vrrp_mcast_group6" => self.multicast(statement, "ff02::12"),
                "lvs_sync_daemon" => self.sync_daemon(statement),
                "vrrp_down_timer_adverts" => self.down_timer(statement),
                keyword => debug_assert!(false, "{keyword} is translated nowhere"),
            }
        }
    }

    fn multicast(&mut self, statement: &Statement, usual: &str) {
        let (kind, why) = match statement.word(1).filter(|group| *group != usual) {
            None => (Kind::Needless, format!("{usual} is the only group")),
            Some(_) => (Kind::Lost, format!("advertisements go to {usual} alone: change it on the other hosts, too")),
        };
        self.fates.push(Fate::new(statement.place, kind, why));
    }

    pub(super) fn down_timer(&mut self, statement: &Statement) {
        let usual = statement.word(1) == Some("3");
        let (kind, why) = match usual {
            true => (Kind::Needless, "a Backup waits for three advertisements"),
            false => {
                (Kind::Lost, "a Backup waits for three advertisements: choose another advert_interval on all hosts")
            }
        };
        self.fates.push(Fate::new(statement.place, kind, why));
    }
}
