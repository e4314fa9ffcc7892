//! CycloneDX 1.6, as JSON. Where a package was found stands in its evidence; what the format has no word for stands,
//! whole, in the property `tyrian:package`, so that nothing is lost when the bill is read back.

use super::{Bill, is_spdx_id, time, uuid};
use serde_json::{Map, Value, json};
use tyrian_model::packages::{Kind, Package};

/// The document.
///
/// # Errors
/// A package cannot be written as JSON.
pub fn render(bill: &Bill<'_>) -> Result<String, serde_json::Error> {
    const ROOT: &str = "root";
    let mut root = json!({
        "bom-ref": ROOT,
        "type": if bill.tree { "application" } else { "container" },
        "name": bill.name,
    });
    if let Some(digest) = bill.digest {
        root["version"] = digest.into();
    }
    let mut metadata = json!({
        "tools": {"components": [{"type": "application", "name": bill.tool.0, "version": bill.tool.1}]},
        "component": root,
    });
    if let Some(made) = bill.made {
        metadata["timestamp"] = time(made).into();
    }
    let mut components: Vec<Value> = Vec::new();
    if let Some(distribution) = bill.distribution {
        let mut one = json!({
            "bom-ref": "operating-system",
            "type": "operating-system",
            "name": distribution.id,
        });
        if !distribution.version.is_empty() {
            one["version"] = distribution.version.as_str().into();
        }
        components.push(one);
    }
    for (row, package) in &bill.packages {
        components.push(component(row, package)?);
    }
    let aggregate = if bill.gaps.is_empty() { "complete" } else { "incomplete" };
    let mut document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata,
        "components": components,
        "compositions": [{"aggregate": aggregate, "assemblies": [ROOT]}],
    });
    let gaps = bill.gaps.iter().map(|gap| json!({"name": "tyrian:missing", "value": gap.what}));
    let gaps: Vec<Value> = gaps.collect();
    if !gaps.is_empty() {
        document["properties"] = gaps.into();
    }
    let number = format!("urn:uuid:{}", uuid(&document));
    document["serialNumber"] = number.into();
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn component(row: &str, package: &Package) -> Result<Value, serde_json::Error> {
    let mut out = Map::new();
    let kind = if package.kind == Kind::Generic { "application" } else { "library" };
    out.insert("bom-ref".into(), row.into());
    out.insert("type".into(), kind.into());
    match package.name.split_once(':').filter(|_| package.kind == Kind::Maven) {
        Some((group, name)) => {
            out.insert("group".into(), group.into());
            out.insert("name".into(), name.into());
        }
        None => drop(out.insert("name".into(), package.name.as_str().into())),
    }
    if let Some(version) = &package.version {
        out.insert("version".into(), version.as_str().into());
    }
    if package.dev {
        out.insert("scope".into(), "excluded".into());
    }
    if let Some(licence) = package.licence.as_deref().filter(|licence| !licence.trim().is_empty()) {
        let key = if is_spdx_id(licence) { "id" } else { "name" };
        out.insert("licenses".into(), json!([{"license": {key: licence}}]));
    }
    out.insert("purl".into(), package.purl.as_str().into());
    let mut place = json!({"location": package.place});
    if let Some(line) = package.line {
        place["line"] = line.into();
    }
    out.insert("evidence".into(), json!({"occurrences": [place]}));
    let whole = serde_json::to_string(package)?;
    out.insert("properties".into(), json!([{"name": "tyrian:package", "value": whole}]));
    Ok(out.into())
}
