//! Names that secrets go by, and the values assigned to them.

use super::value::{everyday, is_one_of, is_placeholder, is_reference, strong};
use super::{Hit, Names, before_line, is_word, window};

/// The kind of secret that goes by this name, `POSTGRES_PASSWORD` or `clientSecret`; nothing where the name says
/// something *about* a secret: where it lies, how long it is, what it is called.
pub fn kind_of_name(name: &str) -> Option<&'static str> {
    // `base-passwd` is a package, which the logs of dpkg name; `NOPASSWD` is a word of sudoers.
    if name.len() > 200 || name == "base-passwd" || name.eq_ignore_ascii_case("nopasswd") {
        return None;
    }
    let words = words(name);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    while let Some(last) = words.last() {
        let beside = is_one_of(
            last,
            "value base64 b64 plain plaintext default prod production dev development staging \
            live old new current previous primary secondary",
        ) || last.bytes().all(|b| b.is_ascii_digit());
        if !beside || words.len() == 1 {
            break;
        }
        words.pop();
    }
    let (last, past) = words.split_last()?;
    let previous = past.last().copied().unwrap_or_default();
    if is_one_of(
        words[0],
        "allow require required use enable enabled disable disabled no is has show hide min max skip need \
            ask",
    ) {
        return None;
    }
    match *last {
        _ if last.ends_with("password") || last.ends_with("passwd") || last.ends_with("passphrase") => {
            Some("password")
        }
        "pwd" | "pass"
            if !previous.is_empty()
                && !is_one_of(previous, "old by first second one two render proxy multi single") =>
        {
            Some("password")
        }
        // The name of the object that holds it: `image-pull-secret: registry`.
        "secret" | "secrets" if previous == "pull" => None,
        "secret" | "secrets" if previous != "no" => Some("secret"),
        // etcd's name for a cluster, which everybody may know.
        "token" if past.ends_with(&["initial", "cluster"]) => None,
        "token"
            if !is_one_of(
                previous,
                "next page continue continuation csrf xsrf cancellation cancel sync start end \
            lexer client request lock marker begin close open eos bos pad unk mask sep cls \
            resume",
            ) =>
        {
            Some("token")
        }
        "authtoken" | "accesstoken" => Some("token"),
        "apikey" | "secretkey" => Some("api-key"),
        "key" => match previous {
            "api" | "auth" | "app" | "account" | "storage" | "license" => Some("api-key"),
            "secret" | "access" | "encryption" | "signing" | "master" | "hmac" | "shared" | "jwt"
            | "session" | "cipher" => Some("secret-key"),
            "private" => Some("private-key"),
            _ => None,
        },
        "base" if past.ends_with(&["secret", "key"]) => Some("secret-key"),
        "credential" | "credentials" => Some("credentials"),
        "auth" if previous == "_" || name == "_auth" => Some("credentials"),
        _ => None,
    }
}

/// The kind of what is named credentials and reads as the name of a file that has them: `broker_keystore_creds`.
/// It is concealed all the same; who judges may take it for what it is.
pub const NAME_OF_CREDENTIALS: &str = "credentials-name";

/// The kind, with what the value tells.
pub(super) fn kind_of_value(kind: &'static str, value: &str) -> &'static str {
    let name = !value.bytes().any(|b| b.is_ascii_digit() || b.is_ascii_uppercase() || b == b':');
    if kind == "credentials" && name { NAME_OF_CREDENTIALS } else { kind }
}

/// The words of a name, in lower case: `dbPassword`, `DB_PASSWORD` and `db-password` are all `db`, `password`.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut past = ' ';
    let mut chars = name.chars().peekable();
    let mut fresh = true;
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            fresh = true;
            past = ' ';
            continue;
        }
        let next_is_lower = chars.peek().is_some_and(|next| next.is_lowercase());
        let turns = c.is_uppercase()
            && (past.is_lowercase() || past.is_ascii_digit() || (past.is_uppercase() && next_is_lower))
            || c.is_ascii_digit() != past.is_ascii_digit() && past.is_alphanumeric();
        if fresh || turns {
            words.push(String::new());
            fresh = false;
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        past = c;
    }
    words
}

/// An assignment to the name in which `start..end` is a part; says up to where the text has been looked at.
pub(super) fn assignment(text: &str, start: usize, end: usize, names: Names, hits: &mut Vec<Hit>) -> usize {
    let bytes = text.as_bytes();
    let in_name = |b: &u8| is_word(*b) || matches!(b, b'-' | b'.');
    let from = start - bytes[..start].iter().rev().take(100).take_while(|b| in_name(b)).count();
    let to = end + bytes[end..].iter().take(100).take_while(|b| in_name(b)).count();
    let name = &text[from..to];
    // `AWS::IAM::AccessKey` is the name of a type.
    if bytes[..from].ends_with(b"::") {
        return to;
    }
    let Some(kind) = kind_of_name(name) else { return to };
    let loose = matches!(names, Names::Any | Names::Settings);
    // Most names are words of a sentence: nothing is searched behind them.
    let beside = |b: &&u8| !matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' | b']');
    let next = bytes[to..].iter().take(64).find(beside);
    let bare = loose && (name.starts_with("--") || name == "password");
    if !bare && next.is_some_and(|next| !matches!(next, b'=' | b':' | b'>')) {
        return to;
    }
    let part = window(text, to, 2048);
    let part = &part[..part.find('\n').unwrap_or(part.len())];
    let line = &part[..part.find('\r').unwrap_or(part.len())];
    if !loose && line.len() >= 1000 {
        return to;
    }
    let Some((offset, value, quoted)) = value_after(line, name, from > 0 && bytes[from - 1] == b'<', names)
    else {
        return to;
    };
    let start = to + offset;
    let end = start + value.len();
    let is_code = value.contains(['(', ')', '[', ']', '{', '}']) && !quoted;
    let fits = match names {
        Names::No => false,
        Names::Code => quoted && !in_comment(text, from) && strong(value),
        Names::Config => !is_code && strong(value),
        Names::Settings => !is_code && !everyday(value) && value.len() >= 6 && !value.contains(' '),
        Names::Any => true,
    };
    if !fits {
        return to;
    }
    let kind = kind_of_value(kind, value);
    if names != Names::Any && kind == NAME_OF_CREDENTIALS {
        return to;
    }
    if loose {
        hits.extend(literal_parts(text, start, end).map(|(start, end)| Hit::named(start, end, kind)));
    } else if !is_reference(value) && !is_placeholder(value) {
        hits.push(Hit::named(start, end, kind));
    }
    end
}

