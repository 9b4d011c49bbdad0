//! Links as their drivers see them. A transceiver that answers takes a NIC that namespaces have not.

use anyhow::Result;
use lab::Lab;
use lab::peer::Vrrpd;

use super::told::{configuration, expect};

#[test]
fn a_driver_is_asked_that_has_no_transceiver_to_tell_of() -> Result<()> {
    let lab = Lab::beside("mii-driver")?;
    let mut host = lab.host("host")?;
    let vrrpd = Vrrpd::start(&host, &configuration("mii = \"eth1\"\ninterval = \"50ms\""))?;
    let is = |host: &lab::Host, standing: &str, reason: &str| expect(host, &vrrpd, "mii", standing, reason);
    is(&host, "bad", "eth1 does not exist")?;
    let second = lab.new_switch("second")?;
    host.add_nic("eth1", &second, &["198.51.100.1/24"])?;
    is(&host, "good", "eth1: the driver sees a link (ETHTOOL_GLINK)")?;
    second.unplug("host", "eth1")?;
    is(&host, "bad", "eth1: the driver sees no link (ETHTOOL_GLINK)")?;
    second.plug("host", "eth1")?;
    is(&host, "good", "eth1: the driver sees a link (ETHTOOL_GLINK)")?;
    host.sh("ip link set eth1 down")?;
    is(&host, "bad", "eth1 is down")
}

#[test]
fn the_flags_of_a_link_are_taken_where_nobody_else_tells() -> Result<()> {
    let lab = Lab::beside("mii-flags")?;
    let host = lab.host("host")?;
    host.sh("ip link add ifb1 type ifb && ip link set ifb1 up mode dormant")?;
    let vrrpd = Vrrpd::start(&host, &configuration("mii = \"ifb1\"\ninterval = \"50ms\"\nfall = 2"))?;
    let is = |standing: &str, reason: &str| expect(&host, &vrrpd, "mii", standing, reason);
    is("good", "ifb1: its flags tell of a link (IFF_RUNNING)")?;
    host.sh("ip link set ifb1 state dormant")?;
    is("bad", "ifb1: its flags tell of no link (IFF_RUNNING)")?;
    host.sh("ip link set ifb1 state up")?;
    is("good", "ifb1: its flags tell of a link (IFF_RUNNING)")
}
