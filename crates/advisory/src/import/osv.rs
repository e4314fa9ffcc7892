//! OSV: records as JSON, one a file, and the export's `ECOSYSTEM/all.zip`.

use super::{Found, day, line, zip};
use crate::affected::{Affected, Event, Kind, Range};
use crate::record::{Label, Of, Part, Record, Said};
use crate::version::Scheme;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// How many threads read an export at once.
const MOST_THREADS: usize = 8;

#[derive(Deserialize)]
struct Written {
    id: String,
    #[serde(default)]
    aliases: Option<Vec<String>>,
    #[serde(default)]
    upstream: Option<Vec<String>>,
    #[serde(default)]
    related: Option<Vec<String>>,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    details: Option<String>,
    #[serde(default)]
    modified: Option<String>,
    #[serde(default)]
    withdrawn: Option<String>,
    #[serde(default)]
    severity: Option<Vec<Score>>,
    #[serde(default)]
    affected: Option<Vec<OfPackage>>,
    #[serde(default)]
    database_specific: Specific,
}

/// What is wanted of what a source says in a form of its own; there may be anything, and much of it.
#[derive(Default)]
struct Specific(BTreeMap<&'static str, Value>);

impl Specific {
    fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }
}

impl<'de> Deserialize<'de> for Specific {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfSpecific)
    }
}

struct OfSpecific;

impl<'de> Visitor<'de> for OfSpecific {
    type Value = Specific;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Specific, A::Error> {
        let mut out = Specific::default();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match ["severity", "urgency", "affects"].into_iter().find(|wanted| *wanted == key) {
                Some(wanted) => drop(out.0.insert(wanted, map.next_value()?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(out)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Specific, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Specific::default())
    }
    fn visit_unit<E>(self) -> Result<Specific, E> {
        Ok(Specific::default())
    }
    fn visit_bool<E>(self, _: bool) -> Result<Specific, E> {
        Ok(Specific::default())
    }
    fn visit_i64<E>(self, _: i64) -> Result<Specific, E> {
        Ok(Specific::default())
    }
    fn visit_u64<E>(self, _: u64) -> Result<Specific, E> {
        Ok(Specific::default())
    }
    fn visit_f64<E>(self, _: f64) -> Result<Specific, E> {
        Ok(Specific::default())
    }
    fn visit_str<E>(self, _: &str) -> Result<Specific, E> {
        Ok(Specific::default())
    }
}

#[derive(Deserialize)]
struct Score {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    score: String,
}

#[derive(Deserialize)]
struct OfPackage {
    #[serde(default)]
    package: Option<Package>,
    #[serde(default)]
    ranges: Option<Vec<WrittenRange>>,
    #[serde(default)]
    versions: Option<Vec<String>>,
    #[serde(default)]
    severity: Option<Vec<Score>>,
    #[serde(default)]
    ecosystem_specific: Specific,
    #[serde(default)]
    database_specific: Specific,
}

#[derive(Deserialize)]
struct Package {
    ecosystem: String,
    name: String,
    #[serde(default)]
    purl: Option<String>,
}

#[derive(Deserialize)]
struct WrittenRange {
    #[serde(rename = "type")]
    kind: Kind,
    #[serde(default)]
    events: Vec<serde_json::Map<String, Value>>,
}

/// One record.
pub(super) fn one(bytes: &[u8]) -> Result<Found, String> {
    let mut found = Found::default();
    let mut ecosystem = None;
    if let Some(record) = record(bytes, None)? {
        ecosystem = record.affected.first().map(|of| family(&of.ecosystem).to_owned());
        found.records.push(record);
    } else {
        found.part.withdrawn = 1;
    }
    found.part.name = format!("osv:{}", ecosystem.as_deref().unwrap_or("records"));
    Ok(found.counted())
}

/// An export: all records of an ecosystem, which the file's folder names.
pub(super) fn zip(name: &str, bytes: &[u8]) -> Result<Found, String> {
    let folder = name.rsplit('/').nth(1).filter(|folder| Scheme::of_ecosystem(folder).is_some());
    let entries: Vec<zip::Entry<'_>> =
        zip::list(bytes)?.into_iter().filter(|entry| entry.name.ends_with(".json")).collect();
    // Each record is read by itself; the order stays that of the archive.
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    let parts: Vec<Result<Found, String>> = std::thread::scope(|scope| {
        let part = |entries| scope.spawn(move || of_entries(entries, folder));
        let running: Vec<_> = entries.chunks(entries.len().div_ceil(threads).max(1)).map(part).collect();
        let ended = |thread: std::thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|_| Err("a record could not be read".to_owned()))
        };
        running.into_iter().map(ended).collect()
    });
    let mut found = Found { settled: true, ..Found::default() };
    for part in parts {
        let part = part?;
        found.records.extend(part.records);
        found.part.withdrawn += part.part.withdrawn;
    }
    let first = found.records.iter().find_map(|record| record.affected.first());
    let ecosystem = folder.or(first.map(|of| family(&of.ecosystem))).unwrap_or("records").to_owned();
    // An export of a language's ecosystem names whoever is hit. Of a distribution it may be a choice of its packages.
    let is_whole = folder.is_some_and(|folder| {
        !matches!(Scheme::of_ecosystem(folder), Some(Scheme::Deb | Scheme::Rpm | Scheme::Apk) | None)
    });
    found.part = Part {
        name: format!("osv:{ecosystem}"),
        whole: if is_whole { vec![ecosystem] } else { Vec::new() },
        ..found.part
    };
    Ok(found.counted())
}

