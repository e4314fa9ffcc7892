//! What is said of each vulnerability, for whoever has the same packages: OpenVEX 0.2.0 and CycloneDX 1.6.
//!
//! A finding that is open, or accepted as a risk, is `affected`; one that somebody's VEX statement excused is repeated as
//! that statement says it. What could not be told of a package is in neither: nobody can make a statement of it.

use crate::Report;
use crate::oscal::uuid;
use crate::text::clean;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tyrian_judge::finding::Finding;
use tyrian_model::packages::oci;
use tyrian_model::vulnerability::{Advisory, Package, Status};

/// Findings of vulnerable packages, each with both.
fn vulnerable(report: &Report) -> impl Iterator<Item = (&Finding, &Package, &Advisory)> {
    report
        .findings
        .iter()
        .filter_map(|finding| Some((finding, finding.package.as_deref()?, finding.advisory.as_deref()?)))
}

/// The product that a finding is about: the image where it is one, else the package itself.
fn product(finding: &Finding, package: &Package) -> Value {
    match finding.subject.split_once("/image:") {
        Some((_, reference)) => {
            json!({"@id": oci(reference), "subcomponents": [{"@id": package.purl}]})
        }
        None => json!({"@id": package.purl}),
    }
}

/// What to do about it.
fn action(finding: &Finding, package: &Package, advisory: &Advisory) -> String {
    let mend = match (advisory.status, &advisory.fixed) {
        (Status::Affected, Some(fixed)) => format!("update {} to {fixed}", package.name),
        (Status::WillNotFix, _) => "its distribution will not mend it; do without the package".into(),
        _ => "no version that mends it is known; do without the package".into(),
    };
    match &finding.waived {
        Some(waived) => clean(&format!("{mend}; accepted by {}: {}", waived.approver, waived.reason)),
        None => clean(&mend),
    }
}

fn excused(finding: &Finding) -> Option<(&str, String)> {
    let waived = finding.waived.as_ref()?;
    Some((waived.vex.as_deref()?, clean(&waived.reason)))
}

/// The report's time, as documents write it.
fn time(report: &Report) -> String {
    crate::oscal::time(report.taken)
}

/// A name of the document that the same content has again.
fn digest(statements: &[Value]) -> String {
    let text = serde_json::to_vec(statements).unwrap_or_default();
    Sha256::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One OpenVEX document with a line end.
///
/// # Errors
/// None in practice: every key is a text.
pub fn openvex(report: &Report) -> serde_json::Result<String> {
    let statements: Vec<Value> = vulnerable(report)
        .map(|(finding, package, advisory)| {
            let mut statement = Map::new();
            let mut put = |key: &str, value: Value| statement.insert(key.into(), value);
            put("vulnerability", json!({"name": advisory.id, "aliases": advisory.aliases}));
            put("products", json!([product(finding, package)]));
            match excused(finding) {
                Some((status, reason)) => {
                    put("status", status.into());
                    let key = if status == "not_affected" { "impact_statement" } else { "status_notes" };
                    put(key, reason.into());
                }
                None => {
                    put("status", "affected".into());
                    put("action_statement", action(finding, package, advisory).into());
                }
            }
            Value::Object(statement)
        })
        .collect();
    let document = json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": format!("urn:tyrian:vex:{}", digest(&statements)),
        "author": "tyrian",
        "role": "scanner",
        "timestamp": time(report),
        "version": 1,
        "tooling": report.tool,
        "statements": statements,
    });
    serde_json::to_string_pretty(&document).map(|text| crate::json::plain(text) + "\n")
}

/// One CycloneDX document with a line end: the packages that something is said of, and what that is.
///
/// # Errors
/// None in practice: every key is a text.
pub fn cyclonedx(report: &Report) -> serde_json::Result<String> {
    let mut components = BTreeMap::new();
    let vulnerabilities: Vec<Value> = vulnerable(report)
        .map(|(finding, package, advisory)| {
            let kind = json!({
                "type": "library", "bom-ref": package.purl, "name": package.name, "version": package.version,
                "purl": package.purl,
            });
            components.insert(package.purl.clone(), kind);
            let analysis = match excused(finding) {
                Some(("fixed", reason)) => json!({"state": "resolved", "detail": reason}),
                Some((_, reason)) => json!({"state": "not_affected", "detail": reason}),
                None => {
                    let answer = match (advisory.status, &finding.waived) {
                        (Status::WillNotFix, _) | (_, Some(_)) => "will_not_fix",
                        (Status::Affected, _) => "update",
                        _ => "can_not_fix",
                    };
                    let detail = action(finding, package, advisory);
                    json!({"state": "exploitable", "response": [answer], "detail": detail})
                }
            };
            let mut one = json!({
                "id": advisory.id,
                "analysis": analysis,
                "affects": [{"ref": package.purl}],
                "properties": [{"name": "tyrian:subject", "value": finding.subject}],
            });
            if let (Some(score), Some(object)) = (advisory.score, one.as_object_mut()) {
                object.insert("ratings".into(), json!([{"score": score}]));
            }
            one
        })
        .collect();
    let whole = digest(&vulnerabilities);
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", uuid(&[&whole])),
        "version": 1,
        "metadata": {
            "timestamp": time(report),
            "tools": {"components": [{"type": "application", "name": report.tool}]},
        },
        "components": components.into_values().collect::<Vec<_>>(),
        "vulnerabilities": vulnerabilities,
    });
    serde_json::to_string_pretty(&document).map(|text| crate::json::plain(text) + "\n")
}
