//! The matrix as a heat map: an SVG a layer, controls down, threats across.
//!
//! A grade is a colour, a sign and, where attacks speak, a shape of its own, so that it reads without colours too:
//! a shield prevents, a disc detects, half a square is masked, an octagon is broken.

use super::page::{Page, put};
use super::{ROWS, class, grade_of, more};
use crate::compare::Pair;
use crate::group::plural;
use crate::matrix::{LAYERS, counts, is_untried, proved, shown, sign};
use std::collections::{BTreeMap, BTreeSet};
use tyrian_judge::matrix::{Cell, Control, ControlKind, Grade, Matrix, Threat};
use tyrian_model::evidence::Layer;

/// The side of a cell and the way to the next one, in pixels.
const SIDE: usize = 20;
const STEP: usize = 23;
/// Twice the width of a letter of the widest common font at the size of the labels.
const LETTER_TWICE: usize = 15;

/// The grades as they stand in the legend, weakest first, with what they say.
const GRADES: [(Option<Grade>, ControlKind, &str); 9] = [
    (Some(Grade::Broken), ControlKind::Prevents, "an attack went through it"),
    (Some(Grade::Absent), ControlKind::Prevents, "it is missing"),
    (Some(Grade::Unknown), ControlKind::Prevents, "it cannot be told"),
    (Some(Grade::Claimed), ControlKind::Prevents, "a configuration says so"),
    (Some(Grade::Observed), ControlKind::Prevents, "the live system shows it"),
    (Some(Grade::Masked), ControlKind::Prevents, "another control stopped the attack first"),
    (Some(Grade::Proven), ControlKind::Prevents, "it stopped an attack"),
    (Some(Grade::Proven), ControlKind::Detects, "it noticed an attack, and stops none"),
    (None, ControlKind::Prevents, "there was nothing to judge"),
];

/// What a picture is drawn of.
struct Part<'p> {
    threats: &'p [&'p Threat],
    controls: &'p [&'p Control],
    cells: BTreeMap<(&'p str, &'p str), &'p Cell>,
    /// The checks that have a place in the page.
    linked: &'p BTreeSet<&'p str>,
    /// When it was, in seconds since 1970.
    now: i64,
}

fn by_name(matrix: &Matrix) -> BTreeMap<(&str, &str), &Cell> {
    matrix.cells.iter().map(|cell| ((cell.control.as_str(), cell.threat.as_str()), cell)).collect()
}

/// The legend, and a figure for each layer that has controls. `linked` are the checks that have a place in the page.
pub(super) fn matrix(
    page: &mut Page,
    matrix: &Matrix,
    linked: &BTreeSet<&str>,
    only: Option<Layer>,
    now: i64,
) {
    legend(page, matrix);
    put!(page, "<div class=\"layers\">\n");
    for (layer, name) in LAYERS.into_iter().filter(|(layer, _)| only.is_none_or(|only| only == *layer)) {
        let (threats, controls) = matrix.layer(layer);
        if !controls.is_empty() {
            let part = Part { threats: &threats, controls: &controls, cells: by_name(matrix), linked, now };
            figure(page, name, &[("", &part)]);
        }
    }
    put!(page, "</div>\n");
}

/// The legend, and a figure for each layer with the two matrices beside one another.
pub(super) fn pair(page: &mut Page, pair: &Pair, only: Option<Layer>) {
    legend(page, &pair.after.matrix);
    let linked = BTreeSet::new();
    put!(page, "<div class=\"pairs\">\n");
    for (name, threats, controls) in pair.layers(only) {
        let part = |matrix| Part {
            threats: &threats,
            controls: &controls,
            cells: by_name(matrix),
            linked: &linked,
            now: pair.after.taken,
        };
        figure(page, name, &[("before", &part(pair.before)), ("after", &part(&pair.after.matrix))]);
    }
    put!(page, "</div>\n");
}

