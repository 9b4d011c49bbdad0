//! Whether answers are coloured: where a terminal shows them, unless the environment says otherwise.

use anstream::ColorChoice;

/// What decides for all of systemd's programs, before `NO_COLOR`.
const COLOURS: &str = "SYSTEMD_COLORS";

/// Heeds what systemd's programs heed. Without it, `NO_COLOR`, `CLICOLOR` and the terminal decide.
pub(crate) fn choose() {
    if let Some(choice) = std::env::var(COLOURS).ok().as_deref().and_then(choice) {
        choice.write_global();
    }
}

fn choice(text: &str) -> Option<ColorChoice> {
    match text {
        // So many colours, none of which need be more than 16 here.
        "16" | "256" | "24bit" => Some(ColorChoice::Always),
        _ => truth(text).map(|wanted| if wanted { ColorChoice::Always } else { ColorChoice::Never }),
    }
}

/// Reads a truth as systemd does.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "yes" | "y" | "true" | "t" | "on" => Some(true),
        "0" | "no" | "n" | "false" | "f" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systemd_understands_is_understood() {
        assert_eq!([choice("1"), choice("256")], [Some(ColorChoice::Always); 2]);
        assert_eq!([choice("0"), choice("Off")], [Some(ColorChoice::Never); 2]);
        assert_eq!([choice("auto-16"), choice("")], [None; 2]);
    }
}
