//! Holding: whether every address can be bound, or why not.

use std::net::IpAddr;

use super::address::{Place, refusal};
use super::operation::Thing;
use super::plan::View;

/// Whether everything is held, or why not; nothing while that is being settled.
pub(super) fn status(view: &View<'_>) -> Option<Result<(), String>> {
    let holds = view.wanted.holds.as_ref()?;
    if holds.is_empty() {
        return Some(Ok(()));
    }
    let Some((index, link)) = view.observed.loopback() else {
        return Some(Err("cannot hold any address: there is no loopback link".to_owned()));
    };
    let mut problems = Vec::new();
    problems.extend(view.attempts.failure(Thing::Up(index)).map(str::to_owned));
    if holds.iter().any(IpAddr::is_ipv4)
        && let Some(reason) = view.exposed()
    {
        problems.push(format!("{reason}, and without that it would answer for held addresses"));
    }
    problems.extend(holds.iter().filter_map(|ip| refusal(*ip)));
    let shown = holds.iter().filter(|ip| view.observed.shows(index, **ip));
    if let Some(link) = view.links().find(|link| !link.present.hides_all()).map(|link| link.index) {
        let link = view.observed.name(link);
        problems.extend(shown.map(|ip| {
            format!("{ip} is on the loopback link already, and {link} would answer for it: remove it there, or give it scope host")
        }));
    }
    let failures = holds.iter().filter_map(|ip| view.attempts.failure(Thing::Address(Place::ours(index, *ip))));
    problems.extend(failures.map(str::to_owned));
    if let Some((first, others)) = problems.split_first() {
        return Some(Err(match others.len() {
            0 => first.clone(),
            count => format!("{first} (and {count} more)"),
        }));
    }
    let settled = view.links().all(|link| link.present == link.needed || link.needed == link.original);
    let all = link.admin_up() && holds.iter().all(|ip| view.observed.can_use(index, *ip));
    (settled && all).then_some(Ok(()))
}
