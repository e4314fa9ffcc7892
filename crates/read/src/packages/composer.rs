//! PHP packages: what Composer has installed, and what its lock file names.

use super::graph::Graph;
use super::{File, locked};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};
use tyrian_model::fact::Gap;
use tyrian_model::packages::{Kind, Package};

/// `vendor/composer/installed.json`: a list in Composer 1, an object with that list in 2.
pub(super) fn installed(file: &File<'_>) -> Result<Vec<Package>, Gap> {
    let root: Value =
        serde_json::from_slice(file.bytes).map_err(|error| file.malformed("", &error.to_string()))?;
    let dev: BTreeSet<&str> = root
        .get("dev-package-names")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let list = root.as_array().or_else(|| root.get("packages")?.as_array());
    let list = list.ok_or_else(|| file.malformed("", "it has no list of packages"))?;
    list.iter()
        .map(|one| {
            let mut package = package(file, one)?;
            package.evidence = tyrian_model::packages::Evidence::Installed;
            package.dev = dev.contains(package.name.as_str());
            Ok(package)
        })
        .collect()
}

/// `composer.lock`.
pub(super) fn lock(file: &File<'_>) -> Result<Vec<Package>, Gap> {
    let root = file.object()?;
    let list = |name: &str| match root.get(name) {
        None | Some(Value::Null) => Ok(&[][..]),
        Some(Value::Array(list)) => Ok(&list[..]),
        Some(_) => Err(file.malformed("", &format!("{name} is no list"))),
    };
    if !root.contains_key("packages") {
        return Err(file.malformed("", "it has no list of packages"));
    }
    let (plain, dev) = (list("packages")?, list("packages-dev")?);
    let mut packages = Vec::new();
    let mut graph = Graph::new(plain.len() + dev.len());
    let mut index = HashMap::new();
    for (number, one) in plain.iter().chain(dev).enumerate() {
        let mut package = package(file, one)?;
        package.dev = number >= plain.len();
        index.entry(package.name.to_lowercase()).or_insert(number);
        packages.push(package);
    }
    let needs = |one: &Value| {
        let names = one.get("require").and_then(Value::as_object);
        names
            .into_iter()
            .flat_map(Map::keys)
            .filter_map(|name| Some((*index.get(&name.to_lowercase())?, false)))
            .collect::<Vec<_>>()
    };
    for (number, one) in plain.iter().chain(dev).enumerate() {
        graph.needs[number] = needs(one);
    }
    // The project itself stands in the manifest beside it; without that, who is needed by nobody is asked for by it.
    let manifest = file.sibling("composer.json").and_then(|path| file.beside.get(path.as_str()));
    let manifest = manifest.and_then(|text| serde_json::from_str::<Value>(text).ok());
    let roots: Vec<usize> = match manifest {
        Some(manifest) => ["require", "require-dev"]
            .iter()
            .filter_map(|name| manifest.get(name)?.as_object())
            .flat_map(Map::keys)
            .filter_map(|name| index.get(&name.to_lowercase()).copied())
            .collect(),
        None => {
            let needed: BTreeSet<usize> = graph.needs.iter().flatten().map(|(need, _)| *need).collect();
            (0..packages.len()).filter(|number| !needed.contains(number)).collect()
        }
    };
    let labels: Vec<String> = packages.iter().map(Package::label).collect();
    graph.explain(&roots, |at| labels[at].clone(), packages.iter_mut().enumerate(), false);
    Ok(packages)
}

fn package(file: &File<'_>, one: &Value) -> Result<Package, Gap> {
    let text = |name: &str| one.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = text("name").ok_or_else(|| file.malformed("", "a package without a name"))?;
    let version = text("version").ok_or_else(|| file.malformed("", &format!("{name} has no version")))?;
    let mut package = locked(Kind::Composer, name, version, file);
    package.licence = one
        .get("license")
        .and_then(Value::as_array)
        .map(|list| list.iter().filter_map(Value::as_str).take(20).collect::<Vec<_>>().join(" OR "));
    Ok(package)
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn both_files_are_read() {
        let text = r#"{"packages": [{"name": "a/b", "version": "v1.2.0", "license": ["MIT"], "require": {"c/d": "*", "php": "^8"}},
            {"name": "c/d", "version": "2.0"}], "packages-dev": [{"name": "e/f", "version": "3.0"}]}"#;
        let packages = lock(&file("composer.lock", text)).unwrap();
        let labels: Vec<String> = packages.iter().map(Package::label).collect();
        assert_eq!(labels, ["a/b v1.2.0", "c/d 2.0", "e/f 3.0"]);
        assert_eq!((&packages[1].why, packages[2].dev), (&vec!["a/b v1.2.0".to_owned()], true));
        let two = r#"{"packages": [{"name": "a/b", "version": "1"}], "dev-package-names": ["a/b"]}"#;
        assert!(installed(&file("/v/composer/installed.json", two)).unwrap()[0].dev);
        assert_eq!(installed(&file("/x", r#"[{"name": "a/b", "version": "1"}]"#)).unwrap().len(), 1);
        assert!(lock(&file("composer.lock", "{}")).is_err());
        assert!(lock(&file("composer.lock", r#"{"packages": [{"name": "a/b"}]}"#)).is_err());
    }
}
