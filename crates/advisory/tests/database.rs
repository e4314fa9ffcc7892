//! A database of all the advisories that lie beside the checkout, and its answers.

#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests are tests

mod common;
#[allow(unreachable_pub, dead_code)] // it is shared with the judges
#[path = "judges/pairs.rs"]
mod pairs;
#[allow(unreachable_pub, dead_code)] // likewise
#[path = "judges/real.rs"]
mod real;

use common::{database, deb, osv, shared_database};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use tyrian_advisory::index::{Builder, Index, Refused};
use tyrian_advisory::matching::{Outcome, Package, Source, Status, matches};
use tyrian_advisory::record::{Label, Layer, Part};

#[test]
fn a_mend_that_a_distribution_took_back_is_no_finding() {
    let bytes = database(&[osv("Debian:12", "curl", "DEBIAN-CVE-2024-1", "CVE-2024-1", "7.88.1-10+deb12u5")]);
    let index = Index::open(&bytes).unwrap();
    for (version, status) in
        [("7.88.1-10+deb12u4", Status::Affected), ("7.88.1-10+deb12u5", Status::NotAffected)]
    {
        let source = Some(Source { name: "curl", version: None });
        let package = Package { name: "libcurl4", source, ..deb("", version) };
        let Outcome::Covered(found) = matches(&index, &package).unwrap() else { panic!("not covered") };
        assert_eq!((found[0].status, found[0].id.as_str()), (status, "CVE-2024-1"));
        assert_eq!(found[0].aliases, ["DEBIAN-CVE-2024-1"]);
    }
}

#[test]
fn a_package_that_nobody_names_is_not_covered_unless_its_ecosystem_is_whole() {
    let record = osv("Debian:12", "curl", "A", "CVE-2024-1", "1");
    let bytes = database(std::slice::from_ref(&record));
    let index = Index::open(&bytes).unwrap();
    assert_eq!(matches(&index, &deb("bash", "5")).unwrap(), Outcome::NotCovered);
    let release = Package { release: Some("11"), ..deb("curl", "5") };
    assert_eq!(matches(&index, &release).unwrap(), Outcome::NotCovered, "another release");
    let mut found = record;
    found.part.whole.push("Debian:12".into());
    let bytes = database(&[found]);
    let index = Index::open(&bytes).unwrap();
    assert_eq!(matches(&index, &deb("bash", "5")).unwrap(), Outcome::Covered(Vec::new()));
}

#[test]
fn the_organisations_own_word_stands_above_the_public_one() {
    let public = osv("Debian:12", "curl", "A", "CVE-2024-1", "9");
    let mut own = osv("Debian:12", "curl", "OWN-1", "CVE-2024-1", "5");
    own.part.layer = Layer::Own;
    let bytes = database(&[public, own]);
    let index = Index::open(&bytes).unwrap();
    let Outcome::Covered(found) = matches(&index, &deb("curl", "6")).unwrap() else { panic!("not covered") };
    assert_eq!((found.len(), found[0].status), (1, Status::NotAffected));
    assert_eq!(found[0].aliases, ["A", "OWN-1"]);
    assert_eq!(index.parts().len(), 2);
}

#[test]
fn exploited_and_likely_ones_come_first() {
    let first = osv("Debian:12", "curl", "A", "CVE-2024-0001", "9");
    let second = osv("Debian:12", "curl", "B", "CVE-2024-20000", "9");
    let kev = br#"{"catalogVersion":"1","dateReleased":"2026-01-02","vulnerabilities":[
        {"cveID":"CVE-2024-20000","dateAdded":"2026-01-01"}]}"#;
    let epss = b"cve,epss,percentile\nCVE-2024-20000,1,0.9\nCVE-2024-0001,0.25,0.1\n";
    let tables = [("kev.json", &kev[..]), ("epss.csv", epss)];
    let tables = tables.map(|(name, bytes)| tyrian_advisory::import::file(name, bytes).unwrap());
    let bytes = database(&[vec![first, second], tables.to_vec()].concat());
    let index = Index::open(&bytes).unwrap();
    let Outcome::Covered(found) = matches(&index, &deb("curl", "6")).unwrap() else { panic!("not covered") };
    let ranks: Vec<_> = found.iter().map(|one| (one.exploited.as_deref(), one.likely)).collect();
    assert_eq!(ranks, [(Some("2026-01-01"), Some(65535)), (None, Some(16384))]);
    // What is taken over into another database is the same.
    let again = Builder::of(&index, |_| true).unwrap().build();
    assert!(again == bytes, "made again it is another");
}

