//! Java archives: the coordinates that Maven wrote into them, also of what was shaded into one, and of archives
//! inside of archives; without any, what the manifest or the file's name says.

use super::{File, Found, zip};
use std::collections::BTreeSet;
use tyrian_model::packages::{Kind, Package};

/// How deep archives may lie in each other.
const DEEPEST: usize = 4;
/// The largest `pom.properties` or manifest, in bytes.
const LARGEST_TEXT: u64 = 1 << 20;
/// How much archives inside of one may unpack to together, in bytes.
const MOST: u64 = 256 << 20;

/// The artifacts of an archive.
pub(super) fn read(file: &File<'_>) -> Found {
    let mut found = Found::default();
    let mut left = MOST;
    archive(file, file.path, file.bytes, DEEPEST, &mut left, &mut found);
    found
}

fn is_archive(name: &str) -> bool {
    [".jar", ".war", ".ear"].iter().any(|end| name.ends_with(end))
}
fn is_properties(name: &str) -> bool {
    name == "pom.properties" || name.ends_with("/pom.properties")
}
const MANIFEST: &str = "META-INF/MANIFEST.MF";

fn archive(file: &File<'_>, place: &str, bytes: &[u8], depth: usize, left: &mut u64, found: &mut Found) {
    let broken = |what: &str| File { path: place, ..*file }.malformed("", what);
    let wanted = |name: &str| is_archive(name) || is_properties(name) || name == MANIFEST;
    let members = match zip::members(bytes, wanted) {
        Ok(members) => members,
        Err(what) => return found.gaps.push(broken(what)),
    };
    let stem = place.rsplit(['/', '!']).next().unwrap_or_default();
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    let (mut own, mut manifest) = (Vec::new(), String::new());
    let mut seen = BTreeSet::new();
    for member in &members {
        if is_archive(&member.name) {
            let below = format!("{place}!{}", member.name);
            if depth == 0 {
                found.gaps.push(broken("archives lie in each other too deep; the inner ones are not read"));
                continue;
            }
            match member.content(*left) {
                Ok(bytes) => {
                    *left = left.saturating_sub(bytes.len() as u64);
                    archive(file, &below, &bytes, depth - 1, left, found);
                }
                Err(what) => found.gaps.push(broken(what)),
            }
            continue;
        }
        let text = match member.content(LARGEST_TEXT) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(what) => {
                found.gaps.push(broken(what));
                continue;
            }
        };
        if member.name == MANIFEST {
            manifest = text;
            continue;
        }
        if let Some(package) = properties(&text, place)
            && seen.insert(package.label())
        {
            own.push(package);
        }
    }
    if own.is_empty() {
        own.extend(by_manifest(&manifest, stem, place));
    }
    found.packages.extend(own);
}

/// `groupId`, `artifactId` and `version` of a `pom.properties`.
fn properties(text: &str, place: &str) -> Option<Package> {
    let value = |key: &str| {
        let mut values =
            text.lines().filter_map(|line| line.trim().strip_prefix(key)?.trim_start().strip_prefix('='));
        values.next().map(str::trim).filter(|value| !value.is_empty() && !value.contains("${"))
    };
    let (group, artifact) = (value("groupId")?, value("artifactId")?);
    Some(Package::new(Kind::Maven, format!("{group}:{artifact}"), value("version").map(str::to_owned), place))
}

/// What the manifest says, with the name and version that the file's name has. The group is what a bundle calls
/// itself, or its vendor's id; without one the ecosystem is left open, for the name alone is not unique.
fn by_manifest(manifest: &str, stem: &str, place: &str) -> Option<Package> {
    // A line that begins with a space goes on from the one before; the first section is the archive's own.
    let unfolded = manifest.replace("\r\n", "\n").replace("\n ", "");
    let head = unfolded.split("\n\n").next().unwrap_or_default();
    let value = |key: &str| {
        let mut values = head.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        let value = values.next().map(str::trim).filter(|value| !value.is_empty() && !value.contains("${"));
        // `a.b;singleton:=true`
        value.map(|value| value.split(';').next().unwrap_or(value).trim().to_owned())
    };
    let (name, of_name) = split(stem);
    let version = of_name
        .map(str::to_owned)
        .or_else(|| value("Implementation-Version"))
        .or_else(|| value("Bundle-Version"));
    let symbolic = value("Bundle-SymbolicName").or_else(|| value("Automatic-Module-Name"));
    let group = value("Implementation-Vendor-Id").or_else(|| {
        // `org.slf4j.slf4j-api`, or only the group of `commons-io` and the like: `org.apache.commons.commons-io`.
        let symbolic = symbolic?;
        symbolic.strip_suffix(name)?.strip_suffix('.').map(str::to_owned)
    });
    if name.is_empty() || version.is_none() && manifest.is_empty() {
        return None;
    }
    let known = group.filter(|group| !group.contains([' ', ':', '/']));
    let name = known.as_ref().map_or_else(|| name.to_owned(), |group| format!("{group}:{name}"));
    let mut package = Package::new(Kind::Maven, name, version, place);
    if known.is_none() {
        package.ecosystem = None;
    }
    package.licence = value("Bundle-License");
    Some(package)
}

