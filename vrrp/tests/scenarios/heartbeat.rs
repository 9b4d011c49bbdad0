//! Advertisements that come over another link.

use super::story::check;

const AFAR: &str = "is heard over a heartbeat alone: the link between here and there is cut";

#[test]
fn a_backup_that_hears_its_master_afar_alone_makes_no_second_one() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200
         1.000 afar advert 192.0.2.2 200
         2.000 afar advert 192.0.2.2 200
         3.000 afar advert 192.0.2.2 200
         4.000 afar advert 192.0.2.2 200
         4.500 deadline
         5.000 afar advert 192.0.2.2 200
         8.500 deadline",
        &format!(
            "0.000 Backup (listening for a Master)
             4.500 Backup (192.0.2.2 is Master with priority 200, but {AFAR})
             8.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim"
        ),
    );
}

#[test]
fn a_backup_that_hears_its_link_again_is_as_before() {
    check(
        "",
        "0.000 startup
         3.000 afar advert 192.0.2.2 200
         3.500 deadline
         5.000 advert 192.0.2.2 200
         6.000 advert 192.0.2.2 200
         9.500 deadline",
        &format!(
            "0.000 Backup (listening for a Master)
             3.500 Backup (192.0.2.2 is Master with priority 200, but {AFAR})
             5.000 Backup (192.0.2.2 is Master with priority 200)
             9.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim"
        ),
    );
}

#[test]
fn a_backup_does_not_preempt_a_master_that_it_hears_afar_alone() {
    check(
        "",
        "0.000 startup
         3.000 afar advert 192.0.2.2 100
         3.500 deadline
         4.000 afar advert 192.0.2.2 100
         5.000 advert 192.0.2.2 100
         6.000 advert 192.0.2.2 100
         7.500 deadline",
        &format!(
            "0.000 Backup (listening for a Master)
             3.500 Backup (192.0.2.2 is Master with priority 100, but {AFAR})
             5.000 Backup (192.0.2.2 is Master with priority 100)
             7.500 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim"
        ),
    );
}

#[test]
fn a_backup_does_not_preempt_while_it_hears_a_better_master_afar() {
    // The two Masters do not hear each other, so nobody else tells the lower one.
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         2.000 afar advert 192.0.2.3 200
         3.000 advert 192.0.2.2 100
         5.000 afar advert 192.0.2.3 200
         6.000 advert 192.0.2.2 100
         8.000 advert 192.0.2.2 100
         9.000 advert 192.0.2.2 100
         11.500 deadline",
        "0.000 Backup (listening for a Master)
         11.500 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}

#[test]
fn a_patient_backup_does_not_preempt_while_it_hears_a_better_master_afar() {
    check(
        "patience 4",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         2.000 advert 192.0.2.2 100
         3.000 advert 192.0.2.2 100
         4.000 advert 192.0.2.2 100
         4.500 afar advert 192.0.2.3 200
         5.000 deadline
         5.100 advert 192.0.2.2 100
         8.200 advert 192.0.2.2 100
         9.200 advert 192.0.2.2 100
         11.200 advert 192.0.2.2 100
         12.200 deadline",
        "0.000 Backup (listening for a Master)
         12.200 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}

#[test]
fn a_patient_backup_that_hears_its_master_afar_alone_is_patient_no_more() {
    check(
        "patience 3",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         2.000 afar advert 192.0.2.2 100
         4.900 late afar advert 192.0.2.2 100
         4.900 late deadline
         8.400 deadline",
        &format!(
            "0.000 Backup (listening for a Master)
             4.900 Backup (192.0.2.2 is Master with priority 100, but {AFAR})
             8.400 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim"
        ),
    );
}

#[test]
fn a_backup_that_hears_its_link_preempts_whatever_it_hears_afar() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         1.000 afar advert 192.0.2.2 100
         2.000 advert 192.0.2.2 100
         2.000 afar advert 192.0.2.2 100
         3.500 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}

#[test]
fn a_master_that_resigns_afar_is_followed_within_forty_milliseconds() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200
         1.500 afar resign 192.0.2.2
         1.520 deadline",
        "0.000 Backup (listening for a Master)
         1.520 Master (192.0.2.2 resigned), advertise 128, claim",
    );
}

#[test]
fn a_resignation_on_both_links_is_followed_as_soon_as_one_afar() {
    for [first, second] in [["", "afar "], ["afar ", ""]] {
        check(
            "",
            &format!(
                "0.000 startup
                 1.000 advert 192.0.2.2 200
                 1.500 {first}resign 192.0.2.2
                 1.500 {second}resign 192.0.2.2
                 1.520 deadline"
            ),
            "0.000 Backup (listening for a Master)
             1.520 Master (192.0.2.2 resigned), advertise 128, claim",
        );
    }
}

