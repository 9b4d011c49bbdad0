//! What `nft -j list ruleset` says (libnftables-json(5)).

use std::collections::HashMap;
use std::net::IpAddr;

use serde_json::Value as Json;

use super::{Base, Chain, Of, Rule, Ruleset, Test, Tool, Value, Verdict};

/// The named sets and maps of a ruleset: what is in each, by family, table and name.
type Sets<'j> = HashMap<(&'j str, &'j str, &'j str), &'j [Json]>;

/// The family and the name of the daemon's table.
const OWN: (&str, &str) = ("inet", "vrrpd");

/// Reads a ruleset; `None` where this is not one.
pub(crate) fn read(json: &str) -> Option<Ruleset> {
    let whole: Json = serde_json::from_str(json).ok()?;
    let items = whole["nftables"].as_array()?;
    let mut sets = Sets::new();
    for set in items.iter().flat_map(|item| [&item["set"], &item["map"]]) {
        if let Some(name) = named(set, "name") {
            sets.insert(name, set["elem"].as_array().map(Vec::as_slice).unwrap_or_default());
        }
    }
    let chains = items.iter().filter_map(|item| chain(&item["chain"]));
    // The daemon's own drops what is for virtual addresses (accept = false), and no advertisement.
    let mut chains: Vec<Chain> = chains.filter(|chain| (chain.family.as_str(), chain.table.as_str()) != OWN).collect();
    for rule in items.iter().map(|item| &item["rule"]) {
        let Some((family, table, name)) = named(rule, "chain") else { continue };
        let own = |chain: &&mut Chain| {
            (chain.family.as_str(), chain.table.as_str(), chain.name.as_str()) == (family, table, name)
        };
        if let Some(chain) = chains.iter_mut().find(own) {
            chain.rules.extend(Reader { sets: &sets, family, table }.rules(rule));
        }
    }
    Some(Ruleset { chains })
}

/// Tells whether a ruleset of nft has rules that only iptables can tell.
pub(crate) fn has_opaque_rules(json: &str) -> bool {
    json.contains("{\"xt\":")
}

fn named<'j>(object: &'j Json, key: &str) -> Option<(&'j str, &'j str, &'j str)> {
    Some((object["family"].as_str()?, object["table"].as_str()?, object[key].as_str()?))
}

fn chain(chain: &Json) -> Option<Chain> {
    let (family, table, name) = named(chain, "name")?;
    let links = match &chain["dev"] {
        Json::String(link) => vec![link.clone()],
        Json::Array(links) => links.iter().filter_map(|link| Some(link.as_str()?.to_owned())).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => Vec::new(),
    };
    let base = |hook: &str| Base { hook: hook.to_owned(), links, drops: chain["policy"] == "drop" };
    Some(Chain {
        family: family.to_owned(),
        table: table.to_owned(),
        name: name.to_owned(),
        base: chain["hook"].as_str().map(base),
        rules: Vec::new(),
        tool: Tool::Nft,
    })
}

struct Reader<'j> {
    sets: &'j Sets<'j>,
    family: &'j str,
    table: &'j str,
}

impl<'j> Reader<'j> {
    /// Reads a rule, which is several where it has a map of verdicts.
    fn rules(&self, rule: &'j Json) -> Vec<Rule> {
        let label = format!("rule {}", rule["handle"]);
        let mut tests = Vec::new();
        let mut rules = Vec::new();
        for statement in rule["expr"].as_array().into_iter().flatten() {
            let Some((kind, body)) = statement.as_object().and_then(|object| object.iter().next()) else { continue };
            let target = |body: &Json| body["target"].as_str().unwrap_or_default().to_owned();
            let verdict = match kind.as_str() {
                "match" => {
                    tests.extend(self.test(body));
                    continue;
                }
                "vmap" => {
                    for pair in self.elements(&body["data"]) {
                        let (key, verdict) = (&pair[0], &pair[1]);
                        let of = of(&body["key"]);
                        let one = Test { of, values: self.values(key), negated: false };
                        let name = verdict.as_object().and_then(|verdict| verdict.iter().next());
                        let verdict = name.map_or(Verdict::Continue, |(name, body)| word(name, target(body)));
                        let mut tests: Vec<Test> = tests.clone();
                        tests.push(one);
                        rules.push(Rule { tests, verdict, label: label.clone() });
                    }
                    continue;
                }
                // A rate matches or not, and so does a match that only iptables knows.
                "limit" | "quota" | "ct count" => {
                    tests.push(Test::UNKNOWN);
                    continue;
                }
                "xt" if body["type"] == "match" => {
                    tests.push(Test::UNKNOWN);
                    continue;
                }
                "xt" if body["name"] == "REJECT" => Verdict::Drop,
                other => word(other, target(body)),
            };
            if verdict != Verdict::Continue {
                rules.push(Rule { tests: tests.clone(), verdict, label: label.clone() });
            }
        }
        rules
    }

