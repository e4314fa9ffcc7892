//! Node packages that are installed: `package.json` in a folder of `node_modules`.

use super::File;
use serde_json::Value;
use tyrian_model::fact::Gap;
use tyrian_model::packages::{Kind, Package};

/// Is it the folder of a package: the name below `node_modules`, with its scope where it has one? Other files of
/// that name inside of a package describe no package.
pub(super) fn is_installed(folder: &str) -> bool {
    let mut parts = folder.rsplit('/');
    let (Some(name), Some(parent)) = (parts.next(), parts.next()) else { return false };
    match parent {
        "node_modules" => !name.starts_with(['@', '.']),
        scope if scope.starts_with('@') => parts.next() == Some("node_modules"),
        _ => false,
    }
}

/// The package.
pub(super) fn read(file: &File<'_>) -> Result<Vec<Package>, Gap> {
    let root = file.object()?;
    let text = |name: &str| root.get(name).and_then(Value::as_str).map(str::trim).filter(|it| !it.is_empty());
    let (name, version) = (text("name"), text("version"));
    // Folders that only say how modules are loaded have neither; what is no package is none.
    let Some(name) = name else { return Ok(Vec::new()) };
    let mut package = Package::new(Kind::Npm, name, version.map(str::to_owned), file.path);
    package.licence = match root.get("license").or_else(|| root.get("licenses")) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Object(one)) => one.get("type").and_then(Value::as_str).map(str::to_owned),
        Some(Value::Array(list)) => {
            let types = list.iter().filter_map(|one| one.as_str().or_else(|| one.get("type")?.as_str()));
            Some(types.take(20).collect::<Vec<_>>().join(" OR "))
        }
        _ => None,
    };
    package.licence = package.licence.filter(|text| !text.is_empty());
    Ok(vec![package])
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn a_package_is_read_and_what_is_none_is_not() {
        let text = r#"{"name": "@a/b", "version": "1.0.0", "licenses": [{"type": "MIT"}, "ISC"]}"#;
        let packages = read(&file("/node_modules/@a/b/package.json", text)).unwrap();
        assert_eq!(packages[0].label(), "@a/b 1.0.0");
        assert_eq!(packages[0].licence.as_deref(), Some("MIT OR ISC"));
        assert_eq!(read(&file("/x", r#"{"type": "module"}"#)), Ok(Vec::new()));
        assert!(read(&file("/x", "[]")).is_err());
        for (folder, is) in [
            ("/app/node_modules/a", true),
            ("/app/node_modules/@s/a", true),
            ("/app/node_modules/@s", false),
            ("/app/node_modules/.bin", false),
            ("/app/node_modules/a/test/b", false),
            ("/app", false),
        ] {
            assert_eq!(is_installed(folder), is, "{folder}");
        }
    }
}
