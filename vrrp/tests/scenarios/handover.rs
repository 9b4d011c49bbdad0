//! How a Master leaves: what it says before it resigns, and how long it serves on.

use super::story::check;

#[test]
fn a_backup_that_is_alone_is_hastened_before_the_resignation() {
    check(
        "resign fast",
        "0.000 startup
         3.500 deadline
         4.000 shutdown",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 hasten 128, resign, release, Init (disabled)",
    );
    // Version 2 teaches nobody an interval.
    check(
        "version 2, resign fast",
        "0.000 startup
         3.500 deadline
         4.000 shutdown",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 resign, release, Init (disabled)",
    );
}

#[test]
fn a_backup_that_is_hastened_waits_milliseconds() {
    check(
        "",
        "0.000 startup
         0.100 advert 192.0.2.2 200
         0.600 advert 192.0.2.2 200 every 0.01
         0.600 resign 192.0.2.2
         0.605 deadline",
        "0.000 Backup (listening for a Master)
         0.605 Master (192.0.2.2 resigned), advertise 128, claim",
    );
}

#[test]
fn after_a_resignation_the_addresses_are_served_until_another_master_is_heard() {
    check(
        "drain 5, linger 0.050",
        "0.000 startup
         3.500 deadline
         4.000 barred http.service is inactive
         4.600 advert 192.0.2.2 100
         4.650 deadline
         5.600 advert 192.0.2.2 100",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 resign, drain, Backup (http.service is inactive)
         4.650 release",
    );
}

#[test]
fn without_another_master_it_lasts_an_interval_and_50_ms() {
    check(
        "drain 5",
        "0.000 startup
         3.500 deadline
         4.000 shutdown
         5.050 deadline
         6.000 no deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 resign, drain, Init (disabled)
         5.050 release",
    );
    check(
        "drain 0.3",
        "0.000 startup
         3.500 deadline
         4.000 unusable eth0 has no carrier
         4.300 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 resign, drain, Fault (eth0 has no carrier)
         4.300 release",
    );
}

#[test]
fn a_resignation_of_a_third_router_does_not_end_it() {
    check(
        "drain 5",
        "0.000 startup
         3.500 deadline
         4.000 barred http.service is inactive
         4.100 resign 192.0.2.3
         4.200 advert 192.0.2.10 128
         5.050 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 resign, drain, Backup (http.service is inactive)
         4.200 discard own-packet
         5.050 release",
    );
}

#[test]
fn a_master_that_is_deposed_serves_until_the_other_one_has_announced() {
    check(
        "drain 5, linger 0.050",
        "0.000 startup
         3.500 deadline
         4.000 advert 192.0.2.2 200
         4.050 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 drain, Backup (192.0.2.2 took over with priority 200 against 128)
         4.050 release",
    );
}

#[test]
fn what_is_drained_may_be_claimed_again() {
    check(
        "priority 255, drain 5",
        "0.000 startup
         0.500 shutdown
         0.600 startup
         1.600 deadline
         2.600 deadline",
        "0.000 Backup (listening for a Master), Master (owns the addresses), advertise 255, claim
         0.500 resign, drain, Init (disabled)
         0.600 Backup (listening for a Master), Master (owns the addresses), advertise 255, claim
         1.600 advertise 255
         2.600 advertise 255",
    );
}

#[test]
fn families_drain_together() {
    check(
        "both, drain 5, linger 0.050",
        "0.000 startup
         3.500 deadline
         4.000 barred http.service is inactive
         4.600 advert 192.0.2.2 100
         4.601 advert fe80::2 100
         4.650 deadline
         4.651 deadline",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         3.500 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 v4 resign, drain, Backup (http.service is inactive)
         4.000 v6 resign, drain, Backup (http.service is inactive)
         4.650 v4 release
         4.651 v6 release",
    );
}

#[test]
fn who_stood_still_until_its_lease_ran_out_listens_first() {
    check(
        "drain 5, resign fast",
        "0.000 startup
         3.500 deadline
         3.600 claimed
         10.000 late lapsed
         10.100 advert 192.0.2.2 100
         13.500 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600 announce
         10.000 resign, release, Backup (stood still until its lease ran out, so it listens for a Master first)
         13.500 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
    // Nobody else is Master.
    check(
        "",
        "0.000 startup
         3.500 deadline
         10.000 late lapsed
         13.500 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         10.000 resign, release, Backup (stood still until its lease ran out, so it listens for a Master first)
         13.500 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}
