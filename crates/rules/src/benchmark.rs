//! Benchmarks: which checks answer which id, and what is left for a person. The data is `benchmarks.toml`.

use crate::{checks, ids};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tyrian_judge::check::Check;
use tyrian_judge::policy::matches;

/// A benchmark, item by item.
#[derive(Debug)]
pub struct Benchmark {
    /// The name by which the command line knows it, `cis-docker`.
    pub name: &'static str,
    /// What people call it, with its version.
    pub title: String,
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

/// A section of a benchmark.
#[derive(Debug)]
pub struct Section {
    /// Its number; empty where the benchmark has none.
    pub number: String,
    /// What it is about, in our own words.
    pub title: String,
    /// Its items, in order.
    pub items: Vec<Item>,
}

/// One id of a benchmark.
#[derive(Clone, Debug)]
pub struct Item {
    /// The number or name that the benchmark gives it.
    pub id: String,
    /// The id as checks name it, `cis-docker:5.4`.
    pub key: String,
    /// What it asks for, in our own words.
    pub title: &'static str,
    /// The checks that answer it.
    pub checks: Vec<&'static Check>,
    /// Which subjects count, by their names; nothing: all that these checks judge.
    only: Option<String>,
    /// The target without which nothing can be said of it.
    pub needs: Option<Needs>,
    /// What was not looked at where none of the checks had anything to judge.
    pub inside: Option<String>,
    /// What is left for a person where nothing is wrong in what can be seen.
    pub manual: Option<String>,
    /// The check without whose subject it is about nothing that is there.
    pub about: Option<String>,
    /// Why no program can answer it from here.
    pub cannot: Option<String>,
}

/// What must have been scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Needs {
    /// The target `host`.
    Host,
    /// The target `docker`.
    Docker,
}

impl Item {
    /// Does this subject count for the item? `settings /etc/docker/daemon.json`.
    pub fn counts(&self, subject: &str) -> bool {
        self.only.as_ref().is_none_or(|pattern| matches(pattern, subject))
    }
}

#[derive(Deserialize)]
struct Written {
    title: String,
    family: String,
    sections: Vec<(String, String)>,
    #[serde(default)]
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    ids: Vec<String>,
    #[serde(default)]
    checks: Vec<String>,
    only: Option<String>,
    needs: Option<Needs>,
    inside: Option<String>,
    manual: Option<String>,
    about: Option<String>,
    cannot: Option<String>,
    /// The id of the same family whose checks answer it as well.
    same: Option<String>,
}

static WRITTEN: LazyLock<BTreeMap<String, Written>> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the text is part of the program, and a test parses it")]
    toml::from_str(include_str!("benchmarks.toml")).expect("benchmarks.toml")
});

/// The names of all benchmarks.
pub const NAMES: [&str; 5] = ["cis-docker", "cis-docker-1.8", "cis-kubernetes", "nist-800-190", "nsa-cisa"];

/// The benchmark of that name.
pub fn named(name: &str) -> Option<Benchmark> {
    let name = NAMES.into_iter().find(|known| *known == name)?;
    if name == "cis-docker-1.8" {
        return Some(newer_docker());
    }
    Some(build(name, WRITTEN.get(name)?))
}

