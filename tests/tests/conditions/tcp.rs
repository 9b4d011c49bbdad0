//! A port: of a service of this host behind its virtual address, and of hosts that are not there.

use anyhow::Result;
use lab::Lab;
use lab::peer::Vrrpd;

use super::alone::{configuration, is_bad, is_good};

#[test]
fn a_port_of_the_virtual_address_decides_as_backup_and_as_master() -> Result<()> {
    let lab = Lab::beside("condition-tcp")?;
    let host = lab.host("host")?;
    for server in ["192.0.2.10:80", "[2001:db8::10]:80"] {
        let vip = server.trim_end_matches(":80").trim_matches(['[', ']']).parse()?;
        let track = format!("tcp = \"{server}\"\ninterval = \"100ms\"");
        let vrrpd = Vrrpd::start(&host, &configuration(100, &[&track]))?;
        let refused = format!("{server} refused the connection");
        is_bad(&vrrpd, "tcp", &refused)?;
        let web = host.web(&[vip])?;
        is_good(&vrrpd, "tcp", &format!("{server} accepts connections"))?;
        drop(web);
        is_bad(&vrrpd, "tcp", &refused)?;
        vrrpd.stop()?;
    }
    Ok(())
}

#[test]
fn what_does_not_answer_is_told_apart_from_what_is_unreachable() -> Result<()> {
    let lab = Lab::beside("condition-tcp-lost")?;
    let (host, server) = (lab.host("host")?, lab.host("server")?);
    let track = |keys: &str| configuration(100, &[&format!("{keys}\ninterval = \"100ms\"")]);
    let vrrpd = Vrrpd::start(&host, &track("tcp = \"198.51.100.1:80\""))?;
    is_bad(&vrrpd, "tcp", "198.51.100.1:80 is unreachable: no route leads there")?;
    // No host has this address, which the kernel knows after three requests of a second.
    vrrpd.reload(&track("tcp = \"192.0.2.99:80\"\ntimeout = \"10s\""))?;
    is_bad(&vrrpd, "tcp", "192.0.2.99:80 is unreachable: nobody answers there")?;

    let _web = server.web(&["192.0.2.2".parse()?])?;
    server.sh("nft 'add table inet lab; add chain inet lab in { type filter hook input priority 0; }'")?;
    server.sh("nft 'add rule inet lab in tcp dport 80 drop'")?;
    vrrpd.reload(&track("tcp = \"192.0.2.2:80\"\ntimeout = \"200ms\""))?;
    is_bad(&vrrpd, "tcp", "192.0.2.2:80 did not answer within 200ms")?;
    server.sh("nft delete table inet lab")?;
    is_good(&vrrpd, "tcp", "192.0.2.2:80 accepts connections")
}
