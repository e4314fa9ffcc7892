//! The safe list: which packages an organisation agreed on, until when, and what to take instead of those that it
//! refuses.

use crate::version::Scheme;
use spdx::{Expression, ParseMode};
use std::cmp::Ordering;
use std::fmt;

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which packages, as the beginning of a package URL without its version: `pkg:npm/lodash`, `pkg:pypi/*`.
    pub package: String,
    /// Which of their versions; nothing: all.
    pub versions: Option<Versions>,
    /// Which licences, by SPDX id: packages that cannot be had under another one. Empty: all.
    pub licences: Vec<String>,
    /// What was agreed on them.
    pub verdict: Verdict,
    /// The last day on which that holds, `2027-01-31`; nothing: for ever.
    pub until: Option<String>,
    /// The last day before somebody has to look at it again.
    pub reviewed_until: Option<String>,
    /// What to take instead.
    pub instead: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// What was agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be used.
    Allowed,
    /// It may not.
    Forbidden,
}

/// The list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SafeList {
    /// Its lines; the first that is about a package counts.
    pub entries: Vec<Entry>,
    /// May packages be used that no line is about? Where they may not, that is so in the ecosystems that lines name.
    pub others: bool,
}

/// A package that is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its package URL.
    pub purl: &'a str,
    /// Its ecosystem as OSV names it; nothing where it has none.
    pub ecosystem: Option<&'a str>,
    /// Its version; nothing where it is left open.
    pub version: Option<&'a str>,
    /// Its licence as it states it; nothing where it does not.
    pub licence: Option<&'a str>,
}

/// What the list says of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It is agreed.
    Agreed,
    /// It is not, in one clause: `is forbidden (unmaintained); take pkg:npm/lodash instead`.
    Refused(String),
    /// It cannot be told, and why.
    Unclear(String),
}

impl SafeList {
    /// What it says on that day (`2026-05-01`).
    pub fn says(&self, it: &Asked<'_>, today: &str) -> Said {
        for entry in &self.entries {
            match entry.is_about(it) {
                Ok(false) => {}
                Ok(true) => return entry.says(today),
                // Whatever later lines say: this one might have come first.
                Err(why) => return Said::Unclear(why),
            }
        }
        let kind = |purl: &str| purl.split('/').next().unwrap_or_default().trim_end_matches('*').to_owned();
        let own = kind(it.purl);
        match self.others || !self.entries.iter().any(|entry| own.starts_with(&kind(&entry.package))) {
            true => Said::Agreed,
            false => Said::Refused("is not on the safe list".into()),
        }
    }
}

impl Entry {
    fn is_about(&self, it: &Asked<'_>) -> Result<bool, String> {
        let base = it.purl.split(['?', '#']).next().unwrap_or_default();
        let base = base.rsplit_once('@').map_or(base, |(base, _)| base);
        let is_named = match self.package.strip_suffix('*') {
            Some(beginning) => base.starts_with(beginning),
            None => base == self.package,
        };
        if !is_named {
            return Ok(false);
        }
        if let Some(versions) = &self.versions {
            let version = it.version.ok_or("its version is left open, and the safe list asks for it")?;
            let scheme = it.ecosystem.and_then(Scheme::of_ecosystem);
            let scheme =
                scheme.ok_or("nobody orders its versions, and the safe list asks for some of them")?;
            if !versions.have(scheme, version)? {
                return Ok(false);
            }
        }
        if self.licences.is_empty() {
            return Ok(true);
        }
        let licence = it.licence.ok_or("it states no licence, and the safe list asks for it")?;
        let terms = Expression::parse_mode(licence, ParseMode::LAX)
            .map_err(|error| format!("its licence is no SPDX expression ({}): {licence}", error.reason))?;
        let is_listed = |request: &spdx::LicenseReq| {
            self.licences.iter().any(|listed| request.license.to_string().eq_ignore_ascii_case(listed))
        };
        // It is about the package where no choice that the terms leave does without a listed licence.
        Ok(!terms.evaluate(|request| !is_listed(request)))
    }