/// The records of some files of an export.
fn of_entries(entries: &[zip::Entry<'_>], folder: Option<&str>) -> Result<Found, String> {
    let (mut found, mut unpacker) = (Found::default(), zip::Unpacker::new());
    for entry in entries {
        let bytes = unpacker.content(entry)?;
        match record(bytes, folder).map_err(|what| format!("{}: {what}", entry.name))? {
            Some(mut record) => {
                crate::index::settle(&mut record);
                found.records.push(record);
            }
            None => found.part.withdrawn += 1,
        }
    }
    Ok(found)
}

/// `Debian` of `Debian:12`.
fn family(ecosystem: &str) -> &str {
    ecosystem.split(':').next().unwrap_or_default()
}

/// Reads a record; nothing for one that was taken back. Of another ecosystem's packages nothing is kept.
fn record(bytes: &[u8], only: Option<&str>) -> Result<Option<Record>, String> {
    let written: Written =
        serde_json::from_slice(bytes).map_err(|error| format!("not an OSV record: {error}"))?;
    if written.id.is_empty() {
        return Err("a record without id".into());
    }
    if written.withdrawn.is_some() {
        return Ok(None);
    }
    let summary =
        written.summary.filter(|text| !text.trim().is_empty()).or(written.details).unwrap_or_default();
    let (upstream, related) = (written.upstream.unwrap_or_default(), written.related.unwrap_or_default());
    let mut aliases = written.aliases.unwrap_or_default();
    let mut about = Vec::new();
    let of_database = |key: &str| written.database_specific.get(key).and_then(Value::as_str);
    let mut affected = Vec::new();
    for of in written.affected.unwrap_or_default() {
        let Some(package) = &of.package else { continue };
        if only.is_some_and(|only| family(&package.ecosystem) != only) {
            continue;
        }
        affected.push(of.read(&summary));
    }
    let of_distribution = affected.iter().any(|of| {
        matches!(Scheme::of_ecosystem(&of.ecosystem), Some(Scheme::Deb | Scheme::Rpm | Scheme::Apk))
    });
    match (&upstream[..], of_distribution) {
        ([_], _) => aliases.extend(upstream),
        ([], true) => about = related,
        _ => about = upstream,
    }
    about.retain(|name| !aliases.contains(name));
    let label = of_database("severity").and_then(Label::read).or_else(|| {
        // AlmaLinux begins its summary with the word of Red Hat.
        let (word, _) = summary.split_once(": ").filter(|_| of_distribution)?;
        Label::read(word)
    });
    Ok(Some(Record {
        id: written.id,
        aliases,
        about,
        summary: line(&summary),
        vectors: vectors(written.severity),
        label,
        modified: day(&written.modified.unwrap_or_default()),
        affected,
    }))
}

fn vectors(scores: Option<Vec<Score>>) -> Vec<String> {
    let scores = scores.unwrap_or_default().into_iter();
    scores.filter(|score| score.kind.starts_with("CVSS")).map(|score| score.score).collect()
}

impl OfPackage {
    fn read(self, summary: &str) -> Of {
        let Some(package) = self.package else { return Of::default() };
        let mut said = Said::Versions;
        let mut ranges = Vec::new();
        for range in self.ranges.unwrap_or_default() {
            // Commits say nothing of versions; that there was such a range is kept, without the commits.
            if range.kind == Kind::Git {
                continue;
            }
            let mut events = Vec::new();
            for event in range.events {
                for (key, value) in event {
                    match (key.as_str(), value.as_str().map(str::to_owned)) {
                        ("introduced", Some(at)) => events.push(Event::Introduced(at)),
                        ("fixed", Some(at)) => events.push(Event::Fixed(at)),
                        ("last_affected", Some(at)) => events.push(Event::LastAffected(at)),
                        ("limit", Some(at)) => events.push(Event::Limit(at)),
                        _ => said = Said::Unread,
                    }
                }
            }
            ranges.push(Range { kind: range.kind, events });
        }
        let specific =
            |key: &str| self.ecosystem_specific.get(key).or_else(|| self.database_specific.get(key)).cloned();
        let text = |key: &str| specific(key).and_then(|value| value.as_str().map(str::to_owned));
        let words = |value: Option<&Value>| -> Vec<String> {
            let words = value.and_then(Value::as_array).into_iter().flatten();
            words.filter_map(|word| word.as_str().map(str::to_owned)).collect()
        };
        let affects = specific("affects");
        let mut architectures = words(affects.as_ref().and_then(|all| all.get("arch")));
        let qualifiers =
            package.purl.as_deref().and_then(|purl| purl.split_once('?')).map_or("", |(_, all)| all);
        for qualifier in qualifiers.split(['&', '#']) {
            if let Some(architecture) = qualifier.strip_prefix("arch=").filter(|name| *name != "source") {
                architectures.push(architecture.to_owned());
            }
        }
        let own = self.severity.unwrap_or_default();
        let own_word = own.iter().find_map(|score| Label::read(&score.score));
        let label =
            text("urgency").or_else(|| text("severity")).as_deref().and_then(Label::read).or(own_word);
        if text("urgency").as_deref() == Some("end-of-life") {
            said = said.max(Said::WillNotFix);
        }
        Of {
            module: module(summary, &ranges),
            ecosystem: package.ecosystem,
            name: package.name,
            versions: Affected { ranges, versions: self.versions.unwrap_or_default() },
            said,
            label,
            architectures,
            systems: words(affects.as_ref().and_then(|all| all.get("os"))),
        }
    }
}

/// The stream of a module, from the summary of a notice about modules: `Moderate: nginx:1.22 security update`.
fn module(summary: &str, ranges: &[Range]) -> Option<String> {
    let modular = |event: &Event| matches!(event, Event::Fixed(at) if at.contains(".module"));
    if !ranges.iter().any(|range| range.events.iter().any(modular)) {
        return None;
    }
    let is_stream = |word: &&str| {
        word.split_once(':').is_some_and(|(name, stream)| !name.is_empty() && !stream.is_empty())
    };
    summary.split_whitespace().find(is_stream).map(|word| word.trim_end_matches([',', ';']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_keeps_names_ranges_and_severity() {
        let text = br#"{"id":"GHSA-1","aliases":["CVE-2024-1"],"modified":"2026-01-02T03:04:05Z","details":"Text\nmore",
            "severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
            "affected":[{"package":{"ecosystem":"npm","name":"left"},"ranges":[{"type":"SEMVER","events":[
            {"introduced":"0"},{"fixed":"1.2.3"}]},{"type":"GIT","events":[{"introduced":"0"}]}]}],
            "database_specific":{"severity":"HIGH"}}"#;
        let found = one(text).unwrap();
        let record = &found.records[0];
        assert_eq!((record.summary.as_str(), record.label), ("Text", Some(Label::High)));
        assert_eq!((record.modified.as_str(), found.part.name.as_str()), ("2026-01-02", "osv:npm"));
        assert_eq!(record.affected[0].versions.ranges.len(), 1);
        assert!(found.part.whole.is_empty(), "one record covers no ecosystem");
    }

    #[test]
    fn an_event_that_is_not_known_is_not_dropped() {
        let text = br#"{"id":"A","affected":[{"package":{"ecosystem":"npm","name":"x"},
            "ranges":[{"type":"SEMVER","events":[{"introduced":"0"},{"mended":"2"}]}]}]}"#;
        assert_eq!(one(text).unwrap().records[0].affected[0].said, Said::Unread);
    }

    #[test]
    fn a_notice_of_several_is_about_them_and_names_its_module() {
        let text = br#"{"id":"ALSA-1","summary":"Important: nginx:1.22 security update","related":["CVE-1","CVE-2"],
            "affected":[{"package":{"ecosystem":"AlmaLinux:8","name":"nginx"},"ranges":[{"type":"ECOSYSTEM","events":[
            {"introduced":"0"},{"fixed":"1:1.22.1-1.module_el8.8.0+1"}]}]}]}"#;
        let found = one(text).unwrap();
        let record = &found.records[0];
        assert_eq!((record.about.len(), record.aliases.len(), record.label), (2, 0, Some(Label::High)));
        assert_eq!(record.affected[0].module.as_deref(), Some("nginx:1.22"));
    }
}
