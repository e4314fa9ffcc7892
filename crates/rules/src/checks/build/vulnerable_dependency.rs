use crate::checks::prelude::*;

check! {
    /// A lock file names a package with a known vulnerability.
    ///
    /// ## What it checks
    /// The packages that lock files and lists of requirements name exactly, compared with the advisory database
    /// (`tyrian db`) by their ecosystem. Its severity is the one of whoever knows best. What is for development alone
    /// is marked so. Without a database nothing is compared; packages without an exact version, and those of an
    /// ecosystem that the database does not cover, are unknown, never clean.
    /// ## Why it matters
    /// How to misuse it is public, and it is in everything that is built from here on.
    /// ## Fix
    /// Update the package to the version that mends it, or the one that asks for it; the chain says which that is. Where
    /// no version mends it, use another package.
    "vulnerable-dependency",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["safe-libraries"],
    ids: &["attack:T1195.001", "nist:3.1.1"],
    bad: &[
        Example::Facts(r#"{"locks": {"rows": {"file:web/package-lock.json": {"vulnerabilities": {"is": {"found": [{"package": {"name": "lodash", "version": "4.17.20", "source": null, "purl": "pkg:npm/lodash@4.17.20", "place": "web/package-lock.json", "line": 40}, "advisory": {"id": "CVE-2021-23337", "aliases": [], "fixed": "4.17.21", "status": "affected", "severity": "high", "score": 7.2, "exploited": null, "likely": null, "title": ""}}], "unclear": []}}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"locks": {"rows": {"file:web/package-lock.json": {"vulnerabilities": {"is": {"found": [], "unclear": []}}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Lock) -> Judged {
    let Some(compared) = see.asked(&it.vulnerabilities)? else { return not_applicable() };
    for gap in &compared.unclear {
        // What hits the others stands all the same.
        see.apart(|see| see.unclear(gap.why, gap.what.clone()));
    }
    let at = |line| Pos::new(line, 1);
    let found = compared.found.iter();
    faults(found.map(|one| Fault { what: one.what(), at: one.package.line.map(at) }).collect())
}
