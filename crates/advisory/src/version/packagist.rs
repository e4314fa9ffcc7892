//! Composer's order and constraints: "Versions and constraints" in its documentation, as composer/semver carries
//! them out over PHP's `version_compare`.
//!
//! A version is brought into its full form first, `1.2` to `1.2.0.0`, `v1.0-b2` to `1.0.0.0-beta2`. A branch
//! (`dev-main`) equals itself alone and has no order; a numbered one (`1.x-dev`) stands at the end of its numbers.

use super::{Scheme, Unread, numbers, push_number, span, successor};
use std::cmp::Ordering;

/// A version in full form: numbers with dots between them, or a branch.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Version {
    /// `1.2.0.0-RC1-dev`.
    Plain(String),
    /// `dev-name`.
    Branch(String),
}

/// How `a` stands to `b`.
///
/// # Errors
/// If one of them is no version of a Composer package, or one is a branch and the other is not the same one.
pub fn compare(a: &str, b: &str) -> Result<Ordering, Unread> {
    match (read(a)?, read(b)?) {
        (Version::Plain(a), Version::Plain(b)) => Ok(order(&a, &b)),
        (a, b) if a == b => Ok(Ordering::Equal),
        _ => Err(Scheme::Packagist.no_version("a branch, which stands before and after nothing")),
    }
}

/// One text for all versions that are equal to this one.
///
/// # Errors
/// If it is no version of a Composer package.
pub fn normal(version: &str) -> Result<String, Unread> {
    let text = match read(version)? {
        Version::Branch(branch) => return Ok(branch),
        Version::Plain(text) => text,
    };
    let mut normal = String::new();
    let mut rest = text.as_bytes();
    loop {
        match next(&mut rest) {
            Token::End => return Ok(normal),
            token if normal.is_empty() => push(&mut normal, &token),
            token => {
                normal.push('.');
                push(&mut normal, &token);
            }
        }
    }
}

fn push(normal: &mut String, token: &Token<'_>) {
    match token {
        Token::Number(digits) => push_number(normal, digits),
        Token::Word(word) => normal.extend(word.iter().map(|&letter| char::from(letter))),
        Token::End => {}
    }
}

/// A part of a full form.
enum Token<'a> {
    Number(&'a [u8]),
    Word(&'a [u8]),
    End,
}

impl Token<'_> {
    /// The place among dev, alpha, beta, RC, the end, numbers, patch.
    fn rank(&self) -> u8 {
        match self {
            Token::Word(b"dev") => 0,
            Token::Word(b"alpha") => 1,
            Token::Word(b"beta") => 2,
            Token::Word(b"RC") => 3,
            Token::End => 4,
            Token::Number(_) => 5,
            Token::Word(_) => 6,
        }
    }
}

/// Takes the next part off a full form.
fn next<'a>(text: &mut &'a [u8]) -> Token<'a> {
    let (_, rest) = span(text, |byte| !byte.is_ascii_alphanumeric());
    let (digits, after) = span(rest, |byte| byte.is_ascii_digit());
    if !digits.is_empty() {
        *text = after;
        return Token::Number(digits);
    }
    let (word, after) = span(rest, |byte| byte.is_ascii_alphabetic());
    *text = after;
    if word.is_empty() { Token::End } else { Token::Word(word) }
}

