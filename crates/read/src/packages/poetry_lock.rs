//! `poetry.lock`.

use super::cargo_lock::{MOST_VERSIONS, headers, list};
use super::graph::Graph;
use super::{File, locked};
use std::collections::HashMap;
use toml::{Table, Value};
use tyrian_model::fact::Gap;
use tyrian_model::packages::{Kind, Package, normal_pypi};

/// The packages. What the project itself asks for stands in `pyproject.toml` beside it.
pub(super) fn read(file: &File<'_>) -> Result<Vec<Package>, Gap> {
    let root = file.toml()?;
    let list = list(file, &root)?;
    let lines = headers(file);
    let mut packages = Vec::new();
    let mut index: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, one) in list.iter().enumerate() {
        let text = |name: &str| one.get(name).and_then(Value::as_str);
        let (Some(name), Some(version)) = (text("name"), text("version")) else {
            return Err(file.malformed("", "a package without name or version"));
        };
        let mut package = locked(Kind::Pypi, name, version, file);
        package.line = lines.get(number).copied();
        // Poetry 1 said the category until 1.5, Poetry 2 says the groups.
        let groups = one.get("groups").and_then(Value::as_array);
        package.dev = text("category") == Some("dev")
            || groups.is_some_and(|groups| !groups.iter().any(|group| group.as_str() == Some("main")));
        let source = one.get("source").and_then(|source| source.get("type")?.as_str());
        if matches!(source, Some("directory" | "file")) {
            package.ecosystem = None;
        }
        index.entry(normal_pypi(name)).or_default().push(number);
        packages.push(package);
    }
    // The project stands behind them all.
    let mut graph = Graph::new(list.len() + 1);
    for (number, one) in list.iter().enumerate() {
        let needs = one.get("dependencies").and_then(Value::as_table).into_iter().flat_map(Table::keys);
        let needs = needs
            .filter_map(|name| index.get(&normal_pypi(name)))
            .flat_map(|all| all.iter().take(MOST_VERSIONS));
        graph.needs[number] = needs.map(|need| (*need, false)).collect();
    }
    let manifest = file.sibling("pyproject.toml").and_then(|path| file.beside.get(path.as_str()));
    if let Some(manifest) = manifest.and_then(|text| text.parse::<Table>().ok()) {
        let (name, asked) = asked(&manifest);
        let needs = asked.iter().filter_map(|(name, dev)| Some((index.get(name)?, *dev)));
        graph.needs[list.len()] =
            needs.flat_map(|(at, dev)| at.iter().take(MOST_VERSIONS).map(move |at| (*at, dev))).collect();
        let labels: Vec<String> = packages.iter().map(Package::label).collect();
        let label = |at: usize| labels.get(at).unwrap_or(&name).clone();
        graph.explain(&[list.len()], label, packages.iter_mut().enumerate(), true);
    }
    Ok(packages)
}

/// The project's name, and what it asks for by normal names; `true` for development.
fn asked(manifest: &Table) -> (String, Vec<(String, bool)>) {
    let poetry = manifest.get("tool").and_then(|tool| tool.get("poetry"));
    let project = manifest.get("project");
    let name = [poetry, project].into_iter().flatten().find_map(|table| table.get("name")?.as_str());
    let mut out = Vec::new();
    let mut table = |table: Option<&Value>, dev: bool| {
        let names = table.and_then(Value::as_table).into_iter().flat_map(Table::keys);
        out.extend(names.map(|name| (normal_pypi(name), dev)));
    };
    table(poetry.and_then(|poetry| poetry.get("dependencies")), false);
    table(poetry.and_then(|poetry| poetry.get("dev-dependencies")), true);
    let groups = poetry.and_then(|poetry| poetry.get("group")?.as_table());
    for group in groups.into_iter().flat_map(Table::values) {
        table(group.get("dependencies"), true);
    }
    let mut texts = |list: Option<&Value>, dev: bool| {
        let list = list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        out.extend(list.map(|text| {
            let end = text.find(|c: char| !(c.is_alphanumeric() || "-_.".contains(c))).unwrap_or(text.len());
            (normal_pypi(&text[..end]), dev)
        }));
    };
    texts(project.and_then(|project| project.get("dependencies")), false);
    let extras = project.and_then(|project| project.get("optional-dependencies")?.as_table());
    extras.into_iter().flat_map(Table::values).for_each(|list| texts(Some(list), false));
    let groups = manifest.get("dependency-groups").and_then(Value::as_table);
    groups.into_iter().flat_map(Table::values).for_each(|list| texts(Some(list), true));
    (name.unwrap_or("pyproject.toml").to_owned(), out)
}

#[cfg(test)]
mod tests {
    use super::super::tests::file;
    use super::*;
    use std::collections::BTreeMap;

    const LOCK: &str = "[[package]]\nname = \"Flask\"\nversion = \"3.0\"\n[package.dependencies]\nJinja2 = \">=3\"\n\n\
        [[package]]\nname = \"jinja2\"\nversion = \"3.1\"\n\n[[package]]\nname = \"pytest\"\nversion = \"8.0\"\n";

    #[test]
    fn groups_and_chains_come_from_the_project() {
        let manifest = "[tool.poetry]\nname = \"shop\"\n[tool.poetry.dependencies]\npython = \"^3\"\nflask = \"*\"\n\
                        [tool.poetry.group.dev.dependencies]\npytest = \"*\"\n";
        let beside = BTreeMap::from([("pyproject.toml", manifest)]);
        let packages = read(&File { path: "poetry.lock", bytes: LOCK.as_bytes(), beside: &beside }).unwrap();
        assert_eq!(packages[1].why, ["shop", "Flask 3.0"]);
        assert_eq!((packages[1].dev, packages[2].dev), (false, true));
    }

    #[test]
    fn groups_in_the_lock_file_itself_count() {
        let text = format!("{LOCK}groups = [\"dev\"]\n");
        let packages = read(&file("poetry.lock", &text)).unwrap();
        assert_eq!((packages[0].dev, packages[2].dev, packages[2].line), (false, true, Some(11)));
    }
}
