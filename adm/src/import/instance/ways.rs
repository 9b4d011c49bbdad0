//! `virtual_routes` and `virtual_rules`.

use toml_edit::{Array, InlineTable, Value};

use super::Words;
use super::addresses::Addresses;
use crate::import::fate::{Fate, Kind};
use crate::import::made::{self, assignment};
use crate::import::shown;
use crate::import::translate::Work;
use crate::import::tree::Statement;
use crate::import::trial;

/// What keepalived gives a rule without a preference: this, and then one less for each.
const FIRST_PREFERENCE: i64 = 16_383;
/// The words that begin a route, and become its type.
const TYPES: [&str; 4] = ["unicast", "blackhole", "unreachable", "prohibit"];
/// The words of a route that have a value and mean nothing here.
const IDLE: [&str; 6] = ["scope", "proto", "protocol", "realms", "track_group", "weight"];

/// The keys in the order in which they are written.
const ORDER: [&str; 15] = [
    "not",
    "from",
    "to",
    "type",
    "via",
    "interface",
    "source",
    "fwmark",
    "iif",
    "oif",
    "table",
    "metric",
    "mtu",
    "onlink",
    "priority",
];

/// Where a key is written.
fn place(key: &str) -> Option<usize> {
    ORDER.iter().position(|known| *known == key)
}

/// What became of the words of a line.
#[derive(Default)]
struct Line {
    table: InlineTable,
    /// Words that mean nothing here.
    idle: Vec<String>,
    /// Why it cannot be had, and what to do.
    lost: Option<String>,
}

impl Line {
    /// Gives a key a text, or says that it lacks.
    fn text(&mut self, key: &str, value: Option<&str>) {
        match value {
            Some(value) => drop(self.table.insert(key, value.into())),
            None => self.lost = Some(format!("the value of {} is missing", shown(key))),
        }
    }

    /// Gives a key a number, or says that it is none.
    fn number(&mut self, key: &str, value: Option<&str>, otherwise: &str) {
        let number = value.and_then(|text| match text.strip_prefix("0x") {
            Some(digits) => i64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        });
        match number {
            Some(number) => drop(self.table.insert(key, number.into())),
            None => self.lost = Some(format!("{key} {}: {otherwise}", shown(value.unwrap_or_default()))),
        }
    }

    /// Gives it a routing table, which two have names for everywhere.
    fn table(&mut self, value: Option<&str>) {
        match value {
            Some("main") => {}
            Some("default") => self.text("table", Some("default")),
            value => self.number("table", value, "write the table's number, names are not looked up"),
        }
    }
}

impl Work {
    /// Translates the routes and rules that move with an instance on a link.
    pub(super) fn ways(&mut self, words: &Words<'_>, addresses: &Addresses, instance: &mut made::Instance) {
        let link = instance.get("interface").and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut preference = FIRST_PREFERENCE;
        for (key, is_route) in [("virtual_routes", true), ("virtual_rules", false)] {
            let mut made = Array::new();
            for block in words.iter().filter(|word| word.keyword() == key) {
                for statement in self.inner(block) {
                    if statement.block.is_some() {
                        self.malformed(statement, "a line of it takes no block");
                        continue;
                    }
                    let mut line = if is_route { route(statement, &link) } else { rule(statement) };
                    let chosen = !is_route && !line.table.contains_key("priority");
                    if chosen {
                        line.table.insert("priority", preference.into());
                    }
                    if self.way(statement, key, &made, line, (addresses, chosen)).is_some_and(|way| {
                        made.push(way);
                        true
                    }) {
                        preference -= i64::from(chosen);
                    }
                }
            }
            if !made.is_empty() {
                if made.len() > 1 {
                    made.iter_mut().for_each(|value| value.decor_mut().set_prefix("\n    "));
                    made.set_trailing("\n");
                    made.set_trailing_comma(true);
                }
                instance.set(key, made);
            }
        }
    }

