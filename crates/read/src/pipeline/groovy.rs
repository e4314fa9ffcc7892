//! The structure of a Groovy text: words, strings, brackets. Enough to find the steps of a Jenkinsfile.

use super::Embedded;
use tyrian_model::fact::Pos;

/// A token, and where it stands.
#[derive(Debug)]
pub(super) struct Token {
    pub(super) is: Is,
    /// Its bytes in the text.
    pub(super) span: std::ops::Range<usize>,
    pub(super) at: Pos,
}

/// What a token is.
#[derive(Debug)]
pub(super) enum Is {
    /// A name, keyword or number.
    Word(String),
    /// A string of any form.
    Text(Embedded),
    /// `(`, `[` or `{`, and the index of the token that closes it.
    Open(u8, usize),
    /// `)`, `]` or `}`.
    Close,
    /// The end of a line that ends a statement, or `;`.
    End,
    /// Any other character; `->` is `>`.
    Mark(u8),
}

/// The deepest nesting of brackets.
const DEEPEST: usize = 150;
/// The deepest nesting of strings in the expressions of strings.
const DEEPEST_STRING: usize = 20;

/// Behind so many escapes in one string columns are no longer exact.
const MOST_PARTS: usize = 10_000;

/// The tokens of a text.
///
/// # Errors
/// Where the text stops being understood, and what is wrong there.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, (Pos, &'static str)> {
    let mut scan = Scan { text, bytes: text.as_bytes(), n: 0, line: 1, line_at: 0 };
    let mut tokens: Vec<Token> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    if text.starts_with("#!") {
        scan.skip_line();
    }
    while let Some(byte) = scan.peek() {
        let (start, at) = (scan.n, scan.pos());
        let is = match byte {
            b' ' | b'\t' | b'\r' | b'\x0c' => {
                scan.n += 1;
                continue;
            }
            b'\\' if scan.rest().starts_with("\\\n") || scan.rest().starts_with("\\\r\n") => {
                scan.n += 1;
                while scan.peek() != Some(b'\n') {
                    scan.n += 1;
                }
                scan.bump();
                continue;
            }
            b'\n' => {
                scan.bump();
                // Inside round and square brackets a line's end means nothing.
                let braces = open.last().is_none_or(|n| matches!(tokens[*n].is, Is::Open(b'{', _)));
                if !braces || matches!(tokens.last().map(|token| &token.is), None | Some(Is::End)) {
                    continue;
                }
                Is::End
            }
            b';' => {
                scan.n += 1;
                Is::End
            }
            b'/' if scan.rest().starts_with("//") => {
                scan.skip_line();
                continue;
            }
            b'/' if scan.rest().starts_with("/*") => {
                let end = scan.rest().find("*/").ok_or((at, "a comment that does not end"))?;
                scan.to(scan.n + end + 2);
                continue;
            }
            b'\'' | b'"' => Is::Text(scan.string(0)?),
            b'$' if scan.rest().starts_with("$/") && starts_value(tokens.last()) => Is::Text(scan.string(0)?),
            b'/' if starts_value(tokens.last()) && scan.slashy_ends() => Is::Text(scan.string(0)?),
            b'(' | b'[' | b'{' => {
                if open.len() >= DEEPEST {
                    return Err((at, "brackets nested too deep"));
                }
                open.push(tokens.len());
                scan.n += 1;
                Is::Open(byte, 0)
            }
            b')' | b']' | b'}' => {
                let opener = open.pop().ok_or((at.clone(), "a bracket that nothing opens"))?;
                let closes = tokens.len();
                match &mut tokens[opener].is {
                    Is::Open(kind, close)
                        if matches!((*kind, byte), (b'(', b')') | (b'[', b']') | (b'{', b'}')) =>
                    {
                        *close = closes;
                    }
                    _ => return Err((at, "a bracket that closes another kind")),
                }
                scan.n += 1;
                Is::Close
            }
            b'-' if scan.rest().starts_with("->") => {
                scan.n += 2;
                Is::Mark(b'>')
            }
            _ if is_word(byte) => {
                while scan.peek().is_some_and(is_word) {
                    scan.n += 1;
                }
                Is::Word(text[start..scan.n].to_owned())
            }
            _ => {
                scan.n += 1;
                Is::Mark(byte)
            }
        };
        tokens.push(Token { is, span: start..scan.n, at });
    }
    match open.last() {
        Some(opener) => Err((tokens[*opener].at.clone(), "a bracket that nothing closes")),
        None => Ok(tokens),
    }
}

