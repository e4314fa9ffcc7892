//! What a check is.

use crate::mend::Mender;
use crate::run::Lineup;
use crate::severity::{Barrier, Gain, severity};
use std::sync::Arc;
use tyrian_model::evidence::{Basis, Confidence, Fault, Layer, Severity, Verdict};
use tyrian_model::fact::{Pos, See, Unseen};

/// A pure judgement over facts about one or more controls. One file of the crate `rules` is one check.
#[derive(Debug)]
pub struct Check {
    /// Its name in kebab-case, for ever.
    pub name: &'static str,
    /// Its documentation: a first sentence that says the fault, then the sections `## What it checks`,
    /// `## Why it matters` and `## Fix`.
    pub doc: &'static str,
    /// Its file.
    pub file: &'static str,
    /// The layer whose fault it is.
    pub layer: Layer,
    /// What an attacker gains.
    pub gain: Gain,
    /// What stands before that.
    pub barrier: Barrier,
    /// How sure a finding is.
    pub confidence: Confidence,
    /// The controls that it judges.
    pub controls: &'static [&'static str],
    /// Ids of frameworks: `attack:T1611`, `nist:3.4.3`, `cis-docker:5.5`, `cis-kubernetes:5.2.2`, `pss:baseline`.
    pub ids: &'static [&'static str],
    /// Texts that it fires on.
    pub bad: &'static [Example],
    /// Texts on which it is silent, and passes.
    pub good: &'static [Example],
    /// Judges the subjects of one block of a world.
    pub judge: fn(&Lineup, usize) -> Verdicts,
    /// Says what can be done about a fault; nothing: its documentation does.
    pub mend: Option<Mender>,
}

/// What stands in a check that does not say it: it finds nothing, and knows no mend.
pub const BLANK: Check = Check {
    name: "",
    doc: "",
    file: "",
    layer: Layer::Build,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Low,
    controls: &[],
    ids: &[],
    bad: &[],
    good: &[],
    judge: |_, _| Vec::new(),
    mend: None,
};

impl Check {
    /// Follows from gain and barrier alone.
    pub fn severity(&self) -> Severity {
        severity(self.gain, self.barrier)
    }
    /// The first sentence of its documentation.
    pub fn title(&self) -> &'static str {
        self.doc.split("\n\n").next().unwrap_or_default().trim()
    }
    /// Its documentation as Markdown.
    pub fn text(&self) -> String {
        self.doc.lines().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }
    /// A section of its documentation, by its heading.
    pub fn section(&self, heading: &str) -> String {
        let text = self.text();
        let start = text.split_once(&format!("## {heading}\n")).map_or("", |(_, rest)| rest);
        start.split("\n##").next().unwrap_or_default().trim().to_owned()
    }
}

/// What a check says, subject by subject.
pub type Verdicts = Vec<(Arc<Subject>, Verdict)>;

/// A text as its author would write it.
#[derive(Debug)]
pub enum Example {
    /// Files of a source tree: path and text. The path decides who reads it.
    Tree(&'static [(&'static str, &'static str)]),
    /// Answers of a Docker engine, as one JSON object: `{"info": …, "containers": [inspect, …], …}`.
    Engine(&'static str),
    /// A world of a snapshot, for what has no text of its own: a host, an image.
    Facts(&'static str),
}

/// What a check returns; `?` on a fact that was not seen ends it.
pub type Judged = Result<Verdict, Unseen>;

/// The control is there.
pub fn pass() -> Judged {
    Ok(Verdict::Pass)
}
/// The check has nothing to say of this subject.
pub fn not_applicable() -> Judged {
    Ok(Verdict::NotApplicable)
}
/// The control is missing: one sentence without the subject's name, and the place.
pub fn fail(at: Option<Pos>, what: impl Into<String>) -> Judged {
    Ok(Verdict::Fail(vec![Fault { what: what.into(), at }], Vec::new()))
}
/// Every fault that was found; none is a pass.
pub fn faults(found: Vec<Fault>) -> Judged {
    Ok(if found.is_empty() { Verdict::Pass } else { Verdict::Fail(found, Vec::new()) })
}

/// Judges each part by itself: a fault of one stands, whatever could not be seen of another.
/// No parts at all is a pass, parts to none of which it applies are not applicable.
pub fn each<'f, T>(
    see: &See<'f>,
    parts: impl IntoIterator<Item = T>,
    judge: impl Fn(&See<'f>, T) -> Judged,
) -> Judged {
    let (mut found, mut passed, mut parts_seen) = (Vec::new(), false, false);
    for part in parts {
        parts_seen = true;
        match see.apart(|see| judge(see, part)) {
            // What several parts inherit from one place is one fault.
            Some(Ok(Verdict::Fail(faults, _))) => {
                faults.into_iter().for_each(|fault| {
                    if !found.contains(&fault) {
                        found.push(fault);
                    }
                });
            }
            Some(Ok(Verdict::Pass)) => passed = true,
            _ => {}
        }
    }
    match (found.is_empty(), passed || !parts_seen) {
        (false, _) => Ok(Verdict::Fail(found, Vec::new())),
        (true, true) => pass(),
        (true, false) => not_applicable(),
    }
}

/// A thing that is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// `world/kind:namespace/name#container`, percent-encoded.
    pub id: String,
    /// Its world.
    pub world: String,
    /// What a person calls it: `deployment shop/web, container web`.
    pub name: String,
    /// The file it was read from, relative to the target; nothing for what is live.
    pub file: Option<String>,
    /// Where it stands there.
    pub at: Option<Pos>,
    /// On what a verdict over it rests.
    pub basis: Basis,
}

/// `check! { /// doc … "name", field: value, … }` makes the `CHECK` of a file; the check is the plain
/// `fn check` below it. The type of its second argument says what it judges. `mend: Some(mend)` is for a check that
/// can also say what to change, in a plain `fn mend`.
#[macro_export]
macro_rules! check {
    ($(#[doc = $doc:literal])+ $name:literal, $($field:ident: $value:expr),+ $(,)?) => {
        #[doc = concat!("The check `", $name, "`.")]
        #[allow(clippy::needless_update)] // most checks leave a field out, some none
        pub static CHECK: $crate::check::Check = $crate::check::Check {
            name: $name,
            doc: concat!($($doc, "\n"),+),
            file: file!(),
            judge: |lineup, block| $crate::run::each_subject(lineup, block, check),
            $($field: $value,)+
            ..$crate::check::BLANK
        };
    };
}
