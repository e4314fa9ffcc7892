use crate::checks::prelude::*;

check! {
    /// The program that reads a Dockerfile is named by a tag that can be moved.
    ///
    /// ## What it checks
    /// The directive `# syntax=` without a digest. Without it the builder reads the file itself.
    /// ## Why it matters
    /// The frontend is an image that the builder fetches and runs: it decides what each instruction does. Whoever can
    /// move its tag decides what is built from every Dockerfile that names it.
    /// ## Fix
    /// Drop the line where the builder's own frontend does, or add the digest: `# syntax=docker/dockerfile:1@sha256:…`.
    "unpinned-frontend",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["content-trust"],
    ids: &["attack:T1195.002", "nist:3.1.5"],
    bad: &[
        Example::Tree(&[("Dockerfile", "# syntax=docker/dockerfile:1\nFROM debian:12\n")]),
        Example::Tree(&[("Dockerfile", "# syntax=registry.example.com/frontend\nFROM debian:12\n")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "FROM debian:12\n# syntax=docker/dockerfile:1\n")]),
        Example::Tree(&[("Dockerfile", "# syntax=docker/dockerfile:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\nFROM debian:12\n")]),
    ],
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    match see.get(&it.syntax)? {
        Some(frontend) if !frontend.contains("@sha256:") => {
            let shown: String = frontend.chars().filter(|c| !c.is_control()).take(100).collect();
            fail(it.syntax.pos(), format!("is read by {shown}, by its tag alone"))
        }
        _ => pass(),
    }
}
