//! Families of metrics, one after the other, and the labels of their samples.

use std::fmt;

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeLabel as _, EncodeLabelSet, EncodeLabelValue,
    LabelSetEncoder, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;
use prometheus_client::registry::Unit;

/// What families are written on. One without a sample is left out.
pub(super) struct Page<'e>(pub(super) DescriptorEncoder<'e>);

impl Page<'_> {
    /// Writes values that go up and down.
    pub(super) fn gauge<L: EncodeLabelSet, V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (L, V)>,
    ) -> fmt::Result {
        self.gauges(name, help, None, samples)
    }

    /// Does as [`Page::gauge`] does for times and spans of time; `_seconds` is added to the name.
    pub(super) fn seconds<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (L, f64)>,
    ) -> fmt::Result {
        self.gauges(name, help, Some(&Unit::Seconds), samples)
    }

    fn gauges<L: EncodeLabelSet, V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        samples: impl IntoIterator<Item = (L, V)>,
    ) -> fmt::Result {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return Ok(());
        }
        let mut family = self.0.encode_descriptor(name, help, unit, MetricType::Gauge)?;
        samples.try_for_each(|(labels, value)| family.encode_family(&labels)?.encode_gauge(&value))
    }

    /// Writes values that only go up, from 0 on when the daemon starts; `_total` is added to the name.
    pub(super) fn counter<L: EncodeLabelSet, V: EncodeCounterValue>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (L, V)>,
    ) -> fmt::Result {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return Ok(());
        }
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        let no_example: Option<&Exemplar<NoLabelSet, u64>> = None;
        samples.try_for_each(|(labels, value)| family.encode_family(&labels)?.encode_counter(&value, no_example))
    }

    /// Writes what is said in labels alone; `_info` is added to the name.
    pub(super) fn info(&mut self, name: &str, help: &str, labels: &impl EncodeLabelSet) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Info)?.encode_info(labels)
    }
}

/// The labels of what there is once on a host.
pub(super) const NONE: [(&str, &str); 0] = [];

/// Further labels after others.
#[derive(Clone, Copy, Debug)]
pub(super) struct And<L, V, const N: usize>(pub(super) L, pub(super) [(&'static str, V); N]);

impl<L: EncodeLabelSet, V: EncodeLabelValue + Copy, const N: usize> EncodeLabelSet for And<L, V, N> {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> fmt::Result {
        self.0.encode(encoder)?;
        self.1.iter().try_for_each(|(key, value)| label(encoder, key, *value))
    }
}

/// Writes one label.
pub(super) fn label(encoder: &mut LabelSetEncoder<'_>, key: &'static str, value: impl EncodeLabelValue) -> fmt::Result {
    (key, value).encode(encoder.encode_label())
}
