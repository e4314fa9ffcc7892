//! The lexer: finds what the words of a script are, and writes the mask that the grammar reads.

mod words;

use super::*;

/// How deep substitutions, quotes and expansions may be nested.
const DEEPEST: usize = 48;
/// How deep brackets and `case` may be nested in one list of commands.
const DEEPEST_BRACKETS: usize = 200;
/// How many substitutions a script may have.
const MOST_UNITS: usize = 20_000;

/// The lists of commands of a text, of which `source` are the bytes with its `${{ … }}` filled.
pub(super) fn units(text: &str, source: &[u8]) -> Read<Vec<Unit>> {
    let mut lexer = Lexer {
        source,
        text,
        at: 0,
        end: source.len(),
        depth: 0,
        no_template: 0,
        units: Vec::new(),
        heredocs: Vec::new(),
    };
    lexer.unit(false)?;
    Ok(lexer.units)
}

#[derive(Clone, Copy, PartialEq)]
enum Open {
    Bracket,
    If,
    Loop,
    Brace,
    /// `case`, before a pattern.
    Pattern,
    /// `case`, in the commands of a pattern.
    Branch,
}

struct Heredoc {
    tag: Vec<u8>,
    tabs: bool,
    quoted: bool,
}

struct Lexer<'a> {
    /// The text with its `${{ … }}` filled.
    source: &'a [u8],
    text: &'a str,
    at: usize,
    end: usize,
    depth: usize,
    /// Between here and there on this line no `}}` stands.
    no_template: usize,
    units: Vec<Unit>,
    /// Heredocs whose text begins after this line, with the unit's token that they are the target of.
    heredocs: Vec<(Heredoc, usize)>,
}

/// The list of commands that is being read.
struct List {
    start: usize,
    mask: Vec<u8>,
    tokens: Vec<Token>,
    negated: HashSet<usize>,
    joins: HashMap<usize, Join>,
    /// What is open, and where it began.
    open: Vec<(Open, usize)>,
    /// Does a command begin here?
    begins: bool,
    /// Are only assignments and redirections before here?
    prefix: bool,
    /// Does a closed bracket or `fi`, `done`, `esac` stand before here?
    closed: bool,
    /// Are these the items of a `for`, which are no command?
    items: bool,
    /// Does a function begin before here, so that a group must follow?
    function: bool,
    bang: bool,
}

