//! Which stories prove which clause.

use std::collections::BTreeSet;

#[path = "clauses/listening.rs"]
mod listening;
#[path = "clauses/restart.rs"]
mod restart;

/// Something that the state machine must do.
pub(crate) struct Clause {
    /// Where it is asked.
    pub(crate) source: &'static str,
    /// What is asked, in our own words.
    pub(crate) asks: &'static str,
    /// The stories that prove it, as `room::test`.
    pub(crate) stories: &'static [&'static str],
}

/// The rooms of stories, and their source.
const ROOMS: [(&str, &str); 18] = [
    ("announce", include_str!("announce.rs")),
    ("backup", include_str!("backup.rs")),
    ("barred", include_str!("barred.rs")),
    ("contest", include_str!("contest.rs")),
    ("fault", include_str!("fault.rs")),
    ("filtered", include_str!("filtered.rs")),
    ("handover", include_str!("handover.rs")),
    ("heartbeat", include_str!("heartbeat.rs")),
    ("last_resort", include_str!("last_resort.rs")),
    ("master", include_str!("master.rs")),
    ("owner", include_str!("owner.rs")),
    ("preempt", include_str!("preempt.rs")),
    ("reception", include_str!("reception.rs")),
    ("reconfigured", include_str!("reconfigured.rs")),
    ("resume", include_str!("resume.rs")),
    ("start", include_str!("start.rs")),
    ("step", include_str!("step.rs")),
    ("version2", include_str!("version2.rs")),
];

#[test]
fn every_clause_is_proved_and_every_story_proves_one() {
    let told: BTreeSet<String> = ROOMS.into_iter().flat_map(|(room, source)| stories(room, source)).collect();
    let named: BTreeSet<String> = all().flat_map(|clause| clause.stories).map(|story| (*story).to_owned()).collect();
    assert_eq!(named.difference(&told).collect::<Vec<_>>(), [""; 0], "clauses name stories that nobody tells");
    assert_eq!(told.difference(&named).collect::<Vec<_>>(), [""; 0], "stories prove no clause");
    let unproved: Vec<_> = all().filter(|clause| clause.stories.is_empty()).map(|clause| clause.asks).collect();
    assert_eq!(unproved, [""; 0], "clauses are not proved");
}

#[test]
fn every_room_is_looked_into() {
    let modules =
        include_str!("../scenarios.rs").lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    let rooms = modules.filter(|module| !["clauses", "document", "drawing", "group", "story"].contains(module));
    assert_eq!(rooms.collect::<Vec<_>>(), ROOMS.map(|(room, _)| room));
}

/// The tests of a room, read from its source.
fn stories(room: &str, source: &str) -> Vec<String> {
    let tests = source.split("#[test]\nfn ").skip(1);
    tests.map(|test| format!("{room}::{}", test.split('(').next().unwrap_or_default())).collect()
}

/// All clauses.
pub(crate) fn all() -> impl Iterator<Item = &'static Clause> {
    CLAUSES.iter().chain(listening::CLAUSES).chain(restart::CLAUSES)
}

