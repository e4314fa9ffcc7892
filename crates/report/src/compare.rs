//! Two matrices side by side: as it was, and as it is.

use crate::Report;
use crate::group::plural;
use crate::matrix::{LAYERS, heads, legend, letter, row, shown, sign};
use crate::text::{clean, cut, hang};
use anstyle::Style;
use std::collections::BTreeMap;
use std::fmt::Write;
use tyrian_judge::matrix::{Cell, Control, ControlKind, Grade, Matrix, Threat};
use tyrian_model::evidence::Layer;

/// Two reports whose matrices are compared.
pub struct Pair<'p> {
    /// As it was.
    pub before: &'p Matrix,
    /// As it is, with when and of what.
    pub after: &'p Report,
}

/// A cell whose grade is another one than it was.
pub(crate) struct Change<'p> {
    pub(crate) control: &'p Control,
    pub(crate) before: Option<&'p Cell>,
    pub(crate) after: &'p Cell,
}

impl Change<'_> {
    /// Is it better than it was? A cell that has a grade now and had none is neither.
    pub(crate) fn better(&self) -> Option<bool> {
        let before = self.before.and_then(|cell| cell.grade)?;
        self.after.grade.map(|after| after > before)
    }
}

impl Pair<'_> {
    /// The cells that have changed, by control; those that became worse first.
    pub(crate) fn changes(&self) -> Vec<Change<'_>> {
        let was = by_name(self.before);
        let kinds: BTreeMap<&str, &Control> =
            self.after.matrix.controls.iter().map(|control| (control.id.as_str(), control)).collect();
        let change = |after| -> Option<Change<'_>> {
            let before = was.get(&key(after)).copied();
            let differs = before.and_then(|cell| cell.grade) != after.grade;
            let control = *kinds.get(after.control.as_str())?;
            differs.then_some(Change { control, before, after })
        };
        let mut changes: Vec<Change<'_>> = self.after.matrix.cells.iter().filter_map(change).collect();
        changes.sort_by_key(|change| match change.better() {
            Some(false) => 0,
            Some(true) => 1,
            None => 2,
        });
        changes
    }
    /// The layers in which either has a grade, with the threats and the controls that have one: what changed most comes first.
    pub(crate) fn layers(&self, only: Option<Layer>) -> Vec<(&'static str, Vec<&Threat>, Vec<&Control>)> {
        let graded: Vec<&Cell> = self
            .before
            .cells
            .iter()
            .chain(&self.after.matrix.cells)
            .filter(|it| it.grade.is_some())
            .collect();
        let changes = self.changes();
        let wanted = LAYERS.into_iter().filter(|(layer, _)| only.is_none_or(|only| only == *layer));
        let mut layers: Vec<(usize, _)> = wanted
            .filter_map(|(layer, name)| {
                let (mut threats, mut controls) = self.after.matrix.layer(layer);
                controls.retain(|control| graded.iter().any(|cell| cell.control == control.id));
                let shown = |cell: &&&Cell| controls.iter().any(|control| control.id == cell.control);
                threats.retain(|threat| graded.iter().filter(shown).any(|cell| cell.threat == threat.id));
                let changed = |change: &&Change| controls.iter().any(|it| it.id == change.control.id);
                let changed = changes.iter().filter(changed).count();
                (!controls.is_empty()).then_some((changed, (name, threats, controls)))
            })
            .collect();
        layers.sort_by_key(|(changed, _)| std::cmp::Reverse(*changed));
        layers.into_iter().map(|(_, layer)| layer).collect()
    }
    /// How many cells of each kind there are, before and after, weakest first.
    pub(crate) fn totals(&self) -> Vec<(&'static str, usize, usize)> {
        let count = |matrix: &Matrix| {
            let kinds: BTreeMap<&str, ControlKind> =
                matrix.controls.iter().map(|control| (control.id.as_str(), control.kind)).collect();
            let mut counts: BTreeMap<(Option<Grade>, &'static str), usize> = BTreeMap::new();
            for cell in matrix.cells.iter().filter(|cell| cell.grade.is_some()) {
                let kind = kinds.get(cell.control.as_str()).copied().unwrap_or(ControlKind::Process);
                *counts.entry((cell.grade, shown(cell, kind).1)).or_insert(0) += 1;
            }
            counts
        };
        let (before, after) = (count(self.before), count(&self.after.matrix));
        let mut keys: Vec<_> = before.keys().chain(after.keys()).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        let of = |counts: &BTreeMap<_, usize>, key| counts.get(key).copied().unwrap_or(0);
        keys.iter().map(|key| (key.1, of(&before, key), of(&after, key))).collect()
    }
}

fn key(cell: &Cell) -> (&str, &str) {
    (cell.control.as_str(), cell.threat.as_str())
}

fn by_name(matrix: &Matrix) -> BTreeMap<(&str, &str), &Cell> {
    matrix.cells.iter().map(|cell| (key(cell), cell)).collect()
}

/// Both on a terminal: side by side where that fits, else one below the other.
pub fn render(pair: &Pair, only: Option<Layer>, columns: usize) -> String {
    let mut out = String::new();
    legend(&mut out, columns);
    for (name, threats, controls) in pair.layers(only) {
        layer(&mut out, pair, name, &threats, &controls, columns);
    }
    let totals: Vec<String> =
        pair.totals().iter().map(|(word, before, after)| format!("{word} {before} → {after}")).collect();
    out.push_str(&hang(&format!("cells: {}", totals.join(", ")), columns, "", "  "));
    let changes = pair.changes();
    let of = |wanted| changes.iter().filter(|change| change.better() == wanted).count();
    let _ = writeln!(
        out,
        "{} better, {} worse, {} that had no grade or have none",
        plural(of(Some(true)), "cell"),
        of(Some(false)),
        of(None)
    );
    for change in changes.iter().filter(|change| change.better() == Some(false)) {
        let was = sign(change.before.and_then(|cell| cell.grade)).1;
        let now = shown(change.after, change.control.kind).1;
        let text = format!("worse: {} against {}: {was} → {now}", change.control.id, change.after.threat);
        out.push_str(&hang(&clean(&text), columns, "  ", "    "));
    }
    out
}

fn layer(
    out: &mut String,
    pair: &Pair,
    name: &str,
    threats: &[&Threat],
    controls: &[&Control],
    columns: usize,
) {
    heads(out, name, threats, controls.len(), columns);
    let width = (2 * threats.len()).max(7);
    let pad = " ".repeat(width - 2 * threats.len());
    let header: String = (0..threats.len()).map(|n| format!(" {}", letter(n))).collect();
    let bold = Style::new().bold();
    let room = columns.saturating_sub(2 * width + 7).min(26);
    if room >= 14 {
        let _ = writeln!(out, "  {:<room$}  {bold}{:<width$}  {:<width$}{bold:#}", "", "before", "after");
        let _ = writeln!(out, "  {:<room$} {header}{pad}   {header}", "");
        for control in controls {
            let (was, is) = (row(pair.before, control, threats), row(&pair.after.matrix, control, threats));
            let _ = writeln!(out, "  {:<room$} {was}{pad}   {is}", cut(&control.id, room));
        }
    } else {
        for (title, matrix) in [("before", pair.before), ("after", &pair.after.matrix)] {
            let _ = writeln!(out, "  {bold}{title:<26}{bold:#}{header}");
            for control in controls {
                let _ = writeln!(out, "  {:<26}{}", cut(&control.id, 26), row(matrix, control, threats));
            }
        }
    }
    out.push('\n');
}
