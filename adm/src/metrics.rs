//! What the daemon tells of itself, for programs that watch it: metrics for Prometheus, and the model of RFC 8347.

use std::fmt;

use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;
use vrrp::status::Status;

use self::exposition::Exposition;

pub(crate) mod serve;
pub(crate) mod yang;

mod exposition;
mod page;
#[cfg(test)]
mod tests;

/// How metrics are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' own, version 0.0.4: the one that node_exporter reads from files.
    Classic,
}

impl Format {
    /// The media type of a text in this format.
    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Classic => prometheus_text::CONTENT_TYPE,
        }
    }
}

/// Writes down what a daemon tells; without a status, that there is none to ask.
///
/// # Errors
/// None that is known of: a text takes what is written to it.
pub(crate) fn written(status: Option<Status>, format: Format) -> Result<String, fmt::Error> {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Exposition(status)));
    let mut text = String::new();
    match format {
        Format::OpenMetrics => text::encode(&mut text, &registry)?,
        Format::Classic => prometheus_text::encode(&mut text, &registry)?,
    }
    Ok(text)
}
