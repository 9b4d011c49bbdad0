//! Asks a person for what an instance lacks, and proposes what this host tells. Each answer is judged at once as the whole configuration will be.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use anyhow::bail;
use vrrp::config::{InstanceName, Interface};
use vrrp::id::Vrid;

use self::heard::Heard;
use self::link::Link;
use super::Context;
use super::ask;
use super::keys::protection;
use super::warnings::unit_files;
use crate::edit::{Refusal, Session, Setting};
use crate::nearest::nearest;
use crate::render::{explain, note};

mod heard;
mod link;
mod listening;

/// What is asked for, in this order: each answer helps with the next proposal.
const ASKED: [&str; 4] = ["interface", "protect", "addresses", "vrid"];

/// Asks for the keys that an instance lacks; for nothing where it lacks none. Ends with an error where the input ends.
pub(super) fn lacking(context: &Context, name: &InstanceName, given: Vec<Setting>) -> anyhow::Result<Vec<Setting>> {
    let mut interview =
        Interview { name, session: Session::rehearse(context.root()), here: context.root.is_none(), answers: given };
    let lacks = interview.lacks();
    // With another problem nothing would come of the answers.
    if lacks.is_empty() || interview.is_blocked() {
        return Ok(interview.answers);
    }
    explain(&format!("{name} lacks something. Enter takes what stands in brackets; Ctrl-C changes nothing."));
    note("");
    for key in ASKED {
        let wanted = lacks.contains_key(key) || (key == "protect" && interview.is_open(key));
        if !wanted {
            continue;
        }
        let example = lacks.get(key).map_or("", String::as_str);
        let answer = match key {
            "interface" => interview.interface()?,
            "protect" => interview.protect()?,
            "addresses" => interview.addresses(example)?,
            _ => interview.vrid(example)?,
        };
        match answer {
            Some(setting) => interview.answers.extend(setting),
            None => bail!("{name} is not created: nothing has changed"),
        }
    }
    Ok(interview.answers)
}

/// An answer: none where the input ended, and no setting where nothing is to be set.
type Answer = anyhow::Result<Option<Option<Setting>>>;

struct Interview<'n> {
    name: &'n InstanceName,
    session: Session,
    /// Whether the instance is for this very host, whose links and units can be looked at.
    here: bool,
    answers: Vec<Setting>,
}

