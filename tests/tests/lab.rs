//! Proofs of the lab itself, with parts that are not ours: Debian's systemd, nginx, and the kernel.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use lab::{Client, Frame, Lab, Payload, Release, Terminal};

const SOON: Duration = Duration::from_secs(5);
const WINDOW: Duration = Duration::from_millis(300);

fn address(text: &str) -> Result<IpAddr> {
    text.parse().with_context(|| format!("{text} is no address"))
}

/// Boots a release, reboots it, cuts its power, and looks at what stays and what goes each time.
fn boots(release: Release) -> Result<()> {
    let lab = Lab::new(&format!("boots-{}", release.number()))?;
    let client = lab.client("client")?;
    let mut web = lab.container("web", release)?;
    let start = Instant::now();
    web.boot()?;
    println!("Debian {} boots in {:?}", release.number(), start.elapsed());
    assert_eq!(web.systemctl("is-system-running")?.trim(), "running");
    assert_eq!(client.http_get(address("192.0.2.2")?, SOON)?, "web");
    assert_eq!(client.http_get(address("2001:db8::2")?, SOON)?, "web");

    web.write("/root/kept", "on disk")?;
    web.sh("ip address add 192.0.2.99/32 dev eth0")?;
    web.reboot()?;
    assert_eq!(web.read("/root/kept")?, "on disk");
    assert!(!web.addresses("eth0")?.contains(&"192.0.2.99/32".to_owned()));
    web.wait_journal(SOON, "the journal of the second boot", |web| {
        let lines = web.journal()?.lines();
        Ok(lines.iter().filter(|line| line.contains("Startup finished")).count() == 2)
    })?;

    let nginx = web.main_pid("http.service")?;
    lab.kill(nginx)?;
    web.wait_unit(SOON, "http.service", "failed")?;
    web.power_cut()?;
    web.boot()?;
    web.wait_unit(SOON, "http.service", "active")?;
    assert_eq!(client.http_get(address("192.0.2.2")?, SOON)?, "web");
    web.power_off()
}

#[test]
fn debian_12_boots_serves_and_reboots() -> Result<()> {
    boots(Release::Debian12)
}

#[test]
fn debian_13_boots_serves_and_reboots() -> Result<()> {
    boots(Release::Debian13)
}

#[test]
fn who_has_an_address_is_told_by_its_answer_in_both_families() -> Result<()> {
    let lab = Lab::new("who-has")?;
    let left = lab.host("left")?;
    let right = lab.host("right")?;
    let client = lab.client("client")?;
    for vip in ["192.0.2.10", "2001:db8::10"] {
        let vip = address(vip)?;
        assert_eq!(client.who_has(vip, WINDOW)?, [""; 0]);
        let length = if vip.is_ipv4() { "/32" } else { "/128 nodad" };
        left.sh(&format!("ip address add {vip}{length} dev eth0"))?;
        assert_eq!(client.who_has(vip, WINDOW)?, ["left"]);
        right.sh(&format!("ip address add {vip}{length} dev eth0"))?;
        let mut both = client.who_has(vip, WINDOW)?;
        both.sort();
        assert_eq!(both, ["left", "right"]);
    }
    Ok(())
}

#[test]
fn an_unplugged_host_loses_its_carrier_and_is_heard_again_when_plugged() -> Result<()> {
    let lab = Lab::new("unplug")?;
    let left = lab.host("left")?;
    let client = lab.client("client")?;
    let carrier = |wanted: bool| {
        left.wait_network(SOON, &format!("carrier: {wanted}"), move |host| {
            let flags = host.ip("link show eth0")?[0]["flags"].to_string();
            Ok(flags.contains("NO-CARRIER") != wanted)
        })
    };
    carrier(true)?;
    lab.switch().unplug("left", "eth0")?;
    carrier(false)?;
    assert_eq!(client.who_has(address("192.0.2.1")?, WINDOW)?, [""; 0]);
    lab.switch().plug("left", "eth0")?;
    carrier(true)?;
    assert_eq!(client.who_has(address("192.0.2.1")?, WINDOW)?, ["left"]);
    Ok(())
}

