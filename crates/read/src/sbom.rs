//! Bills of materials of others, and our own: CycloneDX and SPDX as JSON, Syft's and Trivy's own JSON.
//!
//! A bill is believed in what it names. What it does not say, and what is named in a way that is not understood, is
//! missing from the set of packages.

use crate::packages::adopt;
use crate::secrets::Key;
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use tyrian_model::fact::{Gap, Known, Why};
use tyrian_model::image::{Distribution, Image};
use tyrian_model::packages::{Kind, Package, Release, Source, many, parse_purl, purl, qualifier};

/// The most packages of one bill.
const MOST: usize = 500_000;
/// Where our own bills have a package whole.
const WHOLE: &str = "tyrian:package";

#[derive(Default)]
struct Bill {
    name: Option<String>,
    distribution: Option<Distribution>,
    packages: Vec<Package>,
    gaps: Vec<String>,
    /// Things that should be packages and have no package URL, or one of a kind that is not known.
    unknown: BTreeSet<String>,
}

/// What the bill says, as an image of which nothing else is known.
///
/// # Errors
/// It is none of the four forms.
pub fn read(path: &str, bytes: &[u8], key: &Key) -> Result<Image, Gap> {
    let malformed = |what: String| Gap::new(Why::Malformed, format!("{}: {what}", crate::image::shown(path)));
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let root = match serde_json::from_slice(bytes) {
        Ok(Value::Object(root)) => root,
        Ok(_) => return Err(malformed("it is no JSON object".into())),
        Err(error) => return Err(malformed(format!("{error}; bills are read as JSON"))),
    };
    let mut bill = Bill::default();
    match () {
        () if text(&root, "bomFormat") == Some("CycloneDX") => cyclonedx(&root, &mut bill),
        () if text(&root, "spdxVersion").is_some_and(|version| version.starts_with("SPDX-2")) => {
            spdx(&root, &mut bill);
        }
        () if root.contains_key("artifacts") && root.contains_key("descriptor") => syft(&root, &mut bill),
        () if root.contains_key("SchemaVersion") && root.contains_key("ArtifactName") => {
            trivy(&root, &mut bill)
        }
        () => {
            let what = "it is neither CycloneDX, SPDX 2, nor Syft's or Trivy's own form";
            return Err(malformed(what.into()));
        }
    }
    let mut gaps: Vec<Gap> = bill.gaps.iter().take(20).map(|what| malformed(what.clone())).collect();
    if bill.packages.len() > MOST {
        bill.packages.truncate(MOST);
        gaps.push(malformed(format!("more than {MOST} packages")));
    }
    if !bill.unknown.is_empty() {
        let some: Vec<String> = bill.unknown.iter().take(5).map(|name| crate::image::shown(name)).collect();
        let what = format!(
            "{} things have no package URL that is understood: {}",
            bill.unknown.len(),
            some.join(", ")
        );
        gaps.push(malformed(what));
    }
    let before = bill.packages.len();
    bill.packages.retain_mut(|package| adopt(key, package));
    if bill.packages.len() < before {
        gaps.push(malformed(
            "packages whose names or versions are too long or have control characters".into(),
        ));
    }
    let name = bill.name.map(|name| crate::cover::text(key, &crate::image::shown(&name)));
    let mut image = crate::image::undescribed(key, "a bill of materials says nothing else of an image");
    image.names = name.into_iter().collect();
    image.distribution = Known::is(bill.distribution);
    image.software = many(bill.packages, gaps);
    Ok(image)
}

fn text<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    object.get(key)?.as_str().filter(|text| !text.is_empty())
}
fn at<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    value.pointer(path)?.as_str().filter(|text| !text.is_empty())
}
fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// Our own package, where it stands whole.
fn whole(text: &str) -> Option<Package> {
    serde_json::from_str(text).ok()
}

