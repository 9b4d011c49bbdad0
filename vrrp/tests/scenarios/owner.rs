//! The address owner, whose priority is 255 (RFC 9568, sections 6.1 and 6.4, erratum 8298).

use super::story::check;

#[test]
fn the_owner_leads_as_soon_as_it_starts() {
    check(
        "priority 255",
        "0.000 startup
         1.000 deadline",
        "0.000 Backup (listening for a Master), Master (owns the addresses), advertise 255, claim
         1.000 advertise 255",
    );
}

#[test]
fn the_owner_leads_as_soon_as_its_link_can_be_used() {
    check(
        "priority 255, link unknown",
        "0.000 startup
         7.000 usable 192.0.2.10",
        "0.000 Fault (its link is not known yet)
         7.000 Backup (listening for a Master), Master (owns the addresses), advertise 255, claim",
    );
}

#[test]
fn of_two_owners_the_one_with_the_lower_address_gives_way() {
    check(
        "priority 255",
        "0.000      startup
         0.100      advert 192.0.2.9 255
         0.200      advert 192.0.2.11 255
         3.20390625 deadline",
        "0.000      Backup (listening for a Master), Master (owns the addresses), advertise 255, claim
         0.100      advertise 255
         0.200      release, Backup (192.0.2.11 took over: same priority 255, higher address)
         3.20390625 Master (192.0.2.11 was silent for 3.004 s), advertise 255, claim",
    );
}

#[test]
fn the_owner_preempts_although_it_is_told_not_to() {
    check(
        "priority 255, preempt off",
        "0.000      startup
         0.200      advert 192.0.2.11 255
         1.200      advert 192.0.2.12 254
         3.20390625 deadline",
        "0.000      Backup (listening for a Master), Master (owns the addresses), advertise 255, claim
         0.200      release, Backup (192.0.2.11 took over: same priority 255, higher address)
         3.20390625 Master (priority 255 preempts 192.0.2.12 with 254), advertise 255, claim",
    );
}

#[test]
fn an_owner_that_is_admitted_again_does_not_wait() {
    check(
        "priority 255",
        "0.000 barred http.service is inactive
         0.000 startup
         1.000 advert 192.0.2.2 254
         2.000 admitted",
        "0.000 Backup (http.service is inactive)
         2.000 Backup (listening for a Master), Master (owns the addresses), advertise 255, claim",
    );
}

#[test]
fn an_owner_that_is_admitted_again_respects_another_one() {
    check(
        "priority 255",
        "0.000      barred http.service is inactive
         0.000      startup
         1.000      advert 192.0.2.2 255
         2.000      admitted
         5.00390625 deadline",
        "0.000      Backup (http.service is inactive)
         2.000      Backup (listening for a Master)
         5.00390625 Master (192.0.2.2 was silent for 3.004 s), advertise 255, claim",
    );
}
