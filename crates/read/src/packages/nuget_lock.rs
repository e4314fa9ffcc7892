//! `packages.lock.json` of NuGet.

use super::graph::Graph;
use super::{File, locked};
use serde_json::{Map, Value};
use std::collections::HashMap;
use tyrian_model::fact::Gap;
use tyrian_model::packages::{Kind, Package};

/// The packages of all target frameworks.
pub(super) fn read(file: &File<'_>) -> Result<Vec<Package>, Gap> {
    let root = file.object()?;
    let frameworks = root.get("dependencies").and_then(Value::as_object);
    let frameworks = frameworks.ok_or_else(|| file.malformed("", "it has no dependencies"))?;
    let mut packages = Vec::new();
    for list in frameworks.values() {
        let list = list.as_object().ok_or_else(|| file.malformed("", "a framework is no object"))?;
        let index: HashMap<String, usize> =
            list.keys().enumerate().map(|(number, name)| (name.to_lowercase(), number)).collect();
        // The project stands behind them all.
        let mut graph = Graph::new(list.len() + 1);
        let (mut labels, mut own) = (Vec::new(), Vec::new());
        for (number, (name, one)) in list.iter().enumerate() {
            let text = |name: &str| one.get(name).and_then(Value::as_str);
            let kind = text("type").unwrap_or_default();
            let needs = one.get("dependencies").and_then(Value::as_object).into_iter().flat_map(Map::keys);
            let needs = needs.filter_map(|name| index.get(&name.to_lowercase()));
            graph.needs[number] = needs.map(|at| (*at, false)).collect();
            if kind == "Direct" || kind == "Project" {
                graph.needs[list.len()].push((number, false));
            }
            let Some(version) = text("resolved").filter(|_| kind != "Project") else {
                if kind != "Project" {
                    return Err(file.malformed("", "a package without its resolved version"));
                }
                labels.push(name.clone());
                continue;
            };
            let package = locked(Kind::Nuget, name, version, file);
            labels.push(package.label());
            own.push((number, package));
        }
        labels.push(file.path.to_owned());
        let of = own.iter_mut().map(|(at, package)| (*at, package));
        graph.explain(&[list.len()], |at| labels[at].clone(), of, false);
        packages.extend(own.into_iter().map(|(_, package)| package));
    }
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn direct_transitive_and_projects() {
        let text = r#"{"version": 1, "dependencies": {"net8.0": {"A": {"type": "Direct", "resolved": "1.0.0", "dependencies": {"b": "2.0"}},
            "B": {"type": "Transitive", "resolved": "2.0.1"}, "lib": {"type": "Project"}}}}"#;
        let packages = read(&file("packages.lock.json", text)).unwrap();
        let labels: Vec<String> = packages.iter().map(Package::label).collect();
        assert_eq!(labels, ["A 1.0.0", "B 2.0.1"]);
        assert_eq!(packages[1].why, ["packages.lock.json", "A 1.0.0"]);
        assert!(read(&file("x", r#"{"dependencies": {"n": {"A": {"type": "Direct"}}}}"#)).is_err());
    }
}
