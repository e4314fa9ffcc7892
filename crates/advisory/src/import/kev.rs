//! The catalogue of known exploited vulnerabilities (KEV).

use super::{Found, day};
use serde::Deserialize;

#[derive(Deserialize)]
struct Catalogue {
    #[serde(rename = "dateReleased", default)]
    released: String,
    vulnerabilities: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "cveID")]
    id: String,
    #[serde(rename = "dateAdded", default)]
    added: String,
}

pub(super) fn read(bytes: &[u8]) -> Result<Found, String> {
    let catalogue: Catalogue =
        serde_json::from_slice(bytes).map_err(|error| format!("not the catalogue: {error}"))?;
    let entries = catalogue.vulnerabilities.into_iter();
    let exploited = entries.map(|entry| (entry.id, day(&entry.added))).collect();
    let mut found = Found { exploited, ..Found::default() }.counted();
    found.part.name = "kev".into();
    found.part.newest = day(&catalogue.released);
    Ok(found)
}
