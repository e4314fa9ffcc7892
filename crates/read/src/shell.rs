//! Shell scripts: every simple command of them, and what becomes of its failure.
//!
//! Two steps. A lexer of our own finds words, quotes, expansions, redirections and heredocs, and writes a *mask*
//! of the same length in which every word is a run of `/` and only what carries the structure is left: reserved
//! words, separators, brackets. The grammar of tree-sitter-bash then reads the mask. The grammar alone stumbles
//! over about one real script in twenty (over words, mostly), and never sees a hostile word this way. Each
//! substitution is a text of its own with a mask of its own.

use crate::Input;
use crate::secrets::{Key, conceal};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use tree_sitter::{Node, ParseOptions, Parser};
use tyrian_model::fact::{Known, Pos, Why};
use tyrian_model::script::{Command, Pipe, Script, Then, Word};

/// The longest script that is read, in bytes.
pub const LONGEST: usize = 1 << 20;
/// How deep substitutions, quotes and expansions may be nested.
const DEEPEST: usize = 48;
/// How deep brackets and `case` may be nested in one list of commands.
const DEEPEST_BRACKETS: usize = 200;
/// How many substitutions a script may have.
const MOST_UNITS: usize = 20_000;
/// How far the end of an arithmetic expression is looked for, in bytes.
const LONGEST_ARITHMETIC: usize = 4096;
/// What an expression of a pipeline (`${{ … }}`) is replaced by, byte for byte, before anything else.
const FILLED_IN: u8 = 1;
/// The shells whose language this is.
const SHELLS: [&str; 8] = ["", "sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"];

/// Reads a script that begins at a place of its file and is run by that shell.
///
/// The place of a pipeline is that in the outer file. A group in a pipeline or with redirections of its own is a
/// command without words; what stands in it are pipelines of their own. The target of a heredoc is its text.
/// A pipeline at the end of a group has what follows the group; one before it in a group that `&&` or `||`
/// follows is a condition, for the shell ignores its failure there.
///
/// The pipelines are a gap where the text is too long, nested too deeply, not the language of a POSIX-like shell,
/// or does not parse as a whole.
pub fn script(key: &Key, text: &str, at: Pos, shell: &str, errexit: bool, pipefail: bool) -> Script {
    let places = Places { text, parts: Cow::Owned(vec![(0, at)]) };
    placed(key, &places, "", shell, errexit, pipefail)
}

/// Reads a script file; its first line says which shell runs it, and whether that stops at errors.
pub fn file(input: &Input) -> Script {
    let (shell, errexit, pipefail) = shebang(input.text);
    let places = Places { text: input.text, parts: Cow::Owned(vec![(0, Pos::new(1, 1))]) };
    placed(input.key, &places, input.path, &shell, errexit, pipefail)
}

/// The same for a text that was put together of parts of the file at that path.
pub(crate) fn placed(
    key: &Key,
    places: &Places,
    path: &str,
    shell: &str,
    errexit: bool,
    pipefail: bool,
) -> Script {
    let shell = shell.rsplit(['/', '\\']).next().unwrap_or("").to_string();
    let place = |offset: usize| {
        let Pos { line, column, file } = places.of(offset);
        match file.as_deref().unwrap_or(path) {
            "" => format!("line {line}, column {column}"),
            path => format!("{path}:{line}:{column}"),
        }
    };
    let pipelines = if SHELLS.contains(&shell.as_str()) {
        pipelines(key, places).map(Known::is).unwrap_or_else(|fault| {
            Known::gap(Why::Malformed, format!("{}: {}", place(fault.at), fault.what))
        })
    } else {
        Known::gap(Why::NotRead, format!("{}: a script for {} is not read", place(0), plain(&shell)))
    };
    Script { shell, errexit, pipefail, pipelines }
}