/// Is the place in a line that begins as a comment? In source code such lines show how something is used.
fn in_comment(text: &str, at: usize) -> bool {
    let line = before_line(text, at).trim_start();
    ["//", "#", "*", "--", ";"].iter().any(|mark| line.starts_with(mark))
}

/// The value that a line assigns to the name before it: where it begins, what it is, and whether it had quotes.
fn value_after<'t>(line: &'t str, name: &str, tag: bool, names: Names) -> Option<(usize, &'t str, bool)> {
    let rest = line.trim_start_matches(['"', '\'', '`', '\\']);
    let closed = rest.len() < line.len();
    let rest = rest.strip_prefix(']').unwrap_or(rest);
    let spaced = rest.trim_start_matches([' ', '\t']);
    let flag = name.starts_with("--");
    let rest = if let Some(rest) =
        spaced.strip_prefix(":=").or_else(|| spaced.strip_prefix(":-")).or_else(|| spaced.strip_prefix("=>"))
    {
        rest
    } else if let Some(rest) = spaced.strip_prefix('=') {
        if rest.starts_with(['=', '~']) {
            return None;
        }
        rest
    } else if let Some(rest) = spaced.strip_prefix(':').filter(|rest| !rest.starts_with([':', '/', '?'])) {
        // `${X:?not set}` says what is wrong where there is no X.
        rest
    } else if tag && let Some(rest) = spaced.strip_prefix('>') {
        let length = rest.find('<').unwrap_or(rest.len());
        return Some((line.len() - rest.len(), &rest[..length], true))
            .filter(|(_, value, _)| !value.is_empty());
    } else if names == Names::Any && flag && (spaced.len() < rest.len() || closed) {
        spaced.strip_prefix(',').unwrap_or(spaced)
    } else if names == Names::Settings && matches!(name, "password") && spaced.len() < rest.len() {
        spaced
    } else {
        return None;
    };
    let rest = rest.trim_start_matches([' ', '\t']);
    if flag && names == Names::Any && rest.starts_with('-') {
        return None;
    }
    // `b"…"`, `r'…'`, `f"…"`, and quotes that are escaped because they stand in a text.
    let rest = match rest.as_bytes() {
        [b'b' | b'r' | b'u' | b'f' | b'@', b'"' | b'\'', ..] | [b'\\', b'"' | b'\'', ..] => &rest[1..],
        _ => rest,
    };
    let offset = line.len() - rest.len();
    if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) {
        let rest = &rest[1..];
        let mut escaped = false;
        for (at, c) in rest.char_indices() {
            match c {
                _ if escaped => escaped = false,
                '\\' if rest[at + 1..].starts_with(quote) => {
                    return Some((offset + 1, &rest[..at], true)).filter(|v| !v.1.is_empty());
                }
                '\\' => escaped = true,
                _ if c == quote => return Some((offset + 1, &rest[..at], true)).filter(|v| !v.1.is_empty()),
                _ => {}
            }
        }
        // The line ends before the quote does.
        return (names == Names::Any && !rest.is_empty()).then_some((offset + 1, rest, true));
    }
    let mut nested = 0_u32;
    let stop = rest.find(|c: char| {
        match c {
            '{' | '(' => nested += 1,
            '}' | ')' if nested > 0 => nested -= 1,
            '}' | ')' => return true,
            _ => {}
        }
        nested == 0 && (c.is_whitespace() || "\"'`;|<>&,".contains(c))
    });
    let value = &rest[..stop.unwrap_or(rest.len())];
    Some((offset, value, false)).filter(|(_, value, _)| !value.is_empty())
}

pub(super) fn trimmed(text: &str) -> (usize, usize) {
    let inner = text.trim_start();
    let start = text.len() - inner.len();
    (start, start + inner.trim_end().len())
}

/// The parts of a value that are literal secrets: all of it, or the default in `${X:-default}`, or nothing.
pub(super) fn literal_parts(
    text: &str,
    start: usize,
    end: usize,
) -> impl Iterator<Item = (usize, usize)> + use<> {
    let value = &text[start..end];
    let mut parts = Vec::new();
    if let Some(inner) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'))
        && let Some((at, operator)) =
            inner.find(":-").map(|at| (at, 2)).or_else(|| inner.find('-').map(|at| (at, 1)))
        && inner[..at].bytes().all(is_word)
    {
        let default = &inner[at + operator..];
        if !is_reference(default) && !is_placeholder(default) {
            parts.push((start + 2 + at + operator, end - 1));
        }
    } else if !is_reference(value) && !is_placeholder(value) {
        parts.push((start, end));
    }
    parts.into_iter()
}
