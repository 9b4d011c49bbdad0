//! Proofs that the manifests for SMF are what its DTD asks for, and that they say of dependencies what the units say.
//!
//! Nothing here runs them: that takes illumos.

use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use lab::install::Binaries;
use lab::workspace;

#[path = "smf/dtd.rs"]
mod dtd;
#[path = "smf/graph.rs"]
mod graph;
#[path = "smf/manifest.rs"]
mod manifest;
#[path = "smf/methods.rs"]
mod methods;
#[path = "smf/model.rs"]
mod model;
#[path = "smf/units.rs"]
mod units;

/// What is configured, and what SMF calls the units.
#[derive(Clone, Copy, Debug)]
struct Case {
    name: &'static str,
    /// Lines below `[instance.NAME]`.
    keys: &'static str,
    fmris: &'static [(&'static str, &'static str)],
}

const fn case(name: &'static str, keys: &'static str, fmris: &'static [(&'static str, &'static str)]) -> Case {
    Case { name, keys, fmris }
}

const NGINX: (&str, &str) = ("nginx.service", "svc:/network/http:nginx");
const DB: (&str, &str) = ("db.service", "svc:/application/database/postgresql:version_15");

const CASES: [Case; 9] = [
    case("one", "protect = ['nginx.service']", &[NGINX]),
    case("two", "protect = ['nginx.service', 'db.service']", &[NGINX, DB]),
    case("fault", "protect = ['nginx.service', { unit = 'db.service', effect = 'fault' }]", &[NGINX, DB]),
    case(
        "weight",
        "protect = [{ unit = 'nginx.service', effect = -50 }, { unit = 'db.service', effect = 'fault' }]",
        &[NGINX, DB],
    ),
    case("off", "enabled = false\nprotect = ['nginx.service']", &[NGINX]),
    case("router", "", &[]),
    case("router-off", "enabled = false", &[]),
    case(
        "target",
        "protect = ['a.target', 'mail.socket']",
        &[("a.target", "svc:/milestone/multi-user:default"), ("mail.socket", "svc:/network/smtp")],
    ),
    // By the rule that takes units for services of their names.
    case("by-name", "protect = ['smtp.service', 'pg--x@main.service', { unit = 'dns.service', effect = 10 }]", &[]),
];

impl Case {
    /// What `vrrpadm render` prints of it.
    fn render(&self, manager: &str) -> Result<String> {
        let root = tempfile::tempdir()?;
        fs::create_dir_all(root.path().join("etc/vrrp"))?;
        let head = "interface = 'eth0'\nvrid = 51\naddresses = ['192.0.2.10/24', '2001:db8::10/64']";
        let text = format!("[instance.{}]\n{head}\n{}\n", self.name, self.keys);
        fs::write(root.path().join("etc/vrrp/vrrp.toml"), text)?;
        let mut command = Command::new(&Binaries::for_tests()?.vrrpadm);
        command.arg("--root").arg(root.path()).args(["render", self.name, manager]);
        for (unit, fmri) in self.fmris.iter().filter(|_| manager == "--smf") {
            command.arg("--fmri").arg(format!("{unit}={fmri}"));
        }
        let output = command.output()?;
        ensure!(output.status.success(), "{}: {}", self.name, String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// A file of the project.
fn file(path: &str) -> Result<String> {
    fs::read_to_string(workspace::root().join(path)).with_context(|| path.to_owned())
}

/// Every manifest that there is to judge, by a name.
fn manifests() -> Result<Vec<(String, String)>> {
    let rendered = CASES.iter().map(|case| Ok((case.name.to_owned(), case.render("--smf")?)));
    rendered.chain([Ok(("vrrp.xml".to_owned(), file("manifests/vrrp.xml")?))]).collect()
}
