//! Dockerfiles, by the rules of BuildKit.
//!
//! A file is read into logical lines (continuations joined, comments dropped, each part with its place), the lines
//! into instructions, and those into stages. Values of ARG and ENV are filled in as the file alone says them: an ARG
//! has its default. A variable that only the build or the base image knows is open: where a place, a name or an
//! image hangs on it, that is a gap; in a value it stays as it is written.

use crate::Input;
use crate::image_ref::image_ref;
use crate::secrets::{Key, conceal};
use crate::shell::{self, Places};
use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;
use tyrian_model::dockerfile::{Base, Dockerfile, Instruction, Stage, What};
use tyrian_model::fact::{Known, Pos, Why};
use tyrian_model::secret::Concealed;

/// The longest file that is read, in bytes.
const LONGEST: usize = 1 << 20;
/// How deep defaults of variables may be nested.
const DEEPEST: usize = 16;
/// The longest text that variables may grow to, in bytes.
const LONGEST_VALUE: usize = 1 << 16;
/// The most bytes that variables add to all values of a file.
const MOST_FILLED: usize = 4 << 20;
/// The most stages of a file.
const MOST_STAGES: usize = 1000;
/// The most variables that one stage knows, those of its base stage among them.
const MOST_VARIABLES: usize = 2000;

/// Is this the path of a Dockerfile or Containerfile, by its name?
///
/// `Dockerfile`, `Dockerfile.x`, `Dockerfile-x`, `x.Dockerfile` and the like; neither documents, ignore files nor
/// templates of one.
pub(crate) fn is_dockerfile(path: &str) -> bool {
    const OTHER: [&str; 25] = [
        "md",
        "markdown",
        "rst",
        "adoc",
        "txt",
        "html",
        "dockerignore",
        "containerignore",
        "in",
        "tmpl",
        "tpl",
        "template",
        "j2",
        "jinja",
        "jinja2",
        "erb",
        "mustache",
        "hbs",
        "orig",
        "bak",
        "rej",
        "swp",
        "diff",
        "patch",
        "sha256",
    ];
    const CODE: [&str; 18] = [
        "go", "rs", "py", "js", "ts", "tsx", "jsx", "java", "rb", "php", "c", "h", "cc", "json", "yaml",
        "yml", "toml", "sh",
    ];
    let name = path.rsplit(['/', '\\']).next().unwrap_or("");
    let lower = name.to_ascii_lowercase();
    let extension = lower.rsplit('.').next().unwrap_or("");
    if ["dockerfile", "containerfile"].contains(&extension) {
        return true;
    }
    let Some(rest) = ["dockerfile", "containerfile"].iter().find_map(|word| lower.strip_prefix(word)) else {
        return false;
    };
    // `dockerfile.go` is a program; who writes `Dockerfile.go` means an image for Go.
    let program = CODE.contains(&extension) && !name.starts_with(['D', 'C']);
    rest.starts_with(['.', '-', '_'])
        && rest.len() > 1
        && !rest.ends_with('~')
        && !(rest.contains('.') && (OTHER.contains(&extension) || program))
}

/// Reads a Dockerfile.
///
/// The stages are a gap where the file as a whole is not what it should be: an unknown instruction, none, no FROM
/// before the others, a heredoc without an end. What is wrong with one instruction is a gap in that instruction.
pub fn read(input: &Input) -> Dockerfile {
    let mut syntax = None;
    let stages = lines(input.text, &mut syntax).and_then(|(lines, escape)| stages(input, &lines, escape));
    let syntax = syntax.map(|(value, at)| (conceal(input.key, "", &value, Some(at.clone())).text, at));
    let gap = |fault: Fault| {
        let what = format!("{}:{}:{}: {}", input.path, fault.at.line, fault.at.column, fault.what);
        Known::gap(Why::Malformed, what)
    };
    let syntax = match syntax {
        Some((value, at)) => Known::at(Some(value), at),
        None => Known::is(None),
    };
    Dockerfile { stages: stages.map(Known::is).unwrap_or_else(gap), syntax }
}

/// What is wrong, and where.
struct Fault {
    at: Pos,
    what: String,
}

fn fault<T>(at: &Pos, what: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { at: at.clone(), what: what.into() })
}

/// A piece of the file that may have been put together of several lines.
#[derive(Clone)]
struct Text {
    text: String,
    /// Where the parts of it stand: offsets in bytes, ascending, the first one 0.
    parts: Vec<(usize, Pos)>,
}

impl Text {
    /// Adds a piece of one line that stands there, in parts so short that a place is found without reading much.
    fn push(&mut self, piece: &str, at: Pos) {
        let mut pos = at;
        for (index, char) in piece.chars().enumerate() {
            if index % 256 == 0 {
                self.parts.push((self.text.len(), pos.clone()));
            }
            self.text.push(char);
            pos.column += 1;
        }
    }
    fn places(&self) -> Places<'_> {
        Places { text: &self.text, parts: Cow::Borrowed(&self.parts) }
    }
    /// The place of a byte of it.
    fn at(&self, offset: usize) -> Pos {
        self.places().of(offset)
    }
    /// The rest of it from that byte.
    fn from(&self, offset: usize) -> Text {
        let mut parts = vec![(0, self.at(offset))];
        parts.extend(
            self.parts.iter().filter(|(start, _)| *start > offset).map(|(s, pos)| (s - offset, pos.clone())),
        );
        Text { text: self.text[offset..].to_string(), parts }
    }
    /// The words that white space parts, each with its offset.
    fn words(&self) -> Vec<(usize, &str)> {
        let offset = |word: &str| word.as_ptr() as usize - self.text.as_ptr() as usize;
        self.text.split_whitespace().map(|word| (offset(word), word)).collect()
    }
}

