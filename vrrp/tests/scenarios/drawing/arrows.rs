//! The arrows of the picture, with their places in it.

use super::At;
use super::At::{Backup, Barred, Entry, Fault, Init, Master};

/// An arrow.
pub(super) struct Arrow {
    /// Several where it leaves a box of states.
    pub(super) from: &'static [At],
    pub(super) to: At,
    /// The events that lead along it.
    pub(super) events: &'static [&'static str],
    /// Those that lead only the address owner along it.
    pub(super) owner: &'static [&'static str],
    /// The events as they are written beside it, line by line; the arrows that leave the entry have a note instead.
    pub(super) label: &'static [&'static str],
    /// When a router goes along it, where the events alone do not tell; written below them.
    pub(super) note: &'static str,
    /// Where that begins, or ends.
    pub(super) written: Written,
    /// Its line, in pixels from the left and from the top.
    pub(super) line: &'static [(i32, i32)],
}

/// Where a label stands: its first line's baseline.
pub(super) enum Written {
    From(i32, i32),
    Until(i32, i32),
    Around(i32, i32),
}

use Written::{Around, From, Until};

pub(super) const ARROWS: &[Arrow] = &[
    Arrow {
        from: &[Init],
        to: Entry,
        events: &["Startup", "Resume"],
        owner: &[],
        label: &["Startup, Resume"],
        note: "",
        written: Around(156, 104),
        line: &[(96, 112), (256, 112)],
    },
    Arrow {
        from: &[Init],
        to: Fault,
        events: &["Startup", "Resume"],
        owner: &[],
        label: &["Startup, Resume"],
        note: "no usable link",
        written: From(46, 486),
        line: &[(36, 138), (36, 510), (350, 510)],
    },
    Arrow {
        from: &[Backup, Barred, Master, Fault],
        to: Init,
        events: &["Shutdown"],
        owner: &[],
        label: &["Shutdown"],
        note: "",
        written: Around(150, 292),
        line: &[(216, 300), (78, 300), (78, 138)],
    },
    Arrow {
        from: &[Entry],
        to: Backup,
        events: &["Startup", "Usable", "Sibling", "Deadline"],
        owner: &[],
        label: &[],
        note: "otherwise",
        written: Around(309, 104),
        line: &[(264, 112), (354, 112)],
    },
    Arrow {
        from: &[Entry],
        to: Barred,
        events: &["Startup", "Resume", "Usable", "Sibling", "Deadline"],
        owner: &[],
        label: &[],
        note: "barred",
        written: Around(309, 292),
        line: &[(264, 300), (354, 300)],
    },
    Arrow {
        from: &[Entry],
        to: Master,
        events: &["Resume"],
        owner: &["Startup", "Usable", "Sibling", "Deadline"],
        label: &[],
        note: "after Resume, or the address owner",
        written: From(290, 58),
        line: &[(264, 66), (692, 66), (692, 88)],
    },
    Arrow {
        from: &[Backup],
        to: Master,
        events: &["Deadline", "Lead"],
        owner: &["Admitted"],
        label: &["Deadline, Lead,", "Admitted (owner)"],
        note: "",
        written: Around(560, 84),
        line: &[(484, 106), (640, 106)],
    },
    Arrow {
        from: &[Master],
        to: Backup,
        events: &["Received", "Heartbeat", "Filtered", "Lapsed", "Last resort", "Yield"],
        owner: &[],
        label: &["Received, Heartbeat,", "Filtered, Lapsed,", "Last resort, Yield"],
        note: "",
        written: Around(560, 142),
        line: &[(640, 126), (484, 126)],
    },
    Arrow {
        from: &[Backup],
        to: Barred,
        events: &["Barred"],
        owner: &[],
        label: &["Barred"],
        note: "",
        written: Until(382, 212),
        line: &[(390, 138), (390, 276)],
    },
    Arrow {
        from: &[Barred],
        to: Backup,
        events: &["Admitted", "Last resort"],
        owner: &[],
        label: &["Admitted,", "Last resort"],
        note: "",
        written: From(456, 226),
        line: &[(448, 276), (448, 138)],
    },
    Arrow {
        from: &[Barred],
        to: Master,
        events: &[],
        owner: &["Admitted"],
        label: &["Admitted (owner)"],
        note: "",
        written: From(496, 282),
        line: &[(484, 290), (672, 290), (672, 138)],
    },
    Arrow {
        from: &[Master],
        to: Barred,
        events: &["Barred"],
        owner: &[],
        label: &["Barred"],
        note: "",
        written: From(496, 330),
        line: &[(704, 138), (704, 312), (484, 312)],
    },
    Arrow {
        from: &[Backup, Barred, Master],
        to: Fault,
        events: &["Unusable", "Sibling"],
        owner: &[],
        label: &["Unusable, Sibling"],
        note: "",
        written: From(568, 430),
        line: &[(560, 372), (560, 474), (484, 474)],
    },
    Arrow {
        from: &[Master],
        to: Fault,
        events: &["Refused"],
        owner: &[],
        label: &["Refused"],
        note: "",
        written: From(600, 502),
        line: &[(732, 138), (732, 510), (484, 510)],
    },
    Arrow {
        from: &[Fault],
        to: Entry,
        events: &["Usable", "Sibling", "Deadline"],
        owner: &[],
        label: &["Usable,", "Sibling,", "Deadline"],
        note: "",
        written: From(272, 404),
        line: &[(350, 474), (260, 474), (260, 326)],
    },
];
