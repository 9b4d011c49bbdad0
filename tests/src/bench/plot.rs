//! The rows of a case as a drawing: two bars a row, each row to a scale of its own, from the lowest run to the highest.

use std::fmt::Write as _;

use super::row::{Row, Samples, Side};
use super::table::DIGITS;
use crate::figures::number;

const WIDTH: f64 = 760.0;
/// Where the bars begin, and how long the longest is.
const LEFT: f64 = 330.0;
const LONGEST: f64 = 340.0;
const ROW: f64 = 44.0;
const BAR: f64 = 14.0;
const TOP: f64 = 52.0;
/// Ours, and theirs. They differ in brightness, too.
const COLOURS: [&str; 2] = ["#1f5fa8", "#e0a458"];

/// Draws the rows of a case as SVG.
pub(super) fn svg(title: &str, rows: &[Row]) -> String {
    let height = TOP + ROW * rows.len() as f64 + 8.0;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"12\" y=\"24\" font-size=\"16\">{}</text>\n",
        escaped(title)
    );
    for (place, (name, colour)) in ["vrrpd", "keepalived, or what the scene names"].iter().zip(COLOURS).enumerate() {
        let x = LEFT + 80.0 * place as f64;
        let _ = writeln!(
            text,
            "<rect x=\"{x}\" y=\"32\" width=\"10\" height=\"10\" fill=\"{colour}\"/>\
             <text x=\"{}\" y=\"41\">{name}</text>",
            x + 15.0
        );
    }
    for (place, row) in (0_u16..).zip(rows) {
        draw(&mut text, row, TOP + ROW * f64::from(place));
    }
    text.push_str("</svg>\n");
    text
}

fn draw(text: &mut String, row: &Row, y: f64) {
    let _ = writeln!(
        text,
        "<text x=\"12\" y=\"{}\">{}</text><text x=\"12\" y=\"{}\" fill=\"#555555\">{}</text>",
        y + 13.0,
        escaped(&row.scene),
        y + 29.0,
        escaped(&row.measure)
    );
    let sides = [&row.ours, &row.theirs];
    let finite = |value: &f64| value.is_finite();
    let most = sides.iter().filter_map(|side| measured(side)?.worst()).filter(finite).fold(0.0, f64::max);
    let scale = if most > 0.0 { LONGEST / most } else { 0.0 };
    for (place, (side, colour)) in (0_u8..).zip(sides.iter().zip(COLOURS)) {
        let y = y + f64::from(place) * (BAR + 3.0);
        let (x, label) = match side {
            Side::Measured(samples) => bar(text, samples, y, scale, colour),
            Side::Absent(reason) => (LEFT, escaped(reason)),
        };
        let _ = writeln!(text, "<text x=\"{:.1}\" y=\"{:.1}\">{label}</text>", x + 6.0, y + 11.0);
    }
}

/// Draws the runs of one side; tells where its label goes, and what it says.
fn bar(text: &mut String, samples: &Samples, y: f64, scale: f64, colour: &str) -> (f64, String) {
    let length = |value: Option<f64>| value.map_or(0.0, |value| (value * scale).clamp(0.0, LONGEST));
    let (median, best, worst) = (length(samples.median()), length(samples.best()), length(samples.worst()));
    let middle = y + BAR / 2.0;
    let _ = writeln!(
        text,
        "<rect x=\"{LEFT}\" y=\"{y:.1}\" width=\"{median:.1}\" height=\"{BAR}\" fill=\"{colour}\"/>\
         <path d=\"M{:.1} {middle:.1}H{:.1}\" stroke=\"#222222\" stroke-width=\"2\"/>",
        LEFT + best,
        LEFT + worst
    );
    (LEFT + median.max(worst), samples.median().map_or_else(|| "-".into(), |value| number(value, DIGITS)))
}

const fn measured(side: &Side) -> Option<&Samples> {
    match side {
        Side::Measured(samples) => Some(samples),
        Side::Absent(_) => None,
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::row::{Row, Samples};
    use super::svg;

    #[test]
    fn each_row_has_its_own_scale_and_what_is_never_has_the_whole_width() {
        let samples = |value: f64| -> Samples { [value].into_iter().collect() };
        let rows = [
            Row::new("a & b", "CPU", samples(2.0), samples(4.0)),
            Row::new("c", "ms", samples(500.0), samples(f64::INFINITY)),
            Row::new("d", "ms", samples(0.0), Samples::default()),
        ];
        let drawn = svg("master", &rows);
        for part in ["a &amp; b", "width=\"170.0\"", "width=\"340.0\"", ">never<", ">no such thing<"] {
            assert!(drawn.contains(part), "{part}: {drawn}");
        }
        assert!(!drawn.contains("inf") && !drawn.contains("NaN"), "{drawn}");
    }
}
