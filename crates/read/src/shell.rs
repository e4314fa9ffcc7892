//! Shell scripts: every simple command of them, and what becomes of its failure.
//!
//! Two steps. A lexer of our own finds words, quotes, expansions, redirections and heredocs, and writes a *mask*
//! of the same length in which every word is a run of `/` and only what carries the structure is left: reserved
//! words, separators, brackets. The grammar of tree-sitter-bash then reads the mask. The grammar alone stumbles
//! over about one real script in twenty (over words, mostly), and never sees a hostile word this way. Each
//! substitution is a text of its own with a mask of its own.

mod lexer;

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
    let units = lexer::units(text, &source)?;
    let mut parser = Parser::new();
    if parser.set_language(&tree_sitter_bash::LANGUAGE.into()).is_err() {
        return fault(0, "the grammar of shells does not fit this program");
    }
    let mut found = Vec::new();
    for unit in &units {
        unit.pipes(&mut parser, &mut found)?;
    }
    found.sort_by_key(|raw: &RawPipe| raw.start);
    let finish = |raw: RawPipe| Pipe {
        commands: raw.commands.iter().map(|(start, tokens)| command(key, places, *start, tokens)).collect(),
        then: raw.then,
        condition: raw.condition,
        taken: raw.taken,
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

/// A pipeline whose words are still tokens.
struct RawPipe {
    start: usize,
    commands: Vec<(usize, Vec<Token>)>,
    then: Then,
    condition: bool,
    taken: bool,
}

/// What surrounds a construct: what follows it, whether its failure is asked for, and whether its output is taken.
#[derive(Clone, Copy)]
struct Around {
    then: Then,
    condition: bool,
    taken: bool,
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
                    taken: self.start > 0,
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
        // Only the script itself begins at the first byte.
        let around = Around { then: Then::Next, condition: false, taken: self.start > 0 };
        let mut work = vec![(root, around)];
        while let Some((node, around)) = work.pop() {
            self.visit(node, around, &mut work, found)?;
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
        around: Around,
        work: &mut Vec<(Node<'t>, Around)>,
        found: &mut Vec<RawPipe>,
    ) -> Read<()> {
        let Around { then, condition, taken } = match node.kind() {
            "function_definition" => Around { then: Then::Next, condition: false, ..around },
            _ => around,
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
                    work.push((*part, Around { then: Then::Next, condition, taken }));
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
                    let around = Around { then: join, condition: asked, taken };
                    self.pipeline(std::mem::take(&mut pipeline), around, work, found)?;
                }
                None if group && Some(index) == last => {
                    let around = Around { then, condition, taken };
                    self.pipeline(std::mem::take(&mut pipeline), around, work, found)?;
                }
                None => {
                    let asked = before_last || asked;
                    let around = Around { then: Then::Next, condition: asked, taken };
                    self.pipeline(std::mem::take(&mut pipeline), around, work, found)?;
                }
            }
        }
        Ok(())
    }

    fn pipeline<'t>(
        &self,
        parts: Vec<Node<'t>>,
        around: Around,
        work: &mut Vec<(Node<'t>, Around)>,
        found: &mut Vec<RawPipe>,
    ) -> Read<()> {
        let Some(first) = parts.first() else { return Ok(()) };
        let start = self.start + first.start_byte();
        let Around { then, condition, taken } = around;
        let condition = condition || self.negated.contains(&start);
        if parts.len() > 1 || matches!(first.kind(), "command" | "redirected_statement") {
            let commands = parts.iter().map(|part| self.element(*part)).collect::<Read<_>>()?;
            found.push(RawPipe { start, commands, then, condition, taken });
        }
        let last = parts.len() - 1;
        for (index, part) in parts.into_iter().enumerate() {
            let then = if index == last { then } else { Then::Next };
            let mut around = Around { then, condition, taken: taken || index < last };
            match part.kind() {
                "command" => {}
                // What redirects the group is a command already.
                "redirected_statement" => {
                    around.taken |= self.element(part)?.1.iter().any(takes_output);
                    work.extend(part.child_by_field_name("body").map(|body| (body, around)));
                }
                _ => work.push((part, around)),
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

/// Does a redirection send the output elsewhere than to the terminal or the log?
fn takes_output(token: &Token) -> bool {
    let Part::Redirect(operator, target) = &token.what else { return false };
    let open = [&b"/dev/stdout"[..], b"/dev/stderr", b"/dev/tty", b"1", b"2"];
    matches!(operator.as_str(), ">" | ">>" | ">|" | "1>" | "1>>" | "&>" | "&>>")
        && !open.contains(&target.bytes.as_slice())
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
    conceal_together(key, &mut command.words);
    command
}

/// Programs that take a password in a form of their own, `curl -u me:X`: only words together tell it.
const TELLING: [&str; 8] =
    ["chpasswd", "sshpass", "curl", "mysql", "login", "redis-cli", "--user", "htpasswd"];

/// Conceals what looks like a secret by the words around it.
fn conceal_together(key: &Key, words: &mut [Word]) {
    if !words.iter().any(|word| TELLING.iter().any(|telling| word.text.contains(telling))) {
        return;
    }
    // A word stays one piece, whatever white space it holds.
    let piece = |word: &Word| word.text.replace(char::is_whitespace, "\u{1}");
    let pieces: Vec<String> = words.iter().map(piece).collect();
    let concealed = conceal(key, "", &pieces.join(" "), None);
    let after: Vec<&str> = concealed.text.split(' ').collect();
    if concealed.secrets.is_empty() || after.len() != words.len() {
        return;
    }
    for ((word, before), after) in words.iter_mut().zip(&pieces).zip(after) {
        if before != after {
            word.text = after.replace('\u{1}', " ");
        }
    }
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
