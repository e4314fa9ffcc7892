//! seccomp profiles in Docker's JSON form.

use std::collections::BTreeSet;
use tyrian_model::fact::{Known, Why};

/// The system calls that a profile lets through without a condition on their arguments.
///
/// A rule that asks for capabilities, an architecture or a kernel is left out: whether it holds is not in the file.
/// With a default action that allows, every call that no rule stops is let through; these are named as `*`, and
/// those that are stopped as `!name`.
pub fn allows(path: &str, text: &str) -> Known<BTreeSet<String>> {
    let malformed = |what: &str| Known::gap(Why::Malformed, format!("{path}: {what}"));
    let Ok(profile) = serde_json::from_str::<serde_json::Value>(text) else {
        return malformed("not JSON");
    };
    let action =
        |value: Option<&serde_json::Value>| value.and_then(|action| action.as_str()).map(str::to_owned);
    let lets = |action: &str| matches!(action, "SCMP_ACT_ALLOW" | "SCMP_ACT_LOG");
    let Some(default) = action(profile.get("defaultAction")) else {
        return malformed("no defaultAction");
    };
    let Some(rules) = profile.get("syscalls").map_or(Some(&Vec::new()), |rules| rules.as_array()).cloned()
    else {
        return malformed("syscalls is no list");
    };
    let mut calls = BTreeSet::new();
    if lets(&default) {
        calls.insert("*".to_owned());
    }
    for rule in &rules {
        let Some(action) = action(rule.get("action")) else { return malformed("a rule without an action") };
        let names: Vec<&str> = match (rule.get("names"), rule.get("name")) {
            (Some(serde_json::Value::Array(names)), _) => {
                names.iter().filter_map(|name| name.as_str()).collect()
            }
            (None, Some(serde_json::Value::String(name))) => vec![name],
            _ => return malformed("a rule without names"),
        };
        let conditional = ["args", "includes"].iter().any(|key| match rule.get(key) {
            None | Some(serde_json::Value::Null) => false,
            Some(serde_json::Value::Array(items)) => !items.is_empty(),
            Some(serde_json::Value::Object(items)) => !items.is_empty(),
            Some(_) => true,
        });
        for name in names {
            match (lets(&action), lets(&default)) {
                (true, false) if !conditional => calls.insert(name.to_owned()),
                (false, true) if !conditional => calls.insert(format!("!{name}")),
                _ => false,
            };
        }
    }
    Known::is(calls)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tyrian_model::fact::See;
    use tyrian_model::facts::World;

    #[test]
    fn conditions_are_not_taken_for_permission() {
        let text = r#"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
            {"names": ["read", "keyctl"], "action": "SCMP_ACT_ALLOW"},
            {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 2114060288, "op": "SCMP_CMP_MASKED_EQ"}]},
            {"names": ["bpf"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}}]}"#;
        let world = World::default();
        let see = See::new(&world);
        let calls = allows("p.json", text);
        assert_eq!(see.get(&calls).unwrap().iter().collect::<Vec<_>>(), ["keyctl", "read"]);
        assert!(see.get(&allows("p.json", "{}")).is_err());
    }
}
