//! Roles and bindings.

use super::{Document, known, text, texts};
use crate::yaml::place;
use tyrian_model::fact::{Gap, Known, Pos, Why};
use tyrian_model::kubernetes::{Binding, Role, Rule};

pub(super) fn role(document: &Document, namespace: Option<String>) -> Role {
    let view = document.view();
    let read = || {
        if let Some(node) = view.key("aggregationRule").node()? {
            let what = "the rules of an aggregated role are filled in by a controller";
            return Err(Gap::new(Why::Unresolved, format!("{}: {what}", place(&document.file, &node.at))));
        }
        view.key("rules")
            .items()?
            .iter()
            .map(|rule| {
                rule.entries()?;
                let list = |key: &str| texts(&rule.key(key));
                let mut resources = list("resources")?;
                resources.extend(list("nonResourceURLs")?);
                Ok(Rule {
                    verbs: list("verbs")?,
                    groups: list("apiGroups")?,
                    resources,
                    names: list("resourceNames")?,
                    at: rule.pos(),
                })
            })
            .collect()
    };
    let at = view.key("rules").pos().unwrap_or_else(|| document.node.at.clone());
    Role { origin: document.origin(), namespace, rules: known(read(), &at) }
}

pub(super) fn binding(document: &Document, namespace: Option<String>) -> Binding {
    let view = document.view();
    let (role, subjects) = (view.key("roleRef"), view.key("subjects"));
    let malformed =
        |at: &Pos, what: &str| Gap::new(Why::Malformed, format!("{}: {what}", place(&document.file, at)));
    let here = &document.node.at;
    let refers = || {
        let (Some((kind, _)), Some((name, at))) = (text(&role.key("kind"))?, text(&role.key("name"))?) else {
            return Err(malformed(here, "a binding needs roleRef with kind and name"));
        };
        match (kind.as_str(), &namespace) {
            ("ClusterRole", _) => Ok(Known::at(format!("clusterrole:{name}"), at)),
            ("Role", Some(namespace)) => Ok(Known::at(format!("role:{namespace}/{name}"), at)),
            _ => Err(malformed(&at, "roleRef does not name a role that this binding can grant")),
        }
    };
    let grants = || {
        let mut whom = Vec::new();
        for subject in subjects.items()? {
            let at = subject.pos().unwrap_or_else(|| here.clone());
            let (Some((kind, _)), Some((name, _))) =
                (text(&subject.key("kind"))?, text(&subject.key("name"))?)
            else {
                return Err(malformed(&at, "a subject needs kind and name"));
            };
            whom.push(match kind.as_str() {
                // The user that a service account is seen as.
                "User" => match name.strip_prefix("system:serviceaccount:").and_then(|n| n.split_once(':')) {
                    Some((namespace, name)) => format!("serviceaccount:{namespace}/{name}"),
                    None => format!("user:{name}"),
                },
                "Group" => format!("group:{name}"),
                "ServiceAccount" => {
                    let written = text(&subject.key("namespace"))?.map(|(text, _)| text);
                    match written.filter(|text| !text.is_empty()).or_else(|| namespace.clone()) {
                        Some(namespace) => format!("serviceaccount:{namespace}/{name}"),
                        None => return Err(malformed(&at, "a service account without its namespace")),
                    }
                }
                _ => return Err(malformed(&at, "a subject that is no User, Group or ServiceAccount")),
            });
        }
        Ok(whom)
    };
    Binding {
        origin: document.origin(),
        role: refers().unwrap_or_else(Known::from),
        subjects: known(grants(), &subjects.pos().unwrap_or_else(|| here.clone())),
        namespace,
    }
}
