//! What attacks on record say of the subjects of a scan, and what they rest on.

use crate::state;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use tyrian_emulate::record;
use tyrian_emulate::techniques::TECHNIQUES;
use tyrian_judge::attacks::{Attacks, Known, proofs};
use tyrian_judge::run::Evidence;
use tyrian_model::fact::See;
use tyrian_model::purple::{Basis, Run};
use tyrian_model::snapshot::Snapshot;
use tyrian_model::subject;
use tyrian_model::workload::{Container, Workload};

/// What the record says of what was judged of this snapshot, and of nothing else; what is to be said of the record is said.
pub(crate) fn attacks(snapshot: &Snapshot, evidence: &[Evidence]) -> Attacks {
    let techniques = TECHNIQUES.iter();
    let techniques =
        techniques.map(|it| Known { name: it.name, threats: it.threats, controls: it.controls }).collect();
    let Ok(state) = state::directory("the record of runs") else {
        return Attacks { proofs: Vec::new(), techniques };
    };
    let record = record::read(&record::file(&state));
    for remark in &record.remarks {
        anstream::eprintln!("tyrian: {}", tyrian_report::text::clean(remark));
    }
    let basis = bases(snapshot, &record);
    let mut proofs = proofs(&record.runs, snapshot.taken, &basis);
    let judged: BTreeSet<&str> = match proofs.is_empty() {
        true => BTreeSet::new(),
        false => evidence.iter().map(|item| item.subject.id.as_str()).collect(),
    };
    proofs.retain(|proof| judged.contains(proof.subject.as_str()));
    Attacks { proofs, techniques }
}

/// What each subject of a snapshot that was attacked rests on today.
fn bases(snapshot: &Snapshot, record: &record::Record) -> BTreeMap<String, Basis> {
    // The newest run of each subject; most scans have thousands of subjects, and few of them were ever attacked.
    let attacked: BTreeMap<&str, &Run> = record.runs.iter().map(|run| (run.subject.as_str(), run)).collect();
    let mut bases = BTreeMap::new();
    if attacked.is_empty() {
        return bases;
    }
    for (name, world) in &snapshot.facts.worlds {
        let see = See::new(world);
        for (local, workload) in see.rows(&world.workloads) {
            for (container_name, container) in see.rows(&workload.containers) {
                let id = subject::id(name, local, Some(container_name));
                let Some(run) = attacked.get(id.as_str()) else { continue };
                // Kernel and runtime are those of the machine that the clones ran on; a snapshot of another machine
                // tells nothing of them.
                let basis = Basis {
                    image: image(&see, container),
                    configuration: configuration(workload, container),
                    kernel: kernel(),
                    runtime: run.basis.runtime.clone(),
                    rules: rules(),
                };
                bases.insert(id, basis);
            }
        }
    }
    bases
}

/// The hash over what holds each container of a snapshot in, by subject.
pub(crate) fn configurations(snapshot: &Snapshot) -> BTreeMap<String, String> {
    let mut hashes = BTreeMap::new();
    for (name, world) in &snapshot.facts.worlds {
        let see = See::new(world);
        for (local, workload) in see.rows(&world.workloads) {
            for (container_name, container) in see.rows(&workload.containers) {
                let id = subject::id(name, local, Some(container_name));
                hashes.insert(id, configuration(workload, container));
            }
        }
    }
    hashes
}

/// The hash over what holds a container in: what the checks of its controls read, and nothing else of it.
pub(crate) fn configuration(workload: &Workload, container: &Container) -> String {
    let parts = (&container.declared, &workload.runtime, &workload.networks);
    let json = serde_json::to_vec(&parts).unwrap_or_default();
    Sha256::digest(without_places(&json)).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// JSON without the places of facts, which move when a line is put in above them.
fn without_places(json: &[u8]) -> Vec<u8> {
    use serde_json::Value;
    fn strip(value: &mut Value) {
        match value {
            Value::Object(map) => {
                // `{"at": [value, place]}` is the fact; in anything else `at` is the place alone.
                if let Some(Value::Array(mut pair)) = map.remove("at")
                    && pair.len() == 2
                {
                    map.insert("is".into(), pair.swap_remove(0));
                }
                map.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let Ok(mut value) = serde_json::from_slice(json) else { return json.to_vec() };
    strip(&mut value);
    serde_json::to_vec(&value).unwrap_or_default()
}

/// The image as it is referred to: its digest where one is written.
pub(crate) fn image(see: &See, container: &Container) -> String {
    let image = see.apart(|see| see.get(&container.image).ok().cloned().flatten()).flatten();
    image.map(|image| image.digest.unwrap_or(image.written)).unwrap_or_default()
}

/// The kernel's release.
pub(crate) fn kernel() -> String {
    rustix::system::uname().release().to_string_lossy().into_owned()
}

/// The version of this program, and how many techniques it knows.
pub(crate) fn rules() -> String {
    format!("tyrian {}, {} techniques", env!("CARGO_PKG_VERSION"), TECHNIQUES.len())
}
