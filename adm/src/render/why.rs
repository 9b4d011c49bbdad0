//! Why an instance is as it is: the questions that decide it, in the order in which they do, and what would change it.

use serde::Serialize;
use vrrp::id::Priority;
use vrrp::status::{Condition, Instance, Router, State, Transition};

use super::ipvs;
use super::phrase::{is_what, runs, style};
use super::remedy::remedies;
use super::time::{age, interval};
use super::{HEADING, styled};
use crate::wrap::wrap;

/// By how much what follows from an answer stands to the right.
const INDENT: usize = 4;

/// Why an instance is as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Why {
    /// What it is, in a sentence.
    pub(crate) verdict: String,
    /// What decides that.
    pub(crate) questions: Vec<Question>,
    /// What happened last, the newest last.
    pub(crate) transitions: Vec<Transition>,
    /// What would change it.
    pub(crate) remedies: Vec<String>,
}

/// Something that decides what an instance is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Question {
    /// What has to be known.
    pub(crate) question: &'static str,
    /// How it is.
    pub(crate) answer: String,
    /// From what that follows.
    pub(crate) because: Vec<String>,
}

impl Why {
    /// Finds out what decides about an instance, which has `transitions` behind it.
    pub(crate) fn of(instance: &Instance, transitions: Vec<Transition>, now: u64) -> Self {
        Self {
            verdict: format!("{} {}", instance.name, is_what(instance)),
            questions: [takes_part(instance, now), can_send(instance, now), who_leads(instance, now)]
                .into_iter()
                .chain(is_synchronized(instance, now))
                .collect(),
            transitions,
            remedies: remedies(instance),
        }
    }

    /// Draws it in `width` columns.
    pub(crate) fn text(&self, instance: &Instance, width: usize, now: u64) -> String {
        let mut out = String::new();
        for line in wrap(&self.verdict, width) {
            out.push_str(&styled(style(instance), &line));
            out.push('\n');
        }
        for Question { question, answer, because } in &self.questions {
            out.push('\n');
            let lines = wrap(&format!("{question} {answer}"), width).join(&format!("\n{:INDENT$}", ""));
            out.push_str(&lines.replacen(question, &styled(HEADING, question), 1));
            out.push('\n');
            list(&mut out, because, width);
        }
        if !self.transitions.is_empty() {
            out.push_str(&format!("\n{}\n", styled(HEADING, "What happened last:")));
            let told: Vec<String> = self.transitions.iter().rev().map(|one| happened(one, now)).collect();
            list(&mut out, &told, width);
        }
        if !self.remedies.is_empty() {
            out.push_str(&format!("\n{}\n", styled(HEADING, "What would change that:")));
            list(&mut out, &self.remedies, width);
        }
        out
    }
}

/// Writes one thing a line; what is too long goes on further to the right.
fn list(out: &mut String, things: &[String], width: usize) {
    for thing in things {
        let lines = wrap(thing, width.saturating_sub(INDENT + 2)).join(&format!("\n{:1$}", "", INDENT + 2));
        out.push_str(&format!("{:INDENT$}{lines}\n", ""));
    }
}

/// A transition in a line.
pub(crate) fn happened(transition: &Transition, now: u64) -> String {
    let Transition { time, old, state, reason, .. } = transition;
    let change = match old == state {
        true => state.name().to_owned(),
        false => format!("{} -> {}", old.name(), state.name()),
    };
    format!("{} ago: {change}: {reason}", age(*time, now))
}

fn takes_part(instance: &Instance, now: u64) -> Question {
    let answer = match instance.state {
        _ if !instance.enabled => "no: its configuration disables it".to_owned(),
        _ if !runs(instance) => "no: vrrpd is not running".to_owned(),
        State::Init => format!("not yet: {}", instance.reason),
        _ if instance.away.is_some() => "no: somebody had it resign".to_owned(),
        _ if instance.barred => format!("no: {}", instance.reason),
        State::Backup | State::Master | State::Fault => "yes".to_owned(),
    };
    Question { question: "May it take part?", answer, because: watched(instance, now, |effect| effect == "backup") }
}

