use crate::checks::prelude::*;

check! {
    /// An image has a package with a known vulnerability.
    ///
    /// ## What it checks
    /// The installed packages, compared with the advisory database (`tyrian db`): a distribution's packages by its own
    /// records, its release and its source packages, so that a mend that it took back counts; others by their
    /// ecosystem. Its severity is the one of whoever knows best. Packages that no source covers are unknown, never clean.
    /// Without a database only programs with a few known ways out of a container are told.
    /// ## Why it matters
    /// How to misuse it is public, and programs that try it on everybody are too.
    /// ## Fix
    /// Build again on a base image with the mended version, or update the package in the Dockerfile. Where no version
    /// mends it, leave the package out if it is not needed.
    "vulnerable-package",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::Foothold,
    confidence: Confidence::High,
    controls: &["fail-vulnerable-images"],
    ids: &["attack:T1190", "nist:3.1.1", "nist:4.1.1"],
    bad: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "vulnerabilities": {"is": {"found": [{"package": {"name": "libcurl4", "version": "7.88.1-10", "source": "curl", "purl": "pkg:deb/debian/libcurl4@7.88.1-10"}, "advisory": {"id": "CVE-2023-38545", "aliases": [], "fixed": "7.88.1-10+deb12u4", "status": "affected", "severity": "critical", "score": 9.8, "exploited": null, "likely": null, "title": ""}}], "unclear": []}}}}, "gaps": []}}"#),
    ],
    good: &[
        Example::Facts(r#"{"images": {"rows": {"image:shop/web:1.0": {"names": ["shop/web:1.0"], "vulnerabilities": {"is": {"found": [], "unclear": []}}}}, "gaps": []}}"#),
    ],
}

fn check(see: &See, it: &Image) -> Judged {
    let Some(compared) = see.asked(&it.vulnerabilities)? else { return not_applicable() };
    for gap in &compared.unclear {
        // What hits the others stands all the same.
        see.apart(|see| see.unclear(gap.why, gap.what.clone()));
    }
    faults(compared.found.iter().map(|one| Fault { what: one.what(), at: None }).collect())
}
