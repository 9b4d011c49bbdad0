//! Advertisements that reach the host and not the socket: a filtered Master is not a dead one.

use super::story::check;

#[test]
fn a_backup_that_misses_its_master_looks_before_half_of_its_wait_is_over() {
    check(
        "",
        "0.000 startup
         1.500 look
         1.000 advert 192.0.2.2 200
         2.500 look
         4.500 deadline
         4.500 no look",
        "0.000 Backup (listening for a Master)
         4.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn the_look_follows_the_interval_of_the_master() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200 every 0.1
         1.150 look",
        "0.000 Backup (listening for a Master)",
    );
}

#[test]
fn whoever_waits_for_nobody_does_not_look() {
    check(
        "",
        "0.000 no look
         0.000 startup
         1.000 advert 192.0.2.2 200
         1.200 resign 192.0.2.2
         1.200 no look
         1.300 advert 192.0.2.3 200
         2.800 look
         1.400 barred http.service is inactive
         1.500 no look
         1.500 filtered advert 192.0.2.3 200
         1.600 unusable eth0 has no carrier
         1.600 no look
         1.700 filtered advert 192.0.2.3 200
         1.800 no deadline",
        "0.000 Backup (listening for a Master)
         1.400 Backup (http.service is inactive)
         1.600 Fault (eth0 has no carrier)",
    );
}

#[test]
fn a_master_of_lower_priority_that_arrives_is_not_looked_for() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         2.500 look
         2.000 advert 192.0.2.2 100
         3.500 look
         3.500 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}

#[test]
fn a_master_that_is_filtered_is_respected_and_its_death_is_noticed() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200
         3.000 filtered advert 192.0.2.2 200
         3.100 deadline
         3.100 looking
         4.000 filtered advert 192.0.2.2 200
         5.000 filtered advert 192.0.2.2 200
         8.500 deadline",
        "0.000 Backup (listening for a Master)
         3.100 count, Backup (advertisements from 192.0.2.2 are being filtered by a firewall rule (nft list ruleset, iptables-save))
         4.000 count
         5.000 count
         8.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_router_that_starts_behind_a_filter_finds_the_master() {
    check(
        "",
        "0.000 startup
         1.500 look
         1.600 filtered advert 192.0.2.2 200 every 0.1
         1.6125 deadline
         1.950 deadline",
        "0.000 Backup (listening for a Master)
         1.6125 count, Backup (advertisements from 192.0.2.2 are being filtered by a firewall rule (nft list ruleset, iptables-save))
         1.950 Master (192.0.2.2 was silent for 0.350 s), advertise 128, claim",
    );
}

