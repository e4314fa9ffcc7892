//! Whether an advisory hits a version: the `affected` part of an OSV record (the Open Source Vulnerability schema,
//! "affected\[\] fields" and "Evaluation"), over the order of its ecosystem.
//!
//! A version is hit if it is listed, or lies in one of the ranges; it is not hit only if all that is said is
//! understood and none of it hits. What contradicts itself hits nobody and clears nobody.

use crate::version::{Scheme, Unread};
use serde::Deserialize;
use std::cmp::Ordering;
use std::fmt;

/// What one record says of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Affected {
    /// Ranges; a version in any of them is hit.
    #[serde(default)]
    pub ranges: Vec<Range>,
    /// Versions that are hit, one by one.
    #[serde(default)]
    pub versions: Vec<String>,
}

/// A line of versions and what happens along it, in any order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Range {
    /// What the events name.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// What happens along the line.
    #[serde(default)]
    pub events: Vec<Event>,
}

/// What the events of a range name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Kind {
    /// Versions of the ecosystem, in its order.
    #[serde(rename = "ECOSYSTEM")]
    Ecosystem,
    /// Semantic versions; compared in the order of the ecosystem, which is theirs.
    #[serde(rename = "SEMVER")]
    Semver,
    /// Commits: they say nothing about versions.
    #[serde(rename = "GIT")]
    Git,
    /// A kind that the schema did not have.
    #[serde(other)]
    Other,
}

/// What happens at one version.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// From here on versions are hit; `0` is before all versions.
    Introduced(String),
    /// From here on they are not.
    Fixed(String),
    /// After this one they are not.
    LastAffected(String),
    /// From here on the range says nothing; `*` is after all versions.
    Limit(String),
}

/// What a record says about a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// It is hit, and this is the smallest later version that the record names as fixed and does not hit itself.
    FixedIn(&'a str),
    /// It is hit, and the record names no fixed version.
    NoFix,
    /// It is not hit: all that the record says is understood, and none of it hits.
    NotAffected,
    /// It cannot be told.
    Unknown(Doubt),
}

/// Why it cannot be told whether a version is hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The version, or one that the record names, is none by the rules of the ecosystem.
    Unread(Unread),
    /// The record names neither versions nor ranges of them.
    NothingSaid,
    /// A range never says from where on versions are hit.
    NoIntroduction,
    /// A range contradicts itself: fixed before it was introduced, or both at one version, or both fixed and last
    /// affected.
    Contradiction,
    /// A range is of a kind that is not known here.
    UnknownKind,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Doubt::Unread(unread) => unread.fmt(f),
            Doubt::NothingSaid => f.write_str("the advisory names neither versions nor ranges of versions"),
            Doubt::NoIntroduction => f.write_str("a range of the advisory does not say from where on"),
            Doubt::Contradiction => f.write_str("a range of the advisory contradicts itself"),
            Doubt::UnknownKind => f.write_str("a range of the advisory is of a kind that is not known"),
        }
    }
}

impl Affected {
    /// What is said about this version of the package, by the order of `scheme`.
    ///
    /// Takes time in proportion to the events and versions, and to their square where there are fixed versions to
    /// choose from.
    pub fn judge(&self, scheme: Scheme, version: &str) -> Verdict<'_> {
        match self.hits(scheme, version) {
            Err(doubt) => Verdict::Unknown(doubt),
            Ok(false) => Verdict::NotAffected,
            Ok(true) => self.fix(scheme, version).map_or(Verdict::NoFix, Verdict::FixedIn),
        }
    }

    /// Whether the version is hit.
    ///
    /// # Errors
    /// If that cannot be told.
    pub fn hits(&self, scheme: Scheme, version: &str) -> Result<bool, Doubt> {
        // A listed version is hit even if it is none by the rules: old packages have such names.
        if self.versions.iter().any(|listed| listed == version) {
            return Ok(true);
        }
        if let Err(unread) = scheme.compare(version, version) {
            return Err(Doubt::Unread(unread));
        }
        // What is no version cannot be another way to write this one.
        if self.versions.iter().any(|listed| scheme.compare(listed, version) == Ok(Ordering::Equal)) {
            return Ok(true);
        }
        let mut doubt = None;
        let mut says_something = !self.versions.is_empty();
        for range in self.ranges.iter().filter(|range| range.kind != Kind::Git) {
            says_something = true;
            match range.hits(scheme, version) {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(other) => doubt = doubt.or(Some(other)),
            }
        }
        match doubt {
            Some(doubt) => Err(doubt),
            None if says_something => Ok(false),
            None => Err(Doubt::NothingSaid),
        }
    }

    /// The smallest fixed version after this one that is not hit itself.
    fn fix(&self, scheme: Scheme, version: &str) -> Option<&str> {
        let is = |a: &str, b: &str, order| scheme.compare(a, b) == Ok(order);
        let mut best: Option<&str> = None;
        for range in self.ranges.iter().filter(|range| range.kind != Kind::Git) {
            for event in &range.events {
                if let Event::Fixed(fixed) = event
                    && is(fixed, version, Ordering::Greater)
                    && best.is_none_or(|best| is(fixed, best, Ordering::Less))
                    && self.hits(scheme, fixed) == Ok(false)
                {
                    best = Some(fixed);
                }
            }
        }
        best
    }
}

/// A place on the line of versions; `None` is before all of them. What happens after a version comes behind what
/// happens at it.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    version: Option<&'a str>,
    is_after: bool,
    /// From here on versions are hit; otherwise they are not.
    is_introduced: bool,
}