#[test]
fn a_damaged_cut_or_newer_file_is_refused_by_name() {
    let bytes = database(&[osv("Debian:12", "curl", "A", "CVE-2024-1", "9")]);
    let ask = |bytes: &[u8]| -> Result<Outcome, Refused> {
        let index = Index::open(bytes)?;
        index.verify()?;
        matches(&index, &deb("curl", "6"))
    };
    ask(&bytes).unwrap();
    for size in 0..bytes.len() {
        ask(&bytes[..size]).unwrap_err();
    }
    let good = matches(&Index::open(&bytes).unwrap(), &deb("curl", "6")).unwrap();
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        ask(&flipped).unwrap_err();
        // Also without looking at the whole: either it is refused, or the answer is the same.
        if let Ok(answer) = Index::open(&flipped).and_then(|index| matches(&index, &deb("curl", "6"))) {
            assert_eq!(answer, good, "byte {at}");
        }
    }
    let mut newer = bytes.clone();
    newer[8] = 200;
    assert_eq!(Index::open(&newer).unwrap_err(), Refused::Newer(200));
}

#[test]
fn aliases_are_merged_and_every_name_is_kept() {
    let mut ghsa = osv("PyPI", "jinja2", "GHSA-a", "CVE-2024-5", "3.1.4");
    ghsa.records[0].vectors = vec!["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N".into()];
    let mut pysec = osv("PyPI", "jinja2", "PYSEC-1", "GHSA-a", "3.1.3");
    pysec.part.name = "osv:other".into();
    let bytes = database(&[ghsa, pysec]);
    let index = Index::open(&bytes).unwrap();
    let package = Package { ecosystem: "PyPI", name: "Jinja2", version: "3.1.2", ..Package::default() };
    let Outcome::Covered(found) = matches(&index, &package).unwrap() else { panic!("not covered") };
    let one = &found[0];
    assert_eq!((found.len(), one.id.as_str(), one.fixed.as_deref()), (1, "CVE-2024-5", Some("3.1.4")));
    assert_eq!(one.aliases, ["GHSA-a", "PYSEC-1"]);
    assert_eq!((one.severity, one.score), (Some(Label::High), Some(75)));
}

#[test]
fn a_notice_about_another_stream_of_a_module_is_no_finding() {
    let mut found = osv("AlmaLinux:8", "nginx", "ALSA-1", "CVE-2024-1", "1:1.22.1-1.module_el8.8.0+1");
    found.records[0].affected[0].module = Some("nginx:1.22".into());
    let bytes = database(&[found]);
    let index = Index::open(&bytes).unwrap();
    let status = |version, module| {
        let package = Package {
            ecosystem: "AlmaLinux",
            release: Some("8.9"),
            name: "nginx",
            version,
            module,
            ..Package::default()
        };
        let Outcome::Covered(found) = matches(&index, &package).unwrap() else { panic!("not covered") };
        found[0].status
    };
    assert_eq!(status("1:1.14.1-9.module_el8.0.0+1", Some("nginx:1.14:80:x")), Status::NotAffected);
    assert_eq!(status("1:1.22.0-9.module_el8.0.0+1", Some("nginx:1.22:80:x")), Status::Affected);
    assert_eq!(status("1:1.14.1-9.module_el8.0.0+1", None), Status::Unknown);
    assert_eq!(status("1:1.14.1-9.el8", None), Status::NotAffected);
}

