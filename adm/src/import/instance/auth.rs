//! `authentication` and `auth_hmac`. The secrets themselves go to files of their own.

use toml_edit::{Array, InlineTable, Value};

use super::Words;
use crate::import::fate::{Fate, Kind};
use crate::import::keywords::Block;
use crate::import::made;
use crate::import::secret::Secret;
use crate::import::translate::Work;
use crate::import::tree::Statement;

/// The bytes of a password that keepalived uses.
const PASSWORD: usize = 8;

impl Work {
    pub(super) fn auth(&mut self, words: &Words<'_>, version: u8, instance: &mut made::Instance) {
        let legacy = self.last(words, "authentication");
        match self.last(words, "auth_hmac") {
            Some(block) => {
                if let Some(legacy) = legacy {
                    self.whole(legacy, Kind::Needless, "keepalived ignores it beside auth_hmac");
                }
                self.hmac(block, instance);
            }
            None => {
                if let Some(block) = legacy {
                    self.password(block, version, instance);
                }
            }
        }
    }

    fn password(&mut self, block: &Statement, version: u8, instance: &mut made::Instance) {
        let inner = self.inner(block);
        let words = self.sort(Block::Authentication, inner);
        let kind =
            self.last(&words, "auth_type").and_then(|statement| self.value(statement).map(|kind| (statement, kind)));
        let pass =
            self.last(&words, "auth_pass").and_then(|statement| self.value(statement).map(|pass| (statement, pass)));
        self.spoken.extend(pass.iter().map(|(_, pass)| (*pass).to_owned()));
        let (Some((kind_at, kind)), Some((pass_at, pass))) = (kind, pass) else {
            let why = "keepalived ignores it: it needs both auth_type and auth_pass";
            return self.whole(block, Kind::Unknown, why);
        };
        let kind = match kind {
            _ if version == 3 => {
                let why = "version 3 has none, and keepalived ignores it: auth = { type = \"hmac-sha256\", … } is what \
                           authenticates there";
                return self.whole(block, Kind::Needless, why);
            }
            "PASS" => "password",
            "AH" => "ah",
            _ => return self.malformed(kind_at, "use PASS or AH"),
        };
        let end = (0..=PASSWORD.min(pass.len())).rev().find(|end| pass.is_char_boundary(*end));
        let used = pass.get(..end.unwrap_or_default()).unwrap_or_default();
        if used.is_empty() || used.contains(char::REPLACEMENT_CHARACTER) {
            let why = "the password is empty, or no text: write it into a file yourself, see docs/authentication.md";
            return self.fates.push(Fate::new(pass_at.place, Kind::Lost, why));
        }
        let used = if used.starts_with("hex:") { in_hex(used) } else { used.to_owned() };
        let path = self.secret(&instance.name, &used);
        let table = InlineTable::from_iter([("type", Value::from(kind)), ("file", path.as_str().into())]);
        self.fates.push(Fate::became(kind_at.place, format!("type = \"{kind}\" in auth")));
        self.fates.push(Fate::became(pass_at.place, format!("file = \"{path}\" in auth, which holds it")));
        instance.set("auth", table);
    }

