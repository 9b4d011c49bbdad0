//! `vrrp_track_process`.

use crate::import::fate::{Fate, Kind};
use crate::import::keywords::Block;
use crate::import::made::Entry;
use crate::import::shown;
use crate::import::statement::{Weight, duration, milliseconds};
use crate::import::translate::{Tracker, Work};
use crate::import::tree::Statement;

/// What the kernel keeps of a process's name.
const LONGEST: usize = 15;

impl Work {
    /// Reads a process and keeps it for those who track it.
    pub(crate) fn process(&mut self, block: &Statement) {
        let Some(name) = self.named(block).map(str::to_owned) else {
            return;
        };
        let words = self.sort(Block::Process, block.statements());
        let condition = self.named_process(block, &words);
        let weight = self.own_weight(&words, Weight::default());
        if condition.is_some() {
            self.fates.push(Fate::became(block.place, "[[track]] where it is tracked"));
        }
        self.processes.insert(name, Tracker { place: Some(block.place), condition, weight, ..Tracker::default() });
    }

    fn named_process(&mut self, block: &Statement, words: &[&Statement]) -> Option<Entry> {
        let Some(statement) = self.last(words, "process") else {
            self.whole(block, Kind::Unknown, "it names no process, so keepalived leaves it out");
            return None;
        };
        let path = self.first_value(statement)?;
        let name = path.rsplit('/').next().unwrap_or(path);
        let kept: String =
            name.char_indices().take_while(|(at, c)| at + c.len_utf8() <= LONGEST).map(|(_, c)| c).collect();
        let full = self.last(words, "full_command");
        let matched = self.last(words, "param_match");
        let why = "a process is its name, as ps -eo comm shows it: its parameters are not compared";
        let toml = format!("process = {kept:?}");
        let parameters = statement.words.len() > 2 || full.is_some() || matched.is_some();
        self.fates.push(match parameters {
            true => Fate::differs(statement.place, toml, why),
            false => Fate::became(statement.place, toml),
        });
        for word in full.into_iter().chain(matched) {
            self.fates.push(Fate::new(word.place, Kind::Lost, why));
        }
        let mut condition = Entry::new("process", kept);
        condition.comment =
            parameters.then(|| format!("Every process called {} counts, whatever its parameters.", shown(name)));
        self.quorum(words, &mut condition);
        let both = self.delay_of(words, "delay");
        for (keyword, key) in [("fork_delay", "up_delay"), ("terminate_delay", "down_delay")] {
            if let Some(delay) = self.delay_of(words, keyword).or(both) {
                condition.set(key, duration(delay));
            }
        }
        Some(condition)
    }

    fn quorum(&mut self, words: &[&Statement], condition: &mut Entry) {
        let Some(statement) = self.last(words, "quorum") else {
            return;
        };
        match self.value(statement).and_then(|value| value.parse::<u16>().ok()) {
            Some(count @ 1..) => {
                condition.set("count", i64::from(count));
                self.fates.push(Fate::became(statement.place, format!("count = {count}")));
            }
            Some(_) | None => self.malformed(statement, "use 1 to 65535"),
        }
    }

    fn delay_of(&mut self, words: &[&Statement], keyword: &str) -> Option<u64> {
        let statement = self.last(words, keyword)?;
        let delay = self.value(statement).and_then(milliseconds).filter(|delay| *delay <= 3_600_000);
        match delay {
            Some(delay) => {
                let key = match keyword {
                    "fork_delay" => "up_delay",
                    "terminate_delay" => "down_delay",
                    _ => "up_delay and down_delay",
                };
                self.fates.push(Fate::became(statement.place, format!("{key} = \"{}\"", duration(delay))));
            }
            None => self.malformed(statement, "write a number of seconds"),
        }
        delay
    }
}