/// The order of two full forms.
fn order(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let order = match (next(&mut a), next(&mut b)) {
            (Token::End, Token::End) => return Ordering::Equal,
            (Token::Number(a), Token::Number(b)) => numbers(a, b),
            (a, b) => a.rank().cmp(&b.rank()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// Brings a version into its full form.
fn read(text: &str) -> Result<Version, Unread> {
    let wrong = Scheme::Packagist.no_version("not numbers with dots and a stability, nor a branch");
    let text = text.trim();
    // `1.0 as 2.0`: what is compared is the first.
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).take(4).collect();
    let text = match words[..] {
        [from, "as", to] if !from.contains(is_gap) && !to.contains(is_gap) => from,
        _ => text,
    };
    let text = without_flag(text).0;
    if matches!(text, "master" | "trunk" | "default") {
        return Ok(Version::Branch(format!("dev-{text}")));
    }
    if text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("dev-")) {
        return Ok(Version::Branch(format!("dev-{}", &text[4..])));
    }
    let text = match text.split_once('+') {
        Some((version, build))
            if !version.is_empty()
                && !version.contains(is_gap)
                && !build.is_empty()
                && !build.contains(char::is_whitespace) =>
        {
            version
        }
        _ => text,
    };
    if let Some(plain) = classical(text).or_else(|| dated(text)) {
        return Ok(Version::Plain(plain));
    }
    // A numbered branch: `1.x-dev`.
    let cut = text.len().saturating_sub(3);
    if text.get(cut..).is_some_and(|end| end.eq_ignore_ascii_case("dev"))
        && let Some(plain) = numbered_branch(text[..cut].strip_suffix(['.', '-']).unwrap_or(&text[..cut]))
    {
        return Ok(Version::Plain(plain));
    }
    Err(wrong)
}

fn is_gap(c: char) -> bool {
    c == ',' || c.is_whitespace()
}

/// Parts `@stable` and the like from a version.
fn without_flag(text: &str) -> (&str, Option<&str>) {
    if let Some((version, flag)) = text.rsplit_once('@')
        && ["stable", "RC", "beta", "alpha", "dev"].iter().any(|known| known.eq_ignore_ascii_case(flag))
    {
        return (version, Some(flag));
    }
    (text, None)
}

/// One to four numbers, the first of up to five digits, and a stability.
fn classical(text: &str) -> Option<String> {
    let (numbers, rest) = leading_numbers(without_v(text))?;
    if numbers[0].len() > 5 {
        return None;
    }
    let mut plain = numbers.join(".");
    for _ in numbers.len()..4 {
        plain.push_str(".0");
    }
    plain.push_str(&stability(rest)?.text());
    Some(plain)
}

fn without_v(text: &str) -> &str {
    text.strip_prefix(['v', 'V']).unwrap_or(text)
}

/// Up to four numbers with dots between them, and what follows.
fn leading_numbers(text: &str) -> Option<(Vec<&str>, &str)> {
    let mut numbers = Vec::with_capacity(4);
    let mut rest = text;
    loop {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            return None;
        }
        numbers.push(&rest[..digits]);
        rest = &rest[digits..];
        match rest.strip_prefix('.') {
            Some(after) if numbers.len() < 4 && after.starts_with(|c: char| c.is_ascii_digit()) => {
                rest = after
            }
            _ => return Some((numbers, rest)),
        }
    }
}

/// A date, or a date and a time: four digits, then pairs, then up to three digits, and a stability.
fn dated(text: &str) -> Option<String> {
    let text = without_v(text);
    let year = text.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))?;
    // The end of each way to read one to six pairs.
    let mut ends = Vec::with_capacity(6);
    let mut at = year.len();
    while ends.len() < 6 {
        let start = at + separator(&text[at..]);
        if !text.get(start..start + 2).is_some_and(|pair| pair.bytes().all(|byte| byte.is_ascii_digit())) {
            break;
        }
        at = start + 2;
        ends.push(at);
    }
    for end in ends.into_iter().rev() {
        let start = end + separator(&text[end..]);
        let digits = text[start..].bytes().take(3).take_while(u8::is_ascii_digit).count();
        let tails = (1..=digits).rev().map(|length| start + length).chain([end]);
        for tail in tails {
            if let Some(stability) = stability(&text[tail..]) {
                let mut plain = text[..tail].replace(|c: char| !c.is_ascii_digit(), ".");
                plain.push_str(&stability.text());
                return Some(plain);
            }
        }
    }
    None
}

/// The length of a separator of dates.
fn separator(text: &str) -> usize {
    usize::from(text.starts_with(['.', ':', '-']))
}

/// What follows the numbers.
struct Stability<'a> {
    /// Empty, or a word of a full form, and what follows it: numbers with `.` and `-`.
    word: &'static str,
    numbers: &'a str,
    dev: bool,
}

impl Stability<'_> {
    /// As it stands in the full form.
    fn text(&self) -> String {
        let mut text = String::new();
        if self.word == "stable" {
            return text;
        }
        if !self.word.is_empty() {
            text.push('-');
            text.push_str(self.word);
            text.push_str(self.numbers.trim_start_matches(['.', '-']));
        }
        if self.dev {
            text.push_str("-dev");
        }
        text
    }
}