/// A logical line: an instruction with all that belongs to it.
struct Line {
    text: Text,
    heredocs: Vec<Heredoc>,
    /// The line with the texts and ends of its heredocs below, as a shell reads it.
    whole: Option<Text>,
}

#[derive(Clone)]
struct Heredoc {
    name: String,
    tabs: bool,
    /// The word that begins it.
    written: String,
    body: Text,
}

const INSTRUCTIONS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// The logical lines of a file, and its escape character; the first directive `syntax` is noted.
fn lines(text: &str, syntax: &mut Option<(String, Pos)>) -> Result<(Vec<Line>, char), Fault> {
    let start = Pos::new(1, 1);
    if text.len() > LONGEST {
        return fault(&start, format!("it has more than {LONGEST} bytes, the longest that is read"));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = text.split_inclusive('\n').zip(1_u32..).peekable();
    let mut escape = '\\';
    let mut seen: Vec<String> = Vec::new();
    let mut directives = true;
    let mut found = Vec::new();
    while let Some((row, number)) = rows.next() {
        let row = without_end(row);
        let content = row.trim_start();
        let at = Pos::new(number, 1 + (row.chars().count() - content.chars().count()) as u32);
        if let Some(comment) = content.strip_prefix('#') {
            match directive(comment).filter(|_| directives) {
                Some((name, _)) if seen.contains(&name) => {
                    return fault(&at, format!("the directive {name} is written twice"));
                }
                Some((name, value)) => {
                    if name == "syntax" {
                        *syntax = Some((value.to_owned(), at.clone()));
                    }
                    if name == "escape" {
                        escape = match value {
                            "`" => '`',
                            "\\" => '\\',
                            _ => return fault(&at, "the escape character can be ` or \\ only"),
                        };
                    }
                    seen.push(name);
                }
                None => directives = false,
            }
            continue;
        }
        directives = false;
        let (mut content, mut goes_on) = continued(content, escape);
        if content.is_empty() && !goes_on {
            continue;
        }
        let mut line = Text { text: String::new(), parts: vec![(0, at.clone())] };
        line.push(content, at.clone());
        while goes_on {
            let Some((row, number)) = rows.next() else { break };
            let row = without_end(row);
            if row.trim_start().is_empty() || row.trim_start().starts_with('#') {
                continue;
            }
            (content, goes_on) = continued(row, escape);
            line.push(content, Pos::new(number, 1));
        }
        let mut words = line.text.split_whitespace().map(str::to_ascii_uppercase);
        let mut name = words.next().unwrap_or_default();
        if name == "ONBUILD" {
            name = words.next().unwrap_or_default();
        }
        let mut heredocs = Vec::new();
        let mut whole = None;
        if ["RUN", "COPY", "ADD"].contains(&name.as_str()) {
            heredocs = heredocs_of(&line.text);
        }
        if !heredocs.is_empty() {
            let mut all = line.clone();
            all.text.push('\n');
            for heredoc in &mut heredocs {
                let mut first = true;
                loop {
                    let Some((row, number)) = rows.next() else {
                        return fault(&at, "a heredoc has no end: its name must stand on a line by itself");
                    };
                    all.push(row, Pos::new(number, 1));
                    if std::mem::take(&mut first) {
                        heredoc.body.parts = vec![(0, Pos::new(number, 1))];
                    }
                    let written = without_end(row);
                    let written = if heredoc.tabs { written.trim_start_matches('\t') } else { written };
                    if written == heredoc.name {
                        break;
                    }
                    heredoc.body.text.push_str(row);
                }
            }
            whole = Some(all);
        }
        found.push(Line { text: line, heredocs, whole });
    }
    if found.is_empty() {
        return fault(&start, "it has no instruction");
    }
    Ok((found, escape))
}

/// The lines that an instruction takes, from 1, both counted, with what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Its first line.
    pub first: u32,
    /// Its last line, that of the end of its last heredoc where it has some.
    pub last: u32,
    /// Has it a heredoc?
    pub heredoc: bool,
}

/// Which lines the instructions of a file take, and the character that continues a line; nothing where the file is
/// none.
pub fn extents(text: &str) -> Option<(Vec<Extent>, char)> {
    let (lines, escape) = lines(text, &mut None).ok()?;
    let line = |of: Option<&(usize, Pos)>| of.map_or(1, |(_, at)| at.line);
    let extent = |it: &Line| {
        let whole = it.whole.as_ref().unwrap_or(&it.text);
        Extent {
            first: line(it.text.parts.first()),
            last: line(whole.parts.last()),
            heredoc: it.whole.is_some(),
        }
    };
    Some((lines.iter().map(extent).collect(), escape))
}

fn without_end(row: &str) -> &str {
    row.trim_end_matches(['\r', '\n'])
}

/// The name and value of a parser directive.
fn directive(comment: &str) -> Option<(String, &str)> {
    let (name, value) = comment.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    let value = value.trim();
    (["escape", "syntax", "check"].contains(&name.as_str()) && !value.is_empty()).then_some((name, value))
}

