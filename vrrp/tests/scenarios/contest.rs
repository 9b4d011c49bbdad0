//! Other hosts that answer for an address (RFC 5227, section 2.4).

use super::story::check;

#[test]
fn a_host_that_goes_on_answering_is_told_of_and_announced_against() {
    check(
        "interval 40",
        "0.000 startup
         140.000 deadline
         140.000 claimed
         140.020 deadline
         140.100 deadline
         141.000 deadline
         145.000 deadline
         150.000 contested
         152.999 contested
         153.000 deadline
         153.000 contested
         160.000 contested
         162.999 contested
         163.000 contested",
        "0.000 Backup (listening for a Master)
         140.000 Master (no Master was heard for 140.000 s), advertise 128, claim
         140.000 announce
         140.020 announce
         140.100 announce
         141.000 announce
         145.000 announce
         153.000 contested, announce
         160.000 contested
         162.999 contested
         163.000 contested, announce",
    );
}

#[test]
fn the_longer_the_interval_the_longer_a_first_sighting_waits() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.600 contested
         4.500 deadline
         5.000 contested
         5.100 deadline
         5.100 contested",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.500 advertise 128
         5.100 contested",
    );
}

#[test]
fn what_was_seen_long_ago_is_forgotten() {
    check(
        "interval 40",
        "0.000 startup
         140.000 deadline
         141.000 contested
         144.000 deadline
         180.000 deadline
         201.000 contested
         204.000 deadline
         205.000 contested",
        "0.000 Backup (listening for a Master)
         140.000 Master (no Master was heard for 140.000 s), advertise 128, claim
         180.000 advertise 128
         205.000 contested",
    );
}

#[test]
fn between_routers_that_advertise_their_advertisements_decide() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.600 contested
         3.700 advert 192.0.2.2 100
         4.500 deadline
         5.200 contested
         5.500 deadline
         6.500 deadline
         6.600 contested
         6.700 contested",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.700 advertise 128
         4.500 advertise 128
         5.500 advertise 128
         6.500 advertise 128",
    );
}

#[test]
fn a_first_sighting_has_it_looked_for_a_master_that_is_filtered() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.500 no look
         3.600 contested
         3.600 looking
         4.000 filtered advert 192.0.2.2 200
         4.000 looking",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 count, release, Backup (192.0.2.2 took over with priority 200 against 128)",
    );
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.600 contested
         4.500 deadline
         5.100 deadline
         5.100 no look",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.500 advertise 128",
    );
}

#[test]
fn only_a_master_minds() {
    check(
        "",
        "0.000 contested
         0.000 startup
         1.000 contested
         3.000 contested
         3.100 unusable eth0 has no carrier
         3.200 contested",
        "0.000 Backup (listening for a Master)
         3.100 Fault (eth0 has no carrier)",
    );
}
