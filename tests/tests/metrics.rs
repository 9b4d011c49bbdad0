//! Proofs that Debian's Prometheus reads what `vrrpadm metrics` tells, over HTTP and from a file, and that rules and dashboard fit to it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::document::Document;
use lab::install::Binaries;
use lab::peer::Vrrpd;
use lab::prometheus::{Prometheus, node_exporter, promtool};
use lab::{Host, Lab, Process, workspace};
use serde_json::Value;

const WAIT: Duration = Duration::from_secs(20);

fn configuration(priority: u8) -> String {
    format!(
        "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\", \"2001:db8::10/64\"]\n\
         advert_interval = \"100ms\"\npriority = {priority}\n"
    )
}

/// Has `vrrpadm` serve on a port of a host, by a socket that systemd's own program passes.
fn serve(host: &Host, vrrpd: &Vrrpd, address: &str) -> Result<Process> {
    let vrrpadm = Binaries::for_tests()?.vrrpadm.display().to_string();
    let listen = format!("--listen={address}");
    let argv = ["systemd-socket-activate", &listen, &vrrpadm, "--bus", vrrpd.bus().address(), "metrics", "--serve"];
    let server = host.spawn(&argv)?;
    server.wait_line(WAIT, "Listening on")?;
    Ok(server)
}

fn hosts_of(series: &[Value]) -> Vec<&str> {
    let mut hosts: Vec<&str> = series.iter().filter_map(|one| one["metric"]["instance"].as_str()).collect();
    hosts.dedup();
    hosts
}

#[test]
fn prometheus_sees_who_is_master_and_what_became_of_a_daemon() -> Result<()> {
    let lab = Lab::new("metrics")?;
    let (left, right, watch) = (lab.host("left")?, lab.host("right")?, lab.host("watch")?);
    let (on_left, on_right) = (Vrrpd::start(&left, &configuration(200))?, Vrrpd::start(&right, &configuration(100))?);
    let _servers = (serve(&left, &on_left, "192.0.2.1:9112")?, serve(&right, &on_right, "192.0.2.2:9112")?);
    let textfiles = right.directory().join("textfile");
    fs::create_dir(&textfiles)?;
    on_right.wait(WAIT, "inst1", "Backup: 192.0.2.1")?;
    on_right.adm(&["metrics", "--textfile", &textfiles.join("vrrp.prom").display().to_string()])?.ok()?;
    let _exporter = node_exporter(&right, "192.0.2.2:9100", &textfiles)?;

    let prometheus = Prometheus::start(
        &watch,
        &format!(
            "global: {{scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 500ms}}\n\
             rule_files: [{}]\n\
             scrape_configs:\n\
             - {{job_name: vrrp, static_configs: [{{targets: [\"192.0.2.1:9112\", \"192.0.2.2:9112\"]}}]}}\n\
             - {{job_name: node, static_configs: [{{targets: [\"192.0.2.2:9100\"]}}]}}\n",
            document("prometheus-rules.yml").display()
        ),
    )?;
    let masters = "vrrp_instance_state{job=\"vrrp\", vrrp_instance=\"inst1\", state=\"master\"} == 1";
    let both_families = prometheus.wait(WAIT, masters, 2)?;
    ensure!(hosts_of(&both_families) == ["192.0.2.1:9112"], "{both_families:?}");
    let labels = &both_families[0]["metric"];
    ensure!(labels["interface"] == "eth0" && labels["vrid"] == "51" && labels["family"] == "IPv4", "{labels}");
    prometheus.wait(WAIT, "vrrp_instance_state{job=\"vrrp\", state=\"backup\"} == 1", 2)?;
    prometheus.wait(WAIT, "rate(vrrp_advertisements_sent_total{instance=\"192.0.2.1:9112\"}[5s]) > 5", 2)?;
    // From the file: as typed as over HTTP, and refused by nobody.
    prometheus.wait(WAIT, "vrrp_instance_state{job=\"node\", state=\"backup\"} == 1", 2)?;
    prometheus.wait(WAIT, "node_textfile_scrape_error == 0", 1)?;

    on_left.crash()?;
    prometheus.wait(WAIT, "vrrp_up{instance=\"192.0.2.1:9112\"} == 0", 1)?;
    prometheus.wait(WAIT, "ALERTS{alertname=\"VrrpDown\", instance=\"192.0.2.1:9112\"}", 1)?;
    let then = prometheus.wait(WAIT, masters, 2)?;
    ensure!(hosts_of(&then) == ["192.0.2.2:9112"], "{then:?}");
    Ok(())
}

fn document(name: &str) -> std::path::PathBuf {
    workspace::root().join("docs").join(name)
}

#[test]
fn promtool_finds_nothing_wrong_with_metrics_and_rules() -> Result<()> {
    let lab = Lab::new("metrics-tool")?;
    let host = lab.host("left")?;
    let vrrpd = Vrrpd::start(&host, &configuration(100))?;
    let file = host.directory().join("vrrp.prom");
    vrrpd.adm(&["metrics", "--textfile", &file.display().to_string()])?.ok()?;
    let checked = promtool(&["check", "metrics"], &fs::read_to_string(&file)?)?;
    ensure!(checked.parts() == (Some(0), "", ""), "{checked:?}");
    for words in [["check", "rules", "prometheus-rules.yml"], ["test", "rules", "prometheus-rules-test.yml"]] {
        let [verb, what, name] = words;
        promtool(&[verb, what, &document(name).display().to_string()], "")?.ok()?;
    }
    Ok(())
}

/// The page has it beside the rules, as it is here.
#[test]
fn prometheus_takes_the_configuration_of_the_page() -> Result<()> {
    let page = Document::read(Path::new("docs/metrics.md"))?;
    let shown = page.blocks.iter().find(|block| block.what.language == "yaml").context("it shows none")?;
    let directory = tempfile::tempdir()?;
    fs::copy(document("prometheus-rules.yml"), directory.path().join("prometheus-rules.yml"))?;
    let file = directory.path().join("prometheus.yml");
    fs::write(&file, &shown.what.text)?;
    let told = promtool(&["check", "config", &file.display().to_string()], "")?.ok()?;
    ensure!(told.contains("1 rule files found"), "{told}");
    Ok(())
}

/// What the dashboard asks is understood, with all that its variables can stand for.
#[test]
fn the_dashboard_asks_what_prometheus_understands() -> Result<()> {
    let lab = Lab::new("metrics-board")?;
    let dashboard: Value = serde_json::from_str(&fs::read_to_string(document("grafana-dashboard.json"))?)?;
    let panels = dashboard["panels"].as_array().context("no panels")?;
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let mut rules = "groups:\n- name: dashboard\n  rules:\n".to_owned();
    let mut asked = 0;
    for target in targets {
        let expression = target["expr"].as_str().context("no expression")?;
        let expression =
            ["$job", "$vrrp_instance"].iter().fold(expression.to_owned(), |text, name| text.replace(name, ".*"));
        let expression = expression.replace("$__rate_interval", "1m");
        ensure!(!expression.contains('$'), "{expression}");
        rules += &format!("  - record: dashboard:{asked}\n    expr: {}\n", Value::from(expression));
        asked += 1;
    }
    ensure!(asked > 12, "{asked} expressions");
    let file = lab.logs().join("dashboard.yml");
    fs::write(&file, &rules)?;
    promtool(&["check", "rules", &file.display().to_string()], "")?.ok()?;
    Ok(())
}
