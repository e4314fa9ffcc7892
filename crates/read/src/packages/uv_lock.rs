//! `uv.lock`.

use super::cargo_lock::{MOST_VERSIONS, headers, list};
use super::graph::Graph;
use super::{File, locked};
use std::collections::HashMap;
use toml::{Table, Value};
use tyrian_model::fact::Gap;
use tyrian_model::packages::{Kind, Package};

/// The packages; those that lie in the tree itself are the project.
pub(super) fn read(file: &File<'_>) -> Result<Vec<Package>, Gap> {
    let root = file.toml()?;
    let list = list(file, &root)?;
    let lines = headers(file);
    let (mut packages, mut roots) = (Vec::new(), Vec::new());
    let mut index: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, one) in list.iter().enumerate() {
        let text = |name: &str| one.get(name).and_then(Value::as_str);
        let Some(name) = text("name") else { return Err(file.malformed("", "a package without a name")) };
        // The version of a project may be worked out when it is built.
        let mut package = locked(Kind::Pypi, name, text("version").unwrap_or_default(), file);
        package.version = package.version.filter(|version| !version.is_empty());
        package.line = lines.get(number).copied();
        let source = |kind: &str| one.get("source").and_then(|source| source.get(kind)).is_some();
        if ["editable", "virtual", "directory"].into_iter().any(source) {
            package.ecosystem = None;
            roots.push(number);
        }
        index.entry(name).or_default().push(number);
        packages.push(package);
    }
    let mut graph = Graph::new(list.len());
    for (number, one) in list.iter().enumerate() {
        let mut add = |needs: Option<&Value>, dev: bool| {
            for need in needs.and_then(Value::as_array).into_iter().flatten() {
                let text = |name: &str| need.get(name).and_then(Value::as_str);
                let named = text("name").and_then(|name| index.get(name)).into_iter().flatten().copied();
                let named = named.take(MOST_VERSIONS);
                let version = text("version");
                let fits = |at: &usize| version.is_none() || packages[*at].version.as_deref() == version;
                graph.needs[number].extend(named.filter(fits).map(|at| (at, dev)));
            }
        };
        add(one.get("dependencies"), false);
        for (kind, dev) in [("optional-dependencies", false), ("dev-dependencies", true)] {
            let groups = one.get(kind).and_then(Value::as_table);
            groups.into_iter().flat_map(Table::values).for_each(|needs| add(Some(needs), dev));
        }
    }
    let labels: Vec<String> = packages.iter().map(Package::label).collect();
    graph.explain(&roots, |at| labels[at].clone(), packages.iter_mut().enumerate(), true);
    Ok(packages)
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;

    #[test]
    fn a_project_its_packages_and_those_of_development() {
        let text = "version = 1\n[[package]]\nname = \"shop\"\nversion = \"0.1\"\nsource = { virtual = \".\" }\n\
            dependencies = [{ name = \"a\" }]\n[package.dev-dependencies]\ndev = [{ name = \"b\" }]\n\
            [[package]]\nname = \"a\"\nversion = \"1\"\nsource = { registry = \"https://pypi.org/simple\" }\n\
            [[package]]\nname = \"b\"\nversion = \"2\"\ndependencies = [{ name = \"c\", version = \"4\", marker = \"x\" }]\n\
            [[package]]\nname = \"c\"\nversion = \"3\"\n[[package]]\nname = \"c\"\nversion = \"4\"\n";
        let packages = read(&file("uv.lock", text)).unwrap();
        let dev: Vec<bool> = packages.iter().map(|package| package.dev).collect();
        assert_eq!(dev, [false, false, true, false, true]);
        assert_eq!(packages[4].why, ["shop 0.1", "b 2"]);
        assert!(packages[3].why.is_empty() && packages[0].ecosystem.is_none());
    }
}
