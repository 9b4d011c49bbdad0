//! What many looks cost: advertisements leave when they are due, whatever scripts do.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lab::peer::Vrrpd;
use lab::{Frame, Host, Lab};

use super::alone::WAIT;

const SCRIPTS: usize = 50;
const ADVERTS: usize = 1000;

/// An instance that advertises each 10 ms, with conditions that do not decide about it.
fn configuration(conditions: impl Iterator<Item = String>) -> String {
    let instance = "[instance.inst1]\ninterface = \"eth0\"\nvrid = 51\naddresses = [\"192.0.2.10/24\"]\n\
                    priority = 200\nadvert_interval = \"10ms\"\n";
    conditions.fold(instance.to_owned(), |text, keys| text + "[[instance.inst1.track]]\neffect = -1\n" + &keys + "\n")
}

/// The times between advertisements that follow each other, sorted.
fn gaps(lab: &Lab, host: &Host, configuration: &str) -> Result<Vec<Duration>> {
    let wire = lab.switch().capture()?;
    let vrrpd = Vrrpd::start(host, configuration)?;
    vrrpd.wait(WAIT, "inst1", "Master")?;
    // As its unit has it scheduled.
    let pid = vrrpd.process().pid().to_string();
    host.run(&["chrt", "--rr", "--all-tasks", "--pid", "10", &pid])?.ok()?;
    wire.skip();
    let is_ours = |frame: &Frame| frame.from(host.name()) && frame.advertises(51);
    let mut times = Vec::new();
    for _ in 0..ADVERTS {
        times.push(wire.expect(WAIT, "an advertisement", is_ours)?.at);
    }
    let status = vrrpd.status()?;
    let looked_at = status["instances"][0]["conditions"].as_array().context("no conditions")?;
    let unseen =
        looked_at.iter().filter(|condition| condition["kind"] == "script" && condition["standing"] == "unknown");
    ensure!(unseen.count() == 0, "{status}");
    vrrpd.stop()?;
    let mut gaps: Vec<Duration> =
        times.windows(2).map(|pair| pair[1].duration_since(pair[0]).unwrap_or_default()).collect();
    gaps.sort();
    Ok(gaps)
}

fn print(what: &str, gaps: &[Duration]) {
    let share = |percent: usize| gaps[(gaps.len() - 1) * percent / 100];
    println!(
        "{what}: between advertisements of 10 ms, median {:?}, of 99 % at most {:?}, at most {:?}",
        share(50),
        share(99),
        share(100)
    );
}

#[test]
fn scripts_do_not_keep_advertisements_waiting() -> Result<()> {
    let lab = Lab::new("condition-load")?;
    let host = lab.host("host")?;
    print("without conditions", &gaps(&lab, &host, &configuration(std::iter::empty()))?);

    let forever = "script = [\"/bin/sleep\", \"infinity\"]".to_owned();
    let many = (0..SCRIPTS).map(|number| format!("script = [\"/bin/true\", \"{number}\"]\ninterval = \"100ms\""));
    let scripts = configuration(many.chain([forever]));
    print(&format!("with {SCRIPTS} scripts each 100 ms and one without an end"), &gaps(&lab, &host, &scripts)?);
    Ok(())
}
