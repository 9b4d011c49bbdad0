//! Looks for what breaks VRRP in practice on this host, and says what to do.
//!
//! [`facts`] are collected first, each with the reason where it could not be; [`looks`] judge them and touch nothing. What could
//! not be looked at is never taken to be well.

use serde::Serialize;
use vrrp::config::harmless;

pub(crate) use self::facts::{Facts, Wishes};

pub(crate) mod facts;
mod firewall;
mod looks;
mod probe;
mod program;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Severity {
    /// It breaks VRRP, or will at the next boot or change.
    Trouble,
    /// It works, and could be better or is doubtful.
    Advice,
    /// It was not looked at: nothing is known.
    NotLooked,
    /// It was looked at, and nothing is wrong.
    Ok,
}

/// What a look found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Finding {
    /// The look: an identifier that never changes.
    pub(crate) look: &'static str,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// The instances that it concerns; empty where it is the host's.
    pub(crate) instances: Vec<String>,
    /// The link that it concerns.
    pub(crate) link: Option<String>,
    /// What it is, in words.
    pub(crate) finding: String,
    /// What to do: a command, or what a person has to change.
    pub(crate) remedy: Option<String>,
}

impl Finding {
    fn new(severity: Severity, finding: impl Into<String>) -> Self {
        Self { look: "", severity, instances: Vec::new(), link: None, finding: harmless(&finding.into()), remedy: None }
    }

    /// Something that breaks VRRP.
    fn trouble(finding: impl Into<String>) -> Self {
        Self::new(Severity::Trouble, finding)
    }

    /// Something doubtful.
    fn advice(finding: impl Into<String>) -> Self {
        Self::new(Severity::Advice, finding)
    }

    /// Something that could not be looked at, for this reason.
    fn unseen(reason: impl Into<String>) -> Self {
        Self::new(Severity::NotLooked, reason)
    }

    /// Something that was looked at and is well.
    fn well(finding: impl Into<String>) -> Self {
        Self::new(Severity::Ok, finding)
    }

    /// Names an instance that it concerns.
    fn of(mut self, instance: &str) -> Self {
        self.instances.push(instance.to_owned());
        self
    }

    /// Names the link that it concerns.
    fn on(mut self, link: &str) -> Self {
        self.link = Some(link.to_owned());
        self
    }

    /// Says what to do.
    fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(harmless(&remedy.into()));
        self
    }
}

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Report {
    /// The findings, the worst first, and each look at least once.
    pub(crate) findings: Vec<Finding>,
}

impl Report {
    /// Judges what was collected.
    pub(crate) fn of(facts: &Facts) -> Self {
        let mut findings: Vec<Finding> = Vec::new();
        for (look, judge) in looks::ALL {
            let mut found = judge(facts);
            if found.is_empty() {
                found.push(Finding::well("nothing is wrong"));
            }
            for finding in found {
                let finding = Finding { look, ..finding };
                let same = |other: &&mut Finding| {
                    (other.look, other.severity, &other.link, &other.finding, &other.remedy)
                        == (finding.look, finding.severity, &finding.link, &finding.finding, &finding.remedy)
                };
                match findings.iter_mut().find(same) {
                    Some(other) => other.instances.extend(finding.instances),
                    None => findings.push(finding),
                }
            }
        }
        for finding in &mut findings {
            finding.instances.sort();
            finding.instances.dedup();
        }
        findings.sort_by_key(|finding| finding.severity);
        Self { findings }
    }

    /// Tells whether nothing was found that breaks VRRP.
    pub(crate) fn is_well(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Trouble)
    }
}
