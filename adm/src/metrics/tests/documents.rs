//! The page, the dashboard and the rules name metrics that there are.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Format, host, written};

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of all samples.
fn samples() -> BTreeSet<String> {
    let text = written(Some(host()), Format::OpenMetrics).unwrap();
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples.map(|line| line.split(['{', ' ']).next().unwrap().to_owned()).collect()
}

/// The words of a text that could be metrics of ours.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    // What is a label, not a metric.
    words.filter(|word| word.starts_with("vrrp_") && *word != "vrrp_instance").map(str::to_owned).collect()
}

#[test]
fn the_dashboard_and_the_rules_name_metrics_that_there_are() {
    let there = samples();
    for name in ["grafana-dashboard.json", "prometheus-rules.yml"] {
        let named = named(&document(name));
        assert!(named.len() > 8, "{name} names {named:?}");
        let unknown: Vec<_> = named.difference(&there).collect();
        assert!(unknown.is_empty(), "{name} names {unknown:?}");
    }
}

#[test]
fn the_page_has_a_line_for_each_metric() {
    let page = document("metrics.md");
    let lines = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let told: BTreeSet<String> = lines.filter(|name| name.starts_with("vrrp_")).map(str::to_owned).collect();
    assert_eq!(told, samples());
}

/// A dashboard is imported by whoever has a data source of any name.
#[test]
fn the_dashboard_is_json_and_asks_for_its_data_source() {
    let dashboard: serde_json::Value = serde_json::from_str(&document("grafana-dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    assert!(panels.len() >= 8, "{} panels", panels.len());
    for panel in panels {
        assert_eq!(panel["datasource"]["uid"], "${datasource}", "{}", panel["title"]);
        assert!(panel["targets"].as_array().is_some_and(|targets| !targets.is_empty()), "{}", panel["title"]);
    }
}