/// Adds an expression in the form of one of GitHub's, which the reader of shell scripts knows.
pub(super) fn expand(out: &mut Embedded, inner: &str, at: Pos) {
    let inner = inner.trim();
    out.text.push_str("${{");
    out.text.extend(inner.chars().map(|c| match c {
        '{' => '(',
        '}' => ')',
        '\n' | '\r' => ' ',
        other => other,
    }));
    out.text.push_str("}}");
    out.expressions.push((inner.to_owned(), at));
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// Does a value begin after that token, so that `/` opens a string and divides nothing?
fn starts_value(before: Option<&Token>) -> bool {
    match before.map(|token| &token.is) {
        None | Some(Is::End | Is::Open(..)) => true,
        Some(Is::Mark(mark)) => b"=,:~!&|?+<>".contains(mark),
        Some(Is::Word(word)) => matches!(word.as_str(), "return" | "in" | "case" | "sh" | "script"),
        Some(Is::Close | Is::Text(_)) => false,
    }
}

struct Scan<'t> {
    text: &'t str,
    bytes: &'t [u8],
    n: usize,
    line: u32,
    /// Where the line begins.
    line_at: usize,
}

impl<'t> Scan<'t> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.n).copied()
    }
    fn rest(&self) -> &'t str {
        // A word may end inside no character, since all bytes from 0x80 belong to words.
        self.text.get(self.n..).unwrap_or_default()
    }
    fn bump(&mut self) {
        if self.peek() == Some(b'\n') {
            self.line = self.line.saturating_add(1);
            self.line_at = self.n + 1;
        }
        self.n += 1;
    }
    fn to(&mut self, end: usize) {
        while self.n < end {
            self.bump();
        }
    }
    fn skip_line(&mut self) {
        while self.peek().is_some_and(|byte| byte != b'\n') {
            self.n += 1;
        }
    }
    fn pos(&self) -> Pos {
        // Counting from the start of a very long line each time would cost its square.
        let from = if self.n - self.line_at > 2000 { self.n } else { self.line_at };
        let column = self.text.get(from..self.n).map_or(0, |text| text.chars().count());
        Pos::new(self.line, u32::try_from(column + 1).unwrap_or(u32::MAX))
    }
    /// Does a slashy string that begins here end on this line?
    fn slashy_ends(&self) -> bool {
        let mut escaped = false;
        for byte in self.rest().bytes().skip(1).take(2000) {
            match byte {
                b'\n' => return false,
                b'/' if !escaped => return true,
                _ => escaped = byte == b'\\' && !escaped,
            }
        }
        false
    }

    /// The string that begins here.
    fn string(&mut self, depth: usize) -> Result<Embedded, (Pos, &'static str)> {
        let start = self.pos();
        if depth > DEEPEST_STRING {
            return Err((start, "strings nested too deep"));
        }
        let close = match self.rest() {
            rest if rest.starts_with("'''") => "'''",
            rest if rest.starts_with("\"\"\"") => "\"\"\"",
            rest if rest.starts_with("$/") => "/$",
            rest if rest.starts_with('\'') => "'",
            rest if rest.starts_with('"') => "\"",
            _ => "/",
        };
        self.n += close.len();
        let (single, slashy) = (close.starts_with('\''), close.contains('/'));
        let one_line = close == "'" || close == "\"";
        let mut out = Embedded { parts: vec![(0, self.pos())], ..Embedded::default() };
        loop {
            let Some(byte) = self.peek() else { return Err((start, "a string that does not end")) };
            if self.bytes[self.n..].starts_with(close.as_bytes()) {
                // `""""` closes with the last three: a quote before it belongs to the text.
                if close.len() == 3 && self.bytes.get(self.n + 3) == Some(&byte) {
                    out.text.push(char::from(byte));
                    self.n += 1;
                    continue;
                }
                self.n += close.len();
                return Ok(out);
            }
            match byte {
                b'\n' if one_line => return Err((start, "a string that does not end on its line")),
                b'\n' => {
                    self.bump();
                    out.text.push('\n');
                    out.part(self.pos());
                }
                b'\r' if self.bytes.get(self.n + 1) == Some(&b'\n') => self.n += 1,
                b'\\' if !slashy => self.escape(&mut out),
                b'\\' if self.bytes.get(self.n + 1) == Some(&b'/') && close == "/" => {
                    out.text.push('/');
                    self.n += 2;
                }
                b'$' if close == "/$" && matches!(self.bytes.get(self.n + 1), Some(b'$' | b'/')) => {
                    out.text.push(char::from(self.bytes[self.n + 1]));
                    self.n += 2;
                }
                b'$' if !single && self.bytes.get(self.n + 1) == Some(&b'{') => {
                    let at = self.pos();
                    self.n += 2;
                    let from = self.n;
                    self.expression(depth, &at)?;
                    let inner = self.text.get(from..self.n - 1).unwrap_or_default();
                    expand(&mut out, inner, at);
                    out.part(self.pos());
                }
                b'$' if !single
                    && self.bytes.get(self.n + 1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_') =>
                {
                    let (at, from) = (self.pos(), self.n + 1);
                    self.n += 1;
                    while let Some(byte) = self.peek() {
                        let next = self.bytes.get(self.n + 1).copied().unwrap_or(b' ');
                        let dot = byte == b'.' && (next.is_ascii_alphabetic() || next == b'_');
                        if !dot && !byte.is_ascii_alphanumeric() && byte != b'_' {
                            break;
                        }
                        self.n += 1;
                    }
                    let inner = &self.text[from..self.n];
                    expand(&mut out, inner, at);
                    out.part(self.pos());
                }
                _ => {
                    let c = self.rest().chars().next().unwrap_or(' ');
                    out.text.push(c);
                    self.n += c.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self, out: &mut Embedded) {
        self.n += 1;
        let Some(c) = self.rest().chars().next() else { return };
        if c == '\n' || (c == '\r' && self.bytes.get(self.n + 1) == Some(&b'\n')) {
            self.n += usize::from(c == '\r');
            self.bump();
            out.part(self.pos());
            return;
        }
        if c == 'u' {
            let digits = self.rest().get(1..5).and_then(|digits| u32::from_str_radix(digits, 16).ok());
            if let Some(c) = digits.and_then(char::from_u32) {
                out.text.push(c);
                self.n += 5;
                return;
            }
        }
        self.n += c.len_utf8();
        out.text.push(match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            other => other,
        });
        if c == 'n' || out.parts.len() < MOST_PARTS {
            out.part(self.pos());
        }
    }

    /// Skips an expression in a string, to behind the brace that closes it.
    fn expression(&mut self, depth: usize, start: &Pos) -> Result<(), (Pos, &'static str)> {
        let mut open = 1;
        while open > 0 {
            match self.peek() {
                None => return Err((start.clone(), "an expression that does not end")),
                Some(b'{') => open += 1,
                Some(b'}') => open -= 1,
                Some(b'\'' | b'"') => {
                    self.string(depth + 1)?;
                    continue;
                }
                _ => {}
            }
            self.bump();
        }
        Ok(())
    }
}