#[test]
fn a_filtered_master_of_lower_priority_is_not_deposed() {
    check(
        "patience 1",
        "0.000 startup
         2.000 filtered martian advert 192.0.2.2 100
         2.100 deadline
         3.000 filtered martian advert 192.0.2.2 100
         4.000 filtered martian advert 192.0.2.2 100
         7.500 deadline",
        "0.000 Backup (listening for a Master)
         2.100 count, Backup (advertisements from 192.0.2.2 are being filtered as martians: this host has that address too)
         3.000 count
         4.000 count
         7.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_filtered_resignation_is_followed_in_time() {
    check(
        "",
        "0.000 startup
         2.000 filtered advert 192.0.2.2 200
         2.100 deadline
         2.200 filtered resign 192.0.2.2
         2.700 deadline",
        "0.000 Backup (listening for a Master)
         2.100 count, Backup (advertisements from 192.0.2.2 are being filtered by a firewall rule (nft list ruleset, iptables-save))
         2.200 count
         2.700 Master (192.0.2.2 resigned), advertise 128, claim",
    );
}

#[test]
fn the_cause_is_told_again_when_it_is_another_one() {
    check(
        "",
        "0.000 startup
         2.000 filtered rp_filter advert 192.0.2.2 200
         2.100 deadline
         3.000 filtered advert 192.0.2.2 200
         4.000 filtered advert 192.0.2.3 200",
        "0.000 Backup (listening for a Master)
         2.100 count, Backup (advertisements from 192.0.2.2 are being filtered by rp_filter: no route leads back through this link)
         3.000 count, Backup (advertisements from 192.0.2.2 are being filtered by a firewall rule (nft list ruleset, iptables-save))
         4.000 count, Backup (advertisements from 192.0.2.3 are being filtered by a firewall rule (nft list ruleset, iptables-save))",
    );
}

/// It is held back no longer than until this router would take over.
#[test]
fn a_last_look_before_taking_over_finds_the_master() {
    check(
        "",
        "0.000 startup
         3.450 filtered advert 192.0.2.2 200
         3.500 deadline
         6.950 deadline",
        "0.000 Backup (listening for a Master)
         3.500 count, Backup (advertisements from 192.0.2.2 are being filtered by a firewall rule (nft list ruleset, iptables-save))
         6.950 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn what_is_not_from_another_router_of_the_same_version_is_not_respected_there_either() {
    check(
        "",
        "0.000 startup
         2.000 filtered advert 192.0.2.10 200
         2.000 filtered advert 192.0.2.2 200 v2
         3.500 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn an_advertisement_that_arrives_a_moment_later_was_not_filtered() {
    check(
        "",
        "0.000 startup
         2.000 filtered advert 192.0.2.2 200
         2.001 advert 192.0.2.2 200
         3.501 look
         5.501 deadline",
        "0.000 Backup (listening for a Master)
         5.501 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn when_advertisements_arrive_again_the_reason_is_gone() {
    check(
        "",
        "0.000 startup
         2.000 filtered advert 192.0.2.2 200
         2.100 deadline
         3.000 filtered advert 192.0.2.2 200
         3.001 advert 192.0.2.2 200
         4.501 look
         6.501 deadline",
        "0.000 Backup (listening for a Master)
         2.100 count, Backup (advertisements from 192.0.2.2 are being filtered by a firewall rule (nft list ruleset, iptables-save))
         3.000 count
         3.001 Backup (192.0.2.2 is Master with priority 200)
         6.501 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn when_advertisements_arrive_again_a_lower_priority_is_deposed_as_ever() {
    check(
        "",
        "0.000 startup
         2.000 filtered advert 192.0.2.2 100
         2.100 deadline
         3.000 advert 192.0.2.2 100
         4.000 advert 192.0.2.2 100
         5.000 advert 192.0.2.2 100
         5.500 deadline",
        "0.000 Backup (listening for a Master)
         2.100 count, Backup (advertisements from 192.0.2.2 are being filtered by a firewall rule (nft list ruleset, iptables-save))
         3.000 Backup (192.0.2.2 is Master with priority 100)
         5.500 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}

#[test]
fn a_master_behind_a_filter_is_deposed() {
    check(
        "",
        "0.000 startup
         2.000 filtered advert 192.0.2.2 200
         2.100 deadline
         5.500 deadline
         5.500 looking
         6.000 filtered advert 192.0.2.2 200
         6.000 looking",
        "0.000 Backup (listening for a Master)
         2.100 count, Backup (advertisements from 192.0.2.2 are being filtered by a firewall rule (nft list ruleset, iptables-save))
         5.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim
         6.000 count, release, Backup (192.0.2.2 took over with priority 200 against 128)",
    );
}

#[test]
fn one_filtered_family_keeps_the_other_back() {
    check(
        "both",
        "0.000 startup
         2.000 filtered advert 192.0.2.2 100
         2.100 deadline
         3.500 deadline
         5.000 filtered advert 192.0.2.2 100
         8.500 deadline",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         2.100 v4 count, Backup (advertisements from 192.0.2.2 are being filtered by a firewall rule (nft list ruleset, iptables-save))
         5.000 v4 count
         8.500 v4 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim
         8.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}
