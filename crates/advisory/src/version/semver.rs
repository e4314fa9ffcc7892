//! Semantic Versioning 2.0.0, to the letter: three numbers without leading zeros, `-` pre-release, `+` build.
//! What is built has no part in the order (section 10).

use super::{Scheme, Unread, numbers};
use std::cmp::Ordering;

/// The parts of a version. Its build is checked and left away.
#[derive(Clone, Copy)]
pub(super) struct Version<'a> {
    /// Major, minor, patch: digits without leading zeros.
    pub(super) numbers: [&'a str; 3],
    /// Empty, or identifiers with dots between them.
    pub(super) pre: &'a str,
}

/// How `a` stands to `b`.
///
/// # Errors
/// If one of them is no semantic version.
pub fn compare(a: &str, b: &str) -> Result<Ordering, Unread> {
    Ok(precedence(&read(a, Scheme::Semver)?, &read(b, Scheme::Semver)?))
}

/// One text for all versions that are equal to this one.
///
/// # Errors
/// If it is no semantic version.
pub fn normal(version: &str) -> Result<String, Unread> {
    Ok(write(&read(version, Scheme::Semver)?))
}

/// The version without its build.
pub(super) fn write(version: &Version<'_>) -> String {
    let mut text = version.numbers.join(".");
    if !version.pre.is_empty() {
        text.push('-');
        text.push_str(version.pre);
    }
    text
}

/// The order of section 11.
pub(super) fn precedence(a: &Version<'_>, b: &Version<'_>) -> Ordering {
    for (a, b) in a.numbers.iter().zip(b.numbers) {
        let order = numbers(a.as_bytes(), b.as_bytes());
        if order.is_ne() {
            return order;
        }
    }
    match (a.pre, b.pre) {
        ("", "") => Ordering::Equal,
        ("", _) => Ordering::Greater,
        (_, "") => Ordering::Less,
        (a, b) => pre_releases(a, b),
    }
}

/// Identifiers, one after the other: numbers before texts, fewer before more.
fn pre_releases(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (is_number(a), is_number(b)) {
                (true, true) => numbers(a.as_bytes(), b.as_bytes()),
                (false, false) => a.cmp(b),
                (a, b) => b.cmp(&a),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a whole version; `scheme` is whose version it is said not to be.
pub(super) fn read(text: &str, scheme: Scheme) -> Result<Version<'_>, Unread> {
    let (text, pre) = tail(text, scheme)?;
    let mut parts = text.split('.');
    let numbers = [(); 3].map(|()| parts.next().unwrap_or_default());
    if parts.next().is_some() || !numbers.iter().all(|number| is_plain_number(number)) {
        return Err(scheme.no_version("not three numbers without leading zeros"));
    }
    Ok(Version { numbers, pre })
}

/// A number without leading zeros.
pub(super) fn is_plain_number(text: &str) -> bool {
    is_number(text) && (text == "0" || !text.starts_with('0'))
}

/// Parts the text before pre-release and build from the pre-release, and checks both.
pub(super) fn tail(text: &str, scheme: Scheme) -> Result<(&str, &str), Unread> {
    let (text, build) = match text.split_once('+') {
        Some((text, build)) => (text, Some(build)),
        None => (text, None),
    };
    let (text, pre) = match text.split_once('-') {
        Some((text, pre)) => (text, Some(pre)),
        None => (text, None),
    };
    let has_letters = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if build.is_some_and(|build| !build.split('.').all(|part| !part.is_empty() && has_letters(part))) {
        return Err(
            scheme.no_version("a build with an empty identifier or other characters than letters, digits, -")
        );
    }
    let fine =
        |part: &str| !part.is_empty() && has_letters(part) && (!is_number(part) || is_plain_number(part));
    if pre.is_some_and(|pre| !pre.split('.').all(fine)) {
        return Err(scheme.no_version(
            "a pre-release with an empty identifier, a leading zero, or other characters than letters, digits, -",
        ));
    }
    Ok((text, pre.unwrap_or_default()))
}
