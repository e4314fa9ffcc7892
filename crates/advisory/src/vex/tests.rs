//! Documents of both formats, whole and broken.

use super::*;

const OPENVEX: &str = r#"{
  "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://shop.example/vex/1", "author": "Shop Security",
  "timestamp": "2026-03-01T10:00:00Z", "version": 2,
  "statements": [
    {"vulnerability": {"name": "CVE-2023-38545", "aliases": ["GHSA-xxxx"]}, "status": "affected",
     "products": [{"@id": "pkg:oci/web"}], "timestamp": "2026-02-01T10:00:00Z", "action_statement": "update"},
    {"vulnerability": {"name": "CVE-2023-38545"}, "status": "not_affected", "justification": "vulnerable_code_not_in_execute_path",
     "impact_statement": "no SOCKS proxy\u001b[31m is used",
     "products": [{"@id": "pkg:oci/web", "hashes": {"sha-256": "abc"}, "subcomponents": [{"@id": "pkg:deb/debian/libcurl4"}]}]}
  ]}"#;
const CYCLONEDX: &str = r#"{
  "bomFormat": "CycloneDX", "specVersion": "1.6", "metadata": {"authors": [{"name": "Ann"}]},
  "components": [{"type": "library", "bom-ref": "lodash", "purl": "pkg:npm/lodash@4.17.20", "name": "lodash"}],
  "vulnerabilities": [
    {"id": "CVE-2021-23337", "references": [{"id": "GHSA-35jh-r3h4-6jhm"}],
     "analysis": {"state": "false_positive", "justification": "code_not_reachable", "detail": "template is never called"},
     "affects": [{"ref": "urn:cdx:f08a6ccd-4dce-4759-bd84-c626675d60a7/1#lodash"}]},
    {"id": "CVE-2020-8203", "affects": [{"ref": "lodash"}]}
  ]}"#;

#[test]
fn the_last_word_of_openvex_counts() {
    let document = parse(OPENVEX.as_bytes()).unwrap();
    assert_eq!(document.author, "Shop Security");
    let last = document.statements.last().unwrap();
    assert_eq!((last.status, last.text.as_str()), (Status::NotAffected, "no SOCKS proxy[31m is used"));
    let about = |package: &str, things: &[&str]| last.is_about(&["DSA-1", "CVE-2023-38545"], package, things);
    let curl = "pkg:deb/debian/libcurl4@7.88.1-10?arch=amd64&distro=debian-12";
    assert!(about(curl, &["pkg:oci/web@sha256%3Aabc"]) && about(curl, &["sha256:abc"]));
    assert!(!about(curl, &["pkg:oci/api"]), "another product");
    assert!(!about("pkg:deb/debian/curl@7.88.1-10", &["pkg:oci/web"]), "another part of it");
    assert!(!last.is_about(&["CVE-2023-38546"], curl, &["pkg:oci/web"]), "another vulnerability");
}

#[test]
fn cyclonedx_speaks_of_components_by_reference() {
    let document = parse(CYCLONEDX.as_bytes()).unwrap();
    let [statement] = document.statements.as_slice() else {
        panic!("a finding without an analysis is no statement")
    };
    assert_eq!((document.author.as_str(), statement.status), ("Ann", Status::NotAffected));
    assert!(statement.is_about(&["GHSA-35jh-r3h4-6jhm"], "pkg:npm/lodash@4.17.20", &[]));
    assert!(!statement.is_about(&["GHSA-35jh-r3h4-6jhm"], "pkg:npm/lodash@4.17.21", &[]));
}

#[test]
fn a_package_url_means_those_that_have_all_that_it_says() {
    for (name, thing, is) in [
        ("pkg:npm/%40babel/core", "pkg:npm/%40babel/core@7.0.0", true),
        ("pkg:npm/@babel/core@7.0.0", "pkg:npm/%40babel/core@7.0.0", true),
        ("pkg:npm/@babel/core", "pkg:npm/%40babel/core@7.0.0", true),
        ("pkg:NPM/lodash@4.0.0", "pkg:npm/lodash@4.0.1", false),
        ("pkg:deb/debian/curl?arch=arm64", "pkg:deb/debian/curl@1?arch=amd64", false),
        ("pkg:deb/debian/curl?arch=amd64", "pkg:deb/debian/curl@1?arch=amd64&distro=debian-12", true),
        ("pkg:deb/debian/curl", "pkg:deb/ubuntu/curl@1", false),
        ("pkg:oci", "pkg:oci/web", false),
        ("web", "web:1", false),
    ] {
        assert_eq!(is_named(name, thing), is, "{name} {thing}");
    }
}

#[test]
fn what_is_wrong_is_refused_by_its_place() {
    let with = |from: &str, to: &str| parse(OPENVEX.replace(from, to).as_bytes()).unwrap_err();
    assert!(
        with(r#""status": "affected""#, r#""status": "fine""#)
            .contains("statement 1 has no status of OpenVEX: fine")
    );
    assert!(with(r#"{"name": "CVE-2023-38545"}"#, "{}").contains("statement 2 names no vulnerability"));
    assert!(with(r#"[{"@id": "pkg:oci/web"}]"#, "7").contains("products of statement 1 is no list"));
    assert!(with("openvex.dev", "example").contains("neither an OpenVEX document"));
    assert!(parse(CYCLONEDX.replace("false_positive", "maybe").as_bytes()).unwrap_err().contains("maybe"));
    assert!(parse(b"{").unwrap_err().contains("no JSON"));
    assert!(parse("[".repeat(100_000).as_bytes()).is_err());
}