impl Place<'_> {
    fn order(self, other: Place<'_>, scheme: Scheme) -> Result<Ordering, Doubt> {
        let order = match (self.version, other.version) {
            (Some(a), Some(b)) => scheme.compare(a, b).map_err(Doubt::Unread)?,
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        Ok(order.then(self.is_after.cmp(&other.is_after)))
    }
}

impl Event {
    /// Where it happens on the line; a limit does not.
    fn place(&self) -> Option<Place<'_>> {
        let (version, is_after, is_introduced) = match self {
            Event::Introduced(at) => ((at != "0").then_some(at.as_str()), false, true),
            Event::Fixed(at) => (Some(at.as_str()), false, false),
            Event::LastAffected(at) => (Some(at.as_str()), true, false),
            Event::Limit(_) => return None,
        };
        Some(Place { version, is_after, is_introduced })
    }
}

/// Ranges of which it is known that they are sound, so that many versions are held against them quickly.
pub(crate) struct Lines<'a>(Vec<Vec<Place<'a>>>);

impl<'a> Lines<'a> {
    /// Nothing where a range is not understood, contradicts itself, or has limits.
    pub(crate) fn of(ranges: &'a [Range], scheme: Scheme) -> Option<Self> {
        let of_range = |range: &'a Range| {
            let mut line = Vec::with_capacity(range.events.len());
            for event in &range.events {
                let place = event.place()?;
                // Kept in order; there are few.
                let mut at = line.len();
                while at > 0 && place.order(line[at - 1], scheme).ok()?.is_lt() {
                    at -= 1;
                }
                if at > 0 && place.order(line[at - 1], scheme).ok()?.is_eq() {
                    return None;
                }
                line.insert(at, place);
            }
            let is = |test: fn(&Event) -> bool| range.events.iter().any(test);
            let both = is(|event| matches!(event, Event::Fixed(_)))
                && is(|event| matches!(event, Event::LastAffected(_)));
            let sound = !both && line.first().is_some_and(|place: &Place<'_>| place.is_introduced);
            // One place is compared with nothing above, which shows whether it is a version.
            let reads = line.iter().all(|place| place.order(*place, scheme).is_ok());
            (sound && reads).then_some(line)
        };
        let ranges = ranges.iter().filter(|range| range.kind != Kind::Git);
        if ranges.clone().any(|range| range.kind == Kind::Other) {
            return None;
        }
        ranges.map(of_range).collect::<Option<_>>().map(Lines)
    }

    /// Whether the version lies in one of them; nothing where it is none by the rules.
    pub(crate) fn hit(&self, scheme: Scheme, version: &str) -> Option<bool> {
        let here = Place { version: Some(version), is_after: false, is_introduced: false };
        if self.0.is_empty() {
            return scheme.compare(version, version).ok().map(|_| false);
        }
        for line in &self.0 {
            let mut last = None;
            // The newest stands last, and most versions are old.
            for place in line.iter().rev() {
                if place.order(here, scheme).ok()?.is_le() {
                    last = Some(place);
                    break;
                }
            }
            if last.is_some_and(|place| place.is_introduced) {
                return Some(true);
            }
        }
        Some(false)
    }
}

impl Range {
    /// Whether the version lies in the range: whether, of what happens up to it, an introduction is the last.
    fn hits(&self, scheme: Scheme, version: &str) -> Result<bool, Doubt> {
        if self.kind == Kind::Other {
            return Err(Doubt::UnknownKind);
        }
        let here = Place { version: Some(version), is_after: false, is_introduced: false };
        let places = || self.events.iter().filter_map(Event::place);
        let (mut first, mut last): (Option<Place<'_>>, Option<Place<'_>>) = (None, None);
        for place in places() {
            if first.map_or(Ok(true), |first| place.order(first, scheme).map(Ordering::is_lt))? {
                first = Some(place);
            }
            if place.order(here, scheme)?.is_le()
                && last.map_or(Ok(true), |last| place.order(last, scheme).map(Ordering::is_gt))?
            {
                last = Some(place);
            }
        }
        if !places().any(|place| place.is_introduced) {
            return Err(Doubt::NoIntroduction);
        }
        let has = |test: fn(&Event) -> bool| self.events.iter().any(test);
        let has_both_ends = has(|event| matches!(event, Event::Fixed(_)))
            && has(|event| matches!(event, Event::LastAffected(_)));
        if has_both_ends || first.is_some_and(|first| !first.is_introduced) {
            return Err(Doubt::Contradiction);
        }
        // What happens at one place has to be the same.
        for decisive in first.into_iter().chain(last) {
            for place in places().filter(|place| place.is_introduced != decisive.is_introduced) {
                if place.order(decisive, scheme)?.is_eq() {
                    return Err(Doubt::Contradiction);
                }
            }
        }
        let is_hit = last.is_some_and(|last| last.is_introduced);
        let limits = self.events.iter().filter_map(|event| match event {
            Event::Limit(at) => Some(at.as_str()),
            _ => None,
        });
        // Before any of the limits, where there are some.
        let mut is_within = limits.clone().next().is_none();
        for limit in limits {
            let place = Place { version: Some(limit), is_after: false, is_introduced: false };
            is_within |= limit == "*" || here.order(place, scheme)?.is_lt();
        }
        Ok(is_hit && is_within)
    }
}
