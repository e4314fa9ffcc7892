//! The matrix on a terminal: by layer, controls down, threats across.

use crate::group::plural;
use crate::text::{clean, cut, hang};
use anstyle::{AnsiColor, Style};
use std::collections::BTreeSet;
use std::fmt::Write;
use tyrian_judge::attacks::{Proof, Says};
use tyrian_judge::matrix::{Cell, Control, ControlKind, Grade, Matrix, Threat};
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

/// The sign of a cell, its word and its colour: what is proven by detection alone is told apart from what is prevented.
pub fn shown(cell: &Cell, kind: ControlKind) -> (char, &'static str, Style) {
    match (cell.grade, kind) {
        (Some(Grade::Proven), ControlKind::Detects) => DETECTED,
        (grade, _) => sign(grade),
    }
}

/// The sign of a control that was proven to notice, which stops nothing.
const DETECTED: (char, &str, Style) =
    ('D', "detects", Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Green))));

/// The matrix, or one layer of it, as it was at that time, in seconds since 1970.
pub fn render(matrix: &Matrix, only: Option<Layer>, columns: usize, now: i64) -> String {
    let mut out = String::new();
    legend(&mut out, columns);
    for (layer, name) in LAYERS.into_iter().filter(|(layer, _)| only.is_none_or(|only| only == *layer)) {
        self::layer(&mut out, matrix, layer, name, columns, now);
    }
    out
}

/// What the signs mean, in lines that fit.
pub(crate) fn legend(out: &mut String, columns: usize) {
    let grades = [
        Some(Grade::Broken),
        Some(Grade::Absent),
        Some(Grade::Unknown),
        Some(Grade::Claimed),
        Some(Grade::Observed),
        Some(Grade::Masked),
        Some(Grade::Proven),
    ];
    let all = grades.into_iter().map(sign).chain([DETECTED, sign(None)]);
    let mut used = 0;
    for (sign, word, style) in all {
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

/// The letters of threats and what they stand for.
pub(crate) fn heads(out: &mut String, name: &str, threats: &[&Threat], controls: usize, columns: usize) {
    let bold = Style::new().bold();
    let _ = writeln!(
        out,
        "{bold}{name}{}  {}, {}",
        bold.render_reset(),
        plural(threats.len(), "threat"),
        plural(controls, "control")
    );
    for (n, threat) in threats.iter().enumerate() {
        let _ = writeln!(
            out,
            "  {} {}",
            letter(n),
            cut(&format!("{}: {}", threat.id, threat.title), columns.saturating_sub(4))
        );
    }
}

/// The cells of a control, in the order of the threats.
pub(crate) fn row(matrix: &Matrix, control: &Control, threats: &[&Threat]) -> String {
    let mut out = String::new();
    for threat in threats {
        match matrix.cells.iter().find(|cell| cell.control == control.id && cell.threat == threat.id) {
            Some(cell) => {
                let (sign, _, style) = shown(cell, control.kind);
                let _ = write!(out, " {style}{sign}{}", style.render_reset());
            }
            None => out.push_str("  "),
        }
    }
    out
}

fn layer(out: &mut String, matrix: &Matrix, layer: Layer, name: &str, columns: usize, now: i64) {
    let (threats, controls) = matrix.layer(layer);
    heads(out, name, &threats, controls.len(), columns);
    let header: String = (0..threats.len()).map(|n| format!(" {}", letter(n))).collect();
    let _ = writeln!(out, "  {:<26}{header}", "");
    for control in &controls {
        let of_it = matrix.cells.iter().filter(|cell| cell.control == control.id && cell.grade.is_some());
        let weakest = of_it.min_by_key(|cell| cell.grade).map(counts).unwrap_or_default();
        let room = columns.saturating_sub(30 + 2 * threats.len());
        let _ = writeln!(
            out,
            "  {:<26}{}  {}",
            cut(&control.id, 26),
            row(matrix, control, &threats),
            cut(&weakest, room).trim_end()
        );
    }
    let mut untried = Vec::new();
    for control in controls {
        let cells = || matrix.cells.iter().filter(|cell| cell.control == control.id);
        let mut proofs: Vec<&Proof> = cells().flat_map(|cell| &cell.proofs).collect();
        proofs.sort_by_key(|proof| (proof.lapsed.is_some(), proof.says, &proof.subject));
        if let Some(weakest) = proofs.first() {
            let text = format!("{}: {}", control.id, proved(weakest, now));
            out.push_str(&hang(&clean(&text), columns, "  ", "    "));
        }
        let tries: BTreeSet<&String> =
            cells().filter(|cell| is_untried(cell)).flat_map(|cell| &cell.would_try).collect();
        if !tries.is_empty() {
            untried.push(format!("{} ({})", control.id, tries.len()));
        }
    }
    if !untried.is_empty() {
        let text = format!(
            "attacks would try, and nobody has (tyrian purple run), with so many techniques: {}",
            untried.join(", ")
        );
        out.push_str(&hang(&text, columns, "  ", "    "));
    }
    out.push('\n');
}

/// Is there something that attacks could show, and have not?
pub(crate) fn is_untried(cell: &Cell) -> bool {
    matches!(cell.grade, Some(Grade::Unknown | Grade::Claimed | Grade::Observed))
        && !cell.would_try.is_empty()
        && cell.proofs.iter().all(|proof| proof.lapsed.is_some())
}

/// What a proof says, of whom, how long ago at that time, and why it counts no more.
pub fn proved(proof: &Proof, now: i64) -> String {
    let says = match proof.says {
        Says::Broken => "went through",
        Says::Masked => "was stopped by another control first",
        Says::Prevented => "was stopped",
        Says::Detected => "was noticed",
    };
    let lapsed = proof.lapsed.as_deref().map(|why| format!("; counts no more: {why}")).unwrap_or_default();
    format!(
        "{} {says} on {}, {} ({}){lapsed}",
        proof.attempt,
        proof.subject,
        age(proof.started, now),
        proof.run
    )
}

/// A time in seconds since 1970, as a day and how long ago that was.
pub(crate) fn age(then: i64, now: i64) -> String {
    let day = jiff::Timestamp::from_second(then).map(|at| at.strftime("%Y-%m-%d").to_string());
    let day = day.unwrap_or_default();
    match now.saturating_sub(then) / (24 * 60 * 60) {
        0 => format!("{day}, today"),
        1 => format!("{day}, a day ago"),
        days @ 2.. => format!("{day}, {days} days ago"),
        _ => day,
    }
}

pub(crate) fn letter(n: usize) -> char {
    char::from(b'A' + u8::try_from(n % 26).unwrap_or(0))
}

/// How many subjects have which grade: `3 absent, 12 claimed`.
pub fn counts(cell: &Cell) -> String {
    let count = |(grade, count): (&Grade, &usize)| format!("{count} {}", sign(Some(*grade)).1);
    cell.counts.iter().map(count).collect::<Vec<_>>().join(", ")
}
