//! The ids of frameworks that checks and threats may name: `attack:T1611`, `nist:3.4.3`, `cis-docker:5.5`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Deserialize)]
struct Ids {
    attack: BTreeMap<String, String>,
    nist: BTreeMap<String, String>,
    pss: BTreeMap<String, String>,
    cis: BTreeMap<String, Vec<String>>,
}

static IDS: LazyLock<Ids> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the text is part of the program, and a test parses it")]
    toml::from_str(include_str!("ids.toml")).expect("ids.toml")
});

/// The title of an id; nothing for one that is not known. Of the benchmarks of CIS only the number is kept.
pub fn title(id: &str) -> Option<String> {
    let (family, id) = id.split_once(':')?;
    match family {
        "attack" => IDS.attack.get(id).map(|title| format!("ATT&CK {id}: {title}")),
        "nist" => IDS.nist.get(id).map(|title| format!("NIST SP 800-190, {id}: {title}")),
        "pss" => IDS.pss.get(id).cloned(),
        _ => {
            let (name, list) = match family.strip_prefix("cis-")? {
                "docker" => ("Docker", IDS.cis.get("docker")?),
                "kubernetes" => ("Kubernetes", IDS.cis.get("kubernetes")?),
                _ => return None,
            };
            list.iter().any(|known| known == id).then(|| format!("CIS {name} Benchmark, {id}"))
        }
    }
}
