//! Python's order: the Version Specifiers of the Python Packaging User Guide (PEP 440), with its specifiers.
//!
//! `[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local]`, and the other spellings that it normalises. Versions from before
//! PEP 440 have no order any more and are unread.

use super::{Scheme, Unread, numbers, push_number, significant, span};
use std::cmp::Ordering;

struct Version<'a> {
    epoch: &'a [u8],
    /// Numbers with dots between them.
    release: &'a [u8],
    /// `a`, `b` or `r`, and a number.
    pre: Option<(u8, &'a [u8])>,
    post: Option<&'a [u8]>,
    dev: Option<&'a [u8]>,
    /// Parts with `.`, `-` or `_` between them.
    local: Option<&'a [u8]>,
}

/// How `a` stands to `b`.
///
/// # Errors
/// If one of them is no version of PEP 440.
pub fn compare(a: &str, b: &str) -> Result<Ordering, Unread> {
    let (a, b) = (read(a)?, read(b)?);
    Ok(public(&a, &b).then_with(|| locals(a.local, b.local)))
}

/// One text for all versions that are equal to this one.
///
/// # Errors
/// If it is no version of PEP 440.
pub fn normal(version: &str) -> Result<String, Unread> {
    let version = read(version)?;
    let mut normal = String::new();
    push_number(&mut normal, version.epoch);
    normal.push('!');
    let ends_in_zeros = |part: &&[u8]| significant(part).is_empty();
    let zeros = parts(version.release).rev().take_while(ends_in_zeros).count();
    for part in parts(version.release).take(parts(version.release).count() - zeros) {
        push_number(&mut normal, part);
        normal.push('.');
    }
    if let Some((letter, number)) = version.pre {
        normal.push(char::from(letter));
        push_number(&mut normal, number);
    }
    for (name, number) in [(".post", version.post), (".dev", version.dev)] {
        if let Some(number) = number {
            normal.push_str(name);
            push_number(&mut normal, number);
        }
    }
    for (at, part) in version.local.iter().flat_map(|local| locally(local)).enumerate() {
        normal.push(if at == 0 { '+' } else { '.' });
        if part.iter().all(u8::is_ascii_digit) {
            push_number(&mut normal, part);
        } else {
            normal.extend(part.iter().map(|byte| char::from(byte.to_ascii_lowercase())));
        }
    }
    Ok(normal)
}

/// Whether a version matches all specifiers of a set, `>=1.2, <2, !=1.5.*`; all match the empty set.
///
/// # Errors
/// If the version is none, except under `===`, which compares texts; or a specifier is none.
pub fn within(range: &str, version: &str) -> Result<bool, Unread> {
    let specifiers: Vec<&str> = range.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    // A set has to be understood as a whole, even where its first specifier decides.
    let mut all = true;
    if specifiers.is_empty() {
        read(version)?;
    }
    for specifier in specifiers {
        all &= matches(specifier, version)?;
    }
    Ok(all)
}

