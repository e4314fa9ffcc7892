//! Maven's order and ranges: the POM reference, "Version Order Specification" and "Dependency Version Requirement
//! Specification", as maven-artifact 3.9 carries them out.
//!
//! A version is numbers and qualifiers; `-`, and each change between digits and letters, opens a list inside the
//! list before. Lists only ever nest at the end, so a version is kept as a row of lists, each inside the one before.
//!
//! This is no order in the strict sense: `1 < 1.sp.1 < 1-alpha < 1`, in Maven itself as here.

use super::{Scheme, Unread, numbers, push_number, significant};
use std::cmp::Ordering;

/// A number or a qualifier.
#[derive(Clone, Copy)]
enum Item<'a> {
    Number(&'a [u8]),
    /// In any case; one of its own letters may stand for a word, `a` for `alpha`.
    Word(&'a [u8]),
}

/// Lists, each inside the one before it, at its end; the trailing ones that say nothing left away.
struct Version<'a> {
    items: Vec<Item<'a>>,
    /// Where each list ends in `items`.
    ends: Vec<usize>,
}

/// What Maven's validator of models forbids in versions, beside what cannot be seen.
const FORBIDDEN: &[u8] = b"\\/:\"<>|?*[](){},";

/// The qualifiers that Maven knows, in their order; the release is the empty one. Others come after all of them.
const QUALIFIERS: [&[u8]; 7] = [b"alpha", b"beta", b"milestone", b"rc", b"snapshot", b"", b"sp"];
const RELEASE: usize = 5;

/// How `a` stands to `b`.
///
/// # Errors
/// If one of them is empty, or has characters that Maven forbids or beyond ASCII.
pub fn compare(a: &str, b: &str) -> Result<Ordering, Unread> {
    Ok(order(&read(a)?, &read(b)?))
}

/// One text for all versions that are written in other ways and mean the same.
///
/// # Errors
/// If it is empty, or has characters that Maven forbids or beyond ASCII.
pub fn normal(version: &str) -> Result<String, Unread> {
    let version = read(version)?;
    let mut normal = String::new();
    let mut start = 0;
    for (list, &end) in version.ends.iter().enumerate() {
        if list > 0 {
            normal.push('-');
        }
        for (at, item) in version.items[start..end].iter().enumerate() {
            if at > 0 {
                normal.push('.');
            }
            match item {
                Item::Number(digits) => push_number(&mut normal, digits),
                Item::Word(word) => normal.extend(word.iter().map(|c| char::from(c.to_ascii_lowercase()))),
            }
        }
        start = end;
    }
    Ok(normal)
}

/// Whether the version lies in one of the intervals: `[1.0,2.0)`, `(,1.5],[2.0]`.
///
/// # Errors
/// If the version or the range is not understood. A version without brackets is what Maven takes if nothing else is
/// asked for: it bounds nothing, and is refused here.
pub fn within(range: &str, version: &str) -> Result<bool, Unread> {
    let wrong = |why| Scheme::Maven.no_range(why);
    let version = read(version)?;
    let mut rest = range;
    let mut upper: Option<Option<Version<'_>>> = None;
    let mut inside = false;
    while rest.starts_with(['[', '(']) {
        let end = rest.find([']', ')']).ok_or(wrong("an interval that is not closed"))?;
        let interval = Interval::read(&rest[..=end])?;
        // Each interval lies above the one before. Maven itself lets anything follow one without an upper bound.
        if let Some(Some(upper)) = &upper {
            match &interval.lower {
                Some(lower) if order(lower, upper).is_ge() => {}
                _ => return Err(wrong("intervals that overlap")),
            }
        }
        inside |= interval.holds(&version);
        upper = Some(interval.upper);
        rest = rest[end + 1..].trim();
        rest = rest.strip_prefix(',').map_or(rest, str::trim);
    }
    match (rest.is_empty(), upper) {
        (true, Some(_)) => Ok(inside),
        (_, None) => Err(wrong("a version without brackets, which bounds nothing")),
        _ => Err(wrong("something after its intervals")),
    }
}