/// The line without the escape character at its end, and whether there was one, so that the next line belongs to it.
fn continued(row: &str, escape: char) -> (&str, bool) {
    let trimmed = row.trim_end_matches([' ', '\t']);
    match trimmed.strip_suffix(escape) {
        Some(rest) if !rest.ends_with(escape) => (rest, true),
        _ => (row, false),
    }
}

/// The heredocs that a line begins, without their texts.
fn heredocs_of(line: &str) -> Vec<Heredoc> {
    let mut found = Vec::new();
    let chars: Vec<char> = line.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        if chars[at].is_whitespace() {
            at += 1;
            continue;
        }
        // A word, quotes and all; after `<<` white space may stand before the name.
        let start = at;
        let mut quote = None;
        while at < chars.len() {
            let char = chars[at];
            match quote {
                Some(open) => {
                    if char == '\\' && open == '"' {
                        at += 1;
                    } else if char == open {
                        quote = None;
                    }
                }
                None => match char {
                    '\\' => at += 1,
                    '\'' | '"' => quote = Some(char),
                    '<' if chars.get(at + 1) == Some(&'<') => {
                        at += 1;
                        while matches!(chars.get(at + 1), Some(' ' | '\t')) {
                            at += 1;
                        }
                    }
                    _ if char.is_whitespace() => break,
                    _ => {}
                },
            }
            at += 1;
        }
        // The builder finds no heredocs at all in a line whose quotes do not match.
        if quote.is_some() {
            return Vec::new();
        }
        let word: String = chars[start..at.min(chars.len())].iter().collect();
        let rest = word.trim_start_matches(|char: char| char.is_ascii_digit());
        let Some(rest) = rest.strip_prefix("<<") else { continue };
        let (tabs, rest) = match rest.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let name: String = rest.trim_start().chars().filter(|char| !"'\"\\".contains(*char)).collect();
        if !name.is_empty() && !rest.contains('<') {
            let body = Text { text: String::new(), parts: vec![(0, Pos::new(1, 1))] };
            found.push(Heredoc { name, tabs, written: word, body });
        }
    }
    found
}

/// What a variable holds.
#[derive(Clone)]
enum Value {
    Is(Arc<str>),
    /// An ARG without a default: it holds nothing unless the build gives it something.
    Unset,
    /// Nothing, for certain.
    Missing,
    /// Something that only the build or the base image knows.
    Open,
    /// A word about the platform, which the builder puts in by itself: `linux/arm64`, `amd64`.
    Platform,
}

/// The variables that an instruction sees, secrets concealed.
#[derive(Clone, Default)]
struct Scope {
    env: BTreeMap<String, Value>,
    args: BTreeMap<String, Value>,
    others: Others,
}

/// What a variable is that the file does not name.
#[derive(Clone, Copy, Default, PartialEq)]
enum Others {
    /// Before the first FROM only the platforms are known.
    #[default]
    Global,
    /// The base image may have set it.
    Base,
    /// The stage is built on nothing.
    None,
}

/// The arguments that a build has without naming them.
const PLATFORM: [&str; 10] = [
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "TARGETOSVERSION",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETSTAGE",
];
/// The arguments that every stage has.
const PROXY: [&str; 5] = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

impl Scope {
    fn get(&self, name: &str) -> Value {
        if let Some(value) = self.env.get(name).or_else(|| self.args.get(name)) {
            return value.clone();
        }
        let proxy = PROXY.iter().any(|proxy| *proxy == name || proxy.to_lowercase() == name);
        match self.others {
            Others::Global if PLATFORM.contains(&name) => Value::Platform,
            Others::Global => Value::Unset,
            Others::None if !proxy => Value::Missing,
            _ => Value::Open,
        }
    }
}

/// A text with its variables filled in.
#[derive(Default)]
struct Filled {
    text: String,
    /// The first variable whose value is open; it stands in the text as it is written. One that the builder knows
    /// counts only where there is no other.
    open: Option<Open>,
}

/// A variable whose value is not known here.
struct Open {
    name: String,
    /// Does the builder itself set it, to a word about the platform?
    platform: bool,
}

impl Open {
    fn new(name: &str) -> Self {
        Open { name: name.chars().take(80).collect(), platform: false }
    }
    /// Why the value is missing and what to do about it; the name is shown as given.
    fn advice(&self, name: &str) -> String {
        if self.platform {
            format!("{name}, which the builder sets for each platform; scan the image that is built")
        } else {
            format!("{name}, whose value is not in this file; give it a default")
        }
    }
}

impl Filled {
    fn add(&mut self, other: Filled) {
        if self.text.len() + other.text.len() > LONGEST_VALUE {
            self.opens(Some(Open::new("a very long value")));
            return;
        }
        self.text.push_str(&other.text);
        self.opens(other.open);
    }
    fn opens(&mut self, other: Option<Open>) {
        if self.open.as_ref().is_none_or(|open| open.platform) {
            self.open = other.or(self.open.take());
        }
    }
    /// What a variable holds that is set to it, under the text that is kept.
    fn held(&self, text: &str) -> Value {
        match &self.open {
            None => Value::Is(text.into()),
            Some(open) if open.platform => Value::Platform,
            Some(_) => Value::Open,
        }
    }
}