/// Reads all of the text as `[._-](stable|beta|b|RC|alpha|a|patch|pl|p)numbers[.-]dev`, any part of it missing.
fn stability(text: &str) -> Option<Stability<'_>> {
    const WORDS: [(&str, &str); 9] = [
        ("stable", "stable"),
        ("beta", "beta"),
        ("b", "beta"),
        ("rc", "RC"),
        ("alpha", "alpha"),
        ("a", "alpha"),
        ("patch", "patch"),
        ("pl", "patch"),
        ("p", "patch"),
    ];
    let has =
        |text: &str, word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let is_dev = |text: &str| text.strip_prefix(['.', '-']).unwrap_or(text).eq_ignore_ascii_case("dev");
    let rest = text.strip_prefix(['.', '_', '-']).unwrap_or(text);
    let nothing = Stability { word: "", numbers: "", dev: false };
    if rest.is_empty() {
        return Some(nothing);
    }
    // The separator may be the word's or `dev`'s own.
    if is_dev(rest) || is_dev(text) {
        return Some(Stability { dev: true, ..nothing });
    }
    let (name, word) = WORDS.into_iter().find(|(name, _)| has(rest, name))?;
    let rest = &rest[name.len()..];
    let mut length = 0;
    loop {
        let start = length + usize::from(rest[length..].starts_with(['.', '-']));
        let digits = rest[start..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 {
            break;
        }
        length = start + digits;
    }
    let (numbers, rest) = rest.split_at(length);
    (rest.is_empty() || is_dev(rest)).then_some(Stability { word, numbers, dev: !rest.is_empty() })
}

/// A branch of numbers, `1.x` or `2.1.*`, as a version at the end of its numbers.
fn numbered_branch(name: &str) -> Option<String> {
    let name = name.trim();
    let mut parts = without_v(name).split('.');
    let first =
        parts.next().filter(|first| !first.is_empty() && first.bytes().all(|c| c.is_ascii_digit()))?;
    let mut plain = first.to_owned();
    let mut count = 1;
    for part in parts {
        count += 1;
        plain.push('.');
        match part {
            "x" | "X" | "*" => plain.push_str(OPEN),
            part if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) => {
                plain.push_str(part)
            }
            _ => return None,
        }
    }
    if count > 4 {
        return None;
    }
    for _ in count..4 {
        plain.push('.');
        plain.push_str(OPEN);
    }
    plain.push_str("-dev");
    Some(plain)
}

/// What Composer writes for an open number of a branch.
const OPEN: &str = "9999999";

/// Whether the version meets the constraint: `^1.2 || ~2.0.3`, `>=1.0 <1.5`, `1.*`, `1.0 - 2.0`, `dev-main`.
///
/// # Errors
/// If the version or the constraint is not understood.
pub fn within(range: &str, version: &str) -> Result<bool, Unread> {
    let version = read(version)?;
    let mut any = false;
    // All alternatives are read, so that a constraint is refused as a whole.
    for alternative in range.trim().replace("||", "|").split('|') {
        let mut bounds = Vec::new();
        read_alternative(alternative, &mut bounds)?;
        any |= bounds.iter().all(|bound| bound.holds(&version));
    }
    Ok(any)
}

/// One comparison: the version has to stand so to this one.
struct Bound {
    operator: Operator,
    version: Version,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Less,
    LessEqual,
    Equal,
    Different,
    GreaterEqual,
    Greater,
}

impl Bound {
    fn plain(operator: Operator, version: String) -> Bound {
        Bound { operator, version: Version::Plain(version) }
    }

    fn holds(&self, version: &Version) -> bool {
        let order = match (version, &self.version) {
            (Version::Plain(a), Version::Plain(b)) => order(a, b),
            // Branches are the same or not, and in no range.
            (a, b) => {
                return match self.operator {
                    Operator::Equal => a == b,
                    Operator::Different => a != b,
                    _ => false,
                };
            }
        };
        match self.operator {
            Operator::Less => order.is_lt(),
            Operator::LessEqual => order.is_le(),
            Operator::Equal => order.is_eq(),
            Operator::Different => order.is_ne(),
            Operator::GreaterEqual => order.is_ge(),
            Operator::Greater => order.is_gt(),
        }
    }
}

