//! SPDX 2.3, as JSON. What the format has no word for stands, whole, in the comment of the package, so that nothing
//! is lost when the bill is read back.

use super::{Bill, is_spdx_id, time, uuid};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tyrian_model::packages::{Kind, Package};

/// The document. Its time, which the format asks for, is the beginning of 1970 where none is known.
///
/// # Errors
/// A package cannot be written as JSON.
pub fn render(bill: &Bill<'_>) -> Result<String, serde_json::Error> {
    const ROOT: &str = "SPDXRef-Root";
    let mut root = package_of(ROOT, bill.name, bill.digest);
    root.insert("primaryPackagePurpose".into(), if bill.tree { "SOURCE" } else { "CONTAINER" }.into());
    let mut packages: Vec<Value> = vec![root.into()];
    let mut relations = vec![relation("SPDXRef-DOCUMENT", "DESCRIBES", ROOT)];
    if let Some(distribution) = bill.distribution {
        let id = "SPDXRef-OperatingSystem";
        let version = Some(distribution.version.as_str()).filter(|version| !version.is_empty());
        let mut one = package_of(id, &distribution.id, version);
        one.insert("primaryPackagePurpose".into(), "OPERATING-SYSTEM".into());
        packages.push(one.into());
        relations.push(relation(ROOT, "CONTAINS", id));
    }
    // Licences that are no identifiers of the list get one of the document's own.
    let mut licences: BTreeMap<&str, String> = BTreeMap::new();
    for (number, (_, package)) in bill.packages.iter().enumerate() {
        let id = format!("SPDXRef-Package-{}", number + 1);
        packages.push(one(&id, package, &mut licences)?);
        relations.push(relation(ROOT, "CONTAINS", &id));
    }
    let missing: Vec<&str> = bill.gaps.iter().map(|gap| gap.what.as_str()).collect();
    let mut creation = json!({
        "created": time(bill.made.unwrap_or_default()),
        "creators": [format!("Tool: {}-{}", bill.tool.0, bill.tool.1)],
    });
    if !missing.is_empty() {
        creation["comment"] = format!("Not all is known: {}", missing.join("; ")).into();
    }
    let mut document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": bill.name,
        "creationInfo": creation,
        "packages": packages,
        "relationships": relations,
    });
    if !licences.is_empty() {
        let mut list: Vec<(&str, &String)> = licences.iter().map(|(text, id)| (*text, id)).collect();
        list.sort_by_key(|(_, id)| *id);
        let texts =
            list.iter().map(|(text, id)| json!({"licenseId": id, "extractedText": text, "name": text}));
        document["hasExtractedLicensingInfos"] = texts.collect();
    }
    let namespace = format!("urn:uuid:{}", uuid(&document));
    document["documentNamespace"] = namespace.into();
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn package_of(id: &str, name: &str, version: Option<&str>) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("SPDXID".into(), id.into());
    out.insert("name".into(), name.into());
    if let Some(version) = version {
        out.insert("versionInfo".into(), version.into());
    }
    for key in ["downloadLocation", "licenseConcluded", "licenseDeclared", "copyrightText"] {
        out.insert(key.into(), "NOASSERTION".into());
    }
    out.insert("filesAnalyzed".into(), false.into());
    out
}

fn relation(from: &str, kind: &str, to: &str) -> Value {
    json!({"spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to})
}

fn one<'a>(
    id: &str,
    package: &'a Package,
    licences: &mut BTreeMap<&'a str, String>,
) -> Result<Value, serde_json::Error> {
    let mut out = package_of(id, &package.name, package.version.as_deref());
    let purpose = if package.kind == Kind::Generic { "APPLICATION" } else { "LIBRARY" };
    out.insert("primaryPackagePurpose".into(), purpose.into());
    out.insert("sourceInfo".into(), format!("found in {}", package.place).into());
    if let Some(licence) = package.licence.as_deref().filter(|licence| !licence.trim().is_empty()) {
        let declared = match is_spdx_id(licence) {
            true => licence.to_owned(),
            false => {
                let next = licences.len() + 1;
                licences.entry(licence).or_insert_with(|| format!("LicenseRef-{next:04}")).clone()
            }
        };
        out.insert("licenseDeclared".into(), declared.into());
    }
    let purl = json!({"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": package.purl});
    out.insert("externalRefs".into(), json!([purl]));
    out.insert("comment".into(), format!("tyrian:package {}", serde_json::to_string(package)?).into());
    Ok(out.into())
}
