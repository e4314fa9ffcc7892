//! Alpine's secdb: for each package the versions that mended something, one file a repository and release.

use super::Found;
use crate::affected::{Affected, Event, Kind, Range};
use crate::record::{Of, Record, Said};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    distroversion: String,
    #[serde(default)]
    reponame: String,
    packages: Vec<Entry>,
    #[serde(default)]
    urlprefix: String,
}

#[derive(Deserialize)]
struct Entry {
    pkg: Package,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    secfixes: Option<BTreeMap<String, Option<Vec<String>>>>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Found, String> {
    let written: Written = serde_json::from_slice(bytes).map_err(|error| format!("not a secdb: {error}"))?;
    let ecosystem = match (written.distroversion.as_str(), written.urlprefix.as_str()) {
        ("", prefix) if prefix.contains("wolfi") => "Wolfi".to_owned(),
        ("", prefix) if prefix.contains("chainguard") => "Chainguard".to_owned(),
        ("" | "edge", _) => "Alpine:edge".to_owned(),
        (release, _) => format!("Alpine:{release}"),
    };
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    for Entry { pkg } in written.packages {
        for (version, ids) in pkg.secfixes.unwrap_or_default() {
            for ids in ids.unwrap_or_default() {
                let mut ids = ids.split_whitespace();
                let Some(id) = ids.next() else { continue };
                let record = records.entry(id.to_owned()).or_default();
                record.id = id.to_owned();
                for alias in ids.map(str::to_owned) {
                    if !record.aliases.contains(&alias) {
                        record.aliases.push(alias);
                    }
                }
                // `0` says that no version was ever hit.
                let (said, events) = match version.as_str() {
                    "0" => (Said::NotAffected, Vec::new()),
                    _ => (Said::Versions, vec![Event::Introduced("0".into()), Event::Fixed(version.clone())]),
                };
                let ranges = if events.is_empty() {
                    Vec::new()
                } else {
                    vec![Range { kind: Kind::Ecosystem, events }]
                };
                record.affected.push(Of {
                    ecosystem: ecosystem.clone(),
                    name: pkg.name.clone(),
                    versions: Affected { ranges, versions: Vec::new() },
                    said,
                    ..Of::default()
                });
            }
        }
    }
    let mut found = Found { records: records.into_values().collect(), ..Found::default() };
    found.part.name = match written.reponame.as_str() {
        "" => format!("secdb:{ecosystem}"),
        repository => format!("secdb:{ecosystem}:{repository}"),
    };
    found.part.tracker = true;
    Ok(found.counted())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixes_and_names_are_read() {
        let text =
            br#"{"distroversion":"v3.19","reponame":"main","packages":[{"pkg":{"name":"busybox","secfixes":{
            "1.36.1-r2":["CVE-2023-1 GHSA-x","CVE-2023-2"],"0":["CVE-2020-9"]}}},{"pkg":{"name":"none"}}]}"#;
        let found = read(text).unwrap();
        assert_eq!(found.part.name, "secdb:Alpine:v3.19:main");
        assert_eq!(found.records.len(), 3);
        assert_eq!(found.records[0].affected[0].said, Said::NotAffected);
        assert_eq!(found.records[1].aliases, ["GHSA-x"]);
        assert_eq!(found.records[1].affected[0].ecosystem, "Alpine:v3.19");
    }
}