/// A package by its URL.
fn by_purl(url: &str, place: &str, bill: &mut Bill) -> Option<Package> {
    let Some((kind, name, version)) = parse_purl(url) else {
        bill.unknown.insert(url.to_owned());
        return None;
    };
    let mut package = Package::new(kind, name, version, place);
    package.purl = url.to_owned();
    // Some take the end of a module's path for a folder inside of it, `…/semver@v3.3.0#v3`.
    if let Some((_, inner)) = url.split_once('#').filter(|_| kind == Kind::Golang) {
        package.name = format!("{}/{inner}", package.name);
        package.purl = purl(&package, None);
    }
    package.architecture = qualifier(url, "arch").filter(|_| kind.is_distribution());
    package.module = qualifier(url, "modularitylabel").or_else(|| qualifier(url, "rpmmod"));
    // `glibc@2.36`, or a whole file name for rpm.
    package.source = qualifier(url, "upstream").map(|upstream| {
        let stem = upstream.strip_suffix(".src.rpm").map(|stem| {
            let mut parts = stem.rsplitn(3, '-');
            let (release, version) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
            (parts.next().unwrap_or(stem).to_owned(), Some(format!("{version}-{release}")))
        });
        let (name, version) = stem.unwrap_or_else(|| match upstream.split_once('@') {
            Some((name, version)) => (name.to_owned(), Some(version.to_owned())),
            None => (upstream.clone(), None),
        });
        Source { name, version }
    });
    if kind.is_distribution()
        && let Some(distro) = qualifier(url, "distro")
        && let Some((id, version)) = distro.rsplit_once('-')
    {
        package.ecosystem = Release { id, version }.ecosystem();
    }
    Some(package)
}

/// A distribution's packages belong to the distribution of the bill, where their URLs do not say.
fn released(bill: &mut Bill) {
    let Some(distribution) = bill.distribution.clone() else { return };
    let release = Release { id: &distribution.id, version: &distribution.version };
    for package in bill.packages.iter_mut().filter(|package| package.kind.is_distribution()) {
        if package.ecosystem.is_none() {
            package.ecosystem = release.ecosystem();
        }
    }
}

fn cyclonedx(root: &Map<String, Value>, bill: &mut Bill) {
    bill.name = root.get("metadata").and_then(|it| at(it, "/component/name")).map(str::to_owned);
    for one in list(root.get("compositions")) {
        if at(one, "/aggregate").is_some_and(|word| word.starts_with("incomplete")) {
            bill.gaps.push("the bill says of itself that it is not complete".into());
        }
    }
    let mut open: Vec<&Value> = list(root.get("components")).collect();
    // Components lie in components; JSON itself bounds how deep.
    while let Some(one) = open.pop() {
        open.extend(list(one.get("components")));
        let kind = at(one, "/type").unwrap_or_default();
        let name = at(one, "/name").unwrap_or_default();
        if kind == "operating-system" {
            let version = at(one, "/version").unwrap_or_default().to_owned();
            bill.distribution = Some(Distribution { id: name.to_lowercase(), version });
            continue;
        }
        let property = |wanted: &str| {
            let mut properties = list(one.get("properties")).filter(|it| at(it, "/name") == Some(wanted));
            properties.next().and_then(|it| at(it, "/value"))
        };
        if let Some(package) = property(WHOLE).and_then(whole) {
            bill.packages.push(package);
            continue;
        }
        if !matches!(kind, "library" | "application" | "framework" | "") {
            continue;
        }
        let Some(url) = at(one, "/purl") else {
            // Lock files stand as applications, with what they name below them.
            if kind != "application" {
                bill.unknown.insert(name.to_owned());
            }
            continue;
        };
        let place = at(one, "/evidence/occurrences/0/location")
            .or_else(|| property("syft:location:0:path"))
            .or_else(|| property("aquasecurity:trivy:FilePath"))
            .unwrap_or_default();
        let Some(mut package) = by_purl(url, place, bill) else { continue };
        package.dev = at(one, "/scope") == Some("excluded");
        package.licence = licence(list(one.get("licenses")).filter_map(|it| {
            at(it, "/expression").or_else(|| at(it, "/license/id")).or_else(|| at(it, "/license/name"))
        }));
        if let Some(source) = property("aquasecurity:trivy:SrcName") {
            let of = |key: &str| property(&format!("aquasecurity:trivy:{key}")).unwrap_or_default();
            let version = joined(of("SrcEpoch"), of("SrcVersion"), of("SrcRelease"));
            package.source = Some(Source { name: source.to_owned(), version });
        }
        bill.packages.push(package);
    }
    released(bill);
}

