//! The security tracker of Debian as JSON: source package, CVE, release.

use super::{Found, line};
use crate::affected::{Affected, Event, Kind, Range};
use crate::record::{Label, Of, Record, Said};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Issue {
    #[serde(default)]
    description: String,
    #[serde(default)]
    releases: BTreeMap<String, Release>,
}

#[derive(Deserialize)]
struct Release {
    status: String,
    #[serde(default)]
    fixed_version: Option<String>,
    #[serde(default)]
    urgency: String,
    #[serde(default)]
    nodsa_reason: Option<String>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Found, String> {
    let written: BTreeMap<String, BTreeMap<String, Issue>> =
        serde_json::from_slice(bytes).map_err(|error| format!("not the tracker's JSON: {error}"))?;
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    for (name, issues) in written {
        for (id, issue) in issues {
            let record = records.entry(id.clone()).or_insert_with(|| Record { id, ..Record::default() });
            if record.summary.is_empty() {
                record.summary = line(&issue.description);
            }
            for (codename, release) in issue.releases {
                record.affected.push(release.read(&codename, &name));
            }
        }
    }
    let mut found = Found { records: records.into_values().collect(), ..Found::default() };
    found.part.name = "debian-tracker".into();
    found.part.tracker = true;
    Ok(found.counted())
}

impl Release {
    fn read(self, codename: &str, name: &str) -> Of {
        let mut events = vec![Event::Introduced("0".into())];
        let will_not = self.nodsa_reason.as_deref() == Some("ignored") || self.urgency == "end-of-life";
        let said = match (self.status.as_str(), self.fixed_version.as_deref()) {
            ("resolved", Some("0")) => Said::NotAffected,
            ("resolved", Some(version)) => {
                events.push(Event::Fixed(version.to_owned()));
                Said::Versions
            }
            ("open", _) if will_not => Said::WillNotFix,
            ("open", _) => Said::Versions,
            ("undetermined", _) => Said::Investigating,
            _ => Said::Unread,
        };
        let ranges = match said {
            Said::Versions | Said::WillNotFix => vec![Range { kind: Kind::Ecosystem, events }],
            _ => Vec::new(),
        };
        Of {
            ecosystem: format!("Debian:{}", number(codename)),
            name: name.to_owned(),
            versions: Affected { ranges, versions: Vec::new() },
            said,
            label: Label::read(&self.urgency),
            ..Of::default()
        }
    }
}

/// The number of a release; its name where it has none yet.
fn number(codename: &str) -> &str {
    match codename {
        "wheezy" => "7",
        "jessie" => "8",
        "stretch" => "9",
        "buster" => "10",
        "bullseye" => "11",
        "bookworm" => "12",
        "trixie" => "13",
        "forky" => "14",
        "duke" => "15",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_is_told_apart() {
        let text = br#"{"curl":{"CVE-1":{"description":"A fault","scope":"local","releases":{
            "bookworm":{"status":"resolved","repositories":{},"fixed_version":"7.88.1-10","urgency":"not yet assigned"},
            "bullseye":{"status":"open","urgency":"unimportant","nodsa":"Minor","nodsa_reason":"ignored"},
            "trixie":{"status":"undetermined","urgency":"low"},
            "sid":{"status":"resolved","fixed_version":"0","urgency":"low"}}}}}"#;
        let found = read(text).unwrap();
        let said: Vec<_> =
            found.records[0].affected.iter().map(|of| (of.ecosystem.as_str(), of.said, of.label)).collect();
        assert_eq!(
            said,
            [
                ("Debian:12", Said::Versions, None),
                ("Debian:11", Said::WillNotFix, Some(Label::Negligible)),
                ("Debian:sid", Said::NotAffected, Some(Label::Low)),
                ("Debian:13", Said::Investigating, Some(Label::Low)),
            ]
        );
    }
}
