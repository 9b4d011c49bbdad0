//! Fault: the router cannot trust what it hears or sends.

use super::story::check;

#[test]
fn a_backup_whose_link_fails_stops_waiting() {
    check(
        "",
        "0.000 startup
         1.000 unusable eth0 has no carrier
         9.000 no deadline
         9.000 usable 192.0.2.10
         12.500 deadline",
        "0.000 Backup (listening for a Master)
         1.000 Fault (eth0 has no carrier)
         9.000 Backup (listening for a Master)
         12.500 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_master_whose_link_fails_resigns_and_comes_back_through_backup() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         4.000 unusable eth0 has no carrier
         4.100 usable 192.0.2.10
         5.000 advert 192.0.2.2 100
         7.600 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 resign, release, Fault (eth0 has no carrier)
         4.100 Backup (listening for a Master)
         7.600 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}

#[test]
fn a_new_reason_for_fault_is_told() {
    check(
        "link unknown",
        "0.000 startup
         1.000 unusable eth0 does not exist
         2.000 unusable eth0 does not exist
         3.000 unusable eth0 has no IPv4 address
         4.000 shutdown",
        "0.000 Fault (its link is not known yet)
         1.000 Fault (eth0 does not exist)
         3.000 Fault (eth0 has no IPv4 address)
         4.000 Init (disabled)",
    );
}

#[test]
fn a_link_that_comes_before_the_start_is_remembered() {
    check(
        "link unknown",
        "0.000 unusable eth0 has no carrier
         1.000 usable 192.0.2.10
         2.000 startup
         5.500 deadline",
        "2.000 Backup (listening for a Master)
         5.500 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn what_the_kernel_refuses_is_tried_again_after_ten_seconds() {
    check(
        "",
        "0.000  startup
         3.500  deadline
         3.600  refused the kernel has no memory
         13.600 deadline
         17.100 deadline
         17.200 claimed",
        "0.000  Backup (listening for a Master)
         3.500  Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600  resign, release, Fault (the kernel has no memory)
         13.600 Backup (listening for a Master)
         17.100 Master (no Master was heard for 3.500 s), advertise 128, claim
         17.200 announce",
    );
}

#[test]
fn with_a_long_interval_it_is_tried_again_after_the_master_down_interval() {
    check(
        "interval 10",
        "0.000  startup
         35.000 deadline
         36.000 refused the kernel has no memory
         71.000 deadline",
        "0.000  Backup (listening for a Master)
         35.000 Master (no Master was heard for 35.000 s), advertise 128, claim
         36.000 resign, release, Fault (the kernel has no memory)
         71.000 Backup (listening for a Master)",
    );
}

#[test]
fn a_link_that_fails_and_returns_does_not_shorten_a_refusal() {
    check(
        "",
        "0.000  startup
         3.500  deadline
         3.600  refused the kernel has no memory
         4.000  unusable eth0 has no carrier
         5.000  usable 192.0.2.10
         13.600 deadline",
        "0.000  Backup (listening for a Master)
         3.500  Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600  resign, release, Fault (the kernel has no memory)
         13.600 Backup (listening for a Master)",
    );
}

#[test]
fn a_refusal_that_ends_while_the_link_is_down_gives_way_to_the_links_reason() {
    check(
        "",
        "0.000  startup
         3.500  deadline
         3.600  refused the kernel has no memory
         4.000  unusable eth0 has no carrier
         13.600 deadline
         13.600 no deadline
         20.000 usable 192.0.2.10",
        "0.000  Backup (listening for a Master)
         3.500  Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600  resign, release, Fault (the kernel has no memory)
         13.600 Fault (eth0 has no carrier)
         20.000 Backup (listening for a Master)",
    );
}
