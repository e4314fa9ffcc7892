//! The order of Go modules: the Go Modules Reference, "Versions" and "Pseudo-versions".
//!
//! Semantic versions with a leading `v`, which vulnerability records leave out, so that it may be missing. Of a
//! version with neither pre-release nor build, minor and patch may be missing and are zero. What stands after `+`,
//! `+incompatible` among it, has no part in the order. A pseudo-version is a pre-release whose last identifier starts with
//! the time of its commit, and so sorts among others by the same rule.

use super::semver::{self, Version};
use super::{Scheme, Unread};
use std::cmp::Ordering;

/// How `a` stands to `b`.
///
/// # Errors
/// If one of them is no version of a Go module; `(devel)` is none.
pub fn compare(a: &str, b: &str) -> Result<Ordering, Unread> {
    Ok(semver::precedence(&read(a)?, &read(b)?))
}

/// One text for all versions that are equal to this one, without `v`.
///
/// # Errors
/// If it is no version of a Go module.
pub fn normal(version: &str) -> Result<String, Unread> {
    Ok(semver::write(&read(version)?))
}

fn read(text: &str) -> Result<Version<'_>, Unread> {
    let text = text.strip_prefix('v').unwrap_or(text);
    if !text.contains(['-', '+']) {
        let mut parts = text.split('.');
        let (major, minor, patch) = (parts.next(), parts.next(), parts.next());
        let numbers = [major.unwrap_or_default(), minor.unwrap_or("0"), patch.unwrap_or("0")];
        if parts.next().is_some() || !numbers.iter().all(|number| semver::is_plain_number(number)) {
            return Err(Scheme::Go.no_version("not up to three numbers without leading zeros"));
        }
        return Ok(Version { numbers, pre: "" });
    }
    semver::read(text, Scheme::Go)
}
