//! RPM's order: rpm-version(7), of `[epoch:]version[-release]`.
//!
//! Version and release are runs of digits and of letters; what stands between them only parts them. `~` sorts before
//! the end, the end before `^`, that before letters, letters before numbers. A missing epoch is `0`. A version
//! without a release sorts before the same one with any, as in rpm's own comparison.

use super::{Scheme, Unread, numbers, push_number, span};
use std::cmp::Ordering;

struct Version<'a> {
    epoch: &'a [u8],
    version: &'a [u8],
    release: Option<&'a [u8]>,
}

/// A part of a version or release, in the order of rank.
enum Token<'a> {
    Tilde,
    End,
    Caret,
    Letters(&'a [u8]),
    Number(&'a [u8]),
}

impl Token<'_> {
    fn rank(&self) -> u8 {
        match self {
            Token::Tilde => 0,
            Token::End => 1,
            Token::Caret => 2,
            Token::Letters(_) => 3,
            Token::Number(_) => 4,
        }
    }
}

/// How `a` stands to `b`.
///
/// # Errors
/// If one of them is no version of an RPM package.
pub fn compare(a: &str, b: &str) -> Result<Ordering, Unread> {
    let (a, b) = (read(a)?, read(b)?);
    Ok(numbers(a.epoch, b.epoch).then_with(|| parts(a.version, b.version)).then_with(|| {
        match (a.release, b.release) {
            (Some(a), Some(b)) => parts(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        }
    }))
}

/// One text for all versions that are equal to this one.
///
/// # Errors
/// If it is no version of an RPM package.
pub fn normal(version: &str) -> Result<String, Unread> {
    let version = read(version)?;
    let mut normal = String::new();
    push_number(&mut normal, version.epoch);
    for (separator, part) in [(':', Some(version.version)), ('-', version.release)] {
        let Some(mut part) = part else { continue };
        normal.push(separator);
        loop {
            match next(&mut part) {
                Token::End => break,
                Token::Tilde => normal.push('~'),
                Token::Caret => normal.push('^'),
                Token::Letters(letters) => {
                    normal.push('.');
                    normal.extend(letters.iter().map(|&letter| char::from(letter)));
                }
                Token::Number(digits) => {
                    normal.push('.');
                    push_number(&mut normal, digits);
                }
            }
        }
    }
    Ok(normal)
}

fn parts(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        let order = match (next(&mut a), next(&mut b)) {
            (Token::End, Token::End) => return Ordering::Equal,
            (Token::Letters(a), Token::Letters(b)) => a.cmp(b),
            (Token::Number(a), Token::Number(b)) => numbers(a, b),
            (a, b) => a.rank().cmp(&b.rank()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Takes the next token off the text.
fn next<'a>(text: &mut &'a [u8]) -> Token<'a> {
    let (_, rest) = span(text, |byte| !byte.is_ascii_alphanumeric() && byte != b'~' && byte != b'^');
    let belongs = match rest.first() {
        None => {
            *text = rest;
            return Token::End;
        }
        Some(mark @ (b'~' | b'^')) => {
            *text = &rest[1..];
            return if *mark == b'~' { Token::Tilde } else { Token::Caret };
        }
        Some(first) if first.is_ascii_digit() => u8::is_ascii_digit,
        Some(_) => u8::is_ascii_alphabetic,
    };
    let (token, rest) = span(rest, |byte| belongs(&byte));
    *text = rest;
    if token[0].is_ascii_digit() { Token::Number(token) } else { Token::Letters(token) }
}

fn read(text: &str) -> Result<Version<'_>, Unread> {
    let bytes = text.as_bytes();
    let (digits, rest) = span(bytes, |byte| byte.is_ascii_digit());
    let (epoch, rest) = match rest {
        [b':', rest @ ..] if digits.is_empty() => (&b"0"[..], rest),
        [b':', rest @ ..] => (digits, rest),
        _ => (&b"0"[..], bytes),
    };
    let (version, release) = match rest.iter().rposition(|&byte| byte == b'-') {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    if version.is_empty() {
        return Err(Scheme::Rpm.no_version("no version"));
    }
    if release.is_some_and(<[u8]>::is_empty) {
        return Err(Scheme::Rpm.no_version("an empty release"));
    }
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"._+~^".contains(byte);
    if !version.iter().chain(release.unwrap_or_default()).all(allowed) {
        return Err(Scheme::Rpm.no_version("a character that RPM's versions may not have"));
    }
    Ok(Version { epoch, version, release })
}