/// `slf4j-api-2.0.9` as name and version: the version begins at the first number behind a dash.
fn split(stem: &str) -> (&str, Option<&str>) {
    let at = stem.match_indices('-').find(|(at, _)| stem[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    match at {
        Some((at, _)) => (&stem[..at], Some(&stem[at + 1..])),
        None => (stem, None),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::tests::{bytes, labels};
    use super::*;

    /// An archive whose members are stored or, where the name is marked with `*`, deflated.
    pub(in super::super) fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut out, mut list) = (Vec::new(), Vec::new());
        for (name, content) in members {
            let (name, method, packed) = match name.strip_prefix('*') {
                Some(name) => {
                    let mut encoder =
                        flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
                    std::io::Write::write_all(&mut encoder, content).unwrap();
                    (name, 8_u16, encoder.finish().unwrap())
                }
                None => (*name, 0, content.to_vec()),
            };
            let place = out.len() as u32;
            let mut common = method.to_le_bytes().to_vec();
            common.extend([0; 8]);
            common.extend((packed.len() as u32).to_le_bytes());
            common.extend((content.len() as u32).to_le_bytes());
            common.extend((name.len() as u16).to_le_bytes());
            common.extend([0, 0]);
            out.extend(b"PK\x03\x04\x14\0\0\0");
            out.extend(&common);
            out.extend(name.as_bytes());
            out.extend(&packed);
            list.extend(b"PK\x01\x02\x14\0\x14\0\0\0");
            list.extend(&common);
            list.extend([0; 10]);
            list.extend(place.to_le_bytes());
            list.extend(name.as_bytes());
        }
        let start = out.len() as u32;
        out.extend(&list);
        out.extend(b"PK\x05\x06\0\0\0\0");
        out.extend((members.len() as u16).to_le_bytes());
        out.extend((members.len() as u16).to_le_bytes());
        out.extend((list.len() as u32).to_le_bytes());
        out.extend(start.to_le_bytes());
        out.extend([0, 0]);
        out
    }

    #[test]
    fn shaded_and_nested_artifacts_are_found() {
        let properties = |group: &str, name: &str| {
            format!("#Generated\nversion=1.2\ngroupId={group}\nartifactId={name}\n")
        };
        let inner = zip_of(&[
            ("*META-INF/maven/g/inner/pom.properties", properties("g", "inner").as_bytes()),
            ("META-INF/maven/s/shaded/pom.properties", properties("s", "shaded").as_bytes()),
        ]);
        let plain = zip_of(&[(
            "META-INF/MANIFEST.MF",
            b"Manifest-Version: 1.0\r\nBundle-SymbolicName: org.sl\r\n f4j.slf4j-api\r\n",
        )]);
        let outer = zip_of(&[
            ("BOOT-INF/lib/inner-1.2.jar", &inner),
            ("*BOOT-INF/lib/slf4j-api-2.0.9.jar", &plain),
            ("META-INF/MANIFEST.MF", b"Implementation-Version: 3.0\n\nName: x\n"),
            ("a/B.class", b"x"),
        ]);
        let found = read(&bytes("/app/shop.jar", &outer));
        assert_eq!(labels(&found), ["g:inner 1.2", "s:shaded 1.2", "org.slf4j:slf4j-api 2.0.9", "shop 3.0"]);
        assert_eq!(found.packages[0].place, "/app/shop.jar!BOOT-INF/lib/inner-1.2.jar");
        assert_eq!((&found.packages[3].ecosystem, found.gaps.len()), (&None, 0));
        for end in 0..outer.len() {
            assert_eq!(read(&bytes("/app/shop.jar", &outer[..end])).gaps.len(), 1);
        }
    }

    #[test]
    fn archives_in_archives_end() {
        let mut archive = zip_of(&[("META-INF/MANIFEST.MF", b"")]);
        for _ in 0..10 {
            archive = zip_of(&[("a.jar", &archive)]);
        }
        assert!(read(&bytes("/a.jar", &archive)).gaps[0].what.contains("too deep"));
    }
}
