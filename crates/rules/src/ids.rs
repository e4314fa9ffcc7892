//! The ids of frameworks that checks and threats may name: `attack:T1611`, `nist:3.4.3`, `cis-docker:5.5`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Titles by id.
type Titles = BTreeMap<String, String>;

#[derive(Deserialize)]
struct Ids {
    attack: Titles,
    nist: Titles,
    pss: Titles,
    nsa: Titles,
    cis: Cis,
}

#[derive(Deserialize)]
struct Cis {
    docker: Titles,
    #[serde(rename = "docker-1.8")]
    docker_1_8: Titles,
    kubernetes: Titles,
}

static IDS: LazyLock<Ids> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the text is part of the program, and a test parses it")]
    toml::from_str(include_str!("ids.toml")).expect("ids.toml")
});

/// The families of ids, with what stands before the number in a title.
const FAMILIES: [(&str, &str); 7] = [
    ("attack", "ATT&CK "),
    ("cis-docker", "CIS Docker Benchmark 1.6, "),
    ("cis-docker-1.8", "CIS Docker Benchmark 1.8, "),
    ("cis-kubernetes", "CIS Kubernetes Benchmark 1.11, "),
    ("nist", "NIST SP 800-190, "),
    ("nsa", "NSA/CISA Kubernetes Hardening Guide 1.2, "),
    ("pss", ""),
];

/// Every id of a family with its title, numbers in their own order: 5.9 before 5.10.
pub fn of_family(family: &str) -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<(&str, &str)> =
        titles(family).into_iter().flatten().map(|(id, title)| (id.as_str(), title.as_str())).collect();
    all.sort_by_key(|(id, _)| id.split('.').map(|part| part.parse().unwrap_or(0_u32)).collect::<Vec<_>>());
    all
}

fn titles(family: &str) -> Option<&'static Titles> {
    Some(match family {
        "attack" => &IDS.attack,
        "cis-docker" => &IDS.cis.docker,
        "cis-docker-1.8" => &IDS.cis.docker_1_8,
        "cis-kubernetes" => &IDS.cis.kubernetes,
        "nist" => &IDS.nist,
        "nsa" => &IDS.nsa,
        "pss" => &IDS.pss,
        _ => return None,
    })
}

/// The title of an id, in one line, with its framework and number: `ATT&CK T1611: Escape to Host`. Nothing for an id
/// that is not known. What the benchmarks of CIS say is described, not quoted.
pub fn title(id: &str) -> Option<String> {
    let (family, number) = id.split_once(':')?;
    let title = titles(family)?.get(number)?;
    let (_, framework) = FAMILIES.into_iter().find(|(name, _)| *name == family)?;
    Some(if framework.is_empty() { title.clone() } else { format!("{framework}{number}: {title}") })
}

/// Every id that may be named by this text: the text itself, or the number of an id without its family.
/// `5.1.1` is one of two benchmarks.
pub fn named(text: &str) -> Vec<String> {
    let with_family = FAMILIES.iter().map(|(family, _)| format!("{family}:{text}"));
    std::iter::once(text.to_owned()).chain(with_family).filter(|id| title(id).is_some()).collect()
}
