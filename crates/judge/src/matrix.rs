//! The matrix: threat × control, each cell with the grade that evidence gives it.

use crate::attacks::{Attacks, Proof, Says};
use crate::run::Evidence;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tyrian_model::evidence::{Basis, Layer, Verdict};

/// What can go wrong: a row of the mission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Threat {
    /// Its id, free of layers.
    pub id: String,
    /// What it is, in one line.
    pub title: String,
    /// The layers it occurs in.
    pub layers: Vec<Layer>,
    /// ATT&CK and NIST SP 800-190 ids.
    pub ids: Vec<String>,
}

/// What is done about threats: a column of the mission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Control {
    /// Its id, free of layers.
    pub id: String,
    /// What it is, in one line.
    pub title: String,
    /// The layers it belongs to.
    pub layers: Vec<Layer>,
    /// What it does.
    pub kind: ControlKind,
    /// The threats that it answers.
    pub answers: Vec<String>,
    /// Why no check judges it, where none does.
    #[serde(default)]
    pub unserved: Option<String>,
}

/// What a control does. One that only detects never counts as prevention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ControlKind {
    /// It stops something.
    Prevents,
    /// It notices something.
    Detects,
    /// People do it.
    Process,
}

/// The grade of a cell, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// An attack went through although the control was claimed or observed.
    Broken,
    /// The control is missing.
    Absent,
    /// It cannot be told.
    Unknown,
    /// A configuration says so.
    Claimed,
    /// The live system shows it.
    Observed,
    /// Another control stopped the attack first, and this one was not tried alone.
    Masked,
    /// An executed attack was prevented or detected by it.
    Proven,
}

/// The matrix of one scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Matrix {
    /// The rows.
    pub threats: Vec<Threat>,
    /// The columns.
    pub controls: Vec<Control>,
    /// The cells that mean something: each control with each threat that it answers.
    pub cells: Vec<Cell>,
}

impl Matrix {
    /// The part of one layer: its controls, and its threats, with those of other layers where a control answers
    /// none of its own.
    pub fn layer(&self, layer: Layer) -> (Vec<&Threat>, Vec<&Control>) {
        let controls: Vec<&Control> = self.controls.iter().filter(|c| c.layers.contains(&layer)).collect();
        let (mut threats, elsewhere): (Vec<&Threat>, Vec<&Threat>) =
            self.threats.iter().partition(|threat| threat.layers.contains(&layer));
        threats.extend(
            elsewhere.into_iter().filter(|t| {
                controls.iter().any(|c| c.answers.contains(&t.id) && !answers_here(self, c, layer))
            }),
        );
        (threats, controls)
    }
}

/// Does the control answer a threat of that layer?
fn answers_here(matrix: &Matrix, control: &Control, layer: Layer) -> bool {
    matrix.threats.iter().any(|threat| threat.layers.contains(&layer) && control.answers.contains(&threat.id))
}

/// One threat × one control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Cell {
    /// The threat's id.
    pub threat: String,
    /// The control's id.
    pub control: String,
    /// The grade of the weakest subject; nothing where there was no subject to judge.
    pub grade: Option<Grade>,
    /// How many subjects have each grade.
    pub counts: BTreeMap<Grade, usize>,
    /// The weakest subjects, a few of them.
    pub weakest: Vec<String>,
    /// The checks that judged it.
    pub checks: Vec<String>,
    /// What attacks say of it, a few of them: the weakest first, lapsed ones last.
    pub proofs: Vec<Proof>,
    /// The techniques that would try it.
    pub would_try: Vec<String>,
}

/// How many of the weakest subjects a cell names.
const NAMED: usize = 5;

/// The matrix that this evidence gives, of checks and of attacks.
pub fn matrix(threats: &[Threat], controls: &[Control], evidence: &[Evidence], attacks: &Attacks) -> Matrix {
    let mut by_control: BTreeMap<&str, Vec<&Evidence>> = BTreeMap::new();
    for item in evidence {
        for control in item.check.controls {
            by_control.entry(control).or_default().push(item);
        }
    }
    let mut by_cell: BTreeMap<(&str, &str), Vec<&Proof>> = BTreeMap::new();
    for proof in &attacks.proofs {
        by_cell.entry((&proof.threat, &proof.control)).or_default().push(proof);
    }
    let mut cells = Vec::new();
    for control in controls {
        let evidence: &[&Evidence] = by_control.get(control.id.as_str()).map_or(&[], |items| items);
        let of_checks = subjects(evidence);
        let checks: BTreeSet<&str> = evidence.iter().map(|item| item.check.name).collect();
        let checks: Vec<String> = checks.into_iter().map(str::to_owned).collect();
        for threat in &control.answers {
            let proofs: &[&Proof] =
                by_cell.get(&(threat.as_str(), control.id.as_str())).map_or(&[], |proofs| proofs);
            let mut grades = of_checks.clone();
            attacked(&mut grades, proofs);
            let mut counts = BTreeMap::new();
            for grade in grades.values() {
                *counts.entry(*grade).or_insert(0) += 1;
            }
            let grade = counts.keys().next().copied();
            let weakest = grades.iter().filter(|(_, g)| Some(**g) == grade).take(NAMED);
            let tries = attacks.techniques.iter().filter(|technique| {
                technique.threats.contains(&threat.as_str())
                    && technique.controls.contains(&control.id.as_str())
            });
            cells.push(Cell {
                threat: threat.clone(),
                control: control.id.clone(),
                grade,
                counts,
                weakest: weakest.map(|(subject, _)| (*subject).to_owned()).collect(),
                checks: checks.clone(),
                proofs: shown(proofs),
                would_try: tries.map(|technique| technique.name.to_owned()).collect(),
            });
        }
    }
    Matrix { threats: threats.to_vec(), controls: controls.to_vec(), cells }
}

