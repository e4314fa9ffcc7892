//! `package-lock.json` in its three versions, and `npm-shrinkwrap.json`.

use super::graph::Graph;
use super::{File, Found, locked};
use serde_json::{Map, Value};
use std::collections::HashMap;
use tyrian_model::packages::{Kind, Package};

/// The most levels of packages in packages, of the first version.
const DEEPEST: usize = 60;
/// The longest path of a package, in bytes.
const LONGEST: usize = 4096;

/// A package in its folder.
struct Placed<'a> {
    path: String,
    entry: &'a Map<String, Value>,
    package: Option<Package>,
}

/// The packages.
pub(super) fn read(file: &File<'_>) -> Found {
    let root = match file.object() {
        Ok(root) => root,
        Err(gap) => return gap.into(),
    };
    let mut found = Found::default();
    let mut placed = Vec::new();
    // The second version has both, for old programs.
    if let Some(packages) = root.get("packages").and_then(Value::as_object) {
        for (path, entry) in packages {
            match entry.as_object() {
                _ if path.len() > LONGEST => found.gaps.push(file.malformed("", "a path is too long")),
                Some(entry) => placed.push(folder(file, path, entry)),
                None => found.gaps.push(file.malformed("", "a package is no object")),
            }
        }
    } else if root.get("dependencies").is_some_and(Value::is_object) || root.contains_key("lockfileVersion") {
        placed.push(Placed { path: String::new(), entry: &root, package: None });
        nested(file, "", &root, DEEPEST, &mut placed, &mut found);
    } else {
        found.gaps.push(file.malformed("", "it has neither packages nor dependencies"));
    }
    explain(file, &root, &mut placed);
    found.packages = placed.into_iter().filter_map(|one| one.package).collect();
    found
}

/// One of the second and third version. Those outside of `node_modules` are the project's own, and so are links.
fn folder<'a>(file: &File<'_>, path: &str, entry: &'a Map<String, Value>) -> Placed<'a> {
    let text = |name: &str| entry.get(name).and_then(Value::as_str);
    let link = entry.get("link").and_then(Value::as_bool) == Some(true);
    let name = path.rsplit_once("node_modules/").map(|(_, name)| text("name").unwrap_or(name));
    let package = name.filter(|_| !link).map(|name| package(file, name, text("version"), entry));
    Placed { path: path.to_owned(), entry, package }
}

fn package(file: &File<'_>, name: &str, version: Option<&str>, entry: &Map<String, Value>) -> Package {
    // An alias says the real name: `npm:other@1.0.0`.
    let alias = version.and_then(|version| version.strip_prefix("npm:")?.rsplit_once('@'));
    let (name, version) = alias.map_or((name, version), |(name, version)| (name, Some(version)));
    let plain = version.filter(|version| !version.contains([':', '/']));
    let mut package = locked(Kind::Npm, name, plain.unwrap_or_default(), file);
    if plain.is_none() {
        // From Git, an address or a folder: it is not what the registry has under that name.
        (package.version, package.ecosystem) = (None, None);
    }
    // `devOptional` is also wanted by what is optional outside of development.
    package.dev = entry.get("dev").and_then(Value::as_bool) == Some(true);
    package.licence = entry.get("license").and_then(Value::as_str).map(str::to_owned);
    package
}

/// The first version has packages in packages.
fn nested<'a>(
    file: &File<'_>,
    folder: &str,
    entry: &'a Map<String, Value>,
    depth: usize,
    placed: &mut Vec<Placed<'a>>,
    found: &mut Found,
) {
    let Some(list) = entry.get("dependencies").and_then(Value::as_object) else { return };
    if depth == 0 {
        return found.gaps.push(file.malformed("", "packages lie in each other too deep"));
    }
    for (name, entry) in list {
        let Some(entry) = entry.as_object().filter(|_| folder.len() + name.len() < LONGEST) else {
            found.gaps.push(file.malformed("", "a package is no object, or its path is too long"));
            continue;
        };
        let path = if folder.is_empty() {
            format!("node_modules/{name}")
        } else {
            format!("{folder}/node_modules/{name}")
        };
        let package = package(file, name, entry.get("version").and_then(Value::as_str), entry);
        placed.push(Placed { path: path.clone(), entry, package: Some(package) });
        nested(file, &path, entry, depth - 1, placed, found);
    }
}

