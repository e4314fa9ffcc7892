//! Every id that a check or a threat names is one.

use tyrian_rules::{checks, ids::title, mission::MISSION};

#[test]
fn every_id_is_known() {
    let of_checks =
        checks::all().into_iter().flat_map(|check| check.ids.iter().map(|id| (check.name, (*id).to_owned())));
    let of_threats = MISSION.threats.iter().flat_map(|t| t.ids.iter().map(|id| (t.id.as_str(), id.clone())));
    let unknown: Vec<String> = of_checks
        .chain(of_threats)
        .filter(|(_, id)| title(id).is_none())
        .map(|(name, id)| format!("{name}: {id}"))
        .collect();
    assert!(unknown.is_empty(), "not in ids.toml:\n{}", unknown.join("\n"));
    assert_eq!(title("attack:T0000"), None);
    assert_eq!(title("cis-docker:5.99"), None);
}
