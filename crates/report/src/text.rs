//! Texts of scanned things on a terminal: hostile until cleaned.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text without anything that moves a cursor, changes a colour or turns the direction of writing.
///
/// Control and bidirectional characters become `\u{…}`, so that they can be seen and do nothing.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if hidden(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Is it a character that does something else than to be seen?
pub fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// The text as XML and HTML have it, between tags or between the quotes of an attribute: no character of it is markup,
/// and those that cannot be seen, or that XML forbids, are shown as `\u{…}`.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if hidden(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// White space as one space.
pub(crate) fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The word by which a value stands in JSON.
pub(crate) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// The text cut to that many columns, with `…` where something is missing.
pub fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let (mut out, mut used) = (String::new(), 1);
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        out.push(c);
    }
    out + "…"
}

/// The text in lines of at most that many columns, each with the indent before it.
pub fn wrap(text: &str, columns: usize, indent: &str) -> String {
    hang(text, columns, indent, indent)
}

/// The same, with an indent of its own before the first line.
pub fn hang(text: &str, columns: usize, first: &str, then: &str) -> String {
    let (mut out, mut line, mut indent) = (String::new(), String::new(), first);
    for word in text.split_whitespace() {
        let room = columns.saturating_sub(indent.width()).max(20);
        if !line.is_empty() && line.width() + 1 + word.width() > room {
            out.push_str(&format!("{indent}{line}\n"));
            line.clear();
            indent = then;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        out.push_str(&format!("{indent}{line}\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_do_nothing() {
        assert_eq!(clean("a\u{1b}[31mb\r\u{202e}c"), "a\\u{1b}[31mb\\u{d}\\u{202e}c");
        assert_eq!(
            escape("]]><a b='\"&\u{0}\u{1b}\u{ffff}\n"),
            "]]&gt;&lt;a b=&#39;&quot;&amp;\\u{0}\\u{1b}\\u{ffff}\\u{a}"
        );
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(wrap("aa bb cc", 20, "  "), "  aa bb cc\n");
        let words = "one two three four five six seven eight";
        assert_eq!(hang(words, 26, "- ", "    "), "- one two three four five\n    six seven eight\n");
    }
}
