//! Findings to patches: reads the files that mends name, and makes the changes in memory.

use crate::change::{self, Change};
use crate::cli::Targets;
use crate::target::Target;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use tyrian_judge::finding::Finding;
use tyrian_judge::mend::mends;
use tyrian_judge::run::Evidence;
use tyrian_mend::{CONTEXT, Lines, Splice, Text, spliced, unified, unified_of};
use tyrian_model::mend::{Edit, Mend, Risk, What};
use tyrian_model::snapshot::{Snapshot, SourceStatus};
use tyrian_read::secrets::{Key, conceal, sightings_in};

/// What becomes of a finding.
pub(crate) enum Answer {
    /// A patch mends it.
    Patch {
        /// Can it stop a program that does nothing wrong?
        risk: Risk,
        /// The unified diff of it alone; of permission bits what they become.
        diff: String,
        /// What to do then.
        then: String,
    },
    /// What to type.
    Advice(String),
    /// A person has to decide, or a patch cannot be made here.
    Person(String),
}

/// A file that is to change.
pub(crate) struct FilePlan {
    /// The folder that the user named.
    pub(crate) base: PathBuf,
    /// The file below it.
    pub(crate) name: String,
    text: Result<String, String>,
    mode: Option<(u32, u32)>,
    groups: Vec<(usize, Risk, Vec<Edit>)>,
}

/// Everything that can be done about the findings of a report.
pub(crate) struct Plan {
    /// The files.
    pub(crate) files: Vec<FilePlan>,
    /// What becomes of each finding, in their order.
    pub(crate) answers: Vec<Answer>,
}

/// A file as it will be.
pub(crate) struct Patched {
    /// The unified diff.
    pub(crate) diff: String,
    /// The change of the file.
    pub(crate) change: Change,
    /// The findings that it mends, by their index.
    pub(crate) findings: Vec<usize>,
    /// Those that come too close to others to be mended in the same run, and why.
    pub(crate) refused: Vec<(usize, String)>,
    /// Permission bits before and after, where they change.
    pub(crate) mode: Option<(u32, u32)>,
}

/// Who reads a plan.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Reader {
    /// Who asked for patches: they are shown as they are.
    Fixer,
    /// Whoever gets the report: what stands around a change may be a secret, and does not enter it.
    Report,
}

/// Plans what can be done about findings. A file that changed after `since` (seconds and nanoseconds of its clock) is
/// not what was judged, and is refused.
pub(crate) fn plan(
    findings: &[Finding],
    snapshot: &Snapshot,
    evidence: &[Evidence],
    targets: &Targets,
    since: Option<(i64, i64)>,
    reader: Reader,
) -> Plan {
    let mut known = mends(&snapshot.facts, evidence);
    let mut files: Vec<FilePlan> = Vec::new();
    let mut by_name: BTreeMap<(PathBuf, String), usize> = BTreeMap::new();
    let mut answers = Vec::new();
    for (n, finding) in findings.iter().enumerate() {
        let answer = match known.remove(&finding.fingerprint) {
            None => Answer::Person(first_sentence(&finding.fix)),
            Some(Mend::Advice(what)) => Answer::Advice(what),
            Some(Mend::Person(why)) => Answer::Person(why),
            Some(Mend::Patch { risk, edits, then }) => match place(&edits, finding, snapshot, targets) {
                Err(why) => Answer::Person(why),
                Ok((base, name)) => {
                    let file = *by_name.entry((base.clone(), name.clone())).or_insert_with(|| {
                        files.push(FilePlan::read(base, name, since));
                        files.len() - 1
                    });
                    files[file].groups.push((n, risk, edits));
                    Answer::Patch { risk, diff: String::new(), then }
                }
            },
        };
        answers.push(answer);
    }
    for file in &mut files {
        for (n, answer) in file.each(reader) {
            match (answer, &mut answers[n]) {
                (Ok(own), Answer::Patch { diff, .. }) => *diff = own,
                (Err(why), slot) => *slot = Answer::Person(why),
                _ => {}
            }
        }
        file.groups.retain(|(n, ..)| matches!(answers[*n], Answer::Patch { .. }));
    }
    Plan { files, answers }
}

