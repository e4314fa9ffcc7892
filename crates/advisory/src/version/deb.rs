//! Debian's order: Debian Policy 5.6.12 "Version", deb-version(7).
//!
//! `[epoch:]upstream[-revision]`. Of upstream and revision, runs of non-digits and of digits are compared by turns;
//! among non-digits `~` sorts before the end, the end before letters, letters before all others. A missing epoch and
//! a missing revision count as `0`. dpkg asks for a digit at the start of the upstream version with a warning only,
//! and so it is not asked for here.

use super::{Scheme, Unread, numbers, push_number, significant, span};
use std::cmp::Ordering;

/// What dpkg holds an epoch in.
const LARGEST_EPOCH: &[u8] = b"2147483647";

struct Version<'a> {
    epoch: &'a [u8],
    upstream: &'a [u8],
    revision: &'a [u8],
}

/// How `a` stands to `b`.
///
/// # Errors
/// If one of them is no Debian version.
pub fn compare(a: &str, b: &str) -> Result<Ordering, Unread> {
    let (a, b) = (read(a)?, read(b)?);
    Ok(numbers(a.epoch, b.epoch)
        .then_with(|| parts(a.upstream, b.upstream))
        .then_with(|| parts(a.revision, b.revision)))
}

/// One text for all versions that are equal to this one.
///
/// # Errors
/// If it is no Debian version.
pub fn normal(version: &str) -> Result<String, Unread> {
    let version = read(version)?;
    let mut normal = String::new();
    push_number(&mut normal, version.epoch);
    for (separator, part) in [(':', version.upstream), ('-', version.revision)] {
        normal.push(separator);
        push_part(&mut normal, part);
    }
    Ok(normal)
}

/// A run of non-digits without a number after it has a zero there.
fn push_part(normal: &mut String, mut part: &[u8]) {
    loop {
        let (text, rest) = span(part, |byte| !byte.is_ascii_digit());
        normal.extend(text.iter().map(|&byte| char::from(byte)));
        let (digits, rest) = span(rest, |byte| byte.is_ascii_digit());
        push_number(normal, digits);
        if rest.is_empty() {
            return;
        }
        part = rest;
    }
}

fn parts(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !(a.is_empty() && b.is_empty()) {
        let (text_a, rest_a) = span(a, |byte| !byte.is_ascii_digit());
        let (text_b, rest_b) = span(b, |byte| !byte.is_ascii_digit());
        for at in 0..text_a.len().max(text_b.len()) {
            let order = weight(text_a.get(at)).cmp(&weight(text_b.get(at)));
            if order.is_ne() {
                return order;
            }
        }
        let (digits_a, rest_a) = span(rest_a, |byte| byte.is_ascii_digit());
        let (digits_b, rest_b) = span(rest_b, |byte| byte.is_ascii_digit());
        let order = numbers(digits_a, digits_b);
        if order.is_ne() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
    Ordering::Equal
}

/// Where a non-digit sorts; a digit or the end is `None`.
fn weight(byte: Option<&u8>) -> i16 {
    match byte {
        None => 0,
        Some(b'~') => -1,
        Some(&letter) if letter.is_ascii_alphabetic() => i16::from(letter),
        Some(&other) => i16::from(other) + 256,
    }
}

fn read(text: &str) -> Result<Version<'_>, Unread> {
    let bytes = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}').as_bytes();
    let (epoch, rest) = match bytes.iter().position(|&byte| byte == b':') {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (&b"0"[..], bytes),
    };
    if epoch.is_empty() || !epoch.iter().all(u8::is_ascii_digit) {
        return Err(Scheme::Deb.no_version("an epoch that is not a number"));
    }
    if significant(epoch).len() >= LARGEST_EPOCH.len() && numbers(epoch, LARGEST_EPOCH).is_gt() {
        return Err(Scheme::Deb.no_version("an epoch larger than dpkg takes"));
    }
    let (upstream, revision) = match rest.iter().rposition(|&byte| byte == b'-') {
        Some(at) if at + 1 == rest.len() => return Err(Scheme::Deb.no_version("an empty revision")),
        Some(at) => (&rest[..at], &rest[at + 1..]),
        None => (rest, &b""[..]),
    };
    if upstream.is_empty() {
        return Err(Scheme::Deb.no_version("no upstream version"));
    }
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b".+~".contains(byte);
    if !upstream.iter().all(|byte| allowed(byte) || b"-:".contains(byte)) || !revision.iter().all(allowed) {
        return Err(Scheme::Deb.no_version("a character that Debian's versions may not have"));
    }
    Ok(Version { epoch, upstream, revision })
}
