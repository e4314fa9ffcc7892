//! Alpine's order: apk-package(5) "PACKAGE VERSION", as apk-tools 3 reads it.
//!
//! `digit{.digit}…{letter}{_suffix{number}}…{~hash}{-r#}`. The suffixes alpha, beta, pre, rc stand before the version
//! without them; cvs, svn, git, hg, p after it. A number after a dot that has a leading zero is compared as text.
//! apk-tools 2 differs in what few packages have: it counts leading zeros, takes digits after the letter, and knows
//! no hash.

use super::{Scheme, Unread, numbers, push_number, span};
use std::cmp::Ordering;

/// In the order of their names, each with its place; the release itself has [`RELEASE`].
const SUFFIXES: [(&[u8], u8); 9] = [
    (b"alpha", 1),
    (b"beta", 2),
    (b"pre", 3),
    (b"rc", 4),
    (b"cvs", 6),
    (b"svn", 7),
    (b"git", 8),
    (b"hg", 9),
    (b"p", 10),
];
/// Suffixes below come before the release.
const RELEASE: u8 = 5;

#[derive(Clone, Copy)]
enum Token<'a> {
    First(&'a [u8]),
    Digits(&'a [u8]),
    Letter(u8),
    Suffix(u8),
    SuffixNumber(&'a [u8]),
    Hash(&'a [u8]),
    Revision(&'a [u8]),
    End,
}

impl Token<'_> {
    /// The place in the order of parts that a version may have; earlier parts come first in the text.
    fn step(self) -> u8 {
        match self {
            Token::First(_) => 0,
            Token::Digits(_) => 1,
            Token::Letter(_) => 2,
            Token::Suffix(_) => 3,
            Token::SuffixNumber(_) => 4,
            Token::Hash(_) => 5,
            Token::Revision(_) => 6,
            Token::End => 7,
        }
    }

    fn is_before_release(self) -> bool {
        matches!(self, Token::Suffix(suffix) if suffix < RELEASE)
    }
}

/// How `a` stands to `b`.
///
/// # Errors
/// If one of them is no version of an Alpine package.
pub fn compare(a: &str, b: &str) -> Result<Ordering, Unread> {
    let (mut rest_a, mut rest_b) = (a.as_bytes(), b.as_bytes());
    let (mut at_a, mut at_b) = (first(&mut rest_a)?, first(&mut rest_b)?);
    // The rest is read to its end even where the order is clear: the whole text has to be a version.
    let mut order = Ordering::Equal;
    loop {
        if order.is_eq() {
            order = match (at_a, at_b) {
                (Token::Digits(a), Token::Digits(b)) if a[0] == b'0' || b[0] == b'0' => a.cmp(b),
                (Token::First(a), Token::First(b))
                | (Token::Digits(a), Token::Digits(b))
                | (Token::SuffixNumber(a), Token::SuffixNumber(b))
                | (Token::Revision(a), Token::Revision(b)) => numbers(a, b),
                (Token::Letter(a), Token::Letter(b)) | (Token::Suffix(a), Token::Suffix(b)) => a.cmp(&b),
                (Token::Hash(a), Token::Hash(b)) => a.cmp(b),
                (Token::End, Token::End) => return Ok(order),
                (a, _) if a.is_before_release() => Ordering::Less,
                (_, b) if b.is_before_release() => Ordering::Greater,
                // What has an earlier part here goes on longer.
                (a, b) => b.step().cmp(&a.step()),
            };
        } else if let (Token::End, Token::End) = (at_a, at_b) {
            return Ok(order);
        }
        (at_a, at_b) = (next(at_a, &mut rest_a)?, next(at_b, &mut rest_b)?);
    }
}

/// One text for all versions that are equal to this one.
///
/// # Errors
/// If it is no version of an Alpine package.
pub fn normal(version: &str) -> Result<String, Unread> {
    let mut rest = version.as_bytes();
    let mut normal = String::new();
    let mut token = first(&mut rest)?;
    let verbatim = |normal: &mut String, text: &[u8]| normal.extend(text.iter().map(|&c| char::from(c)));
    loop {
        match token {
            Token::First(digits) | Token::SuffixNumber(digits) => push_number(&mut normal, digits),
            Token::Digits(digits) => {
                normal.push('.');
                verbatim(&mut normal, digits);
            }
            Token::Letter(letter) => normal.push(char::from(letter)),
            Token::Suffix(place) => {
                normal.push('_');
                for (name, _) in SUFFIXES.iter().filter(|(_, other)| *other == place) {
                    verbatim(&mut normal, name);
                }
            }
            Token::Hash(hash) => {
                normal.push('~');
                verbatim(&mut normal, hash);
            }
            Token::Revision(digits) => {
                normal.push_str("-r");
                push_number(&mut normal, digits);
            }
            Token::End => return Ok(normal),
        }
        token = next(token, &mut rest)?;
    }
}

fn first<'a>(text: &mut &'a [u8]) -> Result<Token<'a>, Unread> {
    Ok(Token::First(digits(text)?))
}

/// Takes the part after `last` off the text.
fn next<'a>(last: Token<'_>, text: &mut &'a [u8]) -> Result<Token<'a>, Unread> {
    let step = last.step();
    let Some((&byte, after)) = text.split_first() else { return Ok(Token::End) };
    match byte {
        b'.' if step <= 1 => {
            *text = after;
            Ok(Token::Digits(digits(text)?))
        }
        b'a'..=b'z' if step <= 1 => {
            *text = after;
            Ok(Token::Letter(byte))
        }
        b'0'..=b'9' if step == 3 => Ok(Token::SuffixNumber(digits(text)?)),
        b'_' if step <= 4 => {
            let (name, rest) = span(after, |byte| byte.is_ascii_lowercase());
            *text = rest;
            let suffix = SUFFIXES.iter().find(|(suffix, _)| *suffix == name);
            suffix
                .map(|&(_, place)| Token::Suffix(place))
                .ok_or(Scheme::Apk.no_version("a suffix that apk does not know"))
        }
        b'~' if step <= 4 => {
            let (hash, rest) = span(after, |byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
            *text = rest;
            if hash.is_empty() {
                return Err(Scheme::Apk.no_version("an empty hash"));
            }
            Ok(Token::Hash(hash))
        }
        b'-' if step <= 5 && after.first() == Some(&b'r') => {
            *text = &after[1..];
            Ok(Token::Revision(digits(text)?))
        }
        _ => Err(Scheme::Apk.no_version("a character that may not stand where it stands")),
    }
}

fn digits<'a>(text: &mut &'a [u8]) -> Result<&'a [u8], Unread> {
    let (digits, rest) = span(text, |byte| byte.is_ascii_digit());
    *text = rest;
    if digits.is_empty() {
        return Err(Scheme::Apk.no_version("no number where one has to stand"));
    }
    Ok(digits)
}
