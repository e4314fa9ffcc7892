//! Markdown for job summaries and comments on merge requests: short, of bounded size, without HTML.
//!
//! Every text that is not part of this program goes through [`text`] or [`code`]: no markup, link, mention, reference
//! or command of a forge survives them, on GitHub, on GitLab and in plain CommonMark.

use crate::Report;
use crate::group::{Group, groups, plural, title};
use crate::human::name;
use crate::text::{clean, cut, words};
use std::collections::BTreeMap;
use std::fmt::Write;
use tyrian_model::evidence::Severity;

/// The bounds: rows of the table, reasons, fixes and unseen things that are told, and columns of one text. A comment of
/// GitHub's has room for 65,536 characters; this stays far below.
const ROWS: usize = 25;
const FEW: usize = 5;
const FIXES: usize = 3;
const LONGEST: usize = 160;
const LONGEST_FIX: usize = 600;

/// The report on one page.
pub fn render(report: &Report) -> String {
    let mut out = String::new();
    let passed = if report.decision.passed { "passes" } else { "fails" };
    let _ = writeln!(out, "## tyrian: the gate {passed}\n");
    headline(&mut out, report);
    list(&mut out, "Why it fails", &report.decision.reasons);
    let groups = groups(report);
    table(&mut out, report, &groups);
    fixes(&mut out, &groups);
    list(&mut out, "Not seen, so nobody knows", &report.unseen());
    list(&mut out, "Refused: the repository may not accept it", &report.decision.refused);
    let time = jiff::Timestamp::from_second(report.taken).unwrap_or_default();
    let _ = writeln!(out, "{}, facts of {}", text(&report.tool), time.strftime("%Y-%m-%d %H:%M UTC"));
    out
}

fn headline(out: &mut String, report: &Report) {
    let summary = &report.summary;
    let open: usize = summary.open.values().sum();
    let found =
        if open == 0 { "No finding is open".to_owned() } else { format!("{} open", plural(open, "finding")) };
    let targets: Vec<String> =
        report.sources.iter().take(FEW).map(|source| code(&cut(&source.target, 60))).collect();
    let more = report.sources.len().saturating_sub(FEW);
    let _ = write!(out, "**{found}** in {}", targets.join(", "));
    if more > 0 {
        let _ = write!(out, " and {more} more");
    }
    let by_severity: Vec<String> =
        summary.open.iter().rev().map(|(severity, count)| format!("{count} {}", name(*severity))).collect();
    if !by_severity.is_empty() {
        let _ = write!(out, ": {}", by_severity.join(", "));
    }
    out.push('.');
    if summary.changes < open {
        let _ = write!(out, " {} would mend them all.", plural(summary.changes, "change"));
    }
    let _ = writeln!(
        out,
        " {} judged by {}, {} unknown{}.\n",
        plural(summary.subjects, "thing"),
        plural(summary.checks, "check"),
        plural(summary.unknown, "verdict"),
        match summary.waived {
            0 => String::new(),
            waived => format!(", {} accepted", plural(waived, "finding")),
        }
    );
}

fn table(out: &mut String, report: &Report, groups: &[Group]) {
    if groups.is_empty() {
        return;
    }
    out.push_str("| Severity | What is wrong | Where | Findings |\n| :-- | :-- | :-- | --: |\n");
    for group in groups.iter().take(ROWS) {
        let change = &group.changes[0];
        let place =
            match (report.path(change.first), change.first.place.as_ref().and_then(|place| place.line)) {
                (Some(path), Some(line)) => format!("{path}:{line}"),
                (Some(path), None) => path,
                (None, _) => change.first.name.clone(),
            };
        let more = match group.changes.len() {
            1 => String::new(),
            all => format!(" and {} more", all - 1),
        };
        let _ = writeln!(
            out,
            "| {} | {} ({}) | {}{more} | {} |",
            name(group.first.severity),
            text(&cut(&title(group.first), LONGEST)),
            code(&group.first.check),
            code(&tail(&place)),
            group.findings
        );
    }
    let left = groups.get(ROWS..).unwrap_or_default();
    if !left.is_empty() {
        let mut by_severity: BTreeMap<Severity, usize> = BTreeMap::new();
        left.iter().for_each(|group| *by_severity.entry(group.first.severity).or_insert(0) += group.findings);
        let words: Vec<String> = by_severity
            .iter()
            .rev()
            .map(|(severity, count)| format!("{count} {}", name(*severity)))
            .collect();
        let _ = writeln!(out, "\nAnd {} of {}.", words.join(", "), plural(left.len(), "further check"));
    }
    out.push('\n');
}

fn fixes(out: &mut String, groups: &[Group]) {
    if groups.is_empty() {
        return;
    }
    out.push_str("**What to do first**\n\n");
    for group in groups.iter().take(FIXES) {
        let finding = group.first;
        let fix = prose(&cut(&words(&finding.fix), LONGEST_FIX));
        let _ = writeln!(out, "1. {}. {fix}", text(&cut(&title(finding), LONGEST)));
    }
    out.push('\n');
}

