//! What a round does, all of it from its seed.

use std::fmt;
use std::time::Duration;

use super::dice::Dice;

/// The names of the hosts, in the order of their priorities at the start.
pub(super) const NAMES: [&str; 3] = ["left", "right", "third"];
/// How many faults a round has.
const STEPS: usize = 20;

/// The hosts of a round, and what happens to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Whether the hosts are containers with systemd and a protected service.
    pub(super) systemd: bool,
    pub(super) priorities: Vec<u8>,
    pub(super) virtual_mac: bool,
    pub(super) preempt: bool,
    pub(super) interval: Duration,
    pub(super) steps: Vec<Step>,
}

/// A fault, whom it hits, and how long it lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) fault: Fault,
    pub(super) whom: Whom,
    pub(super) lasting: Duration,
}

/// Which host: that depends on who is Master by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    Master,
    /// The first host that is not.
    Backup,
}

/// What happens to a host, or to the switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// SIGKILL; started again when it is over.
    Kill,
    /// SIGTERM; started again when it is over.
    Stop,
    /// Restarted: SIGUSR2, as `systemctl restart` sends it, and started again at once.
    Restart,
    /// The protected service is stopped; started again when it is over.
    StopService,
    /// The protected service is killed; started again when it is over.
    KillService,
    /// The host reboots.
    Reboot,
    /// The host loses its power, and is booted again.
    PowerCut,
    /// SIGSTOP; SIGCONT when it is over.
    Pause,
    /// Another priority.
    Reload(u8),
    /// A second instance comes, or goes if it was there.
    Second,
    /// The claimed addresses are deleted.
    RemoveClaims,
    /// The held addresses are deleted.
    RemoveHolds,
    /// The macvlans are deleted.
    DeleteMacvlan,
    /// `ip link set eth0 down`; up when it is over.
    LinkDown,
    /// The carrier goes and comes ten times a second.
    Flap,
    /// The cable is out; in again when it is over.
    Unplug,
    /// The host's firewall drops advertisements that come in.
    Deaf,
    /// The host's firewall drops advertisements that go out.
    Mute,
    /// The switch drops what the host advertises.
    Unheard,
    /// The switch drops advertisements from and to the host.
    Split,
    /// The switch begins to lose, double, delay and reorder what it carries, or ends it.
    Weather(Weather),
}

/// What the switch does to each frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Weather {
    /// Lost, in percent.
    pub(super) loss: u64,
    /// Carried twice, in percent.
    pub(super) double: u64,
    /// Delayed by so many milliseconds.
    pub(super) delay: u64,
    /// Delayed by up to so many milliseconds more, so that frames overtake one another.
    pub(super) jitter: u64,
}

impl Plan {
    pub(super) fn new(seed: u64, systemd: bool) -> Self {
        let mut dice = Dice::new(seed);
        let hosts = if dice.percent(50) { 2 } else { 3 };
        let (virtual_mac, preempt) = (dice.percent(50), dice.percent(70));
        let interval = Duration::from_millis(*dice.pick(&[100, 200, 500]));
        let steps = (0..STEPS).map(|_| step(&mut dice, systemd)).collect();
        Self { systemd, priorities: [200, 150, 100][..hosts].to_vec(), virtual_mac, preempt, interval, steps }
    }
}

fn step(dice: &mut Dice, systemd: bool) -> Step {
    let whom = if dice.percent(65) { Whom::Master } else { Whom::Backup };
    let lasting = Duration::from_millis(dice.between(50, 4000));
    let priority = u8::try_from(dice.between(50, 250)).unwrap_or(100);
    let weather = if dice.percent(30) {
        Weather::default()
    } else {
        Weather {
            loss: dice.between(0, 8),
            double: dice.between(0, 10),
            delay: dice.between(0, 10),
            jitter: dice.between(0, 10),
        }
    };
    let mut faults = vec![
        Fault::Kill,
        Fault::Kill,
        Fault::Stop,
        Fault::Restart,
        Fault::Pause,
        Fault::Pause,
        Fault::Reload(priority),
        Fault::Second,
        Fault::RemoveClaims,
        Fault::RemoveHolds,
        Fault::DeleteMacvlan,
        Fault::LinkDown,
        Fault::Flap,
        Fault::Unplug,
        Fault::Deaf,
        Fault::Mute,
        Fault::Unheard,
        Fault::Split,
        Fault::Weather(weather),
        Fault::Weather(weather),
    ];
    if systemd {
        faults.extend([Fault::StopService, Fault::StopService, Fault::KillService, Fault::KillService]);
        faults.extend([Fault::Reboot, Fault::PowerCut]);
    }
    let fault = *dice.pick(&faults);
    Step { fault, whom, lasting: if fault.lasts() { lasting } else { Duration::ZERO } }
}

