//! From what is asked over the bus to its answer.

use vrrp::conditions::UnitState;

use super::Daemon;
use super::instance::Instance;
use crate::control::Request;

impl Daemon {
    /// Answers somebody on the bus.
    pub(super) fn answer(&mut self, request: Request) {
        match request {
            Request::Describe(reply) => {
                // Whoever asked may be gone.
                let _ = reply.send(self.describe());
            }
            Request::DescribeInstance(name, reply) => {
                let _ = reply.send(self.find(&name).map(|instance| self.present(instance)));
            }
            Request::Resign { name, time, forced, reply } => self.resign(&name, time, forced, reply),
            Request::ComeBack(name, reply) => {
                let _ = reply.send(self.come_back(&name));
            }
            Request::Reload(reply) => self.read_again(Some(reply)),
            Request::Leave(name, reply) => {
                let found = self.id_of(&name);
                let unit = found.and_then(|id| self.instances.get(&id)).map(|instance| instance.config.unit());
                let Some((id, unit)) = found.zip(unit) else {
                    let _ = reply.send(false);
                    return;
                };
                // Systemd says so itself, but its signal may arrive after this call.
                self.heed_unit(unit, UnitState::Deactivating);
                self.answer_when_drained(id, reply);
            }
        }
    }

    fn find(&self, name: &str) -> Option<&Instance> {
        self.instances.get(&self.id_of(name)?)
    }
}
