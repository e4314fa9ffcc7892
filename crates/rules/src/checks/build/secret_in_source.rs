use crate::checks::prelude::*;

check! {
    /// A file of the source tree has a secret in it.
    ///
    /// ## What it checks
    /// Private keys, tokens of known services, passwords and connection strings with one, in files other than
    /// pipelines. What are plainly examples, placeholders or material of tests is left out by the reader.
    /// ## Why it matters
    /// Whoever has a clone has it, and the history keeps it after it is removed.
    /// ## Fix
    /// Change the credential, then move it into a secret store; add a scanner before the commit.
    "secret-in-source",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Nothing,
    confidence: Confidence::Medium,
    controls: &["scan-before-commit"],
    ids: &["attack:T1552.001", "attack:T1552.004", "nist:3.1.4"],
    bad: &[
        Example::Tree(&[("src/app.py", r#"import boto3
KEY = "AKIAQFAKEFAKE7TEST42"
SECRET = "cHrcR6o1BZO9nxGSjfmhYjonkooeutTibaDVNplU"
"#)]),
    ],
    good: &[
        Example::Facts(r#"{"files": {"rows": {"file:a": {"sightings": {"is": []}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &SourceFile) -> Judged {
    if it.material {
        return not_applicable();
    }
    let fault = |s: &tyrian_model::secret::Sighting| Fault {
        what: format!("has what looks like a secret ({})", s.kind),
        at: s.at.clone(),
    };
    faults(see.get(&it.sightings)?.iter().map(fault).collect())
}
