//! The packages that apk has installed, and their files: records of lines `KEY:VALUE`.

use super::{File, Found, mark};
use tyrian_model::packages::{Kind, Package, Source};

#[derive(Default)]
struct Record<'a> {
    name: Option<&'a str>,
    version: Option<&'a str>,
    architecture: Option<&'a str>,
    licence: Option<&'a str>,
    origin: Option<&'a str>,
    folder: &'a str,
    files: Vec<u64>,
    begins: usize,
    any: bool,
}

/// The packages of `lib/apk/db/installed`.
pub(super) fn read(file: &File<'_>) -> Found {
    let text = String::from_utf8_lossy(file.bytes);
    let mut found = Found::default();
    let mut record = Record::default();
    for (number, line) in text.lines().enumerate() {
        let Some((key, value)) = line.split_once(':') else {
            end(file, std::mem::take(&mut record), &mut found);
            continue;
        };
        if !record.any {
            (record.any, record.begins) = (true, number);
        }
        match key {
            "P" => record.name = Some(value),
            "V" => record.version = Some(value),
            "A" => record.architecture = Some(value),
            "L" => record.licence = Some(value),
            "o" => record.origin = Some(value),
            "F" => record.folder = value,
            "R" if record.folder.is_empty() => record.files.push(mark(value)),
            "R" => record.files.push(mark(&format!("{}/{value}", record.folder))),
            _ => {}
        }
    }
    end(file, record, &mut found);
    if found.packages.is_empty() && found.gaps.is_empty() && !text.trim().is_empty() {
        found.gaps.push(file.malformed("", "it names no package"));
    }
    found.owned.sort_unstable();
    found
}

fn end(file: &File<'_>, record: Record<'_>, found: &mut Found) {
    if !record.any {
        return;
    }
    let set = |value: Option<&str>| value.filter(|value| !value.is_empty()).map(str::to_owned);
    let (Some(name), Some(version)) = (set(record.name), set(record.version)) else {
        let at = (record.begins + 1).to_string();
        found.gaps.push(file.malformed(&at, "a package without name or version"));
        return;
    };
    let owner = u32::try_from(found.owners.len()).unwrap_or(u32::MAX);
    found.owners.push(name.clone());
    found.owned.extend(record.files.into_iter().map(|path| (path, owner)));
    let mut package = Package::new(Kind::Apk, name, Some(version), file.path);
    package.architecture = set(record.architecture);
    package.licence = set(record.licence);
    // It is built as one with all of its source.
    package.source = set(record.origin)
        .filter(|origin| *origin != package.name)
        .map(|name| Source { name, version: package.version.clone() });
    package.line = super::line(record.begins);
    found.packages.push(package);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, labels};
    use super::*;

    #[test]
    fn records_end_at_empty_lines() {
        let text = "C:Q1abc=\nP:musl\nV:1.2.4-r2\nA:x86_64\nL:MIT\no:musl\nF:lib\nR:ld-musl-x86_64.so.1\n\n\
                    P:ssl_client\nV:1.36.1-r15\no:busybox\nF:usr/bin\nR:ssl_client\n\nP:broken\n";
        let found = read(&file("/lib/apk/db/installed", text));
        assert_eq!(labels(&found), ["musl 1.2.4-r2", "ssl_client 1.36.1-r15"]);
        assert_eq!(found.packages[0].source, None);
        assert_eq!(found.packages[1].source.as_ref().unwrap().name, "busybox");
        let owner = |path| found.owned.iter().find(|(mark, _)| *mark == super::mark(path)).unwrap().1;
        assert_eq!(found.owners[owner("/usr/bin/ssl_client") as usize], "ssl_client");
        assert!(found.gaps[0].what.contains(":16:"), "{:?}", found.gaps);
    }
}
