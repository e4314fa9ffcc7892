//! Records to a file. The same records in the same order give the same bytes.

use super::blocks::{self, push_bytes, push_number};
use super::{ADVISORIES, Index, Meta, Rank, Refused, STRINGS, TEXTS, cve_number};
use crate::affected::{Event, Kind, Lines, Range};
use crate::cvss;
use crate::import::Found;
use crate::matching;
use crate::record::{Label, Layer, Of, Part, Record, Said};
use crate::version::Scheme;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;
use std::sync::Arc;

/// Packages in a bucket, about.
const PACKAGES: usize = 4;
/// CVEs in a bucket, about.
const RANKS: usize = 32;

/// What a database is made of.
#[derive(Default)]
pub struct Builder {
    parts: Vec<(Part, Held)>,
    /// The parts to which this import has added something, by name and layer.
    added: BTreeSet<(String, Layer)>,
}

/// The content of a part, as small as it can be held.
#[derive(Default)]
struct Held {
    records: Vec<Record>,
    exploited: Vec<(String, String)>,
    likely: Vec<(String, u16)>,
    ends: Vec<crate::record::End>,
}

impl Builder {
    /// Takes over what a database holds, but for the parts that `keep` does not want.
    ///
    /// # Errors
    /// If it is damaged.
    pub fn of(index: &Index<'_>, keep: impl Fn(&Part) -> bool) -> Result<Builder, Refused> {
        let mut held: Vec<Held> = index.parts().iter().map(|_| Held::default()).collect();
        for (part, record) in index.records()? {
            held[part].records.push(record);
        }
        for (number, end) in &index.meta.ends {
            if let Some(held) = held.get_mut(*number as usize) {
                held.ends.push(end.clone());
            }
        }
        let place = |name: &str| index.parts().iter().position(|part| part.name == name);
        let (kev, epss) = (place("kev"), place("epss"));
        for (cve, rank) in index.all_ranks()? {
            if let (Some(day), Some(part)) = (rank.exploited, kev) {
                held[part].exploited.push((cve.clone(), day));
            }
            if let (Some(likely), Some(part)) = (rank.likely, epss) {
                held[part].likely.push((cve, likely));
            }
        }
        let parts = index.parts().iter().cloned().zip(held).filter(|(part, _)| keep(part)).collect();
        Ok(Builder { parts, added: BTreeSet::new() })
    }

    /// Adds what was found; it takes the place of a part of the same name and layer that was there before this import, and
    /// joins one of this import.
    pub fn add(&mut self, found: Found) {
        let Found { part, mut records, exploited, likely, ends, settled } = found;
        if !settled {
            records.iter_mut().for_each(settle);
        }
        let mut held = Held { records, exploited, likely, ends };
        let same = |other: &Part| (&other.name, other.layer) == (&part.name, part.layer);
        let joins = !self.added.insert((part.name.clone(), part.layer));
        match self.parts.iter_mut().find(|(other, _)| same(other)) {
            Some((other, old)) if joins => {
                other.newest = std::mem::take(&mut other.newest).max(part.newest);
                other.records += part.records;
                other.withdrawn += part.withdrawn;
                // Both have to cover what both together do: one record more takes nothing away.
                part.whole.into_iter().for_each(|name| {
                    if !other.whole.contains(&name) {
                        other.whole.push(name);
                    }
                });
                old.records.append(&mut held.records);
                old.exploited.append(&mut held.exploited);
                old.likely.append(&mut held.likely);
                old.ends.append(&mut held.ends);
            }
            Some(place) => *place = (part, held),
            None => self.parts.push((part, held)),
        }
    }

    /// Takes over the parts of another; each takes the place of one of the same name and layer.
    pub fn take(&mut self, other: Builder) {
        for (part, held) in other.parts {
            self.remove(&part.name, part.layer);
            self.parts.push((part, held));
        }
    }