fn spdx(root: &Map<String, Value>, bill: &mut Bill) {
    bill.name = text(root, "name").map(str::to_owned);
    let comment = root.get("creationInfo").and_then(|it| at(it, "/comment")).unwrap_or_default();
    if comment.starts_with("Not all is known") {
        bill.gaps.push("the bill says of itself that it is not complete".into());
    }
    for one in list(root.get("packages")) {
        let name = at(one, "/name").unwrap_or_default();
        let version = at(one, "/versionInfo").unwrap_or_default();
        if let Some(package) = at(one, "/comment").and_then(|it| whole(it.strip_prefix(WHOLE)?.trim_start()))
        {
            bill.packages.push(package);
            continue;
        }
        let purpose = at(one, "/primaryPackagePurpose").unwrap_or_default();
        if purpose == "OPERATING-SYSTEM" {
            bill.distribution = Some(Distribution { id: name.to_lowercase(), version: version.to_owned() });
            continue;
        }
        let mut urls = list(one.get("externalRefs")).filter(|it| at(it, "/referenceType") == Some("purl"));
        match urls.next().and_then(|it| at(it, "/referenceLocator")) {
            Some(url) if url.starts_with("pkg:oci/") || url.starts_with("pkg:docker/") => {}
            Some(url) => {
                let place =
                    at(one, "/sourceInfo").and_then(|text| text.split_once(": ")).map(|(_, place)| place);
                if let Some(mut package) = by_purl(url, place.unwrap_or_default(), bill) {
                    package.licence = at(one, "/licenseDeclared")
                        .filter(|text| !matches!(*text, "NOASSERTION" | "NONE"))
                        .map(str::to_owned);
                    bill.packages.push(package);
                }
            }
            // The thing itself, and lock files, stand among them.
            None if matches!(purpose, "CONTAINER" | "SOURCE" | "APPLICATION" | "FILE") => {}
            None => drop(bill.unknown.insert(name.to_owned())),
        }
    }
    released(bill);
}

fn syft(root: &Map<String, Value>, bill: &mut Bill) {
    let source = root.get("source");
    bill.name =
        source.and_then(|it| at(it, "/name").or_else(|| at(it, "/metadata/userInput"))).map(str::to_owned);
    if let Some(id) = root.get("distro").and_then(|it| at(it, "/id")) {
        let version = root.get("distro").and_then(|it| at(it, "/versionID")).unwrap_or_default();
        bill.distribution = Some(Distribution { id: id.to_owned(), version: version.to_owned() });
    }
    for one in list(root.get("artifacts")) {
        let Some(url) = at(one, "/purl") else {
            // The kernel's own files and the like.
            bill.unknown.insert(at(one, "/name").unwrap_or_default().to_owned());
            continue;
        };
        let place = at(one, "/locations/0/path").unwrap_or_default().to_owned();
        let Some(mut package) = by_purl(url, &place, bill) else { continue };
        if let Some(source) = at(one, "/metadata/source").filter(|_| package.kind == Kind::Deb) {
            let version = at(one, "/metadata/sourceVersion").map(str::to_owned);
            package.source = Some(Source { name: source.to_owned(), version });
        }
        package.licence =
            licence(list(one.get("licenses")).filter_map(|it| it.as_str().or_else(|| at(it, "/value"))));
        bill.packages.push(package);
    }
    released(bill);
}

fn trivy(root: &Map<String, Value>, bill: &mut Bill) {
    bill.name = text(root, "ArtifactName").map(str::to_owned);
    if let Some(family) = root.get("Metadata").and_then(|it| at(it, "/OS/Family")) {
        let version = root.get("Metadata").and_then(|it| at(it, "/OS/Name")).unwrap_or_default();
        // Trivy has names of its own for these.
        let id = match family {
            "redhat" => "rhel",
            "alma" => "almalinux",
            "opensuse.leap" => "opensuse-leap",
            other => other,
        };
        bill.distribution = Some(Distribution { id: id.to_owned(), version: version.to_owned() });
    }
    let mut any = false;
    for result in list(root.get("Results")) {
        let target = at(result, "/Target").unwrap_or_default();
        if !matches!(at(result, "/Class"), Some("os-pkgs" | "lang-pkgs")) {
            continue;
        }
        any |= result.get("Packages").is_some();
        for one in list(result.get("Packages")) {
            let field = |key: &str| one.get(key).and_then(Value::as_str).unwrap_or_default();
            let number = |key: &str| one.get(key).and_then(Value::as_u64).unwrap_or_default().to_string();
            let Some(url) = at(one, "/Identifier/PURL") else {
                bill.unknown.insert(field("Name").to_owned());
                continue;
            };
            let place = Some(field("FilePath")).filter(|path| !path.is_empty()).unwrap_or(target);
            let Some(mut package) = by_purl(url, place, bill) else { continue };
            if package.kind.is_distribution() && !field("SrcName").is_empty() {
                let version = joined(&number("SrcEpoch"), field("SrcVersion"), field("SrcRelease"));
                package.source = Some(Source { name: field("SrcName").to_owned(), version });
            }
            package.dev = one.get("Dev").and_then(Value::as_bool) == Some(true);
            package.licence = licence(list(one.get("Licenses")).filter_map(Value::as_str));
            bill.packages.push(package);
        }
    }
    if !any {
        bill.gaps.push("it has no lists of packages; write it with `trivy --list-all-pkgs`".into());
    }
    released(bill);
}

