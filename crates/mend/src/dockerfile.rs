//! Changes of Dockerfiles: whole lines before and after an instruction, and single words of it.

use crate::{Mended, Splice};
use tyrian_model::mend::{Edit, Rewrite, What};
use tyrian_read::dockerfile::{Extent, extents};

/// A Dockerfile by its lines and instructions.
pub(crate) struct Lines<'t> {
    text: &'t str,
    /// Where each line begins.
    starts: Vec<usize>,
    instructions: Vec<Extent>,
    escape: char,
    newline: &'static str,
}

impl<'t> Lines<'t> {
    /// Reads a text without a byte order mark.
    ///
    /// # Errors
    /// It is no Dockerfile.
    pub(crate) fn read(text: &'t str) -> Result<Self, String> {
        let (instructions, escape) = extents(text).ok_or("not a Dockerfile that can be read")?;
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(n, _)| n + 1)).collect();
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        Ok(Lines { text, starts, instructions, escape, newline })
    }
    /// Makes groups of changes, each whole or not at all.
    pub(crate) fn mend(&self, groups: &[Vec<&Edit>]) -> Mended {
        let mut mended = Mended::default();
        for (n, group) in groups.iter().enumerate() {
            let new: Result<Vec<Splice>, String> = group.iter().map(|edit| self.splice(edit)).collect();
            match new.and_then(|new| joined(&mended.splices, new)) {
                Ok(all) => mended.splices = all,
                Err(why) => mended.refused.push((n, why)),
            }
        }
        mended
    }
    /// The bytes of a line, without its end.
    fn line(&self, number: u32) -> (usize, usize) {
        let index = number as usize - 1;
        let start = self.starts.get(index).copied().unwrap_or(self.text.len());
        let stop = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        let end = if self.text[start..stop].ends_with('\r') { stop - 1 } else { stop };
        (start, end)
    }
    fn splice(&self, edit: &Edit) -> Result<Splice, String> {
        let What::Instruction(at, rewrite) = &edit.what else { return Err("not of a Dockerfile".into()) };
        let extent = self.instructions.iter().find(|extent| (extent.first..=extent.last).contains(&at.line));
        let extent = extent.ok_or(format!("no instruction begins at line {} any more", at.line))?;
        let (start, _) = self.line(extent.first);
        let (last, end) = self.line(extent.last);
        let whole = &self.text[start..end];
        match rewrite {
            Rewrite::Name(name) => {
                let from = start + whole.len() - whole.trim_start().len();
                let length = self.text[from..].find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(end - from);
                Ok(Splice { start: from, end: from + length, text: name.clone() })
            }
            Rewrite::Word(word, other) => {
                let found: Vec<usize> = words(whole, word).collect();
                let [found] = found[..] else {
                    return Err(format!(
                        "line {}: it holds the word {word} {} times",
                        extent.first,
                        found.len()
                    ));
                };
                let (mut from, mut to) = (start + found, start + found + word.len());
                if other.is_empty() {
                    // With the blanks before it, or those behind it where it is the first of its line.
                    let blank = [' ', '\t'];
                    let before = self.text[start..from].trim_end_matches(blank);
                    if before.is_empty() || before.ends_with('\n') {
                        to += self.text[to..end].len() - self.text[to..end].trim_start_matches(blank).len();
                    } else {
                        from = start + before.len();
                    }
                }
                Ok(Splice { start: from, end: to, text: other.clone() })
            }
            Rewrite::Before(line) => {
                Ok(Splice { start, end: start, text: format!("{line}{}", self.newline) })
            }
            Rewrite::After(line) => Ok(match self.text[end..].find('\n') {
                Some(n) => {
                    let at = end + n + 1;
                    Splice { start: at, end: at, text: format!("{line}{}", self.newline) }
                }
                None => Splice { start: end, end, text: format!("{}{line}", self.newline) },
            }),
            Rewrite::Then(command) => {
                let tail = &self.text[last..end];
                let ends = tail.trim_end();
                if extent.heredoc {
                    return Err(format!("line {}: it has a heredoc", extent.first));
                }
                if ends.is_empty() || ends.ends_with([';', '&', '|', self.escape]) || ends.contains('#') {
                    return Err(format!("line {}: a command cannot be put behind its end", extent.last));
                }
                let indent = &tail[..tail.len() - tail.trim_start().len()];
                let indent = if extent.first == extent.last || indent.is_empty() { "    " } else { indent };
                let text = format!(" {}{}{indent}&& {command}", self.escape, self.newline);
                Ok(Splice { start: last + ends.len(), end: last + ends.len(), text })
            }
        }
    }
}

/// Where a word stands in a text, as a shell parts words.
fn words<'w>(text: &'w str, word: &'w str) -> impl Iterator<Item = usize> + 'w {
    let parts = |c: char| c.is_whitespace() || ";&|()\"'`".contains(c);
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let (before, after) = (text[..*at].chars().next_back(), text[at + word.len()..].chars().next());
        !word.is_empty() && before.is_none_or(parts) && after.is_none_or(parts)
    })
}

/// Both in order; what is asked for twice is made once.
fn joined(old: &[Splice], new: Vec<Splice>) -> Result<Vec<Splice>, String> {
    let mut all = old.to_vec();
    for splice in new {
        if !all.contains(&splice) {
            all.push(splice);
        }
    }
    all.sort_by_key(|splice| (splice.start, splice.end));
    match all.windows(2).any(|pair| pair[0].end > pair[1].start) {
        true => Err("another change is made at the same place".into()),
        false => Ok(all),
    }
}
