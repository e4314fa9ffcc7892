//! RubyGems' order and requirements: the documentation of Gem::Version and Gem::Requirement.
//!
//! Numbers and letters, as if the shorter version went on with zeros; letters before numbers. `-` means `.pre.`.

use super::{Scheme, Unread, numbers, push_number, significant, span, successor};
use std::cmp::Ordering;

/// Runs of digits and of letters, the zeros at the end of the leading numbers and at the very end left away.
struct Version<'a> {
    segments: Vec<&'a [u8]>,
}

/// How `a` stands to `b`.
///
/// # Errors
/// If one of them is no version of a gem.
pub fn compare(a: &str, b: &str) -> Result<Ordering, Unread> {
    Ok(order(&read(a)?, &read(b)?))
}

/// One text for all versions that are equal to this one.
///
/// # Errors
/// If it is no version of a gem.
pub fn normal(version: &str) -> Result<String, Unread> {
    let mut normal = String::new();
    for segment in read(version)?.segments {
        if !normal.is_empty() {
            normal.push('.');
        }
        if is_number(segment) {
            push_number(&mut normal, segment);
        } else {
            normal.extend(segment.iter().map(|&letter| char::from(letter)));
        }
    }
    if normal.is_empty() {
        normal.push('0');
    }
    Ok(normal)
}

/// Whether the version meets all requirements: `~> 1.2`, `>= 1.0, < 3`, `!= 2.0.1`.
///
/// # Errors
/// If the version or a requirement is not understood.
pub fn within(range: &str, version: &str) -> Result<bool, Unread> {
    let release = release(version);
    let version = read(version)?;
    let mut all = true;
    for requirement in range.split(',') {
        const OPERATORS: [&str; 7] = ["~>", ">=", "<=", "!=", "=", ">", "<"];
        let requirement = requirement.trim();
        let operator = OPERATORS.into_iter().find(|operator| requirement.starts_with(operator));
        let text = requirement[operator.map_or(0, str::len)..].trim();
        let bound = read(text).map_err(|unread| Scheme::Gem.no_range(unread.why))?;
        let order_to_bound = order(&version, &bound);
        all &= match operator {
            None | Some("=") => order_to_bound.is_eq(),
            Some("!=") => order_to_bound.is_ne(),
            Some(">") => order_to_bound.is_gt(),
            Some("<") => order_to_bound.is_lt(),
            Some(">=") => order_to_bound.is_ge(),
            Some("<=") => order_to_bound.is_le(),
            _ => {
                let next = after_family(text);
                order_to_bound.is_ge() && order(&read(release)?, &read(&next)?).is_lt()
            }
        };
    }
    Ok(all)
}

/// The first version that `~>` leaves out: the numbers before any letters, the last of several dropped, and one more.
fn after_family(bound: &str) -> String {
    let numbers: Vec<&str> = release(bound).split('.').collect();
    let kept = numbers.len().saturating_sub(1).max(1);
    let mut next = String::new();
    for number in numbers.iter().take(kept - 1) {
        next.push_str(number);
        next.push('.');
    }
    next.push_str(&successor(numbers.get(kept - 1).copied().unwrap_or("0")));
    next
}

/// The leading numbers of a version, with their dots.
fn release(version: &str) -> &str {
    let version = version.trim();
    // A part with letters ends the numbers, those at its own start belong to them.
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    version[..end].trim_end_matches('.')
}

fn order(a: &Version<'_>, b: &Version<'_>) -> Ordering {
    for at in 0..a.segments.len().max(b.segments.len()) {
        let a = a.segments.get(at).copied().unwrap_or(b"0");
        let b = b.segments.get(at).copied().unwrap_or(b"0");
        let order = match (is_number(a), is_number(b)) {
            (true, true) => numbers(a, b),
            (false, false) => a.cmp(b),
            (a, b) => a.cmp(&b),
        };
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

fn is_number(segment: &[u8]) -> bool {
    segment.first().is_some_and(u8::is_ascii_digit)
}

fn read(text: &str) -> Result<Version<'_>, Unread> {
    let text = text.trim();
    let (plain, tail) = match text.split_once('-') {
        Some((plain, tail)) => (plain, Some(tail)),
        None => (text, None),
    };
    let is_fine = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let first = plain.split('.').next().unwrap_or_default();
    if !plain.split('.').all(is_fine) || !first.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Scheme::Gem.no_version("not a number, then letters and digits with dots between them"));
    }
    let is_fine = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if tail.is_some_and(|tail| !tail.split('.').all(is_fine)) {
        return Err(Scheme::Gem.no_version("something after `-` that is not letters, digits, `-` and dots"));
    }
    let mut segments: Vec<&[u8]> = Vec::new();
    let mut rest = text.as_bytes();
    let mut only_numbers = true;
    while let Some(&byte) = rest.first() {
        let segment = match byte {
            b'0'..=b'9' => {
                let (digits, after) = span(rest, |byte| byte.is_ascii_digit());
                rest = after;
                digits
            }
            byte if byte.is_ascii_alphabetic() => {
                let (letters, after) = span(rest, |byte| byte.is_ascii_alphabetic());
                rest = after;
                letters
            }
            _ => {
                rest = &rest[1..];
                if byte != b'-' {
                    continue;
                }
                b"pre"
            }
        };
        if only_numbers && !is_number(segment) {
            only_numbers = false;
            drop_zeros(&mut segments);
        }
        segments.push(segment);
    }
    drop_zeros(&mut segments);
    Ok(Version { segments })
}

fn drop_zeros(segments: &mut Vec<&[u8]>) {
    while segments.last().is_some_and(|segment| is_number(segment) && significant(segment).is_empty()) {
        segments.pop();
    }
}
