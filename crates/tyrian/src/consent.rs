//! By whose leave a clone is attacked: a lab, or a scope file; and never where something says that it is production.

use crate::{Failure, exit};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a scope file allows.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scope {
    /// Who allows it.
    pub(crate) approver: String,
    /// Targets as they are written on the command line; `*` stands for any text.
    pub(crate) targets: Vec<String>,
    /// Techniques by name; `*` stands for any text. Nothing: all.
    #[serde(default = "everything")]
    pub(crate) techniques: Vec<String>,
    /// The last day on which it holds, `2027-03-31`.
    pub(crate) expires: jiff::civil::Date,
    /// The hours of the day within which it holds, `22:00-05:30` by the machine's clock; nothing: all day.
    #[serde(default)]
    pub(crate) hours: Option<String>,
}

fn everything() -> Vec<String> {
    vec!["*".into()]
}

/// What one is asked to allow.
pub(crate) struct Asked<'a> {
    /// The target as it was written.
    pub(crate) target: &'a str,
    /// The names of the techniques.
    pub(crate) techniques: &'a [&'a str],
    /// Labels of the workload, and its namespace under `namespace`.
    pub(crate) labels: &'a BTreeMap<String, String>,
}

/// The leave that the command line gives.
pub(crate) enum Leave {
    /// The machine is a lab.
    Lab,
    /// What a file allows.
    File(PathBuf, Scope),
}

/// The leave that was given.
///
/// # Errors
/// None was, or the file cannot be read.
pub(crate) fn leave(lab: bool, scope: Option<&Path>) -> Result<Leave, Failure> {
    match scope {
        Some(file) => {
            let failed = |what: String| Failure::new(exit::USAGE, format!("{}: {what}", file.display()));
            let bytes = crate::scan::bytes(file, 1 << 20).map_err(failed)?;
            let text = String::from_utf8(bytes).map_err(|_| failed("not a text".into()))?;
            let scope = toml::from_str(&text).map_err(|error| failed(error.to_string()))?;
            Ok(Leave::File(file.to_owned(), scope))
        }
        None if lab => Ok(Leave::Lab),
        None => Err(Failure::new(
            exit::USAGE,
            "attacks need leave: --lab where this machine is a lab, or --scope FILE, which names targets, techniques and \
             hours (--dry-run shows what would be tried)",
        )),
    }
}

/// Is it allowed, at that time of this machine?
///
/// # Errors
/// It is not: why, and what to do.
pub(crate) fn allow(leave: &Leave, asked: &Asked, now: &jiff::Zoned) -> Result<(), Failure> {
    let refuse = |what: String| Err(Failure::new(exit::USAGE, what));
    if let Some((key, value)) = asked.labels.iter().find(|(key, value)| marks_production(key, value)) {
        let what = format!(
            "{}: {key}={value} says that it is production, and clones of production are not attacked here: try it where \
             it is staged",
            asked.target
        );
        return refuse(what);
    }
    let Leave::File(file, scope) = leave else { return Ok(()) };
    let file = file.display();
    let any = |patterns: &[String], text: &str| {
        patterns.iter().any(|pattern| tyrian_judge::policy::matches(pattern, text))
    };
    if !any(&scope.targets, asked.target) {
        return refuse(format!(
            "{file} does not allow {}: it names {}",
            asked.target,
            scope.targets.join(", ")
        ));
    }
    if let Some(name) = asked.techniques.iter().find(|name| !any(&scope.techniques, name)) {
        return refuse(format!("{file} does not allow {name}: choose others with --technique"));
    }
    if now.date() > scope.expires {
        return refuse(format!("{file} held until {}: ask {} again", scope.expires, scope.approver));
    }
    if let Some(hours) = &scope.hours {
        let Some(within) = within(hours, now.time()) else {
            return refuse(format!("{file}: hours = {hours:?}: write them as 22:00-05:30"));
        };
        if !within {
            return refuse(format!(
                "{file} allows it within {hours} alone; it is {}",
                now.time().strftime("%H:%M")
            ));
        }
    }
    Ok(())
}