/// The shell of a `#!` line, and whether it sets errexit and pipefail.
pub(crate) fn shebang(text: &str) -> (String, bool, bool) {
    let Some(line) = text.strip_prefix("#!").and_then(|rest| rest.lines().next()) else {
        return (String::new(), false, false);
    };
    let base = |word: &str| word.rsplit('/').next().unwrap_or("").to_string();
    // A wrapper (`env -S`, `dumb-init`, `busybox`) may stand before the shell.
    let words: Vec<&str> = line.split_whitespace().collect();
    let shell_at = words.iter().position(|word| SHELLS.contains(&base(word).as_str())).or_else(|| {
        words.iter().position(|word| base(word) != "env" && !word.starts_with('-') && !word.contains('='))
    });
    let Some(shell_at) = shell_at else { return (String::new(), false, false) };
    let shell = base(words[shell_at]);
    let words = words.into_iter().skip(shell_at + 1);
    let (errexit, pipefail) = options(words);
    (shell, errexit, pipefail)
}

/// Do these arguments of a shell set errexit and pipefail?
pub(crate) fn options<'a>(arguments: impl Iterator<Item = &'a str>) -> (bool, bool) {
    let (mut errexit, mut pipefail) = (false, false);
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let set = argument.starts_with('-');
        let Some(letters) = argument.strip_prefix(['-', '+']) else { break };
        if letters.starts_with('-') {
            continue;
        }
        for letter in letters.chars() {
            match letter {
                'e' => errexit = set,
                'o' => match arguments.next() {
                    Some("errexit") => errexit = set,
                    Some("pipefail") => pipefail = set,
                    _ => {}
                },
                _ => {}
            }
        }
    }
    (errexit, pipefail)
}

/// A text and where its parts stand in the file: offsets in bytes, ascending, the first one 0.
pub(crate) struct Places<'a> {
    pub(crate) text: &'a str,
    pub(crate) parts: Cow<'a, [(usize, Pos)]>,
}

impl Places<'_> {
    /// The place of a byte.
    pub(crate) fn of(&self, offset: usize) -> Pos {
        let part = self.parts.partition_point(|(start, _)| *start <= offset).saturating_sub(1);
        let Some((start, first)) = self.parts.get(part) else { return Pos::new(1, 1) };
        let text = self.text.as_bytes().get(*start..offset).unwrap_or_default();
        text.iter().fold(first.clone(), |pos, byte| after(pos, *byte))
    }
    /// The same in parts so short that a place is found without reading much.
    fn in_short_parts(&self) -> Places<'_> {
        let mut parts = Vec::new();
        for (index, (start, first)) in self.parts.iter().enumerate() {
            let end = self.parts.get(index + 1).map_or(self.text.len(), |next| next.0);
            let mut pos = first.clone();
            for (offset, byte) in self.text.as_bytes().get(*start..end).unwrap_or_default().iter().enumerate()
            {
                if offset % 256 == 0 {
                    parts.push((start + offset, pos.clone()));
                }
                pos = after(pos, *byte);
            }
        }
        Places { text: self.text, parts: Cow::Owned(parts) }
    }
}

/// The place after that byte.
fn after(pos: Pos, byte: u8) -> Pos {
    match byte {
        b'\n' => Pos { line: pos.line + 1, column: 1, ..pos },
        // Bytes within a character.
        0x80..=0xbf => pos,
        _ => Pos { column: pos.column + 1, ..pos },
    }
}

/// Why a script cannot be read, and at which byte of it.
struct Fault {
    at: usize,
    what: String,
}

type Read<T> = Result<T, Fault>;

fn fault<T>(at: usize, what: impl Into<String>) -> Read<T> {
    Err(Fault { at, what: what.into() })
}

/// A text that may stand in a message.
fn plain(text: &str) -> String {
    text.chars().filter(|char| char.is_ascii_alphanumeric() || "._-+".contains(*char)).take(40).collect()
}