/// What the signs mean, and how many controls have which grade.
fn legend(page: &mut Page, matrix: &Matrix) {
    put!(page, "<ul class=\"legend\">");
    for (grade, kind, says) in GRADES {
        let (sign, word, _) = look(grade, kind);
        let is = |control: &&Control| {
            let detects = control.kind == ControlKind::Detects;
            grade_of(matrix, &control.id) == grade
                && (grade != Some(Grade::Proven) || detects == (kind == ControlKind::Detects))
        };
        let many = matrix.controls.iter().filter(is).count();
        let word = if sign == 'P' { "prevents" } else { word };
        put!(page, "<li title=\"" {says} "\">");
        key(page, grade, kind);
        put!(page, { word } " <b>" {many} "</b></li>");
    }
    put!(
        page,
        "<li title=\"a proof that counts no more: what it rests on has changed, or it is old\"><svg class=\"mark\" aria-hidden=\"true\" viewBox=\"0 0 20 20\" width=\"20\" height=\"20\"><circle class=\"lapsed\" cx=\"10\" cy=\"10\" r=\"4\"/></svg>lapsed proof</li>\
        <li title=\"attacks would try it, and nobody has: tyrian purple run\"><svg class=\"mark\" aria-hidden=\"true\" viewBox=\"0 0 20 20\" width=\"20\" height=\"20\"><circle class=\"untried\" cx=\"10\" cy=\"10\" r=\"3\"/></svg>not tried yet</li></ul>\n"
    );
}

/// A grade as a person sees it: its sign, its word, and the class of its colours.
fn look(grade: Option<Grade>, kind: ControlKind) -> (char, &'static str, &'static str) {
    match (grade, kind) {
        (Some(Grade::Proven), ControlKind::Detects) => ('D', "detects", "detects"),
        (grade, _) => (sign(grade).0, sign(grade).1, class(grade)),
    }
}

/// A grade as a small picture beside its word.
pub(super) fn key(page: &mut Page, grade: Option<Grade>, kind: ControlKind) {
    put!(page, "<svg class=\"mark\" aria-hidden=\"true\" viewBox=\"0 0 20 20\" width=\"20\" height=\"20\">");
    shape(page, grade, kind, 0, 0);
    put!(page, "</svg>");
}

/// The shape of a grade, with its sign.
fn shape(page: &mut Page, grade: Option<Grade>, kind: ControlKind, x: usize, y: usize) {
    let (sign, _, class) = look(grade, kind);
    match (grade, kind) {
        (Some(Grade::Broken), _) => {
            put!(page, "<path class=\"" {class} "\" d=\"M" {x + 6} " " {y} "h8l6 6v8l-6 6h-8l-6-6v-8z\"/>");
        }
        (Some(Grade::Proven), ControlKind::Detects) => {
            put!(page, "<circle class=\"" {class} "\" cx=\"" {x + SIDE / 2} "\" cy=\"" {y + SIDE / 2} "\" r=\"10\"/>");
        }
        (Some(Grade::Proven), _) => {
            put!(page, "<path class=\"" {class} "\" d=\"M" {x} " " {y} "h20v11c0 5-5 7-10 9c-5-2-10-4-10-9z\"/>");
        }
        (Some(Grade::Masked), _) => {
            put!(page, "<rect class=\"behind\" x=\"" {x} "\" y=\"" {y} "\" width=\"" {SIDE} "\" height=\"" {SIDE} "\" rx=\"3\"/><path class=\"" {class}
                "\" d=\"M" {x} " " {y} "v20h20z\"/>");
        }
        _ => {
            put!(page, "<rect class=\"" {class} "\" x=\"" {x} "\" y=\"" {y} "\" width=\"" {SIDE} "\" height=\"" {SIDE} "\" rx=\"3\"/>");
        }
    }
    put!(page, "<text class=\"sign " {class} "\" x=\"" {x + SIDE / 2} "\" y=\"" {y + 14} "\">" {sign} "</text>");
}

