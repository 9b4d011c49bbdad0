//! Routers that are Master where nobody else is, in spite of what bars them.

use super::story::check;

#[test]
fn a_last_resort_takes_over_when_nobody_is_heard() {
    check(
        "",
        "0.000 resort http.service is failed
         0.000 startup
         3.99609375 deadline
         4.000 claimed",
        "0.000 Backup (http.service is failed)
         3.99609375 Master (the last resort, nobody else serves: http.service is failed), advertise 1, claim
         4.000 announce",
    );
}

#[test]
fn a_last_resort_gives_way_to_everybody() {
    check(
        "",
        "0.000 resort http.service is failed
         0.000 startup
         3.99609375 deadline
         4.000 advert 192.0.2.2 2
         7.000 advert 192.0.2.2 2
         10.99609375 deadline",
        "0.000 Backup (http.service is failed)
         3.99609375 Master (the last resort, nobody else serves: http.service is failed), advertise 1, claim
         4.000 release, Backup (http.service is failed)
         10.99609375 Master (the last resort, nobody else serves: http.service is failed), advertise 1, claim",
    );
}

#[test]
fn of_two_last_resorts_the_higher_address_serves() {
    check(
        "",
        "0.000 resort http.service is failed
         0.000 startup
         3.99609375 deadline
         4.000 advert 192.0.2.2 1
         4.500 advert 192.0.2.11 1",
        "0.000 Backup (http.service is failed)
         3.99609375 Master (the last resort, nobody else serves: http.service is failed), advertise 1, claim
         4.000 advertise 1
         4.500 release, Backup (http.service is failed)",
    );
}

#[test]
fn a_master_that_becomes_a_last_resort_resigns_and_comes_back_if_nobody_answers() {
    check(
        "",
        "0.000 startup
         3.500 deadline
         3.600 resort http.service is failed
         7.59609375 deadline",
        "0.000 Backup (listening for a Master)
         3.500 Master (no Master was heard for 3.500 s), advertise 128, claim
         3.600 resign, release, Backup (http.service is failed)
         7.59609375 Master (the last resort, nobody else serves: http.service is failed), advertise 1, claim",
    );
}

#[test]
fn a_last_resort_never_preempts_though_it_owns_the_addresses() {
    check(
        "priority 255",
        "0.000 resort http.service is failed
         0.000 startup
         1.000 advert 192.0.2.2 100
         4.000 advert 192.0.2.2 100
         7.99609375 deadline",
        "0.000 Backup (http.service is failed)
         7.99609375 Master (the last resort, nobody else serves: http.service is failed), advertise 1, claim",
    );
}

#[test]
fn a_last_resort_that_is_admitted_goes_on_with_its_own_priority() {
    check(
        "",
        "0.000 resort http.service is failed
         0.000 startup
         3.99609375 deadline
         4.100 resort http.service is activating
         4.200 admitted
         5.200 deadline",
        "0.000 Backup (http.service is failed)
         3.99609375 Master (the last resort, nobody else serves: http.service is failed), advertise 1, claim
         4.100 Master (the last resort, nobody else serves: http.service is activating)
         4.200 Master (no Master was heard for 3.996 s), advertise 128
         5.200 advertise 128",
    );
}

#[test]
fn a_last_resort_that_is_barred_by_order_resigns() {
    check(
        "",
        "0.000 resort http.service is failed
         0.000 startup
         3.99609375 deadline
         4.100 barred vrrp@inst1.service is inactive
         4.100 no deadline
         5.000 resort http.service is failed
         8.99609375 deadline",
        "0.000 Backup (http.service is failed)
         3.99609375 Master (the last resort, nobody else serves: http.service is failed), advertise 1, claim
         4.100 resign, release, Backup (vrrp@inst1.service is inactive)
         5.000 Backup (http.service is failed)
         8.99609375 Master (the last resort, nobody else serves: http.service is failed), advertise 1, claim",
    );
}

#[test]
fn another_word_about_a_last_resort_does_not_put_it_off() {
    check(
        "",
        "0.000 resort http.service is failed
         0.000 startup
         2.000 resort http.service is activating
         3.99609375 deadline",
        "0.000 Backup (http.service is failed)
         2.000 Backup (http.service is activating)
         3.99609375 Master (the last resort, nobody else serves: http.service is activating), advertise 1, claim",
    );
}