struct Interval<'a> {
    lower: Option<Version<'a>>,
    with_lower: bool,
    upper: Option<Version<'a>>,
    with_upper: bool,
}

impl<'a> Interval<'a> {
    /// Reads one with its brackets.
    fn read(text: &'a str) -> Result<Interval<'a>, Unread> {
        let wrong = |why| Scheme::Maven.no_range(why);
        let (with_lower, with_upper) = (text.starts_with('['), text.ends_with(']'));
        let inner = text[1..text.len() - 1].trim();
        let bound = |text: &'a str| match text.trim() {
            "" => Ok(None),
            text => read(text).map(Some).map_err(|unread| wrong(unread.why)),
        };
        let Some((lower, upper)) = inner.split_once(',') else {
            if !with_lower || !with_upper {
                return Err(wrong("a single version in other brackets than []"));
            }
            let version = || read(inner).map(Some).map_err(|unread| wrong(unread.why));
            return Ok(Interval { lower: version()?, with_lower, upper: version()?, with_upper });
        };
        let interval = Interval { lower: bound(lower)?, with_lower, upper: bound(upper)?, with_upper };
        if let (Some(lower), Some(upper)) = (&interval.lower, &interval.upper) {
            let order = order(upper, lower);
            if order.is_lt() || order.is_eq() && !(with_lower && with_upper) {
                return Err(wrong("an interval that ends before it starts"));
            }
        }
        Ok(interval)
    }

    fn holds(&self, version: &Version<'_>) -> bool {
        let above = self.lower.as_ref().is_none_or(|lower| match order(lower, version) {
            Ordering::Less => true,
            Ordering::Equal => self.with_lower,
            Ordering::Greater => false,
        });
        let below = self.upper.as_ref().is_none_or(|upper| match order(upper, version) {
            Ordering::Greater => true,
            Ordering::Equal => self.with_upper,
            Ordering::Less => false,
        });
        above && below
    }
}

/// What stands at one place of a list.
enum Place<'a> {
    Item(Item<'a>),
    List,
    Nothing,
}