#[test]
fn a_resignation_afar_of_somebody_else_changes_nothing() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200
         1.500 afar resign 192.0.2.3
         4.500 deadline",
        "0.000 Backup (listening for a Master)
         4.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_backup_that_waits_after_a_resignation_respects_who_took_over_meanwhile() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200
         2.000 resign 192.0.2.2
         2.300 afar advert 192.0.2.3 150
         2.500 deadline
         5.800 deadline",
        &format!(
            "0.000 Backup (listening for a Master)
             2.500 Backup (192.0.2.3 is Master with priority 150, but {AFAR})
             5.800 Master (192.0.2.3 was silent for 3.500 s), advertise 128, claim"
        ),
    );
}

#[test]
fn a_deaf_backup_whose_master_resigns_afar_takes_over() {
    check(
        "",
        "0.000 startup
         3.000 afar advert 192.0.2.2 200
         3.500 deadline
         4.000 afar resign 192.0.2.2
         4.020 deadline",
        &format!(
            "0.000 Backup (listening for a Master)
             3.500 Backup (192.0.2.2 is Master with priority 200, but {AFAR})
             4.020 Master (192.0.2.2 resigned), advertise 128, claim"
        ),
    );
}

#[test]
fn of_two_masters_that_meet_afar_the_better_one_stays() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.600 afar advert 192.0.2.2 100
         3.700 afar advert 192.0.2.2 200
         4.000 afar advert 192.0.2.2 200
         7.200 deadline",
        &format!(
            "0.000 Backup (listening for a Master)
             3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
             3.600 advertise 128
             3.700 release, Backup (192.0.2.2 took over with priority 200 against 128)
             7.200 Backup (192.0.2.2 is Master with priority 200, but {AFAR})"
        ),
    );
}

#[test]
fn of_two_masters_of_one_priority_the_address_on_the_own_link_decides() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.600 afar advert 192.0.2.9 128
         3.700 afar advert 192.0.2.11 128",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600 advertise 128
         3.700 release, Backup (192.0.2.11 took over: same priority 128, higher address)",
    );
}

#[test]
fn what_is_heard_afar_teaches_nothing_about_sums() {
    check(
        "",
        "0.000 startup
         1.000 afar advert 192.0.2.2 100 message-only
         1.000 afar advert 192.0.2.10 200
         3.500 deadline
         4.500 deadline",
        &format!(
            "0.000 Backup (listening for a Master)
             1.000 discard own-packet
             3.500 Backup (192.0.2.2 is Master with priority 100, but {AFAR})
             4.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim"
        ),
    );
}

#[test]
fn a_barred_router_hears_afar_and_never_takes_over() {
    check(
        "",
        "0.000 barred http.service is inactive
         0.000 startup
         1.000 afar advert 192.0.2.2 200
         2.000 afar resign 192.0.2.2
         9.000 no deadline",
        "0.000 Backup (http.service is inactive)",
    );
}

#[test]
fn a_deaf_router_that_is_barred_waits_for_nothing() {
    check(
        "",
        "0.000 startup
         3.000 afar advert 192.0.2.2 200
         3.500 deadline
         4.000 barred http.service is inactive
         4.500 afar advert 192.0.2.2 200
         9.000 no deadline",
        &format!(
            "0.000 Backup (listening for a Master)
             3.500 Backup (192.0.2.2 is Master with priority 200, but {AFAR})
             4.000 Backup (http.service is inactive)"
        ),
    );
}

#[test]
fn in_fault_and_when_disabled_nothing_is_heard_afar() {
    check(
        "",
        "0.000 afar advert 192.0.2.2 200
         1.000 startup
         2.000 unusable eth0 has no carrier
         3.000 afar advert 192.0.2.2 100
         3.000 no deadline",
        "1.000 Backup (listening for a Master)
         2.000 Fault (eth0 has no carrier)",
    );
}

#[test]
fn a_member_that_is_ready_waits_again_when_it_hears_a_master_afar() {
    check(
        "both",
        "0.000 startup
         2.000 advert fe80::2 200
         3.500 deadline
         4.000 afar advert 192.0.2.2 200
         5.500 deadline
         7.500 deadline",
        &format!(
            "0.000 v4 Backup (listening for a Master)
             0.000 v6 Backup (listening for a Master)
             4.000 v4 Backup (192.0.2.2 is Master with priority 200, but {AFAR})
             7.500 v4 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim
             7.500 v6 Master (fe80::2 was silent for 3.500 s), advertise 128, claim"
        ),
    );
}
