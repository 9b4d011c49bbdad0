//! Preempt_Mode (RFC 9568, section 6.1) and preempt_delay, here called patience.

use super::story::check;

#[test]
fn a_master_of_lower_priority_does_not_stop_the_wait() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         2.000 advert 192.0.2.2 100
         3.000 advert 192.0.2.2 100
         3.500 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}

#[test]
fn a_master_of_lower_priority_is_not_learned_from() {
    check(
        "",
        "0.000 startup
         1.000 advert 192.0.2.2 100 every 40
         3.500 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}

#[test]
fn without_preempt_a_master_of_lower_priority_is_respected() {
    check(
        "preempt off",
        "0.000 startup
         1.000 advert 192.0.2.2 1
         2.000 advert 192.0.2.2 1 every 2
         9.000 deadline",
        "0.000 Backup (listening for a Master)
         9.000 Master (192.0.2.2 was silent for 7.000 s), advertise 128, claim",
    );
}

#[test]
fn a_master_of_lower_priority_is_left_alone_for_the_preempt_delay() {
    check(
        "patience 5",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         3.000 advert 192.0.2.2 100
         5.000 advert 192.0.2.2 100
         6.000 deadline",
        "0.000 Backup (listening for a Master)
         6.000 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}

#[test]
fn the_preempt_delay_does_not_begin_again_with_another_master_of_lower_priority() {
    check(
        "patience 5",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         3.000 advert 192.0.2.3 90
         6.000 deadline",
        "0.000 Backup (listening for a Master)
         6.000 Master (priority 128 preempts 192.0.2.3 with 90), advertise 128, claim",
    );
}

#[test]
fn a_better_master_ends_the_preempt_delay() {
    check(
        "patience 5",
        "0.000  startup
         1.000  advert 192.0.2.2 100
         3.000  advert 192.0.2.3 128
         5.000  advert 192.0.2.2 100
         8.000  advert 192.0.2.2 100
         10.000 deadline",
        "0.000  Backup (listening for a Master)
         10.000 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}

#[test]
fn a_master_that_dies_during_the_preempt_delay_is_replaced_in_time() {
    check(
        "patience 60",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         4.500 deadline",
        "0.000 Backup (listening for a Master)
         4.500 Master (192.0.2.2 was silent for 3.500 s), advertise 128, claim",
    );
}

#[test]
fn a_master_that_resigns_during_the_preempt_delay_is_replaced_in_time() {
    check(
        "patience 60",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         2.000 resign 192.0.2.2
         2.500 deadline",
        "0.000 Backup (listening for a Master)
         2.500 Master (192.0.2.2 resigned), advertise 128, claim",
    );
}

#[test]
fn the_preempt_delay_that_ended_during_a_stall_is_not_begun_again() {
    check(
        "patience 3",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         9.000 late advert 192.0.2.2 100
         9.000 late deadline",
        "0.000 Backup (listening for a Master)
         9.000 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}

#[test]
fn the_preempt_delay_is_not_used_up_while_the_router_is_barred() {
    check(
        "patience 3",
        "0.000 startup
         1.000 advert 192.0.2.2 100
         2.000 barred http.service is inactive
         3.000 advert 192.0.2.2 100
         8.000 no deadline
         8.000 admitted
         9.000 advert 192.0.2.2 100
         12.000 deadline",
        "0.000 Backup (listening for a Master)
         2.000 Backup (http.service is inactive)
         8.000 Backup (listening for a Master)
         12.000 Master (priority 128 preempts 192.0.2.2 with 100), advertise 128, claim",
    );
}
