//! Routers that may not be Master.

use super::story::check;

#[test]
fn a_barred_backup_hears_and_never_takes_over() {
    check(
        "",
        "0.000 startup
         1.000 barred http.service is inactive
         2.000 advert 192.0.2.2 200
         3.000 resign 192.0.2.2
         9.000 no deadline
         9.000 advert 192.0.2.3 1
         99.000 no deadline",
        "0.000 Backup (listening for a Master)
         1.000 Backup (http.service is inactive)",
    );
}

#[test]
fn a_router_that_is_barred_before_it_starts_starts_barred() {
    check(
        "",
        "0.000 barred http.service is inactive
         1.000 startup
         1.000 no deadline
         5.000 admitted
         8.500 deadline",
        "1.000 Backup (http.service is inactive)
         5.000 Backup (listening for a Master)
         8.500 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_master_that_is_barred_resigns_at_once() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.600 claimed
         3.610 barred http.service is failed
         3.610 no deadline
         9.000 resign 192.0.2.2
         9.000 no deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600 announce
         3.610 resign, release, Backup (http.service is failed)",
    );
}

#[test]
fn an_admitted_router_waits_by_the_interval_that_it_learned_while_it_was_barred() {
    check(
        "",
        "0.000 startup
         1.000 barred http.service is inactive
         2.000 advert 192.0.2.2 200 every 2
         3.000 admitted
         10.000 deadline",
        "0.000 Backup (listening for a Master)
         1.000 Backup (http.service is inactive)
         3.000 Backup (listening for a Master)
         10.000 Master (192.0.2.2 was silent for 7.000 s), advertise 128, claim",
    );
}

#[test]
fn an_admitted_router_preempts_by_the_rules() {
    check(
        "",
        "0.000 barred http.service is inactive
         0.000 startup
         2.000 advert 192.0.2.2 100
         3.000 admitted
         3.500 advert 192.0.2.2 100
         6.500 deadline",
        "0.000 Backup (http.service is inactive)
         3.000 Backup (listening for a Master)
         6.500 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}

#[test]
fn a_new_reason_is_told_and_the_same_one_is_not() {
    check(
        "",
        "0.000 startup
         1.000 barred http.service is inactive
         2.000 barred http.service is inactive
         3.000 barred http.service is failed
         4.000 admitted
         5.000 admitted
         7.500 deadline",
        "0.000 Backup (listening for a Master)
         1.000 Backup (http.service is inactive)
         3.000 Backup (http.service is failed)
         4.000 Backup (listening for a Master)
         7.500 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_bar_outlives_fault_and_a_stop() {
    check(
        "",
        "0.000 startup
         1.000 barred http.service is inactive
         2.000 unusable no carrier
         3.000 usable 192.0.2.10
         4.000 shutdown
         5.000 startup
         5.000 no deadline",
        "0.000 Backup (listening for a Master)
         1.000 Backup (http.service is inactive)
         2.000 Fault (no carrier)
         3.000 Backup (http.service is inactive)
         4.000 Init (disabled)
         5.000 Backup (http.service is inactive)",
    );
}

#[test]
fn what_bars_and_admits_is_remembered_in_fault() {
    check(
        "",
        "0.000 startup
         1.000 unusable no carrier
         2.000 barred http.service is inactive
         3.000 usable 192.0.2.10
         4.000 unusable no carrier
         5.000 admitted
         6.000 usable 192.0.2.10
         9.500 deadline",
        "0.000 Backup (listening for a Master)
         1.000 Fault (no carrier)
         3.000 Backup (http.service is inactive)
         4.000 Fault (no carrier)
         6.000 Backup (listening for a Master)
         9.500 Master (no Master was heard for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_barred_router_does_not_depose_a_master_that_loses_priority() {
    check(
        "",
        "0.000 startup
         1.000 barred http.service is inactive
         2.000 priority 254
         3.000 advert 192.0.2.2 1
         99.000 no deadline",
        "0.000 Backup (listening for a Master)
         1.000 Backup (http.service is inactive)",
    );
}
