//! Both families of an instance in step.

use super::story::check;

#[test]
fn both_families_lead_together() {
    check(
        "both",
        "0.000 startup
         3.500 deadline
         3.600 claimed
         3.620 deadline",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         3.500 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600 v4 announce
         3.600 v6 announce
         3.620 v4 announce
         3.620 v6 announce",
    );
}

#[test]
fn a_family_without_a_master_waits_for_the_other() {
    check(
        "both",
        "0.000 startup
         1.000 advert fe80::2 200
         3.500 deadline
         3.600 advert fe80::2 200
         7.100 deadline",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         7.100 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         7.100 v6 Master (fe80::2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_family_that_waits_respects_a_master_that_comes() {
    check(
        "both",
        "0.000 startup
         1.000 advert fe80::2 200
         3.500 deadline
         4.000 advert 192.0.2.2 200
         4.500 deadline
         7.500 deadline",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         7.500 v4 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim
         7.500 v6 Master (fe80::2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_family_that_waits_does_not_mind_a_master_of_lower_priority_or_a_resignation() {
    check(
        "both",
        "0.000 startup
         1.000 advert fe80::2 200
         3.500 deadline
         3.600 advert 192.0.2.2 100
         3.700 resign 192.0.2.2
         4.500 deadline",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         4.500 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.500 v6 Master (fe80::2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn when_one_family_is_deposed_the_other_resigns() {
    check(
        "both",
        "0.000 startup
         3.500 deadline
         4.000 advert 192.0.2.2 200
         4.001 advert fe80::2 200",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         3.500 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 v4 release, Backup (192.0.2.2 took over with priority 200 against 128)
         4.000 v6 resign, release, Backup (what it moves with is no longer Master)",
    );
}

#[test]
fn a_family_that_yielded_waits_like_the_lowest_priority() {
    check(
        "both",
        "0.000 startup
         3.500 deadline
         4.000 advert fe80::2 200
         7.500 deadline
         7.99609375 deadline",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         3.500 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 v6 release, Backup (fe80::2 took over with priority 200 against 128)
         4.000 v4 resign, release, Backup (what it moves with is no longer Master)
         7.99609375 v4 Master (no Master was heard for 3.996 s), advertise 128, claim
         7.99609375 v6 Master (fe80::2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn of_two_groups_of_one_priority_the_higher_address_of_the_first_family_wins() {
    // The other group has the higher address in IPv6. Were that decisive, both would yield, and again, for ever.
    check(
        "both",
        "0.000 startup
         3.500 deadline
         3.501 advert 192.0.2.9 128
         3.501 advert fe80::11 128
         3.502 resign fe80::11",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         3.500 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.501 v4 advertise 128
         3.502 v6 advertise 128",
    );
    check(
        "both",
        "0.000 startup
         3.500 deadline
         3.501 advert 192.0.2.11 128
         3.501 advert fe80::9 128",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         3.500 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.501 v4 release, Backup (192.0.2.11 took over: same priority 128, higher address)
         3.501 v6 resign, release, Backup (what it moves with is no longer Master)",
    );
}

#[test]
fn a_lasting_tie_in_the_second_family_is_decided_by_its_addresses() {
    check(
        "both",
        "0.000 startup
         3.500 deadline
         4.000 advert fe80::11 128
         4.500 deadline
         5.000 advert fe80::11 128
         5.500 deadline
         6.500 deadline
         7.000 advert fe80::11 128
         7.500 deadline
         8.000 advert fe80::11 128",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         3.500 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.500 v4 advertise 128
         4.500 v6 advertise 128
         5.500 v4 advertise 128
         5.500 v6 advertise 128
         6.500 v4 advertise 128
         6.500 v6 advertise 128
         7.500 v4 advertise 128
         7.500 v6 advertise 128
         8.000 v6 release, Backup (fe80::11 took over: same priority 128, higher address)
         8.000 v4 resign, release, Backup (what it moves with is no longer Master)",
    );
}

#[test]
fn a_tie_long_ago_does_not_count() {
    check(
        "both, interval 40",
        "0.000    startup
         140.000  deadline
         141.000  advert fe80::11 128
         148.000  advert fe80::11 128
         180.000  deadline",
        "0.000    v4 Backup (listening for a Master)
         0.000    v6 Backup (listening for a Master)
         140.000  v4 Master (no Master was heard for 140.000 s), advertise 128, claim
         140.000  v6 Master (no Master was heard for 140.000 s), advertise 128, claim
         180.000  v4 advertise 128
         180.000  v6 advertise 128",
    );
}

#[test]
fn when_one_family_is_in_fault_both_are() {
    check(
        "both",
        "0.000 startup
         3.500 deadline
         4.000 v6 unusable eth0 has no IPv6 address
         4.500 usable fe80::10
         8.000 deadline",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         3.500 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 v6 resign, release, Fault (eth0 has no IPv6 address)
         4.000 v4 resign, release, Fault (what it moves with is in Fault: eth0 has no IPv6 address)
         4.500 v6 Backup (listening for a Master)
         4.500 v4 Backup (listening for a Master)
         8.000 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         8.000 v6 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn an_instance_starts_when_the_links_of_both_families_can_be_used() {
    check(
        "both, link unknown",
        "0.000 startup
         1.000 usable 192.0.2.10
         2.000 usable fe80::10
         5.500 deadline",
        "0.000 v4 Fault (its link is not known yet)
         0.000 v6 Fault (its link is not known yet)
         1.000 v4 Fault (what it moves with is in Fault: its link is not known yet)
         2.000 v6 Backup (listening for a Master)
         2.000 v4 Backup (listening for a Master)
         5.500 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         5.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn what_the_kernel_refuses_one_family_keeps_both_away() {
    check(
        "both",
        "0.000  startup
         3.500  deadline
         3.600  v4 claimed
         3.610  v6 refused the address is in use
         13.610 deadline
         17.110 deadline",
        "0.000  v4 Backup (listening for a Master)
         0.000  v6 Backup (listening for a Master)
         3.500  v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500  v6 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600  v4 announce
         3.610  v6 resign, release, Fault (the address is in use)
         3.610  v4 resign, release, Fault (what it moves with is in Fault: the address is in use)
         13.610 v6 Backup (listening for a Master)
         13.610 v4 Backup (listening for a Master)
         17.110 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         17.110 v6 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn barring_one_family_takes_both_back_and_admitting_it_lets_both_lead() {
    check(
        "both",
        "0.000 startup
         3.500 deadline
         4.000 v6 barred by the administrator
         7.99609375 deadline
         9.000 no deadline
         9.000 v6 admitted
         12.500 deadline",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         3.500 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 v6 resign, release, Backup (by the administrator)
         4.000 v4 resign, release, Backup (what it moves with is no longer Master)
         9.000 v6 Backup (listening for a Master)
         12.500 v4 Master (no Master was heard for 3.996 s), advertise 128, claim
         12.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn barring_both_families_resigns_both() {
    check(
        "both",
        "0.000 startup
         3.500 deadline
         4.000 barred http.service is failed
         9.000 no deadline",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         3.500 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 v4 resign, release, Backup (http.service is failed)
         4.000 v6 resign, release, Backup (http.service is failed)",
    );
}

#[test]
fn stopping_resigns_both_families() {
    check(
        "both",
        "0.000 startup
         3.500 deadline
         4.000 shutdown
         9.000 no deadline",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         3.500 v4 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.500 v6 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 v4 resign, release, Init (disabled)
         4.000 v6 resign, release, Init (disabled)",
    );
}

#[test]
fn the_owner_of_both_families_leads_with_both_at_once() {
    check(
        "both, priority 255",
        "0.000 startup
         0.001 advert 192.0.2.11 255
         0.002 advert fe80::11 255",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         0.000 v4 Master (owns the addresses), advertise 255, claim
         0.000 v6 Master (owns the addresses), advertise 255, claim
         0.001 v4 release, Backup (192.0.2.11 took over: same priority 255, higher address)
         0.001 v6 resign, release, Backup (what it moves with is no longer Master)",
    );
}

#[test]
fn both_families_end_the_preempt_delay_together() {
    check(
        "both, patience 5",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         1.500 advert fe80::2 100
         4.000 advert 192.0.2.2 100
         4.000 advert fe80::2 100
         6.000 deadline
         6.100 advert 192.0.2.2 100
         6.500 deadline",
        "0.000 v4 Backup (listening for a Master)
         0.000 v6 Backup (listening for a Master)
         6.500 v4 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim
         6.500 v6 Master (priority 128 preempts fe80::2 with 100), advertise 128, claim",
    );
}