/// The folder and the file that changes are made in.
fn place(
    edits: &[Edit],
    finding: &Finding,
    snapshot: &Snapshot,
    targets: &Targets,
) -> Result<(PathBuf, String), String> {
    let Some(first) = edits.first() else { return Err("it knows of nothing to change".into()) };
    if edits.iter().any(|edit| edit.file != first.file) {
        return Err("it takes changes of several files".into());
    }
    let source = snapshot.sources.iter().find(|source| source.worlds.contains(&finding.world));
    let Some(SourceStatus { kind, root, .. }) = source else { return Err("its source is not known".into()) };
    if let What::Mode(_) = first.what {
        let root = targets.root.clone().unwrap_or_else(|| "/".into());
        return Ok((root, first.file.trim_start_matches('/').to_owned()));
    }
    match root {
        Some(root) => Ok((PathBuf::from(root), first.file.clone())),
        None if kind == "manifests" => {
            Err("it came rendered, on standard input: change the files that it is made of".into())
        }
        None => Err("no file of it is known".into()),
    }
}

/// What to do, in one sentence, from a check's documentation.
fn first_sentence(fix: &str) -> String {
    let fix = fix.split_whitespace().collect::<Vec<_>>().join(" ");
    match fix.find(". ") {
        Some(end) => fix[..=end].to_owned(),
        None => fix,
    }
}

/// A mend is held against its whole file, so a large file with many of them takes long: so many bytes are read for the
/// mends of one file.
const MOST_READ: usize = 256 << 20;

/// The permission bits of a mend that changes them; nothing for one that changes text.
fn mode_of(edits: &[Edit]) -> Option<u32> {
    match edits {
        [Edit { what: What::Mode(mode), .. }] => Some(*mode),
        _ => None,
    }
}

