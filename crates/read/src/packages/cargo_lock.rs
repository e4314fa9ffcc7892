//! `Cargo.lock`: every crate that the workspace may need, on any platform.

use super::graph::Graph;
use super::{File, locked};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use toml::{Table, Value};
use tyrian_model::fact::Gap;
use tyrian_model::packages::{Kind, Package};

/// So many versions of one name are told apart in chains.
pub(super) const MOST_VERSIONS: usize = 64;

/// The crates. Development is told apart where the manifests of the workspace lie beside the lock file.
pub(super) fn read(file: &File<'_>) -> Result<Vec<Package>, Gap> {
    let root = file.toml()?;
    let list = list(file, &root)?;
    let lines = headers(file);
    let (mut packages, mut roots) = (Vec::new(), Vec::new());
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, one) in list.iter().enumerate() {
        let text = |name: &str| one.get(name).and_then(Value::as_str);
        let (Some(name), Some(version)) = (text("name"), text("version")) else {
            return Err(file.malformed("", "a package without name or version"));
        };
        let mut package = locked(Kind::Cargo, name, version, file);
        package.line = lines.get(index).copied();
        match text("source") {
            // What lies in the tree itself is the project.
            None => {
                roots.push(index);
                package.ecosystem = None;
            }
            Some(source) if !is_registry(source) => package.ecosystem = None,
            Some(_) => {}
        }
        by_name.entry(name).or_default().push(index);
        packages.push(package);
    }
    let mut graph = Graph::new(list.len());
    let dev = dev_only(file);
    for (index, one) in list.iter().enumerate() {
        let needs = one.get("dependencies").and_then(Value::as_array).into_iter().flatten();
        let own =
            packages[index].ecosystem.is_none().then(|| dev.get(packages[index].name.as_str())).flatten();
        for need in needs.filter_map(Value::as_str) {
            // `name`, `name version` or `name version (source)`, as much as it takes to tell which.
            let mut words = need.split(' ');
            let (name, version) = (words.next().unwrap_or_default(), words.next());
            let of_dev = own.is_some_and(|names| names.contains(name));
            let named =
                by_name.get(name).map(Vec::as_slice).unwrap_or_default().iter().copied().take(MOST_VERSIONS);
            let fits =
                |at: &usize| version.is_none_or(|version| packages[*at].version.as_deref() == Some(version));
            graph.needs[index].extend(named.filter(fits).map(|at| (at, of_dev)));
        }
    }
    let labels: Vec<String> = packages.iter().map(Package::label).collect();
    graph.explain(&roots, |at| labels[at].clone(), packages.iter_mut().enumerate(), true);
    Ok(packages)
}

/// The tables `[[package]]`.
pub(super) fn list<'t>(file: &File<'_>, root: &'t Table) -> Result<&'t [Value], Gap> {
    match root.get("package") {
        None => Ok(&[]),
        Some(Value::Array(list)) => Ok(list),
        Some(_) => Err(file.malformed("", "package is no list of tables")),
    }
}

/// The lines on which these begin.
pub(super) fn headers(file: &File<'_>) -> Vec<u32> {
    let text = String::from_utf8_lossy(file.bytes);
    let lines = text.lines().enumerate().filter(|(_, line)| line.trim() == "[[package]]");
    lines.filter_map(|(index, _)| super::line(index)).collect()
}

fn is_registry(source: &str) -> bool {
    source.starts_with("registry+https://github.com/rust-lang/crates.io-index")
        || source.starts_with("sparse+https://index.crates.io/")
}

/// The names that each crate of the workspace needs for development alone.
fn dev_only(file: &File<'_>) -> BTreeMap<String, BTreeSet<String>> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let manifests = file.beside.range(folder..).take_while(|(path, _)| path.starts_with(folder));
    let manifests = manifests.filter(|(path, _)| **path == "Cargo.toml" || path.ends_with("/Cargo.toml"));
    let mut out = BTreeMap::new();
    for (_, text) in manifests.take(2000) {
        let Ok(manifest) = text.parse::<Table>() else { continue };
        let name = manifest.get("package").and_then(|package| package.get("name")?.as_str());
        let Some(name) = name else { continue };
        let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
        let tables: Vec<&Table> =
            std::iter::once(&manifest).chain(targets.filter_map(Value::as_table)).collect();
        let names = |kinds: &[&str]| {
            let tables =
                tables.iter().flat_map(|table| kinds.iter().filter_map(|kind| table.get(*kind)?.as_table()));
            let real = |(key, value): (&String, &Value)| {
                value.get("package").and_then(Value::as_str).unwrap_or(key).to_owned()
            };
            tables.flat_map(|table| table.iter().map(real)).collect::<BTreeSet<String>>()
        };
        let used = names(&["dependencies", "build-dependencies", "build_dependencies"]);
        let mut dev = names(&["dev-dependencies", "dev_dependencies"]);
        dev.retain(|name| !used.contains(name));
        out.insert(name.to_owned(), dev);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn development_is_told_apart_by_the_manifests_beside() {
        let lock = "version = 4\n\n[[package]]\nname = \"shop\"\nversion = \"0.1.0\"\ndependencies = [\"a\", \"b 2.0.0\"]\n\n\
            [[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\n\
            [[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"git+https://x/b#1\"\n\n\
            [[package]]\nname = \"b\"\nversion = \"2.0.0\"\nsource = \"sparse+https://index.crates.io/\"\ndependencies = [\"b 1.0.0\"]\n";
        let manifest = "[package]\nname = \"shop\"\n[dependencies]\na = \"1\"\n[dev-dependencies]\nbee = { package = \"b\", version = \"2\" }\n";
        let beside = BTreeMap::from([("x/Cargo.toml", manifest)]);
        let packages = read(&File { path: "x/Cargo.lock", bytes: lock.as_bytes(), beside: &beside }).unwrap();
        let dev: Vec<bool> = packages.iter().map(|package| package.dev).collect();
        assert_eq!(dev, [false, false, true, true]);
        assert_eq!(packages[2].why, ["shop 0.1.0", "b 2.0.0"]);
        let known: Vec<bool> = packages.iter().map(|package| package.ecosystem.is_some()).collect();
        assert_eq!(known, [false, true, false, true]);
        assert_eq!(packages[1].line, Some(8));
    }
}