fn can_send(instance: &Instance, now: u64) -> Question {
    let filtered = instance.routers.iter().find_map(|router| router.filtered_by.as_deref());
    let answer = match (instance.state, filtered) {
        (State::Fault, _) => format!("no: {}", instance.reason),
        (State::Init, _) => "nobody has looked".to_owned(),
        (State::Backup | State::Master, Some(by)) => format!("it sends, but what it is to hear is filtered: {by}"),
        (State::Backup | State::Master, None) => "yes".to_owned(),
    };
    Question { question: "Can it send and hear?", answer, because: watched(instance, now, |effect| effect == "fault") }
}

fn who_leads(instance: &Instance, now: u64) -> Question {
    let Instance { priority, effective_priority: effective, .. } = instance;
    let heard = instance.routers.iter().find_map(|router| Some((router.master.as_ref()?, router.master_priority?)));
    let answer = match (instance.state, heard) {
        (State::Master, _) => format!("this host, for {}: {}", age(instance.since, now), instance.reason),
        (State::Backup, Some((master, theirs))) => {
            format!("{master}, with priority {theirs} against {effective} here")
        }
        (State::Backup, None) => "nobody is heard".to_owned(),
        (State::Init | State::Fault, _) => "not known here".to_owned(),
    };
    let mut because: Vec<String> = instance.routers.iter().flat_map(|router| routed(instance, router)).collect();
    let weights = watched(instance, now, |effect| !matches!(effect, "backup" | "fault"));
    if priority != effective {
        // Weights alone take it as low, too.
        let is_last = *effective == Priority::LOWEST.get() && (instance.barred || weights.is_empty());
        because.push(match weights.is_empty() {
            _ if is_last => format!("Its priority is {effective}, that of a last resort: {priority} in the configuration"),
            true => {
                format!("Its priority is {effective}: {priority} in the configuration, and the weights of what it moves with")
            }
            false => format!("Its priority is {effective}: {priority} in the configuration, and these weights:"),
        });
    }
    because.extend(weights);
    Question { question: "Who is Master?", answer, because }
}

/// Nothing follows from it for the instance, but somebody whose connections did not survive asks it.
fn is_synchronized(instance: &Instance, now: u64) -> Option<Question> {
    let daemon = instance.sync_daemon.as_ref()?;
    let word = if ipvs::is_well(daemon) { "yes" } else { "no" };
    let answer = format!("{word}: its sync daemon {}", ipvs::phrase(daemon, now));
    Some(Question { question: "Are the connections of IPVS synchronized?", answer, because: Vec::new() })
}

/// What a router knows of the Master, and who disturbs it.
fn routed(instance: &Instance, router: &Router) -> Vec<String> {
    let family = &router.family;
    let every = router.master_advert_interval.map(|time| format!(", every {}", interval(time))).unwrap_or_default();
    let mut known = Vec::new();
    match (instance.state, &router.master) {
        (State::Master, Some(own)) => known.push(format!("{family}: advertises from {own}{every}")),
        (State::Backup, Some(master)) if instance.barred => known.push(format!("{family}: {master} advertises{every}")),
        (State::Backup, Some(master)) => known.push(format!(
            "{family}: {master} advertises{every}; {} without a word is its end",
            interval(router.master_down_interval)
        )),
        (State::Backup, None) if !instance.barred => {
            known.push(format!("{family}: takes over after {} without a word", interval(router.master_down_interval)));
        }
        _ => {}
    }
    if let Some(conflict) = &router.conflict {
        known.push(format!("{family}: {} answers for {}, too", conflict.mac, conflict.address));
    }
    let refused = router.auth_refusals.iter().map(|one| format!("{family}: {} is refused: {}", one.source, one.reason));
    known.extend(refused);
    known
}

/// What is watched with such an effect, a line each.
pub(crate) fn watched(instance: &Instance, now: u64, with: impl Fn(&str) -> bool) -> Vec<String> {
    let conditions = instance.conditions.iter().filter(|condition| with(&condition.effect));
    conditions.map(|condition| describe(condition, now)).collect()
}

fn describe(condition: &Condition, now: u64) -> String {
    let Condition { watches, effect, standing, reason, since, .. } = condition;
    let what = if reason.contains(watches.as_str()) { reason.clone() } else { format!("{watches}: {reason}") };
    let time = since.map(|since| format!(" for {}", age(since, now))).unwrap_or_default();
    match effect.as_str() {
        "backup" | "fault" => format!("{what} ({standing}{time})"),
        weight => format!("{what} ({standing}{time}, weight {weight})"),
    }
}
