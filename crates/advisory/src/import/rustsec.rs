//! RustSec's database: Markdown with a head in TOML, one advisory a file.

use super::{Found, contains, day, line, tar};
use crate::affected::{Affected, Event, Kind, Range};
use crate::record::{Of, Record, Said};
use crate::version::semver;
use serde::Deserialize;
use std::cmp::Ordering;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Written {
    advisory: Advisory,
    #[serde(default)]
    versions: Versions,
    #[serde(default)]
    affected: Where,
}

#[derive(Deserialize)]
struct Advisory {
    id: String,
    package: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    related: Vec<String>,
    cvss: Option<String>,
    withdrawn: Option<String>,
    informational: Option<String>,
    #[serde(default)]
    collection: Option<String>,
}

#[derive(Default, Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Where {
    #[serde(default)]
    arch: Vec<String>,
    #[serde(default)]
    os: Vec<String>,
    #[serde(default)]
    #[allow(dead_code)] // its shape is checked
    functions: BTreeMap<String, Vec<String>>,
}

/// A snapshot of the repository, without compression.
pub(super) fn archive(bytes: &[u8]) -> Result<Found, String> {
    let mut found = Found::default();
    tar::each(bytes, |name, content| {
        if !(name.ends_with(".md")
            && name.rsplit('/').next().is_some_and(|file| file.starts_with("RUSTSEC-")))
        {
            return Ok(());
        }
        add(&mut found, content).map_err(|what| format!("{name}: {what}"))
    })?;
    if found.records.is_empty() {
        return Err("no advisories of RustSec in it".into());
    }
    found.part.whole.push("crates.io".into());
    Ok(found.named())
}

/// One advisory.
pub(super) fn one(bytes: &[u8]) -> Result<Found, String> {
    let mut found = Found::default();
    add(&mut found, bytes)?;
    Ok(found.named())
}

impl Found {
    fn named(mut self) -> Self {
        self.part.name = "rustsec".into();
        self.counted()
    }
}

fn add(found: &mut Found, bytes: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
    let head = text.trim_start().strip_prefix("```toml").and_then(|rest| rest.split_once("\n```"));
    let (head, body) = head.ok_or("no advisory of RustSec: it begins without ```toml")?;
    let written: Written = toml::from_str(head).map_err(|error| format!("its head: {}", error.message()))?;
    let advisory = written.advisory;
    if advisory.withdrawn.is_some() || advisory.collection.as_deref() == Some("rust") {
        found.part.withdrawn += 1;
        return Ok(());
    }
    let notice = advisory.informational.is_some();
    let summary = line(body);
    let (ranges, said) = match range(&written.versions) {
        Some(events) if events.is_empty() => (Vec::new(), Said::NotAffected),
        Some(events) => (vec![Range { kind: Kind::Semver, events }], Said::Versions),
        None => (Vec::new(), Said::Unread),
    };
    found.records.push(Record {
        id: advisory.id,
        aliases: advisory.aliases,
        about: advisory.related,
        summary: match &advisory.informational {
            Some(kind) if !contains(summary.to_lowercase().as_bytes(), kind.as_bytes()) => {
                format!("{summary} ({kind})")
            }
            _ => summary,
        },
        vectors: advisory.cvss.into_iter().collect(),
        label: notice.then_some(crate::record::Label::Low),
        modified: day(&advisory.date),
        affected: vec![Of {
            ecosystem: "crates.io".into(),
            name: advisory.package,
            versions: Affected { ranges, versions: Vec::new() },
            said,
            architectures: written.affected.arch,
            systems: written.affected.os,
            ..Of::default()
        }],
    });
    Ok(())
}

/// What is hit: all but the patched and the unaffected, as a line of events; none where all is spared.
fn range(versions: &Versions) -> Option<Vec<Event>> {
    // Intervals that are not hit, from one version up to another; nothing is the end of the line.
    let requirements = versions.patched.iter().chain(&versions.unaffected);
    let mut spared: Vec<(Option<String>, Option<String>)> =
        requirements.map(|requirement| interval(requirement)).collect::<Option<_>>()?;
    let before = |a: &str, b: &str| a == "0" && b != "0" || semver::compare(a, b).is_ok_and(Ordering::is_lt);
    spared.sort_by(|a, b| match (&a.0, &b.0) {
        (Some(a), Some(b)) => semver::compare(a, b).unwrap_or(Ordering::Equal),
        (a, b) => a.is_some().cmp(&b.is_some()),
    });
    let mut events = Vec::new();
    // What lies before it has been said.
    let mut said_to = "0".to_owned();
    for (from, to) in spared {
        if let Some(from) = from
            && before(&said_to, &from)
        {
            events.push(Event::Introduced(std::mem::take(&mut said_to)));
            events.push(Event::Fixed(from.clone()));
            said_to = from;
        }
        match to {
            None => return Some(events),
            Some(to) if before(&said_to, &to) => said_to = to,
            Some(_) => {}
        }
    }
    events.push(Event::Introduced(said_to));
    Some(events)
}

