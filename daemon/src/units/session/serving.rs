//! Whether a unit that systemd takes for running does serve: its processes may be frozen.

use std::num::NonZeroU32;

use vrrp::conditions::UnitState;
use zbus::Message;

use super::{Ended, Question, Session, messages};

/// What is known of a unit.
#[derive(Debug, Default)]
pub(super) struct Unit {
    state: UnitState,
    cgroup: Cgroup,
}

/// Where a unit's processes are.
#[derive(Debug, Default)]
enum Cgroup {
    /// Nobody has asked since the unit began to run.
    #[default]
    Unknown,
    /// The answer to this call tells. Until then nobody knows whether the unit serves.
    Asked(NonZeroU32),
    /// There, if it has any.
    Known(Option<String>),
}

impl Session<'_> {
    /// Takes the state that systemd tells of the unit with this path.
    pub(super) async fn unit_is(&mut self, path: &str, state: UnitState) -> Result<(), Ended> {
        let unit = self.units.entry(path.to_owned()).or_default();
        unit.state = state;
        let known = match &unit.cgroup {
            Cgroup::Unknown => false,
            Cgroup::Asked(_) | Cgroup::Known(None) => true,
            // A unit whose last process has ended may be active, and its next one is in another cgroup of that name.
            Cgroup::Known(Some(cgroup)) => self.freezer.watches(cgroup),
        };
        if !state.is_serving() {
            self.leave_cgroup(path);
        } else if !known {
            self.ask_for_cgroup(path).await?;
        }
        self.tell_unit(path).await
    }

    async fn ask_for_cgroup(&mut self, path: &str) -> Result<(), Ended> {
        let cgroup = match messages::cgroup(path) {
            Some(call) => Cgroup::Asked(self.ask(call?, Question::Cgroup(path.to_owned())).await?),
            None => Cgroup::Known(None),
        };
        if let Some(unit) = self.units.get_mut(path) {
            unit.cgroup = cgroup;
        }
        Ok(())
    }

    /// Takes the answer to the question where a unit is; none if systemd refused it.
    pub(super) async fn learn_cgroup(
        &mut self,
        path: &str,
        call: NonZeroU32,
        answer: Option<&Message>,
    ) -> Result<(), Ended> {
        if let Some(unit) = self.units.get_mut(path)
            && matches!(unit.cgroup, Cgroup::Asked(last) if last == call)
        {
            let cgroup = answer.and_then(messages::cgroup_of);
            // Before it is looked at, so that no change is missed.
            cgroup.iter().for_each(|cgroup| self.freezer.watch(cgroup));
            unit.cgroup = Cgroup::Known(cgroup);
            self.tell_unit(path).await?;
        }
        self.settle().await
    }

    fn leave_cgroup(&mut self, path: &str) {
        let former = self.units.get_mut(path).map(|unit| std::mem::take(&mut unit.cgroup));
        if let Some(Cgroup::Known(Some(cgroup))) = former {
            self.freezer.forget(&cgroup);
        }
    }

    /// Looks at the units in these cgroups: something has happened to them.
    pub(super) async fn heed_freezer(&mut self, cgroups: &[String]) -> Result<(), Ended> {
        let concerned = |unit: &Unit| matches!(&unit.cgroup, Cgroup::Known(Some(cgroup)) if cgroups.contains(cgroup));
        let paths: Vec<String> =
            self.units.iter().filter(|(_, unit)| concerned(unit)).map(|(path, _)| path.clone()).collect();
        for path in paths {
            self.tell_unit(&path).await?;
        }
        Ok(())
    }

    /// Tells the daemon of a unit under every name that was wanted, once it is known what to tell.
    async fn tell_unit(&mut self, path: &str) -> Result<(), Ended> {
        let Some(unit) = self.units.get(path) else { return Ok(()) };
        let state = match &unit.cgroup {
            Cgroup::Asked(_) => return Ok(()),
            Cgroup::Known(Some(cgroup)) if self.freezer.is_frozen(cgroup) => UnitState::Frozen,
            Cgroup::Known(_) | Cgroup::Unknown => unit.state,
        };
        for name in self.paths.iter().filter(|(_, unit_path)| *unit_path == path).map(|(name, _)| name) {
            self.teller.state(name, state).await?;
        }
        Ok(())
    }

    /// Forgets units that nobody wants any more.
    pub(super) fn forget_units(&mut self) {
        let wanted: Vec<String> = self.paths.values().cloned().collect();
        let gone: Vec<String> = self.units.keys().filter(|path| !wanted.contains(path)).cloned().collect();
        for path in gone {
            self.leave_cgroup(&path);
            self.units.remove(&path);
        }
    }
}