    fn says(&self, today: &str) -> Said {
        let is_over = |day: &Option<String>| day.as_deref().is_some_and(|day| day < today);
        let instead =
            self.instead.as_ref().map(|other| format!("; take {other} instead")).unwrap_or_default();
        let reason = self.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let day = |day: &Option<String>| day.clone().unwrap_or_default();
        match self.verdict {
            Verdict::Forbidden if is_over(&self.until) => Said::Agreed,
            Verdict::Forbidden => Said::Refused(format!("is forbidden{reason}{instead}")),
            Verdict::Allowed if is_over(&self.until) => {
                Said::Refused(format!("was allowed until {}{reason}{instead}", day(&self.until)))
            }
            Verdict::Allowed if is_over(&self.reviewed_until) => Said::Refused(format!(
                "is allowed by a line that had to be reviewed by {}{instead}",
                day(&self.reviewed_until)
            )),
            Verdict::Allowed => Said::Agreed,
        }
    }
}

/// Versions by their ecosystem's own order: `>=1.2, <2`, `=1.4.1`. All parts must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions(Vec<(Compare, String)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    Less,
    AtMost,
    Is,
    IsNot,
    AtLeast,
    More,
}

/// From the longest sign to the shortest.
const SIGNS: [(&str, Compare); 6] = [
    ("<=", Compare::AtMost),
    (">=", Compare::AtLeast),
    ("!=", Compare::IsNot),
    ("<", Compare::Less),
    (">", Compare::More),
    ("=", Compare::Is),
];

impl Versions {
    /// Reads them.
    ///
    /// # Errors
    /// A part has no sign or no version.
    pub fn parse(text: &str) -> Result<Versions, String> {
        let part = |part: &str| {
            let part = part.trim();
            let sign =
                SIGNS.iter().find_map(|(sign, compare)| Some((*compare, part.strip_prefix(sign)?.trim())));
            match sign {
                Some((compare, version)) if !version.is_empty() => Ok((compare, version.to_owned())),
                _ => Err(format!("`{part}` is not like `>=1.2`: a sign (<, <=, =, !=, >=, >) and a version")),
            }
        };
        text.split(',').map(part).collect::<Result<_, _>>().map(Versions)
    }

