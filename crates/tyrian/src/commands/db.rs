//! `tyrian db`: import, export, status; [`super::db_update`] has the rest.

use crate::cli::{DbCommand, StatusFormat};
use crate::commands::db_update;
use crate::database::{self, Mapped};
use crate::progress::Progress;
use crate::{Failure, exit, output};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use tyrian_advisory::import;
use tyrian_advisory::index::{Builder, Index};
use tyrian_advisory::record::{Layer, Part};
use tyrian_report::text::clean;

/// The largest source that is read, in bytes.
const MOST_BYTES: u64 = 2 << 30;
/// How deep folders are looked into, and how many files are read.
const MOST_DEPTH: usize = 8;
const MOST_FILES: usize = 2_000_000;

pub(crate) fn run(command: &DbCommand) -> Result<u8, Failure> {
    match command {
        DbCommand::Import { paths, layer, whole, quiet, place } => {
            let file = database::place(place.db.as_deref())?;
            let progress = Progress::new(*quiet);
            let said = import_all(&file, paths, (*layer).into(), whole, &progress)?;
            drop(progress);
            anstream::eprint!("{said}");
        }
        DbCommand::Update { mirror, ecosystem, whole, quiet, place } => {
            let file = database::place(place.db.as_deref())?;
            let progress = Progress::new(*quiet);
            let said = db_update::run(&file, mirror.as_deref(), ecosystem, whole, &progress)?;
            drop(progress);
            anstream::eprint!("{}", clean(&said).replace("\\u{a}", "\n"));
        }
        DbCommand::Export { file: to, place } => {
            let file = database::place(place.db.as_deref())?;
            let mapped = there(&file)?;
            mapped.index(&file)?.verify().map_err(|refused| database::said(&file, &refused))?;
            // What is given on may be half written where that is interrupted: it is refused there by its sum.
            std::fs::write(to, mapped.bytes())
                .map_err(|error| Failure::new(exit::USAGE, format!("{}: {error}", to.display())))?;
        }
        DbCommand::Status { format, place } => {
            let file = database::place(place.db.as_deref())?;
            let mapped = there(&file)?;
            let index = mapped.index(&file)?;
            index.verify().map_err(|refused| database::said(&file, &refused))?;
            output::print(&status(&file, mapped.bytes().len(), &index, *format));
        }
    }
    Ok(0)
}

fn there(file: &Path) -> Result<Mapped, Failure> {
    let none = || {
        let what = format!(
            "there is no advisory database at {}: `tyrian db update` or `tyrian db import PATH` makes one",
            file.display()
        );
        Failure::new(exit::NOTHING, what)
    };
    Mapped::open(file)?.ok_or_else(none)
}

fn import_all(
    file: &Path,
    paths: &[PathBuf],
    layer: Layer,
    whole: &[String],
    progress: &Progress,
) -> Result<String, Failure> {
    let mut out = String::new();
    database::change(file, |builder| {
        let now = jiff::Timestamp::now().as_second();
        for path in paths {
            let sources = sources(path)?;
            if sources.is_empty() {
                let what = format!("{}: no advisory data in it", path.display());
                return Err(Failure::new(exit::NOTHING, what));
            }
            for source in sources {
                progress.now(&format!("importing {}", source.display()));
                take(builder, &source, layer, whole, now)?;
            }
        }
        for part in builder.parts().filter(|part| part.taken == now && part.layer == layer) {
            let _ = writeln!(out, "{}: {} records", clean(&part.name), part.records);
        }
        Ok(true)
    })?;
    Ok(out)
}