    fn hmac(&mut self, block: &Statement, instance: &mut made::Instance) {
        let inner = self.inner(block);
        let words = self.sort(Block::Hmac, inner);
        let mut keys: Vec<(u8, String)> = Vec::new();
        for statement in words.iter().copied().filter(|statement| statement.keyword() == "key") {
            let id = statement.word(1).and_then(|id| id.parse::<u8>().ok()).filter(|id| *id > 0);
            let (Some(id), Some(secret)) = (id, statement.word(2)) else {
                self.malformed(statement, "write the number of the key, 1 to 255, and the key");
                continue;
            };
            if keys.iter().any(|(known, _)| *known == id) {
                self.fates.push(Fate::new(statement.place, Kind::Needless, "there is a key of this number already"));
                continue;
            }
            let Some(path) = self.key(statement, id, secret, &instance.name) else {
                continue;
            };
            self.fates.push(Fate::became(statement.place, format!("{{ id = {id}, file = \"{path}\" }} in auth")));
            keys.push((id, path));
        }
        let active = self.last(&words, "active_key").and_then(|statement| {
            let id = self.value(statement)?.parse::<u8>().ok();
            self.fates.push(match id.filter(|id| keys.iter().any(|(known, _)| known == id)) {
                Some(id) => Fate::became(statement.place, format!("send = {id} in auth")),
                None => Fate::new(statement.place, Kind::Lost, "there is no key of this number"),
            });
            id
        });
        let send = active.filter(|id| keys.iter().any(|(known, _)| known == id)).or(keys.first().map(|(id, _)| *id));
        let Some(send) = send else {
            let why = "no key can be used: write one into a file, see docs/authentication.md";
            return self.whole(block, Kind::Lost, why);
        };
        let mut table = InlineTable::new();
        table.insert("type", "hmac-sha256".into());
        let entries = keys.iter().map(|(id, path)| {
            InlineTable::from_iter([("id", Value::from(i64::from(*id))), ("file", path.as_str().into())])
        });
        table.insert("keys", entries.collect::<Array>().into());
        table.insert("send", i64::from(send).into());
        self.mode(&words, &mut table);
        instance.set("auth", table);
    }

    /// Whether trailers are demanded, and how old one may be.
    fn mode(&mut self, words: &Words<'_>, table: &mut InlineTable) {
        if let Some(statement) = self.last(words, "mode") {
            match self.value(statement) {
                Some(mode @ ("enforce" | "permissive" | "receive-only")) => {
                    table.insert("mode", mode.into());
                    self.fates.push(Fate::became(statement.place, format!("mode = \"{mode}\" in auth")));
                }
                Some(_) => self.malformed(statement, "use enforce, permissive or receive-only"),
                None => {}
            }
        }
        let order = self.last(words, "anti_replay");
        let unlimited = order.is_some_and(|statement| statement.word(1) == Some("monotonic"));
        if let Some(statement) = order {
            let toml = if unlimited { "window = \"unlimited\" in auth" } else { "window in auth" };
            self.fates.push(Fate::became(statement.place, toml));
        }
        let window = self.last(words, "time_window");
        if unlimited {
            table.insert("window", "unlimited".into());
            if let Some(statement) = window {
                self.fates.push(Fate::new(statement.place, Kind::Needless, "it changes nothing beside monotonic"));
            }
        } else if let Some(statement) = window {
            match self.value(statement).and_then(|value| value.parse::<u16>().ok()) {
                Some(seconds @ 1..=300) => {
                    table.insert("window", format!("{seconds}s").into());
                    self.fates.push(Fate::became(statement.place, format!("window = \"{seconds}s\" in auth")));
                }
                Some(_) | None => self.malformed(statement, "use 1 to 300 seconds"),
            }
        }
    }

    /// Finds the file of a key: the one that it is in, or one for it.
    fn key(&mut self, statement: &Statement, id: u8, secret: &str, name: &str) -> Option<String> {
        if let Some(path) = secret.strip_prefix("file:") {
            let good = path.starts_with('/') && !path.contains(char::is_control);
            let why = "the user vrrp must be the only one who can read it: chown vrrp and chmod 600";
            self.fates.push(match good {
                true => Fate::differs(statement.place, "", why),
                false => Fate::new(statement.place, Kind::Lost, "its file is no path from the root"),
            });
            return good.then(|| path.to_owned());
        }
        let length = secret.strip_prefix("hex:").map_or(secret.len(), |digits| digits.len() / 2);
        if !(32..=64).contains(&length) || secret.contains(char::REPLACEMENT_CHARACTER) {
            self.fates.push(Fate::new(statement.place, Kind::Lost, "a key has 32 to 64 bytes"));
            return None;
        }
        Some(self.secret(&format!("{name}.{id}"), secret))
    }

    /// Keeps a secret for the file that is to have it.
    fn secret(&mut self, name: &str, text: &str) -> String {
        let path = format!("/etc/vrrp/keys/{name}");
        self.spoken.push(text.to_owned());
        self.secrets.push(Secret { path: path.clone(), text: text.to_owned() });
        path
    }
}

fn in_hex(text: &str) -> String {
    let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("hex:{digits}")
}
