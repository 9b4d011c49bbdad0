//! What `--json` prints, verb by verb, as JSON Schemas in `docs/json`.

use std::path::{Path, PathBuf};
use std::{env, fs};

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use vrrp::status::{Group, GroupMember, Instance, Status};

use super::command;
use super::man::verbs;
use crate::doctor;
use crate::render::news::News;
use crate::render::{import, why::Why};

/// A verb whose JSON is a model of others': RFC 8347.
const ELSEWHERE: [&str; 1] = ["metrics"];

#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it stands for what is printed")]
enum OneOrAll {
    /// Without a name.
    All(Box<Status>),
    /// With one.
    One(Box<Instance>),
}

#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "it stands for what is printed")]
enum Groups {
    /// Without a name.
    All(Vec<Group>),
    /// With that of a group.
    One(Box<Group>),
    /// With that of a member, too.
    Member(Box<GroupMember>),
}

fn of<T: JsonSchema>(verb: &str, what: &str) -> (String, Schema) {
    let mut schema = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
    schema.insert("title".into(), format!("vrrpadm {verb} --json").into());
    schema.insert("description".into(), what.into());
    (verb.to_owned(), schema)
}

fn all() -> Vec<(String, Schema)> {
    vec![
        of::<super::check::Report>("check", "What is wrong with the configuration."),
        of::<doctor::Report>("doctor", "What breaks VRRP on this host, the worst first."),
        of::<Vec<Group>>("group list", "The interface groups in the order of their names."),
        of::<super::group::Answer>("group offline", "What came of it."),
        of::<super::group::Answer>("group online", "What came of it."),
        of::<Groups>("group show", "All groups; with a group's name that one alone, and with a link's that member."),
        of::<Vec<News>>("history", "What has happened, the oldest first."),
        of::<import::Report<'static>>("import", "What became of a configuration of keepalived's."),
        of::<Vec<Instance>>("list", "The instances in the order of their names."),
        of::<News>("monitor", "A line each, on each line an object as this."),
        of::<super::resign::Answer>("resign", "What came of the resignation."),
        of::<Instance>("show", "The instance, whole."),
        of::<OneOrAll>("status", "Everything; with an instance's name that one alone."),
        of::<Why>("why", "Why the instance is as it is."),
    ]
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/json")
}

/// With `UPDATE_SAMPLES` in the environment it writes them.
#[test]
fn the_documents_have_the_schema_of_every_verb() {
    for (verb, schema) in all() {
        let path = directory().join(format!("{}.schema.json", verb.replace(' ', "-")));
        let schema = serde_json::to_string_pretty(&schema).unwrap() + "\n";
        if env::var_os("UPDATE_SAMPLES").is_some() {
            fs::write(&path, &schema).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(written == schema, "{} is not what {verb} prints: UPDATE_SAMPLES=1 writes it", path.display());
    }
}

#[test]
fn every_verb_that_prints_json_has_a_schema() {
    let mut whole = command();
    whole.build();
    let prints = |verb: &&clap::Command| verb.get_arguments().any(|argument| argument.get_long() == Some("json"));
    let mut printing: Vec<String> = verbs(&whole)
        .filter(prints)
        .filter_map(|verb| Some(verb.get_bin_name()?.strip_prefix("vrrpadm ")?.to_owned()))
        .collect();
    printing.retain(|verb| !ELSEWHERE.contains(&verb.as_str()));
    printing.sort_unstable();
    let all: Vec<String> = all().into_iter().map(|(verb, _)| verb).collect();
    assert_eq!(printing, all);
}