impl<'a> Version<'a> {
    /// What stands at place `at` of list `list`.
    fn place(&self, list: usize, at: usize) -> Place<'a> {
        let start = if list == 0 { 0 } else { self.ends[list - 1] };
        let Some(&end) = self.ends.get(list) else { return Place::Nothing };
        match at.cmp(&(end - start)) {
            Ordering::Less => Place::Item(self.items[start + at]),
            Ordering::Equal if list + 1 < self.ends.len() => Place::List,
            _ => Place::Nothing,
        }
    }

    /// How all items from list `list` on stand to nothing.
    fn lists_to_nothing(&self, list: usize) -> Ordering {
        let start = if list == 0 { 0 } else { self.ends[list - 1] };
        let orders = self.items[start..].iter().map(|&item| to_nothing(item));
        orders.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

fn order(a: &Version<'_>, b: &Version<'_>) -> Ordering {
    let (mut list, mut at) = (0, 0);
    loop {
        let order = match (a.place(list, at), b.place(list, at)) {
            (Place::Nothing, Place::Nothing) => return Ordering::Equal,
            (Place::List, Place::List) => {
                (list, at) = (list + 1, 0);
                continue;
            }
            (Place::Item(a), Place::Item(b)) => items(a, b),
            (Place::Item(a), Place::Nothing) => to_nothing(a),
            (Place::Nothing, Place::Item(b)) => to_nothing(b).reverse(),
            // A list stands between words and numbers.
            (Place::Item(Item::Number(_)), Place::List) | (Place::List, Place::Item(Item::Word(_))) => {
                Ordering::Greater
            }
            (Place::Item(Item::Word(_)), Place::List) | (Place::List, Place::Item(Item::Number(_))) => {
                Ordering::Less
            }
            (Place::List, Place::Nothing) => return a.lists_to_nothing(list + 1),
            (Place::Nothing, Place::List) => return b.lists_to_nothing(list + 1).reverse(),
        };
        if order.is_ne() {
            return order;
        }
        at += 1;
    }
}

fn items(a: Item<'_>, b: Item<'_>) -> Ordering {
    match (a, b) {
        (Item::Number(a), Item::Number(b)) => numbers(a, b),
        (Item::Number(_), Item::Word(_)) => Ordering::Greater,
        (Item::Word(_), Item::Number(_)) => Ordering::Less,
        (Item::Word(a), Item::Word(b)) => rank(a).cmp(&rank(b)).then_with(|| {
            if rank(a) < QUALIFIERS.len() {
                return Ordering::Equal;
            }
            a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
        }),
    }
}

fn to_nothing(item: Item<'_>) -> Ordering {
    match item {
        Item::Number(digits) => significant(digits).len().cmp(&0),
        Item::Word(word) => rank(word).cmp(&RELEASE),
    }
}

/// The place of a word among the qualifiers.
fn rank(word: &[u8]) -> usize {
    QUALIFIERS.iter().position(|known| known.eq_ignore_ascii_case(word)).unwrap_or(QUALIFIERS.len())
}

fn read(text: &str) -> Result<Version<'_>, Unread> {
    if text.is_empty() {
        return Err(Scheme::Maven.no_version("nothing at all"));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && !FORBIDDEN.contains(&byte)) {
        return Err(Scheme::Maven.no_version("characters that Maven forbids in versions, or beyond ASCII"));
    }
    let text = text.as_bytes();
    let mut version = Version { items: Vec::new(), ends: Vec::new() };
    let mut is_digit = false;
    let mut start = 0;
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            b'.' | b'-' => {
                version.items.push(match at == start {
                    true => Item::Number(b""),
                    false => item(is_digit, &text[start..at]),
                });
                start = at + 1;
                if byte == b'-' {
                    version.open();
                }
            }
            b'0'..=b'9' => {
                if !is_digit && at > start {
                    version.open_unless_empty();
                    version.items.push(Item::Word(meaning(&text[start..at], true)));
                    version.open();
                    start = at;
                }
                is_digit = true;
            }
            _ => {
                if is_digit && at > start {
                    version.items.push(item(true, &text[start..at]));
                    version.open();
                    start = at;
                }
                is_digit = false;
            }
        }
    }
    if start < text.len() {
        if !is_digit {
            version.open_unless_empty();
        }
        version.items.push(item(is_digit, &text[start..]));
    }
    version.open();
    version.normalise();
    Ok(version)
}

fn item(is_digit: bool, text: &[u8]) -> Item<'_> {
    if is_digit { Item::Number(text) } else { Item::Word(meaning(text, false)) }
}

/// The word that a qualifier stands for.
fn meaning(word: &[u8], before_digit: bool) -> &[u8] {
    let is = |other: &str| word.eq_ignore_ascii_case(other.as_bytes());
    match word {
        [b'a' | b'A'] if before_digit => b"alpha",
        [b'b' | b'B'] if before_digit => b"beta",
        [b'm' | b'M'] if before_digit => b"milestone",
        _ if is("ga") || is("final") || is("release") => b"",
        _ if is("cr") => b"rc",
        _ => word,
    }
}

impl Version<'_> {
    /// Ends a list and opens one inside it.
    fn open(&mut self) {
        self.ends.push(self.items.len());
    }

    fn open_unless_empty(&mut self) {
        if self.ends.last().copied().unwrap_or(0) < self.items.len() {
            self.open();
        }
    }

    /// Takes from the end of each list what says nothing: zeros, the release, lists without anything.
    fn normalise(&mut self) {
        let (mut kept, mut ends) =
            (Vec::with_capacity(self.items.len()), Vec::with_capacity(self.ends.len()));
        let mut start = 0;
        for &end in &self.ends {
            let list = &self.items[start..end];
            let silent = list.iter().rev().take_while(|item| to_nothing(**item).is_eq()).count();
            kept.extend_from_slice(&list[..list.len() - silent]);
            ends.push(kept.len());
            start = end;
        }
        // Lists at the end that hold nothing.
        while ends
            .last()
            .is_some_and(|&end| end == ends.len().checked_sub(2).map_or(0, |before| ends[before]))
        {
            ends.pop();
        }
        (self.items, self.ends) = (kept, ends);
    }
}
