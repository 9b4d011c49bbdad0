//! The colours of the pictures' terminals.

use super::screen::Colour;

pub(super) const GROUND: &str = "#12161d";
pub(super) const INK: &str = "#d7dde5";
const BAR: &str = "#232a35";

/// The sixteen that terminals have names for, chosen to be read on [`GROUND`].
const NAMED: [&str; 16] = [
    "#4b5563", "#f47067", "#6bc46d", "#daaa3f", "#6cb6ff", "#dcbdfb", "#56d4dd", "#d7dde5", "#8b96a5", "#ff938a",
    "#8ddb8c", "#eac55f", "#96d0ff", "#eedcff", "#8be9f0", "#ffffff",
];

/// What holds for all text.
pub(super) fn style(size: u32) -> String {
    format!(
        "text{{font:{size}px ui-monospace,SFMono-Regular,Menlo,'DejaVu Sans Mono',Consolas,'Liberation Mono',monospace}}\
         .title{{text-anchor:middle;font-size:14px;fill:#9aa5b4}}.bar{{fill:{BAR}}}.b{{font-weight:bold}}.d{{opacity:.65}}.u{{text-decoration:underline}}\n"
    )
}

/// A colour as SVG writes it.
pub(super) fn colour(colour: Colour) -> String {
    match colour {
        Colour::Ink => INK.to_owned(),
        Colour::Ground => GROUND.to_owned(),
        Colour::Indexed(index) => indexed(index),
        Colour::Mixed(red, green, blue) => hexadecimal([red, green, blue]),
    }
}

/// The named ones, a cube of 6 × 6 × 6, and 24 greys, as xterm has them.
fn indexed(index: u8) -> String {
    let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
    match index {
        0..16 => NAMED[usize::from(index)].to_owned(),
        16..232 => {
            let place = index - 16;
            hexadecimal([level(place / 36), level(place / 6 % 6), level(place % 6)])
        }
        232.. => hexadecimal([8 + 10 * (index - 232); 3]),
    }
}

fn hexadecimal([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::indexed;

    #[test]
    fn colours_by_number_are_those_of_xterm() {
        let colours = [15, 16, 21, 196, 231, 232, 255].map(indexed);
        assert_eq!(colours, ["#ffffff", "#000000", "#0000ff", "#ff0000", "#ffffff", "#080808", "#eeeeee"]);
    }
}
