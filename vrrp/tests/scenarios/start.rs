//! Init (RFC 9568, section 6.4.1).

use super::story::check;

#[test]
fn a_router_that_starts_listens_for_its_master_down_interval() {
    check(
        "priority 100",
        "0.000    startup
         3.609375 deadline",
        "0.000    Backup (listening for a Master)
         3.609375 Master (no Master was heard for 3.609 s), advertise 100, claim",
    );
}

#[test]
fn the_higher_the_priority_the_shorter_the_wait() {
    check(
        "priority 192",
        "0.000 startup
         3.250 deadline",
        "0.000 Backup (listening for a Master)
         3.250 Master (no Master was heard for 3.250 s), advertise 192, claim",
    );
}

#[test]
fn the_wait_is_reckoned_by_the_configured_interval_until_a_master_is_heard() {
    check(
        "interval 0.1",
        "0.000 startup
         0.350 deadline",
        "0.000 Backup (listening for a Master)
         0.350 Master (no Master was heard for 0.350 s), advertise 128, claim",
    );
}

#[test]
fn a_disabled_router_neither_acts_nor_waits() {
    check(
        "",
        "0.000 no deadline
         1.000 advert 192.0.2.2 1
         1.000 resign 192.0.2.2
         1.000 claimed
         1.000 refused no memory
         1.000 shutdown
         1.000 unusable no carrier
         1.000 priority 200
         9.000 no deadline",
        "",
    );
}

#[test]
fn starting_twice_is_starting_once() {
    check(
        "",
        "0.000 startup
         1.000 startup
         3.500 deadline
         4.000 startup",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_router_starts_afresh_after_it_was_disabled() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200 every 10
         2.000 shutdown
         3.000 no deadline
         5.000 startup
         8.500 deadline",
        "0.000 Backup (listening for a Master)
         2.000 Init (disabled)
         5.000 Backup (listening for a Master)
         8.500 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn an_ipv6_router_goes_the_same_way() {
    check(
        "ipv6",
        "0.000 startup
         3.500 deadline
         4.000 advert fe80::2 200",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 release, Backup (fe80::2 took over with priority 200 against 128)",
    );
}
