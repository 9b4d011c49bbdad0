//! The identifiers of what the daemon tells the journal (`MESSAGE_ID`, sd_journal_print(3)): the catalog explains each, and
//! programs may look for them. They never change.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $id:literal;)+) => {
        $($(#[$doc])* pub const $name: &str = $id;)+

        #[cfg(test)]
        const ALL: &[&str] = &[$($name),+];
    };
}

ids! {
    /// The daemon starts.
    STARTING = "fe994dc4e8e246268ad72e1f78b4f75d";
    /// It stops, for good or for a restart.
    STOPPING = "b6fd4cbad6c7412f9ae6fa9aa9f14851";
    /// It cannot go on.
    FAILED = "727738af718144c8a1b7478471ccafa1";
    /// An instance entered a state, or has another reason for it: `VRRP_INSTANCE`, `VRRP_OLD_STATE`, `VRRP_STATE`, `VRRP_REASON`.
    TRANSITION = "cc11ae1ec4ac425f8666e6c3108de746";
    /// Many instances did the same for one cause: `VRRP_INSTANCES`, names with spaces between them, and the same fields.
    TRANSITIONS = "3c0643c6205e43e3b8cb1d50448fea35";
    /// Every address can be bound.
    HELD = "a72fcb37e12847d2bb3b16c585d911f3";
    /// Some address cannot be bound.
    HOLD_FAILED = "ef2e1878eef0421086d1f43498ca441d";
    /// A Master cannot own its addresses.
    CLAIM_FAILED = "17514166a6864097a7664bf4d65464a1";
    /// Another program undid something, and it was done again.
    UNDONE = "3bfb6bb3560149d087012d84677c9454";
    /// Another program undoes something again and again.
    FIGHT = "1856efc88e4147f79b2b5f4b42a292df";
    /// Packets could not be sent.
    SEND_FAILED = "4e4194ef2f4046a5a53434f51c686428";
    /// A packet was discarded: `VRRP_DISCARD`.
    DISCARDED = "3d83151ef3424026b67a4f89e307d914";
    /// Advertisements are not authentic: `VRRP_SOURCE`, `VRRP_DISCARD`.
    NOT_AUTHENTIC = "165a21f132b2439695fcfae82cdfd850";
    /// Another host answers for an address: `VRRP_ADDRESS`, `VRRP_MAC`.
    CONFLICT = "2e3a0777000e4038a222f3a29f698151";
    /// The configuration is not applied.
    PROBLEMS = "d78126959dd64f97b9fa94c9a376f75c";
    /// One problem of it.
    PROBLEM = "072fc12b84f7475da909e5f461944169";
    /// The configuration is applied.
    RELOADED = "56bc7d6e8c8649b88d6db301c342628c";
    /// The applied configuration cannot be kept for the next start.
    NOT_REMEMBERED = "ff9fd548871146649e654b4200b596d1";
    /// No unit can be watched.
    UNITS_UNKNOWN = "29d748d75b18469f8b2e004da5fef91d";
    /// Units are watched.
    UNITS_FOLLOWING = "9dd7d4e0ccf14a0d8de4bbb6f0b8f2c6";
    /// Nothing that a former daemon left can be gone on with.
    NOT_RESUMED = "3a58f60a1e5f466f908e9d4f067f039a";
    /// Some Masters of the former daemon start anew.
    TOO_LATE = "e80fb222796346f8b1ae499e639da1b1";
    /// The state cannot be written for the next daemon.
    NOT_SAVED = "437ad822127b4df8b53301b8af153003";
    /// The program that is installed does not replace the one that runs.
    NOT_REPLACED = "71311abd30c44130b8ff738fdd62176e";
    /// A host is heard on a heartbeat.
    HEARTBEAT_HEARD = "af5280f9efb44d58b6742b5f39299c89";
    /// A host is not heard on a heartbeat any more.
    HEARTBEAT_SILENT = "7208a1240c7343428ea74a2f51063d5d";
    /// A heartbeat cannot be sent, or can again.
    HEARTBEAT_TROUBLE = "2e45f5803cba42c59b3cd8126a8aed01";
    /// An interface group is something else now: `VRRP_GROUP`, `VRRP_GROUP_STATE`, `VRRP_REASON`.
    GROUP = "1211c7f02b464dac86b3e71711275869";
    /// A member of an interface group is: `VRRP_GROUP`, `VRRP_INTERFACE`, `VRRP_MEMBER_STATE`, `VRRP_REASON`.
    MEMBER = "b8de597cb97e483aae809e3f4170fc9c";
    /// A target of a member no longer answers.
    TARGETS_SOUGHT = "43ffb901868840f78aa33159a492ac19";
    /// Another member of its group carries an instance now: `VRRP_INSTANCE`, `VRRP_INTERFACE`.
    MOVED = "fb1f3a2c7b7c4bb1a8a9e8c26b6c7b0d";
    /// The sync daemon of IPVS runs, does not, or was put right: `VRRP_INSTANCE`.
    SYNC_DAEMON = "4ef54c3a49db4cc8ae0d452d5dc1d2ee";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ALL;

    #[test]
    fn the_catalog_explains_every_message_and_no_other() {
        let catalog = include_str!("../../units/systemd/catalog/vrrp.catalog");
        let explained: Vec<&str> = catalog.lines().filter_map(|line| line.strip_prefix("-- ")).collect();
        assert_eq!(explained.len(), ALL.len(), "one entry each");
        assert_eq!(explained.into_iter().collect::<BTreeSet<_>>(), ALL.iter().copied().collect());
        for entry in catalog.split("\n-- ").skip(1) {
            let mut lines = entry.lines().skip(1);
            assert!(lines.next().is_some_and(|line| line.starts_with("Subject: ")), "{entry}");
            assert!(
                lines.any(|line| !line.is_empty() && !line.contains(": ")),
                "it says more than its subject: {entry}"
            );
        }
    }
}
