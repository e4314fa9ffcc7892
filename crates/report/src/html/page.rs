//! The writer of pages, through which everything scanned has to go.
//!
//! No template engine: what a page needs is one rule, and the types hold it. Markup is a literal (`&'static str`),
//! and whatever else is written goes through the one escape function, [`escape`]. So a scanned text cannot be
//! inserted raw by mistake, and there is no further dependency.

use crate::text::{cut, escape};
use std::fmt::{Display, Write};

/// The most columns of one text; scanned names can be as long as their author likes.
const LONGEST: usize = 1000;

/// A page that grows.
#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    /// Writes markup, which is part of this program.
    pub(super) fn markup(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }
    /// Writes a text or a number, for a place between tags or between the quotes of an attribute.
    pub(super) fn text(&mut self, text: impl Display) {
        self.0.push_str(&escape(&cut(&text.to_string(), LONGEST)));
    }
    /// Writes prose of a check: white space is one space, and what stands between backticks is code.
    pub(super) fn prose(&mut self, text: &str) {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let parts: Vec<&str> = words.split('`').collect();
        let balanced = parts.len() % 2 == 1;
        for (n, part) in parts.iter().enumerate() {
            match (n % 2 == 1, balanced) {
                (true, true) => {
                    self.markup("<code>");
                    self.text(part);
                    self.markup("</code>");
                }
                (false, true) => self.text(part),
                _ => {
                    self.markup(if n > 0 { "`" } else { "" });
                    self.text(part);
                }
            }
        }
    }
    /// Writes a name as an id or the target of a link: letters, digits and `-` stay, the rest is hexadecimal.
    pub(super) fn slug(&mut self, name: &str) {
        for c in name.chars().take(200) {
            if c.is_ascii_alphanumeric() || c == '-' {
                self.0.push(c);
            } else {
                let _ = write!(self.0, "_{:x}", u32::from(c));
            }
        }
    }
    /// The page as text.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Writes markup and texts: literals are markup, `{…}` is escaped, `[…]` is prose, `(…)` is a slug.
macro_rules! put {
    ($page:expr $(,)?) => {{}};
    ($page:expr, $markup:literal $($rest:tt)*) => {{
        $page.markup($markup);
        $crate::html::page::put!($page, $($rest)*);
    }};
    ($page:expr, {$text:expr} $($rest:tt)*) => {{
        $page.text(&$text);
        $crate::html::page::put!($page, $($rest)*);
    }};
    ($page:expr, [$text:expr] $($rest:tt)*) => {{
        $page.prose(&$text);
        $crate::html::page::put!($page, $($rest)*);
    }};
    ($page:expr, ($text:expr) $($rest:tt)*) => {{
        $page.slug(&$text);
        $crate::html::page::put!($page, $($rest)*);
    }};
}
pub(super) use put;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        let mut page = Page::default();
        put!(page, "<p title=\"" {"\"><script>'&"} "\">" ["a `b<` c\n d"] "|" ["odd ` one"] "|" ("a b-é") "</p>");
        assert_eq!(
            page.finish(),
            "<p title=\"&quot;&gt;&lt;script&gt;&#39;&amp;\">a <code>b&lt;</code> c d|odd ` one|a_20b-_e9</p>"
        );
        let mut page = Page::default();
        put!(page, { "a\u{202e}b\u{1b}[1m\n" });
        assert_eq!(page.finish(), "a\\u{202e}b\\u{1b}[1m\\u{a}");
        let mut page = Page::default();
        put!(page, { "x".repeat(5000) });
        assert!(page.finish().len() < 1100);
    }
}