const NO_CONSTRAINT: Unread =
    Scheme::Packagist.no_range("a part that is no comparison, `^`, `~`, `*`, `a - b` or branch");

/// Reads what stands between two bars: constraints with commas or spaces between them, which all have to hold.
fn read_alternative(text: &str, to: &mut Vec<Bound>) -> Result<(), Unread> {
    let text = text.trim();
    let pieces = text.split(',').map(str::trim);
    let count = pieces.clone().count();
    if pieces
        .clone()
        .enumerate()
        .any(|(at, piece)| piece.is_empty() || piece.ends_with('-') && at + 1 < count)
    {
        return Err(NO_CONSTRAINT);
    }
    for piece in pieces {
        let words: Vec<&str> = piece.split(' ').filter(|word| !word.is_empty()).collect();
        let mut rest = &words[..];
        while let [word, after @ ..] = rest {
            rest = match after {
                ["-", end, after @ ..] => {
                    hyphen(word, end, to)?;
                    after
                }
                ["as", _, after @ ..] => {
                    constraint(word, to)?;
                    after
                }
                // A comparison may stand apart from its version.
                [version, after @ ..] if word.ends_with(['<', '>', '=']) => {
                    constraint(&format!("{word} {version}"), to)?;
                    after
                }
                // A dash at an end would join what stands there.
                [next, ..] if word.ends_with('-') || next.starts_with('-') => return Err(NO_CONSTRAINT),
                after => {
                    constraint(word, to)?;
                    after
                }
            };
        }
    }
    Ok(())
}

/// Numbers, and what follows them, as constraints write versions.
struct Shape<'a> {
    numbers: Vec<&'a str>,
    /// A stability or `dev` is said.
    is_unstable: bool,
    /// `.x-dev` follows.
    is_branch: bool,
}

fn shape(text: &str) -> Option<Shape<'_>> {
    let text = match text.split_once('+') {
        Some((_, "")) => return None,
        Some((text, _)) => text,
        None => text,
    };
    let (numbers, rest) = leading_numbers(without_v(text))?;
    if let Some(stability) = stability(rest) {
        let is_unstable = !stability.word.is_empty() || stability.dev;
        return Some(Shape { numbers, is_unstable, is_branch: false });
    }
    let open = rest.strip_prefix('.')?.strip_prefix(['x', 'X', '*'])?;
    let is_dev = open.strip_prefix(['.', '-']).unwrap_or(open).eq_ignore_ascii_case("dev");
    is_dev.then_some(Shape { numbers, is_unstable: true, is_branch: true })
}

/// The numbers up to this place, the last of them raised by one if asked for, then zeros: the start of a family.
fn family(numbers: &[&str], place: usize, next: bool) -> String {
    let mut text = String::new();
    for at in 1..=4 {
        if at > 1 {
            text.push('.');
        }
        match numbers.get(at - 1).copied().unwrap_or("0") {
            _ if at > place => text.push('0'),
            number if at == place && next => {
                let next = successor(number);
                text.push_str(next.trim_start_matches('0'));
            }
            number => text.push_str(number),
        }
    }
    text.push_str("-dev");
    text
}

fn constraint(text: &str, to: &mut Vec<Bound>) -> Result<(), Unread> {
    let (text, flag) = match without_flag(text) {
        ("", flag) => ("*", flag),
        (text, flag) => (text, flag),
    };
    let text = match text.split_once('#') {
        Some((branch, reference))
            if !reference.is_empty() && (branch.starts_with("dev-") || branch.ends_with(".x-dev")) =>
        {
            branch
        }
        _ => text,
    };
    let is_open = |part: &str| matches!(part, "x" | "X" | "*");
    if without_v(text).split('.').all(is_open) {
        if text.len() > 1 {
            to.push(Bound::plain(Operator::GreaterEqual, "0.0.0.0-dev".to_owned()));
        }
        return Ok(());
    }
    let range = match text.strip_prefix(['~', '^']) {
        Some(version) => shape(version).map(|shape| (version, shape)),
        None => None,
    };
    if let Some((version, shape)) = range {
        let place = match text.starts_with('~') {
            true => (shape.numbers.len() + usize::from(shape.is_branch)).saturating_sub(1).max(1),
            false => match shape.numbers[..] {
                ["0", "0", _, ..] => 3,
                ["0", _, ..] => 2,
                _ => 1,
            },
        };
        let low = if shape.is_unstable { read(version) } else { read(&format!("{version}-dev")) };
        to.push(Bound { operator: Operator::GreaterEqual, version: low.map_err(|_| NO_CONSTRAINT)? });
        to.push(Bound::plain(Operator::Less, family(&shape.numbers, place, true)));
        return Ok(());
    }
    if let Some((numbers, rest)) = leading_numbers(without_v(text))
        && let Some(open) = rest.strip_prefix('.')
        && numbers.len() < 4
        && open.split('.').all(is_open)
    {
        let low = family(&numbers, numbers.len(), false);
        if low != "0.0.0.0-dev" {
            to.push(Bound::plain(Operator::GreaterEqual, low));
        }
        to.push(Bound::plain(Operator::Less, family(&numbers, numbers.len(), true)));
        return Ok(());
    }
    comparison(text, flag, to)
}

