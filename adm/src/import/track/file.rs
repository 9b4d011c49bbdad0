//! `track_file`.

use toml_edit::{Array, Value};

use crate::import::fate::{Fate, Kind};
use crate::import::keywords::Block;
use crate::import::made::Entry;
use crate::import::statement::Weight;
use crate::import::translate::{Tracker, Work};
use crate::import::tree::Statement;

/// The weight of a file where none is given.
const USUAL: Weight = Weight { value: 1, reverse: false };

impl Work {
    /// Reads a file and keeps it for those who track it.
    pub(crate) fn file(&mut self, block: &Statement) {
        let Some(name) = self.named(block).map(str::to_owned) else {
            return;
        };
        let words = self.sort(Block::File, block.statements());
        let weight = self.own_weight(&words, USUAL);
        if let Some(statement) = self.last(&words, "init_file") {
            let zero = statement.words.iter().skip(1).all(|word| word == "0");
            self.fates.push(match zero {
                true => Fate::new(statement.place, Kind::Needless, "a file that is not there holds 0"),
                false => {
                    let why = "no file is written at the start: a line in tmpfiles.d can do that";
                    Fate::new(statement.place, Kind::Lost, why)
                }
            });
        }
        let Some(statement) = self.last(&words, "file") else {
            return self.fates.push(Fate::new(
                block.place,
                Kind::Unknown,
                "it names no file, so keepalived leaves it out",
            ));
        };
        let Some(path) = self.value(statement) else {
            return;
        };
        let mut number = Entry::new("file", path);
        number.set("expect", "integer");
        self.fates.push(Fate::became(statement.place, format!("file = {path:?}")));
        self.fates.push(Fate::became(block.place, "[[track]] where it is tracked"));
        let tracker = Tracker {
            place: Some(block.place),
            condition: Some(zero(path, "! grep -qs \"[1-9]\" \"$1\"")),
            reversed: Some(zero(path, "grep -qs \"[1-9]\" \"$1\"")),
            number: Some(number),
            weight,
            used: false,
        };
        self.files.insert(name, tracker);
    }
}

/// A file that is to hold 0, or not to: a condition on a file itself tells only whether it is there.
fn zero(path: &str, command: &str) -> Entry {
    let command: Array = ["/bin/sh", "-c", command, "sh", path].into_iter().collect();
    let mut condition = Entry::new("script", Value::from(command));
    condition.comment = Some(format!(
        "Looked at every second. Better: file = {path:?} with expect = \"absent\", and remove the file in place of writing 0."
    ));
    condition
}
