//! What the records of purple runs say of the cells of the matrix.
//!
//! Of several runs over one subject the newest counts, attempt by attempt. A proof lapses when what it rests on has
//! changed, or with age; that an attack went through does not lapse: it stays until one fails, or until other settings
//! leave nothing to attack. A run over settings that were only proposed counts once the subject has them.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tyrian_model::purple::{Attempt, Basis, Outcome, Prevention, Run, Visibility};

/// How long a proof holds, in seconds: 30 days.
pub const LONGEST: i64 = 30 * 24 * 60 * 60;

/// What attacks on one subject say of one cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Proof {
    /// The threat's id.
    pub threat: String,
    /// The control's id.
    pub control: String,
    /// The subject's id.
    pub subject: String,
    /// What it is a proof of.
    pub says: Says,
    /// Technique and variant, `mount-file-system/fsopen`.
    pub attempt: String,
    /// The run.
    pub run: String,
    /// When it began, in seconds since 1970.
    pub started: i64,
    /// Why it counts no more; nothing while it does.
    pub lapsed: Option<String>,
}

/// What an attempt says of a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Says {
    /// It was in force, and the attempt went through.
    Broken,
    /// Another control stopped the attempt first, and this one was not tried alone.
    Masked,
    /// It stopped the attempt, or did so alone.
    Prevented,
    /// It noticed the attempt.
    Detected,
}

/// A technique, as far as the matrix knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// What comes of it.
    pub threats: &'static [&'static str],
    /// What should stop or notice it.
    pub controls: &'static [&'static str],
}

/// Everything that attacks say, and what could be tried.
#[derive(Clone, Debug, Default)]
pub struct Attacks {
    /// The proofs, lapsed ones among them.
    pub proofs: Vec<Proof>,
    /// The techniques.
    pub techniques: Vec<Known>,
}

/// What these runs say at that time, in seconds since 1970. `basis` is what each subject of today rests on; a subject
/// that is not there was not looked at, and its proofs count by their age alone.
pub fn proofs(runs: &[Run], now: i64, basis: &BTreeMap<String, Basis>) -> Vec<Proof> {
    let mut newest: BTreeMap<(&str, &str, &str), (&Run, &Attempt)> = BTreeMap::new();
    let mut ordered: Vec<&Run> = runs.iter().collect();
    ordered.sort_by_key(|run| run.started);
    for run in ordered {
        let today = basis.get(&run.subject);
        if run.proposed && today.is_none_or(|today| today.configuration != run.basis.configuration) {
            continue;
        }
        for attempt in &run.attempts {
            let cell = (run.subject.as_str(), attempt.technique.as_str(), attempt.variant.as_str());
            match attempt.outcome {
                Outcome::Ran => drop(newest.insert(cell, (run, attempt))),
                // What other settings took away cannot be attacked any more; the same settings on another kernel heal
                // nothing.
                Outcome::NotApplicable => {
                    let settings = &run.basis.configuration;
                    if newest.get(&cell).is_some_and(|(before, _)| before.basis.configuration != *settings) {
                        newest.remove(&cell);
                    }
                }
                Outcome::Inconclusive | Outcome::NotRun => {}
            }
        }
    }
    let mut proofs = Vec::new();
    for (run, attempt) in newest.values() {
        let lapsed = lapsed(run, now, basis.get(&run.subject));
        let mut say = |control: &str, says: Says| {
            for threat in &attempt.threats {
                proofs.push(Proof {
                    threat: threat.clone(),
                    control: control.to_owned(),
                    subject: run.subject.clone(),
                    says,
                    attempt: format!("{}/{}", attempt.technique, attempt.variant),
                    run: run.id.clone(),
                    started: run.started,
                    lapsed: lapsed.clone().filter(|_| says != Says::Broken),
                });
            }
        };
        match attempt.prevention {
            Some(Prevention::NotBlocked) => attempt.controls.iter().for_each(|c| say(c, Says::Broken)),
            Some(Prevention::Blocked) => {
                let mut held: Vec<&String> =
                    attempt.stopper.iter().chain(&attempt.sole).chain(&attempt.sufficient).collect();
                held.sort_unstable();
                held.dedup();
                held.iter().for_each(|control| say(control, Says::Prevented));
                let masked = attempt.masked.iter().filter(|control| !held.contains(control));
                masked.for_each(|control| say(control, Says::Masked));
            }
            Some(Prevention::Partial) | None => {}
        }
        // Of a detector that was deaf, silence says nothing.
        let heard = !run.detectors.is_empty() && run.detectors.iter().all(|detector| detector.heard);
        match attempt.visibility {
            Visibility::Alerted => attempt.detections.iter().for_each(|control| say(control, Says::Detected)),
            _ if heard => attempt.detections.iter().for_each(|control| say(control, Says::Broken)),
            _ => {}
        }
    }
    proofs
}

/// Why a proof of that run counts no more.
fn lapsed(run: &Run, now: i64, today: Option<&Basis>) -> Option<String> {
    if let Some(today) = today {
        let parts = [
            ("the image", &run.basis.image, &today.image),
            ("its settings", &run.basis.configuration, &today.configuration),
            ("the kernel", &run.basis.kernel, &today.kernel),
            ("the runtime", &run.basis.runtime, &today.runtime),
            ("the version of tyrian", &run.basis.rules, &today.rules),
        ];
        let changed: Vec<&str> =
            parts.iter().filter(|(_, then, now)| then != now).map(|(what, _, _)| *what).collect();
        if !changed.is_empty() {
            return Some(format!("since it was tried, {} changed", changed.join(" and ")));
        }
    }
    let days = (now - run.started) / (24 * 60 * 60);
    (now - run.started > LONGEST).then(|| format!("it was tried {days} days ago"))
}

#[cfg(test)]
mod tests;
