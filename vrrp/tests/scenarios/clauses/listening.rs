//! The clauses about what reaches a host beside advertisements to its socket.

use super::Clause;

/// The clauses, in the order of their sources.
pub(super) const CLAUSES: &[Clause] = &[
    Clause {
        source: "filtered",
        asks: "once an advertisement is missing it is looked below the firewall, and no longer when one arrives",
        stories: &[
            "filtered::a_backup_that_misses_its_master_looks_before_half_of_its_wait_is_over",
            "filtered::the_look_follows_the_interval_of_the_master",
            "filtered::whoever_waits_for_nobody_does_not_look",
            "filtered::a_master_of_lower_priority_that_arrives_is_not_looked_for",
        ],
    },
    Clause {
        source: "filtered",
        asks: "a Master that is only seen there is respected whatever its priority, and its resignation and its death count",
        stories: &[
            "filtered::a_master_that_is_filtered_is_respected_and_its_death_is_noticed",
            "filtered::a_router_that_starts_behind_a_filter_finds_the_master",
            "filtered::a_filtered_master_of_lower_priority_is_not_deposed",
            "filtered::a_filtered_resignation_is_followed_in_time",
            "filtered::the_cause_is_told_again_when_it_is_another_one",
            "filtered::a_last_look_before_taking_over_finds_the_master",
            "filtered::what_is_not_from_another_router_of_the_same_version_is_not_respected_there_either",
        ],
    },
    Clause {
        source: "filtered",
        asks: "what arrives in the end was not filtered, and ends it",
        stories: &[
            "filtered::an_advertisement_that_arrives_a_moment_later_was_not_filtered",
            "filtered::when_advertisements_arrive_again_the_reason_is_gone",
            "filtered::when_advertisements_arrive_again_a_lower_priority_is_deposed_as_ever",
        ],
    },
    Clause {
        source: "filtered",
        asks: "whoever became Master behind a filter goes on looking for who deposes it",
        stories: &["filtered::a_master_behind_a_filter_is_deposed"],
    },
    Clause {
        source: "filtered",
        asks: "one filtered family keeps both back, and its reason is the one that is told",
        stories: &["filtered::one_filtered_family_keeps_the_other_back"],
    },
    Clause {
        source: "RFC 5227, 2.4",
        asks: "whoever goes on answering for an address is told of, and announced against once in ten seconds",
        stories: &[
            "contest::a_host_that_goes_on_answering_is_told_of_and_announced_against",
            "contest::the_longer_the_interval_the_longer_a_first_sighting_waits",
            "contest::what_was_seen_long_ago_is_forgotten",
        ],
    },
    Clause {
        source: "RFC 5227, 2.4",
        asks: "a router that advertises is no such host, nor is one that is seen while this one is not Master",
        stories: &[
            "contest::between_routers_that_advertise_their_advertisements_decide",
            "contest::a_first_sighting_has_it_looked_for_a_master_that_is_filtered",
            "contest::only_a_master_minds",
        ],
    },
];
