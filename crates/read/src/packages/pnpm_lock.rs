//! `pnpm-lock.yaml`, versions 5 to 9.

use super::graph::Graph;
use super::{File, Found, locked};
use crate::yaml::{self, Node, Value};
use std::collections::HashMap;
use tyrian_model::packages::{Kind, Package};

/// The packages.
pub(super) fn read(file: &File<'_>) -> Found {
    let documents = file.text().and_then(|text| yaml::documents(file.path, text));
    let documents = match documents {
        Ok(documents) => documents,
        Err(gap) => return gap.into(),
    };
    // Since version 10 of the program a first document may hold what it needs itself.
    let Some(root) = documents.iter().rev().find(|node| node.get("lockfileVersion").is_some()) else {
        return file.malformed("", "it has no lockfileVersion").into();
    };
    let version = root.get("lockfileVersion").and_then(Node::scalar).unwrap_or_default();
    let number: f64 = version.split('-').next().unwrap_or_default().parse().unwrap_or(0.0);
    if !(5.0..10.0).contains(&number) {
        return file.malformed("", "its version is none of 5 to 9").into();
    }
    let mut found = Found::default();
    let (mut labels, mut packages) = (Vec::new(), Vec::new());
    let mut index: HashMap<&str, usize> = HashMap::new();
    // Version 9 has who needs whom apart, with the peers in the names.
    let of_peers = entries(root.get("snapshots"));
    let list = if number >= 9.0 { of_peers } else { entries(root.get("packages")) };
    for (key, node) in list {
        let text = |name: &str| node.get(name).and_then(Node::scalar);
        let Some((name, version)) = split(key, number) else {
            // From an address or a folder, with the name inside.
            match (text("name"), text("version")) {
                (Some(name), version) => {
                    let mut package = locked(Kind::Npm, name, version.unwrap_or_default(), file);
                    package.version = package.version.filter(|version| !version.is_empty());
                    package.ecosystem = None;
                    add(&mut index, &mut labels, &mut packages, key, node, package);
                }
                _ => found
                    .gaps
                    .push(file.malformed(&node.at.line.to_string(), "a package without name or version")),
            }
            continue;
        };
        let mut package = locked(Kind::Npm, name, version, file);
        if version.contains([':', '/']) {
            // From an address; its version stands with the package itself.
            let plain = root.get("packages").and_then(|all| all.get(key.split('(').next().unwrap_or(key)));
            let version = plain.and_then(|node| node.get("version")?.scalar());
            (package.version, package.ecosystem) = (version.map(str::to_owned), None);
        }
        add(&mut index, &mut labels, &mut packages, key, node, package);
    }
    let mut graph = Graph::new(labels.len());
    for (number_of, (_, node)) in list.iter().filter(|(key, _)| index.contains_key(key.as_str())).enumerate()
    {
        for kind in ["dependencies", "optionalDependencies"] {
            let needs = entries(node.get(kind)).iter();
            let needs = needs.filter_map(|(name, node)| resolve(&index, name, node.scalar()?, number));
            graph.needs[number_of].extend(needs.map(|need| (need, false)));
        }
    }
    let importers = match root.get("importers") {
        Some(importers) => {
            entries(Some(importers)).iter().map(|(name, node)| (name.as_str(), node)).collect()
        }
        None => vec![(".", root)],
    };
    let mut roots = Vec::new();
    for (name, importer) in importers {
        roots.push(labels.len());
        labels.push(if name == "." { file.path.to_owned() } else { name.to_owned() });
        graph.needs.push(Vec::new());
        for (kind, dev) in
            [("dependencies", false), ("optionalDependencies", false), ("devDependencies", true)]
        {
            for (name, node) in entries(importer.get(kind)) {
                let version = node.scalar().or_else(|| node.get("version")?.scalar()).unwrap_or_default();
                if let (Some(need), Some(needs)) =
                    (resolve(&index, name, version, number), graph.needs.last_mut())
                {
                    needs.push((need, dev));
                }
            }
        }
    }
    graph.explain(&roots, |at| labels[at].clone(), packages.iter_mut().enumerate(), true);
    found.packages = packages;
    found
}