/// `epoch:version-release` of what there is.
fn joined(epoch: &str, version: &str, release: &str) -> Option<String> {
    if version.is_empty() {
        return None;
    }
    let epoch = if matches!(epoch, "" | "0") { String::new() } else { format!("{epoch}:") };
    let release = if release.is_empty() { String::new() } else { format!("-{release}") };
    Some(format!("{epoch}{version}{release}"))
}

fn licence<'v>(all: impl Iterator<Item = &'v str>) -> Option<String> {
    let all: Vec<&str> = all.take(20).collect();
    (!all.is_empty()).then(|| all.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KEY: Key = Key([7; 32]);

    fn software(bill: &Value) -> Value {
        let image = read("a.json", &serde_json::to_vec(bill).unwrap(), &KEY).unwrap();
        serde_json::to_value(image.software).unwrap()
    }
    fn first(bill: &Value) -> Value {
        software(bill)["rows"].as_object().unwrap().values().next().unwrap().clone()
    }

    #[test]
    fn one_package_in_four_forms() {
        let url = "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12&upstream=glibc";
        let bare = "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64";
        for bill in [
            json!({"bomFormat": "CycloneDX", "components": [{"type": "operating-system", "name": "debian", "version": "12"},
                {"type": "library", "name": "libc6", "purl": bare, "properties": [{"name": "aquasecurity:trivy:SrcName", "value": "glibc"}]}]}),
            json!({"bomFormat": "CycloneDX", "components": [{"type": "application", "name": "x", "components": [{"type": "library", "name": "libc6", "purl": url}]}]}),
            json!({"spdxVersion": "SPDX-2.3", "packages": [{"name": "libc6", "externalRefs": [{"referenceType": "purl", "referenceLocator": url}]}]}),
            json!({"artifacts": [{"name": "libc6", "purl": bare, "metadata": {"source": "glibc"}}], "descriptor": {}, "distro": {"id": "debian", "versionID": "12"}}),
            json!({"SchemaVersion": 2, "ArtifactName": "x", "Metadata": {"OS": {"Family": "debian", "Name": "12.5"}},
                "Results": [{"Class": "os-pkgs", "Packages": [{"Name": "libc6", "Identifier": {"PURL": bare}, "SrcName": "glibc"}]}]}),
        ] {
            let package = first(&bill);
            assert_eq!(
                (&package["name"], &package["version"]),
                (&json!("libc6"), &json!("2.36-9+deb12u4")),
                "{bill}"
            );
            assert_eq!(
                (&package["ecosystem"], &package["source"]["name"]),
                (&json!("Debian:12"), &json!("glibc")),
                "{bill}"
            );
            assert_eq!(software(&bill)["gaps"], json!([]), "{bill}");
        }
    }

    #[test]
    fn the_path_of_a_module_is_whole() {
        let url = "pkg:golang/github.com/Masterminds/semver@v3.3.0#v3";
        let package = first(&json!({"artifacts": [{"name": "x", "purl": url}], "descriptor": {}}));
        assert_eq!(package["name"], "github.com/Masterminds/semver/v3");
        assert_eq!(package["purl"], "pkg:golang/github.com/Masterminds/semver/v3@v3.3.0");
    }

    #[test]
    fn what_a_bill_does_not_say_is_missing() {
        for bill in [
            json!({"bomFormat": "CycloneDX", "components": [{"type": "library", "name": "x"}]}),
            json!({"bomFormat": "CycloneDX", "compositions": [{"aggregate": "incomplete"}]}),
            json!({"bomFormat": "CycloneDX", "components": [{"type": "library", "name": "x", "purl": "pkg:what/x@1"}]}),
            json!({"SchemaVersion": 2, "ArtifactName": "x", "Results": [{"Class": "os-pkgs"}]}),
        ] {
            assert_eq!(software(&bill)["gaps"].as_array().unwrap().len(), 1, "{bill}");
        }
        for other in ["", "[]", "{}", "{\"spdxVersion\": \"SPDX-3.0\"}"] {
            assert!(read("a.json", other.as_bytes(), &KEY).is_err(), "{other}");
        }
    }
}