/// Debian's findings are those of a slow program that reads the records by itself and asks dpkg.
#[test]
fn findings_of_debian_are_those_that_dpkg_compares() {
    let test = "findings_of_debian_are_those_that_dpkg_compares";
    let Some(bytes) = shared_database(test) else { return };
    let Some(folder) = tyrian_lab::shared(test, "advisories/Debian") else { return };
    if Command::new("dpkg").arg("--version").output().is_err() {
        eprintln!("{test}: skipped, there is no dpkg");
        return;
    }
    let index = Index::open(&bytes).unwrap();
    // Its own way through the records: one range of each, everything before one version.
    let mut sources: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for record in real::records(&folder.join("all.zip")) {
        for of in record["affected"].as_array().unwrap() {
            let (ranges, text) =
                (of["ranges"].as_array().unwrap(), |value: &Value| value.as_str().unwrap().to_owned());
            let events = ranges[0]["events"].as_array().unwrap();
            assert!(ranges.len() == 1 && events.len() == 2 && events[0]["introduced"] == "0", "{record}");
            let fix = (text(&record["upstream"][0]), text(&events[1]["fixed"]));
            sources.entry(text(&of["package"]["name"])).or_default().push(fix);
        }
    }
    // A version in the midst of the fixes of each package: about half of them hit.
    let (mut compared, mut hits) = (0, 0);
    let mut answers: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for (name, fixes) in &sources {
        let version = fixes[fixes.len() / 2].1.as_str();
        let mut expected = BTreeSet::new();
        for (id, fixed) in fixes {
            let is_hit = *answers.entry((version, fixed)).or_insert_with(|| {
                compared += 1;
                let dpkg = ["--compare-versions", version, "lt", fixed];
                Command::new("dpkg").args(dpkg).status().unwrap().success()
            });
            if is_hit {
                expected.insert(id.clone());
            }
        }
        let source = Some(Source { name, version: None });
        let package = Package { source, ..deb("some-binary", version) };
        let Outcome::Covered(found) = matches(&index, &package).unwrap() else {
            panic!("{name} is not covered")
        };
        let hit: BTreeSet<String> =
            found.into_iter().filter(|one| one.status.is_hit()).map(|one| one.id).collect();
        assert_eq!(hit, expected, "{name} {version}");
        hits += hit.len();
    }
    assert!(sources.len() == 75 && compared > 300 && hits > 300, "{} {compared} {hits}", sources.len());
}

#[test]
fn the_database_of_all_data_is_small_and_says_the_same_when_made_again() {
    let Some(bytes) = shared_database("the_database_of_all_data_is_small_and_says_the_same_when_made_again")
    else {
        return;
    };
    let index = Index::open(&bytes).unwrap();
    index.verify().unwrap();
    assert!(index.len() > 15_000, "{}", index.len());
    // The JSON has 31 MB.
    assert!(bytes.len() < 3_100_000, "{}", bytes.len());
    let whole: Vec<&Part> = index.parts().iter().filter(|part| !part.whole.is_empty()).collect();
    assert_eq!(
        whole.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(),
        ["osv:Go", "osv:PyPI", "rustsec"]
    );
    assert!(Builder::of(&index, |_| true).unwrap().build() == bytes, "made again it is another");
}

#[test]
fn families_of_red_hat_are_asked_as_their_data_names_them() {
    let red_hat =
        osv("Red Hat:enterprise_linux:9::baseos", "openssl-libs", "RHSA-1", "CVE-2024-1", "1:3.0.7-27.el9");
    let rocky = osv("Rocky Linux:9", "openssl", "RLSA-1", "CVE-2024-1", "1:3.0.7-27.el9");
    let bytes = database(&[red_hat, rocky]);
    let index = Index::open(&bytes).unwrap();
    for (ecosystem, hit) in [("Red Hat:9", true), ("Rocky Linux:9", true), ("Red Hat:8", false)] {
        let source = Some(Source { name: "openssl", version: None });
        let package = Package {
            ecosystem,
            name: "openssl-libs",
            version: "1:3.0.7-6.el9",
            source,
            ..Package::default()
        };
        let outcome = matches(&index, &package).unwrap();
        let is_hit = matches!(outcome, Outcome::Covered(found) if found[0].status == Status::Affected);
        assert_eq!(is_hit, hit, "{ecosystem}");
    }
}
