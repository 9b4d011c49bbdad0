//! Version 2 where it differs (RFC 3768, sections 6.1, 6.4 and 7.1).

use super::story::check;

#[test]
fn version_2_reckons_skew_time_in_seconds_whatever_the_interval() {
    check(
        "version 2, interval 10",
        "0.000  startup
         30.500 deadline
         40.500 deadline",
        "0.000  Backup (listening for a Master)
         30.500 Master (no Master was heard for 30.500 s), advertise 128, claim
         40.500 advertise 128",
    );
}

#[test]
fn version_2_waits_for_skew_time_after_a_resignation() {
    check(
        "version 2, interval 10",
        "0.000 startup
         1.000 advert 192.0.2.2 200 v2 every 10
         2.000 resign 192.0.2.2 v2 every 10
         2.500 deadline",
        "0.000 Backup (listening for a Master)
         2.500 Master (192.0.2.2 resigned), advertise 128, claim",
    );
}

#[test]
fn version_2_discards_another_interval_and_learns_none() {
    check(
        "version 2",
        "0.000 startup
         1.000 advert 192.0.2.2 200 v2 every 2
         2.000 resign 192.0.2.2 v2 every 2
         3.500 deadline
         3.600 advert 192.0.2.2 200 v2 every 2",
        "0.000 Backup (listening for a Master)
         1.000 discard interval-error
         2.000 discard interval-error
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600 discard interval-error",
    );
}

#[test]
fn version_2_discards_version_3() {
    check(
        "version 2",
        "0.000 startup
         1.000 advert 192.0.2.2 200
         3.500 deadline",
        "0.000 Backup (listening for a Master)
         1.000 discard version-mismatch
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn version_2_does_not_answer_a_lower_priority_but_announces_again() {
    check(
        "version 2",
        "0.000 startup
         3.500 deadline
         3.510 advert 192.0.2.2 100 v2
         4.500 deadline
         4.500 claimed
         4.520 deadline
         4.530 advert 192.0.2.2 100 v2
         4.550 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.500 advertise 128
         4.500 announce
         4.520 announce
         4.530 announce
         4.550 announce",
    );
}

#[test]
fn version_2_answers_a_resignation() {
    check(
        "version 2",
        "0.000 startup
         3.500 deadline
         3.700 resign 192.0.2.2 v2
         4.700 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.700 advertise 128
         4.700 advertise 128",
    );
}

#[test]
fn version_2_respects_and_gives_way_like_version_3() {
    check(
        "version 2",
        "0.000 startup
         1.000 advert 192.0.2.2 128 v2
         4.500 deadline
         4.600 advert 192.0.2.2 128 v2
         4.700 advert 192.0.2.11 128 v2
         4.800 shutdown",
        "0.000 Backup (listening for a Master)
         4.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim
         4.700 release, Backup (192.0.2.11 took over: same priority 128, higher address)
         4.800 Init (disabled)",
    );
}
