//! Sources to records: bytes in, [`Found`] out, one format a file. What a source says and what is not understood is
//! kept as such; a file that is none of the formats, or that breaks off, is refused whole and by name.

mod debian;
mod endoflife;
mod epss;
mod kev;
mod osv;
mod rustsec;
mod secdb;
mod tar;
mod zip;

use crate::record::{End, Part, Record};
use std::fmt;

/// The most bytes that one file unpacks to.
const MOST_BYTES: usize = 2 << 30;

/// The most bytes that one record has.
const MOST_RECORD: usize = 16 << 20;

/// What is in a source.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Who says it; layer, origin and time are the caller's to fill in.
    pub part: Part,
    /// Advisories.
    pub records: Vec<Record>,
    /// Vulnerabilities that are exploited, and the day that became known.
    pub exploited: Vec<(String, String)>,
    /// How likely a vulnerability is exploited in the next 30 days, in 1/65535.
    pub likely: Vec<(String, u16)>,
    /// Ends of support.
    pub ends: Vec<End>,
    /// Are the records in the form in which a database holds them?
    pub settled: bool,
}

/// A source that is not taken, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

/// Whether a file of that name may be a source: others of a folder are passed over.
pub fn is_candidate(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let file = name.rsplit('/').next().unwrap_or(&name);
    [".json", ".json.gz", ".zip", ".tar.gz", ".tgz", ".csv", ".csv.gz"].iter().any(|end| file.ends_with(end))
        || file.starts_with("rustsec-") && file.ends_with(".md")
}

/// Reads one file. Its name, relative to what was asked for, helps to tell the formats apart: the folder of an
/// `all.zip` is the ecosystem.
///
/// # Errors
/// If it is none of the formats, or broken anywhere.
pub fn file(name: &str, bytes: &[u8]) -> Result<Found, Refused> {
    let lower = name.to_ascii_lowercase();
    let refused = |what: String| Refused(format!("{name}: {what}"));
    if lower.ends_with(".zip") {
        return osv::zip(name, bytes).map_err(refused);
    }
    if lower.ends_with(".tar.gz") || lower.ends_with(".tgz") {
        return rustsec::archive(&gunzip(bytes).map_err(refused)?).map_err(refused);
    }
    if let Some(inner) = lower.strip_suffix(".gz") {
        return plain(inner, &gunzip(bytes).map_err(refused)?).map_err(refused);
    }
    plain(&lower, bytes).map_err(refused)
}

fn plain(name: &str, bytes: &[u8]) -> Result<Found, String> {
    if name.ends_with(".md") {
        return rustsec::one(bytes);
    }
    if name.ends_with(".csv") {
        return epss::read(bytes);
    }
    let stem = name.rsplit('/').next().unwrap_or(name).trim_end_matches(".json");
    match Shape::of(bytes)? {
        Shape::Osv => osv::one(bytes),
        Shape::Kev => kev::read(bytes),
        Shape::Secdb => secdb::read(bytes),
        Shape::Cycles => endoflife::read(stem, bytes),
        Shape::Tracker => debian::read(bytes),
    }
}

/// What a JSON file is.
enum Shape {
    Osv,
    Kev,
    Secdb,
    Cycles,
    Tracker,
}

