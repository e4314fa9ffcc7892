//! Programs: what Go or Rust wrote into them, and for well-known ones the version that they print themselves.

use super::elf::Elf;
use super::{File, Found, go_binary, rust_binary};
use regex::bytes::Regex;
use std::sync::LazyLock;
use tyrian_model::packages::{Kind, Package};

/// A well-known program: the beginnings of its file's name, its name as a package, and where its version stands.
/// What follows such a beginning in the name is nothing, or numbers and dots.
const KNOWN: &[(&[&str], &str, &str)] = &[
    (&["busybox"], "busybox", r"BusyBox v(\d+\.\d+(?:\.\d+)?)"),
    (
        &["openssl", "libcrypto.so", "libssl.so"],
        "openssl",
        r"\x00OpenSSL (\d+\.\d+\.\d+[a-z]?) \d+ [A-Z][a-z]+ \d{4}",
    ),
    (&["node"], "node", r"node\.js/v(\d+\.\d+\.\d+)"),
    (&["node"], "node", r"node-v(\d+\.\d+\.\d+)\.tar"),
    (&["python", "libpython"], "python", r"\x00(\d\.\d+\.\d+(?:(?:a|b|rc)\d+)?\+?)\x00"),
    (&["nginx"], "nginx", r"nginx/(\d+\.\d+\.\d+)"),
    (&["redis-server", "redis-cli"], "redis", r"\x00([1-9]\.\d{1,2}\.\d{1,2})\x00"),
    (&["curl", "libcurl.so"], "curl", r"(?:lib)?curl/(\d+\.\d+\.\d+)"),
    (&["httpd", "apache2"], "httpd", r"Apache/(\d+\.\d+\.\d+)"),
    (&["java"], "java", r"\x00(\d{2,}\.\d+\.\d+(?:\.\d+)?\+\d+)[-\x00]"),
];

/// Is the file named like a library that is looked at for its version?
pub(super) fn is_known(name: &str) -> bool {
    KNOWN.iter().any(|(stems, _, _)| stems.iter().any(|stem| is_named(name, stem)))
}

fn is_named(name: &str, stem: &str) -> bool {
    // `libpython3.11.so.1.0`
    let rest = name.strip_prefix(stem).map(|rest| rest.replace(".so", ""));
    rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// What the program tells; nothing for one that tells nothing, and for what is no program.
pub(super) fn read(file: &File<'_>) -> Found {
    let Some(elf) = Elf::new(file.bytes) else { return Found::default() };
    if let Some(found) = go_binary::read(file, &elf) {
        return found;
    }
    let mut found = rust_binary::read(file, &elf).unwrap_or_default();
    found.packages.extend(known(file));
    found
}

fn known(file: &File<'_>) -> Option<Package> {
    let mut search = Search::new(file.path);
    search.look(file.bytes);
    search.found(file.path)
}

/// A search for the version of a well-known program, part by part.
pub(super) struct Search {
    /// What is looked for, by the index of the entry, and the versions that were seen: two are as good as many.
    seen: Vec<(usize, Vec<Vec<u8>>)>,
}

impl Search {
    /// A search for what goes by that name, which may be nothing.
    pub(super) fn new(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or_default();
        let named = |stems: &[&str]| stems.iter().any(|stem| is_named(name, stem));
        let known = KNOWN.iter().enumerate().filter(|(_, (stems, _, _))| named(stems));
        Search { seen: known.map(|(index, _)| (index, Vec::new())).collect() }
    }
    /// Looks at a part.
    pub(super) fn look(&mut self, bytes: &[u8]) {
        static PATTERNS: LazyLock<Vec<Option<Regex>>> = LazyLock::new(|| {
            let pattern = |(_, _, text): &(_, _, &str)| Regex::new(&format!("(?-u){text}")).ok();
            KNOWN.iter().map(pattern).collect()
        });
        for (index, versions) in &mut self.seen {
            let Some(Some(pattern)) = PATTERNS.get(*index) else { continue };
            let found = pattern.captures_iter(bytes).filter_map(|captures| captures.get(1));
            for version in found.take(1000).map(|version| version.as_bytes()) {
                if versions.len() < 2 && versions.iter().all(|other| other != version) {
                    versions.push(version.to_vec());
                }
            }
        }
    }
    /// The program, where all that was seen of its version agrees: one that disagrees may be another's.
    pub(super) fn found(&self, path: &str) -> Option<Package> {
        self.seen.iter().find_map(|(index, versions)| {
            let ([version], Some((_, name, _))) = (&versions[..], KNOWN.get(*index)) else { return None };
            let version = String::from_utf8_lossy(version).into_owned();
            Some(Package::new(Kind::Generic, *name, Some(version), path))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{bytes, labels};
    use super::*;

    #[test]
    fn well_known_programs_say_their_versions() {
        for (path, text, label) in [
            ("/bin/busybox", "x BusyBox v1.36.1 (2023) multi-call", Some("busybox 1.36.1")),
            ("/opt/lib/libcrypto.so.3", "\0OpenSSL 3.0.13 30 Jan 2024\0", Some("openssl 3.0.13")),
            ("/usr/bin/openssl", "\0OpenSSL 1.1.1w  11 Sep 2023\0", None),
            ("/opt/python3.11", "\x003.11.7\0", Some("python 3.11.7")),
            ("/opt/libpython3.11.so.1.0", "\x003.11.7\0\x003.11.8\0", None),
            ("/usr/local/bin/redis-server", "\x007.2.4\0", Some("redis 7.2.4")),
            ("/bin/busybox-helper", "BusyBox v1.36.1", None),
        ] {
            let program = [b"\x7fELF\x02\x01", &[0; 90][..], text.as_bytes()].concat();
            let found = read(&bytes(path, &program));
            assert_eq!(labels(&found).first().map(String::as_str), label, "{path}");
        }
        assert!(read(&bytes("/bin/busybox", b"#!/bin/sh BusyBox v1.36.1")).is_empty());
    }
}