    /// Says what became of a line, and gives what it became.
    fn way(
        &mut self,
        statement: &Statement,
        key: &str,
        before: &Array,
        line: Line,
        (addresses, chosen): (&Addresses, bool),
    ) -> Option<Value> {
        let mut line = line;
        line.table.sort_values_by(|one, _, other, _| place(one.get()).cmp(&place(other.get())));
        let mut all = before.clone();
        all.push(line.table.clone());
        let own = [addresses.advertised(), addresses.unadvertised.clone()].concat();
        let refusal = line.lost.or_else(|| trial::refusal_beside(&own, &assignment(key, &all.into())));
        if let Some(why) = refusal {
            self.fates.push(Fate::new(statement.place, Kind::Lost, why));
            return None;
        }
        if !line.idle.is_empty() {
            let why = format!("it is marked as vrrpd's own, and always put back: no {}", line.idle.join(", "));
            self.fates.push(Fate::new(statement.place, Kind::Needless, why));
        }
        let value = Value::from(line.table.clone());
        let toml = format!("{} in {key}", value.to_string().trim());
        let leaves_open = line.table.contains_key("via") && !line.table.contains_key("interface");
        self.fates.push(match (chosen, leaves_open) {
            (true, _) => {
                let why = "keepalived gives it a preference by itself: look whether this one is right among the host's \
                           other rules (ip rule)";
                Fate::differs(statement.place, toml, why)
            }
            (false, true) => {
                let why = "without a dev it leads through the link of the instance: add interface if the next router is \
                           on another one";
                Fate::differs(statement.place, toml, why)
            }
            (false, false) => Fate::became(statement.place, toml),
        });
        Some(value)
    }
}

/// Reads a route: `[TYPE] [to] PREFIX [via ADDRESS] [dev LINK] [src ADDRESS] …`.
fn route(statement: &Statement, link: &str) -> Line {
    let mut line = Line::default();
    let mut words = statement.words.iter().map(String::as_str).peekable();
    while let Some(word) = words.next() {
        match word {
            "to" | "dst" => line.text("to", words.next().map(prefix).as_deref()),
            "src" => line.text("source", words.next().map(host)),
            "via" | "gw" => {
                // The family may stand before the address.
                let _family = words.next_if(|word| matches!(*word, "inet" | "inet6"));
                line.text("via", words.next().map(host));
            }
            "dev" | "oif" => match words.next() {
                Some(dev) if dev == link => {}
                dev => line.text("interface", dev),
            },
            "table" => line.table(words.next()),
            "metric" | "priority" | "preference" | "pref" => line.number("metric", words.next(), "write a number"),
            "mtu" => {
                let _lock = words.next_if(|word| *word == "lock");
                line.number("mtu", words.next(), "write a number");
            }
            "onlink" => drop(line.table.insert("onlink", true.into())),
            "no_track" => line.idle.push(word.to_owned()),
            "or" | "nexthop" => {
                let why = "a route has one next router: write one route for each, with another metric";
                line.lost = Some(why.to_owned());
                break;
            }
            word if IDLE.contains(&word) => {
                words.next();
                line.idle.push(word.to_owned());
            }
            word if TYPES.contains(&word) => {
                if word != "unicast" {
                    line.table.insert("type", word.into());
                }
            }
            word if word == "default" || word.starts_with(|first: char| first.is_ascii_hexdigit() || first == ':') => {
                line.text("to", Some(&prefix(word)));
            }
            word => {
                line.lost = Some(format!(
                    "a virtual route has no {}: leave it out, or let it stand on both hosts",
                    shown(word)
                ));
                break;
            }
        }
    }
    line
}

/// Reads a rule: `[not] [from PREFIX] [to PREFIX] [fwmark MARK] … [table TABLE]`.
fn rule(statement: &Statement) -> Line {
    let mut line = Line::default();
    let mut words = statement.words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "from" | "to" => match words.next() {
                Some("all" | "any" | "default" | "0.0.0.0/0" | "::/0") => {}
                value => line.text(word, value.map(prefix).as_deref()),
            },
            "fwmark" => line.text("fwmark", words.next()),
            "iif" | "dev" => line.text("iif", words.next()),
            "oif" => line.text("oif", words.next()),
            "table" | "lookup" => match words.next() {
                Some("main") => line.text("table", Some("main")),
                value => line.table(value),
            },
            "priority" | "preference" | "pref" | "order" => line.number("priority", words.next(), "write a number"),
            "not" => drop(line.table.insert("not", true.into())),
            "protocol" | "track_group" => {
                words.next();
                line.idle.push(word.to_owned());
            }
            "no_track" | "unicast" => line.idle.push(word.to_owned()),
            word => {
                line.lost =
                    Some(format!("a virtual rule has no {}: leave it out, or let it stand on both hosts", shown(word)));
                break;
            }
        }
    }
    line
}

/// A prefix with its length, which keepalived may leave out for a single host.
fn prefix(text: &str) -> String {
    match text.parse::<std::net::IpAddr>() {
        Ok(ip) if ip.is_unspecified() => format!("{ip}/0"),
        Ok(ip) if ip.is_ipv4() => format!("{ip}/32"),
        Ok(ip) => format!("{ip}/128"),
        Err(_) => text.to_owned(),
    }
}

/// An address without the length that keepalived takes behind it, too.
fn host(text: &str) -> &str {
    text.split_once('/').map_or(text, |(address, _)| address)
}
