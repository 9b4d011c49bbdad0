//! The metrics: each family's name, what it says, and where it comes from.

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, LabelSetEncoder};
use vrrp::status::{Daemon, Instance, Router, Status};
use vrrp::wire::Discard;

use super::page::{And, NONE, Page, label};

mod groups;
mod heartbeats;
mod instances;
mod routers;
mod watched;

/// All metrics of a daemon; without a status, of a host on which none can be asked.
#[derive(Debug)]
pub(super) struct Exposition(pub(super) Option<Status>);

impl Collector for Exposition {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        page.gauge("vrrp_up", "Whether vrrpd runs and answers", [(NONE, u32::from(self.0.is_some()))])?;
        let Some(Status { daemon, instances, groups }) = &self.0 else { return Ok(()) };
        whole(&mut page, daemon)?;
        instances::write(&mut page, instances)?;
        routers::write(&mut page, instances)?;
        watched::write(&mut page, instances)?;
        heartbeats::write(&mut page, &daemon.heartbeats)?;
        groups::write(&mut page, groups)
    }
}

/// The daemon as a whole.
fn whole(page: &mut Page<'_>, daemon: &Daemon) -> fmt::Result {
    page.info("vrrp", "The version of vrrpd", &[("version", daemon.version.as_str())])?;
    page.seconds(
        "vrrp_start_time",
        "When vrrpd started, since 1970 (RFC 8347 discontinuity-datetime)",
        [(NONE, seconds(daemon.started))],
    )?;
    page.gauge(
        "vrrp_configuration_problems",
        "Problems of the configuration that vrrpd was last told to read; with any it was not applied",
        [(NONE, daemon.problems.len())],
    )?;
    page.gauge(
        "vrrp_units_unknown",
        "Whether units cannot be watched, for want of the bus or of systemd",
        [(NONE, u32::from(daemon.units_unknown.is_some()))],
    )?;
    page.gauge(
        "vrrp_fights",
        "Fights with other programs of this host, which undo what vrrpd does again and again",
        [(NONE, daemon.fights.len())],
    )?;
    page.counter(
        "vrrp_host_discards",
        "Discarded packets that are for no virtual router, by reason (RFC 8347 vrid-errors; with vrrp_discards_total, \
         checksum-errors, version-errors, ip-ttl-errors)",
        // All that can be, so that the first of each is an increase.
        Discard::ALL.iter().map(|reason| {
            let name = reason.name();
            ([("reason", name)], daemon.discards.get(name).copied().unwrap_or_default())
        }),
    )
}

/// A time of a status in seconds.
fn seconds(microseconds: u64) -> f64 {
    // Exact to a microsecond for some centuries.
    #[expect(clippy::cast_precision_loss, reason = "a float has 53 bits, and a time takes 51")]
    let microseconds = microseconds as f64;
    microseconds / 1e6
}

/// A span of a status in seconds.
fn span(milliseconds: u32) -> f64 {
    f64::from(milliseconds) / 1e3
}

/// Whose sample it is: the labels of an instance.
#[derive(Clone, Copy, Debug)]
struct Of<'s>(&'s Instance);

impl EncodeLabelSet for Of<'_> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        label(encoder, "vrrp_instance", self.0.name.as_str())?;
        label(encoder, "interface", self.0.interface.as_str())?;
        label(encoder, "vrid", self.0.vrid)
    }
}

/// Each virtual router with its labels: those of its instance, and the family.
fn each_router(instances: &[Instance]) -> impl Iterator<Item = (And<Of<'_>, &str, 1>, &Instance, &Router)> {
    instances.iter().flat_map(|instance| {
        let routers = instance.routers.iter();
        routers.map(move |router| (And(Of(instance), [("family", router.family.as_str())]), instance, router))
    })
}

/// Counters by reason under some labels.
fn by_reason<L: Copy>(labels: L, discards: &BTreeMap<String, u64>) -> impl Iterator<Item = (And<L, &str, 1>, u64)> {
    discards.iter().map(move |(reason, count)| (And(labels, [("reason", reason.as_str())]), *count))
}
