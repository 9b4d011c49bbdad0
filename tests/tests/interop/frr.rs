//! FRR's vrrpd, which always uses the virtual MAC.

use anyhow::Result;

use super::exchange::{Case, exchange};
use super::rival::Maker;

const V4: &[&str] = &["192.0.2.10"];
const V6: &[&str] = &["2001:db8::10"];

const fn case(name: &'static str, addresses: &'static [&'static str]) -> Case {
    Case::new(name, Maker::Frr, addresses)
}

#[test]
fn version_2() -> Result<()> {
    exchange(&Case { version: 2, interval: 100, ..case("interop-f-2", V4) })
}

#[test]
fn version_3_over_ipv4() -> Result<()> {
    exchange(&case("interop-f-4", V4))
}

#[test]
fn version_3_over_ipv4_with_our_virtual_mac() -> Result<()> {
    exchange(&Case { mac: "virtual", ..case("interop-f-4-vmac", V4) })
}

#[test]
fn version_3_over_ipv6() -> Result<()> {
    exchange(&case("interop-f-6", V6))
}

#[test]
fn version_3_over_ipv6_with_our_virtual_mac() -> Result<()> {
    exchange(&Case { mac: "virtual", ..case("interop-f-6-vmac", V6) })
}