#[test]
fn a_partition_separates_two_hosts_and_no_others_until_healed() -> Result<()> {
    let lab = Lab::new("partition")?;
    let _left = lab.host("left")?;
    let right = lab.client("right")?;
    let other = lab.client("other")?;
    let left_is_heard = |by: &Client| -> Result<bool> { Ok(by.who_has(address("192.0.2.1")?, WINDOW)? == ["left"]) };
    assert!(left_is_heard(&right)?);
    lab.switch().partition("left-eth0", "right-eth0")?;
    assert!(!left_is_heard(&right)?);
    assert!(left_is_heard(&other)?);
    lab.switch().heal()?;
    assert!(left_is_heard(&right)?);
    Ok(())
}

#[test]
fn a_flow_counts_what_is_lost_and_who_answers() -> Result<()> {
    let lab = Lab::new("flow")?;
    let left = lab.host("left")?;
    let right = lab.host("right")?;
    let client = lab.client("client")?;
    let _echoes = (left.echo()?, right.echo()?);
    let wire = lab.switch().capture()?;
    for vip in ["192.0.2.10", "2001:db8::10"] {
        let (vip, length) = (address(vip)?, if vip.contains(':') { 128 } else { 32 });
        let change = |host: &lab::Host, verb: &str| {
            host.sh(&format!("ip address {verb} {vip}/{length} dev eth0 nodad 2>/dev/null || ip address {verb} {vip}/{length} dev eth0"))
        };
        change(&left, "add")?;
        let flow = client.flow(vip, Duration::from_millis(1))?;
        wire.expect(SOON, "an answer of left", |frame| frame.from("left") && to(frame, vip))?;
        lab.switch().unplug("left", "eth0")?;
        change(&right, "add")?;
        client.sh("ip neighbour flush dev eth0")?;
        wire.expect(SOON, "an answer of right", |frame| frame.from("right") && to(frame, vip))?;
        let report = flow.stop()?;
        assert_eq!(report.turns, ["left", "right"], "{report:?}");
        assert!(report.lost > 0 && report.lost < report.sent, "{report:?}");
        assert!(report.longest_silence > Duration::ZERO, "{report:?}");
        assert_eq!(report.answered_by.values().sum::<usize>() + report.lost, report.sent);
        change(&right, "delete")?;
        lab.switch().plug("left", "eth0")?;
        change(&left, "delete")?;
    }
    Ok(())
}

/// Tells whether a frame is an IP packet from `vip`.
fn to(frame: &Frame, vip: IpAddr) -> bool {
    matches!(&frame.payload, Payload::Ip(source, _, 17) if *source == vip)
}

#[test]
fn a_second_nic_leads_to_another_segment_and_a_bus_of_its_own_answers() -> Result<()> {
    let lab = Lab::new("second-nic")?;
    let beat = lab.new_switch("beat")?;
    let mut left = lab.host("left")?;
    left.add_nic("eth1", &beat, &["198.51.100.1/24"])?;
    let wire = beat.capture()?;
    let lan = lab.switch().capture()?;
    left.sh("ip neighbour replace 198.51.100.2 lladdr 02:00:00:00:00:99 dev eth1")?;
    left.sh("echo x > /dev/udp/198.51.100.2/9 2>/dev/null || bash -c 'echo x > /dev/udp/198.51.100.2/9'")?;
    let is_sent = |frame: &Frame| to(frame, IpAddr::from([198, 51, 100, 1]));
    let frame = wire.expect(SOON, "the datagram", is_sent)?;
    assert_eq!((frame.port.as_str(), frame.source.as_str()), ("left-eth1", left.nics()[1].mac()));
    lan.none(WINDOW, "the datagram", is_sent)?;

    let bus = left.bus()?;
    let names = left.sh(&format!("busctl --address={} list --no-legend", bus.address()))?;
    assert!(names.contains("org.freedesktop.DBus"), "{names}");
    bus.stop()
}

#[test]
fn a_terminal_has_a_size_takes_keys_and_shows_what_is_written() -> Result<()> {
    let lab = Lab::new("terminal")?;
    let host = lab.host("host")?;
    let terminal =
        Terminal::open(&host, 40, 10, &["WORD=said"], &["sh", "-c", "read a; echo $WORD $a; stty size; exit 3"])?;
    terminal.type_text("-x ;")?;
    terminal.wait(SOON, "-x ;")?;
    terminal.press(&["Enter"])?;
    let (code, screen) = terminal.wait_end(SOON)?;
    assert_eq!((code, screen.as_str()), (3, "-x ;\nsaid -x ;\n10 40"));
    Ok(())
}