    /// The parts so far.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().map(|(part, _)| part)
    }

    /// Notes that a part was found to be as its source has it.
    pub fn still_so(&mut self, name: &str, layer: Layer, taken: i64) {
        let mut parts = self.parts.iter_mut().map(|(part, _)| part);
        if let Some(part) = parts.find(|part| part.name == name && part.layer == layer) {
            part.taken = taken;
        }
    }

    /// Leaves out a part.
    pub fn remove(&mut self, name: &str, layer: Layer) {
        self.parts.retain(|(part, _)| part.name != name || part.layer != layer);
    }

    /// Makes the file.
    pub fn build(mut self) -> Vec<u8> {
        self.parts.sort_by(|(a, _), (b, _)| (a.layer, &a.name).cmp(&(b.layer, &b.name)));
        let mut strings = Strings::default();
        let mut meta = Meta::default();
        let mut packages: BTreeMap<(Arc<str>, Arc<str>), Package> = BTreeMap::new();
        let mut ranks: BTreeMap<u64, Rank> = BTreeMap::new();
        let (mut advisories, mut texts) = (Vec::new(), Vec::new());
        let (mut advisory_blocks, mut text_blocks) = (Vec::new(), Vec::new());
        let mut names: HashMap<String, Arc<str>> = HashMap::new();
        for (number, (part, held)) in self.parts.into_iter().enumerate() {
            meta.parts.push(part);
            meta.ends.extend(held.ends.into_iter().map(|end| (number as u32, end)));
            for (cve, day) in held.exploited {
                if let Some(key) = cve_number(&cve) {
                    ranks.entry(key).or_default().exploited = Some(day);
                }
            }
            for (cve, likely) in held.likely {
                if let Some(key) = cve_number(&cve) {
                    ranks.entry(key).or_default().likely = Some(likely);
                }
            }
            let mut records = held.records;
            records.sort_by(|a, b| (&a.id, &b.modified).cmp(&(&b.id, &a.modified)));
            records.dedup_by(|a, b| a == b);
            for record in records {
                let score = record.vectors.iter().filter_map(|vector| cvss::score(vector)).max();
                let cves = std::iter::once(&record.id).chain(&record.aliases);
                for key in cves.filter_map(|name| cve_number(name)) {
                    if let Some(score) = score {
                        let rank = ranks.entry(key).or_default();
                        rank.score = rank.score.max(Some(score));
                    }
                }
                let advisory = meta.advisories;
                meta.advisories += 1;
                let mut one = Vec::new();
                push_number(&mut one, number as u64);
                push_number(&mut one, record.label.map_or(0, |label| label as u64 + 1));
                push_number(&mut one, strings.number(&record.id));
                for list in [&record.aliases, &record.about, &record.vectors] {
                    strings.push_list(&mut one, list);
                }
                push_bytes(&mut advisories, &one);
                push_bytes(&mut texts, record.summary.as_bytes());
                push_bytes(&mut texts, record.modified.as_bytes());
                if (meta.advisories as usize).is_multiple_of(ADVISORIES) {
                    advisory_blocks.push(std::mem::take(&mut advisories));
                }
                if (meta.advisories as usize).is_multiple_of(TEXTS) {
                    text_blocks.push(deflated(&std::mem::take(&mut texts)));
                }
                let mut affected = record.affected;
                affected.sort_by(|a, b| (&a.ecosystem, &a.name).cmp(&(&b.ecosystem, &b.name)));
                for of in affected {
                    let mut shared = |text: &str| match names.get(text) {
                        Some(name) => name.clone(),
                        None => names.entry(text.to_owned()).or_insert_with(|| text.into()).clone(),
                    };
                    let key =
                        (shared(&of.ecosystem), shared(&matching::ecosystem::name(&of.ecosystem, &of.name)));
                    let package = packages.entry(key).or_default();
                    push_number(&mut package.bytes, u64::from(advisory - package.last));
                    package.last = advisory;
                    push_of(&mut package.bytes, &of, &mut strings);
                }
            }
        }
        if !advisories.is_empty() {
            advisory_blocks.push(advisories);
            text_blocks.push(deflated(&texts));
        } else if !texts.is_empty() {
            text_blocks.push(deflated(&texts));
        }
        let mut package_blocks = vec![Vec::new(); packages.len().div_ceil(PACKAGES)];
        for ((ecosystem, name), package) in packages {
            let hash = blocks::hash(&[&ecosystem, &name]);
            if let Some(bucket) = super::bucket(hash, package_blocks.len()) {
                let to = &mut package_blocks[bucket];
                push_number(to, strings.number(&ecosystem));
                push_number(to, strings.number(&name));
                push_bytes(to, &package.bytes);
            }
        }
        let mut rank_blocks = vec![Vec::new(); ranks.len().div_ceil(RANKS)];
        for (key, rank) in ranks {
            let cve = format!("CVE-{}-{:04}", key >> 40, key & ((1 << 40) - 1));
            if let Some(bucket) = super::bucket(blocks::hash(&[&cve]), rank_blocks.len()) {
                let to = &mut rank_blocks[bucket];
                push_number(to, key);
                let flag = |is: bool, bit: u64| if is { bit } else { 0 };
                push_number(
                    to,
                    flag(rank.exploited.is_some(), 1)
                        | flag(rank.likely.is_some(), 2)
                        | flag(rank.score.is_some(), 4),
                );
                rank.exploited.iter().for_each(|day| push_number(to, strings.number(day)));
                rank.likely.iter().for_each(|likely| push_number(to, u64::from(*likely)));
                rank.score.iter().for_each(|score| push_number(to, u64::from(*score)));
            }
        }
        // Plain data of our own: it is always JSON.
        let meta = serde_json::to_vec(&meta).unwrap_or_default();
        blocks::file([
            vec![meta],
            package_blocks,
            advisory_blocks,
            text_blocks,
            strings.blocks(),
            rank_blocks,
        ])
    }
}

