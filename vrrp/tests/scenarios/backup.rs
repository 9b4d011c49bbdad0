//! Backup (RFC 9568, section 6.4.2).

use super::story::check;

#[test]
fn every_advertisement_of_the_master_starts_the_wait_again() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200
         2.000 advert 192.0.2.2 200
         5.500 deadline",
        "0.000 Backup (listening for a Master)
         5.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_master_of_the_same_priority_is_respected_whatever_its_address() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 128
         4.500 deadline",
        "0.000 Backup (listening for a Master)
         4.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_backup_learns_the_interval_of_the_master() {
    check(
        "",
        "0.000  startup
         1.000  advert 192.0.2.2 200 every 10
         36.000 deadline
         37.000 deadline",
        "0.000  Backup (listening for a Master)
         36.000 Master (192.0.2.2 was silent for 35.000 s), advertise 128, claim
         37.000 advertise 128",
    );
}

#[test]
fn a_backup_forgets_the_interval_of_a_master_that_another_replaces() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200 every 10
         2.000 advert 192.0.2.3 201 every 0.1
         2.350 deadline",
        "0.000 Backup (listening for a Master)
         2.350 Master (192.0.2.3 was silent for 0.350 s), advertise 128, claim",
    );
}

#[test]
fn after_a_resignation_a_backup_waits_for_its_skew_time_alone() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200
         1.200 resign 192.0.2.2
         1.700 deadline",
        "0.000 Backup (listening for a Master)
         1.700 Master (192.0.2.2 resigned), advertise 128, claim",
    );
}

#[test]
fn skew_time_is_reckoned_by_the_interval_of_the_master() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200 every 0.1
         1.050 resign 192.0.2.2
         1.100 deadline",
        "0.000 Backup (listening for a Master)
         1.100 Master (192.0.2.2 resigned), advertise 128, claim",
    );
}

#[test]
fn whoever_follows_the_master_that_resigned_is_respected() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200
         1.200 resign 192.0.2.2
         1.500 advert 192.0.2.3 150
         5.000 deadline",
        "0.000 Backup (listening for a Master)
         5.000 Master (192.0.2.3 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_backup_that_is_disabled_says_nothing() {
    check(
        "",
        "0.000 startup
         1.000 shutdown
         2.000 no deadline",
        "0.000 Backup (listening for a Master)
         1.000 Init (disabled)",
    );
}

#[test]
fn what_waits_after_a_stall_is_heard_before_its_sender_is_deposed() {
    check(
        "",
        "0.000 startup
         9.000 late advert 192.0.2.2 200
         12.500 deadline",
        "0.000 Backup (listening for a Master)
         12.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_backup_that_is_woken_late_leads_and_tells_how_long_it_heard_nobody() {
    check(
        "",
        "0.000 startup
         5.000 late deadline
         6.000 deadline",
        "0.000 Backup (listening for a Master)
         5.000 Master (no Master was heard for 5.000 s), advertise 128, claim
         6.000 advertise 128",
    );
}

#[test]
fn a_backup_ignores_what_the_kernel_says_about_a_claim_it_has_released() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.600 advert 192.0.2.2 200
         3.601 claimed
         3.602 refused no memory
         7.100 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600 release, Backup (192.0.2.2 took over with priority 200 against 128)
         7.100 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}
