//! Master (RFC 9568, section 6.4.3).

use super::story::check;

#[test]
fn a_master_advertises_once_an_interval() {
    check(
        "interval 0.5",
        "0.000 startup
         1.750 deadline
         2.250 deadline
         2.750 deadline",
        "0.000 Backup (listening for a Master)
         1.750 Master (no Master was heard for 1.750 s), advertise 128, claim
         2.250 advertise 128
         2.750 advertise 128",
    );
}

#[test]
fn an_advertisement_leaves_with_others_up_to_5_ms_early_and_stays_with_them() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         4.495 early
         5.495 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.495 advertise 128
         5.495 advertise 128",
    );
    check(
        "interval 0.1",
        "0.000 startup
         0.350 deadline
         0.449 early
         0.549 deadline",
        "0.000 Backup (listening for a Master)
         0.350 Master (no Master was heard for 0.350 s), advertise 128, claim
         0.449 advertise 128
         0.549 advertise 128",
    );
}

#[test]
fn a_backup_is_never_early() {
    check(
        "",
        "0.000 startup\n3.500 early",
        "0.000 Backup (listening for a Master)\n3.500 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn lateness_does_not_add_up() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         4.700 late deadline
         5.500 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.700 advertise 128
         5.500 advertise 128",
    );
}

#[test]
fn a_stall_is_not_made_up_for_in_a_burst() {
    check(
        "",
        "0.000  startup
         3.500  deadline
         60.300 late deadline
         61.300 deadline",
        "0.000  Backup (listening for a Master)
         3.500  Master (no Master was heard for 3.500 s), advertise 128, claim
         60.300 advertise 128
         61.300 advertise 128",
    );
}

#[test]
fn a_resignation_is_answered_at_once_and_the_interval_begins_again() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.700 resign 192.0.2.2
         4.700 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.700 advertise 128
         4.700 advertise 128",
    );
}

#[test]
fn a_master_of_lower_priority_is_answered_at_once_and_the_interval_runs_on() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.700 advert 192.0.2.2 127
         4.500 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.700 advertise 128
         4.500 advertise 128",
    );
}

#[test]
fn no_more_than_one_advertisement_an_interval_is_answered() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.700 advert 192.0.2.2 127
         3.701 advert 192.0.2.3 126
         3.702 resign 192.0.2.4
         4.500 deadline
         4.699 advert 192.0.2.2 127
         4.700 advert 192.0.2.2 127
         4.701 advert 192.0.2.2 127",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.700 advertise 128
         4.500 advertise 128
         4.700 advertise 128",
    );
}

#[test]
fn a_higher_priority_deposes_a_master_that_learns_its_interval() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         4.000 advert 192.0.2.2 129 every 2
         11.000 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 release, Backup (192.0.2.2 took over with priority 129 against 128)
         11.000 Master (192.0.2.2 was silent for 7.000 s), advertise 128, claim",
    );
}

#[test]
fn a_master_gives_way_to_a_higher_priority_even_where_it_would_not_preempt() {
    check(
        "preempt off",
        "0.000 startup
         3.500 deadline
         4.000 advert 192.0.2.2 129",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 release, Backup (192.0.2.2 took over with priority 129 against 128)",
    );
}

#[test]
fn of_two_masters_of_the_same_priority_the_higher_address_wins() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.600 advert 192.0.2.9 128
         3.700 advert 192.0.2.11 128",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600 advertise 128
         3.700 release, Backup (192.0.2.11 took over: same priority 128, higher address)",
    );
}

#[test]
fn addresses_are_compared_as_numbers_and_not_as_text() {
    check(
        "ipv6",
        "0.000 startup
         3.500 deadline
         3.600 advert fe80::9 128
         3.700 advert fe80::1:0 128",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600 advertise 128
         3.700 release, Backup (fe80::1:0 took over: same priority 128, higher address)",
    );
}

#[test]
fn stopping_a_master_resigns_and_releases() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.600 claimed
         3.610 shutdown
         5.000 no deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600 announce
         3.610 resign, release, Init (disabled)",
    );
}

#[test]
fn a_master_that_is_stopped_before_the_kernel_answers_releases_all_the_same() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.501 shutdown
         3.502 claimed",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.501 resign, release, Init (disabled)",
    );
}

#[test]
fn a_new_primary_address_is_advertised_at_once() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.600 usable 192.0.2.10
         4.000 usable 192.0.2.99
         4.100 advert 192.0.2.11 128
         5.000 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 advertise 128
         4.100 advertise 128
         5.000 advertise 128",
    );
}
