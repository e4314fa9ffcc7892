//! A layer of the ATT&CK Navigator, format 4.5: how well each technique is answered by what was judged and attacked.
//!
//! A technique stands for the threats that carry its id. Its score is the mean over the cells of these threats, from 0
//! (missing or broken) to 100 (proven); where an attack went through, the colour says so whatever the score is.

use crate::Report;
use crate::matrix::{counts, proved, shown};
use crate::text::{clean, cut};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tyrian_judge::matrix::{Cell, ControlKind, Grade};

/// The version of ATT&CK whose ids are used, and of the layer's format.
const ATTACK: &str = "19";
const LAYER: &str = "4.5";
/// How many cells a comment tells of, and the most columns of one line of it.
const TOLD: usize = 12;
const LONGEST: usize = 240;

/// What a grade is worth.
fn worth(grade: Grade) -> usize {
    match grade {
        Grade::Broken | Grade::Absent => 0,
        Grade::Unknown => 20,
        Grade::Claimed => 40,
        Grade::Observed => 60,
        Grade::Masked => 70,
        Grade::Proven => 100,
    }
}

/// The layer.
///
/// # Errors
/// It cannot be written as JSON.
pub fn render(report: &Report) -> Result<String, serde_json::Error> {
    let matrix = &report.matrix;
    let mut of_technique: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for threat in &matrix.threats {
        for technique in threat.ids.iter().filter_map(|id| id.strip_prefix("attack:")) {
            of_technique.entry(technique).or_default().insert(&threat.id);
        }
    }
    let kinds: BTreeMap<&str, ControlKind> =
        matrix.controls.iter().map(|control| (control.id.as_str(), control.kind)).collect();
    let techniques: Vec<Value> = of_technique
        .iter()
        .filter_map(|(technique, threats)| {
            let cells = matrix.cells.iter().filter(|cell| threats.contains(cell.threat.as_str()));
            let cells: Vec<&Cell> = cells.filter(|cell| cell.grade.is_some()).collect();
            (!cells.is_empty()).then(|| of_cells(technique, &cells, &kinds, report.taken))
        })
        .collect();
    let targets: Vec<&str> = report.sources.iter().take(10).map(|source| source.target.as_str()).collect();
    let layer = json!({
        "name": clean(&cut(&format!("tyrian: {}", targets.join(", ")), 100)),
        "versions": { "attack": ATTACK, "navigator": "5.1.0", "layer": LAYER },
        "domain": "enterprise-attack",
        "description": "The score of a technique is the mean over the controls that answer its threats: 0 missing or broken, \
            20 unknown, 40 claimed, 60 observed, 70 masked, 100 proven by an attack. Dark red: an attack went through a \
            control that was there.",
        "filters": { "platforms": ["Containers", "Linux"] },
        "sorting": 0,
        "layout": { "layout": "side", "aggregateFunction": "average", "showID": true, "showName": true,
            "showAggregateScores": false, "countUnscored": false, "expandedSubtechniques": "annotated" },
        "hideDisabled": false,
        "techniques": techniques,
        "gradient": { "colors": ["#f3c4bb", "#f6e3ae", "#1d6b3e"], "minValue": 0, "maxValue": 100 },
        "legendItems": [
            { "label": "an attack went through", "color": BROKEN },
            { "label": "nothing holds", "color": "#f3c4bb" },
            { "label": "every control is proven", "color": "#1d6b3e" },
        ],
        "metadata": [
            { "name": "tool", "value": clean(&report.tool) },
            { "name": "taken", "value": crate::oscal::time(report.taken) },
        ],
        "links": [],
        "showTacticRowBackground": false,
        "tacticRowBackground": "#dddddd",
        "selectTechniquesAcrossTactics": true,
        "selectSubtechniquesWithParent": false,
        "selectVisibleTechniques": false,
    });
    Ok(serde_json::to_string_pretty(&layer)? + "\n")
}

/// The colour of a technique whose control an attack went through.
const BROKEN: &str = "#8c0d24";

fn of_cells(technique: &str, cells: &[&Cell], kinds: &BTreeMap<&str, ControlKind>, now: i64) -> Value {
    let sum: usize = cells.iter().filter_map(|cell| cell.grade).map(worth).sum();
    let broken = cells.iter().any(|cell| cell.grade == Some(Grade::Broken));
    let mut by_word: BTreeMap<&str, usize> = BTreeMap::new();
    for cell in cells {
        let kind = kinds.get(cell.control.as_str()).copied().unwrap_or(ControlKind::Process);
        *by_word.entry(shown(cell, kind).1).or_insert(0) += 1;
    }
    let mut told = cells.to_vec();
    told.sort_by_key(|cell| cell.grade);
    let mut lines: Vec<String> = Vec::new();
    for cell in told.iter().take(TOLD) {
        let evidence = match cell.proofs.first() {
            Some(proof) => proved(proof, now),
            None => counts(cell),
        };
        lines.push(clean(&cut(&format!("{} against {}: {evidence}", cell.control, cell.threat), LONGEST)));
    }
    if told.len() > TOLD {
        lines.push(format!("and {} more", told.len() - TOLD));
    }
    let metadata: Vec<Value> =
        by_word.iter().map(|(word, count)| json!({ "name": word, "value": count.to_string() })).collect();
    json!({
        "techniqueID": technique,
        "score": sum / cells.len().max(1),
        "color": if broken { BROKEN } else { "" },
        "comment": lines.join("\n"),
        "enabled": true,
        "metadata": metadata,
        "links": [],
        "showSubtechniques": technique.contains('.'),
    })
}
