//! .NET programs: `NAME.deps.json` lists what was published with them.

use super::File;
use super::graph::Graph;
use serde_json::Value;
use std::collections::HashMap;
use tyrian_model::fact::Gap;
use tyrian_model::packages::{Kind, Package};

/// The libraries of kind `package`; `project` is the program's own code, and names of chains.
pub(super) fn read(file: &File<'_>) -> Result<Vec<Package>, Gap> {
    let root = file.object()?;
    let libraries = root.get("libraries").and_then(Value::as_object);
    let libraries = libraries.ok_or_else(|| file.malformed("", "it has no libraries"))?;
    let mut index = HashMap::new();
    let (mut labels, mut packages, mut roots) = (Vec::new(), Vec::new(), Vec::new());
    for (key, library) in libraries {
        let Some((name, version)) = key.split_once('/') else {
            return Err(file.malformed("", "a library without a version"));
        };
        let number = labels.len();
        index.insert(key.as_str(), number);
        labels.push(format!("{name} {version}"));
        match library.get("type").and_then(Value::as_str) {
            Some("package") => {
                packages.push((number, Package::new(Kind::Nuget, name, Some(version.to_owned()), file.path)));
            }
            Some("project") => roots.push(number),
            _ => {}
        }
    }
    let mut graph = Graph::new(labels.len());
    // Each target is the same program for another platform.
    for target in root.get("targets").and_then(Value::as_object).into_iter().flat_map(|all| all.values()) {
        for (key, library) in target.as_object().into_iter().flatten() {
            let Some(&from) = index.get(key.as_str()) else { continue };
            let needs = library.get("dependencies").and_then(Value::as_object);
            for (name, version) in needs.into_iter().flatten() {
                let version = version.as_str().unwrap_or_default();
                if let Some(&to) = index.get(format!("{name}/{version}").as_str()) {
                    graph.needs[from].push((to, false));
                }
            }
        }
    }
    graph.explain(&roots, |at| labels[at].clone(), packages.iter_mut().map(|(at, it)| (*at, it)), false);
    Ok(packages.into_iter().map(|(_, package)| package).collect())
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn libraries_are_read_with_their_chains() {
        let text = r#"{"targets": {".NETCoreApp,Version=v8.0": {"App/1.0.0": {"dependencies": {"Serilog": "3.1.1"}}}},
            "libraries": {"App/1.0.0": {"type": "project"}, "Serilog/3.1.1": {"type": "package"}}}"#;
        let packages = read(&file("/app/App.deps.json", text)).unwrap();
        assert_eq!(packages.len(), 1);
        assert_eq!(
            (packages[0].label().as_str(), &packages[0].why[..]),
            ("Serilog 3.1.1", &["App 1.0.0".to_owned()][..])
        );
        assert!(read(&file("/x", "{}")).is_err());
    }
}
