//! Priority, interval and preempt rules that change while the router runs.

use super::story::check;

#[test]
fn a_backup_that_gains_priority_waits_less() {
    check(
        "priority 64",
        "0.000 startup
         1.000 advert 192.0.2.2 200
         2.000 priority 192
         4.250 deadline",
        "0.000 Backup (listening for a Master)
         4.250 Master (192.0.2.2 was silent for 3.250 s), advertise 192, claim",
    );
}

#[test]
fn a_backup_that_loses_priority_waits_longer() {
    check(
        "priority 192",
        "0.000 startup
         2.000 priority 64
         3.750 deadline",
        "0.000 Backup (listening for a Master)
         3.750 Master (no Master was heard for 3.750 s), advertise 64, claim",
    );
}

#[test]
fn a_backup_whose_wait_is_over_under_its_new_priority_leads() {
    check(
        "priority 64",
        "0.000 startup
         3.600 priority 192
         3.600 late deadline",
        "0.000 Backup (listening for a Master)
         3.600 Master (no Master was heard for 3.600 s), advertise 192, claim",
    );
}

#[test]
fn a_backup_that_outgrows_its_master_preempts_it() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 150
         1.500 priority 192
         2.000 advert 192.0.2.2 150
         4.250 deadline",
        "0.000 Backup (listening for a Master)
         4.250 Master (priority 192 preempts 192.0.2.2 with 150), advertise 192, claim",
    );
}

#[test]
fn a_backup_without_a_master_waits_by_its_new_interval() {
    check(
        "",
        "0.000 startup
         1.000 interval 2
         7.000 deadline",
        "0.000 Backup (listening for a Master)
         7.000 Master (no Master was heard for 7.000 s), advertise 128, claim",
    );
}

#[test]
fn the_masters_interval_counts_for_a_backup_whose_own_changes() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200
         2.000 interval 20
         4.500 deadline
         24.500 deadline",
        "0.000 Backup (listening for a Master)
         4.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim
         24.500 advertise 128",
    );
}

#[test]
fn a_change_does_not_prolong_the_wait_after_a_resignation() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 200
         2.000 resign 192.0.2.2
         2.100 priority 64
         2.500 deadline",
        "0.000 Backup (listening for a Master)
         2.500 Master (192.0.2.2 resigned), advertise 64, claim",
    );
}

#[test]
fn a_master_advertises_its_new_priority_at_once() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         4.000 priority 60
         4.100 advert 192.0.2.2 61
         5.000 priority 60",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000 advertise 60
         4.100 release, Backup (192.0.2.2 took over with priority 61 against 60)",
    );
}

#[test]
fn a_master_advertises_its_new_interval_at_once_and_keeps_it() {
    check(
        "",
        "0.000  startup
         3.500  deadline
         4.000  interval 10
         14.000 deadline
         15.000 interval 0.1
         15.100 deadline",
        "0.000  Backup (listening for a Master)
         3.500  Master (no Master was heard for 3.500 s), advertise 128, claim
         4.000  advertise 128
         14.000 advertise 128
         15.000 advertise 128
         15.100 advertise 128",
    );
}

#[test]
fn a_change_that_concerns_no_backup_is_not_advertised() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         4.000 priority 128
         4.100 preempt off
         4.200 patience 9
         4.500 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         4.500 advertise 128",
    );
}

#[test]
fn a_backup_that_is_told_not_to_preempt_respects_its_master_at_once() {
    check(
        "patience 5",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         3.000 preempt off
         4.000 advert 192.0.2.2 100
         7.500 deadline",
        "0.000 Backup (listening for a Master)
         7.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_preempt_delay_that_changes_counts_from_where_it_began() {
    check(
        "patience 60",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         3.000 patience 3
         4.000 deadline",
        "0.000 Backup (listening for a Master)
         4.000 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}

#[test]
fn a_change_does_not_begin_the_owners_preempt_delay_again() {
    check(
        "priority 255, preempt off, patience 2",
        "0.000 barred http.service is inactive
         0.000 startup
         0.500 advert 192.0.2.2 255
         1.000 admitted
         2.000 advert 192.0.2.3 100
         3.000 interval 2
         4.000 deadline",
        "0.000 Backup (http.service is inactive)
         1.000 Backup (listening for a Master)
         4.000 Master (priority 255 preempts 192.0.2.3 with 100), advertise 255, claim",
    );
}
