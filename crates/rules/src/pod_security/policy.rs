//! What a namespace enforces: its labels, and what the cluster's configuration says where they are silent.

use super::{Level, Version};
use serde::Serialize;
use std::collections::BTreeMap;
use tyrian_model::fact::{Pos, See, Unseen};
use tyrian_model::kubernetes::{Namespace, Object};
use tyrian_model::secret::Concealed;
use tyrian_model::tree::Tree;

/// Before the names of the labels.
pub const PREFIX: &str = "pod-security.kubernetes.io/";

/// What is enforced, and who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// The level.
    pub level: Level,
    /// The version.
    pub version: Version,
    /// Where the level comes from.
    pub by: By,
    /// The place of the label that says the level.
    #[serde(skip)]
    pub at: Option<Pos>,
}

/// Who says what is enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The namespace, by its label.
    Label,
    /// The configuration of the admission plugin.
    Configuration,
    /// Nobody: everything is admitted.
    Nobody,
}

/// What the namespace enforces, as the API server takes its labels: a level that is none counts as `restricted`, a
/// version that is none as the newest.
///
/// # Errors
/// Its labels, or the objects among which a configuration may be, were not seen.
pub fn enforced(see: &See, it: &Namespace) -> Result<Policy, Unseen> {
    let labels = see.get(&it.labels)?;
    let label = |name: &str| labels.get(&format!("{PREFIX}{name}"));
    let (level, version) = (label("enforce"), label("enforce-version"));
    let parsed = |text: &str| Version::parse(text).unwrap_or(Version::LATEST);
    if let Some(level) = level {
        let version = version.map(|version| parsed(&version.text));
        let version = match version {
            Some(version) => version,
            None => defaults(see)?.map_or(Version::LATEST, |(_, version)| version),
        };
        let (at, level) = (level.at.clone(), Level::parse(&level.text).unwrap_or(Level::Restricted));
        return Ok(Policy { level, version, by: By::Label, at });
    }
    let defaults = defaults(see)?;
    let version = version.map(|version| parsed(&version.text));
    Ok(match defaults {
        Some((level, default)) => {
            Policy { level, version: version.unwrap_or(default), by: By::Configuration, at: None }
        }
        None => Policy {
            level: Level::Privileged,
            version: version.unwrap_or(Version::LATEST),
            by: By::Nobody,
            at: None,
        },
    })
}

/// Level and version where a namespace says nothing, if there is a configuration.
///
/// # Errors
/// The objects among which a configuration may be were not seen.
pub fn defaults(see: &See) -> Result<Option<(Level, Version)>, Unseen> {
    let Some(body) = configuration(see)? else { return Ok(None) };
    let level = see.text_at(body, &["defaults", "enforce"])?;
    let version = see.text_at(body, &["defaults", "enforce-version"])?;
    let level = level.map_or(Level::Privileged, |level| Level::parse(level).unwrap_or(Level::Restricted));
    Ok(Some((level, version.and_then(Version::parse).unwrap_or(Version::LATEST))))
}

/// A label of the standards that the API server does not understand.
pub(crate) struct WrongLabel<'f> {
    /// The part of its key after the slash.
    pub(crate) name: &'f str,
    /// What is wrong with it, and with which value.
    pub(crate) what: String,
    /// Where it stands.
    pub(crate) at: Option<Pos>,
}

/// The labels of a namespace that speak of the standards and say nothing that the API server understands.
pub(crate) fn wrong_labels(labels: &BTreeMap<String, Concealed>) -> Vec<WrongLabel<'_>> {
    let mut wrong = Vec::new();
    for (key, label) in labels {
        let Some(name) = key.strip_prefix(PREFIX) else { continue };
        let value = &label.text;
        let what = match name {
            "enforce" | "audit" | "warn" => match Level::parse(value) {
                Some(_) => continue,
                None => format!("has `{value}` in {key}, which is none of privileged, baseline, restricted"),
            },
            "enforce-version" | "audit-version" | "warn-version" => match Version::parse(value) {
                Some(_) => continue,
                None => format!("has `{value}` in {key}, which is neither latest nor a version like v1.36"),
            },
            _ => format!("has the label {key}, which means nothing to the API server"),
        };
        wrong.push(WrongLabel { name, what, at: label.at.clone() });
    }
    wrong
}

/// Does the configuration exempt the namespace, or the runtime class, from every standard?
///
/// # Errors
/// The objects among which a configuration may be were not seen.
pub fn is_exempt(see: &See, namespace: &str, runtime_class: Option<&str>) -> Result<bool, Unseen> {
    let Some(body) = configuration(see)? else { return Ok(false) };
    let lists = [("namespaces", Some(namespace)), ("runtimeClasses", runtime_class)];
    for (list, name) in lists {
        let (Some(list), Some(name)) = (see.child(body, &["exemptions", list])?, name) else { continue };
        for item in see.items(list)? {
            if see.text(item)? == name {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The configuration of the admission plugin among the objects of this world.
fn configuration<'f>(see: &See<'f>) -> Result<Option<&'f Tree>, Unseen> {
    let found = see.any(&see.world.objects, |see, object| Ok(body(see, object)?.is_some()))?;
    let Some((_, object)) = found else { return Ok(None) };
    body(see, object)
}

fn body<'f>(see: &See<'f>, object: &'f Object) -> Result<Option<&'f Tree>, Unseen> {
    match object.kind.as_str() {
        "PodSecurityConfiguration" => Ok(Some(&object.body)),
        "AdmissionConfiguration" => {
            let Some(plugins) = see.child(&object.body, &["plugins"])? else { return Ok(None) };
            for plugin in see.items(plugins)? {
                if see.text_at(plugin, &["name"])? == Some("PodSecurity") {
                    return see.child(plugin, &["configuration"]);
                }
            }
            Ok(None)
        }
        _ => Ok(None),
    }
}
