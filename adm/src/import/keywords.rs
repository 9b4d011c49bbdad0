//! Every keyword of keepalived's, and what becomes of it: one row each.
//!
//! A row that says [`Translated`] has its counterpart in the module of its block. All others are told to the reader as they
//! stand here.

mod global;
mod instance;
mod others;

use Verdict::{Lost, Needless, Translated};

use crate::nearest::nearest;

/// What becomes of a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It becomes something.
    Translated,
    /// It has no meaning here: why.
    Needless(&'static str),
    /// It is not possible: what to do.
    Lost(&'static str),
}

/// A keyword and what becomes of it.
pub(super) type Row = (&'static str, Verdict);

/// The blocks that have keywords.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Root,
    Global,
    Instance,
    Group,
    Script,
    Process,
    File,
    Authentication,
    Hmac,
}

impl Block {
    /// All of them, with the name under which keepalived has them.
    pub(super) const ALL: [(Self, &'static str); 9] = [
        (Self::Root, "the configuration"),
        (Self::Global, "global_defs"),
        (Self::Instance, "vrrp_instance"),
        (Self::Group, "vrrp_sync_group"),
        (Self::Script, "vrrp_script"),
        (Self::Process, "vrrp_track_process"),
        (Self::File, "track_file"),
        (Self::Authentication, "authentication"),
        (Self::Hmac, "auth_hmac"),
    ];

    /// Its rows.
    pub(super) const fn rows(self) -> &'static [Row] {
        match self {
            Self::Root => &others::ROOT,
            Self::Global => &global::GLOBAL,
            Self::Instance => &instance::INSTANCE,
            Self::Group => &others::GROUP,
            Self::Script => &others::SCRIPT,
            Self::Process => &others::PROCESS,
            Self::File => &others::FILE,
            Self::Authentication => &others::AUTHENTICATION,
            Self::Hmac => &others::HMAC,
        }
    }

    /// The row of a keyword.
    pub(super) fn row(self, keyword: &str) -> Option<&'static Row> {
        self.rows().iter().find(|(known, _)| *known == keyword)
    }

    /// Says that keepalived knows no such keyword in this block, and which one may be meant.
    ///
    /// `advise` is whether that is looked for: who has thousands of wrong words needs no advice for each.
    pub(super) fn unknown(self, keyword: &str, advise: bool) -> String {
        let shown = super::shown(keyword);
        let words = self.rows().iter().map(|(known, _)| *known).collect::<Vec<_>>();
        let near = if advise { nearest(keyword, &words) } else { None };
        let elsewhere = Self::ALL.iter().find(|(block, _)| block.row(keyword).is_some());
        match (near, elsewhere) {
            (_, Some((_, name))) => format!("keepalived has {shown} in {name}, and ignores it here: move it there"),
            (Some(near), None) => format!("keepalived has no {shown} and ignores it: did you mean {near}?"),
            (None, None) => format!("keepalived has no {shown} and ignores it, or has it since a later version"),
        }
    }
}

/// Programs that are run at a transition of a group, whose instances enter states one by one here.
const NOTIFY: Verdict =
    Lost("a group runs no program: name it in on_transition of one of its instances, see vrrp.toml(5)");
const MAIL: Verdict = Lost("no mail is sent: let vrrpadm monitor --json, or what watches the journal, send it");
const CHECKERS: Verdict = Needless("it concerns keepalived's checkers (IPVS) alone");
const BFD: Verdict = Lost("there is no BFD: watch the way itself, with a condition on a route, a port or a script");
const ANNOUNCED: Verdict = Needless("a Master announces at once, and again after 20 ms, 100 ms, 1 s and 5 s");
const LOWER: Verdict =
    Needless("a Master that hears a lower priority announces its addresses again, as many times as it needs");
const REFRESH: Verdict =
    Lost("addresses are not announced again and again: a Master does it where another host answers for one of them");
const PACED: Verdict = Needless("announcements are few by themselves, and those of many instances leave together");
const SCHEDULED: Verdict = Needless("priorities and limits stand in vrrp.service: see systemctl cat vrrp.service");
const BUFFERS: Verdict = Needless("buffers are as large as they need to be, and what was missed is read again");
const TRACKERS: Verdict = Translated;
const NO_STRICT: Verdict = Translated;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keyword_has_one_row_and_every_row_says_what_to_do() {
        for (block, name) in Block::ALL {
            let mut words: Vec<&str> = block.rows().iter().map(|(word, _)| *word).collect();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), block.rows().len(), "a keyword of {name} stands there twice");
            for (word, verdict) in block.rows() {
                match verdict {
                    Translated => {}
                    Needless(why) | Lost(why) => {
                        assert!(why.len() > 10 && !why.ends_with('.'), "{name}: {word}: {why}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_slip_is_told_with_what_may_be_meant() {
        assert_eq!(
            Block::Instance.unknown("prioritiy", true),
            "keepalived has no prioritiy and ignores it: did you mean priority?"
        );
        assert_eq!(
            Block::Instance.unknown("vrrp_strict", true),
            "keepalived has vrrp_strict in global_defs, and ignores it here: move it there"
        );
    }
}
