//! `Gemfile.lock` of Bundler: sections whose lines are told apart by how far they are set in.

use super::cargo_lock::MOST_VERSIONS;
use super::graph::Graph;
use super::{File, Found, locked};
use std::collections::HashMap;
use tyrian_model::packages::{Kind, Package};

/// The gems.
pub(super) fn read(file: &File<'_>) -> Found {
    let text = match file.text() {
        Ok(text) => text,
        Err(gap) => return gap.into(),
    };
    let mut found = Found::default();
    let mut packages: Vec<Package> = Vec::new();
    let mut needs: Vec<Vec<&str>> = Vec::new();
    let (mut section, mut asked) = ("", Vec::new());
    for (number, line) in text.lines().enumerate() {
        let plain = line.trim();
        let margin = line.len() - line.trim_start_matches(' ').len();
        match (section, margin) {
            _ if plain.is_empty() => {}
            (_, 0) => section = plain,
            ("GEM" | "GIT" | "PATH" | "PLUGIN SOURCE", 4) => {
                let version =
                    plain.split_once(" (").and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?)));
                let Some((name, version)) = version else {
                    found.gaps.push(file.malformed(&(number + 1).to_string(), "a gem without a version"));
                    continue;
                };
                // What stands behind a dash is the platform.
                let version = version.split('-').next().unwrap_or(version);
                let mut package = locked(Kind::Gem, name, version, file);
                package.line = super::line(number);
                if section == "PATH" {
                    package.ecosystem = None;
                }
                packages.push(package);
                needs.push(Vec::new());
            }
            ("GEM" | "GIT" | "PATH" | "PLUGIN SOURCE", 6) => {
                needs.last_mut().into_iter().for_each(|list| list.extend(plain.split_whitespace().next()));
            }
            ("DEPENDENCIES", 2) => {
                asked.extend(plain.split_whitespace().next().map(|name| name.trim_end_matches('!')))
            }
            _ => {}
        }
    }
    if packages.is_empty() && !text.contains("GEM") && !text.trim().is_empty() {
        found.gaps.push(file.malformed("", "it has no section GEM"));
    }
    let mut index: HashMap<String, Vec<usize>> = HashMap::new();
    for (number, package) in packages.iter().enumerate() {
        index.entry(package.name.clone()).or_default().push(number);
    }
    // The project stands behind them all.
    needs.push(asked);
    let mut graph = Graph::new(needs.len());
    for (number, list) in needs.iter().enumerate() {
        graph.needs[number] = list
            .iter()
            .filter_map(|name| index.get(*name))
            .flat_map(|all| all.iter().take(MOST_VERSIONS))
            .map(|at| (*at, false))
            .collect();
    }
    let root = packages.len();
    let labels: Vec<String> = packages.iter().map(Package::label).collect();
    let label = |at: usize| labels.get(at).cloned().unwrap_or_else(|| "Gemfile".into());
    graph.explain(&[root], label, packages.iter_mut().enumerate(), false);
    found.packages = packages;
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, labels};
    use super::*;

    #[test]
    fn sections_and_chains() {
        let text = "PATH\n  remote: .\n  specs:\n    shop (0.1)\n      rack (>= 2)\n\nGEM\n  remote: https://rubygems.org/\n  specs:\n    nokogiri (1.16.0-x86_64-linux)\n      racc (~> 1.4)\n    racc (1.7.3)\n    rack (3.0.8)\n\n\
            PLATFORMS\n  ruby\n\nDEPENDENCIES\n  nokogiri (~> 1.16)\n  shop!\n\nBUNDLED WITH\n   2.4.0\n";
        let found = read(&file("Gemfile.lock", text));
        assert_eq!(labels(&found), ["shop 0.1", "nokogiri 1.16.0", "racc 1.7.3", "rack 3.0.8"]);
        assert_eq!(found.packages[2].why, ["Gemfile", "nokogiri 1.16.0"]);
        assert_eq!(found.packages[3].why, ["Gemfile", "shop 0.1"]);
        assert!(found.packages[0].ecosystem.is_none() && found.packages[1].line == Some(10));
    }
}
