//! Proofs that the page of the D-Bus interface tells of all that is there, and of nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use anyhow::{Result, ensure};
use lab::dbus::{Call, Client};
use lab::peer::Vrrpd;
use lab::{Lab, workspace};

const NAME: &str = "org.vrrpd.Vrrp1";
const WAIT: Duration = Duration::from_secs(15);

/// The methods, properties and signals of our own interfaces of an object.
fn members(introspection: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut ours = false;
    let named = |line: &str| line.split_once(" name=\"").and_then(|(_, rest)| Some(rest.split('"').next()?.to_owned()));
    // What lies below an object is told with it.
    for line in introspection.lines().map(str::trim).take_while(|line| !line.starts_with("<node name")) {
        if line.starts_with("<interface") {
            ours = named(line).is_some_and(|name| name.starts_with(NAME));
        } else if ours && ["<method", "<property", "<signal"].iter().any(|kind| line.starts_with(kind)) {
            found.extend(named(line));
        }
    }
    found
}

/// What the page names first in the rows of its tables below a heading.
fn rows(page: &str, heading: &str) -> BTreeSet<String> {
    let section = page.split("\n## ").find(|section| section.starts_with(heading)).unwrap_or_default();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    cells.map(str::to_owned).collect()
}

#[test]
fn the_page_names_every_member_and_no_other() -> Result<()> {
    let lab = Lab::new("dbus-page")?;
    let host = lab.host("left")?;
    let instance = "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n";
    let vrrpd = Vrrpd::start(&host, instance)?;
    vrrpd.wait(WAIT, "inst1", "")?;
    let mut client = Client::connect(vrrpd.bus().address(), 0)?;
    let page = fs::read_to_string(workspace::root().join("docs/dbus.md"))?;
    for (path, heading) in
        [("/org/vrrpd/Vrrp1", "`/org/vrrpd/Vrrp1`"), ("/org/vrrpd/Vrrp1/instance/inst1", "`/org/vrrpd/Vrrp1/instance/")]
    {
        let told = client.call(&Call::new(NAME, path, "org.freedesktop.DBus.Introspectable", "Introspect"))?;
        let (there, written) = (members(told.value()?.as_str()), rows(&page, heading));
        ensure!(there.len() > 5 && there == written, "{path} has {there:?}, and the page {written:?}");
    }
    let source = fs::read_to_string(workspace::root().join("daemon/src/control.rs"))?;
    let errors = source.split_once("enum Error {").and_then(|(_, rest)| rest.split("\n}").next()).unwrap_or_default();
    let errors: BTreeSet<String> =
        errors.lines().filter_map(|line| Some(line.trim().strip_suffix("(String),")?.to_owned())).collect();
    let written = rows(&page, "Errors");
    ensure!(errors.len() > 5 && errors == written, "the daemon has {errors:?}, and the page {written:?}");
    Ok(())
}
