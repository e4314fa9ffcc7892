//! NuGet's order and ranges: "Package versioning" in its documentation, as NuGet.Versioning carries them out.
//!
//! One to four numbers, and a pre-release as in Semantic Versioning, in any case. Numbers are those of .NET: up to
//! 2147483647. An identifier of a pre-release is a number where .NET reads one, `-5` among them; a larger one is a
//! text. What is built (`+…`) has no part in the order.

use super::{Scheme, Unread, numbers, push_number, semver};
use std::cmp::Ordering;

/// The largest number of a version.
const LARGEST: &[u8] = b"2147483647";

struct Version<'a> {
    numbers: [&'a str; 4],
    pre: &'a str,
}

/// How `a` stands to `b`.
///
/// # Errors
/// If one of them is no version of a NuGet package.
pub fn compare(a: &str, b: &str) -> Result<Ordering, Unread> {
    Ok(order(&read(a)?, &read(b)?))
}

/// One text for all versions that are equal to this one.
///
/// # Errors
/// If it is no version of a NuGet package.
pub fn normal(version: &str) -> Result<String, Unread> {
    let version = read(version)?;
    let mut normal = String::new();
    for (at, number) in version.numbers.iter().enumerate() {
        if at > 0 {
            normal.push('.');
        }
        push_number(&mut normal, number.as_bytes());
    }
    for (at, label) in version.pre.split('.').filter(|label| !label.is_empty()).enumerate() {
        normal.push(if at == 0 { '-' } else { '.' });
        match number(label) {
            Some(number) => normal.push_str(&number.to_string()),
            None => normal.push_str(&label.to_ascii_lowercase()),
        }
    }
    Ok(normal)
}

/// Whether the version lies in the range: `[1.0,2.0)`, `(,1.5]`, `[1.2.3]`, or `1.0` for that and all later ones.
///
/// # Errors
/// If the version or the range is not understood; a floating range (`1.*`) chooses among what a feed has, and is
/// refused.
pub fn within(range: &str, version: &str) -> Result<bool, Unread> {
    let wrong = |why| Scheme::Nuget.no_range(why);
    let version = read(version)?;
    let range = range.trim();
    let Some(inner) = range.strip_prefix(['[', '(']) else {
        let lower = bound(range)?.ok_or(wrong("nothing at all"))?;
        return Ok(order(&version, &lower).is_ge());
    };
    let inner = inner.strip_suffix([']', ')']).ok_or(wrong("an interval that is not closed"))?;
    let (with_lower, with_upper) = (range.starts_with('['), range.ends_with(']'));
    let (lower, upper) = match inner.split_once(',') {
        Some((_, upper)) if upper.contains(',') => return Err(wrong("more than two versions")),
        Some((lower, upper)) => (lower, upper),
        None if !(with_lower && with_upper) => {
            return Err(wrong("a single version in other brackets than []"));
        }
        None => (inner, inner),
    };
    if lower.is_empty() && upper.is_empty() {
        return Err(wrong("an interval without a version"));
    }
    let (lower, upper) = (bound(lower)?, bound(upper)?);
    if let (Some(lower), Some(upper)) = (&lower, &upper) {
        let order = order(lower, upper);
        if order.is_gt() || order.is_eq() && with_lower != with_upper {
            return Err(wrong("an interval that ends before it starts"));
        }
    }
    let above = lower.is_none_or(|lower| match order(&version, &lower) {
        Ordering::Greater => true,
        Ordering::Equal => with_lower,
        Ordering::Less => false,
    });
    let below = upper.is_none_or(|upper| match order(&version, &upper) {
        Ordering::Less => true,
        Ordering::Equal => with_upper,
        Ordering::Greater => false,
    });
    Ok(above && below)
}

/// One end of a range; `None` where nothing bounds it.
fn bound(text: &str) -> Result<Option<Version<'_>>, Unread> {
    match text.trim() {
        "" => Ok(None),
        text if text.contains('*') => Err(Scheme::Nuget.no_range("a floating version")),
        text => read(text).map(Some).map_err(|unread| Scheme::Nuget.no_range(unread.why)),
    }
}

fn order(a: &Version<'_>, b: &Version<'_>) -> Ordering {
    for (a, b) in a.numbers.iter().zip(b.numbers) {
        let order = numbers(a.as_bytes(), b.as_bytes());
        if order.is_ne() {
            return order;
        }
    }
    if a.pre.is_empty() || b.pre.is_empty() {
        return a.pre.is_empty().cmp(&b.pre.is_empty());
    }
    let (mut a, mut b) = (a.pre.split('.'), b.pre.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (number(a), number(b)) {
                (Some(a), Some(b)) => a.cmp(&b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => lower(a).cmp(lower(b)),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn lower(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().map(|byte| byte.to_ascii_lowercase())
}

/// The number that .NET reads from a label.
fn number(label: &str) -> Option<i32> {
    label.parse().ok()
}

fn read(text: &str) -> Result<Version<'_>, Unread> {
    let (plain, pre) = semver::tail(text.trim(), Scheme::Nuget)?;
    let mut parts = plain.split('.');
    let first = parts.next().unwrap_or_default();
    let numbers =
        [first, parts.next().unwrap_or("0"), parts.next().unwrap_or("0"), parts.next().unwrap_or("0")];
    let fits =
        |number: &str| semver::is_number(number) && (super::numbers(number.as_bytes(), LARGEST).is_le());
    if parts.next().is_some() || !numbers.iter().all(|number| fits(number)) {
        return Err(Scheme::Nuget.no_version("not one to four numbers of up to 2147483647"));
    }
    Ok(Version { numbers, pre })
}
