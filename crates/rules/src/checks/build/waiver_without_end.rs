use crate::checks::prelude::*;

check! {
    /// A known vulnerability is passed over without a reason or an end.
    ///
    /// ## What it checks
    /// The entries of `.trivyignore` and `osv-scanner.toml`: a reason (a comment on the line or above it,
    /// `reason`), and an end (`exp:`, `ignoreUntil`).
    /// ## Why it matters
    /// An exception that nobody has to renew outlives what made it harmless, and nobody knows who had decided
    /// it.
    /// ## Fix
    /// Write why above the entry, and an end behind it: `CVE-2024-1234 exp:2026-03-01`; `ignoreUntil =
    /// 2026-03-01`.
    "waiver-without-end",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["waivers"],
    ids: &["nist:3.1.1"],
    bad: &[
        Example::Tree(&[(".trivyignore", r#"CVE-2024-1234
"#)]),
        Example::Tree(&[("osv-scanner.toml", r#"[[IgnoredVulns]]
id = "GHSA-1234"
reason = "not called"
"#)]),
    ],
    good: &[
        Example::Tree(&[(".trivyignore", r#"# the code is not reachable: SEC-12
CVE-2024-1234 exp:2026-03-01
"#)]),
        Example::Tree(&[(".gitignore", r#"/target
"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    let mut found = Vec::new();
    for waiver in see.get(&it.waivers)? {
        let what = match (waiver.reasoned, waiver.ends) {
            (true, true) => continue,
            (true, false) => "without an end",
            (false, true) => "without a reason",
            (false, false) => "without a reason and an end",
        };
        let at = Pos { file: Some(waiver.file.as_str().into()), ..waiver.at.clone() };
        found.push(Fault { what: format!("passes over {} {what}", waiver.id), at: Some(at) });
    }
    faults(found)
}
