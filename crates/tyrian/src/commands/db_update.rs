//! `tyrian db update`: from the public export, or from a mirror of it.

use crate::database;
use crate::fetch::{self, Fetched};
use crate::progress::Progress;
use crate::{Failure, exit};
use std::path::Path;
use tyrian_advisory::import;
use tyrian_advisory::index::Builder;
use tyrian_advisory::record::{Layer, Part};

/// The public export of OSV.
const EXPORT: &str = "https://osv-vulnerabilities.storage.googleapis.com";
/// What is fetched beside it, by the name that a mirror has it under: known exploited vulnerabilities, how likely
/// others are, and ends of support.
const TABLES: [(&str, &str); 4] = [
    ("kev.json", "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"),
    ("epss.csv.gz", "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"),
    ("eol/debian.json", "https://endoflife.date/api/debian.json"),
    ("eol/alpine.json", "https://endoflife.date/api/alpine.json"),
];
/// The ecosystems, unless others are asked for.
const ECOSYSTEMS: [&str; 13] = [
    "AlmaLinux",
    "Alpine",
    "crates.io",
    "Debian",
    "Go",
    "Maven",
    "npm",
    "NuGet",
    "Packagist",
    "PyPI",
    "Rocky Linux",
    "RubyGems",
    "Ubuntu",
];

/// Brings the public part of a database up to date. Nothing is taken over unless all of it came whole.
pub(crate) fn run(
    file: &Path,
    mirror: Option<&str>,
    ecosystems: &[String],
    whole: &[String],
    progress: &Progress,
) -> Result<String, Failure> {
    let mut out = String::new();
    database::change(file, |builder| {
        let now = jiff::Timestamp::now().as_second();
        let agent = fetch::agent();
        let base = mirror.unwrap_or(EXPORT).trim_end_matches('/');
        let named: Vec<&str> = match ecosystems.is_empty() {
            true => ECOSYSTEMS.to_vec(),
            false => ecosystems.iter().map(String::as_str).collect(),
        };
        let mut sources: Vec<(String, String)> = named
            .iter()
            .map(|name| (format!("{name}/all.zip"), format!("{base}/{}/all.zip", name.replace(' ', "%20"))))
            .collect();
        sources.extend(TABLES.iter().map(|(name, url)| {
            ((*name).to_owned(), mirror.map_or((*url).to_owned(), |_| format!("{base}/{name}")))
        }));
        let mut changes = 0;
        for (name, url) in sources {
            progress.now(&format!("fetching {url}"));
            let known = builder.parts().find(|part| part.layer == Layer::Public && part.origin == url);
            let known = known.map(|part| (part.name.clone(), part.etag.clone()));
            let etag = known.as_ref().map(|(_, etag)| etag.as_str()).unwrap_or_default();
            let failure = |what: String| {
                Failure::new(exit::USAGE, format!("{what}; nothing was changed, the database is as it was"))
            };
            match fetch::file(&agent, &url, etag).map_err(failure)? {
                Fetched::Unchanged => {
                    if let Some((part, _)) = &known {
                        builder.still_so(part, Layer::Public, now);
                        out.push_str(&format!("{part}: as it was\n"));
                        changes += 1;
                    }
                }
                Fetched::Missing if mirror.is_some() => {
                    // A mirror has what it has, but what was asked for by name has to be there.
                    if ecosystems.iter().any(|asked| name == format!("{asked}/all.zip")) {
                        return Err(failure(format!("{url}: there is none")));
                    }
                    out.push_str(&format!("{name}: the mirror has none\n"));
                }
                Fetched::Missing => return Err(failure(format!("{url}: there is none"))),
                Fetched::New { bytes, etag } => {
                    if mirror.is_some()
                        && let Fetched::New { bytes: sums, .. } =
                            fetch::file(&agent, &format!("{url}.sha256"), "").map_err(failure)?
                    {
                        fetch::checked(&bytes, &sums).map_err(|what| failure(format!("{url}: {what}")))?;
                    }
                    progress.now(&format!("importing {name}"));
                    let part = take(builder, &name, &url, &etag, &bytes, mirror.is_none(), whole, now)
                        .map_err(failure)?;
                    out.push_str(&format!("{}: {} records\n", part.name, part.records));
                    changes += 1;
                }
            }
        }
        if changes == 0 {
            return Err(Failure::new(exit::NOTHING, format!("{base}: no advisory data there")));
        }
        Ok(true)
    })?;
    Ok(out)
}

#[allow(clippy::too_many_arguments)] // what a part is made of
fn take(
    builder: &mut Builder,
    name: &str,
    url: &str,
    etag: &str,
    bytes: &[u8],
    is_export: bool,
    whole: &[String],
    now: i64,
) -> Result<Part, String> {
    let mut found = import::file(name, bytes).map_err(|refused| refused.to_string())?;
    found.part.layer = Layer::Public;
    found.part.taken = now;
    found.part.origin = url.to_owned();
    found.part.etag = etag.to_owned();
    if is_export {
        found.covers_whole("");
    }
    whole.iter().for_each(|ecosystem| found.covers_whole(ecosystem));
    let part = found.part.clone();
    builder.add(found);
    Ok(part)
}
