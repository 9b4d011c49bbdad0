//! What is on a terminal's screen: pieces of text that look alike, on grounds of their own.

use vt100::{Cell, Color, Parser};

/// A row of a screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) grounds: Vec<Ground>,
    pub(super) pieces: Vec<Piece>,
}

/// Columns whose ground is not the terminal's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ground {
    /// The first column, from 0.
    pub(super) column: u16,
    /// How many columns.
    pub(super) width: u16,
    pub(super) colour: Colour,
}

/// A piece of text without two blanks in succession, which looks alike from its beginning to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The column in which it begins, from 0.
    pub(super) column: u16,
    pub(super) text: String,
    pub(super) look: Look,
}

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) ink: Colour,
    pub(super) bold: bool,
    pub(super) dim: bool,
    pub(super) underlined: bool,
}

/// A colour of the terminal's: one that it is told, or one of its own two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    Ink,
    Ground,
    Indexed(u8),
    Mixed(u8, u8, u8),
}

impl Row {
    /// Tells whether nothing of it can be seen.
    pub(super) const fn is_empty(&self) -> bool {
        self.grounds.is_empty() && self.pieces.is_empty()
    }
}

/// Reads a screen of this size that tmux has captured with its colours.
pub(super) fn rows(captured: &str, columns: u16, rows: u16) -> Vec<Row> {
    let (Ok(height), Ok(width)) = (rows.try_into(), columns.try_into()) else { return Vec::new() };
    let mut parser = Parser::new(height, width, 0);
    // tmux ends lines as files do.
    parser.process(captured.trim_end_matches('\n').replace('\n', "\r\n").as_bytes());
    let screen = parser.screen();
    let row = |row| row_of((0..columns).filter_map(move |column| Some((column, screen.cell(row, column)?))));
    (0..rows).map(row).collect()
}

fn row_of<'a>(cells: impl Iterator<Item = (u16, &'a Cell)>) -> Row {
    let mut row = Row::default();
    for (column, cell) in cells {
        let (look, ground) = look_of(cell);
        match row.grounds.last_mut() {
            Some(last) if last.colour == ground && last.column + last.width == column => last.width += 1,
            _ if ground == Colour::Ground => {}
            _ => row.grounds.push(Ground { column, width: 1, colour: ground }),
        }
        let text = if cell.has_contents() { cell.contents() } else { " " };
        match row.pieces.last_mut() {
            Some(last) if last.look == look && !(text == " " && last.text.ends_with(' ')) => last.text.push_str(text),
            _ => row.pieces.push(Piece { column, text: text.to_owned(), look }),
        }
    }
    row.pieces = row.pieces.into_iter().filter_map(Piece::trimmed).collect();
    row
}

fn look_of(cell: &Cell) -> (Look, Colour) {
    let colour = |colour, own| match colour {
        Color::Default => own,
        Color::Idx(index) => Colour::Indexed(index),
        Color::Rgb(red, green, blue) => Colour::Mixed(red, green, blue),
    };
    let (ink, ground) = (colour(cell.fgcolor(), Colour::Ink), colour(cell.bgcolor(), Colour::Ground));
    let (ink, ground) = if cell.inverse() { (ground, ink) } else { (ink, ground) };
    (Look { ink, bold: cell.bold(), dim: cell.dim(), underlined: cell.underline() }, ground)
}

impl Piece {
    /// The piece without the blanks around it; none where nothing is left to be seen.
    fn trimmed(self) -> Option<Self> {
        let leading = self.text.len() - self.text.trim_start_matches(' ').len();
        let text = self.text.trim_matches(' ').to_owned();
        // No more than the columns of a row.
        let column = self.column + u16::try_from(leading).ok()?;
        (!text.is_empty()).then_some(Self { column, text, ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::{Colour, Ground, rows};

    #[test]
    fn a_screen_is_read_with_its_colours_and_blanks() {
        let screen = rows("\x1b[1;32mMaster\x1b[0m  web\n\n\x1b[7m Name  State \x1b[0m\n", 20, 4);
        let told = |row: usize| -> Vec<String> {
            let pieces = &screen[row].pieces;
            pieces.iter().map(|piece| format!("{} {} {:?}", piece.column, piece.text, piece.look.ink)).collect()
        };
        assert_eq!(told(0), ["0 Master Indexed(2)", "8 web Ink"]);
        assert!(screen[0].pieces[0].look.bold && !screen[0].pieces[1].look.bold);
        assert!(screen[1].is_empty() && screen[3].is_empty());
        assert_eq!(told(2), ["1 Name Ground", "7 State Ground"]);
        assert_eq!(screen[2].grounds, [Ground { column: 0, width: 13, colour: Colour::Ink }]);
    }
}
