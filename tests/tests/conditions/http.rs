//! A web server behind the virtual address: whoever is Master, each host looks at its own.

use std::net::IpAddr;

use anyhow::Result;

use lab::pair::{Pair, VIPS, state_of, wait_told};
use lab::peer::Vrrpd;
use lab::{Container, Lab, Payload};
use serde_json::Value;

use super::alone::{WAIT, configuration, is_bad, is_good, told};

const TRACK: &str = "http = \"http://192.0.2.10/health\"\ninterval = \"100ms\"";

#[test]
fn a_backup_looks_at_its_own_service_and_not_at_the_masters() -> Result<()> {
    let lab = Lab::beside("condition-http")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let client = lab.client("client")?;
    let master = Vrrpd::start(&left, &configuration(200, &[TRACK]))?;
    let refused = "192.0.2.10:80 refused the connection";
    is_bad(&master, "http", refused)?;
    let left_web = left.web(&VIPS)?;
    let good = "http://192.0.2.10:80/health answered 200";
    is_good(&master, "http", good)?;

    let backup = Vrrpd::start(&right, &configuration(100, &[TRACK]))?;
    is_bad(&backup, "http", refused)?;
    assert_eq!(client.http_get("192.0.2.10".parse()?, WAIT)?, "left");
    let _right_web = right.web(&VIPS)?;
    let follows =
        |instance: &Value| state_of(instance) == "backup" && instance["reason"].to_string().contains("192.0.2.1");
    backup.wait_told(WAIT, "inst1", follows)?;
    drop(left_web);
    is_bad(&master, "http", refused)?;
    is_good(&backup, "http", good)?;
    assert_eq!(client.http_get("192.0.2.10".parse()?, WAIT)?, "right");
    let _left_web = left.web(&VIPS)?;
    is_good(&master, "http", good)?;
    backup.wait_told(WAIT, "inst1", follows)?;
    Ok(())
}

/// As [`configuration`], and another instance whose addresses take the kernel a while to hold.
fn busy_configuration(conditions: &[&str]) -> String {
    let addresses: Vec<String> = (0..255).map(|number| format!("\"10.0.0.{number}/32\"")).collect();
    let many = format!("[instance.many]\ninterface = \"eth0\"\nvrid = 52\naddresses = [{}]\n", addresses.join(", "));
    configuration(100, conditions) + &many
}

#[test]
fn a_host_asks_itself_from_the_first_question_on() -> Result<()> {
    let lab = Lab::beside("condition-early")?;
    let (left, right) = (lab.host("left")?, lab.host("right")?);
    let _master = Vrrpd::start(&left, &configuration(200, &[]))?;
    let _web = left.web(&VIPS)?;
    let wire = lab.switch().capture()?;
    let backup = Vrrpd::start(&right, &busy_configuration(&[TRACK]))?;
    is_bad(&backup, "http", "192.0.2.10:80 refused the connection")?;
    // Nothing is held any more, and then everything again.
    backup.reload("")?;
    backup.reload(&busy_configuration(&[TRACK]))?;
    is_bad(&backup, "http", "192.0.2.10:80 refused the connection")?;
    let vip: IpAddr = "192.0.2.10".parse()?;
    let asked = wire.all(|frame| matches!(frame.payload, Payload::Ip(_, to, 6) if to == vip));
    assert!(asked.is_empty(), "the Master was asked: {asked:?}");
    Ok(())
}

/// Has nginx answer, and the daemon ask over both families for a page that only this host's nginx has.
fn configure(host: &Container, priority: u8) -> Result<()> {
    let name = host.name();
    let body = format!("body = \"{name}\"\ninterval = \"100ms\"");
    let four = format!("http = \"http://192.0.2.10/\"\n{body}");
    // A turn of a condition alone is no news on the bus, one of the priority is.
    let six = format!("http = \"http://[2001:db8::10]/\"\neffect = -1\n{body}");
    host.write("/etc/vrrp/vrrp.toml", &configuration(priority, &[&four, &six]))
}

/// Waits until an instance is in a state and both looks at nginx have come to the same.
fn both_tell(host: &Container, state: &str, standing: &str, words: &str) -> Result<()> {
    let servers = ["http://192.0.2.10:80/", "http://[2001:db8::10]:80/"];
    let expected = servers.map(|server| (standing.to_owned(), format!("{server} {words}")));
    wait_told(host, "inst1", &format!("{state}, {standing}: {words}"), |instance| {
        state_of(instance) == state && told(instance, "http").is_ok_and(|told| told == expected)
    })
}

#[test]
fn nginx_is_asked_for_its_status_and_its_body_on_both_systemd_versions() -> Result<()> {
    let mut pair = Pair::new("condition-nginx")?;
    for (host, priority) in [(&pair.left, 200), (&pair.right, 100)] {
        configure(host, priority)?;
    }
    pair.each(Container::boot)?;
    for host in [&pair.left, &pair.right] {
        // It failed at boot, where nothing orders it after the daemon.
        host.systemctl("restart http.service")?;
    }
    both_tell(&pair.left, "master", "good", "answered 200 with \"left\" in its body")?;
    // The page of this host, while the other one is the Master.
    both_tell(&pair.right, "backup", "good", "answered 200 with \"right\" in its body")?;
    for (host, state) in [(&pair.right, "backup"), (&pair.left, "master")] {
        let name = host.name();
        host.sh(
            "sed -i '/listen 192/a return 503;' /etc/nginx/sites-enabled/default && systemctl reload http.service",
        )?;
        both_tell(host, "barred", "bad", "answered 503, expected 200")?;
        host.sh("sed -i '/return 503/d' /etc/nginx/sites-enabled/default && systemctl reload http.service")?;
        both_tell(host, state, "good", &format!("answered 200 with \"{name}\" in its body"))?;
        host.write("/var/www/html/index.html", "under construction\n")?;
        both_tell(host, "barred", "bad", &format!("answered 200 without \"{name}\" in its body"))?;
        host.write("/var/www/html/index.html", &format!("{name}\n"))?;
        both_tell(host, state, "good", &format!("answered 200 with \"{name}\" in its body"))?;
        // Where each host asks from, which keeps the question in the host.
        let from = host.sh("grep vrrpd/ /var/log/nginx/access.log | cut -d ' ' -f 1 | sort --unique")?;
        assert_eq!(from, "192.0.2.10\n2001:db8::10\n", "{name}");
    }
    Ok(())
}