    fn test(&self, body: &'j Json) -> Vec<Test> {
        let left = &body["left"];
        let negated = body["op"] == "!=";
        let mut tests = Vec::new();
        // Whoever asks for a field of a protocol asks for the protocol.
        if let Some(protocol) = left["payload"]["protocol"].as_str() {
            match protocol {
                "ip" | "ip6" => {
                    tests.push(Test { of: Of::Family, values: vec![Value::Word(protocol.to_owned())], negated: false });
                }
                "ether" | "vlan" => {}
                _ => return vec![Test::NEVER],
            }
        }
        let known = matches!(body["op"].as_str(), Some("==" | "!=" | "in"));
        let values = self.values(&body["right"]);
        tests.push(if known { Test { of: of(left), values, negated } } else { Test::UNKNOWN });
        tests
    }

    /// What a set, named or written in place, has in it.
    fn elements(&self, json: &'j Json) -> &'j [Json] {
        match json.as_str().and_then(|name| name.strip_prefix('@')) {
            Some(name) => self.sets.get(&(self.family, self.table, name)).copied().unwrap_or_default(),
            None => json["set"].as_array().map(Vec::as_slice).unwrap_or_default(),
        }
    }

    fn values(&self, json: &'j Json) -> Vec<Value> {
        match json {
            Json::String(text) if text.starts_with('@') => {
                self.elements(json).iter().flat_map(|element| self.values(element)).collect()
            }
            Json::String(text) => vec![text.parse().map_or_else(|_| Value::Word(text.clone()), whole)],
            Json::Number(number) => vec![Value::Word(number.to_string())],
            Json::Array(values) => values.iter().flat_map(|value| self.values(value)).collect(),
            Json::Object(_) if json["set"].is_array() => {
                self.elements(json).iter().flat_map(|element| self.values(element)).collect()
            }
            Json::Object(_) if json["elem"].is_object() => self.values(&json["elem"]["val"]),
            Json::Object(_) => vec![net(json).unwrap_or(Value::Strange)],
            Json::Null | Json::Bool(_) => vec![Value::Strange],
        }
    }
}

fn whole(address: IpAddr) -> Value {
    Value::Net(address, if address.is_ipv4() { 32 } else { 128 })
}

fn net(json: &Json) -> Option<Value> {
    let address = |json: &Json| json.as_str()?.parse::<IpAddr>().ok();
    if let Some(prefix) = json.get("prefix") {
        return Some(Value::Net(address(&prefix["addr"])?, u8::try_from(prefix["len"].as_u64()?).ok()?));
    }
    let range = json.get("range")?;
    Some(Value::Range(address(&range[0])?, address(&range[1])?))
}

fn word(name: &str, target: String) -> Verdict {
    match name {
        "accept" => Verdict::Accept,
        "drop" | "reject" => Verdict::Drop,
        "jump" => Verdict::Jump(target),
        "goto" => Verdict::Goto(target),
        "return" => Verdict::Return,
        "queue" => Verdict::Queue,
        // Counters, logs, marks and the like change nothing of this.
        _ => Verdict::Continue,
    }
}

/// What the left side of a match is about.
fn of(left: &Json) -> Of {
    let text = |json: &Json| json.as_str().unwrap_or_default().to_owned();
    if let Some(meta) = left.get("meta") {
        return match text(&meta["key"]).as_str() {
            "l4proto" => Of::Protocol,
            "nfproto" | "protocol" => Of::Family,
            "iif" | "iifname" => Of::LinkIn,
            "oif" | "oifname" => Of::LinkOut,
            "pkttype" => Of::PacketType,
            _ => Of::Unknown,
        };
    }
    if let Some(payload) = left.get("payload") {
        return match (text(&payload["protocol"]).as_str(), text(&payload["field"]).as_str()) {
            ("ip", "protocol") | ("ip6", "nexthdr") => Of::Protocol,
            ("ip" | "ip6", "saddr") => Of::Source,
            ("ip" | "ip6", "daddr") => Of::Destination,
            ("ip", "ttl") | ("ip6", "hoplimit") => Of::HopLimit,
            _ => Of::Unknown,
        };
    }
    let fib = &left["fib"];
    match (left["ct"]["key"].as_str(), fib["result"].as_str()) {
        (Some("state"), _) => Of::State,
        (Some("status"), _) => Of::Status,
        (_, Some("type")) if fib["flags"] == serde_json::json!(["daddr"]) => Of::DestinationType,
        _ => Of::Unknown,
    }
}
