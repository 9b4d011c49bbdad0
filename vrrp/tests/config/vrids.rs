//! The 255 VRIDs of a link and family.

use std::collections::BTreeSet;

use super::{brief, check_text};

/// Instances on eth0 with one address each, from the first VRID to the last.
fn instances(vrids: impl Iterator<Item = u16>) -> String {
    vrids.fold(String::new(), |text, vrid| {
        let number = 1000 + vrid;
        let address = format!("10.0.{}.{}/16", number / 250, number % 250 + 1);
        text + &one(&format!("i{vrid}"), &format!("vrid = {vrid}\n"), &address)
    })
}

fn one(name: &str, vrid: &str, address: &str) -> String {
    format!("[instance.{name}]\ninterface = \"eth0\"\n{vrid}addresses = [\"{address}\"]\n")
}

#[test]
fn a_link_has_255_of_them_for_each_family() {
    let full = instances(1..=255);
    assert_eq!(check_text(&full).unwrap().config.instances.len(), 255);
    let other_family = full.clone() + &one("more", "vrid = 7\n", "2001:db8::7/64");
    assert_eq!(check_text(&other_family).unwrap().config.instances.len(), 256);

    let taken = full.clone() + &one("more", "vrid = 7\n", "192.0.2.7/24");
    let expected = "1023:8 i7 and more are both VRID 7 for IPv4 on eth0, and none of the 255 is free there: put one of the two on \
                    another link, such as a VLAN, or its addresses into another instance";
    assert_eq!(brief(&check_text(&taken).unwrap_err()), [expected]);

    let none = full.clone() + &one("more", "", "192.0.2.7/24");
    let expected = "1021:1 instance more lacks vrid, and none of the 255 is free there: put it on another link, such as a \
                    VLAN, or its addresses into another instance";
    assert_eq!(brief(&check_text(&none).unwrap_err()), [expected]);

    let behind = full + &one("more", "vrid = 256\n", "192.0.2.7/24");
    let expected = "1023:8 vrid = 256 is not a VRID: use 1 to 255, and a further link for further instances";
    assert_eq!(brief(&check_text(&behind).unwrap_err()), [expected]);
}

#[test]
fn what_is_offered_instead_is_free_and_offered_once() {
    let text = instances((1..=255).filter(|vrid| !matches!(vrid, 9 | 52 | 200)))
        + &one("a", "vrid = 51\n", "192.0.2.1/24")
        + &one("b", "vrid = 51\n", "192.0.2.2/24")
        + &one("c", "vrid = 51\n", "192.0.2.3/24")
        + &one("d", "vrid = 51\n", "192.0.2.4/24");
    let problems = check_text(&text).unwrap_err();
    let told: BTreeSet<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
    // The names are in order: i51 comes last of those that have it.
    let expected = BTreeSet::from([
        "a and b are both VRID 51 for IPv4 on eth0: give one of the two another vrid, such as 52",
        "a and c are both VRID 51 for IPv4 on eth0: give one of the two another vrid, such as 200",
        "a and d are both VRID 51 for IPv4 on eth0: give one of the two another vrid, such as 9",
        "a and i51 are both VRID 51 for IPv4 on eth0, and none of the 255 is free there: put one of the two on another \
         link, such as a VLAN, or its addresses into another instance",
    ]);
    assert_eq!(told, expected);
}

#[test]
fn an_instance_of_both_families_needs_one_that_is_free_in_both() {
    let text = one("a", "vrid = 1\n", "192.0.2.1/24")
        + &one("b", "vrid = 2\n", "192.0.2.2/24")
        + &one("c", "vrid = 3\n", "2001:db8::3/64")
        + &one("d", "vrid = 1\n", "192.0.2.4/24\", \"2001:db8::4/64");
    let expected = ["15:8 a and d are both VRID 1 for IPv4 on eth0: give one of the two another vrid, such as 4"];
    assert_eq!(brief(&check_text(&text).unwrap_err()), expected);
}

#[test]
fn an_example_is_a_vrid_that_is_free() {
    let text = one("a", "vrid = 51\n", "192.0.2.1/24") + &one("b", "", "192.0.2.2/24");
    let expected = ["5:1 instance b lacks vrid: add, for example, vrid = 52"];
    assert_eq!(brief(&check_text(&text).unwrap_err()), expected);
}