fn pipelines(key: &Key, places: &Places) -> Read<Vec<Pipe>> {
    let text = places.text;
    if text.len() > LONGEST {
        return fault(0, format!("it has more than {LONGEST} bytes, the longest that is read"));
    }
    let places = &places.in_short_parts();
    let source = without_expressions(text);
    let end = source.len();
    let mut lexer = Lexer {
        source: &source,
        text,
        at: 0,
        end,
        depth: 0,
        no_template: 0,
        units: Vec::new(),
        heredocs: Vec::new(),
    };
    lexer.unit(false)?;
    let mut parser = Parser::new();
    if parser.set_language(&tree_sitter_bash::LANGUAGE.into()).is_err() {
        return fault(0, "the grammar of shells does not fit this program");
    }
    let mut found = Vec::new();
    for unit in &lexer.units {
        unit.pipes(&mut parser, &mut found)?;
    }
    found.sort_by_key(|raw: &RawPipe| raw.start);
    let finish = |raw: RawPipe| Pipe {
        commands: raw.commands.iter().map(|(start, tokens)| command(key, places, *start, tokens)).collect(),
        then: raw.then,
        condition: raw.condition,
        at: places.of(raw.start),
    };
    Ok(found.into_iter().map(finish).collect())
}

/// The bytes of the text, each `${{ … }}` filled with one byte that is part of a word and expands.
fn without_expressions(text: &str) -> Vec<u8> {
    let mut source = text.as_bytes().to_vec();
    let mut from = 0;
    while let Some(start) = text[from..].find("${{").map(|found| found + from) {
        let Some(end) = text[start..].find("}}").map(|found| start + found + 2) else { break };
        source[start..end].fill(FILLED_IN);
        from = end;
    }
    source
}

/// A list of commands: the script, or what stands in one substitution.
struct Unit {
    start: usize,
    mask: Vec<u8>,
    tokens: Vec<Token>,
    /// Where the pipelines begin that a `!` stands before.
    negated: HashSet<usize>,
    /// What the mask has a `;` for.
    joins: HashMap<usize, Join>,
}

/// What joins two commands, besides `;` and the end of a line.
#[derive(Clone, Copy, PartialEq)]
enum Join {
    Pipe,
    Then(Then),
}

#[derive(Clone)]
struct Token {
    at: usize,
    end: usize,
    what: Part,
}

#[derive(Clone)]
enum Part {
    /// Name and value.
    Assignment(String, Text),
    Word(Text),
    /// Operator and target.
    Redirect(String, Text),
}

/// A word without its quotes.
#[derive(Clone, Default)]
struct Text {
    bytes: Vec<u8>,
    expands: bool,
    /// Is any of it quoted or expanded, so that it is no reserved word?
    quoted: bool,
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

