//! Routes that the kernel has, or has no more.

use anyhow::Result;
use lab::Lab;
use lab::peer::Vrrpd;

use super::told::{configuration, expect};

#[test]
fn the_default_route_comes_and_goes_and_may_lead_nowhere() -> Result<()> {
    let lab = Lab::beside("route-default")?;
    let host = lab.host("host")?;
    let vrrpd = Vrrpd::start(&host, &configuration("route = \"0.0.0.0/0\""))?;
    let is = |standing: &str, reason: &str| expect(&host, &vrrpd, "route", standing, reason);
    is("bad", "there is no route to 0.0.0.0/0")?;
    host.sh("ip route add default via 192.0.2.254")?;
    is("good", "0.0.0.0/0 is routed via 192.0.2.254 through eth0")?;
    host.sh("ip route replace unreachable default")?;
    is("bad", "the route to 0.0.0.0/0 leads nowhere: its type is unreachable")?;
    host.sh("ip route replace default via 192.0.2.253")?;
    is("good", "0.0.0.0/0 is routed via 192.0.2.253 through eth0")
}

#[test]
fn a_route_over_another_link_goes_with_its_carrier() -> Result<()> {
    let lab = Lab::beside("route-carrier")?;
    let mut host = lab.host("host")?;
    let second = lab.new_switch("second")?;
    host.add_nic("eth1", &second, &["198.51.100.1/24", "2001:db8:1::1/64"])?;
    host.sh("ip route add 2001:db8:9::/48 via 2001:db8:1::9")?;
    let track = "route = \"2001:db8:9::/48\"\nvia = \"2001:db8:1::9\"\nthrough = \"eth1\"";
    let vrrpd = Vrrpd::start(&host, &configuration(track))?;
    let is = |standing: &str, reason: &str| expect(&host, &vrrpd, "route", standing, reason);
    let way = "via 2001:db8:1::9 through eth1";
    is("good", &format!("2001:db8:9::/48 is routed {way}"))?;
    second.unplug("host", "eth1")?;
    is("bad", &format!("the route to 2001:db8:9::/48 {way} is dead: eth1 has no carrier"))?;
    second.plug("host", "eth1")?;
    is("good", &format!("2001:db8:9::/48 is routed {way}"))?;

    // What is no longer watched bars nobody, and is looked at anew when it is watched again.
    host.sh("ip route del 2001:db8:9::/48")?;
    is("bad", "there is no route to 2001:db8:9::/48")?;
    vrrpd.reload(&configuration("interface = \"eth1\""))?;
    expect(&host, &vrrpd, "interface", "good", "eth1 is up")?;
    vrrpd.reload(&configuration(track))?;
    is("bad", "there is no route to 2001:db8:9::/48")
}
