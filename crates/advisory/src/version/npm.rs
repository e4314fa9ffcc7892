//! npm's order and ranges: the package semver, "Ranges" in its documentation, in its strict mode.
//!
//! Versions are semantic versions with or without a leading `v`. Numbers may be of any length here, where npm stops
//! at 2⁵³ − 1 and at 256 characters.

use super::semver::{self, Version};
use super::{Scheme, Unread, successor};
use std::borrow::Cow;
use std::cmp::Ordering;

/// Which pre-releases a range lets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prereleases {
    /// All that lie between its bounds: npm's `includePrerelease`.
    All,
    /// Those of a version that the range itself names with a pre-release: what npm installs.
    Named,
}

/// How `a` stands to `b`.
///
/// # Errors
/// If one of them is no version of an npm package.
pub fn compare(a: &str, b: &str) -> Result<Ordering, Unread> {
    Ok(semver::precedence(&read(a)?, &read(b)?))
}

/// One text for all versions that are equal to this one.
///
/// # Errors
/// If it is no version of an npm package.
pub fn normal(version: &str) -> Result<String, Unread> {
    Ok(semver::write(&read(version)?))
}

/// Whether the version lies in the range: `^1.2 || >=2.1 <3`, `1.x`, `1.2 - 2`, `~0.3.1`, `*`.
///
/// # Errors
/// If the version or the range is not understood; a tag like `latest` is no range.
pub fn within(range: &str, version: &str, prereleases: Prereleases) -> Result<bool, Unread> {
    let version = read(version)?;
    let (mut any, mut all) = (false, false);
    // All alternatives are read, so that a range is refused as a whole.
    for alternative in range.split("||") {
        let mut bounds = Vec::new();
        read_alternative(alternative, prereleases, &mut bounds)?;
        if prereleases == Prereleases::Named {
            // To npm `>=0.0.0` bounds nothing, not even 0.0.0's own pre-releases.
            bounds.retain(|bound| !bound.is_zero());
            all |= bounds.is_empty();
        }
        any |= bounds.iter().all(|bound| bound.holds(&version))
            && (version.pre.is_empty()
                || prereleases == Prereleases::All
                || bounds.iter().any(|bound| bound.names(&version)));
    }
    // An alternative without bounds stands for all of them, and names no pre-release.
    Ok(if all { version.pre.is_empty() } else { any })
}

fn read(text: &str) -> Result<Version<'_>, Unread> {
    let text = text.trim();
    semver::read(text.strip_prefix('v').unwrap_or(text), Scheme::Npm)
}

/// One comparison: the version has to stand so to these numbers.
struct Bound<'a> {
    operator: Operator,
    numbers: [Cow<'a, str>; 3],
    pre: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Less,
    LessEqual,
    Equal,
    GreaterEqual,
    Greater,
}

impl Bound<'_> {
    /// `>=0.0.0`.
    fn is_zero(&self) -> bool {
        self.operator == Operator::GreaterEqual
            && self.pre.is_empty()
            && self.numbers.iter().all(|n| *n == "0")
    }

    /// Whether it is about a pre-release of the same version.
    fn names(&self, version: &Version<'_>) -> bool {
        !self.pre.is_empty() && self.numbers.iter().zip(version.numbers).all(|(a, b)| *a == b)
    }

    fn holds(&self, version: &Version<'_>) -> bool {
        let numbers = [&*self.numbers[0], &*self.numbers[1], &*self.numbers[2]];
        let order = semver::precedence(version, &Version { numbers, pre: self.pre });
        match self.operator {
            Operator::Less => order.is_lt(),
            Operator::LessEqual => order.is_le(),
            Operator::Equal => order.is_eq(),
            Operator::GreaterEqual => order.is_ge(),
            Operator::Greater => order.is_gt(),
        }
    }
}

const WRONG: Unread = Scheme::Npm.no_range("a part that is no version, comparison, `~`, `^`, `x` or `a - b`");

/// A version in which trailing numbers may be missing or be `x`.
#[derive(Clone, Copy)]
struct Partial<'a> {
    /// `None` where anything goes; after the first such number all are.
    numbers: [Option<&'a str>; 3],
    pre: &'a str,
    /// A number came after one that is open, and is not in sight any more: `1.x.2`.
    is_mixed: bool,
}