/// The clauses, in the order of their sources.
const CLAUSES: &[Clause] = &[
    Clause {
        source: "RFC 9568, 6.1",
        asks: "Skew_Time is the interval times (256 - priority) / 256, Master_Down_Interval three intervals more",
        stories: &[
            "start::a_router_that_starts_listens_for_its_master_down_interval",
            "start::the_higher_the_priority_the_shorter_the_wait",
            "start::the_wait_is_reckoned_by_the_configured_interval_until_a_master_is_heard",
            "backup::skew_time_is_reckoned_by_the_interval_of_the_master",
        ],
    },
    Clause {
        source: "RFC 9568, 6.1",
        asks: "the address owner preempts whatever Preempt_Mode says",
        stories: &[
            "owner::the_owner_preempts_although_it_is_told_not_to",
            "reconfigured::a_change_does_not_begin_the_owners_preempt_delay_again",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.1",
        asks: "before it starts, a router does nothing",
        stories: &[
            "start::a_disabled_router_neither_acts_nor_waits",
            "start::starting_twice_is_starting_once",
            "start::a_router_starts_afresh_after_it_was_disabled",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.1",
        asks: "the owner starts as Master: it advertises, announces and sets Adver_Timer",
        stories: &[
            "owner::the_owner_leads_as_soon_as_it_starts",
            "owner::the_owner_leads_as_soon_as_its_link_can_be_used",
            "step::the_owner_of_both_families_leads_with_both_at_once",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.1",
        asks: "any other starts as Backup with its own interval and sets Master_Down_Timer",
        stories: &[
            "start::a_router_that_starts_listens_for_its_master_down_interval",
            "start::an_ipv6_router_goes_the_same_way",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.2",
        asks: "a Backup that is shut down stops waiting and says nothing",
        stories: &["backup::a_backup_that_is_disabled_says_nothing"],
    },
    Clause {
        source: "RFC 9568, 6.4.2",
        asks: "when Master_Down_Timer fires, it advertises, announces, sets Adver_Timer and is Master",
        stories: &[
            "start::a_router_that_starts_listens_for_its_master_down_interval",
            "backup::a_backup_that_is_woken_late_leads_and_tells_how_long_it_heard_nobody",
            "announce::announcements_begin_when_the_kernel_has_the_addresses_and_are_repeated",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.2",
        asks: "upon priority 0, Master_Down_Timer is set to Skew_Time",
        stories: &[
            "backup::after_a_resignation_a_backup_waits_for_its_skew_time_alone",
            "backup::skew_time_is_reckoned_by_the_interval_of_the_master",
            "backup::whoever_follows_the_master_that_resigned_is_respected",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.2",
        asks: "upon the same or a higher priority, it learns the interval and starts Master_Down_Timer again",
        stories: &[
            "backup::every_advertisement_of_the_master_starts_the_wait_again",
            "backup::a_master_of_the_same_priority_is_respected_whatever_its_address",
            "backup::a_backup_learns_the_interval_of_the_master",
            "backup::a_backup_forgets_the_interval_of_a_master_that_another_replaces",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.2",
        asks: "without Preempt_Mode, a lower priority counts as much",
        stories: &[
            "preempt::without_preempt_a_master_of_lower_priority_is_respected",
            "reconfigured::a_backup_that_is_told_not_to_preempt_respects_its_master_at_once",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.2",
        asks: "with Preempt_Mode, an advertisement of lower priority is discarded",
        stories: &[
            "preempt::a_master_of_lower_priority_does_not_stop_the_wait",
            "preempt::a_master_of_lower_priority_is_not_learned_from",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.3",
        asks: "a Master that is shut down sends priority 0",
        stories: &[
            "master::stopping_a_master_resigns_and_releases",
            "master::a_master_that_is_stopped_before_the_kernel_answers_releases_all_the_same",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.3",
        asks: "when Adver_Timer fires, it advertises and sets the timer again",
        stories: &[
            "master::a_master_advertises_once_an_interval",
            "master::an_advertisement_leaves_with_others_up_to_5_ms_early_and_stays_with_them",
            "master::a_backup_is_never_early",
            "master::lateness_does_not_add_up",
            "master::a_stall_is_not_made_up_for_in_a_burst",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.3",
        asks: "upon priority 0, it advertises and sets Adver_Timer again",
        stories: &[
            "master::a_resignation_is_answered_at_once_and_the_interval_begins_again",
            "master::no_more_than_one_advertisement_an_interval_is_answered",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.3",
        asks: "a higher priority deposes it, and it learns the interval",
        stories: &[
            "master::a_higher_priority_deposes_a_master_that_learns_its_interval",
            "master::a_master_gives_way_to_a_higher_priority_even_where_it_would_not_preempt",
            "announce::a_deposed_master_announces_no_more",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.3",
        asks: "the same priority with a higher address deposes it",
        stories: &[
            "master::of_two_masters_of_the_same_priority_the_higher_address_wins",
            "master::addresses_are_compared_as_numbers_and_not_as_text",
        ],
    },
    Clause {
        source: "RFC 9568, 6.4.3",
        asks: "any other advertisement is discarded and answered at once, and Adver_Timer runs on",
        stories: &[
            "master::a_master_of_lower_priority_is_answered_at_once_and_the_interval_runs_on",
            "master::no_more_than_one_advertisement_an_interval_is_answered",
            "announce::a_master_of_lower_priority_has_misled_clients_so_announcements_begin_again",
        ],
    },
    Clause {
        source: "RFC 9568, erratum 8298",
        asks: "the owner too processes what it hears: another owner may have the higher address",
        stories: &[
            "owner::of_two_owners_the_one_with_the_lower_address_gives_way",
            "owner::an_owner_that_is_admitted_again_respects_another_one",
        ],
    },
    Clause {
        source: "RFC 9568, 7.1",
        asks: "what is not from another router of the same version is discarded",
        stories: &[
            "reception::a_packet_with_the_routers_own_address_is_discarded",
            "reception::a_packet_of_the_other_version_is_discarded",
            "reception::a_router_in_fault_hears_nothing",
        ],
    },
    Clause {
        source: "RFC 9568, 5.2.8",
        asks: "version 3 over IPv4 is summed as heard, or as configured",
        stories: &[
            "reception::the_checksum_follows_what_is_heard",
            "reception::the_checksum_does_not_follow_a_packet_that_is_discarded",
            "reception::a_configured_checksum_follows_nobody",
            "reception::the_checksum_can_be_changed_while_the_router_runs",
        ],
    },
    Clause {
        source: "RFC 3768, 6.1",
        asks: "Skew_Time is reckoned in seconds",
        stories: &["version2::version_2_reckons_skew_time_in_seconds_whatever_the_interval"],
    },
    Clause {
        source: "RFC 3768, 6.4.2",
        asks: "upon priority 0, Master_Down_Timer is set to Skew_Time",
        stories: &["version2::version_2_waits_for_skew_time_after_a_resignation"],
    },
    Clause {
        source: "RFC 3768, 6.4.2 and 6.4.3",
        asks: "the same or a higher priority is respected; a higher one, or the same with a higher address, deposes",
        stories: &["version2::version_2_respects_and_gives_way_like_version_3"],
    },
    Clause {
        source: "RFC 3768, 6.4.3",
        asks: "priority 0 is answered, a lower priority is discarded without an answer",
        stories: &[
            "version2::version_2_answers_a_resignation",
            "version2::version_2_does_not_answer_a_lower_priority_but_announces_again",
        ],
    },
    Clause {
        source: "RFC 3768, 7.1",
        asks: "another interval or version is discarded",
        stories: &[
            "version2::version_2_discards_another_interval_and_learns_none",
            "version2::version_2_discards_version_3",
        ],
    },
    Clause {
        source: "preempt_delay",
        asks: "a Master of lower priority is left alone for so long, once",
        stories: &[
            "preempt::a_master_of_lower_priority_is_left_alone_for_the_preempt_delay",
            "preempt::the_preempt_delay_does_not_begin_again_with_another_master_of_lower_priority",
            "preempt::the_preempt_delay_that_ended_during_a_stall_is_not_begun_again",
            "step::both_families_end_the_preempt_delay_together",
        ],
    },
    Clause {
        source: "preempt_delay",
        asks: "it is over when a better Master comes, and does not hinder who replaces a dead one",
        stories: &[
            "preempt::a_better_master_ends_the_preempt_delay",
            "preempt::a_master_that_dies_during_the_preempt_delay_is_replaced_in_time",
            "preempt::a_master_that_resigns_during_the_preempt_delay_is_replaced_in_time",
            "preempt::the_preempt_delay_is_not_used_up_while_the_router_is_barred",
        ],
    },
    Clause {
        source: "reload",
        asks: "a Backup's timers move by what the change makes of them",
        stories: &[
            "reconfigured::a_backup_that_gains_priority_waits_less",
            "reconfigured::a_backup_that_loses_priority_waits_longer",
            "reconfigured::a_backup_whose_wait_is_over_under_its_new_priority_leads",
            "reconfigured::a_backup_that_outgrows_its_master_preempts_it",
            "reconfigured::a_backup_without_a_master_waits_by_its_new_interval",
            "reconfigured::the_masters_interval_counts_for_a_backup_whose_own_changes",
            "reconfigured::a_change_does_not_prolong_the_wait_after_a_resignation",
            "reconfigured::a_preempt_delay_that_changes_counts_from_where_it_began",
        ],
    },
    Clause {
        source: "reload",
        asks: "a Master tells the Backups at once what concerns them",
        stories: &[
            "reconfigured::a_master_advertises_its_new_priority_at_once",
            "reconfigured::a_master_advertises_its_new_interval_at_once_and_keeps_it",
            "reconfigured::a_change_that_concerns_no_backup_is_not_advertised",
            "master::a_new_primary_address_is_advertised_at_once",
        ],
    },
    Clause {
        source: "stall",
        asks: "packets that waited are heard before timers that would depose their sender",
        stories: &["backup::what_waits_after_a_stall_is_heard_before_its_sender_is_deposed"],
    },
    Clause {
        source: "barred",
        asks: "a barred router hears and is never Master",
        stories: &[
            "barred::a_barred_backup_hears_and_never_takes_over",
            "barred::a_router_that_is_barred_before_it_starts_starts_barred",
            "barred::a_barred_router_does_not_depose_a_master_that_loses_priority",
            "barred::a_bar_outlives_fault_and_a_stop",
            "barred::what_bars_and_admits_is_remembered_in_fault",
            "barred::a_new_reason_is_told_and_the_same_one_is_not",
        ],
    },
    Clause {
        source: "barred",
        asks: "a Master that is barred resigns at once",
        stories: &["barred::a_master_that_is_barred_resigns_at_once"],
    },
    Clause {
        source: "barred",
        asks: "once admitted, it waits for a Master like one that starts, and knows what it heard meanwhile",
        stories: &[
            "barred::an_admitted_router_waits_by_the_interval_that_it_learned_while_it_was_barred",
            "barred::an_admitted_router_preempts_by_the_rules",
            "owner::an_owner_that_is_admitted_again_does_not_wait",
        ],
    },
    Clause {
        source: "Fault",
        asks: "a router whose link cannot be used resigns, and comes back through Backup",
        stories: &[
            "fault::a_backup_whose_link_fails_stops_waiting",
            "fault::a_master_whose_link_fails_resigns_and_comes_back_through_backup",
            "fault::a_new_reason_for_fault_is_told",
            "fault::a_link_that_comes_before_the_start_is_remembered",
        ],
    },
    Clause {
        source: "Fault",
        asks: "what the kernel refuses is tried again after 10 s, or Master_Down_Interval where that is longer",
        stories: &[
            "fault::what_the_kernel_refuses_is_tried_again_after_ten_seconds",
            "fault::with_a_long_interval_it_is_tried_again_after_the_master_down_interval",
            "fault::a_link_that_fails_and_returns_does_not_shorten_a_refusal",
            "fault::a_refusal_that_ends_while_the_link_is_down_gives_way_to_the_links_reason",
        ],
    },
    Clause {
        source: "announcements",
        asks: "they begin with the kernel's answer, and again after 20 ms, 100 ms, 1 s and 5 s",
        stories: &[
            "announce::announcements_begin_when_the_kernel_has_the_addresses_and_are_repeated",
            "announce::announcements_and_advertisements_that_are_due_together_go_together",
            "announce::nothing_is_announced_that_the_kernel_does_not_have_yet",
            "announce::announcements_that_a_stall_has_missed_are_one",
            "backup::a_backup_ignores_what_the_kernel_says_about_a_claim_it_has_released",
        ],
    },
    Clause {
        source: "in step",
        asks: "both families lead together, when both are ready",
        stories: &[
            "step::both_families_lead_together",
            "step::a_family_without_a_master_waits_for_the_other",
            "step::a_family_that_waits_respects_a_master_that_comes",
            "step::a_family_that_waits_does_not_mind_a_master_of_lower_priority_or_a_resignation",
            "step::both_families_end_the_preempt_delay_together",
        ],
    },
    Clause {
        source: "in step",
        asks: "both families leave Master together",
        stories: &[
            "step::when_one_family_is_deposed_the_other_resigns",
            "step::barring_one_family_takes_both_back_and_admitting_it_lets_both_lead",
            "step::barring_both_families_resigns_both",
            "step::stopping_resigns_both_families",
        ],
    },
    Clause {
        source: "heartbeat",
        asks: "a router that hears its Master over a heartbeat alone makes no second one, and says which way is cut",
        stories: &[
            "heartbeat::a_backup_that_hears_its_master_afar_alone_makes_no_second_one",
            "heartbeat::a_backup_that_hears_its_link_again_is_as_before",
            "heartbeat::a_backup_does_not_preempt_a_master_that_it_hears_afar_alone",
            "heartbeat::a_backup_does_not_preempt_while_it_hears_a_better_master_afar",
            "heartbeat::a_patient_backup_does_not_preempt_while_it_hears_a_better_master_afar",
            "heartbeat::a_patient_backup_that_hears_its_master_afar_alone_is_patient_no_more",
            "heartbeat::a_backup_that_hears_its_link_preempts_whatever_it_hears_afar",
            "heartbeat::a_backup_that_waits_after_a_resignation_respects_who_took_over_meanwhile",
            "heartbeat::a_member_that_is_ready_waits_again_when_it_hears_a_master_afar",
            "heartbeat::what_is_heard_afar_teaches_nothing_about_sums",
            "heartbeat::a_barred_router_hears_afar_and_never_takes_over",
            "heartbeat::a_deaf_router_that_is_barred_waits_for_nothing",
            "heartbeat::in_fault_and_when_disabled_nothing_is_heard_afar",
        ],
    },
    Clause {
        source: "heartbeat",
        asks: "a Master that resigns over a heartbeat is followed within 40 ms",
        stories: &[
            "heartbeat::a_master_that_resigns_afar_is_followed_within_forty_milliseconds",
            "heartbeat::a_resignation_on_both_links_is_followed_as_soon_as_one_afar",
            "heartbeat::a_resignation_afar_of_somebody_else_changes_nothing",
            "heartbeat::a_deaf_backup_whose_master_resigns_afar_takes_over",
        ],
    },
    Clause {
        source: "heartbeat",
        asks: "of two Masters that meet over a heartbeat the one stays that would stay on their own link",
        stories: &[
            "heartbeat::of_two_masters_that_meet_afar_the_better_one_stays",
            "heartbeat::of_two_masters_of_one_priority_the_address_on_the_own_link_decides",
        ],
    },
    Clause {
        source: "fast resign",
        asks: "where one Backup is known, the shortest interval is advertised before a resignation, and that Backup waits by it",
        stories: &[
            "handover::a_backup_that_is_alone_is_hastened_before_the_resignation",
            "handover::a_backup_that_is_hastened_waits_milliseconds",
        ],
    },
    Clause {
        source: "drain",
        asks: "who resigns or is deposed serves on until another Master is heard, an interval and 50 ms at most",
        stories: &[
            "handover::after_a_resignation_the_addresses_are_served_until_another_master_is_heard",
            "handover::without_another_master_it_lasts_an_interval_and_50_ms",
            "handover::a_resignation_of_a_third_router_does_not_end_it",
            "handover::a_master_that_is_deposed_serves_until_the_other_one_has_announced",
            "handover::what_is_drained_may_be_claimed_again",
            "handover::families_drain_together",
        ],
    },
    Clause {
        source: "lease",
        asks: "who has lost its addresses because it stood still deposes nobody and listens first",
        stories: &["handover::who_stood_still_until_its_lease_ran_out_listens_first"],
    },
    Clause {
        source: "last resort",
        asks: "a router that conditions alone bar serves where nobody else does, and gives way to everybody",
        stories: &[
            "last_resort::a_last_resort_takes_over_when_nobody_is_heard",
            "last_resort::a_last_resort_gives_way_to_everybody",
            "last_resort::of_two_last_resorts_the_higher_address_serves",
            "last_resort::a_master_that_becomes_a_last_resort_resigns_and_comes_back_if_nobody_answers",
            "last_resort::a_last_resort_never_preempts_though_it_owns_the_addresses",
            "last_resort::a_last_resort_that_is_admitted_goes_on_with_its_own_priority",
            "last_resort::a_last_resort_that_is_barred_by_order_resigns",
            "last_resort::another_word_about_a_last_resort_does_not_put_it_off",
        ],
    },
    Clause {
        source: "in step",
        asks: "both families are in Fault together",
        stories: &[
            "step::when_one_family_is_in_fault_both_are",
            "step::an_instance_starts_when_the_links_of_both_families_can_be_used",
            "step::what_the_kernel_refuses_one_family_keeps_both_away",
        ],
    },
    Clause {
        source: "in step",
        asks: "two groups of the same priority do not depose each other for ever",
        stories: &[
            "step::of_two_groups_of_one_priority_the_higher_address_of_the_first_family_wins",
            "step::a_lasting_tie_in_the_second_family_is_decided_by_its_addresses",
            "step::a_tie_long_ago_does_not_count",
            "step::a_family_that_yielded_waits_like_the_lowest_priority",
        ],
    },
];
