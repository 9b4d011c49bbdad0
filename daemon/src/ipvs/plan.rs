//! What is done to what runs, so that what is wanted runs and nothing else.

use super::message::Daemon;
use super::{Role, Wanted};

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Stop that one.
    Stop(Role),
    /// Start this one.
    Start(Daemon),
}

/// The longest message of a master that was not told: an Ethernet frame without the headers of IP and UDP.
const USUAL_LENGTH: [u16; 2] = [1500 - 28, 1500 - 48];

/// Compares what runs with what is wanted. A daemon that has `moved` was started when its link was another one.
///
/// The other one is stopped first: with the sysctl backup_only, a host whose backup runs forwards nothing.
pub(super) fn plan(running: &[Daemon], wanted: Option<&Wanted>, moved: bool) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut runs = false;
    for daemon in running {
        let Some(role) = daemon.role else { continue };
        let keep = wanted
            .is_some_and(|wanted| role == wanted.role && (wanted.place.is_none() || (!moved && is_as(daemon, wanted))));
        runs |= keep;
        if !keep {
            steps.push(Step::Stop(role));
        }
    }
    steps.extend(
        wanted
            .filter(|wanted| !runs && wanted.place.is_some())
            .map(|one| Step::Start(Daemon::of(&one.daemon, one.role))),
    );
    steps
}

/// Tells whether a daemon runs as it is wanted. What the kernel does not tell of it is taken to be so.
fn is_as(running: &Daemon, wanted: &Wanted) -> bool {
    let config = &wanted.daemon;
    let usual = if config.group.is_ipv4() { USUAL_LENGTH[0] } else { USUAL_LENGTH[1] };
    let length = |length: u16| match (config.maxlen, wanted.role) {
        (Some(wanted), _) => length == wanted,
        (None, Role::Master) => length == usual,
        // By itself it takes what its link does, and that must be what a master sends.
        (None, Role::Backup) => length >= usual,
    };
    running.interface == config.interface.as_str()
        && running.id == u32::from(config.id)
        && running.maxlen.is_none_or(length)
        && running.group.is_none_or(|group| group == config.group)
        && running.port.is_none_or(|port| port == config.port)
        && running.ttl.is_none_or(|ttl| ttl == config.ttl)
}

#[cfg(test)]
mod tests {
    use vrrp::config::{InstanceName, LinkName, SyncDaemon};

    use super::super::Place;
    use super::*;

    fn wanted(role: Role) -> Wanted {
        let daemon = SyncDaemon {
            interface: LinkName::new("eth1").unwrap(),
            instance: InstanceName::new("inst1").unwrap(),
            id: 51,
            maxlen: None,
            group: SyncDaemon::GROUP,
            port: SyncDaemon::PORT,
            ttl: SyncDaemon::TTL,
        };
        Wanted { daemon, role, place: Some(Place { link: 3, epoch: 0, source: None }) }
    }

    /// As the kernel tells of it.
    fn running(role: Role, length: u16) -> Daemon {
        Daemon { maxlen: Some(length), ..Daemon::of(&wanted(role).daemon, role) }
    }

    fn start(role: Role) -> Step {
        Step::Start(Daemon::of(&wanted(role).daemon, role))
    }

    #[test]
    fn what_runs_as_it_is_to_is_left_alone() {
        for (role, length) in [(Role::Master, 1472), (Role::Backup, 1472), (Role::Backup, 8972)] {
            assert_eq!(plan(&[running(role, length)], Some(&wanted(role)), false), []);
        }
        let old = Daemon { maxlen: None, group: None, port: None, ttl: None, ..running(Role::Master, 0) };
        assert_eq!(plan(&[old], Some(&wanted(Role::Master)), false), [], "a kernel that tells less");
    }

    #[test]
    fn a_transition_stops_the_one_and_starts_the_other() {
        for (from, to) in [(Role::Master, Role::Backup), (Role::Backup, Role::Master)] {
            assert_eq!(plan(&[running(from, 1472)], Some(&wanted(to)), false), [Step::Stop(from), start(to)]);
        }
        let both = [running(Role::Master, 1472), running(Role::Backup, 1472)];
        assert_eq!(plan(&both, Some(&wanted(Role::Master)), false), [Step::Stop(Role::Backup)]);
        assert_eq!(plan(&[], Some(&wanted(Role::Backup)), false), [start(Role::Backup)]);
    }

    #[test]
    fn one_with_other_parameters_is_started_anew() {
        let right = || running(Role::Master, 1472);
        let others = [
            Daemon { interface: "eth2".into(), ..right() },
            Daemon { id: 52, ..right() },
            Daemon { maxlen: Some(1400), ..right() },
            Daemon { group: Some([224, 0, 0, 82].into()), ..right() },
            Daemon { port: Some(8849), ..right() },
            Daemon { ttl: Some(2), ..right() },
        ];
        let anew = [Step::Stop(Role::Master), start(Role::Master)];
        for other in others {
            assert_eq!(plan(std::slice::from_ref(&other), Some(&wanted(Role::Master)), false), anew, "{other:?}");
        }
        assert_eq!(plan(&[right()], Some(&wanted(Role::Master)), true), anew, "its link is another one");
        let short = running(Role::Backup, 1024);
        let anew = [Step::Stop(Role::Backup), start(Role::Backup)];
        assert_eq!(plan(&[short], Some(&wanted(Role::Backup)), false), anew, "it could not take what a master sends");
    }

    #[test]
    fn without_a_link_nothing_is_started_and_without_a_wish_everything_stops() {
        let linkless = |role| Wanted { place: None, ..wanted(role) };
        assert_eq!(plan(&[], Some(&linkless(Role::Master)), false), []);
        assert_eq!(plan(&[running(Role::Master, 1472)], Some(&linkless(Role::Master)), true), []);
        let stop = |role| [Step::Stop(role)];
        assert_eq!(plan(&[running(Role::Master, 1472)], Some(&linkless(Role::Backup)), false), stop(Role::Master));
        assert_eq!(plan(&[running(Role::Backup, 1472)], None, false), stop(Role::Backup));
    }
}