/// Fills variables in and takes quotes and escapes out. The error says what is wrong with the text.
fn fill(written: &str, scope: &Scope, escape: char) -> Result<Filled, String> {
    let chars: Vec<char> = written.chars().collect();
    let mut filler = Filler { chars: &chars, at: 0, scope, escape, depth: 0 };
    filler.up_to(None)
}

struct Filler<'a> {
    chars: &'a [char],
    at: usize,
    scope: &'a Scope,
    escape: char,
    depth: usize,
}

impl Filler<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }
    fn next(&mut self) -> Option<char> {
        let char = self.peek();
        self.at += usize::from(char.is_some());
        char
    }

    fn up_to(&mut self, stop: Option<char>) -> Result<Filled, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("its variables are nested too deeply".into());
        }
        let mut filled = Filled::default();
        while let Some(char) = self.peek() {
            if Some(char) == stop {
                self.at += 1;
                self.depth -= 1;
                return Ok(filled);
            }
            match char {
                '\'' => {
                    self.at += 1;
                    loop {
                        match self.next() {
                            Some('\'') => break,
                            Some(char) => filled.text.push(char),
                            None => return Err("a single quote is not closed".into()),
                        }
                    }
                }
                '"' => {
                    self.at += 1;
                    loop {
                        match self.peek() {
                            Some('"') => {
                                self.at += 1;
                                break;
                            }
                            Some('$') => filled.add(self.variable()?),
                            Some(char) => {
                                self.at += 1;
                                let escaped = self.peek().filter(|next| {
                                    char == self.escape && (*next == char || "\"$".contains(*next))
                                });
                                match escaped {
                                    Some(next) => {
                                        self.at += 1;
                                        filled.text.push(next);
                                    }
                                    None => filled.text.push(char),
                                }
                            }
                            None => return Err("a double quote is not closed".into()),
                        }
                    }
                }
                '$' => filled.add(self.variable()?),
                char if char == self.escape => {
                    self.at += 1;
                    filled.text.extend(self.next());
                }
                char => {
                    self.at += 1;
                    filled.text.push(char);
                }
            }
        }
        self.depth -= 1;
        if stop.is_some() { Err("`${` is not closed".into()) } else { Ok(filled) }
    }

    fn variable(&mut self) -> Result<Filled, String> {
        let start = self.at;
        self.at += 1;
        let braces = self.peek() == Some('{');
        self.at += usize::from(braces);
        let name = self.name();
        let is = |text: String| Ok(Filled { text, open: None });
        if !braces {
            return if name.is_empty() { is("$".into()) } else { Ok(self.plain(&name, start)) };
        }
        if name.is_empty() {
            return Err("a variable in `${…}` has no name".into());
        }
        let mut empty_counts = true;
        let mut operator = self.next();
        if operator == Some(':') {
            empty_counts = false;
            operator = self.next();
        }
        let Some(operator) = operator else { return Err("`${` is not closed".into()) };
        match operator {
            '}' if empty_counts => return Ok(self.plain(&name, start)),
            '-' | '+' | '?' => {}
            _ => {
                self.pass_rest()?;
                return Ok(self.open(&name, start));
            }
        }
        let word = self.up_to(Some('}'))?;
        let value = match self.scope.get(&name) {
            Value::Is(text) if text.is_empty() && !empty_counts => Value::Missing,
            value => value,
        };
        match (operator, value) {
            (_, Value::Open | Value::Platform) => Ok(self.open(&name, start)),
            ('-' | '?', Value::Is(text)) => is(text.to_string()),
            ('-', _) | ('+', Value::Is(_)) => Ok(word),
            ('+', _) => is(String::new()),
            _ => Ok(self.open(&name, start)),
        }
    }

    fn plain(&self, name: &str, start: usize) -> Filled {
        match self.scope.get(name) {
            Value::Is(text) => Filled { text: text.to_string(), open: None },
            Value::Missing => Filled::default(),
            Value::Unset | Value::Open | Value::Platform => self.open(name, start),
        }
    }

    fn open(&self, name: &str, start: usize) -> Filled {
        let platform = matches!(self.scope.get(name), Value::Platform);
        Filled {
            text: self.chars[start..self.at].iter().collect(),
            open: Some(Open { platform, ..Open::new(name) }),
        }
    }

    fn name(&mut self) -> String {
        let start = self.at;
        match self.peek() {
            Some(char) if char.is_ascii_digit() => {
                while self.peek().is_some_and(|char| char.is_ascii_digit()) {
                    self.at += 1;
                }
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => self.at += 1,
            _ => {
                while self.peek().is_some_and(|char| char.is_alphanumeric() || char == '_') {
                    self.at += 1;
                }
            }
        }
        self.chars[start..self.at].iter().collect()
    }

    /// Passes what stands up to the closing brace.
    fn pass_rest(&mut self) -> Result<(), String> {
        let mut depth = 1;
        while let Some(char) = self.next() {
            match char {
                '{' => depth += 1,
                '}' => depth -= 1,
                char if char == self.escape => self.at += 1,
                _ => {}
            }
            if depth == 0 {
                return Ok(());
            }
        }
        Err("`${` is not closed".into())
    }
}

/// What a stage has besides its instructions; stages that are built on it begin with it.
#[derive(Clone)]
struct State {
    scope: Scope,
    shell: String,
    errexit: bool,
    pipefail: bool,
}