    /// Reads a word; nothing where none stands here. `arrays`: `NAME=(…)` may be in it.
    fn word(&mut self, arrays: bool) -> Read<Text> {
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
    fn part(&mut self, text: &mut Text) -> Read<()> {
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
    fn literal(&mut self, text: &mut Text) {
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
    fn dollar(&mut self, text: &mut Text, quoted: bool) -> Read<()> {
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

    fn backticks(&mut self, text: &mut Text) -> Read<()> {
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
    fn arithmetic_end(&self, opening: usize) -> Option<usize> {
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
    fn arithmetic(&mut self, text: &mut Text, to: usize) -> Read<()> {
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

/// Does the token belong to the command that is being read, so that no reserved word can follow it?
fn same_command(list: &List, token: &Token) -> bool {
    let from = token.end - list.start;
    list.mask.get(from..).is_some_and(|rest| rest.iter().all(|byte| *byte == b' '))
}

/// A pipeline whose words are still tokens.
struct RawPipe {
    start: usize,
    commands: Vec<(usize, Vec<Token>)>,
    then: Then,
    condition: bool,
}

impl Unit {
    /// Adds the pipelines of this unit.
    fn pipes(&self, parser: &mut Parser, found: &mut Vec<RawPipe>) -> Read<()> {
        // One simple command needs no grammar.
        if self.mask.iter().all(|byte| matches!(byte, b'/' | b' ')) {
            if let (Some(first), Some(last)) = (self.tokens.first(), self.tokens.last()) {
                found.push(RawPipe {
                    start: first.at,
                    commands: vec![(first.at, self.within(first.at..last.end))],
                    then: Then::Next,
                    condition: self.negated.contains(&first.at),
                });
            }
            return Ok(());
        }
        let mut budget = 10_000 + self.mask.len();
        let mut reached = 0;
        // Mending what is wrong can take very long, and is of no use here.
        let mut progress = |state: &tree_sitter::ParseState| {
            budget = budget.saturating_sub(1);
            reached = state.current_byte_offset().min(self.mask.len());
            budget == 0 || state.has_error()
        };
        let options = ParseOptions::new().progress_callback(&mut progress);
        let mut input = |offset: usize, _| self.mask.get(offset..).unwrap_or_default();
        let tree = parser.parse_with_options(&mut input, None, Some(options));
        parser.reset();
        let Some(tree) = tree else { return fault(self.start + reached, "it does not parse near here") };
        let root = tree.root_node();
        if root.has_error() {
            return fault(
                self.start + first_error(root),
                "it does not parse from here; `bash -n` may say why",
            );
        }
        let mut work = vec![(root, Then::Next, false)];
        while let Some((node, then, condition)) = work.pop() {
            self.visit(node, then, condition, &mut work, found)?;
        }
        Ok(())
    }

    fn within(&self, range: Range<usize>) -> Vec<Token> {
        let from = self.tokens.partition_point(|token| token.at < range.start);
        let to = self.tokens.partition_point(|token| token.at < range.end);
        self.tokens.get(from..to).unwrap_or_default().to_vec()
    }

    /// Takes the pipelines that stand directly in a construct; what they hold in turn is put to the work.
    fn visit<'t>(
        &self,
        node: Node<'t>,
        then: Then,
        condition: bool,
        work: &mut Vec<(Node<'t>, Then, bool)>,
        found: &mut Vec<RawPipe>,
    ) -> Read<()> {
        let (then, condition) = match node.kind() {
            "function_definition" => (Then::Next, false),
            _ => (then, condition),
        };
        // The last pipeline of a group has what follows the group. Those before it in a group that is asked for
        // are asked for, too.
        let group = matches!(node.kind(), "subshell" | "compound_statement");
        let before_last = condition || (group && matches!(then, Then::And | Then::Or));
        let mut asked = matches!(node.kind(), "if_statement" | "elif_clause" | "while_statement");
        let parts: Vec<_> = node.children(&mut node.walk()).collect();
        let last = parts.iter().rposition(|part| is_statement(*part));
        let mut pipeline = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            match part.kind() {
                "then" | "do_group" => asked = false,
                _ => {}
            }
            if !is_statement(*part) {
                if part.is_named() && !matches!(part.kind(), "word" | "variable_name" | "comment") {
                    work.push((*part, Then::Next, condition));
                }
                continue;
            }
            pipeline.push(*part);
            let after = parts.get(index + 1).filter(|next| next.kind() == ";");
            let join = after.and_then(|next| self.joins.get(&(self.start + next.start_byte())).copied());
            let follows = parts.iter().skip(index + 2).find(|next| !next.is_extra() && next.kind() != "\n");
            if matches!(join, Some(Join::Pipe | Join::Then(Then::And | Then::Or)))
                && !follows.is_some_and(|next| is_statement(*next))
            {
                return fault(self.start + part.end_byte(), "nothing follows what joins two commands");
            }
            match join {
                Some(Join::Pipe) => continue,
                Some(Join::Then(join)) => {
                    let asked = before_last || asked;
                    self.pipeline(std::mem::take(&mut pipeline), join, asked, work, found)?;
                }
                None if group && Some(index) == last => {
                    self.pipeline(std::mem::take(&mut pipeline), then, condition, work, found)?;
                }
                None => {
                    let asked = before_last || asked;
                    self.pipeline(std::mem::take(&mut pipeline), Then::Next, asked, work, found)?;
                }
            }
        }
        Ok(())
    }

    fn pipeline<'t>(
        &self,
        parts: Vec<Node<'t>>,
        then: Then,
        condition: bool,
        work: &mut Vec<(Node<'t>, Then, bool)>,
        found: &mut Vec<RawPipe>,
    ) -> Read<()> {
        let Some(first) = parts.first() else { return Ok(()) };
        let start = self.start + first.start_byte();
        let condition = condition || self.negated.contains(&start);
        if parts.len() > 1 || matches!(first.kind(), "command" | "redirected_statement") {
            let commands = parts.iter().map(|part| self.element(*part)).collect::<Read<_>>()?;
            found.push(RawPipe { start, commands, then, condition });
        }
        let last = parts.len() - 1;
        for (index, part) in parts.into_iter().enumerate() {
            let then = if index == last { then } else { Then::Next };
            match part.kind() {
                "command" => {}
                // What redirects the group is a command already.
                "redirected_statement" => {
                    work.extend(part.child_by_field_name("body").map(|body| (body, then, condition)));
                }
                _ => work.push((part, then, condition)),
            }
        }
        Ok(())
    }

    /// A part of a pipeline: its tokens, or the redirections of a group.
    fn element(&self, node: Node) -> Read<(usize, Vec<Token>)> {
        let range = self.start + node.start_byte()..self.start + node.end_byte();
        let tokens = match node.kind() {
            "command" => self.within(range.clone()),
            "redirected_statement" => {
                let body = node.child_by_field_name("body");
                self.within(body.map_or(range.start, |body| self.start + body.end_byte())..range.end)
            }
            _ => return Ok((range.start, Vec::new())),
        };
        // The grammar takes a reserved word for the name of a command rather than to fail.
        if tokens.is_empty() {
            return fault(range.start, "a reserved word stands where it means nothing");
        }
        Ok((range.start, tokens))
    }
}

/// Is it something that can stand in a pipeline?
fn is_statement(node: Node) -> bool {
    matches!(
        node.kind(),
        "command"
            | "redirected_statement"
            | "subshell"
            | "compound_statement"
            | "if_statement"
            | "while_statement"
            | "for_statement"
            | "case_statement"
            | "function_definition"
    )
}

/// The offset of the first thing that does not parse.
fn first_error(root: Node) -> usize {
    let mut node = root;
    loop {
        if node.is_error() || node.is_missing() {
            return node.start_byte();
        }
        let inner = node.children(&mut node.walk()).find(|child| child.has_error() || child.is_missing());
        match inner {
            Some(child) => node = child,
            None => return node.start_byte(),
        }
    }
}

/// A command of its tokens, with what looks like a secret concealed.
fn command(key: &Key, places: &Places, start: usize, tokens: &[Token]) -> Command {
    let mut command =
        Command { assignments: Vec::new(), words: Vec::new(), redirects: Vec::new(), at: places.of(start) };
    // The flag before a word says what it is.
    let mut flag = String::new();
    for token in tokens {
        let at = places.of(token.at);
        match &token.what {
            Part::Assignment(name, text) => {
                command.assignments.push((name.clone(), word(key, name, text, at)));
            }
            Part::Word(text) => {
                let word = word(key, &flag, text, at);
                let name = word.text.strip_prefix('-').filter(|name| !name.contains('='));
                flag = name.map(|name| name.trim_start_matches('-').into()).unwrap_or_default();
                command.words.push(word);
            }
            Part::Redirect(operator, text) => {
                command.redirects.push((operator.clone(), word(key, "", text, at)));
            }
        }
    }
    command
}

/// A word of its text, which goes by that name.
fn word(key: &Key, name: &str, text: &Text, at: Pos) -> Word {
    let written = String::from_utf8_lossy(&text.bytes);
    let hide = |name: &str, text: &str| {
        // What only a variable holds is no secret here.
        let name = if text.starts_with('$') || text.starts_with('`') { "" } else { name };
        conceal(key, name, text, Some(at.clone())).text
    };
    // `--password=X` and `TOKEN=X` carry their name with them.
    let named = written.split_once('=').filter(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
    });
    let text_without = match named {
        Some((own, value)) => format!("{own}={}", hide(own.trim_start_matches('-'), value)),
        None => hide(name, &written),
    };
    Word { text: text_without, expands: text.expands }
}

#[cfg(test)]
mod tests;
