//! What somebody says of vulnerabilities in a product of theirs: OpenVEX and CycloneDX VEX documents.
//!
//! A statement is somebody's word, not a fact: here it is only read. Who may be believed is for policy to say.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// The most statements that a document may have.
const MOST_STATEMENTS: usize = 1 << 20;
/// The longest text that is kept of one field, in characters.
const MOST_TEXT: usize = 2000;

/// A document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Who says it; empty where the document does not tell.
    pub author: String,
    /// What is said, in the document's order, the older first where all have their time.
    pub statements: Vec<Statement>,
}

/// One statement: those vulnerabilities, in those products.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The names of one vulnerability.
    pub names: Vec<String>,
    /// The products; empty: none is named, so that it speaks of nothing.
    pub products: Vec<Product>,
    /// How they stand to it.
    pub status: Status,
    /// Why, in a word of the format: `component_not_present`. Empty where it is not said.
    pub justification: String,
    /// Why, or what to do, in their own words. May be empty.
    pub text: String,
    /// When it was said, as the document writes it. May be empty.
    pub time: String,
}

/// What a statement is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// How it is named: package URLs, digests, names. One of them has to be that of the thing.
    pub names: Vec<String>,
    /// The parts of it that are meant, by package URL; empty: whatever part has the vulnerability.
    pub parts: Vec<String>,
}

/// How a product stands to a vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It does not harm it.
    NotAffected,
    /// It harms it.
    Affected,
    /// It is mended in that version.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
}

/// Reads a document of either format.
///
/// # Errors
/// It is neither, or a statement in it is wrong: none counts then.
pub fn parse(bytes: &[u8]) -> Result<Document, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| format!("no JSON: {error}"))?;
    let context = match value.get("@context") {
        Some(Value::Array(all)) => all.first(),
        other => other,
    };
    let mut document = if context.and_then(Value::as_str).is_some_and(|context| context.contains("openvex")) {
        openvex(&value)?
    } else if value.get("bomFormat").and_then(Value::as_str) == Some("CycloneDX") {
        cyclonedx(&value)?
    } else {
        return Err(
            "neither an OpenVEX document (its @context would say so) nor a CycloneDX one (bomFormat)".into(),
        );
    };
    // The last word counts; where some have no time, the document's own order is all there is.
    if document.statements.iter().all(|statement| !statement.time.is_empty()) {
        document.statements.sort_by(|a, b| a.time.cmp(&b.time));
    }
    Ok(document)
}

fn text(value: Option<&Value>) -> String {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    text.chars().filter(|c| !c.is_control()).take(MOST_TEXT).collect::<String>().trim().to_owned()
}

fn list<'v>(value: &'v Value, key: &str, of: &str) -> Result<&'v [Value], String> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(all)) if all.len() <= MOST_STATEMENTS => Ok(all),
        Some(Value::Array(_)) => Err(format!("{of} has more than {MOST_STATEMENTS} {key}")),
        Some(_) => Err(format!("{key} of {of} is no list")),
    }
}

fn openvex(document: &Value) -> Result<Document, String> {
    let mut out = Document { author: text(document.get("author")), statements: Vec::new() };
    let time = text(document.get("timestamp"));
    for (number, it) in list(document, "statements", "the document")?.iter().enumerate() {
        let of = format!("statement {}", number + 1);
        let mut names = Vec::new();
        match it.get("vulnerability") {
            // Before 0.2.0 it was the name alone.
            Some(name @ Value::String(_)) => names.push(text(Some(name))),
            Some(vulnerability) => {
                names.extend(["name", "@id"].map(|key| text(vulnerability.get(key))));
                names.extend(list(vulnerability, "aliases", &of)?.iter().map(|alias| text(Some(alias))));
            }
            None => return Err(format!("{of} names no vulnerability")),
        }
        names.retain(|name| !name.is_empty());
        if names.is_empty() {
            return Err(format!("{of} names no vulnerability"));
        }
        let products = list(it, "products", &of)?.iter().map(|product| component(product, &of));
        let status = it.get("status").cloned().unwrap_or_default();
        let own_time = text(it.get("timestamp"));
        let why = ["impact_statement", "action_statement", "status_notes"].map(|key| text(it.get(key)));
        out.statements.push(Statement {
            names,
            products: products.collect::<Result<_, _>>()?,
            status: Status::deserialize(&status)
                .map_err(|_| format!("{of} has no status of OpenVEX: {}", text(Some(&status))))?,
            justification: text(it.get("justification")),
            text: why.into_iter().find(|text| !text.is_empty()).unwrap_or_default(),
            time: if own_time.is_empty() { time.clone() } else { own_time },
        });
    }
    Ok(out)
}

/// A product of OpenVEX, or a part of one.
fn component(value: &Value, of: &str) -> Result<Product, String> {
    if let Value::String(_) = value {
        return Ok(Product { names: vec![text(Some(value))], parts: Vec::new() });
    }
    let mut names = names(value);
    names.retain(|name| !name.is_empty());
    if names.is_empty() {
        return Err(format!("{of} has a product without a name"));
    }
    let parts = list(value, "subcomponents", of)?.iter().flat_map(|part| match part {
        Value::String(_) => vec![text(Some(part))],
        part => self::names(part),
    });
    Ok(Product { names, parts: parts.filter(|name| !name.is_empty()).collect() })
}

