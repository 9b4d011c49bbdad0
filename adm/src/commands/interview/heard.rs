//! Who advertises on a link, as far as a short while tells.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use vrrp::id::Vrid;

use super::link::Link;
use crate::render::note;
use crate::wire::Ear;

/// How long to listen: Masters advertise once a second, unless they are told otherwise.
const WHILE: Duration = Duration::from_secs(2);
/// The virtual routers that were heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// Where; none where nobody could listen.
    link: Option<String>,
    /// For each its first address and who advertises it.
    routers: BTreeMap<Vrid, (IpAddr, IpAddr)>,
}

impl Heard {
    /// Listens on a link. Nobody is heard where this may not be done, and that is told.
    pub(super) fn on(link: &Link) -> Self {
        let Ok(ear) = Ear::on([link.name.as_str()]) else { return Self::default() };
        note(&format!("Listening on {} for {} s to who advertises there.", link.name, WHILE.as_secs()));
        let Ok(heard) = ear.hear(WHILE) else { return Self::default() };
        let others = heard.into_iter().filter(|one| !one.own);
        let routers = others.filter_map(|one| Some((Vrid::new(one.vrid)?, (*one.addresses.first()?, one.source))));
        Self { link: Some(link.name.clone()), routers: routers.collect() }
    }

    pub(super) fn has(&self, vrid: Vrid) -> bool {
        self.routers.contains_key(&vrid)
    }

    /// The virtual router that has one of some addresses.
    pub(super) fn vrid_of(&self, addresses: &[IpAddr]) -> Option<Vrid> {
        self.routers.iter().find(|(_, (first, _))| addresses.contains(first)).map(|(vrid, _)| *vrid)
    }

    /// What came of it, and what it is worth.
    pub(super) fn told(&self) -> String {
        let Some(link) = &self.link else {
            return "Which VRIDs others use cannot be heard from here: ask who runs the network.".to_owned();
        };
        let router = |(vrid, (first, source)): (&Vrid, &(IpAddr, IpAddr))| format!("{vrid} ({first}, by {source})");
        let routers: Vec<String> = self.routers.iter().map(router).collect();
        match routers.as_slice() {
            [] => {
                format!("Nobody was heard on {link}.")
            }
            routers => format!("VRIDs in use on {link}: {}.", routers.join(", ")),
        }
    }
}