impl Fault {
    /// Whether it has to be undone.
    const fn lasts(self) -> bool {
        !matches!(
            self,
            Self::Restart
                | Self::Reboot
                | Self::PowerCut
                | Self::Reload(_)
                | Self::Second
                | Self::RemoveClaims
                | Self::RemoveHolds
                | Self::DeleteMacvlan
                | Self::Flap
                | Self::Weather(_)
        )
    }

    /// Whether the Master stays the one that it is, at this interval: a restart takes a part of a second.
    pub(super) fn moves_nobody(self, interval: Duration) -> bool {
        let restarts = self == Self::Restart && interval >= Duration::from_millis(500);
        restarts || matches!(self, Self::Second | Self::RemoveClaims | Self::RemoveHolds | Self::DeleteMacvlan)
    }

    /// Whether hosts may be unable to hear one another meanwhile, so that two Masters are nobody's mistake.
    pub(super) const fn splits(self) -> bool {
        matches!(self, Self::Deaf | Self::Mute | Self::Unheard | Self::Split)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Kill => "SIGKILL, started again later",
            Self::Stop => "SIGTERM, started again later",
            Self::Restart => "restarted",
            Self::StopService => "the protected service is stopped",
            Self::KillService => "the protected service is killed",
            Self::Reboot => "reboots",
            Self::PowerCut => "loses its power and is booted again",
            Self::Pause => "SIGSTOP, SIGCONT later",
            Self::Reload(priority) => return write!(formatter, "reload with priority {priority}"),
            Self::Second => "reload with a second instance, or without it again",
            Self::RemoveClaims => "its claimed addresses are deleted",
            Self::RemoveHolds => "its held addresses are deleted",
            Self::DeleteMacvlan => "its macvlans are deleted",
            Self::LinkDown => "its link is set down",
            Self::Flap => "its carrier flaps at 10 Hz",
            Self::Unplug => "its cable is pulled",
            Self::Deaf => "its firewall drops advertisements that come in",
            Self::Mute => "its firewall drops advertisements that go out",
            Self::Unheard => "the switch drops what it advertises",
            Self::Split => "the switch drops advertisements from and to it",
            Self::Weather(weather) if *weather == Weather::default() => "weather: clear",
            Self::Weather(weather) => {
                let Weather { loss, double, delay, jitter } = weather;
                return write!(
                    formatter,
                    "weather: {loss} % lost, {double} % doubled, {delay} ms late and up to {jitter} ms more"
                );
            }
        };
        formatter.write_str(text)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Plan;

    #[test]
    fn a_seed_always_makes_the_same_plan_and_seeds_differ() {
        assert_eq!(Plan::new(7, false), Plan::new(7, false));
        assert_ne!(Plan::new(7, false), Plan::new(8, false));
    }

    #[test]
    fn some_seeds_together_have_every_fault_and_both_numbers_of_hosts() {
        let plans: Vec<Plan> = (0..20).map(|seed| Plan::new(seed, true)).collect();
        let names: BTreeSet<_> = plans
            .iter()
            .flat_map(|plan| &plan.steps)
            .map(|step| format!("{:?}", step.fault).split(['(', ' ']).next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(names.len(), 21, "{names:?}");
        let hosts: BTreeSet<_> = plans.iter().map(|plan| plan.priorities.len()).collect();
        assert_eq!(hosts, [2, 3].into());
    }
}