fn names(value: &Value) -> Vec<String> {
    let mut names = vec![text(value.get("@id"))];
    for key in ["identifiers", "hashes"] {
        if let Some(Value::Object(all)) = value.get(key) {
            names.extend(all.iter().map(|(kind, value)| match (key, kind.as_str()) {
                ("hashes", "sha-256" | "sha256") => format!("sha256:{}", text(Some(value))),
                _ => text(Some(value)),
            }));
        }
    }
    names
}

fn cyclonedx(document: &Value) -> Result<Document, String> {
    let metadata = document.get("metadata").unwrap_or(&Value::Null);
    let author = ["/authors/0/name", "/supplier/name", "/manufacturer/name", "/manufacture/name"];
    let mut out = Document {
        author: author
            .map(|at| text(metadata.pointer(at)))
            .into_iter()
            .find(|name| !name.is_empty())
            .unwrap_or_default(),
        statements: Vec::new(),
    };
    let mut purls: BTreeMap<String, String> = BTreeMap::new();
    let mut open: Vec<&Value> = metadata.get("component").into_iter().collect();
    open.extend(list(document, "components", "the document")?);
    while let Some(component) = open.pop() {
        let (reference, purl) = (text(component.get("bom-ref")), text(component.get("purl")));
        if !reference.is_empty() && !purl.is_empty() {
            purls.insert(reference, purl);
        }
        open.extend(list(component, "components", "a component")?);
    }
    for (number, it) in list(document, "vulnerabilities", "the document")?.iter().enumerate() {
        let of = format!("vulnerability {}", number + 1);
        let mut names = vec![text(it.get("id"))];
        names.extend(list(it, "references", &of)?.iter().map(|reference| text(reference.get("id"))));
        names.retain(|name| !name.is_empty());
        if names.is_empty() {
            return Err(format!("{of} has no id"));
        }
        // Without an analysis it is a finding of somebody's and no statement.
        let Some(analysis) = it.get("analysis") else { continue };
        let status = match text(analysis.get("state")).as_str() {
            "not_affected" | "false_positive" => Status::NotAffected,
            "exploitable" => Status::Affected,
            "resolved" | "resolved_with_pedigree" => Status::Fixed,
            "in_triage" => Status::UnderInvestigation,
            other => return Err(format!("{of} has no state of CycloneDX: {other}")),
        };
        let mut products = Vec::new();
        for affected in list(it, "affects", &of)? {
            let reference = text(affected.get("ref"));
            // A reference into another document ends with that document's own name of it.
            let own = reference.rsplit_once('#').map_or(reference.as_str(), |(_, own)| own);
            let name = purls.get(&reference).or_else(|| purls.get(own)).cloned();
            products.push(Product { names: vec![name.unwrap_or_else(|| own.to_owned())], parts: Vec::new() });
        }
        products.retain(|product| product.names.iter().any(|name| !name.is_empty()));
        let time = ["lastUpdated", "firstIssued"].map(|key| text(analysis.get(key)));
        out.statements.push(Statement {
            names,
            products,
            status,
            justification: text(analysis.get("justification")),
            text: text(analysis.get("detail")),
            time: time.into_iter().find(|time| !time.is_empty()).unwrap_or_default(),
        });
    }
    Ok(out)
}

impl Statement {
    /// Does it speak of that vulnerability of that package in that thing?
    ///
    /// `names` are all names of the vulnerability, `package` is the package's URL, and `things` are the names of what it
    /// is in: package URLs, digests, references.
    pub fn is_about(&self, names: &[&str], package: &str, things: &[&str]) -> bool {
        let has_name = self.names.iter().any(|own| {
            // An @id may be a link to the advisory.
            let own = own.rsplit('/').next().unwrap_or(own);
            names.iter().any(|name| name.eq_ignore_ascii_case(own))
        });
        has_name
            && self.products.iter().any(|product| {
                let is = |thing: &str| product.names.iter().any(|name| is_named(name, thing));
                let has_part =
                    || product.parts.is_empty() || product.parts.iter().any(|part| is_named(part, package));
                is(package) || things.iter().any(|thing| is(thing)) && has_part()
            })
    }
}

/// Does a name that somebody wrote mean that thing? A package URL means every one that has all that it says: without a
/// version all versions, without qualifiers whatever they are.
fn is_named(name: &str, thing: &str) -> bool {
    if name == thing {
        return true;
    }
    let (Some(name), Some(thing)) = (Purl::of(name), Purl::of(thing)) else { return false };
    let lacks_nothing = name.qualifiers.iter().all(|it| thing.qualifiers.contains(it));
    name.base == thing.base && (name.version.is_none() || name.version == thing.version) && lacks_nothing
}

/// A package URL in its parts, decoded.
#[derive(Debug)]
struct Purl {
    base: String,
    version: Option<String>,
    qualifiers: Vec<String>,
}

impl Purl {
    fn of(text: &str) -> Option<Purl> {
        let rest = text.strip_prefix("pkg:")?;
        let rest = rest.split('#').next().unwrap_or(rest);
        let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
        // A scope may be written with an at sign of its own: `pkg:npm/@babel/core@7.0.0`.
        let (base, version) = match rest.rsplit_once('@') {
            Some((base, version)) if !version.contains('/') && !base.ends_with('/') => {
                (base, Some(decoded(version)))
            }
            _ => (rest, None),
        };
        let qualifiers = qualifiers.split('&').filter(|it| !it.is_empty()).map(decoded).collect();
        let (kind, name) = base.split_once('/')?;
        Some(Purl {
            base: format!("{}/{}", kind.to_ascii_lowercase(), decoded(name.trim_matches('/'))),
            version,
            qualifiers,
        })
    }
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (byte, escape) {
            (b'%', Some(escaped)) => {
                out.push(escaped);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests;
