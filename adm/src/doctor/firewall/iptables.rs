//! What `iptables-save` and `ip6tables-save` say.

use std::net::IpAddr;

use vrrp::id::Family;

use super::{Base, Chain, Of, Rule, Ruleset, Test, Tool, Value, Verdict};

/// Reads the tables of one family.
pub(crate) fn read(text: &str, family: Family) -> Ruleset {
    let family = match family {
        Family::V4 => "ip",
        Family::V6 => "ip6",
    };
    let mut chains: Vec<Chain> = Vec::new();
    let mut table = String::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('*') {
            table = name.to_owned();
        } else if let Some(chain) = line.strip_prefix(':') {
            let mut words = chain.split_whitespace();
            let (name, policy) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let base = Base { hook: name.to_lowercase(), links: Vec::new(), drops: policy == "DROP" };
            chains.push(Chain {
                family: family.to_owned(),
                table: table.clone(),
                name: name.to_owned(),
                // A chain that somebody made has no policy.
                base: (policy != "-").then_some(base),
                rules: Vec::new(),
                tool: Tool::Iptables,
            });
        } else if let Some((name, rule)) = line.strip_prefix("-A ").and_then(|rule| rule.split_once(' '))
            && let Some(chain) = chains.iter_mut().find(|chain| chain.table == table && chain.name == name)
        {
            chain.rules.push(read_rule(rule, line));
        }
    }
    Ruleset { chains }
}

fn read_rule(rule: &str, line: &str) -> Rule {
    let mut tests = Vec::new();
    let mut negated = false;
    let mut words = words(rule).into_iter().peekable();
    let mut verdict = Verdict::Continue;
    while let Some(word) = words.next() {
        let mut values = |split: bool| -> Vec<Value> {
            let text = words.next().unwrap_or_default();
            if split { text.split(',').map(value).collect() } else { vec![value(&text)] }
        };
        let of = match word.as_str() {
            "!" => {
                negated = true;
                continue;
            }
            // What follows the target is the target's.
            "-j" | "--jump" => {
                verdict = target(&words.next().unwrap_or_default());
                break;
            }
            "-g" | "--goto" => {
                verdict = Verdict::Goto(words.next().unwrap_or_default());
                break;
            }
            "-m" | "--match" | "--comment" => {
                let _ = values(false);
                continue;
            }
            "-p" | "--protocol" => Some(Of::Protocol),
            "-s" | "--source" => Some(Of::Source),
            "-d" | "--destination" => Some(Of::Destination),
            "-i" | "--in-interface" => Some(Of::LinkIn),
            "-o" | "--out-interface" => Some(Of::LinkOut),
            "--state" | "--ctstate" => Some(Of::State),
            "--ctstatus" => Some(Of::Status),
            "--pkt-type" => Some(Of::PacketType),
            "--dst-type" => Some(Of::DestinationType),
            "--ttl-eq" | "--hl-eq" => Some(Of::HopLimit),
            // The further words of an option that is not known.
            word if !word.starts_with('-') => continue,
            _ => None,
        };
        tests.push(match of {
            Some(of) => Test { of, values: values(true).into_iter().map(|value| link(of, value)).collect(), negated },
            None => Test::UNKNOWN,
        });
        negated = false;
    }
    Rule { tests, verdict, label: line.to_owned() }
}

/// A link of iptables ends with `+` where more may follow.
fn link(of: Of, value: Value) -> Value {
    match value {
        Value::Word(word) if matches!(of, Of::LinkIn | Of::LinkOut) => match word.strip_suffix('+') {
            Some(start) => Value::Word(format!("{start}*")),
            None => Value::Word(word),
        },
        value @ (Value::Word(_) | Value::Net(..) | Value::Range(..) | Value::Strange) => value,
    }
}

fn value(text: &str) -> Value {
    let (address, prefix) = text.split_once('/').unwrap_or((text, ""));
    match address.parse::<IpAddr>() {
        Ok(address) => match prefix {
            "" => Value::Net(address, if address.is_ipv4() { 32 } else { 128 }),
            prefix => prefix.parse().map_or(Value::Strange, |prefix| Value::Net(address, prefix)),
        },
        Err(_) => Value::Word(text.to_owned()),
    }
}

fn target(name: &str) -> Verdict {
    match name {
        "ACCEPT" => Verdict::Accept,
        "DROP" | "REJECT" => Verdict::Drop,
        "RETURN" => Verdict::Return,
        "NFQUEUE" => Verdict::Queue,
        // What the kernel has besides ends with nothing decided; each name in lower case is a chain.
        "LOG" | "NFLOG" | "MARK" | "CONNMARK" | "TTL" | "HL" | "TOS" | "DSCP" | "CT" | "NOTRACK" | "TRACE" | "SET"
        | "CLASSIFY" | "AUDIT" | "CHECKSUM" | "TCPMSS" | "SECMARK" | "CONNSECMARK" | "TEE" | "RATEEST" | "" => {
            Verdict::Continue
        }
        chain => Verdict::Jump(chain.to_owned()),
    }
}

/// The words of a line, in which double quotes keep spaces.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted, mut some) = (String::new(), false, false);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => (quoted, some) = (!quoted, true),
            '\\' if quoted => word.extend(letters.next()),
            letter if letter.is_whitespace() && !quoted => {
                if some {
                    words.push(std::mem::take(&mut word));
                }
                some = false;
            }
            letter => {
                word.push(letter);
                some = true;
            }
        }
    }
    if some {
        words.push(word);
    }
    words
}