/// What attacks say of subjects that checks have graded.
///
/// That a control is missing stays so, whatever was tried. An attack that went through breaks what was there; one
/// that was stopped proves it, or masks it.
fn attacked<'e>(grades: &mut BTreeMap<&'e str, Grade>, proofs: &[&'e Proof]) {
    let mut said: BTreeMap<&str, Says> = BTreeMap::new();
    for proof in proofs.iter().filter(|proof| proof.lapsed.is_none()) {
        let weakest = said.entry(&proof.subject).or_insert(proof.says);
        *weakest = better_of_masked(*weakest, proof.says);
    }
    for (subject, says) in said {
        let checked = grades.get(subject).copied();
        let grade = match (says, checked) {
            (_, Some(Grade::Absent)) => Grade::Absent,
            (Says::Broken, _) => Grade::Broken,
            (Says::Prevented | Says::Detected, _) => Grade::Proven,
            (Says::Masked, Some(Grade::Claimed | Grade::Observed) | None) => Grade::Masked,
            (Says::Masked, Some(other)) => other,
        };
        grades.insert(subject, grade);
    }
}

/// Of several attempts the one that went through counts; else one that proves says more than one that masks.
fn better_of_masked(one: Says, other: Says) -> Says {
    if one == Says::Broken || other == Says::Broken { Says::Broken } else { one.max(other) }
}

/// A few of the proofs, the weakest first, those that count before those that have lapsed.
fn shown(proofs: &[&Proof]) -> Vec<Proof> {
    let mut proofs = proofs.to_vec();
    proofs.sort_by_key(|proof| (proof.lapsed.is_some(), proof.says, &proof.subject, &proof.attempt));
    proofs.into_iter().take(NAMED).cloned().collect()
}

/// The grade of each subject: of several checks the weakest counts, and of one check what the live system shows
/// before what a description says.
fn subjects<'e>(evidence: &[&'e Evidence]) -> BTreeMap<&'e str, Grade> {
    let mut of_check: BTreeMap<(&str, &str), (Basis, Grade)> = BTreeMap::new();
    for Evidence { check, subject, verdict } in evidence {
        let grade = match (verdict, subject.basis) {
            (Verdict::NotApplicable, _) => continue,
            (Verdict::Fail(..), _) => Grade::Absent,
            (Verdict::Unknown(_), _) => Grade::Unknown,
            (Verdict::Pass, Basis::Declared) => Grade::Claimed,
            (Verdict::Pass, Basis::Observed) => Grade::Observed,
        };
        let new = (subject.basis, grade);
        let known = of_check.entry((&subject.id, check.name)).or_insert(new);
        let better = grade != Grade::Unknown && new.0 > known.0 || known.1 == Grade::Unknown;
        if better {
            *known = new;
        }
    }
    let mut grades = BTreeMap::new();
    for ((subject, _), (_, grade)) in of_check {
        let weakest = grades.entry(subject).or_insert(grade);
        *weakest = grade.min(*weakest);
    }
    grades
}

/// Which of these controls are not proven wherever they answer a threat, and why: what a gate that asks for proofs
/// fails for. A control of which nothing was judged is not proven.
pub fn unproven(matrix: &Matrix, controls: &[String]) -> Vec<String> {
    let mut reasons = Vec::new();
    for control in controls {
        let cells: Vec<&Cell> = matrix.cells.iter().filter(|cell| cell.control == *control).collect();
        let tried: Vec<&&Cell> = cells.iter().filter(|cell| !cell.would_try.is_empty()).collect();
        if tried.is_empty() {
            reasons.push(format!("not proven: {control}: no technique tries it"));
        }
        for cell in tried {
            let lapsed = cell.proofs.iter().find_map(|proof| proof.lapsed.as_deref());
            let why = match (cell.grade, lapsed) {
                (Some(Grade::Proven), _) => continue,
                (Some(Grade::Broken), _) => "an attack went through",
                (Some(Grade::Absent), _) => "it is missing",
                (Some(Grade::Masked), _) => "another control came first, and it was not tried alone",
                (_, Some(lapsed)) => lapsed,
                (None, None) => "nothing was judged",
                _ => "no attack has proved it",
            };
            let subject = cell.weakest.first().map(|subject| format!(", {subject}")).unwrap_or_default();
            reasons.push(format!("not proven: {control} against {}{subject}: {why}", cell.threat));
        }
    }
    reasons
}

/// Which cells are worse than they were: what a gate that compares fails for. A cell that had a grade and has none was
/// not judged, which is worse too.
pub fn worse(before: &Matrix, after: &Matrix) -> Vec<String> {
    let mut now: BTreeMap<(&str, &str), Option<Grade>> = BTreeMap::new();
    for cell in &after.cells {
        now.insert((&cell.threat, &cell.control), cell.grade);
    }
    let word = |grade: Option<Grade>| match grade {
        Some(grade) => format!("{grade:?}").to_lowercase(),
        None => "not judged".into(),
    };
    let mut reasons = Vec::new();
    for cell in before.cells.iter().filter(|cell| cell.grade.is_some()) {
        let grade = now.get(&(cell.threat.as_str(), cell.control.as_str())).copied().flatten();
        if grade < cell.grade {
            reasons.push(format!(
                "worse: {} against {}: {}, and it was {}",
                cell.control,
                cell.threat,
                word(grade),
                word(cell.grade)
            ));
        }
    }
    reasons
}

#[cfg(test)]
mod tests;
