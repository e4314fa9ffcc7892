//! What VEX documents say of the findings of a report.

use crate::scan::bytes;
use crate::{Failure, exit};
use std::path::{Path, PathBuf};
use tyrian_advisory::vex::{Document, Statement, Status, parse};
use tyrian_judge::finding::Finding;
use tyrian_judge::policy::Excuse;
use tyrian_model::packages::oci;

/// The largest document that is read, in bytes.
const MOST_BYTES: u64 = 64 << 20;
/// How many statements that matched nothing are named.
const MOST_NAMES: usize = 5;

/// A document, and whose word it is.
pub(crate) struct Word {
    file: PathBuf,
    document: Document,
    /// Does the organisation's policy name it?
    is_organisations: bool,
}

/// Reads a document.
///
/// # Errors
/// It cannot be read, or is none: whoever relies on it learns that it does not count.
pub(crate) fn read(file: &Path, is_organisations: bool) -> Result<Word, Failure> {
    let failure = |what: String| Failure::new(exit::USAGE, format!("{}: {what}", file.display()));
    let document = bytes(file, MOST_BYTES).and_then(|bytes| parse(&bytes)).map_err(failure)?;
    Ok(Word { file: file.to_owned(), document, is_organisations })
}

/// What the documents excuse, and a line about each whose statements matched nothing.
pub(crate) fn excuses(words: &[Word], findings: &[Finding]) -> (Vec<Excuse>, Vec<String>) {
    let (mut excuses, mut notes) = (Vec::new(), Vec::new());
    for word in words {
        let statements = &word.document.statements;
        let mut matched = vec![false; statements.len()];
        for finding in findings {
            let (Some(package), Some(advisory)) = (&finding.package, &finding.advisory) else { continue };
            let names: Vec<&str> =
                std::iter::once(&advisory.id).chain(&advisory.aliases).map(String::as_str).collect();
            let things = things(finding);
            let things: Vec<&str> = things.iter().map(String::as_str).collect();
            let mut last: Option<&Statement> = None;
            for (statement, matched) in statements.iter().zip(&mut matched) {
                if statement.is_about(&names, &package.purl, &things) {
                    *matched = true;
                    last = Some(statement);
                }
            }
            if let Some(statement) = last {
                excuses.extend(excuse(word, statement, finding));
            }
        }
        notes.extend(unmatched(word, &matched));
    }
    (excuses, notes)
}

fn excuse(word: &Word, statement: &Statement, finding: &Finding) -> Option<Excuse> {
    let status = match statement.status {
        Status::NotAffected => "not_affected",
        Status::Fixed => "fixed",
        Status::Affected | Status::UnderInvestigation => return None,
    };
    let why = [statement.justification.replace('_', " "), statement.text.clone()];
    let why: Vec<String> = why.into_iter().filter(|text| !text.is_empty()).collect();
    let author = match word.document.author.as_str() {
        "" => word.file.display().to_string(),
        author => author.to_owned(),
    };
    Some(Excuse {
        fingerprint: finding.fingerprint.clone(),
        is_organisations: word.is_organisations,
        author,
        reason: format!("{}: {}", status.replace('_', " "), why.join("; ")).trim_end_matches(": ").to_owned(),
        status: status.to_owned(),
    })
}

fn unmatched(word: &Word, matched: &[bool]) -> Option<String> {
    let statements = word.document.statements.iter().zip(matched);
    let names: Vec<&str> = statements
        .filter(|(_, matched)| !**matched)
        .filter_map(|(statement, _)| statement.names.first().map(String::as_str))
        .collect();
    if names.is_empty() {
        return None;
    }
    let more = if names.len() > MOST_NAMES { ", …" } else { "" };
    let some = names.iter().take(MOST_NAMES).copied().collect::<Vec<_>>().join(", ");
    let file = word.file.display();
    Some(format!("{file}: {} of {} statements match no finding: {some}{more}", names.len(), matched.len()))
}

/// The names of the image that a finding is about, as documents write them.
fn things(finding: &Finding) -> Vec<String> {
    let Some((_, reference)) = finding.subject.split_once("/image:") else { return Vec::new() };
    let digest = reference.split_once('@').map(|(_, digest)| digest.to_owned());
    [reference.to_owned(), oci(reference), format!("image:{reference}")].into_iter().chain(digest).collect()
}
