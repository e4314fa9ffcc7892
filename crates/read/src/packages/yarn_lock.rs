//! `yarn.lock`: a form of its own in Yarn 1, YAML since Yarn 2.

use super::graph::Graph;
use super::{File, Found, locked};
use crate::yaml::{self, Node, Value};
use std::collections::HashMap;
use tyrian_model::packages::Kind;

/// A block: who asks for it how, and what it is.
#[derive(Default)]
struct Block {
    patterns: Vec<String>,
    line: u32,
    version: Option<String>,
    /// `name@protocol:…`, in YAML alone.
    resolution: Option<String>,
    /// `name@range` of what it needs.
    needs: Vec<String>,
}

/// The packages. What the project itself asks for stands in `package.json` beside it.
pub(super) fn read(file: &File<'_>) -> Found {
    let text = match file.text() {
        Ok(text) => text,
        Err(gap) => return gap.into(),
    };
    let mut found = Found::default();
    let berry = text.lines().any(|line| line.starts_with("__metadata:"));
    let blocks = match berry {
        true => match berry_blocks(file, text) {
            Ok(blocks) => blocks,
            Err(gap) => return gap.into(),
        },
        false => blocks(file, text, &mut found),
    };
    let mut index: HashMap<&str, usize> = HashMap::new();
    for (number, block) in blocks.iter().enumerate() {
        index.extend(block.patterns.iter().map(|pattern| (pattern.as_str(), number)));
    }
    let (mut packages, mut roots, mut labels) = (Vec::new(), Vec::new(), Vec::new());
    for (number, block) in blocks.iter().enumerate() {
        let first =
            block.resolution.as_deref().or(block.patterns.first().map(String::as_str)).unwrap_or_default();
        let (name, range) = split(first);
        let workspace = range.starts_with("workspace:");
        if workspace {
            roots.push(number);
            labels.push(name.to_owned());
            continue;
        }
        // `alias@npm:real@^1.0.0`; in YAML the resolution has the real name already.
        let real = range
            .strip_prefix("npm:")
            .map(split)
            .filter(|(real, _)| block.resolution.is_none() && !real.is_empty());
        let name = real.filter(|(_, range)| !range.is_empty()).map_or(name, |(real, _)| real);
        let Some(version) = block.version.as_deref() else {
            found.gaps.push(file.malformed(&block.line.to_string(), "a package without a version"));
            labels.push(name.to_owned());
            continue;
        };
        let mut package = locked(Kind::Npm, name, version, file);
        package.line = Some(block.line);
        let elsewhere = ["git", "http:", "https:", "file:", "link:", "portal:", "exec:", "github:", "ssh:"];
        if elsewhere.iter().any(|protocol| range.starts_with(protocol)) {
            package.ecosystem = None;
        }
        labels.push(package.label());
        packages.push((number, package));
    }
    let mut graph = Graph::new(blocks.len() + 1);
    for (number, block) in blocks.iter().enumerate() {
        graph.needs[number] =
            block.needs.iter().filter_map(|need| Some((resolve(&index, need)?, false))).collect();
    }
    let manifest = file.sibling("package.json").and_then(|path| file.beside.get(path.as_str()));
    let manifest = manifest.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    let mut marks = false;
    if let Some(manifest) = manifest {
        let name = manifest.get("name").and_then(serde_json::Value::as_str).unwrap_or("package.json");
        labels.push(name.to_owned());
        // In YAML the project is a block too, which does not tell development apart.
        roots.retain(|root| labels[*root] != name);
        let kinds = [("dependencies", false), ("optionalDependencies", false), ("devDependencies", true)];
        for (kind, dev) in kinds {
            let asked = manifest.get(kind).and_then(serde_json::Value::as_object);
            for (name, range) in asked.into_iter().flatten() {
                let need = format!("{name}@{}", range.as_str().unwrap_or_default());
                graph.needs[blocks.len()].extend(resolve(&index, &need).map(|at| (at, dev)));
            }
        }
        roots.push(blocks.len());
        marks = true;
    }
    graph.explain(&roots, |at| labels[at].clone(), packages.iter_mut().map(|(at, it)| (*at, it)), marks);
    found.packages = packages.into_iter().map(|(_, package)| package).collect();
    found
}

fn resolve(index: &HashMap<&str, usize>, need: &str) -> Option<usize> {
    let (name, range) = split(need);
    let with_protocol = || index.get(format!("{name}@npm:{range}").as_str());
    index.get(need).or_else(with_protocol).copied()
}

