use super::Context;
use crate::exit::Health;
use crate::render::progress::during;
use crate::render::say;

/// Have the vrrpd that is installed now replace the one that runs
///
/// For upgrades. It goes on in the same process, as Master where it was Master, and no host notices. Returns when it runs. What
/// changed in vrrp.service itself needs systemctl restart vrrp.service, which gives up nothing either.
#[derive(clap::Args, Debug)]
pub(super) struct Args {}

impl Args {
    pub(super) async fn run(self, context: &Context) -> anyhow::Result<Health> {
        let daemon = context.daemon().await?;
        let status = during("the vrrpd that is installed now goes on", daemon.reexecute()).await?;
        let masters = status.instances.iter().filter(|one| one.state == vrrp::status::State::Master).count();
        say(&format!("vrrpd {} runs. Instances that are Master: {masters}.", status.daemon.version))?;
        Ok(Health::Fine)
    }
}
