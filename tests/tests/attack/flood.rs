//! A hundred thousand packets a second: nothing of it is answered, remembered or logged, and nobody moves.

use std::time::Duration;

use anyhow::{Result, ensure};
use lab::Lab;
use lab::flood::{Kind, Options, measure};

#[test]
fn a_flood_moves_nobody_and_nothing_of_it_is_answered() -> Result<()> {
    let lab = Lab::new("attack-flood")?;
    let options = Options { rate: 100_000, length: Duration::from_secs(5), kinds: Kind::ALL.to_vec(), looped: true };
    let measured = measure(&lab, &options)?;
    println!("{measured}");
    ensure!(measured.standings[0].starts_with("Master"), "{measured}");
    ensure!(measured.standings[1].starts_with("Backup: 192.0.2.1"), "{measured}");
    // No more than without the flood, but for one at either end; and that it is starved would show as far less.
    let [quiet, flooded] = measured.adverts;
    ensure!(flooded <= quiet + 3 && flooded * 10 >= quiet * 8, "{measured}");
    ensure!(measured.others == 0, "{measured}");
    for ([before, _, after], lines) in measured.memory.into_iter().zip(measured.lines) {
        ensure!(after < before + 2048, "{measured}");
        // A flood of messages would be a flood of its own.
        ensure!(lines < 300, "{measured}");
    }
    Ok(())
}