/// `@scope/name@range` as name and range.
fn split(pattern: &str) -> (&str, &str) {
    let at = pattern.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| at);
    at.map_or((pattern, ""), |at| (&pattern[..at], &pattern[at + 1..]))
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// Blocks of Yarn 1: a head at the margin, fields two spaces in, and what it needs four.
fn blocks(file: &File<'_>, text: &str, found: &mut Found) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    let mut needs = false;
    for (number, line) in text.lines().enumerate() {
        let at = super::line(number).unwrap_or(u32::MAX);
        let plain = line.trim();
        if plain.is_empty() || plain.starts_with('#') {
            continue;
        }
        let margin = line.len() - line.trim_start().len();
        if margin == 0 {
            let Some(head) = plain.strip_suffix(':') else {
                found.gaps.push(file.malformed(&at.to_string(), "it is no line of a yarn.lock"));
                continue;
            };
            let patterns = head.split(", ").map(|pattern| unquoted(pattern).to_owned()).collect();
            out.push(Block { patterns, line: at, ..Block::default() });
            continue;
        }
        let Some(block) = out.last_mut() else { continue };
        if margin == 2 {
            // Old versions have the keys in quotes too.
            let key = plain.strip_suffix(':').map(unquoted);
            needs = matches!(key, Some("dependencies" | "optionalDependencies"));
            if let Some((key, version)) = plain.split_once(' ')
                && unquoted(key) == "version"
            {
                block.version = Some(unquoted(version).to_owned());
            }
        } else if needs && let Some((name, range)) = plain.split_once(' ') {
            block.needs.push(format!("{}@{}", unquoted(name), unquoted(range)));
        }
    }
    out
}

fn berry_blocks(file: &File<'_>, text: &str) -> Result<Vec<Block>, tyrian_model::fact::Gap> {
    let documents = yaml::documents(file.path, text)?;
    let Some(Node { is: Value::Map(entries), .. }) = documents.first() else {
        return Err(file.malformed("", "it is no mapping"));
    };
    let mut out = Vec::new();
    for (key, node) in entries.iter().filter(|(key, _)| key != "__metadata") {
        let text = |name: &str| node.get(name).and_then(Node::scalar).map(str::to_owned);
        let needs =
            ["dependencies", "optionalDependencies"].iter().filter_map(|name| match &node.get(name)?.is {
                Value::Map(needs) => Some(needs),
                _ => None,
            });
        let needs =
            needs.flatten().map(|(name, range)| format!("{name}@{}", range.scalar().unwrap_or_default()));
        out.push(Block {
            patterns: key.split(", ").map(str::to_owned).collect(),
            line: node.at.line.saturating_sub(1).max(1),
            version: text("version"),
            resolution: text("resolution"),
            needs: needs.collect(),
        });
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::tests::labels;
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_first_version() {
        let text = "# yarn lockfile v1\n\n\n\"@a/b@^1.0.0\", \"@a/b@~1.0\":\n  version \"1.0.2\"\n  resolved \"https://x\"\n  dependencies:\n    c \"^2\"\n\n\
                    c@^2:\n  version \"2.1.0\"\n\n\"d@npm:real@^3\":\n  \"version\" \"3.0.0\"\n";
        let beside = BTreeMap::from([(
            "package.json",
            r#"{"name": "shop", "dependencies": {"@a/b": "~1.0"}, "devDependencies": {"d": "npm:real@^3"}}"#,
        )]);
        let found = read(&File { path: "yarn.lock", bytes: text.as_bytes(), beside: &beside });
        assert_eq!(labels(&found), ["@a/b 1.0.2", "c 2.1.0", "real 3.0.0"]);
        assert_eq!(found.packages[1].why, ["shop", "@a/b 1.0.2"]);
        assert_eq!((found.packages[1].dev, found.packages[2].dev), (false, true));
        assert_eq!(found.packages[1].line, Some(10));
    }

    #[test]
    fn the_later_ones() {
        let text = "__metadata:\n  version: 8\n\n\"a@npm:^1.0.0, a@npm:^1.1\":\n  version: 1.1.0\n  resolution: \"a@npm:1.1.0\"\n  dependencies:\n    b: \"npm:^2\"\n\n\
                    \"b@npm:^2\":\n  version: 2.0.0\n  resolution: \"b@npm:2.0.0\"\n\n\"shop@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"shop@workspace:.\"\n  dependencies:\n    a: \"npm:^1.1\"\n";
        let found = read(&super::super::tests::file("yarn.lock", text));
        assert_eq!(labels(&found), ["a 1.1.0", "b 2.0.0"]);
        assert_eq!(found.packages[1].why, ["shop", "a 1.1.0"]);
        assert_eq!(found.packages[1].line, Some(10));
    }
}
