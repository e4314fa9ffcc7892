use crate::checks::prelude::*;

check! {
    /// The audit policy of the API server records nothing.
    ///
    /// ## What it checks
    /// Audit policies without a rule, or of which every rule has the level `None`.
    /// ## Why it matters
    /// Who did what in the cluster is not known, then or afterwards.
    /// ## Fix
    /// Give it rules; the last one, without a selector, `level: Metadata`.
    "empty-audit-policy",
    layer: Layer::Logging,
    gain: Gain::Cover,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["end-to-end-logging", "cannot-turn-off", "forensic-readiness"],
    ids: &["attack:T1685", "cis-kubernetes:3.2.1"],
    bad: &[
        Example::Tree(&[("audit-policy.yaml", r#"apiVersion: audit.k8s.io/v1
kind: Policy
rules: []
"#)]),
        Example::Tree(&[("audit-policy.yaml", r#"apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: None
"#)]),
    ],
    good: &[
        Example::Tree(&[("audit-policy.yaml", r#"apiVersion: audit.k8s.io/v1
kind: Policy
rules:
  - level: Metadata
"#)]),
    ],
}

fn check(see: &See, it: &Object) -> Judged {
    if it.kind != "Policy" || !it.api_version.starts_with("audit.k8s.io/") {
        return not_applicable();
    }
    let rules = match see.child(&it.body, &["rules"])? {
        Some(rules) => see.items(rules)?,
        None => &[],
    };
    for rule in rules {
        if see.text_at(rule, &["level"])? != Some("None") {
            return pass();
        }
    }
    fail(it.origin.at.clone(), "records nothing")
}
