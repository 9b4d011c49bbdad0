//! The VRIDs of a link: 255 for each family (RFC 9568, section 5.2.3), and what to do when none is left.

use crate::id::{Family, Vrid};

/// Which VRIDs of a link are taken.
pub(crate) struct Vrids {
    v4: [bool; 256],
    v6: [bool; 256],
}

impl Default for Vrids {
    fn default() -> Self {
        Self { v4: [false; 256], v6: [false; 256] }
    }
}

impl Vrids {
    /// The one that examples have.
    pub(crate) const EXAMPLE: Vrid = Vrid::new(51).unwrap();

    /// Takes a VRID for a family.
    pub(crate) fn take(&mut self, vrid: Vrid, family: Family) {
        let taken = match family {
            Family::V4 => &mut self.v4,
            Family::V6 => &mut self.v6,
        };
        taken[usize::from(vrid.get())] = true;
    }

    /// Gives the first VRID that is free for all these families, from one on and then from 1 on.
    pub(crate) fn free(&self, families: &[Family], from: Vrid) -> Option<Vrid> {
        let taken = |vrid: Vrid, family: Family| match family {
            Family::V4 => self.v4[usize::from(vrid.get())],
            Family::V6 => self.v6[usize::from(vrid.get())],
        };
        let vrids = (from.get()..=u8::MAX).chain(1..from.get()).filter_map(Vrid::new);
        vrids.into_iter().find(|&vrid| !families.iter().any(|&family| taken(vrid, family)))
    }
}

/// Says that a link has no VRID left, and what to do with whoever wants one.
pub(crate) fn full(who: &str) -> String {
    format!(
        "none of the 255 is free there: put {who} on another link, such as a VLAN, or its addresses into another instance"
    )
}
