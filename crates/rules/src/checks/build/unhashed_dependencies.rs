use crate::checks::prelude::*;

check! {
    /// Python libraries are fetched without comparing their hashes.
    ///
    /// ## What it checks
    /// `requirements*.txt` files of fixed versions in which no `--hash` stands.
    /// ## Why it matters
    /// A version alone does not tell the file: an index or a mirror that was taken over serves another one of
    /// the same name.
    /// ## Fix
    /// Let `pip-compile --generate-hashes` or `uv export` write the file, and install with `--require-hashes`.
    "unhashed-dependencies",
    layer: Layer::Build,
    gain: Gain::Knowledge,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["safe-libraries", "hash-artifacts"],
    ids: &["attack:T1195.001"],
    bad: &[
        Example::Tree(&[("requirements.txt", r#"flask==3.0.0
"#)]),
    ],
    good: &[
        Example::Tree(&[("requirements.txt", r#"flask==3.0.0 --hash=sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    let pinned = |file: &str| {
        let name = file.rsplit('/').next().unwrap_or(file);
        name.starts_with("requirements")
            && !file.contains("test")
            && !file.contains("doc")
            && !file.contains("example")
    };
    let all = see.get(&it.dependencies)?;
    let bare = all.iter().filter(|d| d.ecosystem == "pypi" && d.locked && !d.hashed && pinned(&d.file));
    let fault = |declared: &tyrian_model::pipeline::Dependencies| Fault {
        what: format!("{} has no hashes", declared.file),
        at: Some(Pos { file: Some(declared.file.as_str().into()), ..Pos::new(1, 1) }),
    };
    faults(bare.map(fault).collect())
}