/// Brings a record into the form in which it is held: the same names are written alike.
pub(crate) fn settle(record: &mut Record) {
    for of in &mut record.affected {
        of.name = matching::ecosystem::name(&of.ecosystem, &of.name);
        thin(of);
    }
}

/// Takes out listed versions that a range hits anyway: nothing that is asked has another answer without them.
fn thin(of: &mut Of) {
    let Some(scheme) = Scheme::of_ecosystem(&of.ecosystem) else { return };
    let ranges =
        crate::affected::Affected { ranges: std::mem::take(&mut of.versions.ranges), versions: Vec::new() };
    if !of.versions.versions.is_empty() && ranges.ranges.iter().any(|range| range.kind != Kind::Git) {
        let lines = Lines::of(&ranges.ranges, scheme);
        let is_hit = |version: &str| match &lines {
            Some(lines) => lines.hit(scheme, version) == Some(true),
            None => ranges.hits(scheme, version) == Ok(true),
        };
        of.versions.versions.retain(|version| !is_hit(version));
        of.versions.versions.shrink_to_fit();
    }
    of.versions.ranges = ranges.ranges;
}

#[derive(Default)]
struct Package {
    last: u32,
    bytes: Vec<u8>,
}

fn push_of(to: &mut Vec<u8>, of: &Of, strings: &mut Strings) {
    let simple = match (&of.versions.ranges[..], &of.versions.versions[..]) {
        ([Range { kind: Kind::Ecosystem, events }], []) => match &events[..] {
            [Event::Introduced(from), Event::Fixed(to)] if from == "0" => Some(to),
            _ => None,
        },
        _ => None,
    };
    let more = of.module.is_some() || !of.architectures.is_empty() || !of.systems.is_empty();
    let flags = of.said as u64
        | of.label.map_or(0, |label: Label| label as u64 + 1) << 3
        | if simple.is_some() { 64 } else { 0 }
        | if more { 128 } else { 0 };
    push_number(to, flags);
    match simple {
        Some(fixed) => push_number(to, strings.number(fixed)),
        None => {
            push_number(to, of.versions.ranges.len() as u64);
            for range in &of.versions.ranges {
                push_number(
                    to,
                    match range.kind {
                        Kind::Ecosystem => 0,
                        Kind::Semver => 1,
                        Kind::Git => 2,
                        Kind::Other => 3,
                    },
                );
                push_number(to, range.events.len() as u64);
                for event in &range.events {
                    let (which, at) = match event {
                        Event::Introduced(at) => (0, at),
                        Event::Fixed(at) => (1, at),
                        Event::LastAffected(at) => (2, at),
                        Event::Limit(at) => (3, at),
                    };
                    push_number(to, which);
                    push_number(to, strings.number(at));
                }
            }
            strings.push_list(to, &of.versions.versions);
        }
    }
    if more {
        push_number(to, strings.number(of.module.as_deref().unwrap_or_default()));
        strings.push_list(to, &of.architectures);
        strings.push_list(to, &of.systems);
    }
    debug_assert!(Said::Unread as u64 <= 7);
}

fn deflated(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::new(6));
    // To write into memory does not fail.
    let _ = encoder.write_all(text);
    encoder.finish().unwrap_or_default()
}

/// Every text once, by number.
#[derive(Default)]
struct Strings {
    numbers: HashMap<Arc<str>, u64>,
    all: Vec<Arc<str>>,
}

impl Strings {
    fn number(&mut self, text: &str) -> u64 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let (number, text): (u64, Arc<str>) = (self.all.len() as u64, text.into());
        self.all.push(text.clone());
        self.numbers.insert(text, number);
        number
    }

    fn push_list(&mut self, to: &mut Vec<u8>, texts: &[String]) {
        push_number(to, texts.len() as u64);
        texts.iter().for_each(|text| push_number(to, self.number(text)));
    }

    fn blocks(self) -> Vec<Vec<u8>> {
        let block = |texts: &[Arc<str>]| {
            let mut block = Vec::new();
            texts.iter().for_each(|text| push_bytes(&mut block, text.as_bytes()));
            block
        };
        self.all.chunks(STRINGS).map(block).collect()
    }
}