/// Reads one file into the database.
fn take(
    builder: &mut Builder,
    source: &Path,
    layer: Layer,
    whole: &[String],
    now: i64,
) -> Result<(), Failure> {
    let failure = |what: String| {
        Failure::new(exit::USAGE, format!("{what}; nothing was imported, the database is as it was"))
    };
    let bytes = crate::scan::bytes(source, MOST_BYTES)
        .map_err(|what| failure(format!("{}: {what}", source.display())))?;
    if bytes.starts_with(b"tyrianDB") {
        let other = Index::open(&bytes).and_then(|index| {
            index.verify()?;
            Builder::of(&index, |_| true)
        });
        let other = other.map_err(|refused| failure(format!("{}: {refused}", source.display())))?;
        builder.take(other);
        return Ok(());
    }
    let full = source.canonicalize().unwrap_or_else(|_| source.to_owned());
    // The folder may name the ecosystem.
    let name: Vec<_> = full.iter().rev().take(2).map(|part| part.to_string_lossy()).collect();
    let name: Vec<&str> = name.iter().rev().map(|part| &**part).collect();
    let mut found = import::file(&name.join("/"), &bytes).map_err(|refused| failure(refused.to_string()))?;
    found.part.layer = layer;
    found.part.taken = now;
    found.part.origin = source.display().to_string();
    whole.iter().for_each(|ecosystem| found.covers_whole(ecosystem));
    builder.add(found);
    Ok(())
}

/// The sources that a path names: itself, or the files below it that may be some, in order.
fn sources(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failure = |path: &Path, error: std::io::Error| {
        Failure::new(exit::USAGE, format!("{}: {error}", path.display()))
    };
    if !path.metadata().map_err(|error| failure(path, error))?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let (mut found, mut folders) = (Vec::new(), vec![(path.to_owned(), 0)]);
    while let Some((folder, depth)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|error| failure(&folder, error))? {
            let entry = entry.map_err(|error| failure(&folder, error))?;
            let (path, name) = (entry.path(), entry.file_name());
            let kind = entry.file_type().map_err(|error| failure(&path, error))?;
            let is_hidden = name.as_encoded_bytes().starts_with(b".");
            if kind.is_dir() && !is_hidden && depth < MOST_DEPTH {
                folders.push((path, depth + 1));
            } else if kind.is_file() && !is_hidden && import::is_candidate(&name.to_string_lossy()) {
                found.push(path);
            }
            if found.len() > MOST_FILES {
                let what = format!("{}: more than {MOST_FILES} files", path_of(&folder));
                return Err(Failure::new(exit::USAGE, what));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn path_of(path: &Path) -> String {
    path.display().to_string()
}

/// Age and source of each part.
fn status(file: &Path, size: usize, index: &Index<'_>, format: StatusFormat) -> String {
    let now = jiff::Timestamp::now().as_second();
    let days = |part: &Part| (now - part.taken).max(0) / 86_400;
    if format == StatusFormat::Json {
        let parts: Vec<_> = index
            .parts()
            .iter()
            .map(|part| {
                serde_json::json!({
                    "name": part.name, "layer": part.layer, "origin": part.origin, "taken": part.taken,
                    "age_days": days(part), "newest": (!part.newest.is_empty()).then_some(&part.newest),
                    "records": part.records, "withdrawn": part.withdrawn, "covers_whole": part.whole,
                })
            })
            .collect();
        let all = serde_json::json!({
            "file": file.display().to_string(), "bytes": size, "sha256": index.digest(),
            "advisories": index.len(), "parts": parts,
        });
        return format!("{all:#}\n");
    }
    let mut out = format!("{}: {} advisories, {} KiB\n", clean(&path_of(file)), index.len(), size / 1024);
    for part in index.parts() {
        let newest = if part.newest.is_empty() { "no day said" } else { &part.newest };
        let covers = match part.whole.is_empty() {
            true => "the packages that it names".to_owned(),
            false => part.whole.join(", "),
        };
        let own = if part.layer == Layer::Own { " (own)" } else { "" };
        let _ = writeln!(
            out,
            "  {}{own}: {} records, the youngest of {newest}, imported {} days ago from {}; covers {}",
            clean(&part.name),
            part.records,
            days(part),
            clean(&part.origin),
            clean(&covers)
        );
    }
    out
}