fn list(out: &mut String, head: &str, texts: &[String]) {
    if texts.is_empty() {
        return;
    }
    let _ = writeln!(out, "**{head}**\n");
    for one in texts.iter().take(FEW) {
        let _ = writeln!(out, "- {}", text(&cut(one, LONGEST)));
    }
    if texts.len() > FEW {
        let _ = writeln!(out, "- and {} more", texts.len() - FEW);
    }
    out.push('\n');
}

/// The end of a long path, which says more than its beginning.
fn tail(path: &str) -> String {
    let all = path.chars().count();
    if all <= LONGEST {
        path.to_owned()
    } else {
        "…".chars().chain(path.chars().skip(all - LONGEST)).collect()
    }
}

/// A text as prose. Where a forge would make something of its words (a link, a mention, a reference, a command), it is
/// shown as code.
pub(crate) fn text(words: &str) -> String {
    let cleaned = clean(words);
    if cleaned.is_empty() {
        return String::new();
    }
    if acted_upon(&cleaned) {
        return code(words);
    }
    let mut out = String::with_capacity(cleaned.len() + 8);
    for (n, c) in cleaned.chars().enumerate() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A backslash before a pipe is read in two ways, within tables.
            '|' => out.push_str("&#124;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '{' | '}' | '#' | '~' | '^' | '=' => {
                out.push('\\');
                out.push(c);
            }
            // These mean something at the beginning of a line only.
            '+' | '-' if n == 0 => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    // `1.` and `1)` begin a list.
    let digits = out.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && out[digits..].starts_with('.') {
        out.insert(digits, '\\');
    }
    out
}

/// Prose of a check, in which code stands between backticks.
pub(crate) fn prose(words: &str) -> String {
    let parts: Vec<&str> = words.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return text(words);
    }
    let part = |(n, part): (usize, &&str)| match n % 2 {
        0 => text(part),
        _ => code(part),
    };
    parts.iter().enumerate().map(part).collect()
}

/// Would a forge act upon words of this text, wherever they stand? Mentions, references to issues, merge requests,
/// labels and commits, emoji, mathematics, addresses, commands at the beginning of a line.
fn acted_upon(text: &str) -> bool {
    let address = |word: &str| {
        word.contains("://") || word.contains("www.") || word.contains("WWW.") || word.contains("mailto:")
    };
    let commit = |word: &str| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        (7..=64).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_hexdigit())
            && word.bytes().any(|b| b.is_ascii_digit())
    };
    let sign = |at: &[u8]| match at {
        [b'#' | b'!' | b'~' | b'%' | b'&' | b'$', after, ..] => {
            after.is_ascii_alphanumeric() || *after == b'"'
        }
        [before, b':', ..] => before.is_ascii_alphanumeric() || *before == b':',
        _ => false,
    };
    text.contains('@')
        || text.trim_start().starts_with('/')
        || text.contains("GH-")
        || text.contains("$$")
        || text.contains("[[")
        || text.matches(':').count() > 1 && text.as_bytes().windows(2).any(|at| sign(&[at[0], at[1]]))
        || text.as_bytes().windows(2).any(|at| at[1] != b':' && sign(at))
        || text.split_whitespace().any(|word| address(word) || commit(word))
}

/// A text as code, in which nothing is acted upon.
pub(crate) fn code(text: &str) -> String {
    // Nothing can stand for a pipe in a code span of a table that all readers take as one.
    let text = clean(text).replace('|', "¦");
    if text.trim().is_empty() {
        return "` `".to_owned();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // A space is taken away on both sides where both have one, so that a text may begin with a backtick.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markup() {
        for (given, shown) in [
            ("runs as root", "runs as root"),
            ("a_b*c [d](e) <i>", "a\\_b\\*c \\[d\\](e) &lt;i&gt;"),
            ("- a", "\\- a"),
            ("1. a", "1\\. a"),
            ("by @team", "`by @team`"),
            ("see #12", "`see #12`"),
            ("at https://a.example", "`at https://a.example`"),
            ("/close", "`/close`"),
            ("a | b", "a &#124; b"),
            ("@a | b", "`@a ¦ b`"),
            ("@a ``` b", "````@a ``` b````"),
            ("`@a`", "`` `@a` ``"),
            (":smile: it", "`:smile: it`"),
            ("fixes deadbeef1", "`fixes deadbeef1`"),
            ("a\n\n# b", "a\\\\u\\{a\\}\\\\u\\{a\\}\\# b"),
            ("", ""),
        ] {
            assert_eq!(text(given), shown, "{given:?}");
        }
        assert_eq!(code(""), "` `");
        assert_eq!(prose("set `a|b` <now>"), "set `a¦b` &lt;now&gt;");
        assert_eq!(prose("an odd ` one"), "an odd \\` one");
    }
}
