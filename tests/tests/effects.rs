//! What else than a bar a protected unit can do to its instance: Fault, or a weight.

use anyhow::Result;
use lab::pair::{LONG, installed, instance, wait_instance};
use lab::{Frame, Lab, Release};

const CREATE: &str = "--interface eth0 --address 192.0.2.10/24 --advert-interval 100ms --priority 100";

fn of(frame: &Frame, vrid: u8, priority: u8) -> bool {
    frame.advert().is_some_and(|advert| (advert.vrid, advert.priority) == (vrid, priority))
}

#[test]
fn a_unit_puts_its_instance_in_fault_with_a_resignation() -> Result<()> {
    let lab = Lab::new("effect-fault")?;
    let client = lab.client("client")?;
    let mut host = installed(&lab, "host", Release::Debian13)?;
    host.boot()?;
    host.vrrpadm(&format!("create inst1 --vrid 51 {CREATE} --protect http.service=fault"))?.ok()?;
    // It failed at boot, when nothing held its address.
    host.systemctl("start http.service")?;
    wait_instance(&host, "inst1", "master", "")?;

    client.wire().skip();
    lab.kill(host.main_pid("http.service")?)?;
    client.wire().expect(LONG, "the resignation", |frame| of(frame, 51, 0))?;
    wait_instance(&host, "inst1", "fault", "http.service is failed")?;
    host.wait_no_address(LONG, "eth0", "192.0.2.10/32")?;

    host.systemctl("start http.service")?;
    wait_instance(&host, "inst1", "master", "")
}

#[test]
fn a_unit_lowers_and_raises_the_priority_of_a_master() -> Result<()> {
    let lab = Lab::new("effect-weight")?;
    let client = lab.client("client")?;
    let mut host = installed(&lab, "host", Release::Debian12)?;
    for name in ["a", "b"] {
        host.write(&format!("/etc/systemd/system/{name}.service"), "[Service]\nExecStart=/usr/bin/sleep infinity\n")?;
    }
    host.boot()?;
    host.systemctl("start a.service")?;
    let protect = "--protect a.service=-30 --protect b.service=20";
    host.vrrpadm(&format!("create inst1 --vrid 52 {CREATE} {protect}"))?.ok()?;
    wait_instance(&host, "inst1", "master", "")?;

    for (command, priority) in
        [("stop a.service", 70), ("start b.service", 90), ("start a.service", 120), ("stop b.service", 100)]
    {
        client.wire().skip();
        host.systemctl(command)?;
        client.wire().expect(LONG, &format!("priority {priority} after {command}"), |frame| of(frame, 52, priority))?;
        assert_eq!(instance(&host, "inst1")?["effective_priority"], priority);
    }
    assert_eq!(instance(&host, "inst1")?["state"], "master");
    Ok(())
}