    fn have(&self, scheme: Scheme, version: &str) -> Result<bool, String> {
        for (compare, bound) in &self.0 {
            let bound = &whole(scheme, bound);
            let order = scheme.compare(version, bound).map_err(|error| {
                format!("{version} cannot be compared with the safe list's {bound}: {error}")
            })?;
            let holds = match compare {
                Compare::Less => order == Ordering::Less,
                Compare::AtMost => order != Ordering::Greater,
                Compare::Is => order == Ordering::Equal,
                Compare::IsNot => order != Ordering::Equal,
                Compare::AtLeast => order != Ordering::Less,
                Compare::More => order == Ordering::Greater,
            };
            if !holds {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// A bound in three numbers where the order knows no others: `5` is `5.0.0`.
fn whole(scheme: Scheme, bound: &str) -> String {
    let is_short = bound.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let missing = match scheme {
        Scheme::Npm | Scheme::Semver | Scheme::Go if is_short => {
            2usize.saturating_sub(bound.matches('.').count())
        }
        _ => 0,
    };
    format!("{bound}{}", ".0".repeat(missing))
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |of| SIGNS.iter().find(|(_, compare)| *compare == of).map_or("", |(sign, _)| sign);
        let parts: Vec<String> =
            self.0.iter().map(|(compare, version)| format!("{}{version}", sign(*compare))).collect();
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(package: &str, verdict: Verdict) -> Entry {
        Entry {
            package: package.into(),
            versions: None,
            licences: Vec::new(),
            verdict,
            until: None,
            reviewed_until: None,
            instead: None,
            reason: None,
        }
    }

    fn npm<'a>(purl: &'a str, version: &'a str, licence: Option<&'a str>) -> Asked<'a> {
        Asked { purl, ecosystem: Some("npm"), version: Some(version), licence }
    }

    fn refused(said: Said) -> String {
        match said {
            Said::Refused(why) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_line_about_a_package_counts() {
        let list = SafeList {
            entries: vec![
                Entry {
                    versions: Versions::parse(">=4.17.21, <5").ok(),
                    ..entry("pkg:npm/lodash", Verdict::Allowed)
                },
                Entry {
                    reason: Some("prototype pollution".into()),
                    instead: Some("lodash 4.17.21".into()),
                    ..entry("pkg:npm/lodash", Verdict::Forbidden)
                },
                entry("pkg:npm/%40shop/*", Verdict::Allowed),
            ],
            others: false,
        };
        let says = |it: &Asked| list.says(it, "2026-05-01");
        assert_eq!(says(&npm("pkg:npm/lodash@4.17.21", "4.17.21", None)), Said::Agreed);
        let old = refused(says(&npm("pkg:npm/lodash@4.9.0", "4.9.0", None)));
        assert_eq!(old, "is forbidden (prototype pollution); take lodash 4.17.21 instead");
        assert_eq!(says(&npm("pkg:npm/%40shop/web@1.0.0", "1.0.0", None)), Said::Agreed);
        assert_eq!(refused(says(&npm("pkg:npm/lodash.get@4.0.0", "4.0.0", None))), "is not on the safe list");
        // Nobody has said anything of Debian's packages.
        assert_eq!(says(&Asked { purl: "pkg:deb/debian/curl@7.88.1", ..npm("", "", None) }), Said::Agreed);
        // What cannot be told is not clean, though the next line would have an answer.
        assert!(matches!(says(&npm("pkg:npm/lodash", "next", None)), Said::Unclear(_)));
        let open = Asked { version: None, ..npm("pkg:npm/lodash", "", None) };
        assert!(matches!(says(&open), Said::Unclear(why) if why.contains("left open")));
    }

    #[test]
    fn a_licence_is_one_where_there_is_no_other_choice() {
        let strong = Entry {
            licences: vec!["GPL-3.0-only".into(), "AGPL-3.0-only".into()],
            ..entry("pkg:*", Verdict::Forbidden)
        };
        let list = SafeList { entries: vec![strong], others: true };
        let says = |licence| list.says(&npm("pkg:npm/a@1.0.0", "1.0.0", licence), "2026-05-01");
        for fine in ["MIT", "MIT OR GPL-3.0-only", "Apache-2.0 AND BSD-3-Clause", "(AGPL-3.0-only OR MIT)"] {
            assert_eq!(says(Some(fine)), Said::Agreed, "{fine}");
        }
        for not in ["GPL-3.0-only", "MIT AND AGPL-3.0-only", "GPL-3.0-only OR AGPL-3.0-only"] {
            assert_eq!(refused(says(Some(not))), "is forbidden", "{not}");
        }
        assert!(matches!(says(Some("see LICENSE")), Said::Unclear(_)));
        assert!(matches!(says(None), Said::Unclear(_)));
    }

    #[test]
    fn days_pass() {
        let until = Entry { until: Some("2026-05-01".into()), ..entry("pkg:npm/a", Verdict::Allowed) };
        let review =
            Entry { reviewed_until: Some("2026-05-01".into()), ..entry("pkg:npm/a", Verdict::Allowed) };
        let a = npm("pkg:npm/a@1.0.0", "1.0.0", None);
        for (entry, why) in
            [(until, "was allowed until 2026-05-01"), (review, "had to be reviewed by 2026-05-01")]
        {
            let list = SafeList { entries: vec![entry], others: true };
            assert_eq!(list.says(&a, "2026-05-01"), Said::Agreed);
            assert!(refused(list.says(&a, "2026-05-02")).contains(why));
        }
    }

    #[test]
    fn versions_are_read_whole_or_not_at_all() {
        assert_eq!(Versions::parse(" >= 1.2 ,<2").unwrap().to_string(), ">=1.2, <2");
        for wrong in ["", "1.2", ">=", ">=1,,<2", "~>1"] {
            assert!(Versions::parse(wrong).unwrap_err().contains("is not like"), "{wrong}");
        }
    }
}