impl List {
    /// A new command may begin.
    fn begin(&mut self) {
        (self.begins, self.prefix, self.closed, self.items) = (true, true, false, false);
    }
    fn close(&mut self) {
        (self.begins, self.prefix, self.closed) = (false, false, true);
    }
    fn put(&mut self, bytes: &[u8]) {
        self.mask.extend_from_slice(bytes);
    }
    /// Fills the mask up to that place.
    fn fill(&mut self, to: usize, with: u8) {
        self.mask.resize((to - self.start).max(self.mask.len()), with);
    }
    /// What is found here begins a pipeline that a `!` may stand before.
    fn starts(&mut self, at: usize) {
        if std::mem::take(&mut self.bang) {
            self.negated.insert(at);
        }
    }
    /// A separator must have a command before it.
    fn must_follow(&self, at: usize) -> Read<()> {
        match self.mask.iter().rev().find(|byte| **byte != b' ') {
            None | Some(b';' | b'\n' | b'(') => fault(at, "nothing stands before what separates commands"),
            Some(_) => Ok(()),
        }
    }
    fn before_pattern(&self) -> bool {
        self.open.last().is_some_and(|(open, _)| *open == Open::Pattern)
    }
    /// What closes here must have been opened.
    fn pop(&mut self, opened: Open, at: usize) -> Read<()> {
        match self.open.pop() {
            Some((open, _)) if open == opened => Ok(()),
            _ => fault(at, "what ends here did not begin"),
        }
    }
    /// The grammar asks for a separator where shells do not (`{ (a) }`).
    fn separate(&mut self) {
        if let Some(last) = self.mask.last_mut().filter(|last| **last == b' ') {
            *last = b';';
        }
    }
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        let at = self.at + ahead;
        if at < self.end { self.source[at] } else { 0 }
    }
    fn starts(&self, with: &[u8]) -> bool {
        self.source[self.at..self.end].starts_with(with)
    }
    fn done(&self) -> bool {
        self.at >= self.end
    }
    fn deeper(&mut self) -> Read<()> {
        self.depth += 1;
        if self.depth > DEEPEST { fault(self.at, "it is nested too deeply to be read") } else { Ok(()) }
    }
    /// The length of an escaped end of line here, else 0.
    fn continuation(&self) -> usize {
        match (self.peek(0), self.peek(1), self.peek(2)) {
            (b'\\', b'\n', _) => 2,
            (b'\\', b'\r', b'\n') => 3,
            _ => 0,
        }
    }
    fn blank(&self) -> bool {
        matches!(self.peek(0), b' ' | b'\t' | 0x0b | 0x0c) || (self.peek(0) == b'\r' && self.line_ends(1))
    }
    fn line_ends(&self, ahead: usize) -> bool {
        self.at + ahead >= self.end || self.peek(ahead) == b'\n'
    }
    /// Passes blanks and continuations.
    fn skip_blanks(&mut self) {
        loop {
            match self.continuation() {
                0 if !self.done() && self.blank() => self.at += 1,
                0 => return,
                length => self.at += length,
            }
        }
    }
    /// The reserved word or name here, as far as it is plain letters and the like.
    fn plain_word(&self) -> &[u8] {
        let rest = &self.source[self.at..self.end];
        let ends =
            |byte: &u8| byte.is_ascii_whitespace() || b";&|<>()\\'\"`$".contains(byte) || *byte == FILLED_IN;
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        match rest.get(length) {
            Some(b'\\') if self.source[self.at + length..self.end].starts_with(b"\\\n") => &rest[..length],
            Some(b'\\' | b'\'' | b'"' | b'`' | b'$' | &FILLED_IN) => &[],
            _ => &rest[..length],
        }
    }

    /// Reads a list of commands as a unit, up to the end or to the bracket that closes it (which is not passed).
    fn unit(&mut self, bracket: bool) -> Read<()> {
        self.deeper()?;
        let mut list = List {
            start: self.at,
            mask: Vec::new(),
            tokens: Vec::new(),
            negated: HashSet::new(),
            joins: HashMap::new(),
            open: Vec::new(),
            begins: true,
            prefix: true,
            closed: false,
            items: false,
            function: false,
            bang: false,
        };
        let outer = std::mem::take(&mut self.heredocs);
        while !self.done() {
            if list.open.len() > DEEPEST_BRACKETS {
                return fault(self.at, "it is nested too deeply to be read");
            }
            let inner = |(open, _): &(Open, usize)| *open == Open::Bracket;
            if self.peek(0) == b')' && bracket && !list.open.iter().any(inner) && !list.before_pattern() {
                break;
            }
            self.step(&mut list)?;
        }
        // A heredoc without a line after it is empty.
        self.heredocs = outer;
        if let Some((_, at)) = list.open.last() {
            return fault(*at, "what begins here is not closed");
        }
        if bracket && self.done() {
            return fault(list.start, "a bracket is not closed");
        }
        if self.units.len() >= MOST_UNITS {
            return fault(list.start, "it has more substitutions than are read");
        }
        let List { start, mask, tokens, negated, joins, .. } = list;
        self.units.push(Unit { start, mask, tokens, negated, joins });
        self.depth -= 1;
        Ok(())
    }

    /// Reads the next thing of a list.
    fn step(&mut self, list: &mut List) -> Read<()> {
        let here = self.at;
        let length = self.continuation();
        if length > 0 {
            self.at += length;
            list.fill(self.at, b' ');
            return Ok(());
        }
        if self.blank() {
            self.at += 1;
            list.put(b" ");
            return Ok(());
        }
        match self.peek(0) {
            b'\n' => {
                self.at += 1;
                list.put(b"\n");
                if !list.before_pattern() {
                    list.begin();
                }
                return self.read_heredocs(list);
            }
            b'#' => {
                while !self.done() && self.peek(0) != b'\n' {
                    self.at += 1;
                }
                list.fill(self.at, b' ');
                return Ok(());
            }
            _ => {}
        }
        if list.before_pattern() {
            return self.pattern(list);
        }
        match self.peek(0) {
            b';' => {
                let length =
                    [&b";;&"[..], b";;", b";&"].iter().find(|form| self.starts(form)).map_or(1, |f| f.len());
                if length == 1 {
                    list.must_follow(here)?;
                }
                list.put(&self.source[here..here + length]);
                self.at += length;
                list.begin();
                if length > 1 {
                    match list.open.last_mut() {
                        Some((last @ Open::Branch, _)) => *last = Open::Pattern,
                        _ => return fault(here, "`;;` stands outside of `case`"),
                    }
                }
            }
            b'&' if self.peek(1) == b'>' => return self.redirect(list),
            b'&' | b'|' => {
                let (length, join) = match (self.peek(0), self.peek(1)) {
                    (b'&', b'&') => (2, Join::Then(Then::And)),
                    (b'|', b'|') => (2, Join::Then(Then::Or)),
                    (b'|', b'&') => (2, Join::Pipe),
                    (b'|', _) => (1, Join::Pipe),
                    _ => (1, Join::Then(Then::Background)),
                };
                list.must_follow(here)?;
                // The grammar mixes up which of them binds more; to it they are all one.
                list.joins.insert(here, join);
                list.put(b";");
                self.at += length;
                list.fill(self.at, b' ');
                list.begin();
            }
            b'(' => return self.bracket(list),
            b')' => {
                list.pop(Open::Bracket, here)?;
                self.at += 1;
                list.put(b")");
                list.close();
            }
            b'<' | b'>' if self.peek(1) != b'(' => return self.redirect(list),
            _ if self.is_redirect() => return self.redirect(list),
            _ => return self.word_or_keyword(list),
        }
        Ok(())
    }

    /// Does a redirection with a descriptor before it stand here?
    fn is_redirect(&self) -> bool {
        let rest = &self.source[self.at..self.end];
        let length = if rest.starts_with(b"{") {
            let name =
                rest[1..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            if name == 0 || rest.get(name + 1) != Some(&b'}') {
                return false;
            }
            name + 2
        } else {
            rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        length > 0 && matches!(rest.get(length), Some(b'<' | b'>'))
    }

    fn redirect(&mut self, list: &mut List) -> Read<()> {
        let here = self.at;
        list.starts(here);
        while !matches!(self.peek(0), b'<' | b'>' | b'&') {
            self.at += 1;
        }
        let forms =
            [&b"&>>"[..], b"&>", b"<<<", b"<<-", b"<<", b"<>", b"<&", b">>", b">&", b">|", b"<", b">"];
        let Some(form) = forms.iter().find(|form| self.starts(form)) else {
            return fault(here, "a redirection is not understood");
        };
        let descriptor = self.at;
        self.at += form.len();
        let operator = String::from_utf8_lossy(&self.source[here..self.at]).into_owned();
        // After a bracket the grammar must see a redirection; elsewhere a word is as good.
        if list.closed {
            list.fill(descriptor, b' ');
            list.put(b">");
        }
        list.fill(self.at, if list.closed { b' ' } else { b'/' });
        self.skip_blanks();
        list.fill(self.at, b' ');
        let from = self.at;
        let target = self.word(false)?;
        if self.at == from {
            return fault(here, "a redirection has no target");
        }
        list.fill(self.at, b'/');
        if *form == b"<<" || *form == b"<<-" {
            let quoted = self.source[from..self.at].iter().any(|byte| b"'\"\\".contains(byte));
            let heredoc = Heredoc { tag: target.bytes.clone(), tabs: *form == b"<<-", quoted };
            self.heredocs.push((heredoc, list.tokens.len()));
        }
        list.tokens.push(Token { at: here, end: self.at, what: Part::Redirect(operator, target) });
        list.begins = list.begins && list.prefix && !list.closed;
        Ok(())
    }

    /// Reads the texts of the heredocs that were begun on the line before.
    fn read_heredocs(&mut self, list: &mut List) -> Read<()> {
        for (heredoc, token) in std::mem::take(&mut self.heredocs) {
            let mut body = Text::default();
            let start = self.at;
            let mut stop = self.end;
            let mut next = self.end;
            let mut line = start;
            while line < self.end {
                let rest = &self.source[line..self.end];
                let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
                let mut written = &rest[..length];
                written = written.strip_suffix(b"\r").unwrap_or(written);
                if heredoc.tabs {
                    let tabs = written.iter().take_while(|byte| **byte == b'\t').count();
                    written = &written[tabs..];
                }
                if written == heredoc.tag {
                    (stop, next) = (line, (line + length + 1).min(self.end));
                    break;
                }
                line += length + 1;
            }
            if heredoc.quoted {
                body.bytes.extend_from_slice(&self.text.as_bytes()[start..stop]);
                body.expands = self.source[start..stop].contains(&FILLED_IN);
            } else {
                let end = std::mem::replace(&mut self.end, stop);
                while !self.done() {
                    match self.peek(0) {
                        b'\\' => {
                            let length = 2.min(self.end - self.at);
                            body.bytes.extend_from_slice(&self.text.as_bytes()[self.at..self.at + length]);
                            self.at += length;
                        }
                        b'$' => self.dollar(&mut body, true)?,
                        b'`' => self.backticks(&mut body)?,
                        _ => self.literal(&mut body),
                    }
                }
                self.end = end;
            }
            self.at = next;
            list.fill(next, b' ');
            if let Some(Token { what: Part::Redirect(_, target), .. }) = list.tokens.get_mut(token) {
                *target = body;
            }
        }
        // The text took the place of the end of the line.
        if let Some(last) = list.mask.last_mut().filter(|last| **last == b' ') {
            *last = b'\n';
        }
        Ok(())
    }

    /// Reads what stands between `in` or `;;` of a `case` and the commands, or its end.
    fn pattern(&mut self, list: &mut List) -> Read<()> {
        if self.plain_word() == b"esac" {
            list.put(b"esac");
            self.at += 4;
            list.open.pop();
            list.close();
            return Ok(());
        }
        if self.peek(0) == b'(' {
            self.at += 1;
            list.put(b" ");
        }
        while !self.done() {
            self.skip_blanks();
            list.fill(self.at, b' ');
            match self.peek(0) {
                b')' => {
                    self.at += 1;
                    list.put(b")");
                    if let Some((last, _)) = list.open.last_mut() {
                        *last = Open::Branch;
                    }
                    list.begin();
                    return Ok(());
                }
                b'|' => {
                    self.at += 1;
                    list.put(b"|");
                }
                b'\n' => {
                    self.at += 1;
                    list.put(b" ");
                }
                _ => {
                    let from = self.at;
                    self.word(false)?;
                    if self.at == from {
                        return fault(from, "a pattern of `case` is not understood");
                    }
                    list.fill(self.at, b'/');
                }
            }
        }
        fault(self.at, "a `case` is not closed")
    }

    /// Reads what an opening bracket begins.
    fn bracket(&mut self, list: &mut List) -> Read<()> {
        let here = self.at;
        list.function = false;
        if list.begins {
            list.starts(here);
            if let Some(end) = self.arithmetic_end(2) {
                let mut text = Text { expands: true, ..Text::default() };
                self.arithmetic(&mut text, end)?;
                list.fill(self.at, b'/');
                list.tokens.push(Token { at: here, end, what: Part::Word(text) });
                (list.begins, list.prefix) = (false, false);
                return Ok(());
            }
            list.open.push((Open::Bracket, here));
            self.at += 1;
            list.put(b"(");
            list.begin();
            return Ok(());
        }
        // `name()` defines a function.
        self.at += 1;
        self.skip_blanks();
        if self.peek(0) != b')' || list.closed {
            return fault(here, "a bracket stands where none can be");
        }
        list.put(b"(");
        list.fill(self.at, b' ');
        self.at += 1;
        list.put(b")");
        list.tokens.pop();
        list.begin();
        list.function = true;
        Ok(())
    }

    fn word_or_keyword(&mut self, list: &mut List) -> Read<()> {
        let here = self.at;
        let function = std::mem::take(&mut list.function);
        let keyword = self.plain_word().to_vec();
        let may_end = list.closed || (list.begins && list.prefix);
        if may_end && self.middle_or_end(list, &keyword)? {
            return Ok(());
        }
        if list.closed {
            return fault(here, "a word stands where a command has ended");
        }
        let may_begin =
            list.begins && list.prefix && list.tokens.last().is_none_or(|last| !same_command(list, last));
        if may_begin && self.beginning(list, &keyword)? {
            return Ok(());
        }
        if function {
            return fault(here, "a function has no `{`");
        }
        list.starts(here);
        let assigned = if list.prefix { self.assignment() } else { None };
        let mut text = self.word(true)?;
        if self.at == here {
            return fault(here, "a character stands where none can be");
        }
        list.fill(self.at, b'/');
        if list.items {
            return Ok(());
        }
        let what = match assigned {
            Some((name, length)) => {
                text.bytes.drain(..length.min(text.bytes.len()));
                Part::Assignment(name, text)
            }
            None => Part::Word(text),
        };
        list.begins = false;
        if matches!(what, Part::Word(_)) {
            list.prefix = false;
        }
        list.tokens.push(Token { at: here, end: self.at, what });
        Ok(())
    }

    /// Reads a reserved word that goes on with what is open or ends it; false where it is none.
    fn middle_or_end(&mut self, list: &mut List, keyword: &[u8]) -> Read<bool> {
        let here = self.at;
        match keyword {
            b"then" | b"elif" | b"else" | b"do" => {
                if list.closed {
                    list.separate();
                }
                self.at += keyword.len();
                list.put(keyword);
                list.begin();
            }
            b"fi" | b"done" | b"}" | b"esac" => {
                if list.closed {
                    list.separate();
                }
                let opened = match keyword {
                    b"fi" => Open::If,
                    b"done" => Open::Loop,
                    b"}" => Open::Brace,
                    _ => Open::Branch,
                };
                list.pop(opened, here)?;
                self.at += keyword.len();
                list.put(keyword);
                list.close();
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Reads a reserved word that opens something or stands before a command; false where it is none.
    fn beginning(&mut self, list: &mut List, keyword: &[u8]) -> Read<bool> {
        let here = self.at;
        match keyword {
            b"if" | b"while" | b"until" | b"{" => {
                list.starts(here);
                let opened = match keyword {
                    b"if" => Open::If,
                    b"{" => Open::Brace,
                    _ => Open::Loop,
                };
                list.open.push((opened, here));
                self.at += keyword.len();
                list.put(keyword);
                list.begin();
            }
            b"!" => {
                self.at += 1;
                list.put(b" ");
                list.bang = true;
            }
            b"time" | b"coproc" => {
                self.at += keyword.len();
                self.skip_blanks();
                if self.plain_word() == b"-p" {
                    self.at += 2;
                }
                list.fill(self.at, b' ');
            }
            b"case" => {
                list.starts(here);
                self.at += 4;
                list.put(b"case");
                self.skip_blanks();
                list.fill(self.at, b' ');
                self.word(false)?;
                list.fill(self.at, b'/');
                self.skip_lines();
                list.fill(self.at, b' ');
                if self.plain_word() != b"in" {
                    return fault(here, "`case` has no `in`");
                }
                self.at += 2;
                list.put(b"in");
                list.open.push((Open::Pattern, here));
            }
            b"for" | b"select" => {
                list.starts(here);
                self.at += keyword.len();
                list.put(keyword);
                list.open.push((Open::Loop, here));
                self.loop_head(list)?;
            }
            b"function" => {
                self.at += keyword.len();
                list.put(keyword);
                self.skip_blanks();
                list.fill(self.at, b' ');
                self.word(false)?;
                list.fill(self.at, b'/');
                let after = self.at;
                self.skip_blanks();
                if self.peek(0) == b'(' {
                    self.at += 1;
                    self.skip_blanks();
                    if self.peek(0) == b')' {
                        // The brackets say nothing more.
                        self.at += 1;
                    } else {
                        self.at = after;
                    }
                }
                list.fill(self.at, b' ');
                list.begin();
                list.function = true;
            }
            b"[[" => {
                list.starts(here);
                self.condition(list)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The name of the assignment that begins here, and its length with the `=`.
    fn assignment(&self) -> Option<(String, usize)> {
        let rest = &self.source[self.at..self.end];
        let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        if name == 0 || rest[0].is_ascii_digit() {
            return None;
        }
        let mut length = name;
        if rest.get(length) == Some(&b'[') {
            let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-+*@.:,/".contains(byte);
            let index = rest[length + 1..].iter().take_while(|byte| plain(byte)).count();
            if rest.get(length + 1 + index) == Some(&b']') {
                length += index + 2;
            }
        }
        let written = length;
        if rest.get(length) == Some(&b'+') {
            length += 1;
        }
        (rest.get(length) == Some(&b'='))
            .then(|| (String::from_utf8_lossy(&rest[..written]).into_owned(), length + 1))
    }

    /// Reads the variable and items of `for` and `select`.
    fn loop_head(&mut self, list: &mut List) -> Read<()> {
        let here = self.at;
        self.skip_blanks();
        list.fill(self.at, b' ');
        if let Some(end) = self.arithmetic_end(2) {
            self.arithmetic(&mut Text::default(), end)?;
            // The grammar takes a name in its place.
            list.fill(self.at, b'x');
        } else {
            let name = self.plain_word().len();
            if name == 0 {
                return fault(here, "a loop has no variable");
            }
            self.at += name;
            list.fill(self.at, b'x');
        }
        let named = self.at;
        self.skip_lines();
        let mut after = self.at;
        if self.plain_word() == b"in" {
            list.fill(self.at, b' ');
            self.at += 2;
            self.skip_blanks();
            if matches!(self.peek(0), b';' | b'\n') {
                list.fill(self.at, b' ');
            } else {
                list.put(b"in");
                list.fill(self.at, b' ');
            }
            (list.begins, list.prefix, list.items) = (false, false, true);
            return Ok(());
        }
        if self.plain_word() == b"do" && after > named {
            after -= 1;
            list.fill(after, b' ');
            list.put(b";");
            list.begin();
        } else {
            self.at = named;
            (list.begins, list.prefix, list.items) = (false, false, true);
        }
        Ok(())
    }

    /// Passes blanks, ends of lines and comments.
    fn skip_lines(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek(0) {
                b'\n' => self.at += 1,
                b'#' => {
                    while !self.done() && self.peek(0) != b'\n' {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// Reads `[[ … ]]` as a command whose words are all that stands in it.
    fn condition(&mut self, list: &mut List) -> Read<()> {
        let here = self.at;
        (list.begins, list.prefix) = (false, false);
        while !self.done() {
            self.skip_lines();
            list.fill(self.at, b' ');
            let from = self.at;
            let last = self.plain_word() == b"]]";
            let mut text = Text::default();
            while !self.done() && !self.blank() && self.peek(0) != b'\n' {
                if last && self.at == from + 2 {
                    break;
                }
                if b"&|<>();".contains(&self.peek(0)) {
                    self.literal(&mut text);
                } else {
                    self.part(&mut text)?;
                }
            }
            list.fill(self.at, b'/');
            if self.at > from {
                list.tokens.push(Token { at: from, end: self.at, what: Part::Word(text) });
            }
            if last {
                return Ok(());
            }
        }
        fault(here, "`[[` is not closed")
    }
}

/// Does the token belong to the command that is being read, so that no reserved word can follow it?
fn same_command(list: &List, token: &Token) -> bool {
    let from = token.end - list.start;
    list.mask.get(from..).is_some_and(|rest| rest.iter().all(|byte| *byte == b' '))
}