/// Reads what stands between two `||`.
fn read_alternative<'a>(
    text: &'a str,
    prereleases: Prereleases,
    to: &mut Vec<Bound<'a>>,
) -> Result<(), Unread> {
    // The lowest pre-release, where ranges without one start that let all of them in.
    let lowest = if prereleases == Prereleases::All { "0" } else { "" };
    let mut words = text.split_whitespace();
    let mut range = Range { lowest, bounds: to };
    // `a - b` stands alone.
    let mut hyphen = text.split_whitespace();
    if let (Some(from), Some("-"), Some(to), None) =
        (hyphen.next(), hyphen.next(), hyphen.next(), hyphen.next())
    {
        return range.hyphen(from, to);
    }
    // Spaces may stand after a comparison, and after `~`, `~>` and `^`, where `>` may follow them.
    while let Some(word) = words.next() {
        let (family, mut rest) = match FAMILIES.into_iter().find(|family| word.starts_with(family)) {
            Some(family) => (family, &word[family.len()..]),
            None => ("", word),
        };
        if !family.is_empty() && rest.is_empty() {
            let next = words.next().ok_or(WRONG)?;
            rest = match next.strip_prefix('>') {
                Some("") if family != "^" => words.next().ok_or(WRONG)?,
                Some(after) if family != "^" => after,
                _ => next,
            };
        }
        let (operator, after) = take_operator(rest);
        let (operator, text) = match (operator, after.is_empty()) {
            (_, false) | ("", true) => (operator, after),
            (_, true) => {
                let next = words.next().ok_or(WRONG)?;
                match (operator, next.strip_prefix('=')) {
                    ("<", Some(after)) => ("<=", after),
                    (">", Some(after)) => (">=", after),
                    _ => (operator, next),
                }
            }
        };
        range.read(family, operator, text)?;
    }
    Ok(())
}

struct Range<'a, 'b> {
    lowest: &'static str,
    bounds: &'b mut Vec<Bound<'a>>,
}