/// `a - b`: from a on, up to all that starts with the numbers of b.
fn hyphen(from: &str, end: &str, to: &mut Vec<Bound>) -> Result<(), Unread> {
    let (Some(low), Some(high)) = (shape(from), shape(end)) else { return Err(NO_CONSTRAINT) };
    let plain = |text: &str| match read(text) {
        Ok(Version::Plain(plain)) => Ok(plain),
        _ => Err(NO_CONSTRAINT),
    };
    let mut from = plain(from)?;
    if !low.is_unstable {
        from.push_str("-dev");
    }
    to.push(Bound::plain(Operator::GreaterEqual, from));
    let end = plain(end)?;
    to.push(if high.numbers.len() > 2 || high.is_unstable {
        Bound::plain(Operator::LessEqual, end)
    } else {
        Bound::plain(Operator::Less, family(&high.numbers, high.numbers.len(), true))
    });
    Ok(())
}

fn comparison(text: &str, flag: Option<&str>, to: &mut Vec<Bound>) -> Result<(), Unread> {
    const OPERATORS: [(&str, Operator); 9] = [
        ("<>", Operator::Different),
        ("!=", Operator::Different),
        (">=", Operator::GreaterEqual),
        (">", Operator::Greater),
        ("<=", Operator::LessEqual),
        ("<", Operator::Less),
        ("==", Operator::Equal),
        ("=", Operator::Equal),
        ("", Operator::Equal),
    ];
    let found = OPERATORS.into_iter().find(|(name, _)| text.starts_with(name));
    let (name, operator) = found.ok_or(NO_CONSTRAINT)?;
    let text = text[name.len()..].trim_start();
    let mut version = read(text).or_else(|unread| {
        // `name-dev` is another way to write `dev-name`.
        let name = text.strip_suffix("-dev").ok_or(unread)?;
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-./".contains(&byte));
        if is_name { Ok(Version::Branch(format!("dev-{name}"))) } else { Err(unread) }
    });
    if let Ok(Version::Plain(plain)) = &mut version {
        let flag = flag.filter(|flag| !flag.eq_ignore_ascii_case("stable"));
        // The lowest and the highest include or leave out the version's own early releases.
        match flag {
            Some(flag) if operator != Operator::Equal && is_stable(plain) => {
                plain.push('-');
                plain.push_str(if flag.eq_ignore_ascii_case("rc") { "RC" } else { flag });
            }
            _ if matches!(operator, Operator::Less | Operator::GreaterEqual) && !ends_in_stability(text) => {
                plain.push_str("-dev");
            }
            _ => {}
        }
    }
    to.push(Bound { operator, version: version.map_err(|_| NO_CONSTRAINT)? });
    Ok(())
}

/// Whether a full form is that of a release or a patch.
fn is_stable(plain: &str) -> bool {
    !["alpha", "beta", "RC", "dev"].iter().any(|word| plain.contains(word))
}

/// Whether a version as it is written ends in `-` and a stability. Composer does not count `RC` as one here, so that
/// `<1.0-RC1` leaves out what was on the way to it.
fn ends_in_stability(text: &str) -> bool {
    let is_counted = |stability: Stability<'_>| stability.word != "RC";
    text.match_indices('-').any(|(at, _)| stability(&text[at + 1..]).is_some_and(is_counted))
}
