//! What all readers of packages share: nothing that comes in makes one fail, hang or take much memory.

use super::*;

static NONE: BTreeMap<&str, &str> = BTreeMap::new();

/// A file without others beside it.
pub(super) fn file<'a>(path: &'a str, text: &'a str) -> File<'a> {
    bytes(path, text.as_bytes())
}
/// The same of bytes.
pub(super) fn bytes<'a>(path: &'a str, bytes: &'a [u8]) -> File<'a> {
    File { path, bytes, beside: &NONE }
}
/// `name version` of each, in the order that they were found.
pub(super) fn labels(found: &Found) -> Vec<String> {
    found.packages.iter().map(Package::label).collect()
}

const KEY: Key = Key([7; 32]);

#[test]
fn names_say_which_reader_takes_a_file() {
    for (path, kind) in [
        ("/var/lib/dpkg/status", Some(Format::Dpkg)),
        ("var/lib/dpkg/status", None),
        ("/var/lib/dpkg/status.d/base", Some(Format::Dpkg)),
        ("/usr/lib/sysimage/rpm/rpmdb.sqlite", Some(Format::RpmSqlite)),
        ("/app/node_modules/@a/b/package.json", Some(Format::Node)),
        ("/app/node_modules/a/esm/package.json", None),
        ("/app/package.json", None),
        ("/usr/lib/python3/dist-packages/a-1.egg-info", Some(Format::Python)),
        ("/usr/lib/python3/dist-packages/a-1.dist-info/METADATA", Some(Format::Python)),
        ("a/requirements-dev.txt", Some(Format::Requirements)),
        ("a/requirements.md", None),
        ("Cargo.lock", Some(Format::CargoLock)),
        ("/app/x.jar", Some(Format::Jar)),
    ] {
        assert_eq!(format(path), kind, "{path}");
    }
}

#[test]
fn a_secret_in_a_name_or_a_licence_does_not_stay() {
    let secret = concat!("glpat-", "x7Qm2Lk9Vb4Rt8Ws1Zy5");
    let mut package = Package::new(Kind::Npm, secret, Some(format!("1.0 {secret}")), "/x");
    package.licence = Some(format!("see\n{secret}"));
    package.why = vec![secret.into()];
    settle(&KEY, &mut package, None);
    assert!(!format!("{package:?}").contains(secret), "{package:?}");
    let mut plain =
        Package::new(Kind::Golang, "istio.io/istio", Some("v0.0.0-20260827124520-eed52ebb66ad".into()), "/x");
    settle(&KEY, &mut plain, None);
    assert_eq!(plain.purl, "pkg:golang/istio.io/istio@v0.0.0-20260827124520-eed52ebb66ad");
}

#[test]
fn nothing_makes_a_reader_panic() {
    let deep = "[".repeat(100_000);
    let maps = "{\"a\":".repeat(10_000);
    let samples: &[&[u8]] = &[
        b"",
        b"\0",
        b"\xff\xfe",
        b"{}",
        b"[]",
        b"null",
        b"{\"packages\": 3, \"dependencies\": [], \"targets\": \"\"}",
        b"SQLite format 3\0",
        b"RpmP",
        b"PK\x05\x06",
        b"\x7fELF\x02\x01\x01",
        "\u{feff}name: \u{0}\u{1b}[31m\n".as_bytes(),
        deep.as_bytes(),
        maps.as_bytes(),
    ];
    for format in ALL {
        for sample in samples {
            let found = read(*format, &bytes("/a/b", sample));
            for gap in &found.gaps {
                assert!(!gap.what.is_empty() && gap.what.len() < 2000, "{format:?}: {gap:?}");
            }
        }
    }
}
