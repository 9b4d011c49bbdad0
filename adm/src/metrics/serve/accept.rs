//! Which format somebody wants, by what they accept (RFC 9110, section 12.5.1).

use crate::metrics::Format;

/// Chooses OpenMetrics where it is accepted and nothing else is liked more, else what everybody reads.
pub(super) fn format(accepted: &str) -> Format {
    let (mut open_metrics, mut classic): (f32, f32) = (0.0, 0.0);
    for range in accepted.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |quality| quality.parse().ok());
        let quality = quality.unwrap_or(0.0);
        match name.as_str() {
            "application/openmetrics-text" => open_metrics = open_metrics.max(quality),
            "text/plain" | "text/*" | "*/*" => classic = classic.max(quality),
            _ => {}
        }
    }
    if open_metrics > 0.0 && open_metrics >= classic { Format::OpenMetrics } else { Format::Classic }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_metrics_is_for_those_who_like_it_best() {
        for (accepted, wanted) in [
            // Prometheus 2.42 and 3.5, VictoriaMetrics, curl, a browser, nobody.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
                 text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                Format::OpenMetrics,
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                 application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
                 text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                Format::OpenMetrics,
            ),
            ("text/plain;version=0.0.4;q=1,*/*;q=0.1", Format::Classic),
            ("*/*", Format::Classic),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Format::Classic),
            ("", Format::Classic),
            ("Application/OpenMetrics-Text; version=1.0.0; q=0.9 , text/*; q=0.9", Format::OpenMetrics),
            ("application/openmetrics-text;q=0", Format::Classic),
            ("application/openmetrics-text;q=nan,,;;q", Format::Classic),
            ("application/openmetrics-text;q=0.2,text/plain;q=0.3", Format::Classic),
        ] {
            assert_eq!(format(accepted), wanted, "{accepted}");
        }
    }
}