/// One layer: the names of the controls, and beside them one grid or several.
fn figure(page: &mut Page, name: &str, parts: &[(&'static str, &Part)]) {
    let Some((_, first)) = parts.first() else { return };
    let (threats, controls) = (first.threats, first.controls);
    let letters = |texts: &mut dyn Iterator<Item = &str>| {
        texts.map(|text| text.chars().count().min(40)).max().unwrap_or(0) * LETTER_TWICE / 2
    };
    let left = letters(&mut controls.iter().map(|control| control.id.as_str())) + 14;
    let slant = letters(&mut threats.iter().map(|threat| threat.id.as_str()));
    // Heads stand at 60 degrees: sine 0.87, cosine 0.5.
    let titles = if parts.len() > 1 { 20 } else { 0 };
    let (top, beyond) = (slant * 87 / 100 + 16 + titles, slant / 2 + 8);
    let wide = threats.len() * STEP + if parts.len() > 1 { beyond.max(60) } else { beyond };
    let (width, height) = (left + parts.len() * wide, top + controls.len() * STEP + 2);
    put!(page, "<figure><figcaption><b>" {name} "</b> " {controls.len()} " controls, " {threats.len()} " threats</figcaption>\n");
    put!(page, "<svg role=\"group\" aria-label=\"" {name} "\" viewBox=\"0 0 " {width} " " {height} "\" width=\"" {width} "\" height=\"" {height} "\">\n");
    for (row, control) in controls.iter().enumerate() {
        put!(page, "<a href=\"#control-" (control.id) "\"><text class=\"row\" x=\"" {left - 8} "\" y=\"" {top + row * STEP + 14} "\"><title>"
            {control.title} "</title>" {short(&control.id)} "</text></a>");
    }
    put!(page, "\n");
    for (n, (title, part)) in parts.iter().enumerate() {
        let x = left + n * wide;
        if !title.is_empty() {
            put!(page, "<text class=\"when\" x=\"" {x} "\" y=\"14\">" {title} "</text>");
        }
        grid(page, part, title, x, top);
    }
    put!(page, "</svg></figure>\n");
}

/// The heads of a grid and its cells.
fn grid(page: &mut Page, part: &Part, title: &'static str, left: usize, top: usize) {
    for (n, threat) in part.threats.iter().enumerate() {
        let x = left + n * STEP + SIDE / 2 + 3;
        put!(page, "<text class=\"head\" transform=\"translate(" {x} " " {top - 6} ") rotate(-60)\"><title>" {threat.title}
            "</title>" {short(&threat.id)} "</text>");
    }
    put!(page, "\n");
    for (row, control) in part.controls.iter().enumerate() {
        let y = top + row * STEP;
        for (column, threat) in part.threats.iter().enumerate() {
            let x = left + column * STEP;
            match part.cells.get(&(control.id.as_str(), threat.id.as_str())) {
                Some(cell) => self::cell(page, cell, control.kind, part, title, x, y),
                None => put_gap(page, x, y),
            }
        }
        put!(page, "\n");
    }
}

/// Where the control has nothing to do with the threat.
fn put_gap(page: &mut Page, x: usize, y: usize) {
    put!(page, "<circle class=\"gap\" cx=\"" {x + SIDE / 2} "\" cy=\"" {y + SIDE / 2} "\" r=\"1\"/>");
}

fn cell(
    page: &mut Page,
    cell: &Cell,
    kind: ControlKind,
    part: &Part,
    title: &'static str,
    x: usize,
    y: usize,
) {
    let (_, word, _) = look(cell.grade, kind);
    let to = cell.checks.iter().find(|check| part.linked.contains(check.as_str()));
    match to {
        Some(check) if cell.grade.is_some() => put!(page, "<a href=\"#check-" (check) "\">"),
        _ if cell.grade.is_some() => put!(page, "<a href=\"#control-" (cell.control) "\">"),
        _ => put!(page, "<g>"),
    }
    put!(page, "<title>" {cell.control} " against " {cell.threat} {if title.is_empty() { "" } else { ", " }} {title} ": " {word});
    if cell.grade.is_some() {
        put!(page, ". " {counts(cell)} ". Weakest: " {cell.weakest.join(", ")});
    }
    for proof in &cell.proofs {
        put!(page, "\n" {proved(proof, part.now)});
    }
    if cell.proofs.is_empty() && !cell.would_try.is_empty() {
        put!(page, "\nWould be tried by " {cell.would_try.join(", ")});
    }
    put!(page, "</title>");
    shape(page, cell.grade, kind, x, y);
    if !cell.proofs.is_empty() && cell.proofs.iter().all(|proof| proof.lapsed.is_some()) {
        put!(page, "<circle class=\"lapsed\" cx=\"" {x + 18} "\" cy=\"" {y + 2} "\" r=\"3\"/>");
    } else if is_untried(cell) {
        put!(page, "<circle class=\"untried\" cx=\"" {x + 17} "\" cy=\"" {y + 3} "\" r=\"2\"/>");
    }
    if cell.grade.is_some() { put!(page, "</a>") } else { put!(page, "</g>") }
}

/// What attacks say of each cell, and what they would try, as a table.
pub(super) fn attacks(page: &mut Page, matrix: &Matrix, now: i64) {
    let kinds: BTreeMap<&str, ControlKind> =
        matrix.controls.iter().map(|control| (control.id.as_str(), control.kind)).collect();
    let mut cells: Vec<&Cell> =
        matrix.cells.iter().filter(|cell| !cell.proofs.is_empty() || is_untried(cell)).collect();
    cells.sort_by_key(|cell| (cell.proofs.is_empty(), cell.grade));
    let told = cells.iter().filter(|cell| !cell.proofs.is_empty()).count();
    put!(page, "<section id=\"attacks\"><h2>What attacks say</h2>\n<p>Attacks on clones, as <code>tyrian purple</code> records them: "
        {plural(told, "cell")} " tried, " {plural(cells.len() - told, "cell")} " that attacks would try and nobody has.</p>\n");
    if cells.is_empty() {
        put!(
            page,
            "<p>No attack is on record for what was judged here, and none could try it.</p></section>\n"
        );
        return;
    }
    put!(
        page,
        "<details class=\"more\"><summary>The evidence, cell by cell</summary>\n<table class=\"wide attacks-table\"><thead><tr><th scope=\"col\">Control and threat</th>\
        <th scope=\"col\">Grade</th><th scope=\"col\">Evidence</th><th scope=\"col\">Would be tried by</th></tr></thead><tbody>\n"
    );
    for cell in cells.iter().take(ROWS) {
        let kind = kinds.get(cell.control.as_str()).copied().unwrap_or(ControlKind::Process);
        put!(page, "<tr><td><b>" {cell.control} "</b><br>" {cell.threat} "</td><td>");
        key(page, cell.grade, kind);
        put!(page, " " {shown(cell, kind).1} "<br><span class=\"meta\">" {counts(cell)} "</span></td><td>");
        if cell.proofs.is_empty() {
            put!(page, "—");
        } else {
            put!(page, "<ul class=\"gaps\">");
            for proof in &cell.proofs {
                put!(page, "<li>" {proved(proof, now)} "</li>");
            }
            put!(page, "</ul>");
        }
        put!(page, "</td><td><span class=\"meta\">" {if is_untried(cell) { cell.would_try.join(", ") } else { "—".to_owned() }} "</span></td></tr>\n");
    }
    put!(page, "</tbody></table>\n");
    more(page, cells.len(), ROWS, "<p>");
    put!(page, "</details></section>\n");
}

fn short(id: &str) -> String {
    crate::text::cut(id, 40)
}
