//! Proofs that what a real daemon has `vrrpadm` print for programs is what `docs/json` promises.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use lab::peer::Vrrpd;
use lab::{Lab, workspace};
use serde_json::Value;

const WAIT: Duration = Duration::from_secs(15);
/// Something of everything that a status can tell.
const HERE: &str = r#"[defaults]
advert_interval = "100ms"

[instance.web]
interface = "eth0"
vrid = 10
addresses = ["192.0.2.10/24", "2001:db8::10/64"]
priority = 200
track = [{ interface = "eth0", effect = -20 }]
auth = { type = "hmac-sha256", mode = "permissive", keys = [{ id = 1, file = "SECRET" }] }

[instance.barred]
interface = "eth0"
vrid = 30
addresses = ["192.0.2.30/24"]
protect = [{ unit = "web.service", effect = -10 }]

[instance.off]
interface = "eth0"
vrid = 20
addresses = ["192.0.2.20/24"]
enabled = false

[heartbeat.cable]
interface = "eth1"
instances = ["web"]

[group.cables]
members = ["eth1"]
probe = "arp"
targets = ["198.51.100.2", "198.51.100.3"]
"#;
const THERE: &str = r#"[instance.web]
interface = "eth0"
vrid = 10
addresses = ["192.0.2.10/24", "2001:db8::10/64"]
advert_interval = "100ms"
auth = { type = "hmac-sha256", mode = "permissive", keys = [{ id = 1, file = "SECRET" }] }
"#;

/// Tells whether something is what a verb prints.
fn check(verb: &str, told: &Value) -> Result<()> {
    let file = format!("docs/json/{verb}.schema.json");
    let schema = serde_json::from_str(&fs::read_to_string(workspace::root().join(&file)).context(file)?)?;
    jsonschema::validate(&schema, told).map_err(|error| anyhow!("{verb}: {error} at {}: {told}", error.instance_path()))
}

#[test]
fn each_verb_prints_what_its_schema_has() -> Result<()> {
    let lab = Lab::new("json")?;
    let (mut host, other) = (lab.host("host")?, lab.host("other")?);
    host.add_nic("eth1", &lab.new_switch("cable")?, &["198.51.100.1/24"])?;
    let secret = host.directory().join("secret");
    fs::write(&secret, "hex:b8c1f0b2a3d4e5f60718293a4b5c6d7eb8c1f0b2a3d4e5f60718293a4b5c6d7e\n")?;
    fs::set_permissions(&secret, Permissions::from_mode(0o600))?;
    let with = |configuration: &str| configuration.replace("SECRET", &secret.display().to_string());
    let vrrpd = Vrrpd::start(&host, &with(HERE))?;
    let monitor = vrrpd.spawn_adm(&host, &["monitor", "--json"])?;
    vrrpd.wait(WAIT, "web", "Master")?;
    let heir = Vrrpd::start(&other, &with(THERE))?;
    heir.wait(WAIT, "web", "Backup: 192.0.2.1")?;
    let lines =
        ["resign web", "status", "status web", "list", "show web", "why web", "why off", "why barred", "history"];
    let groups =
        ["list", "show", "show cables", "show cables eth1", "offline cables eth1 --force", "online cables eth1"];
    let groups = groups.map(|line| format!("group {line}"));
    for line in lines.into_iter().chain(["doctor"]).chain(groups.iter().map(String::as_str)) {
        let words: Vec<&str> = line.split(' ').chain(["--json"]).collect();
        let output = vrrpd.adm(&words)?;
        let told = serde_json::from_str(&output.stdout).with_context(|| format!("{line}: {output:?}"))?;
        let verb = if words[0] == "group" { words[..2].join("-") } else { words[0].to_owned() };
        check(&verb, &told)?;
    }
    vrrpd.adm(&["reload"])?;
    vrrpd.stop()?;
    monitor.wait_line(WAIT, "\"stopped\"")?;
    let told = monitor.log().lines();
    ensure!(told.len() > 5, "{told:?}");
    for line in &told {
        check("monitor", &serde_json::from_str(line).with_context(|| line.clone())?)?;
    }
    // What is not promised is found.
    ensure!(check("why", &serde_json::json!({ "verdict": 1 })).is_err());
    Ok(())
}