struct Reader<'a> {
    key: &'a Key,
    path: &'a str,
    escape: char,
    state: State,
    /// How many bytes variables may still add: a few lines could ask for more than a machine has.
    left: Cell<usize>,
}

fn stages(input: &Input, lines: &[Line], escape: char) -> Result<Vec<Stage>, Fault> {
    // Who escapes by a backtick writes for Windows.
    let shell = if escape == '`' { "cmd" } else { "sh" };
    let fresh = State { scope: Scope::default(), shell: shell.into(), errexit: false, pipefail: false };
    let left = Cell::new(MOST_FILLED);
    let mut reader = Reader { key: input.key, path: input.path, escape, state: fresh.clone(), left };
    let mut global = Scope::default();
    let mut stages: Vec<Stage> = Vec::new();
    // What each stage that is whole has at its end; that of the last one is still with the reader.
    let mut states: Vec<State> = Vec::new();
    for line in lines {
        let at = line.text.at(0);
        let name = line.text.text.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
        if !INSTRUCTIONS.contains(&name.as_str()) {
            let shown: String =
                name.chars().filter(|char| char.is_ascii_alphanumeric() || *char == '_').take(20).collect();
            return fault(&at, format!("there is no instruction {shown}"));
        }
        if name == "FROM" {
            if stages.len() == MOST_STAGES {
                return fault(&at, format!("it has more than {MOST_STAGES} stages, the most that are read"));
            }
            let (_, arguments) = flags(&line.text, escape);
            let (base, stage_name) = reader.from(&arguments, &global, &stages)?;
            let mut state = fresh.clone();
            state.scope.others = Others::Base;
            let before = std::mem::replace(&mut reader.state, fresh.clone());
            if !stages.is_empty() {
                states.push(before);
            }
            match &base.0 {
                Some(Base::Stage(index)) => {
                    if let Some(earlier) = states.get(*index) {
                        state = earlier.clone();
                    }
                }
                Some(Base::Scratch) => state.scope.others = Others::None,
                Some(Base::Image(image)) if is_windows(&image.repository) => state.shell = "cmd".into(),
                _ => {}
            }
            reader.state = state;
            stages.push(Stage { name: stage_name, base: base.1, at, instructions: Vec::new() });
            continue;
        }
        let Some(stage) = stages.last_mut() else {
            if name != "ARG" {
                return fault(&at, format!("{name} stands before the first FROM"));
            }
            reader.state.scope = std::mem::take(&mut global);
            reader.instruction(line, &line.text, &Scope::default())?;
            global = std::mem::take(&mut reader.state.scope);
            within(&at, &global)?;
            continue;
        };
        let instruction = reader.instruction(line, &line.text, &global)?;
        stage.instructions.push(instruction);
        within(&at, &reader.state.scope)?;
    }
    if stages.is_empty() {
        return fault(&Pos::new(1, 1), "it has no FROM");
    }
    Ok(stages)
}

/// More variables than anybody writes are not read: every stage may begin with those of another.
fn within(at: &Pos, scope: &Scope) -> Result<(), Fault> {
    if scope.env.len() + scope.args.len() > MOST_VARIABLES {
        return fault(at, format!("it has more than {MOST_VARIABLES} variables, the most that are read"));
    }
    Ok(())
}

fn is_windows(repository: &str) -> bool {
    repository.starts_with("windows") || repository.contains("/windows") || repository.contains("nanoserver")
}

/// The flags of an instruction as they are written, each with its offset, and what stands after them.
fn flags(line: &Text, escape: char) -> (Vec<(usize, String)>, Text) {
    let text = &line.text;
    let mut at = text.find(char::is_whitespace).unwrap_or(text.len());
    let mut found = Vec::new();
    loop {
        at += text[at..].len() - text[at..].trim_start().len();
        if !text[at..].starts_with("--") {
            break;
        }
        let start = at;
        let mut flag = String::new();
        let mut quote = None;
        let mut chars = text[at..].char_indices();
        let mut end = text.len();
        while let Some((offset, char)) = chars.next() {
            match char {
                _ if char == escape => flag.extend(chars.next().map(|(_, next)| next)),
                '\'' | '"' if quote.is_none() => quote = Some(char),
                _ if quote == Some(char) => quote = None,
                _ if char.is_whitespace() && quote.is_none() => {
                    end = at + offset;
                    break;
                }
                _ => flag.push(char),
            }
        }
        at = end;
        if flag == "--" {
            at += text[at..].len() - text[at..].trim_start().len();
            break;
        }
        found.push((start, flag));
    }
    let mut rest = line.from(at);
    rest.text.truncate(rest.text.trim_end().len());
    (found, rest)
}

/// Words in which quotes and escapes hold white space, as they are written, each with its offset.
fn quoted_words(text: &str, escape: char) -> Vec<(usize, String)> {
    let mut words = Vec::new();
    let mut word: Option<(usize, String)> = None;
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((offset, char)) = chars.next() {
        if char.is_whitespace() && quote.is_none() {
            words.extend(word.take());
            continue;
        }
        let (_, written) = word.get_or_insert((offset, String::new()));
        if char == escape && quote != Some('\'') {
            if let Some((_, next)) = chars.next() {
                written.extend([char, next]);
            }
            continue;
        }
        match quote {
            Some(open) if open == char => quote = None,
            None if matches!(char, '\'' | '"') => quote = Some(char),
            _ => {}
        }
        written.push(char);
    }
    words.extend(word);
    words
}