impl Interview<'_> {
    /// The keys that are needed and stand nowhere, each with an example.
    fn lacks(&mut self) -> BTreeMap<&'static str, String> {
        let problems = match self.session.create(self.name, &self.answers) {
            // It stands in a file already, as far as somebody got.
            Ok(edited) => edited.remaining,
            Err(Refusal::Problems { problems, .. }) => problems,
            Err(Refusal::Reason(_)) => Vec::new(),
        };
        let problems = problems.iter().filter(|problem| problem.instance.as_deref() == Some(self.name.as_str()));
        let missing = problems.flat_map(|problem| &problem.missing);
        missing.map(|missing| (missing.key, missing.example.clone())).collect()
    }

    /// Tells whether the files have a problem that no answer mends.
    fn is_blocked(&self) -> bool {
        let name = Some(self.name.as_str());
        self.session.problems().iter().any(|problem| problem.missing.is_empty() || problem.instance.as_deref() != name)
    }

    /// Tells whether a key that need not be given has not been.
    fn is_open(&self, key: &str) -> bool {
        self.answers.iter().all(|setting| setting.key() != key) && !self.session.stands(self.name, key)
    }

    /// Takes an answer, if the configuration has nothing against it.
    fn judge(&mut self, setting: Setting) -> Result<Option<Setting>, String> {
        let answers: Vec<Setting> = self.answers.iter().cloned().chain([setting.clone()]).collect();
        match self.session.create(self.name, &answers) {
            Ok(_) => Ok(Some(setting)),
            Err(Refusal::Reason(reason)) => Err(reason),
            Err(Refusal::Problems { problems, .. }) => {
                match problems.into_iter().find(|problem| problem.missing.is_empty()) {
                    Some(problem) => Err(problem.message),
                    None => Ok(Some(setting)),
                }
            }
        }
    }

    fn link(&self) -> Option<Link> {
        let text = self.answers.iter().find(|setting| setting.key() == "interface")?.text()?;
        self.here.then(|| Link::named(text))
    }

    fn interface(&mut self) -> Answer {
        let links = if self.here { link::names() } else { Vec::new() };
        let proposed = self.here.then(link::of_default_route).flatten();
        let question = with_default("The link whose hosts reach the addresses", proposed.as_deref());
        Ok(ask::until(&question, |line| {
            let text = or_default(line, proposed.as_deref())?;
            if self.here && Interface::group_of(text).is_none() && links.iter().all(|link| link != text) {
                return Err(format!("There is no link {text} here, but {}.", links.join(", ")));
            }
            self.judge(Setting::new("interface", text))
        })?)
    }

    fn protect(&mut self) -> Answer {
        let files = if self.here { unit_files() } else { BTreeSet::new() };
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        explain("Where a unit such as nginx.service is not active, this host must not serve the addresses.");
        Ok(ask::until("That unit, or Enter for none", |line| {
            if line.is_empty() {
                return Ok(None);
            }
            // As systemctl takes it.
            let line = if line.contains(['.', '=']) { line.to_owned() } else { format!("{line}.service") };
            let name = line.split('=').next().unwrap_or(&line);
            if self.here
                && !files.contains(&name)
                && let Some(near) = nearest(name, &files)
            {
                return Err(format!("There is no {name}: did you mean {near}?"));
            }
            self.judge(Setting::list("protect", [protection(&line)]))
        })?)
    }

    fn addresses(&mut self, example: &str) -> Answer {
        let link = self.link();
        let units = self.answers.iter().find(|setting| setting.key() == "protect").map(Setting::texts);
        let found = match (&link, units) {
            (Some(link), Some(units)) => listening::addresses(&units, link),
            (None, _) | (_, None) => Vec::new(),
        };
        let proposed = (!found.is_empty()).then(|| found.join(", "));
        if let Some(link) = link.as_ref().filter(|link| !link.subnets.is_empty()) {
            explain(&format!("{} has {}.", link.name, link.addresses().join(", ")));
        }
        let question = format!("The virtual addresses, such as {example}, apart by commas");
        Ok(ask::until(&with_default(&question, proposed.as_deref()), |line| {
            let text = or_default(line, proposed.as_deref())?;
            let words = text.split([',', ' ']).filter(|word| !word.is_empty());
            let whole = words.map(|word| link.as_ref().map_or_else(|| word.to_owned(), |link| link.with_length(word)));
            self.judge(Setting::list("addresses", whole))
        })?)
    }

    fn vrid(&mut self, example: &str) -> Answer {
        let heard = self.link().map(|link| Heard::on(&link)).unwrap_or_default();
        explain(&heard.told());
        let addresses = self.answers.iter().find(|setting| setting.key() == "addresses").map(Setting::texts);
        let addresses: Vec<IpAddr> = addresses.into_iter().flatten().filter_map(|text| address_of(&text)).collect();
        // Who advertises one of these addresses is the other host of this very instance.
        let same = heard.vrid_of(&addresses);
        if let Some(vrid) = same {
            explain(&format!("VRID {vrid} has an address of {}: take it, if that is the other host.", self.name));
        }
        let example = example.parse().ok().and_then(Vrid::new).filter(|vrid| !heard.has(*vrid));
        let free = |interview: &mut Self| {
            let mut unheard = (1..=u8::MAX).filter_map(Vrid::new).filter(|vrid| !heard.has(*vrid));
            unheard.find(|vrid| interview.judge(Setting::new("vrid", i64::from(vrid.get()))).is_ok())
        };
        let proposed = same.or(example).or_else(|| free(self)).map(|vrid| vrid.to_string());
        let question = "The VRID, the same on all hosts that share the addresses";
        Ok(ask::until(&with_default(question, proposed.as_deref()), |line| {
            let text = or_default(line, proposed.as_deref())?;
            let number: i64 = text.parse().map_err(|_| "Write a number from 1 to 255.".to_owned())?;
            self.judge(Setting::new("vrid", number))
        })?)
    }
}

fn with_default(question: &str, proposed: Option<&str>) -> String {
    proposed.map_or_else(|| question.to_owned(), |proposed| format!("{question} [{proposed}]"))
}

fn or_default<'t>(line: &'t str, proposed: Option<&'t str>) -> Result<&'t str, String> {
    match (line, proposed) {
        ("", Some(proposed)) => Ok(proposed),
        ("", None) => Err("There is nothing to propose: type it, or press Ctrl-C.".to_owned()),
        (line, _) => Ok(line),
    }
}

fn address_of(text: &str) -> Option<IpAddr> {
    text.split('/').next()?.parse().ok()
}
