//! Scripts that ask for what can be watched without one.

use std::net::{IpAddr, SocketAddr};

use super::script::{Pace, TIMES, looked_at};
use crate::import::made::Entry;
use crate::import::statement::duration;

/// What is watched in place of a script, and how a unit would do it better.
pub(super) struct Asked {
    kind: &'static str,
    watched: String,
    comment: Option<String>,
}

impl Asked {
    /// The condition, which counts as late as the script would have made it count.
    pub(super) fn damped(&self, pace: Pace) -> Entry {
        let mut condition = Entry::new(self.kind, self.watched.as_str());
        condition.comment.clone_from(&self.comment);
        if self.kind == "tcp" {
            looked_at(&mut condition, pace);
            return condition;
        }
        let mut delay = |key, results: u64| {
            let delay = (pace.interval * (results - 1)).min(*TIMES.end());
            if delay > 0 {
                condition.set(key, duration(delay));
            }
        };
        delay("up_delay", pace.rise);
        delay("down_delay", pace.fall);
        condition
    }
}

/// What a well-known command asks for, if it is one.
pub(super) fn asked(arguments: &[String]) -> Option<Asked> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (program, rest) = words.split_first()?;
    let program = program.rsplit('/').next().unwrap_or(program);
    if let Some(port) = arguments.first().and_then(|first| first.strip_prefix("</dev/tcp/")) {
        return tcp(port);
    }
    let one = |flags: &[&str]| match rest.iter().filter(|word| !flags.contains(word)).collect::<Vec<_>>().as_slice() {
        [name] if !name.starts_with('-') && name.chars().all(is_plain) => Some((**name).to_owned()),
        _ => None,
    };
    let name = match program {
        "killall" if rest.iter().any(|word| matches!(*word, "-0" | "-s0")) => {
            one(&["-0", "-s0", "-q", "--quiet", "-e"])?
        }
        "pidof" => one(&["-s", "-q"])?,
        "pgrep" => one(&["-x", "--exact"])?,
        "systemctl" => return unit(rest),
        _ => return None,
    };
    let name = name.rsplit('/').next().unwrap_or(&name).to_owned();
    let kept: String = name.char_indices().take_while(|(at, c)| at + c.len_utf8() <= 15).map(|(_, c)| c).collect();
    let comment =
        format!("Better, where it is a unit: protect = [\"{name}.service\"], which also sees it hang or restart.");
    Some(Asked { kind: "process", watched: kept, comment: Some(comment) })
}

/// Reads `is-active UNIT`.
fn unit(words: &[&str]) -> Option<Asked> {
    let words: Vec<&str> = words.iter().filter(|word| !matches!(**word, "-q" | "--quiet")).copied().collect();
    let ["is-active", unit] = words.as_slice() else {
        return None;
    };
    let unit = if unit.contains('.') { (*unit).to_owned() } else { format!("{unit}.service") };
    let comment = format!("Better: protect = [{unit:?}], which also tells systemd of it.");
    let named = !unit.starts_with('-');
    named.then_some(Asked { kind: "unit", watched: unit, comment: Some(comment) })
}

/// Reads `ADDRESS/PORT`.
fn tcp(port: &str) -> Option<Asked> {
    let (address, port) = port.split_once('/')?;
    let address: IpAddr = if address == "localhost" { "127.0.0.1".parse().ok()? } else { address.parse().ok()? };
    let port: u16 = port.parse().ok()?;
    let watched = SocketAddr::new(address, port).to_string();
    Some(Asked { kind: "tcp", watched, comment: None })
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '@' | '/')
}