fn matches(specifier: &str, text: &str) -> Result<bool, Unread> {
    const OPERATORS: [&str; 8] = ["===", "==", "!=", "~=", "<=", ">=", "<", ">"];
    let Some(operator) = OPERATORS.into_iter().find(|operator| specifier.starts_with(operator)) else {
        return Err(Scheme::Pep440.no_range("a specifier without a comparison"));
    };
    let bound = specifier[operator.len()..].trim();
    if operator == "===" {
        if bound.is_empty() || bound.contains(|c: char| c.is_whitespace() || c == ';' || c == ')') {
            return Err(Scheme::Pep440.no_range("`===` with no text, or one with spaces"));
        }
        return Ok(bound.eq_ignore_ascii_case(text.trim()));
    }
    let version = read(text)?;
    let unclear = |unread: Unread| Scheme::Pep440.no_range(unread.why);
    if let ("==" | "!=", Some(prefix)) = (operator, bound.strip_suffix(".*")) {
        let prefix = read(prefix).map_err(unclear)?;
        if prefix.pre.is_some() || prefix.post.is_some() || prefix.dev.is_some() || prefix.local.is_some() {
            return Err(Scheme::Pep440.no_range("`.*` after other than the numbers of a release"));
        }
        return Ok(has_prefix(&version, &prefix) == (operator == "=="));
    }
    let bound = read(bound).map_err(unclear)?;
    if bound.local.is_some() && !matches!(operator, "==" | "!=") {
        return Err(Scheme::Pep440.no_range("a local version in a comparison other than `==` and `!=`"));
    }
    // What a build adds locally is left out of sight unless it is asked for.
    let order = public(&version, &bound);
    Ok(match operator {
        "==" | "!=" => {
            let same = order.is_eq() && (bound.local.is_none() || locals(version.local, bound.local).is_eq());
            same == (operator == "==")
        }
        "<=" => order.is_le(),
        ">=" => order.is_ge(),
        // `<1.2` does not let in 1.2's own pre-releases, unless it names one.
        "<" if bound.pre.is_none() && bound.dev.is_none() => {
            public(&version, &Version { dev: Some(b""), ..bound }).is_lt()
        }
        "<" => order.is_lt(),
        // `>1.2` does not let in 1.2's own post-releases, unless it names one.
        ">" => {
            let is_later = version.post.is_some() && bound.post.is_none() && bound.dev.is_none();
            order.is_gt() && !(is_later && same_but_post(&version, &bound))
        }
        _ => {
            if parts(bound.release).count() < 2 {
                return Err(Scheme::Pep440.no_range("`~=` with one number"));
            }
            let dot = bound.release.iter().rposition(|&byte| byte == b'.').unwrap_or(0);
            let release = &bound.release[..dot];
            let family = Version { release, pre: None, post: None, dev: None, local: None, ..bound };
            order.is_ge() && has_prefix(&version, &family)
        }
    })
}

/// Whether epoch, release and pre-release are the same.
fn same_but_post(a: &Version<'_>, b: &Version<'_>) -> bool {
    let same_pre = match (a.pre, b.pre) {
        (Some((a, m)), Some((b, n))) => a == b && numbers(m, n).is_eq(),
        (None, None) => true,
        _ => false,
    };
    same_pre && numbers(a.epoch, b.epoch).is_eq() && releases(a.release, b.release).is_eq()
}

/// `==prefix.*`: the numbers of the prefix, and whatever comes after them.
fn has_prefix(version: &Version<'_>, prefix: &Version<'_>) -> bool {
    let mut of_version = parts(version.release);
    numbers(version.epoch, prefix.epoch).is_eq()
        && parts(prefix.release).all(|part| numbers(part, of_version.next().unwrap_or_default()).is_eq())
}

/// The order without local parts.
fn public(a: &Version<'_>, b: &Version<'_>) -> Ordering {
    numbers(a.epoch, b.epoch)
        .then_with(|| releases(a.release, b.release))
        .then_with(|| {
            let (rank_a, number_a) = pre_rank(a);
            let (rank_b, number_b) = pre_rank(b);
            rank_a.cmp(&rank_b).then_with(|| numbers(number_a, number_b))
        })
        // No post-release comes before all of them; no development release after.
        .then_with(|| match (a.post, b.post) {
            (Some(m), Some(n)) => numbers(m, n),
            (a, b) => a.is_some().cmp(&b.is_some()),
        })
        .then_with(|| match (a.dev, b.dev) {
            (Some(m), Some(n)) => numbers(m, n),
            (a, b) => b.is_some().cmp(&a.is_some()),
        })
}

/// A development release of the release itself comes before its pre-releases, and the release after them.
fn pre_rank<'a>(version: &Version<'a>) -> (u8, &'a [u8]) {
    match version.pre {
        Some((letter, number)) => (letter, number),
        None if version.post.is_none() && version.dev.is_some() => (0, b""),
        None => (u8::MAX, b""),
    }
}