fn add<'a>(
    index: &mut HashMap<&'a str, usize>,
    labels: &mut Vec<String>,
    packages: &mut Vec<Package>,
    key: &'a str,
    node: &Node,
    mut package: Package,
) {
    package.line = Some(node.at.line.saturating_sub(1).max(1));
    package.dev = node.get("dev").and_then(Node::scalar) == Some("true");
    index.insert(key, labels.len());
    labels.push(package.label());
    packages.push(package);
}

fn entries(node: Option<&Node>) -> &[(String, Node)] {
    match node.map(|node| &node.is) {
        Some(Value::Map(entries)) => entries,
        _ => &[],
    }
}

/// A key as name and version: `/a/1.0.0_peer@2`, `/a@1.0.0(peer@2)`, `a@1.0.0`.
fn split(key: &str, version: f64) -> Option<(&str, &str)> {
    let plain = key.split('(').next().unwrap_or(key);
    // Before the slash may stand the registry that it comes from.
    let plain =
        if version < 9.0 { plain.split_once('/').filter(|(host, _)| !host.contains(':'))?.1 } else { plain };
    if version < 6.0 {
        let (name, version) = plain
            .rsplit_once('/')
            .filter(|(_, version)| version.starts_with(|c: char| c.is_ascii_digit()))?;
        return Some((name, version.split('_').next().unwrap_or(version)));
    }
    let at = plain.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at)?;
    Some((&plain[..at], &plain[at + 1..]))
}

fn resolve(index: &HashMap<&str, usize>, name: &str, value: &str, version: f64) -> Option<usize> {
    let key = match version {
        ..6.0 => format!("/{name}/{value}"),
        ..9.0 => format!("/{name}@{value}"),
        _ => format!("{name}@{value}"),
    };
    // An alias has the whole key as its value.
    index.get(key.as_str()).or_else(|| index.get(value)).copied()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, labels};
    use super::*;

    #[test]
    fn each_version() {
        let five = "lockfileVersion: 5.4\nspecifiers: {a: ^1}\ndependencies:\n  a: 1.0.0_b@2.0.0\ndevDependencies:\n  d: 4.0.0\npackages:\n  \
            /a/1.0.0_b@2.0.0:\n    dependencies:\n      '@s/b': 2.0.0\n    dev: false\n  /@s/b/2.0.0:\n    dev: false\n  /d/4.0.0:\n    dev: true\n";
        let six = "lockfileVersion: '6.0'\ndependencies:\n  a:\n    specifier: ^1\n    version: 1.0.0(b@2.0.0)\ndevDependencies:\n  d:\n    version: 4.0.0\npackages:\n  \
            /a@1.0.0(b@2.0.0):\n    dependencies:\n      '@s/b': 2.0.0\n  /@s/b@2.0.0:\n    dev: false\n  /d@4.0.0:\n    dev: true\n";
        let nine = "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      a:\n        specifier: ^1\n        version: 1.0.0(b@2.0.0)\n    devDependencies:\n      d:\n        version: 4.0.0\n\
            packages:\n  a@1.0.0:\n    resolution: {integrity: x}\nsnapshots:\n  a@1.0.0(b@2.0.0):\n    dependencies:\n      '@s/b': 2.0.0\n  '@s/b@2.0.0': {}\n  d@4.0.0: {}\n";
        for text in [five, six, nine] {
            let found = read(&file("pnpm-lock.yaml", text));
            assert_eq!(labels(&found), ["a 1.0.0", "@s/b 2.0.0", "d 4.0.0"], "{text}");
            assert_eq!(found.packages[1].why, ["pnpm-lock.yaml", "a 1.0.0"], "{text}");
            let dev: Vec<bool> = found.packages.iter().map(|package| package.dev).collect();
            assert_eq!((dev, found.gaps.len()), (vec![false, false, true], 0), "{text}");
        }
        assert_eq!(read(&file("pnpm-lock.yaml", "lockfileVersion: 12\n")).gaps.len(), 1);
    }
}