/// A requirement of Cargo's, as what lies between two versions: `>= 1.2.3`, `^1.2`, `< 0.3`, `>= 1, < 2`.
fn interval(requirement: &str) -> Option<(Option<String>, Option<String>)> {
    let (mut from, mut to): (Option<String>, Option<String>) = (None, None);
    for part in requirement.split(',').map(str::trim) {
        let version = part.trim_start_matches(['<', '>', '=', '^', '~']).trim();
        let operator = part.get(..part.len() - part.trim_start_matches(['<', '>', '=', '^', '~']).len())?;
        let (core, rest) = version.split_at(version.find(['-', '+']).unwrap_or(version.len()));
        let numbers: Vec<u64> = core.split('.').map(|n| n.parse().ok()).collect::<Option<_>>()?;
        if numbers.is_empty() || numbers.len() > 3 {
            return None;
        }
        let at = |n: usize| numbers.get(n).copied().unwrap_or(0);
        let whole = format!("{}.{}.{}{rest}", at(0), at(1), at(2));
        semver::compare(&whole, &whole).ok()?;
        // The first version after all those that begin like this one: before its own pre-releases.
        let after = |n: usize| {
            let mut next = [at(0), at(1), at(2)];
            next.iter_mut().skip(n).for_each(|number| *number = 0);
            next[n] = numbers.get(n).copied().unwrap_or(0).checked_add(1)?;
            Some(format!("{}.{}.{}-0", next[0], next[1], next[2]))
        };
        let above = || match rest.starts_with('-') {
            true => Some(format!("{whole}.0")),
            false => after(2).map(|_| format!("{}.{}.{}-0", at(0), at(1), at(2).saturating_add(1))),
        };
        match operator {
            ">=" => from = Some(whole),
            ">" => from = Some(above()?),
            "<" => to = Some(whole),
            "<=" => to = Some(above()?),
            "=" => (to, from) = (Some(above()?), Some(whole.clone())),
            "~" => (from, to) = (Some(whole), Some(after(numbers.len().min(2) - 1)?)),
            "" | "^" => {
                // The first number that is not zero stays; `^0.0` keeps two, `^0` one.
                let kept = (0..3).find(|n| at(*n) != 0).unwrap_or(numbers.len().saturating_sub(1));
                (from, to) = (Some(whole), Some(after(kept)?));
            }
            _ => return None,
        }
    }
    Some((from, to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Scheme;

    fn hit(patched: &[&str], unaffected: &[&str], version: &str) -> bool {
        let own = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect();
        let events = range(&Versions { patched: own(patched), unaffected: own(unaffected) }).unwrap();
        Affected { ranges: vec![Range { kind: Kind::Semver, events }], versions: Vec::new() }
            .hits(Scheme::Semver, version)
            .unwrap()
    }

    #[test]
    fn who_is_neither_patched_nor_unaffected_is_hit() {
        let patched = [">= 1.2.0", "^0.9.5"];
        for (version, is_hit) in [
            ("0.9.4", true),
            ("0.9.5", false),
            ("0.9.99", false),
            ("0.10.0", true),
            ("1.1.9", true),
            ("1.2.0", false),
        ] {
            assert_eq!(hit(&patched, &[], version), is_hit, "{version}");
        }
        assert!(!hit(&[">= 1.2.0"], &["< 1.0.0"], "0.9.0"));
        assert!(hit(&[">= 1.2.0"], &["< 1.0.0"], "1.1.0"));
        assert!(
            hit(&[], &[], "5.0.0") && !hit(&[], &["< 5.0.0"], "4.0.0") && hit(&[], &["< 5.0.0"], "5.0.0")
        );
        assert!(!hit(&[">= 0.3.0, < 0.4.0", ">= 0.4.2"], &[], "0.3.7"));
        assert!(hit(&[">= 0.3.0, < 0.4.0", ">= 0.4.2"], &[], "0.4.1"));
        assert!(!hit(&[">= 0.4.2"], &["<= 0.3.9"], "0.3.9") && hit(&[">= 0.4.2"], &["<= 0.3.9"], "0.4.0"));
    }

    #[test]
    fn a_requirement_that_is_none_is_not_guessed_at() {
        assert!(
            interval("something").is_none() && interval("1.*").is_none() && interval("1.2.3.4").is_none()
        );
    }
}
