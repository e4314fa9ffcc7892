//! Unified diffs, made of the splices themselves: what changes is known, so nothing has to be compared.

use crate::Splice;
use std::fmt::Write as _;

/// Lines of context around a change, as others have it.
pub const CONTEXT: usize = 3;

/// Whole lines that become others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The first line that goes, from 0; where none goes, the line before which the new ones stand.
    pub first: usize,
    /// How many lines go.
    pub count: usize,
    /// What stands there instead, with its ends of lines.
    pub text: String,
}

/// The lines of a text, each with its end.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A text whose lines are known, so that many changes of it are told without reading it again for each.
pub struct Lines<'t> {
    text: &'t str,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Finds the lines of a text.
    pub fn new(text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n + 1);
        Lines { text, starts: std::iter::once(0).chain(ends).filter(|n| *n < text.len()).collect() }
    }
    /// A line with its end; empty where there is none.
    fn line(&self, n: usize) -> &'t str {
        let start = |n: usize| self.starts.get(n).copied().unwrap_or(self.text.len());
        self.text.get(start(n)..start(n + 1)).unwrap_or_default()
    }
}

/// The splices as whole lines.
pub fn blocks(text: &str, splices: &[Splice]) -> Vec<Block> {
    blocks_of(&Lines::new(text), splices)
}

fn blocks_of(lines: &Lines, splices: &[Splice]) -> Vec<Block> {
    let (text, starts) = (lines.text, &lines.starts);
    let line_of = |byte: usize| starts.partition_point(|start| *start <= byte).saturating_sub(1);
    let start_of = |line: usize| starts.get(line).copied().unwrap_or(text.len());
    let mut blocks: Vec<(usize, usize, Vec<&Splice>)> = Vec::new();
    for splice in splices {
        let at_start = splice.start == text.len() && (text.is_empty() || text.ends_with('\n'));
        let first = if at_start { starts.len() } else { line_of(splice.start) };
        // Lines that are put between two others change neither.
        let whole =
            start_of(first) == splice.start && (splice.text.is_empty() || splice.text.ends_with('\n'));
        let last =
            match splice.end {
                end if whole
                    && (end == splice.start || end == start_of(line_of(end)) && end < text.len()) =>
                {
                    if end == splice.start { first } else { line_of(end) }
                }
                end if end == text.len() => starts.len(),
                end => line_of(end) + 1,
            };
        match blocks.last_mut() {
            Some((_, end, together)) if first < *end || first == *end && last == first => {
                *end = last.max(*end);
                together.push(splice);
            }
            _ => blocks.push((first, last, vec![splice])),
        }
    }
    let block = |(first, last, splices): (usize, usize, Vec<&Splice>)| {
        let (mut at, end) = (start_of(first), start_of(last));
        let mut new = String::new();
        for splice in splices {
            new.push_str(text.get(at..splice.start).unwrap_or_default());
            new.push_str(&splice.text);
            at = splice.end;
        }
        new.push_str(text.get(at..end).unwrap_or_default());
        trimmed(lines, Block { first, count: last - first, text: new })
    };
    blocks.into_iter().map(block).filter(|block| block.count > 0 || !block.text.is_empty()).collect()
}

/// Without the lines at both ends that stay as they are.
fn trimmed(old: &Lines, block: Block) -> Block {
    let line = |n: usize| old.line(n);
    let new = lines(&block.text);
    let (mut first, mut count) = (block.first, block.count);
    let (mut from, mut to) = (0, new.len());
    while count > 0 && from < to && line(first) == new[from] {
        (first, count, from) = (first + 1, count - 1, from + 1);
    }
    while count > 0 && from < to && line(first + count - 1) == new[to - 1] {
        (count, to) = (count - 1, to - 1);
    }
    Block { first, count, text: new[from..to].concat() }
}

/// The splices of a file as a unified diff that `git apply` and `patch -p1` take; empty where nothing changes.
pub fn unified(file: &str, text: &str, splices: &[Splice]) -> String {
    unified_of(file, &Lines::new(text), splices, CONTEXT)
}

/// The same of a text whose lines are known, with so many lines of context; without any `git apply` asks for
/// `--unidiff-zero`.
pub fn unified_of(file: &str, old: &Lines, splices: &[Splice], context: usize) -> String {
    let blocks = blocks_of(old, splices);
    let mut out = String::new();
    let mut shift = 0_isize;
    let mut rest = &blocks[..];
    while let Some(first) = rest.first() {
        let near = |pair: &[Block]| pair[1].first <= pair[0].first + pair[0].count + 2 * context;
        let together = 1 + rest.windows(2).take_while(|pair| near(pair)).count();
        let (hunk, others) = rest.split_at(together);
        rest = others;
        let last = &hunk[together - 1];
        let from = first.first.saturating_sub(context);
        let to = (last.first + last.count + context).min(old.starts.len());
        let (mut body, mut at, mut new_count) = (String::new(), from, 0);
        for block in hunk {
            new_count += block.first - at;
            (at..block.first).for_each(|n| put(&mut body, ' ', old.line(n)));
            (block.first..block.first + block.count).for_each(|n| put(&mut body, '-', old.line(n)));
            let new = lines(&block.text);
            new_count += new.len();
            new.iter().for_each(|line| put(&mut body, '+', line));
            at = block.first + block.count;
        }
        new_count += to - at;
        (at..to).for_each(|n| put(&mut body, ' ', old.line(n)));
        if out.is_empty() {
            let _ = write!(out, "--- {}\n+++ {}\n", name("a/", file), name("b/", file));
        }
        let old_count = to - from;
        let new_from = from.saturating_add_signed(shift);
        let _ = writeln!(out, "@@ -{} +{} @@", range(from, old_count), range(new_from, new_count));
        out.push_str(&body);
        shift += new_count as isize - old_count as isize;
    }
    out
}

/// `first,count`, as diffs count: from 1, and the line before where there is none.
fn range(from: usize, count: usize) -> String {
    match count {
        0 => format!("{from},0"),
        1 => format!("{}", from + 1),
        _ => format!("{},{count}", from + 1),
    }
}

fn put(out: &mut String, sign: char, line: &str) {
    out.push(sign);
    out.push_str(line);
    if !line.ends_with('\n') {
        out.push_str("\n\\ No newline at end of file\n");
    }
}

/// The name of a file, in quotes where it holds what would end it.
fn name(side: &str, file: &str) -> String {
    if !file.chars().any(|c| c.is_control() || c == '"' || c == '\\') {
        let end = if file.contains(' ') { "\t" } else { "" };
        return format!("{side}{file}{end}");
    }
    let mut out = format!("\"{side}");
    for byte in file.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            0x20..=0x7e => out.push(char::from(byte)),
            other => {
                let _ = write!(out, "\\{other:03o}");
            }
        }
    }
    out.push('"');
    out
}
