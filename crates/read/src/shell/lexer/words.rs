//! Inside words: quotes, expansions, substitutions, arrays, patterns.

use super::*;

/// How far the end of an arithmetic expression is looked for, in bytes.
const LONGEST_ARITHMETIC: usize = 4096;

impl Lexer<'_> {
    /// Reads a word; nothing where none stands here. `arrays`: `NAME=(…)` may be in it.
    pub(super) fn word(&mut self, arrays: bool) -> Read<Text> {
        let mut text = Text::default();
        let start = self.at;
        let array = if arrays { self.assignment().map(|(_, length)| start + length) } else { None };
        let (mut opened, mut braces) = (false, false);
        while !self.done() && !self.blank() {
            match self.peek(0) {
                b'\n' | b';' | b'|' | b'&' | b')' => break,
                b'(' if array == Some(self.at) => self.array(&mut text)?,
                b'(' if self.at > start && b"?*+@!".contains(&self.source[self.at - 1]) => {
                    text.expands = true;
                    self.extended_pattern(&mut text)?;
                }
                b'(' => break,
                b'<' | b'>' if self.peek(1) == b'(' => {
                    let from = self.at;
                    self.at += 2;
                    self.substitution(&mut text, from)?;
                }
                b'<' | b'>' => break,
                byte => {
                    match byte {
                        b'*' | b'?' => text.expands = true,
                        b'~' if self.at == start => text.expands = true,
                        b'[' => opened = true,
                        b']' if opened && self.at > start + 1 => text.expands = true,
                        b'{' => braces = true,
                        b',' if braces => text.expands = true,
                        b'.' if braces && self.peek(1) == b'.' => text.expands = true,
                        _ => {}
                    }
                    self.part(&mut text)?;
                }
            }
        }
        Ok(text)
    }

    /// Reads one part of a word: a character, a quoted text or an expansion.
    pub(super) fn part(&mut self, text: &mut Text) -> Read<()> {
        match self.peek(0) {
            b'\\' => {
                let length = self.continuation();
                if length > 0 {
                    self.at += length;
                } else {
                    text.quoted = true;
                    self.at += 1;
                    self.literal(text);
                }
            }
            b'\'' => {
                let from = self.at + 1;
                let rest = &self.source[from..self.end];
                let Some(length) = rest.iter().position(|byte| *byte == b'\'') else {
                    return fault(self.at, "a single quote is not closed");
                };
                text.quoted = true;
                text.expands |= rest[..length].contains(&FILLED_IN);
                text.bytes.extend_from_slice(&self.text.as_bytes()[from..from + length]);
                self.at = from + length + 1;
            }
            b'"' => self.double_quoted(text)?,
            b'$' => self.dollar(text, false)?,
            b'`' => self.backticks(text)?,
            b'{' if self.peek(1) == b'{' => self.template(text),
            _ => self.literal(text),
        }
        Ok(())
    }

    /// Takes one character as it is.
    pub(super) fn literal(&mut self, text: &mut Text) {
        if self.done() {
            return;
        }
        text.expands |= self.peek(0) == FILLED_IN;
        text.bytes.push(self.text.as_bytes()[self.at]);
        self.at += 1;
        while !self.done() && self.text.as_bytes()[self.at] & 0xc0 == 0x80 && self.peek(0) != FILLED_IN {
            text.bytes.push(self.text.as_bytes()[self.at]);
            self.at += 1;
        }
    }

    /// Takes what a template language fills in (`{{ … }}`) as a whole; it ends on its line.
    fn template(&mut self, text: &mut Text) {
        // Up to there it is known that none ends.
        let from = self.at.max(self.no_template);
        let rest = self.source.get(from..self.end).unwrap_or_default();
        let line = &rest[..rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())];
        let found = line.windows(2).position(|pair| pair == b"}}").map(|length| from + length - self.at);
        match found {
            Some(length) => {
                let end = self.at + length + 2;
                text.bytes.extend_from_slice(&self.text.as_bytes()[self.at..end]);
                (text.expands, text.quoted) = (true, true);
                self.at = end;
            }
            None => {
                self.no_template = from + line.len().saturating_sub(1);
                self.literal(text);
            }
        }
    }

    fn double_quoted(&mut self, text: &mut Text) -> Read<()> {
        let here = self.at;
        self.deeper()?;
        self.at += 1;
        text.quoted = true;
        while !self.done() {
            match self.peek(0) {
                b'"' => {
                    self.at += 1;
                    self.depth -= 1;
                    return Ok(());
                }
                b'\\' => {
                    let length = self.continuation();
                    if length > 0 {
                        self.at += length;
                        continue;
                    }
                    if b"$`\"\\".contains(&self.peek(1)) {
                        self.at += 1;
                    } else {
                        self.literal(text);
                    }
                    self.literal(text);
                }
                b'$' => self.dollar(text, true)?,
                b'`' => self.backticks(text)?,
                _ => self.literal(text),
            }
        }
        fault(here, "a double quote is not closed")
    }

    /// Reads what a `$` begins. `quoted`: within double quotes or a heredoc.
    pub(super) fn dollar(&mut self, text: &mut Text, quoted: bool) -> Read<()> {
        let here = self.at;
        match self.peek(1) {
            b'(' => {
                (text.expands, text.quoted) = (true, true);
                if let Some(end) = self.arithmetic_end(3) {
                    return self.arithmetic(text, end);
                }
                self.at += 2;
                self.substitution(text, here)
            }
            b'{' => {
                (text.expands, text.quoted) = (true, true);
                self.braces(text, quoted)
            }
            b'\'' if !quoted => {
                text.quoted = true;
                self.at += 2;
                while !self.done() {
                    match self.peek(0) {
                        b'\'' => {
                            self.at += 1;
                            return Ok(());
                        }
                        b'\\' => {
                            self.at += 1;
                            match self.peek(0) {
                                b'n' => text.bytes.push(b'\n'),
                                b't' => text.bytes.push(b'\t'),
                                b'r' => text.bytes.push(b'\r'),
                                b'\'' | b'"' | b'\\' | b'?' => text.bytes.push(self.peek(0)),
                                _ => {
                                    text.bytes.push(b'\\');
                                    self.literal(text);
                                    continue;
                                }
                            }
                            self.at += 1;
                        }
                        _ => self.literal(text),
                    }
                }
                fault(here, "a single quote is not closed")
            }
            b'"' if !quoted => {
                self.at += 1;
                self.double_quoted(text)
            }
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                (text.expands, text.quoted) = (true, true);
                self.literal(text);
                while self.peek(0).is_ascii_alphanumeric() || self.peek(0) == b'_' {
                    self.literal(text);
                }
                Ok(())
            }
            byte if byte.is_ascii_digit() || b"@*#?-$!".contains(&byte) => {
                (text.expands, text.quoted) = (true, true);
                self.literal(text);
                self.literal(text);
                Ok(())
            }
            _ => {
                self.literal(text);
                Ok(())
            }
        }
    }

    /// Reads `${…}`, which is kept as it is written.
    fn braces(&mut self, text: &mut Text, quoted: bool) -> Read<()> {
        let here = self.at;
        self.deeper()?;
        self.at += 2;
        // A single quote quotes in a pattern, but in a default value only outside of double quotes.
        let rest = &self.source[self.at..self.end];
        let name =
            rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_!#@*".contains(byte)).count();
        let value = matches!(rest.get(name), Some(b':' | b'-' | b'+' | b'=' | b'?'));
        let quotes = !(quoted && value);
        let mut inner = Text::default();
        while !self.done() {
            match self.peek(0) {
                b'}' => {
                    self.at += 1;
                    text.bytes.extend_from_slice(&self.text.as_bytes()[here..self.at]);
                    self.depth -= 1;
                    return Ok(());
                }
                b'\\' => {
                    self.at += 1;
                    self.literal(&mut inner);
                }
                b'\'' if quotes => self.part(&mut inner)?,
                b'\'' => self.literal(&mut inner),
                b'"' => self.double_quoted(&mut inner)?,
                b'$' => self.dollar(&mut inner, quoted)?,
                b'`' => self.backticks(&mut inner)?,
                _ => self.literal(&mut inner),
            }
            inner.bytes.clear();
        }
        fault(here, "`${` is not closed")
    }

    /// Reads the commands of `$(`, `<(` or `>(` from here, which began at `from`.
    fn substitution(&mut self, text: &mut Text, from: usize) -> Read<()> {
        (text.expands, text.quoted) = (true, true);
        self.unit(true)?;
        self.at += 1;
        text.bytes.extend_from_slice(&self.text.as_bytes()[from..self.at]);
        Ok(())
    }

    pub(super) fn backticks(&mut self, text: &mut Text) -> Read<()> {
        let from = self.at;
        (text.expands, text.quoted) = (true, true);
        let mut stop = from + 1;
        while stop < self.end && self.source[stop] != b'`' {
            stop += 1 + usize::from(self.source[stop] == b'\\');
        }
        if stop >= self.end {
            return fault(from, "a backtick is not closed");
        }
        self.at = from + 1;
        let end = std::mem::replace(&mut self.end, stop);
        self.unit(false)?;
        self.end = end;
        self.at = stop + 1;
        text.bytes.extend_from_slice(&self.text.as_bytes()[from..self.at]);
        Ok(())
    }

    /// The end of the arithmetic expression that begins here, after an opening of that many bytes (`((`, `$((`).
    pub(super) fn arithmetic_end(&self, opening: usize) -> Option<usize> {
        let rest = &self.source[self.at..self.end];
        let rest = &rest[..rest.len().min(LONGEST_ARITHMETIC)];
        if !rest.get(..opening)?.ends_with(b"((") {
            return None;
        }
        let mut depth = 2;
        let mut at = opening;
        while at < rest.len() {
            match rest[at] {
                b'(' => depth += 1,
                b')' => {
                    depth -= 1;
                    if depth == 1 {
                        return (rest.get(at + 1) == Some(&b')')).then_some(self.at + at + 2);
                    }
                }
                b'\\' => at += 1,
                quote @ (b'\'' | b'"') => {
                    at += 1 + rest[at + 1..].iter().position(|byte| *byte == quote)?;
                }
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// Reads an arithmetic expression up to that place for the commands in it, and keeps it as it is written.
    pub(super) fn arithmetic(&mut self, text: &mut Text, to: usize) -> Read<()> {
        let from = self.at;
        self.deeper()?;
        self.at += if self.peek(0) == b'$' { 3 } else { 2 };
        let end = std::mem::replace(&mut self.end, to);
        let mut inner = Text::default();
        while !self.done() {
            match self.peek(0) {
                b'$' => self.dollar(&mut inner, true)?,
                b'`' => self.backticks(&mut inner)?,
                b'\\' => {
                    self.at += 1;
                    self.literal(&mut inner);
                }
                _ => self.literal(&mut inner),
            }
            inner.bytes.clear();
        }
        self.end = end;
        self.at = to;
        text.quoted = true;
        text.bytes.extend_from_slice(&self.text.as_bytes()[from..to]);
        self.depth -= 1;
        Ok(())
    }

    /// Reads `(…)` of an array's assignment.
    fn array(&mut self, text: &mut Text) -> Read<()> {
        let here = self.at;
        self.deeper()?;
        self.literal(text);
        let mut fresh = true;
        while !self.done() {
            match self.peek(0) {
                b')' => {
                    self.literal(text);
                    self.depth -= 1;
                    return Ok(());
                }
                b'#' if fresh => {
                    self.skip_lines();
                    continue;
                }
                b'<' | b'>' if self.peek(1) == b'(' => {
                    let from = self.at;
                    self.at += 2;
                    self.substitution(text, from)?;
                }
                b'(' => self.extended_pattern(text)?,
                b'*' | b'?' => {
                    text.expands = true;
                    self.literal(text);
                }
                byte => {
                    fresh = byte.is_ascii_whitespace();
                    self.part(text)?;
                    continue;
                }
            }
            fresh = false;
        }
        fault(here, "an array is not closed")
    }

    /// Reads `(…)` of a pattern such as `@(a|b)`.
    fn extended_pattern(&mut self, text: &mut Text) -> Read<()> {
        let here = self.at;
        let mut depth = 0_usize;
        while !self.done() {
            match self.peek(0) {
                b'(' => {
                    depth += 1;
                    self.literal(text);
                }
                b')' => {
                    depth -= 1;
                    self.literal(text);
                    if depth == 0 {
                        return Ok(());
                    }
                }
                _ => self.part(text)?,
            }
        }
        fault(here, "a bracket of a pattern is not closed")
    }
}
