//! When a Master announces its addresses (RFC 9568, sections 6.4.2 and 6.4.3).

use super::story::check;

#[test]
fn announcements_begin_when_the_kernel_has_the_addresses_and_are_repeated() {
    check(
        "interval 40",
        "0.000   startup
         140.000 deadline
         140.500 claimed
         140.520 deadline
         140.600 deadline
         141.500 deadline
         145.500 deadline
         180.000 deadline",
        "0.000   Backup (listening for a Master)
         140.000 Master (no Master was heard for 140.000 s), advertise 128, claim
         140.500 announce
         140.520 announce
         140.600 announce
         141.500 announce
         145.500 announce
         180.000 advertise 128",
    );
}

#[test]
fn announcements_and_advertisements_that_are_due_together_go_together() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.500 claimed
         3.520 deadline
         3.600 deadline
         4.500 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500 announce
         3.520 announce
         3.600 announce
         4.500 advertise 128, announce",
    );
}

#[test]
fn nothing_is_announced_that_the_kernel_does_not_have_yet() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.600 advert 192.0.2.2 100
         4.500 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600 advertise 128
         4.500 advertise 128",
    );
}

#[test]
fn a_master_of_lower_priority_has_misled_clients_so_announcements_begin_again() {
    check(
        "interval 40",
        "0.000   startup
         140.000 deadline
         140.000 claimed
         160.000 late advert 192.0.2.2 100
         160.020 deadline
         160.100 deadline
         161.000 deadline
         165.000 deadline
         180.000 deadline",
        "0.000   Backup (listening for a Master)
         140.000 Master (no Master was heard for 140.000 s), advertise 128, claim
         140.000 announce
         160.000 advertise 128, announce
         160.020 announce
         160.100 announce
         161.000 announce
         165.000 announce
         180.000 advertise 128",
    );
}

#[test]
fn announcements_that_a_stall_has_missed_are_one() {
    check(
        "interval 40",
        "0.000   startup
         140.000 deadline
         140.000 claimed
         141.500 late deadline
         145.000 deadline
         180.000 deadline",
        "0.000   Backup (listening for a Master)
         140.000 Master (no Master was heard for 140.000 s), advertise 128, claim
         140.000 announce
         141.500 announce
         145.000 announce
         180.000 advertise 128",
    );
}

#[test]
fn a_deposed_master_announces_no_more() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.500 claimed
         3.510 advert 192.0.2.2 200
         7.010 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500 announce
         3.510 release, Backup (192.0.2.2 took over with priority 200 against 128)
         7.010 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}
