//! From what is asked over the bus to its answer.

use tokio::sync::oneshot;
use vrrp::conditions::UnitState;

use super::instance::Instance;
use super::{Daemon, End, Phase, Trial};
use crate::control::Request;
use crate::journal;

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
            Request::History { names, most, reply } => {
                let _ = reply.send(self.history(&names, most));
            }
            Request::Resign { name, time, forced, reply } => self.resign(&name, time, forced, reply),
            Request::ComeBack(name, reply) => {
                let _ = reply.send(self.come_back(&name));
            }
            Request::MoveMember { group, member, offline, force, reply } => {
                let _ = reply.send(self.move_member(&group, &member, offline, force));
            }
            Request::Reload(reply) => self.read_again(Some(reply)),
            Request::Reexecute(reply) => self.try_out(reply),
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

    /// Tries out the program that is installed now, elsewhere: whoever asks is answered if it cannot be run.
    fn try_out(&mut self, reply: oneshot::Sender<Result<(), String>>) {
        if let Some(trial) = &mut self.trial {
            return trial.replies.push(reply);
        }
        let program = self.settings.program.clone();
        let task = tokio::task::spawn_blocking(move || program.try_out());
        self.trial = Some(Trial { task, replies: vec![reply] });
    }

    /// Has the program that was tried out go on in this process. Nobody is answered then: the caller sees us go.
    pub(super) fn heed_trial(&mut self, tried: Result<(), String>) {
        let replies = self.trial.take().map(|trial| trial.replies).unwrap_or_default();
        match tried {
            Ok(()) if self.phase == Phase::Running => self.leave(End::Replaced),
            Ok(()) => {}
            Err(reason) => {
                journal::not_replaced(&reason);
                for reply in replies {
                    // Whoever asked may be gone.
                    let _ = reply.send(Err(reason.clone()));
                }
            }
        }
    }

    fn find(&self, name: &str) -> Option<&Instance> {
        self.instances.get(&self.id_of(name)?).map(AsRef::as_ref)
    }
}
