//! How what our daemon costs grows with the number of instances: the exponent of the curve through the figures.

use std::thread;

use anyhow::Result;

use super::backup::take_over;
use super::fleet::Fleet;
use super::master::Advertising;
use super::program::{Program, Software};
use super::row::{Row, Samples};
use super::sender::Sender;
use super::site::Site;
use super::{Extent, SMALL, millis, tell};

/// The numbers of instances between which it is looked at.
const SIZES: [usize; 4] = [500, 1000, 2000, 4000];
/// What the exponent may be: 1 is linear, and what the machine adds.
const LINEAR: f64 = 1.1;

/// What is measured of each number, in this order.
const MEASURES: [&str; 4] = ["exec to last bind, ms", "1st to last served, ms", "CPU a second, ms", "peak RSS, MiB"];

/// Starts it as Backup, lets it take everything over, and looks at it as Master.
fn run(fleet: &Fleet, extent: &Extent) -> Result<[f64; MEASURES.len()]> {
    tell(&format!("growth: {fleet}"));
    let site = Site::new(&format!("growth-{}", fleet.slug()), fleet, extent)?;
    let master = Sender::start(&site, fleet, fleet.interval)?;
    let program = Program::start(&site.left, Software::Ours, fleet)?;
    site.wait_bindable(fleet)?;
    let start = millis(program.started.elapsed());
    program.wait_listening(fleet)?;
    // Until it has heard of everything.
    thread::sleep(fleet.interval * 2);
    master.stop()?;
    let taking_over = take_over(&site, fleet)?;
    let advertising = Advertising::watch(&site, &program, fleet, extent)?;
    // A percent of a second is 10 ms.
    let second = advertising.share(None) * 10.0;
    Ok([start, taking_over, second, advertising.after.peak as f64 / 1024.0])
}

/// Measures one instance and all numbers, and fits.
pub(super) fn measure(extent: &Extent, show: &mut dyn FnMut(Row)) -> Result<()> {
    let sizes = if extent.quick { &[SMALL / 2, SMALL][..] } else { &SIZES };
    let fleets = [1].iter().chain(sizes).map(|instances| Fleet::new(*instances));
    let measured = extent.each(fleets, |fleet| {
        let mut figures = MEASURES.map(|_| Samples::default());
        for _ in 0..extent.runs(1) {
            figures.iter_mut().zip(run(&fleet, extent)?).for_each(|(samples, figure)| samples.push(figure));
        }
        Ok((fleet, figures))
    })?;
    for (fleet, figures) in &measured {
        for (measure, samples) in MEASURES.iter().zip(figures) {
            show(Row::alone(&fleet.to_string(), measure, samples.clone()));
        }
    }
    for (place, measure) in MEASURES.iter().enumerate() {
        let point = |(fleet, figures): &(Fleet, [Samples; 4])| Some((fleet.instances as f64, figures[place].median()?));
        let points: Vec<(f64, f64)> = measured.iter().filter_map(point).collect();
        let exponent = [exponent(&points)].into_iter().collect();
        let scene = format!("they grow with the number n as n^x: x from {} to {}", sizes[0], sizes[sizes.len() - 1]);
        show(Row::alone(&scene, measure, exponent).at_most(LINEAR));
    }
    Ok(())
}

/// The exponent of the power of x that what is above the first point follows (least squares of the logarithms). What is there
/// whatever x is would make any curve look flatter than it is, so the first point is taken for that. A point that is hardly above
/// it counts little: its logarithm is mostly noise. 0 where nothing grows.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let Some(((_, constant), rest)) = points.split_first() else { return 0.0 };
    let grown = rest.iter().map(|(x, y)| (*x, y - constant, *y)).filter(|(x, above, _)| *x > 0.0 && *above > 0.0);
    let weighed: Vec<(f64, f64, f64)> = grown.map(|(x, above, y)| (x.ln(), above.ln(), (above / y).powi(2))).collect();
    let sum = |of: &dyn Fn(f64, f64) -> f64| weighed.iter().map(|(x, y, weight)| of(*x, *y) * weight).sum::<f64>();
    let all = sum(&|_, _| 1.0);
    let (x, y) = (sum(&|x, _| x) / all, sum(&|_, y| y) / all);
    let spread = sum(&|at, _| (at - x).powi(2));
    if spread > 0.0 { sum(&|at, of| (at - x) * (of - y)) / spread } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::exponent;

    fn of(curve: impl Fn(f64) -> f64) -> f64 {
        let points: Vec<(f64, f64)> = [1.0, 500.0, 1000.0, 2000.0, 4000.0].iter().map(|x| (*x, curve(*x))).collect();
        exponent(&points)
    }

    #[test]
    fn what_is_there_anyhow_neither_hides_nor_fakes_an_exponent() {
        for constant in [0.0, 10.0, 10_000.0] {
            assert!((of(|x| constant + 0.02 * x) - 1.0).abs() < 0.01, "{constant}");
            assert!((of(|x| constant + 1e-4 * x * x) - 2.0).abs() < 0.01, "{constant}");
        }
        let noisy = [(1.0, 25.0), (500.0, 25.1), (1000.0, 45.0), (2000.0, 65.0), (4000.0, 105.0)];
        assert!((exponent(&noisy) - 1.0).abs() < 0.2, "{}", exponent(&noisy));
        assert_eq!(of(|_| 7.0), 0.0);
        assert_eq!(of(|x| -x), 0.0);
        assert_eq!(exponent(&[(1.0, 3.0), (500.0, 9.0)]), 0.0);
        assert_eq!(exponent(&[]), 0.0);
    }
}