/// Chains and lines.
fn explain(file: &File<'_>, root: &Map<String, Value>, placed: &mut [Placed<'_>]) {
    let index: HashMap<&str, usize> =
        placed.iter().enumerate().map(|(number, one)| (one.path.as_str(), number)).collect();
    // A folder of the project's own is also there as a link.
    let real = |at: usize| {
        let target =
            placed[at].entry.get("link").and(placed[at].entry.get("resolved")).and_then(Value::as_str);
        target.and_then(|target| index.get(target).copied()).unwrap_or(at)
    };
    let find = |from: &str, name: &str| {
        // As Node does: in the package's own folder, then upwards.
        let mut folder = Some(from);
        while let Some(at) = folder {
            let path = if at.is_empty() {
                format!("node_modules/{name}")
            } else {
                format!("{at}/node_modules/{name}")
            };
            if let Some(found) = index.get(path.as_str()) {
                return Some(real(*found));
            }
            folder = match at {
                "" => None,
                at => Some(at.rsplit_once("/node_modules/").map_or("", |(before, _)| before)),
            };
        }
        None
    };
    let mut graph = Graph::new(placed.len());
    let mut roots = Vec::new();
    for (number, one) in placed.iter().enumerate() {
        let own = one.package.is_none();
        if own && one.entry.get("link").is_none() {
            roots.push(number);
        }
        let first = one.path.is_empty() && !root.contains_key("packages");
        let kinds = [
            ("requires", false),
            ("dependencies", false),
            ("optionalDependencies", false),
            ("peerDependencies", false),
            ("devDependencies", true),
        ];
        for (kind, dev) in kinds {
            // In the first version `dependencies` are what lies inside, and at the top all that nobody needs counts.
            let is_nested = kind == "dependencies" && !root.contains_key("packages");
            if is_nested && !first || kind == "devDependencies" && !own {
                continue;
            }
            let names = one.entry.get(kind).and_then(Value::as_object).into_iter().flat_map(Map::keys);
            graph.needs[number].extend(names.filter_map(|name| Some((find(&one.path, name)?, dev))));
        }
    }
    let name = root.get("name").and_then(Value::as_str).unwrap_or(file.path);
    let labels: Vec<String> = placed
        .iter()
        .map(|one| match &one.package {
            Some(package) => package.label(),
            None if one.path.is_empty() => name.to_owned(),
            None => one.entry.get("name").and_then(Value::as_str).unwrap_or(&one.path).to_owned(),
        })
        .collect();
    if !root.contains_key("packages") {
        direct(file, &index, &mut graph);
    }
    let text = String::from_utf8_lossy(file.bytes);
    let lines: HashMap<&str, u32> = text
        .lines()
        .enumerate()
        .filter_map(|(number, line)| {
            Some((line.trim().strip_prefix('"')?.strip_suffix("\": {")?, super::line(number)?))
        })
        .collect();
    for one in placed.iter_mut() {
        if let Some(package) = &mut one.package {
            package.line = lines.get(one.path.as_str()).copied();
        }
    }
    let packages =
        placed.iter_mut().enumerate().filter_map(|(number, one)| Some((number, one.package.as_mut()?)));
    graph.explain(&roots, |at| labels[at].clone(), packages, false);
}

/// The first version does not say what the project itself asks for: `package.json` beside it does.
fn direct(file: &File<'_>, index: &HashMap<&str, usize>, graph: &mut Graph) {
    let manifest = file.sibling("package.json").and_then(|path| file.beside.get(path.as_str()));
    let Some(manifest) = manifest.and_then(|text| serde_json::from_str::<Value>(text).ok()) else { return };
    let kinds = ["dependencies", "devDependencies", "optionalDependencies"];
    let names = kinds.iter().filter_map(|kind| manifest.get(*kind)?.as_object()).flat_map(Map::keys);
    let needs = names.filter_map(|name| index.get(format!("node_modules/{name}").as_str()));
    graph.needs[0] = needs.map(|need| (*need, false)).collect();
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, labels};
    use super::*;

    #[test]
    fn the_third_version() {
        let text = r#"{"name": "shop", "lockfileVersion": 3, "packages": {
            "": {"dependencies": {"a": "^1"}, "devDependencies": {"d": "^1"}, "workspaces": ["w"]},
            "w": {"name": "@shop/w", "dependencies": {"c": "1"}},
            "node_modules/@shop/w": {"resolved": "w", "link": true},
            "node_modules/a": {"version": "1.0.0", "license": "MIT", "dependencies": {"b": "^2"}},
            "node_modules/a/node_modules/b": {
                "version": "2.0.0"},
            "node_modules/b": {"version": "1.0.0", "dev": true},
            "node_modules/c": {"name": "real", "version": "1.0.0"},
            "node_modules/d": {"version": "git+ssh://git@x/d.git#0", "dev": true, "dependencies": {"b": "1"}}}}"#;
        let found = read(&file("package-lock.json", text));
        assert_eq!(labels(&found), ["a 1.0.0", "b 2.0.0", "b 1.0.0", "real 1.0.0", "d"]);
        assert_eq!(found.packages[1].why, ["shop", "a 1.0.0"]);
        assert_eq!(found.packages[1].line, Some(6));
        assert_eq!(found.packages[2].why, ["shop", "d"]);
        assert_eq!(found.packages[3].why, ["@shop/w"]);
        assert!(found.packages[4].dev && found.packages[4].ecosystem.is_none());
    }

    #[test]
    fn the_first_version() {
        let text = r#"{"name": "shop", "lockfileVersion": 1, "dependencies": {
            "a": {"version": "1.0.0", "requires": {"b": "^2"}, "dependencies": {"b": {"version": "2.0.0"}}},
            "b": {"version": "npm:bee@1.0.0", "dev": true}}}"#;
        let beside = std::collections::BTreeMap::from([("package.json", r#"{"dependencies": {"a": "1"}}"#)]);
        let found = read(&File { path: "package-lock.json", bytes: text.as_bytes(), beside: &beside });
        assert_eq!(labels(&found), ["a 1.0.0", "b 2.0.0", "bee 1.0.0"]);
        assert_eq!(found.packages[1].why, ["shop", "a 1.0.0"]);
        assert!(found.packages[2].dev);
        assert_eq!(read(&file("package-lock.json", "{}")).gaps.len(), 1);
    }
}
