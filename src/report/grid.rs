//! Lays text out in columns for a terminal or a plain text file.
//!
//! In: cells with a tone. Out: lines that fit a width. Every cell is escaped here, so no caller can forget it; colour is
//! decoration only, the same text is there without it.

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};

use super::{Style, escape_terminal};
use crate::packs::{Severity, Verdict};

/// Says what a text means, which colour may underline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Strong,
    Dim,
    Good,
    Bad,
    Doubt,
    Judge,
}

impl From<Verdict> for Tone {
    fn from(verdict: Verdict) -> Tone {
        match verdict {
            Verdict::Pass => Tone::Good,
            Verdict::Fail => Tone::Bad,
            Verdict::Unknown => Tone::Doubt,
            Verdict::Manual => Tone::Judge,
            Verdict::NotApplicable => Tone::Dim,
        }
    }
}

impl From<Severity> for Tone {
    fn from(severity: Severity) -> Tone {
        match severity {
            Severity::Critical | Severity::High => Tone::Strong,
            Severity::Medium | Severity::Low | Severity::Informational => Tone::Plain,
        }
    }
}

/// Writes one text in its tone; the text is escaped.
pub(super) fn paint(text: &str, tone: Tone, style: &Style) -> String {
    let text = escape_terminal(text);
    let code = match tone {
        _ if !style.color => return text,
        Tone::Plain => return text,
        Tone::Strong => "1",
        Tone::Dim => "2",
        Tone::Good => "32",
        Tone::Bad => "1;31",
        Tone::Doubt => "33",
        Tone::Judge => "36",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// Says how the lines between cells look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    /// A box around everything.
    Box,
    /// One line under the header.
    Rule,
    /// Nothing but space.
    None,
}

const BOX: TableStyle = TableStyle::new()
    .top_border(LineStyle::new('┌', '─', '┬', '┐'))
    .header_lines(ContentLineStyle::new('│', '│', '│'))
    .header_separator(LineStyle::new('├', '─', '┼', '┤'))
    .content_lines(ContentLineStyle::new('│', '│', '│'))
    .bottom_border(LineStyle::new('└', '─', '┴', '┘'));

/// Collects rows and lays them out.
pub(super) struct Grid {
    table: Table,
    right: Vec<usize>,
    frame: Frame,
    color: bool,
}

impl Grid {
    /// Starts a grid; `right` names the columns whose cells stand at their right edge.
    pub(super) fn new(frame: Frame, right: &[usize], style: &Style) -> Grid {
        let mut table = Table::new();
        table.load_style(match frame {
            Frame::Box => BOX,
            Frame::Rule => TableStyle::new().header_separator(LineStyle::none().fill('─')),
            Frame::None => TableStyle::new(),
        });
        // Whether this process has a terminal is not for a library to ask: the style says what the reader has.
        table.force_no_tty();
        if style.color {
            table.enforce_styling();
        }
        match u16::try_from(style.width) {
            Ok(width) if width > 0 => {
                table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
            }
            _ => {
                table.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        Grid { table, right: right.to_vec(), frame, color: style.color }
    }

    /// Sets the header.
    pub(super) fn header<T: AsRef<str>>(&mut self, names: impl IntoIterator<Item = T>) {
        let cells: Vec<Cell> = names
            .into_iter()
            .enumerate()
            .map(|(index, name)| self.cell(index, &[escape_terminal(name.as_ref())], Tone::Strong))
            .collect();
        self.table.set_header(cells);
    }

    /// Adds a row of one-line cells.
    pub(super) fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = (T, Tone)>) {
        self.tall_row(cells.into_iter().map(|(text, tone)| (vec![text], tone)));
    }

    /// Adds a row whose cells have one text per line.
    pub(super) fn tall_row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = (Vec<T>, Tone)>) {
        let cells: Vec<Cell> = cells
            .into_iter()
            .enumerate()
            .map(|(index, (lines, tone))| {
                let lines: Vec<String> = lines.iter().map(|line| escape_terminal(line.as_ref())).collect();
                self.cell(index, &lines, tone)
            })
            .collect();
        self.table.add_row(cells);
    }

    fn cell(&self, index: usize, lines: &[String], tone: Tone) -> Cell {
        let mut cell = Cell::new(lines.join("\n"));
        if self.right.contains(&index) {
            cell = cell.set_alignment(CellAlignment::Right);
        }
        if !self.color {
            return cell;
        }
        match tone {
            Tone::Plain => cell,
            Tone::Strong => cell.add_attribute(Attribute::Bold),
            Tone::Dim => cell.add_attribute(Attribute::Dim),
            Tone::Good => cell.fg(comfy_table::Color::DarkGreen),
            Tone::Bad => cell.fg(comfy_table::Color::DarkRed).add_attribute(Attribute::Bold),
            Tone::Doubt => cell.fg(comfy_table::Color::DarkYellow),
            Tone::Judge => cell.fg(comfy_table::Color::DarkCyan),
        }
    }

    /// Gives the lines, without space at their ends.
    pub(super) fn lines(&mut self) -> impl Iterator<Item = String> {
        if self.frame != Frame::Box {
            // No bars between the cells: two spaces after each do.
            self.table.column_iter_mut().for_each(|column| {
                column.set_padding((0, 2));
            });
        }
        self.table.lines().map(|line| line.trim_end().to_owned())
    }

    /// Gives the widest line of each column.
    pub(super) fn widths(&self) -> Vec<u16> {
        self.table.column_max_content_widths()
    }
}
