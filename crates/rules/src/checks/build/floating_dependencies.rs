use crate::checks::prelude::*;

check! {
    /// Libraries are fixed to no version, and no lock file does it.
    ///
    /// ## What it checks
    /// The files that declare dependencies (`package.json`, `requirements.txt`, `Cargo.toml` of a program and
    /// the like) without a lock file beside them: versions left open. Libraries, whose users lock them, are
    /// left out.
    /// ## Why it matters
    /// What is built tomorrow is not what was tested today, and a taken-over release is in the next build.
    /// ## Fix
    /// Commit the lock file of the package manager, or fix each version, with hashes where the format has them.
    "floating-dependencies",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["safe-libraries"],
    ids: &["attack:T1195.001"],
    bad: &[
        Example::Tree(&[("requirements.txt", r#"flask
requests>=2
"#)]),
        Example::Tree(&[("package.json", r#"{"dependencies": {"express": "^4.0.0"}}"#)]),
    ],
    good: &[
        Example::Tree(&[("requirements.txt", r#"flask==3.0.0
"#)]),
        Example::Tree(&[("package.json", r#"{"dependencies": {"express": "^4.0.0"}}"#), ("package-lock.json", r#"{"packages": {"node_modules/express": {"integrity": "sha512-x"}}}"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    let material = |file: &str| {
        file.split('/')
            .rev()
            .skip(1)
            .any(|part| matches!(part, "test" | "tests" | "examples" | "example" | "docs" | "doc"))
            || file.contains("template")
    };
    let all = see.get(&it.dependencies)?;
    let mut found = Vec::new();
    for declared in all.iter().filter(|d| !d.locked && !material(&d.file)) {
        let Some((name, at)) = declared.floating.first() else { continue };
        let at = Pos { file: Some(declared.file.as_str().into()), ..at.clone() };
        let more = match declared.floating.len() {
            1 => String::new(),
            n => format!(" and {} more", n - 1),
        };
        found.push(Fault {
            what: format!("{} leaves the version of {name}{more} open", declared.file),
            at: Some(at),
        });
    }
    faults(found)
}
