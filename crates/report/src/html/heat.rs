//! The matrix as a heat map: an SVG a layer, controls down, threats across.
//!
//! A grade is a colour and a sign, so that it reads without colours too.

use super::page::{Page, put};
use super::{class, grade_of};
use crate::matrix::{LAYERS, counts, proved, sign};
use std::collections::{BTreeMap, BTreeSet};
use tyrian_judge::matrix::{Cell, Control, Grade, Matrix, Threat};
use tyrian_model::evidence::Layer;

/// The side of a cell and the way to the next one, in pixels.
const SIDE: usize = 20;
const STEP: usize = 23;
/// Twice the width of a letter of the widest common font at the size of the labels.
const LETTER_TWICE: usize = 15;

/// The grades as they stand in the legend, weakest first.
const GRADES: [Option<Grade>; 8] = [
    Some(Grade::Broken),
    Some(Grade::Absent),
    Some(Grade::Unknown),
    Some(Grade::Claimed),
    Some(Grade::Observed),
    Some(Grade::Masked),
    Some(Grade::Proven),
    None,
];

/// The legend, and a figure for each layer that has controls. `linked` are the checks that have a place in the page.
pub(super) fn matrix(page: &mut Page, matrix: &Matrix, linked: &BTreeSet<&str>, only: Option<Layer>) {
    let mut cells: BTreeMap<(&str, &str), &Cell> = BTreeMap::new();
    for cell in &matrix.cells {
        cells.insert((cell.control.as_str(), cell.threat.as_str()), cell);
    }
    legend(page, matrix);
    put!(page, "<div class=\"layers\">\n");
    for (layer, name) in LAYERS.into_iter().filter(|(layer, _)| only.is_none_or(|only| only == *layer)) {
        let (threats, controls) = matrix.layer(layer);
        if !controls.is_empty() {
            self::layer(page, name, &threats, &controls, &cells, linked);
        }
    }
    put!(page, "</div>\n");
}

/// What the signs mean, and how many controls have which grade.
fn legend(page: &mut Page, matrix: &Matrix) {
    put!(page, "<ul class=\"legend\">");
    for grade in GRADES {
        let (sign, word, _) = sign(grade);
        let many = matrix.controls.iter().filter(|control| grade_of(matrix, &control.id) == grade).count();
        put!(page, "<li><span class=\"key " {class(grade)} "\">" {sign} "</span>" {word} " <b>" {many} "</b></li>");
    }
    put!(page, "</ul>\n");
}

fn layer(
    page: &mut Page,
    name: &str,
    threats: &[&Threat],
    controls: &[&Control],
    cells: &BTreeMap<(&str, &str), &Cell>,
    linked: &BTreeSet<&str>,
) {
    let letters = |texts: &mut dyn Iterator<Item = &str>| {
        texts.map(|text| text.chars().count().min(40)).max().unwrap_or(0) * LETTER_TWICE / 2
    };
    let left = letters(&mut controls.iter().map(|control| control.id.as_str())) + 14;
    let slant = letters(&mut threats.iter().map(|threat| threat.id.as_str()));
    // Heads stand at 60 degrees: sine 0.87, cosine 0.5.
    let (top, beyond) = (slant * 87 / 100 + 16, slant / 2 + 8);
    let (width, height) = (left + threats.len() * STEP + beyond, top + controls.len() * STEP + 2);
    put!(page, "<figure><figcaption><b>" {name} "</b> " {controls.len()} " controls, " {threats.len()} " threats</figcaption>\n");
    put!(page, "<svg role=\"group\" aria-label=\"" {name} "\" viewBox=\"0 0 " {width} " " {height} "\" width=\"" {width} "\" height=\"" {height} "\">\n");
    for (n, threat) in threats.iter().enumerate() {
        let x = left + n * STEP + SIDE / 2 + 3;
        put!(page, "<text class=\"head\" transform=\"translate(" {x} " " {top - 6} ") rotate(-60)\"><title>" {threat.title}
            "</title>" {short(&threat.id)} "</text>");
    }
    put!(page, "\n");
    for (row, control) in controls.iter().enumerate() {
        let y = top + row * STEP;
        put!(page, "<a href=\"#control-" (control.id) "\"><text class=\"row\" x=\"" {left - 8} "\" y=\"" {y + 14} "\"><title>"
            {control.title} "</title>" {short(&control.id)} "</text></a>");
        for (column, threat) in threats.iter().enumerate() {
            let x = left + column * STEP;
            match cells.get(&(control.id.as_str(), threat.id.as_str())) {
                Some(cell) => self::cell(page, cell, x, y, linked),
                None => put_gap(page, x, y),
            }
        }
        put!(page, "\n");
    }
    put!(page, "</svg></figure>\n");
}

/// Where the control has nothing to do with the threat.
fn put_gap(page: &mut Page, x: usize, y: usize) {
    put!(page, "<circle class=\"gap\" cx=\"" {x + SIDE / 2} "\" cy=\"" {y + SIDE / 2} "\" r=\"1\"/>");
}

fn cell(page: &mut Page, cell: &Cell, x: usize, y: usize, linked: &BTreeSet<&str>) {
    let (sign, word, _) = sign(cell.grade);
    let to = cell.checks.iter().find(|check| linked.contains(check.as_str()));
    match to {
        Some(check) if cell.grade.is_some() => put!(page, "<a href=\"#check-" (check) "\">"),
        _ if cell.grade.is_some() => put!(page, "<a href=\"#control-" (cell.control) "\">"),
        _ => put!(page, "<g>"),
    }
    put!(page, "<title>" {cell.control} " against " {cell.threat} ": " {word});
    if cell.grade.is_some() {
        put!(page, ". " {counts(cell)} ". Weakest: " {cell.weakest.join(", ")});
    }
    for proof in &cell.proofs {
        put!(page, "\n" {proved(proof)});
    }
    if cell.proofs.is_empty() && !cell.would_try.is_empty() {
        put!(page, "\nWould be tried by " {cell.would_try.join(", ")});
    }
    put!(page, "</title><rect class=\"" {class(cell.grade)} "\" x=\"" {x} "\" y=\"" {y} "\" width=\"" {SIDE} "\" height=\"" {SIDE}
        "\" rx=\"3\"/><text class=\"sign " {class(cell.grade)} "\" x=\"" {x + SIDE / 2} "\" y=\"" {y + 14} "\">" {sign} "</text>");
    if cell.grade.is_some() { put!(page, "</a>") } else { put!(page, "</g>") }
}

fn short(id: &str) -> String {
    crate::text::cut(id, 40)
}