impl Shape {
    /// By its first keys: a file of a gigabyte is not read twice.
    fn of(bytes: &[u8]) -> Result<Shape, String> {
        let text = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
        let start = text.iter().position(|byte| !byte.is_ascii_whitespace());
        match start.and_then(|at| text.get(at)) {
            Some(b'[') => return Ok(Shape::Cycles),
            Some(b'{') => {}
            _ => return Err("not JSON".into()),
        }
        let has = |key: &str| contains(text, format!("\"{key}\"").as_bytes());
        if has("catalogVersion") || has("cveID") {
            return Ok(Shape::Kev);
        }
        if has("distroversion") || has("reponame") || has("secfixes") {
            return Ok(Shape::Secdb);
        }
        if has("releases") && (has("repositories") || has("scope") || has("status")) {
            return Ok(Shape::Tracker);
        }
        let whole = |key: &str| contains(bytes, format!("\"{key}\"").as_bytes());
        if bytes.len() <= MOST_RECORD && whole("id") && (whole("affected") || whole("modified")) {
            return Ok(Shape::Osv);
        }
        Err("none of the formats that are known: OSV, Alpine secdb, Debian's tracker, KEV, EPSS, end-of-life"
            .into())
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

fn gunzip(bytes: &[u8]) -> Result<Vec<u8>, String> {
    use std::io::Read;
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .take(MOST_BYTES as u64 + 1)
        .read_to_end(&mut out)
        .map_err(|error| format!("broken gzip: {error}"))?;
    if out.len() > MOST_BYTES {
        return Err(format!("unpacks to more than {} MiB", MOST_BYTES >> 20));
    }
    Ok(out)
}

/// The day of a time, `2026-08-31`; empty for what is none or before 1990.
fn day(time: &str) -> String {
    let day = time.get(..10).unwrap_or_default();
    let is_day = day.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if is_day && day > "1990" { day.to_owned() } else { String::new() }
}

/// One line of at most 200 characters without control characters.
fn line(text: &str) -> String {
    let first = text.lines().map(|line| line.trim_start_matches('#').trim()).find(|line| !line.is_empty());
    let mut out: String = first.unwrap_or_default().chars().filter(|c| !c.is_control()).take(201).collect();
    if out.chars().count() > 200 {
        out.pop();
        while out.chars().next_back().is_some_and(|c| !c.is_whitespace()) && out.chars().count() > 150 {
            out.pop();
        }
        out.truncate(out.trim_end().len());
        out.push('…');
    }
    out
}

impl Found {
    /// Says that the source covers that ecosystem whole, as far as it names its releases; an empty name: all of its
    /// ecosystems.
    pub fn covers_whole(&mut self, ecosystem: &str) {
        let is = |name: &str| {
            ecosystem.is_empty()
                || name.strip_prefix(ecosystem).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        let named = self.records.iter().flat_map(|record| &record.affected).map(|of| &of.ecosystem);
        let mut all: std::collections::BTreeSet<String> = named.filter(|name| is(name)).cloned().collect();
        all.extend(self.part.whole.drain(..));
        self.part.whole = all.into_iter().collect();
    }

    /// Notes the youngest day of its records and their number.
    fn counted(mut self) -> Self {
        if let Some(newest) = self.records.iter().map(|record| &record.modified).max() {
            self.part.newest = newest.clone();
        }
        self.part.records =
            (self.records.len() + self.exploited.len() + self.likely.len() + self.ends.len()) as u64;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_becomes_one_line() {
        assert_eq!(line("\n# A fault\nmore"), "A fault");
        assert_eq!(line("a\u{1b}[31mb"), "a[31mb");
        let long = line(&"word ".repeat(100));
        assert!(long.chars().count() <= 201 && long.ends_with("word…"), "{long}");
        assert_eq!(day("2026-08-31T00:00:00Z"), "2026-08-31");
        assert_eq!((day("0001-01-01T00:00:00Z"), day("now")), (String::new(), String::new()));
    }

    #[test]
    fn what_is_no_source_is_refused_by_name() {
        for (name, bytes) in [
            ("a.json", &b"{}"[..]),
            ("b.json", b"nothing"),
            ("c.zip", b"PK"),
            ("d.csv", b"a,b\n1,2\n"),
            ("e.tar.gz", b"\x1f\x8b"),
            ("f.md", b"# text"),
            ("g.json", b"{\"id\": \"A\", \"affected\": ["),
        ] {
            let refused = file(name, bytes).unwrap_err();
            assert!(refused.0.starts_with(name), "{refused}");
        }
    }
}
