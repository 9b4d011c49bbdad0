//! Masters whose daemon was replaced so quickly that nobody has taken over.

use super::story::check;

#[test]
fn a_master_goes_on_at_once() {
    check(
        "",
        "0.000 resume
         0.010 claimed
         0.030 deadline
         0.110 deadline
         1.000 deadline",
        "0.000 Master (went on after the daemon was restarted), advertise 128, claim
         0.010 announce
         0.030 announce
         0.110 announce
         1.000 advertise 128",
    );
}

#[test]
fn a_master_keeps_the_phase_of_its_advertisements() {
    check(
        "",
        "0.000 resume next 0.700
         0.700 deadline
         1.700 deadline",
        "0.000 Master (went on after the daemon was restarted), claim
         0.700 advertise 128
         1.700 advertise 128",
    );
}

#[test]
fn an_advertisement_that_was_missed_is_sent_at_once() {
    check(
        "",
        "2.000 resume next 1.900
         3.000 deadline",
        "2.000 Master (went on after the daemon was restarted), advertise 128, claim
         3.000 advertise 128",
    );
}

#[test]
fn a_deadline_that_nobody_would_wait_for_does_not_count() {
    check(
        "",
        "0.000 resume next 1.001
         1.000 deadline",
        "0.000 Master (went on after the daemon was restarted), advertise 128, claim
         1.000 advertise 128",
    );
}

#[test]
fn a_master_goes_on_with_the_checksum_that_it_had_learned() {
    check(
        "",
        "0.000 resume message-only",
        "0.000 Master (went on after the daemon was restarted), advertise 128 (message-only sum), claim",
    );
    check(
        "checksum rfc5798",
        "0.000 resume message-only",
        "0.000 Master (went on after the daemon was restarted), advertise 128, claim",
    );
}

#[test]
fn a_last_resort_goes_on_as_such() {
    check(
        "",
        "0.000 resort http.service is failed
         0.000 resume",
        "0.000 Master (the last resort, nobody else serves: http.service is failed), advertise 1, claim",
    );
}

#[test]
fn a_better_master_that_came_meanwhile_is_heeded() {
    check(
        "",
        "0.000 resume
         0.100 advert 192.0.2.2 200",
        "0.000 Master (went on after the daemon was restarted), advertise 128, claim
         0.100 release, Backup (192.0.2.2 took over with priority 200 against 128)",
    );
}

#[test]
fn both_families_go_on_together() {
    check(
        "both",
        "0.000 resume next 0.500
         0.500 deadline",
        "0.000 v4 Master (went on after the daemon was restarted), claim
         0.000 v6 Master (went on after the daemon was restarted), claim
         0.500 v4 advertise 128
         0.500 v6 advertise 128",
    );
}

#[test]
fn a_family_without_a_link_keeps_the_other_from_going_on() {
    check(
        "both",
        "0.000 v6 unusable eth0 has no IPv6 address
         0.000 resume",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Fault (eth0 has no IPv6 address)
         0.000 v4 Fault (what it moves with is in Fault: eth0 has no IPv6 address)",
    );
}

#[test]
fn a_router_that_is_barred_does_not_go_on() {
    check(
        "",
        "0.000 barred http.service is inactive
         0.000 resume
         1.000 no deadline",
        "0.000 Backup (http.service is inactive)",
    );
}

#[test]
fn only_a_router_that_has_not_started_goes_on() {
    check(
        "",
        "0.000 startup
         1.000 resume
         3.500 deadline
         3.600 resume
         4.000 unusable eth0 has no carrier
         4.100 resume
         4.100 no deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 resign, release, Fault (eth0 has no carrier)",
    );
}
