//! What a Master must do whose daemon was replaced.

use super::Clause;

pub(super) const CLAUSES: &[Clause] = &[
    Clause {
        source: "restart",
        asks: "a Master goes on after its daemon was replaced: it waits for nobody, and its advertisements keep their phase where that is known",
        stories: &[
            "resume::a_master_goes_on_at_once",
            "resume::a_master_keeps_the_phase_of_its_advertisements",
            "resume::an_advertisement_that_was_missed_is_sent_at_once",
            "resume::a_deadline_that_nobody_would_wait_for_does_not_count",
            "resume::a_master_goes_on_with_the_checksum_that_it_had_learned",
            "resume::a_last_resort_goes_on_as_such",
            "resume::a_better_master_that_came_meanwhile_is_heeded",
        ],
    },
    Clause {
        source: "restart",
        asks: "what goes on moves together or not at all, and never where it could not be Master",
        stories: &[
            "resume::both_families_go_on_together",
            "resume::a_family_without_a_link_keeps_the_other_from_going_on",
            "resume::a_router_that_is_barred_does_not_go_on",
            "resume::only_a_router_that_has_not_started_goes_on",
        ],
    },
];