/// Releases, as if the shorter one went on with zeros.
fn releases(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (parts(a), parts(b));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => numbers(a.unwrap_or_default(), b.unwrap_or_default()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Local versions: none before all, fewer parts before more, texts before numbers.
fn locals(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else { return a.is_some().cmp(&b.is_some()) };
    let (mut a, mut b) = (locally(a), locally(b));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => {
                match (a.iter().all(u8::is_ascii_digit), b.iter().all(u8::is_ascii_digit)) {
                    (true, true) => numbers(a, b),
                    (false, false) => {
                        let lower = |text: &[u8], at: usize| text.get(at).map(u8::to_ascii_lowercase);
                        let differ = (0..a.len().max(b.len())).find(|&at| lower(a, at) != lower(b, at));
                        differ.map_or(Ordering::Equal, |at| lower(a, at).cmp(&lower(b, at)))
                    }
                    (a, b) => a.cmp(&b),
                }
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn parts(release: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    release.split(|&byte| byte == b'.')
}

fn locally(local: &[u8]) -> impl Iterator<Item = &[u8]> {
    local.split(|byte| b".-_".contains(byte))
}

fn read(text: &str) -> Result<Version<'_>, Unread> {
    let mut rest = text.trim().as_bytes();
    take_word(&mut rest, &["v"]);
    let mut epoch = &b"0"[..];
    let (digits, after) = span(rest, |byte| byte.is_ascii_digit());
    if let (false, [b'!', after @ ..]) = (digits.is_empty(), after) {
        (epoch, rest) = (digits, after);
    }
    let release = take_release(&mut rest)?;
    let pre = take_named(&mut rest, &["alpha", "a", "beta", "b", "preview", "pre", "c", "rc"]).map(
        |(name, number)| match name {
            "alpha" | "a" => (b'a', number),
            "beta" | "b" => (b'b', number),
            _ => (b'r', number),
        },
    );
    let post = match rest {
        [b'-', after @ ..] if after.first().is_some_and(u8::is_ascii_digit) => {
            let (number, after) = span(after, |byte| byte.is_ascii_digit());
            rest = after;
            Some(number)
        }
        _ => take_named(&mut rest, &["post", "rev", "r"]).map(|(_, number)| number),
    };
    let dev = take_named(&mut rest, &["dev"]).map(|(_, number)| number);
    let local = match rest {
        [b'+', local @ ..] => {
            if !locally(local).all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_alphanumeric)) {
                return Err(Scheme::Pep440.no_version("a local part that is empty or has other characters"));
            }
            Some(local)
        }
        [] => None,
        _ => return Err(Scheme::Pep440.no_version("something after the version that PEP 440 does not know")),
    };
    Ok(Version { epoch, release, pre, post, dev, local })
}

/// Takes numbers with dots between them off the text.
fn take_release<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Unread> {
    let text = *rest;
    let mut length = 0;
    loop {
        let start = length + usize::from(length > 0);
        let digits = text[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            break;
        }
        length = start + digits;
        if text.get(length) != Some(&b'.') {
            break;
        }
    }
    if length == 0 {
        return Err(Scheme::Pep440.no_version("no number at its start"));
    }
    let (release, after) = text.split_at(length);
    *rest = after;
    Ok(release)
}

/// Takes `[._-]name[._-]number` off the text; separators and number may be missing.
fn take_named<'a>(rest: &mut &'a [u8], names: &[&'static str]) -> Option<(&'static str, &'a [u8])> {
    let mut after = without_separator(rest);
    let name = take_word(&mut after, names)?;
    let (number, end) = span(without_separator(after), |byte| byte.is_ascii_digit());
    // A separator belongs to the name also where no number follows.
    *rest = if number.is_empty() { without_separator(after) } else { end };
    Some((name, number))
}

fn without_separator(text: &[u8]) -> &[u8] {
    match text {
        [b'.' | b'-' | b'_', rest @ ..] => rest,
        _ => text,
    }
}

fn take_word(rest: &mut &[u8], words: &[&'static str]) -> Option<&'static str> {
    let has = |word: &&&str| {
        rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    };
    let word = words.iter().find(has)?;
    *rest = &rest[word.len()..];
    Some(word)
}
