//! `Pipfile.lock`.

use super::{File, locked};
use serde_json::Value;
use tyrian_model::fact::Gap;
use tyrian_model::packages::{Evidence, Kind, Package};

/// The packages. The file does not say who needs which.
pub(super) fn read(file: &File<'_>) -> Result<Vec<Package>, Gap> {
    let root = file.object()?;
    if !root.contains_key("_meta") {
        return Err(file.malformed("", "it has no _meta, so it is no lock file of Pipenv"));
    }
    let mut packages = Vec::new();
    // Beside these two stand groups of the project's own.
    for (group, list) in root.iter().filter(|(group, _)| *group != "_meta") {
        let list = list.as_object().ok_or_else(|| file.malformed("", "a group is no object"))?;
        for (name, one) in list {
            let version = one.get("version").and_then(Value::as_str).map(|text| text.trim_start_matches('='));
            let mut package = locked(Kind::Pypi, name, version.unwrap_or_default(), file);
            // What comes from Git or a folder has none.
            if version.is_none_or(str::is_empty) {
                (package.version, package.evidence) = (None, Evidence::Requested);
            }
            package.dev = group != "default";
            packages.push(package);
        }
    }
    // What both need is no development's alone.
    let plain: std::collections::BTreeSet<String> =
        packages.iter().filter(|package| !package.dev).map(Package::label).collect();
    packages.retain(|package| !package.dev || !plain.contains(&package.label()));
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn groups_are_told_apart() {
        let text = r#"{"_meta": {}, "default": {"a": {"version": "==1.0"}, "g": {"git": "x"}},
            "develop": {"a": {"version": "==1.0"}, "b": {"version": "===2"}}}"#;
        let packages = read(&file("Pipfile.lock", text)).unwrap();
        let list: Vec<(String, bool)> = packages.iter().map(|one| (one.label(), one.dev)).collect();
        assert_eq!(list, [("a 1.0".into(), false), ("g".into(), false), ("b 2".into(), true)]);
        assert!(read(&file("Pipfile.lock", "{}")).is_err());
    }
}
