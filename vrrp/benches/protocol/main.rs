//! How long the library takes for what a daemon has it do again and again: `cargo bench --package vrrp`.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "virtual time begins somewhere")]

use criterion::Criterion;

use cases::{NAMES, case};

mod cases;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for name in NAMES {
        criterion.bench_function(name, |bencher| bencher.iter(case(name).unwrap()));
    }
    criterion.final_summary();
}