fn build(name: &'static str, written: &Written) -> Benchmark {
    let all = ids::of_family(&written.family);
    let mut sections: Vec<Section> = written
        .sections
        .iter()
        .map(|(number, title)| Section { number: number.clone(), title: title.clone(), items: Vec::new() })
        .collect();
    for (id, title) in all {
        let item = item(written, id, title);
        let belongs = |section: &&mut Section| {
            section.number.is_empty()
                || id
                    .strip_prefix(section.number.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        if let Some(section) = sections.iter_mut().find(belongs) {
            section.items.push(item);
        }
    }
    Benchmark { name, title: written.title.clone(), sections }
}

fn item(written: &Written, id: &str, title: &'static str) -> Item {
    let key = format!("{}:{id}", written.family);
    let mut item = Item {
        id: id.to_owned(),
        title,
        checks: naming(&key),
        key,
        only: None,
        needs: None,
        inside: None,
        manual: None,
        about: None,
        cannot: None,
    };
    for rule in written.rule.iter().filter(|rule| rule.ids.iter().any(|pattern| matches(pattern, id))) {
        item.checks.extend(
            checks::all().into_iter().filter(|check| rule.checks.iter().any(|name| name == check.name)),
        );
        if let Some(same) = &rule.same {
            item.checks.extend(naming(&format!("{}:{same}", written.family)));
        }
        let later = |to: &mut Option<String>, from: &Option<String>| {
            if from.is_some() {
                to.clone_from(from);
            }
        };
        later(&mut item.only, &rule.only);
        later(&mut item.inside, &rule.inside);
        later(&mut item.manual, &rule.manual);
        later(&mut item.about, &rule.about);
        later(&mut item.cannot, &rule.cannot);
        item.needs = rule.needs.or(item.needs);
    }
    item.checks.sort_by_key(|check| check.name);
    item.checks.dedup_by_key(|check| check.name);
    // What a check answers needs no excuse.
    item.cannot = item.cannot.filter(|_| item.checks.is_empty());
    item
}

fn naming(key: &str) -> Vec<&'static Check> {
    checks::all().into_iter().filter(|check| check.ids.contains(&key)).collect()
}

/// CIS Docker 1.8: one id more, 2.7, and what stood there and after it in its section moved by one.
fn newer_docker() -> Benchmark {
    let mut benchmark = WRITTEN.get("cis-docker").map_or_else(
        || Benchmark { name: "cis-docker-1.8", title: String::new(), sections: Vec::new() },
        |written| build("cis-docker-1.8", written),
    );
    benchmark.title = "CIS Docker Benchmark 1.8".to_owned();
    for section in &mut benchmark.sections {
        if section.number != "2" {
            continue;
        }
        for item in &mut section.items {
            if let Some(number) = item.id.strip_prefix("2.").and_then(|number| number.parse::<u32>().ok())
                && number >= 7
            {
                item.id = format!("2.{}", number + 1);
            }
        }
        for (id, title) in ids::of_family("cis-docker-1.8") {
            let key = format!("cis-docker-1.8:{id}");
            let item = Item {
                id: id.to_owned(),
                title,
                checks: naming(&key),
                key,
                only: None,
                needs: Some(Needs::Docker),
                inside: None,
                manual: None,
                about: None,
                cannot: None,
            };
            section.items.insert(6.min(section.items.len()), item);
        }
    }
    benchmark
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn items(name: &str) -> Vec<Item> {
        named(name).unwrap().sections.into_iter().flat_map(|section| section.items).collect()
    }

    #[test]
    fn every_id_is_answered_or_says_why_not() {
        for name in NAMES {
            for item in items(name) {
                let left = item.cannot.is_some() || item.manual.is_some();
                assert!(!item.checks.is_empty() || left, "{name} {}: nothing answers it", item.id);
            }
        }
    }

    /// docker-bench-security#573: the newest edition is there, in its own numbers.
    #[test]
    fn numbers_are_those_of_the_benchmarks() {
        let counts = |name: &str| {
            let sections = named(name).unwrap().sections;
            sections.iter().map(|section| section.items.len()).collect::<Vec<_>>()
        };
        assert_eq!(counts("cis-docker"), [20, 18, 24, 12, 32, 2, 9]);
        assert_eq!(counts("cis-docker-1.8"), [20, 19, 24, 12, 32, 2, 9]);
        for name in NAMES {
            let ids: Vec<String> = items(name).into_iter().map(|item| item.id).collect();
            let distinct: BTreeSet<&String> = ids.iter().collect();
            assert_eq!(ids.len(), distinct.len(), "{name}");
        }
        let of = |name: &str, id: &str| items(name).into_iter().find(|item| item.id == id).unwrap().title;
        assert_eq!(of("cis-docker", "2.13"), of("cis-docker-1.8", "2.14"));
        assert_eq!(of("cis-docker", "2.18"), of("cis-docker-1.8", "2.19"));
        assert!(of("cis-docker-1.8", "2.7").contains("devicemapper"));
    }

    #[test]
    fn rules_name_what_there_is() {
        let names: BTreeSet<&str> = checks::all().iter().map(|check| check.name).collect();
        for (name, written) in WRITTEN.iter() {
            let known = ids::of_family(&written.family);
            assert!(NAMES.contains(&name.as_str()) && !known.is_empty(), "{name}");
            for rule in &written.rule {
                for check in rule.checks.iter().chain(&rule.about) {
                    assert!(names.contains(check.as_str()), "{name}: no check is called {check}");
                }
                for pattern in &rule.ids {
                    assert!(known.iter().any(|(id, _)| matches(pattern, id)), "{name}: no id {pattern}");
                }
            }
        }
        assert!(WRITTEN["cis-docker"].rule.iter().all(|rule| rule.only.as_deref() != Some("")));
    }

    #[test]
    fn files_count_for_their_own_ids() {
        let of = |id: &str| items("cis-docker").into_iter().find(|item| item.id == id).unwrap();
        assert!(of("3.17").counts("settings /etc/docker/daemon.json"));
        assert!(!of("3.17").counts("settings /etc/default/docker"));
        assert!(
            of("1.1.5").counts("data-root /var/lib/docker") && !of("1.1.5").counts("directory /etc/docker")
        );
        assert!(
            of("3.15").counts("socket /run/docker.sock")
                && !of("3.15").counts("socket /run/containerd/containerd.sock")
        );
    }
}
