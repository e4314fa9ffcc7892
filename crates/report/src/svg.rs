//! The matrix as one picture, for documents and slides.

use crate::matrix::{LAYERS, sign};
use std::fmt::Write;
use tyrian_judge::matrix::{Control, Grade, Matrix, Threat};

/// The side of a cell and the step from one to the next, in pixels.
const SIDE: usize = 15;
const STEP: usize = 17;
/// Room for the names of controls and of threats, in pixels.
const LEFT: usize = 178;
const TOP: usize = 132;
/// The width of a column of layers, in pixels.
const COLUMN: usize = 440;

/// The picture: layers in two columns, controls down, threats across, a colour and a sign for each grade.
pub fn render(matrix: &Matrix) -> String {
    let mut columns = [(String::new(), 46), (String::new(), 46)];
    for (layer, name) in LAYERS {
        let (threats, controls) = matrix.layer(layer);
        // The shorter column gets the next layer.
        let at = usize::from(columns[1].1 < columns[0].1);
        let (out, y) = &mut columns[at];
        self::layer(out, matrix, name, &threats, &controls, 16 + at * COLUMN, *y);
        *y += TOP + controls.len() * STEP + 30;
    }
    let (width, height) = (2 * COLUMN + 16, columns.iter().map(|(_, y)| *y).max().unwrap_or(0));
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
         role=\"img\" aria-label=\"Threats and the grade of each control\">\n<style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n"
    );
    legend(&mut out);
    columns.iter().for_each(|(part, _)| out.push_str(part));
    out + "</svg>\n"
}

const STYLE: &str = "\
text{font:11px system-ui,sans-serif;fill:#333}.paper{fill:#fff}.name{font-weight:600;font-size:13px}\
.sign{text-anchor:middle;font-weight:600}.row{text-anchor:end}.none{fill:#eee}.broken{fill:#8b1a1a}.absent{fill:#f2b8b5}\
.unknown{fill:#fbe3a1}.claimed{fill:#cfe8f3}.observed{fill:#8cc3e3}.masked{fill:#d9c8ea}.proven{fill:#8fd19e}\
@media(prefers-color-scheme:dark){text{fill:#ddd}.paper{fill:#16181d}.none{fill:#2a2d35}.sign{fill:#111}}";

fn legend(out: &mut String) {
    let grades = [
        Grade::Broken,
        Grade::Absent,
        Grade::Unknown,
        Grade::Claimed,
        Grade::Observed,
        Grade::Masked,
        Grade::Proven,
    ];
    for (n, grade) in grades.into_iter().map(Some).chain([None]).enumerate() {
        let (x, word) = (16 + n * 100, sign(grade).1);
        cell(out, grade, x, 14);
        let _ = writeln!(out, "<text x=\"{}\" y=\"26\">{word}</text>", x + SIDE + 6);
    }
}

fn layer(
    out: &mut String,
    matrix: &Matrix,
    name: &str,
    threats: &[&Threat],
    controls: &[&Control],
    x: usize,
    y: usize,
) {
    let _ = writeln!(out, "<text class=\"name\" x=\"{x}\" y=\"{}\">{name}</text>", y + TOP - 6);
    for (n, threat) in threats.iter().enumerate() {
        let (at, id) = (x + LEFT + n * STEP + SIDE / 2 + 3, &threat.id);
        let _ = writeln!(out, "<text transform=\"translate({at} {}) rotate(-60)\">{id}</text>", y + TOP - 6);
    }
    for (row, control) in controls.iter().enumerate() {
        let (top, id) = (y + TOP + row * STEP, &control.id);
        let _ = writeln!(out, "<text class=\"row\" x=\"{}\" y=\"{}\">{id}</text>", x + LEFT - 8, top + 12);
        for (column, threat) in threats.iter().enumerate() {
            if let Some(found) =
                matrix.cells.iter().find(|c| c.control == control.id && c.threat == threat.id)
            {
                cell(out, found.grade, x + LEFT + column * STEP, top);
            }
        }
    }
}

fn cell(out: &mut String, grade: Option<Grade>, x: usize, y: usize) {
    let (sign, word, _) = sign(grade);
    let class = if grade.is_some() { word } else { "none" };
    let _ = writeln!(
        out,
        "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{SIDE}\" height=\"{SIDE}\" rx=\"3\"/>\
         <text class=\"sign\" x=\"{}\" y=\"{}\">{sign}</text>",
        x + SIDE / 2,
        y + 11
    );
}
