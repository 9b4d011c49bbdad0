//! Which advertisements are processed (RFC 9568, section 7.1), and how they are summed (section 5.2.8).

use super::story::check;

#[test]
fn a_packet_with_the_routers_own_address_is_discarded() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.10 200
         3.500 deadline
         3.600 resign 192.0.2.10
         4.500 deadline",
        "0.000 Backup (listening for a Master)
         1.000 discard own-packet
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600 discard own-packet
         4.500 advertise 128",
    );
}

#[test]
fn a_packet_of_the_other_version_is_discarded() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200 v2
         3.500 deadline
         4.000 advert 192.0.2.2 200 v2",
        "0.000 Backup (listening for a Master)
         1.000 discard version-mismatch
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 discard version-mismatch",
    );
}

#[test]
fn a_router_in_fault_hears_nothing() {
    check(
        "link unknown",
        "0.000 startup
         1.000 advert 192.0.2.2 200 every 10
         2.000 usable 192.0.2.10
         5.500 deadline",
        "0.000 Fault (its link is not known yet)
         2.000 Backup (listening for a Master)
         5.500 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn the_checksum_follows_what_is_heard() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200 message-only
         4.500 deadline
         5.000 advert 192.0.2.2 100",
        "0.000 Backup (listening for a Master)
         4.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128 (message-only sum), claim
         5.000 advertise 128",
    );
}

#[test]
fn the_checksum_does_not_follow_a_packet_that_is_discarded() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.10 200 message-only
         3.500 deadline",
        "0.000 Backup (listening for a Master)
         1.000 discard own-packet
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_configured_checksum_follows_nobody() {
    check(
        "checksum rfc5798",
        "0.000 startup
         1.000 advert 192.0.2.2 200 message-only
         4.500 deadline",
        "0.000 Backup (listening for a Master)
         4.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
    check(
        "checksum rfc9568",
        "0.000 startup
         1.000 advert 192.0.2.2 200
         4.500 deadline",
        "0.000 Backup (listening for a Master)
         4.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128 (message-only sum), claim",
    );
}

#[test]
fn the_checksum_can_be_changed_while_the_router_runs() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         4.000 checksum rfc9568
         4.500 deadline
         5.000 checksum auto
         5.500 deadline
         6.000 checksum rfc5798
         6.500 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.500 advertise 128 (message-only sum)
         5.500 advertise 128 (message-only sum)
         6.500 advertise 128",
    );
}