/// An exec form. Nothing: it is no JSON list, so it is the shell form.
fn json(text: &str) -> Option<Result<Vec<String>, &'static str>> {
    if !text.starts_with('[') {
        return None;
    }
    let list: Vec<serde_json::Value> = serde_json::from_str(text).ok()?;
    let strings = list.into_iter().map(|item| match item {
        serde_json::Value::String(text) => Ok(text),
        _ => Err("a JSON list of an instruction may hold strings only"),
    });
    Some(strings.collect())
}

type Found = (Option<Base>, Known<Base>);

impl Reader<'_> {
    fn gap<T>(&self, at: &Pos, why: Why, what: &str) -> Known<T> {
        Known::gap(why, format!("{}:{}:{}: {what}", self.path, at.line, at.column))
    }
    fn malformed<T>(&self, at: &Pos, what: &str) -> Known<T> {
        self.gap(at, Why::Malformed, what)
    }
    fn conceal(&self, name: &str, text: &str, at: &Pos) -> Concealed {
        conceal(self.key, name, text, Some(at.clone()))
    }
    /// Fills variables in, as far as there is room for what they hold.
    fn fill(&self, written: &str, scope: &Scope) -> Result<Filled, String> {
        let filled = fill(written, scope, self.escape)?;
        let more = filled.text.len().saturating_sub(written.len());
        match self.left.get().checked_sub(more) {
            Some(left) => {
                self.left.set(left);
                Ok(filled)
            }
            None => Ok(Filled { text: written.into(), open: Some(Open::new("a very long value")) }),
        }
    }
    /// A text that must be known to its end, but for words about the platform, which stand in it as they are
    /// written: whatever they are, they make no path, user or port another one to whoever judges it.
    fn known(&self, written: &str, at: &Pos) -> Known<String> {
        match self.fill(written, &self.state.scope) {
            Ok(Filled { open: Some(open), .. }) if !open.platform => self.gap(
                at,
                Why::Unresolved,
                &format!("it hangs on {}", open.advice(&self.conceal("", &open.name, at).text)),
            ),
            Ok(Filled { text, .. }) => Known::is(self.conceal("", &text, at).text),
            Err(what) => self.malformed(at, &what),
        }
    }
    fn all_known<'a>(&self, words: impl Iterator<Item = (Pos, &'a str)>) -> Known<Vec<String>> {
        words.fold(Known::is(Vec::new()), |list, (at, word)| {
            list.zip(self.known(word, &at)).map(|(mut list, word)| {
                list.push(word);
                list
            })
        })
    }

    fn from(
        &self,
        arguments: &Text,
        global: &Scope,
        stages: &[Stage],
    ) -> Result<(Found, Option<String>), Fault> {
        let words = arguments.words();
        let at = arguments.at(0);
        let (written, name) = match words.as_slice() {
            [(_, image)] => (*image, None),
            [(_, image), (_, word), (_, name)] if word.eq_ignore_ascii_case("AS") => {
                (*image, Some(name.to_lowercase()))
            }
            _ => return fault(&at, "FROM takes an image, and a name after AS"),
        };
        let image = match self.fill(written, global) {
            Err(what) => return Ok(((None, self.malformed(&at, &what)), name)),
            Ok(Filled { text, open: None }) if !text.is_empty() => text,
            Ok(filled) => {
                let advice = match filled.open {
                    Some(open) => open.advice(&self.conceal("", &open.name, &at).text),
                    None => "a value that is empty; give it a default".into(),
                };
                let what = format!("the base image hangs on {advice}");
                return Ok(((None, self.gap(&at, Why::Unresolved, &what)), name));
            }
        };
        let earlier = stages
            .iter()
            .rposition(|stage| stage.name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(&image)));
        let base = if let Some(index) = earlier {
            Base::Stage(index)
        } else if image == "scratch" {
            Base::Scratch
        } else {
            match image_ref(&image) {
                Some(image) => Base::Image(image),
                None => {
                    return Ok(((None, self.malformed(&at, "the base image is no valid reference")), name));
                }
            }
        };
        Ok(((Some(base.clone()), Known::at(base, at)), name))
    }

    /// Reads the instruction that begins the text, which is the line or stands in it after ONBUILD.
    fn instruction(&mut self, line: &Line, text: &Text, global: &Scope) -> Result<Instruction, Fault> {
        let at = text.at(0);
        let name = text.text.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
        let (flags, arguments) = flags(text, self.escape);
        let flags = flags.into_iter().map(|(offset, flag)| self.flag(&flag, &text.at(offset))).collect();
        let first = arguments.at(0);
        let what = match name.as_str() {
            "ONBUILD" => return self.onbuild(line, &arguments, &at, global),
            "RUN" | "CMD" | "ENTRYPOINT" => self.command(line, &arguments, name == "RUN"),
            "SHELL" => self.shell(&arguments),
            "HEALTHCHECK" => self.healthcheck(line, &arguments),
            "COPY" | "ADD" => self.copy(line, &arguments),
            "ENV" | "LABEL" => What::Set(self.pairs(&arguments, name == "ENV")),
            "ARG" => What::Set(self.arguments(&arguments, global)),
            "USER" | "WORKDIR" | "STOPSIGNAL" if arguments.text.is_empty() => {
                What::Text(self.malformed(&at, &format!("{name} takes an argument")))
            }
            "USER" | "WORKDIR" | "STOPSIGNAL" => What::Text(self.known(&arguments.text, &first)),
            "MAINTAINER" => What::Text(Known::is(self.conceal("", &arguments.text, &first).text)),
            "EXPOSE" | "VOLUME" => What::List(self.list(&arguments, name == "VOLUME")),
            _ => {
                let shown: String = name
                    .chars()
                    .filter(|char| char.is_ascii_alphanumeric() || *char == '_')
                    .take(20)
                    .collect();
                return fault(&at, format!("there is no instruction {shown} here"));
            }
        };
        Ok(Instruction { name, at, flags, what })
    }

    fn flag(&self, written: &str, at: &Pos) -> (String, String) {
        let flag = written.trim_start_matches("--");
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        let name = name.to_ascii_lowercase();
        let filled = ["chown", "chmod", "checksum", "mount", "exclude"].contains(&name.as_str());
        let value = match self.fill(value, &self.state.scope) {
            Ok(value) if filled => value.text,
            _ => value.to_string(),
        };
        let value = self.conceal("", &value, at).text;
        (self.conceal("", &name, at).text, value)
    }

    fn onbuild(
        &mut self,
        line: &Line,
        arguments: &Text,
        at: &Pos,
        global: &Scope,
    ) -> Result<Instruction, Fault> {
        let name = arguments.text.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
        if !INSTRUCTIONS.contains(&name.as_str())
            || ["ONBUILD", "FROM", "MAINTAINER"].contains(&name.as_str())
        {
            return fault(at, "ONBUILD takes another instruction, but not ONBUILD, FROM or MAINTAINER");
        }
        // It runs in a build of somebody else: nothing that is set here holds there, and it sets nothing here.
        let State { shell, errexit, pipefail, .. } = &self.state;
        let (shell, errexit, pipefail) = (shell.clone(), *errexit, *pipefail);
        let scope = Scope { others: Others::Base, ..Scope::default() };
        let later = State { scope, shell, errexit, pipefail };
        let here = std::mem::replace(&mut self.state, later);
        let instruction = self.instruction(line, arguments, global);
        self.state = here;
        let instruction = instruction?;
        Ok(Instruction { name: format!("ONBUILD {name}"), at: at.clone(), ..instruction })
    }

    /// The exec or shell form of a command.
    fn command(&self, line: &Line, arguments: &Text, run: bool) -> What {
        match json(&arguments.text) {
            Some(Ok(words)) => return What::Exec(Known::is(self.exec(&words, &arguments.at(0)))),
            Some(Err(what)) => return What::Exec(self.malformed(&arguments.at(0), what)),
            None => {}
        }
        let State { shell, errexit, pipefail, .. } = &self.state;
        if let ([heredoc], true) = (line.heredocs.as_slice(), run) {
            // A heredoc alone is the script itself, which may name its own interpreter.
            if arguments.text == heredoc.written {
                let body = &heredoc.body;
                let (shell, errexit, pipefail) = match shell::shebang(&body.text) {
                    (own, errexit, pipefail) if !own.is_empty() => (own, errexit, pipefail),
                    _ => (shell.clone(), *errexit, *pipefail),
                };
                return What::Shell(shell::placed(
                    self.key,
                    &body.places(),
                    self.path,
                    &shell,
                    errexit,
                    pipefail,
                ));
            }
        }
        let text = match &line.whole {
            Some(whole) if run => {
                let offset = line.text.text.trim_end().len() - arguments.text.len();
                whole.from(offset)
            }
            _ => arguments.clone(),
        };
        What::Shell(shell::placed(self.key, &text.places(), self.path, shell, *errexit, *pipefail))
    }

    /// The words of an exec form, each under the name of the flag before it.
    fn exec(&self, words: &[String], at: &Pos) -> Vec<Concealed> {
        let mut flag = "";
        let mut found = Vec::new();
        for word in words {
            found.push(self.conceal(flag, word, at));
            flag = word
                .strip_prefix('-')
                .filter(|name| !name.contains('='))
                .map_or("", |n| n.trim_start_matches('-'));
        }
        found
    }

    fn shell(&mut self, arguments: &Text) -> What {
        let at = arguments.at(0);
        match json(&arguments.text) {
            Some(Ok(words)) if !words.is_empty() => {
                let base = words[0].rsplit(['/', '\\']).next().unwrap_or("").to_ascii_lowercase();
                self.state.shell = base.trim_end_matches(".exe").to_string();
                (self.state.errexit, self.state.pipefail) =
                    shell::options(words.iter().skip(1).map(String::as_str));
                What::Exec(Known::is(self.exec(&words, &at)))
            }
            _ => What::Exec(self.malformed(&at, "SHELL takes a JSON list of strings")),
        }
    }

    fn healthcheck(&self, line: &Line, arguments: &Text) -> What {
        let words = arguments.words();
        match words.first().map(|(_, word)| word.to_ascii_uppercase()).as_deref() {
            Some("NONE") if words.len() == 1 => What::Text(Known::is("NONE".into())),
            Some("CMD") if words.len() > 1 => self.command(line, &arguments.from(words[1].0), false),
            _ => What::Text(self.malformed(&arguments.at(0), "HEALTHCHECK takes NONE, or CMD and a command")),
        }
    }

    fn copy(&self, line: &Line, arguments: &Text) -> What {
        let at = arguments.at(0);
        let words: Vec<(Pos, String)> = match json(&arguments.text) {
            Some(Ok(words)) => words.into_iter().map(|word| (at.clone(), word)).collect(),
            Some(Err(what)) => {
                return What::Copy { sources: self.malformed(&at, what), target: self.malformed(&at, what) };
            }
            None => arguments
                .words()
                .into_iter()
                .map(|(offset, word)| (arguments.at(offset), word.into()))
                .collect(),
        };
        let Some(((target_at, target), sources)) =
            words.split_last().filter(|(_, sources)| !sources.is_empty())
        else {
            let what = "it takes at least one source and a target";
            return What::Copy { sources: self.malformed(&at, what), target: self.malformed(&at, what) };
        };
        let sources = sources.iter().fold(Known::is(Vec::new()), |list, (at, word)| {
            let source = match line.heredocs.iter().find(|heredoc| heredoc.written == *word) {
                Some(heredoc) => Known::is(format!("<<{}", self.conceal("", &heredoc.name, at).text)),
                None => self.known(word, at),
            };
            list.zip(source).map(|(mut list, source)| {
                list.push(source);
                list
            })
        });
        What::Copy { sources, target: self.known(target, target_at) }
    }

    fn list(&self, arguments: &Text, may_be_json: bool) -> Known<Vec<String>> {
        let at = arguments.at(0);
        if arguments.text.is_empty() {
            return self.malformed(&at, "it takes at least one argument");
        }
        match json(&arguments.text).filter(|_| may_be_json) {
            Some(Ok(words)) => self.all_known(words.iter().map(|word| (at.clone(), word.as_str()))),
            Some(Err(what)) => self.malformed(&at, what),
            None => {
                let words = arguments.words();
                let list = self.all_known(words.iter().map(|(offset, word)| (arguments.at(*offset), *word)));
                // A variable may hold several ports.
                list.map(|list| {
                    list.iter().flat_map(|item| item.split_whitespace().map(String::from)).collect()
                })
            }
        }
    }

    /// ENV and LABEL in both forms.
    fn pairs(&mut self, arguments: &Text, env: bool) -> Known<BTreeMap<String, Option<Concealed>>> {
        let at = arguments.at(0);
        let words = quoted_words(&arguments.text, self.escape);
        let Some((_, first)) = words.first() else { return self.malformed(&at, "it takes names and values") };
        let mut pairs = Vec::new();
        if first.contains('=') {
            for (offset, word) in &words {
                let Some((name, value)) = word.split_once('=') else {
                    return self
                        .malformed(&arguments.at(*offset), "a value has no name before it (NAME=value)");
                };
                pairs.push((arguments.at(*offset), name.to_string(), value.to_string()));
            }
        } else {
            match arguments.text.split_once(char::is_whitespace) {
                Some((name, value)) => pairs.push((at.clone(), name.into(), value.trim_start().into())),
                None => return self.malformed(&at, "it takes names and values"),
            }
        }
        let mut set = BTreeMap::new();
        let mut values = Vec::new();
        for (at, name, value) in pairs {
            let scope = &self.state.scope;
            let (name, value) = match (self.fill(&name, scope), self.fill(&value, scope)) {
                (Ok(Filled { text, open: None }), Ok(value)) if !text.is_empty() => (text, value),
                (Err(what), _) | (_, Err(what)) => return self.malformed(&at, &what),
                (Ok(name), _) if name.open.is_some() => {
                    return self.gap(
                        &at,
                        Why::Unresolved,
                        "a name hangs on a variable that is not in this file",
                    );
                }
                _ => return self.malformed(&at, "a name is empty"),
            };
            let concealed = self.conceal(&name, &value.text, &at);
            values.push((name.clone(), value.held(&concealed.text)));
            set.insert(self.conceal("", &name, &at).text, Some(concealed));
        }
        if env {
            self.state.scope.env.extend(values);
        }
        Known::at(set, at)
    }

    fn arguments(&mut self, arguments: &Text, global: &Scope) -> Known<BTreeMap<String, Option<Concealed>>> {
        let words = quoted_words(&arguments.text, self.escape);
        let at = arguments.at(0);
        if words.is_empty() {
            return self.malformed(&at, "ARG takes a name");
        }
        let mut set = BTreeMap::new();
        for (offset, word) in words {
            let at = arguments.at(offset);
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word.as_str(), None),
            };
            if name.is_empty() || name.contains(['$', '\'', '"']) {
                return self.malformed(&at, "ARG takes a plain name");
            }
            let (value, held) = match value.map(|value| self.fill(value, &self.state.scope)) {
                Some(Err(what)) => return self.malformed(&at, &what),
                Some(Ok(filled)) => {
                    let concealed = self.conceal(name, &filled.text, &at);
                    let held = filled.held(&concealed.text);
                    (Some(concealed), held)
                }
                // Without a default it takes that of before the first FROM.
                None => match global.args.get(name).or_else(|| {
                    let scope = &self.state.scope;
                    scope.args.get(name).filter(|_| scope.others == Others::Global)
                }) {
                    Some(value) => (None, value.clone()),
                    None if PLATFORM.contains(&name) => (None, Value::Platform),
                    None => (None, Value::Unset),
                },
            };
            self.state.scope.args.insert(name.to_string(), held);
            set.insert(self.conceal("", name, &at).text, value);
        }
        Known::at(set, at)
    }
}

#[cfg(test)]
mod tests;