impl FilePlan {
    fn read(base: PathBuf, name: String, since: Option<(i64, i64)>) -> Self {
        let mut mode = None;
        let text = change::open(&base, &name).and_then(|mut opened| {
            mode = Some((opened.meta.mode() & 0o7777, 0));
            if since.is_some_and(|since| (opened.meta.ctime(), opened.meta.ctime_nsec()) > since) {
                return Err(format!("{name} changed while it was looked at: run it again"));
            }
            let bytes = opened.bytes()?;
            String::from_utf8(bytes).map_err(|_| format!("{name} is not UTF-8"))
        });
        FilePlan { base, name, text, mode, groups: Vec::new() }
    }
    /// What each mend does by itself.
    fn each(&self, reader: Reader) -> Vec<(usize, Result<String, String>)> {
        let mut text = match &self.text {
            Ok(text) if text.len().saturating_mul(self.groups.len()) > MOST_READ => {
                let why =
                    "its file is too large for so many changes: divide it, or `tyrian fix --check NAME`";
                return self.groups.iter().map(|(n, ..)| (*n, Err(why.to_owned()))).collect();
            }
            Ok(text) => Text::new(text),
            Err(why) => return self.groups.iter().map(|(n, ..)| (*n, Err(why.clone()))).collect(),
        };
        let (of_mode, of_text): (Vec<_>, Vec<_>) =
            self.groups.iter().partition(|(_, _, edits)| mode_of(edits).is_some());
        let groups: Vec<Vec<&Edit>> = of_text.iter().map(|(_, _, edits)| edits.iter().collect()).collect();
        let lines = Lines::new(self.text.as_deref().unwrap_or_default());
        let made = text.mend_each(&groups).into_iter().map(|splices| match splices {
            Ok(splices) if splices.is_empty() => {
                Err("its file says so already, or in another way: what is laid over it decides".into())
            }
            splices => self.told(&lines, &splices?, reader),
        });
        let mut each: Vec<_> = of_text.iter().map(|(n, ..)| *n).zip(made).collect();
        each.extend(
            of_mode.iter().map(|(n, _, edits)| (*n, Ok(self.mode_diff(mode_of(edits).unwrap_or(0))))),
        );
        each
    }
    /// The diff as that reader may see it. In a report nothing stands around the change, and what goes must be plain
    /// to see: of a line with several settings it cannot be told which of them is a secret.
    fn told(&self, lines: &Lines, splices: &[Splice], reader: Reader) -> Result<String, String> {
        if reader == Reader::Fixer {
            return Ok(unified_of(&self.name, lines, splices, CONTEXT));
        }
        let diff = unified_of(&self.name, lines, splices, 0);
        let key = Key([0; 32]);
        let kept_back = |name: &str, text: &str| conceal(&key, name, text, None).text != text;
        let is_plain = |line: &str| {
            let mut name = String::new();
            let words = line.split_whitespace().map(|word| word.trim_matches(['"', '\'', ',', '[', ']']));
            let mut secret = false;
            for word in words {
                secret |= kept_back(&name, word);
                name = word.trim_start_matches('-').trim_end_matches(':').trim_matches('"').to_owned();
                if let Some((before, after)) = word.split_once('=') {
                    secret |= kept_back(before.trim_start_matches('-'), after);
                }
            }
            !secret && !line.contains('{') && sightings_in(&key, &self.name, line).is_empty()
        };
        let mut gone = diff.lines().skip(2).filter_map(|line| line.strip_prefix('-'));
        match gone.all(is_plain) {
            true => Ok(diff),
            false => {
                Err("`tyrian fix` shows it: its line may hold a secret, which a report does not repeat"
                    .into())
            }
        }
    }
    fn diff(&self, splices: &[Splice]) -> String {
        unified(&self.name, self.text.as_deref().unwrap_or_default(), splices)
    }
    /// Permission bits as git shows them.
    fn mode_diff(&self, mode: u32) -> String {
        let before = self.mode.map_or(0, |(before, _)| before);
        format!("diff --git a/{0} b/{0}\nold mode 10{before:04o}\nnew mode 10{mode:04o}\n", self.name)
    }
    /// The file with the mends of these findings, all together; nothing where none of them is in it.
    pub(crate) fn patched(&self, wanted: impl Fn(usize, Risk) -> bool) -> Option<Patched> {
        let groups: Vec<_> = self.groups.iter().filter(|(n, risk, _)| wanted(*n, *risk)).collect();
        let text = self.text.as_ref().ok()?;
        let (modes, edits): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|(_, _, edits)| mode_of(edits).is_some());
        let lists: Vec<Vec<&Edit>> = edits.iter().map(|(_, _, edits)| edits.iter().collect()).collect();
        let mended = Text::new(text).mend(&lists);
        let refused: Vec<(usize, String)> =
            mended.refused.iter().map(|(group, why)| (edits[*group].0, why.clone())).collect();
        let mut findings: Vec<usize> = edits.iter().chain(&modes).map(|(n, ..)| *n).collect();
        findings.retain(|n| refused.iter().all(|(other, _)| other != n));
        if findings.is_empty() {
            return None;
        }
        // Of several each takes bits away.
        let mode = modes.iter().filter_map(|(_, _, edits)| mode_of(edits)).reduce(|a, b| a & b);
        let mut diff = mode.map(|mode| self.mode_diff(mode)).unwrap_or_default();
        diff.push_str(&self.diff(&mended.splices));
        let new = spliced(text, &mended.splices);
        let change = Change {
            base: self.base.clone(),
            file: self.name.clone(),
            text: (!mended.splices.is_empty()).then(|| (text.as_bytes().to_vec(), new.into_bytes())),
            mode,
        };
        let mode = mode.zip(self.mode).map(|(after, (before, _))| (before, after));
        Some(Patched { diff, change, findings, refused, mode })
    }
}

/// Writes into each finding the patch that would mend it alone.
pub(crate) fn fill(findings: &mut [Finding], snapshot: &Snapshot, evidence: &[Evidence], targets: &Targets) {
    let snapshots = targets.targets.iter().any(|text| matches!(Target::parse(text), Ok(Target::Facts(_))));
    if snapshots {
        return;
    }
    let plan = plan(findings, snapshot, evidence, targets, None, Reader::Report);
    for (finding, answer) in findings.iter_mut().zip(plan.answers) {
        if let Answer::Patch { diff, .. } = answer {
            finding.patch = Some(diff);
        }
    }
}
