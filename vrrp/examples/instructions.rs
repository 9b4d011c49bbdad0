//! Does one case a number of times, for a program that counts instructions: `instructions CASE TIMES`. Without arguments
//! it tells the cases. What the counts may be stands in `benches/instructions.toml`.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on fails")]
#![expect(clippy::disallowed_methods, reason = "virtual time begins somewhere")]

use std::process::ExitCode;

use cases::{NAMES, case};

#[path = "../benches/protocol/cases.rs"]
mod cases;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        println!("{}", NAMES.join("\n"));
        return ExitCode::SUCCESS;
    }
    let [name, times] = arguments.as_slice() else { return ExitCode::from(2) };
    let (Some(mut once), Ok(times)) = (case(name), times.parse::<u32>()) else { return ExitCode::from(2) };
    for _ in 0..times {
        once();
    }
    ExitCode::SUCCESS
}