impl<'a> Range<'a, '_> {
    fn push(&mut self, operator: Operator, numbers: [Cow<'a, str>; 3], pre: &'a str) {
        self.bounds.push(Bound { operator, numbers, pre });
    }

    /// From the version's first pre-release that is let in.
    fn from(&mut self, partial: Partial<'a>) {
        let lowest = if partial.numbers[2].is_some() { partial.pre } else { self.lowest };
        self.push(
            Operator::GreaterEqual,
            partial.numbers.map(|number| Cow::from(number.unwrap_or("0"))),
            lowest,
        );
    }

    /// Below the next number at this place, and below that one's pre-releases.
    fn below_next(&mut self, partial: Partial<'a>, place: usize) {
        let mut numbers = [Cow::from("0"), Cow::from("0"), Cow::from("0")];
        for (at, number) in numbers.iter_mut().enumerate().take(place + 1) {
            let digits = partial.numbers[at].unwrap_or("0");
            *number = if at == place { successor(digits).into() } else { digits.into() };
        }
        self.push(Operator::Less, numbers, "0");
    }

    fn nothing(&mut self) {
        self.push(Operator::Less, [(); 3].map(|()| Cow::from("0")), "0");
    }

    /// One comparison. `v` and `=` may stand before a version in any number where it is not whole or a family is
    /// meant, and one `v` elsewhere.
    fn read(&mut self, family: &str, operator: &str, text: &'a str) -> Result<(), Unread> {
        let plain = text.trim_start_matches(['v', '=']);
        let partial = partial(plain)?;
        match (family, operator) {
            ("^", "" | "=") => self.caret(partial),
            ("~" | "~>", "" | "=") => self.tilde(partial),
            ("^" | "~" | "~>", _) => return Err(WRONG),
            _ => {
                let is_whole = partial.numbers[2].is_some();
                if partial.is_mixed || is_whole && text != plain && text.strip_prefix('v') != Some(plain) {
                    return Err(WRONG);
                }
                self.comparison(operator, partial);
            }
        }
        Ok(())
    }

    fn tilde(&mut self, partial: Partial<'a>) {
        match partial.numbers {
            [None, ..] => {}
            [_, minor, _] => {
                self.from(partial);
                self.below_next(partial, usize::from(minor.is_some()));
            }
        }
    }

    fn caret(&mut self, partial: Partial<'a>) {
        let place = match partial.numbers {
            [None, ..] => return,
            [Some("0"), Some("0"), Some(_)] => 2,
            [Some("0"), Some(_), _] => 1,
            _ => 0,
        };
        self.from(partial);
        self.below_next(partial, place);
    }

    fn comparison(&mut self, operator: &str, partial: Partial<'a>) {
        // How many numbers are said.
        let known = partial.numbers.iter().take_while(|number| number.is_some()).count();
        match (operator, known) {
            (">" | "<", 0) => self.nothing(),
            (_, 0) => {}
            ("" | "=", 3) => self.whole(Operator::Equal, partial),
            (">", 3) => self.whole(Operator::Greater, partial),
            (">=", 3) => self.whole(Operator::GreaterEqual, partial),
            ("<", 3) => self.whole(Operator::Less, partial),
            ("<=", 3) => self.whole(Operator::LessEqual, partial),
            (">=", _) => self.from(partial),
            ("<", _) => {
                self.push(
                    Operator::Less,
                    partial.numbers.map(|number| Cow::from(number.unwrap_or("0"))),
                    "0",
                );
            }
            ("<=", _) => self.below_next(partial, known - 1),
            (">", _) => {
                self.below_next(partial, known - 1);
                if let Some(bound) = self.bounds.last_mut() {
                    (bound.operator, bound.pre) = (Operator::GreaterEqual, self.lowest);
                }
            }
            _ => {
                self.from(partial);
                self.below_next(partial, known - 1);
            }
        }
    }

    fn whole(&mut self, operator: Operator, partial: Partial<'a>) {
        self.push(operator, partial.numbers.map(|number| Cow::from(number.unwrap_or("0"))), partial.pre);
    }

    fn hyphen(&mut self, from: &'a str, to: &'a str) -> Result<(), Unread> {
        let plain = from.trim_start_matches(['v', '=']);
        let is_decorated = from != plain && from.strip_prefix('v') != Some(plain);
        let (from, to) = (partial(plain)?, partial(to.trim_start_matches(['v', '=']))?);
        if is_decorated && from.numbers[2].is_some() {
            return Err(WRONG);
        }
        match from.numbers {
            [None, ..] => {}
            [_, _, Some(_)] => {
                let pre = if from.pre.is_empty() { self.lowest } else { from.pre };
                self.whole(Operator::GreaterEqual, Partial { pre, ..from });
            }
            _ => self.from(from),
        }
        match to.numbers {
            [None, ..] => {}
            [_, None, _] => self.below_next(to, 0),
            [_, _, None] => self.below_next(to, 1),
            // What comes after the version's own pre-releases is let in only up to the version.
            _ if to.pre.is_empty() && !self.lowest.is_empty() => self.below_next(to, 2),
            _ => self.whole(Operator::LessEqual, to),
        }
        Ok(())
    }
}

/// What stands before a version whose family is meant.
const FAMILIES: [&str; 3] = ["~>", "~", "^"];

/// The comparison at the start of a word.
fn take_operator(word: &str) -> (&str, &str) {
    const OPERATORS: [&str; 5] = [">=", "<=", ">", "<", "="];
    let operator = OPERATORS.iter().find(|operator| word.starts_with(**operator));
    word.split_at(operator.map_or(0, |operator| operator.len()))
}

fn partial(word: &str) -> Result<Partial<'_>, Unread> {
    let (text, pre) = semver::tail(word, Scheme::Npm).map_err(|_| WRONG)?;
    let mut numbers = [None; 3];
    let (mut open, mut is_mixed) = (false, false);
    let mut count = 0;
    for part in text.split('.') {
        let number = numbers.get_mut(count).ok_or(WRONG)?;
        count += 1;
        match part {
            "x" | "X" | "*" => open = true,
            part if semver::is_plain_number(part) => {
                if open {
                    is_mixed = true;
                } else {
                    *number = Some(part);
                }
            }
            _ => return Err(WRONG),
        }
    }
    // Pre-release and build need all three parts before them.
    if count < 3 && word.len() > text.len() {
        return Err(WRONG);
    }
    Ok(Partial { numbers, pre: if open { "" } else { pre }, is_mixed })
}
