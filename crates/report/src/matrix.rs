//! The matrix on a terminal: by layer, controls down, threats across.

use crate::group::plural;
use crate::text::{clean, cut, hang};
use anstyle::{AnsiColor, Style};
use std::fmt::Write;
use tyrian_judge::attacks::{Proof, Says};
use tyrian_judge::matrix::{Cell, Grade, Matrix};
use tyrian_model::evidence::Layer;

/// The layers in the order of the stack, with the names they are shown by.
pub const LAYERS: [(Layer, &str); 8] = [
    (Layer::Build, "build"),
    (Layer::Host, "host"),
    (Layer::Cloud, "cloud"),
    (Layer::Image, "image"),
    (Layer::Runtime, "runtime"),
    (Layer::Cluster, "cluster"),
    (Layer::Network, "network"),
    (Layer::Logging, "logging"),
];

/// The sign of a grade, its word and its colour.
pub fn sign(grade: Option<Grade>) -> (char, &'static str, Style) {
    let colored = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
    match grade {
        Some(Grade::Broken) => ('!', "broken", colored(AnsiColor::BrightRed).bold()),
        Some(Grade::Absent) => ('x', "absent", colored(AnsiColor::Red)),
        Some(Grade::Unknown) => ('?', "unknown", colored(AnsiColor::Yellow)),
        Some(Grade::Claimed) => ('c', "claimed", colored(AnsiColor::Cyan)),
        Some(Grade::Observed) => ('o', "observed", colored(AnsiColor::Blue)),
        Some(Grade::Masked) => ('m', "masked", colored(AnsiColor::Magenta)),
        Some(Grade::Proven) => ('P', "proven", colored(AnsiColor::Green).bold()),
        None => ('·', "nothing to judge", colored(AnsiColor::BrightBlack)),
    }
}

/// The matrix, or one layer of it.
pub fn render(matrix: &Matrix, only: Option<Layer>, columns: usize) -> String {
    let mut out = String::new();
    legend(&mut out, columns);
    for (layer, name) in LAYERS.into_iter().filter(|(layer, _)| only.is_none_or(|only| only == *layer)) {
        self::layer(&mut out, matrix, layer, name, columns);
    }
    out
}

fn legend(out: &mut String, columns: usize) {
    let grades = [
        Some(Grade::Broken),
        Some(Grade::Absent),
        Some(Grade::Unknown),
        Some(Grade::Claimed),
        Some(Grade::Observed),
        Some(Grade::Masked),
        Some(Grade::Proven),
        None,
    ];
    let mut used = 0;
    for grade in grades {
        let (sign, word, style) = sign(grade);
        let width = word.len() + 2;
        let between = match used {
            0 => "",
            _ if used + 2 + width > columns => "\n",
            _ => "  ",
        };
        used = if between == "  " { used + 2 + width } else { width };
        let _ = write!(out, "{between}{style}{sign}{} {word}", style.render_reset());
    }
    out.push_str("\n\n");
}

fn layer(out: &mut String, matrix: &Matrix, layer: Layer, name: &str, columns: usize) {
    let (threats, controls) = matrix.layer(layer);
    let bold = Style::new().bold();
    let _ = writeln!(
        out,
        "{bold}{name}{}  {}, {}",
        bold.render_reset(),
        plural(threats.len(), "threat"),
        plural(controls.len(), "control")
    );
    for (n, threat) in threats.iter().enumerate() {
        let _ = writeln!(
            out,
            "  {} {}",
            letter(n),
            cut(&format!("{}: {}", threat.id, threat.title), columns.saturating_sub(4))
        );
    }
    let header: String = (0..threats.len()).map(|n| format!(" {}", letter(n))).collect();
    let _ = writeln!(out, "  {:<26}{header}", "");
    for control in &controls {
        let _ = write!(out, "  {:<26}", cut(&control.id, 26));
        let mut said = None;
        for threat in &threats {
            match matrix.cells.iter().find(|cell| cell.control == control.id && cell.threat == threat.id) {
                Some(cell) => {
                    let (sign, _, style) = sign(cell.grade);
                    let _ = write!(out, " {style}{sign}{}", style.render_reset());
                    said = Some(cell);
                }
                None => out.push_str("  "),
            }
        }
        let room = columns.saturating_sub(30 + 2 * threats.len());
        let _ = writeln!(out, "  {}", cut(&said.map(counts).unwrap_or_default(), room).trim_end());
    }
    for control in controls {
        let mut proofs: Vec<&Proof> =
            matrix.cells.iter().filter(|c| c.control == control.id).flat_map(|cell| &cell.proofs).collect();
        proofs.sort_by_key(|proof| (proof.lapsed.is_some(), proof.says, &proof.subject));
        if let Some(weakest) = proofs.first() {
            let text = format!("{}: {}", control.id, proved(weakest));
            out.push_str(&hang(&clean(&text), columns, "  ", "    "));
        }
    }
    out.push('\n');
}

/// What a proof says, of whom, since when, and why it counts no more.
pub fn proved(proof: &Proof) -> String {
    let says = match proof.says {
        Says::Broken => "went through",
        Says::Masked => "was stopped by another control first",
        Says::Prevented => "was stopped",
        Says::Detected => "was noticed",
    };
    let day = jiff::Timestamp::from_second(proof.started).map(|at| at.strftime("%Y-%m-%d").to_string());
    let lapsed = proof.lapsed.as_deref().map(|why| format!("; counts no more: {why}")).unwrap_or_default();
    format!(
        "{} {says} on {}, {} ({}){lapsed}",
        proof.attempt,
        proof.subject,
        day.unwrap_or_default(),
        proof.run
    )
}

fn letter(n: usize) -> char {
    char::from(b'A' + u8::try_from(n % 26).unwrap_or(0))
}

/// How many subjects have which grade: `3 absent, 12 claimed`.
pub fn counts(cell: &Cell) -> String {
    let count = |(grade, count): (&Grade, &usize)| format!("{count} {}", sign(Some(*grade)).1);
    cell.counts.iter().map(count).collect::<Vec<_>>().join(", ")
}
