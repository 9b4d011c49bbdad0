//! Which of the members are used, and which of them carries an instance.

use super::{Group, Role};

impl Group {
    /// Has as many members active as should be, as far as there are usable ones.
    ///
    /// Without `failback` those that are active stay so. A standby member takes the part of one that should be active.
    pub(super) fn choose(&mut self) {
        let roles: Vec<Role> = self.parameters.members.iter().map(|(_, role)| *role).collect();
        let count = roles.iter().filter(|role| **role == Role::Active).count();
        let usable = |group: &Self, member: &usize| group.members[*member].is_usable();
        self.heir = self.heir.filter(|heir| usable(self, heir) && !self.proven_beside(*heir));
        let all = 0..self.members.len();
        let kept = all.clone().filter(|member| !self.parameters.failback && self.members[*member].active);
        let of = |role: Role| all.clone().zip(&roles).filter(move |(_, one)| **one == role).map(|(member, _)| member);
        let order: Vec<usize> =
            self.heir.into_iter().chain(kept).chain(of(Role::Active)).chain(of(Role::Standby)).collect();
        let mut active: Vec<usize> = Vec::new();
        for member in order {
            if active.len() < count && !active.contains(&member) && usable(self, &member) {
                active.push(member);
            }
        }
        for (index, member) in self.members.iter_mut().enumerate() {
            member.active = active.contains(&index);
        }
        self.chosen = self.carrier_of_instances();
    }

    /// The member that carries instances: the present one as long as it can, and then one that is known to work.
    fn carrier_of_instances(&self) -> Option<usize> {
        let active = || (0..self.members.len()).filter(|member| self.members[*member].active);
        let proven = |member: &usize| self.is_proven(*member);
        if self.heir.is_some() {
            return self.heir;
        }
        match self.chosen.filter(|chosen| active().any(|member| member == *chosen)) {
            None => active().find(proven).or_else(|| active().next()),
            Some(chosen) if self.parameters.failback => {
                active().find(|member| *member < chosen && proven(member)).or(Some(chosen))
            }
            Some(chosen) => Some(chosen),
        }
    }

    /// Whether a member is known to work.
    fn is_proven(&self, member: usize) -> bool {
        self.members[member].is_proven(self.parameters.probes)
    }

    /// Whether another member than this one is known to work.
    fn proven_beside(&self, member: usize) -> bool {
        (0..self.members.len()).any(|other| other != member && self.is_proven(other))
    }
}