/// Is the time within `22:00-05:30`, which may go over midnight? Nothing: it is not written so.
fn within(hours: &str, now: jiff::civil::Time) -> Option<bool> {
    let (from, to) = hours.split_once('-')?;
    let time = |text: &str| jiff::civil::Time::strptime("%H:%M", text.trim()).ok();
    let (from, to) = (time(from)?, time(to)?);
    Some(if from <= to { from <= now && now <= to } else { from <= now || now <= to })
}

/// Does this label, or namespace, say that a workload is in production?
fn marks_production(key: &str, value: &str) -> bool {
    const KEYS: [&str; 7] =
        ["env", "environment", "stage", "tier", "namespace", "deployment-environment", "lifecycle"];
    const VALUES: [&str; 4] = ["prod", "production", "live", "prd"];
    let key = key.rsplit(['/', '.']).next().unwrap_or(key).to_ascii_lowercase().replace('_', "-");
    let value = value.to_ascii_lowercase();
    let word = value.split(['-', '_', '.', '/']).any(|word| VALUES.contains(&word));
    KEYS.contains(&key.as_str()) && word && !value.contains("non") && !value.contains("pre")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)] // helpers of tests are tests
    use super::*;

    fn scope(hours: Option<&str>) -> Leave {
        let scope = Scope {
            approver: "ann".into(),
            targets: vec!["container:shop-*".into()],
            techniques: vec!["mount-*".into()],
            expires: "2026-12-31".parse().unwrap(),
            hours: hours.map(str::to_owned),
        };
        Leave::File("scope.toml".into(), scope)
    }

    fn asked(
        leave: &Leave,
        target: &str,
        technique: &str,
        labels: &[(&str, &str)],
        now: &str,
    ) -> Option<String> {
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let asked = Asked { target, techniques: &[technique], labels: &labels };
        let now: jiff::Timestamp = now.parse().unwrap();
        allow(leave, &asked, &now.to_zoned(jiff::tz::TimeZone::UTC)).err().map(|failure| failure.message)
    }

    const NOON: &str = "2026-11-24T12:00:00Z";

    #[test]
    fn a_scope_allows_what_it_names_while_it_holds() {
        let scope = scope(Some("22:00-05:30"));
        let night = "2026-11-24T23:10:00Z";
        assert_eq!(asked(&scope, "container:shop-web", "mount-file-system", &[], night), None);
        for (target, technique, now, why) in [
            ("container:db", "mount-file-system", night, "does not allow container:db"),
            ("container:shop-web", "raw-socket", night, "does not allow raw-socket"),
            ("container:shop-web", "mount-file-system", NOON, "within 22:00-05:30 alone; it is 12:00"),
            ("container:shop-web", "mount-file-system", "2027-01-01T23:00:00Z", "held until 2026-12-31"),
        ] {
            let refused = asked(&scope, target, technique, &[], now).unwrap();
            assert!(refused.contains(why), "{refused}");
        }
        assert!(asked(&self::scope(Some("at night")), "container:shop-web", "mount-x", &[], NOON).is_some());
    }

    #[test]
    fn production_is_refused_even_in_a_lab() {
        for (key, value) in [
            ("env", "prod"),
            ("environment", "Production"),
            ("app.kubernetes.io/environment", "production-eu"),
            ("namespace", "shop-prod"),
            ("com.example.stage", "live"),
        ] {
            assert!(asked(&Leave::Lab, "container:x", "y", &[(key, value)], NOON).is_some(), "{key}={value}");
        }
        for (key, value) in [
            ("env", "staging"),
            ("environment", "preprod"),
            ("env", "non-prod"),
            ("product", "live"),
            ("namespace", "products"),
        ] {
            assert_eq!(asked(&Leave::Lab, "container:x", "y", &[(key, value)], NOON), None, "{key}={value}");
        }
    }

    #[test]
    fn nothing_is_attacked_without_leave() {
        assert!(leave(false, None).is_err());
        assert!(leave(true, None).is_ok());
    }
}
