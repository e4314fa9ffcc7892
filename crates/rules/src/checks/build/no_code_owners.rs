use crate::checks::prelude::*;
use tyrian_judge::policy::matches;

check! {
    /// No file says who must review which code.
    ///
    /// ## What it checks
    /// Repositories with pipelines: a `CODEOWNERS` file (or `OWNERS`), and whether it names somebody for the
    /// pipelines themselves. Whether the branch is protected only the forge knows.
    /// ## Why it matters
    /// Where nobody is named for the pipelines and manifests, any reviewer will do, and a change of the build
    /// is waved through.
    /// ## Fix
    /// Add `CODEOWNERS` with owners for everything (`*`), and of its own for the pipelines; have the forge ask
    /// for their review.
    "no-code-owners",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["govern-merges", "least-privilege-code"],
    ids: &["attack:T1195.002"],
    bad: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - run: make test
"#), (".gitignore", r#"/target
"#)]),
        Example::Tree(&[("Jenkinsfile", r#"
pipeline {
  agent any
  stages { stage('Test') { steps { sh 'make test' } } }
}
"#), ("CODEOWNERS", r#"/web/  @shop/everybody
"#)]),
    ],
    good: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
      - run: make test
"#), (".gitignore", r#"/target
"#), ("CODEOWNERS", r#"* @shop/team
"#)]),
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [push]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - run: make test
"#), (".github/CODEOWNERS", r#"# The rest is free.
/web/      @shop/web
/.github/  @shop/platform
"#)]),
    ],
}

fn check(see: &See, it: &Repository) -> Judged {
    if see.all(&see.world.pipelines)?.is_empty() {
        return not_applicable();
    }
    let owned = |path: &String| matches!(path.rsplit('/').next(), Some("CODEOWNERS" | "OWNERS"));
    if !see.get(&it.landmarks)?.iter().any(owned) {
        return fail(None, "has no CODEOWNERS");
    }
    let parts = see.get(&it.code_owners)?;
    let Some(first) = parts.first() else { return pass() };
    let is_owned = |path: &str| {
        parts.iter().rev().find(|part| covers(&part.pattern, path)).is_some_and(|part| part.owned)
    };
    // Those that a forge runs; others are material of tests, or belong to a tree inside this one.
    let of_forge = |path: &&str| path.starts_with(".github/workflows/") || !path.contains('/');
    let pipelines = see.all(&see.world.pipelines)?.keys().filter_map(|name| name.strip_prefix("file:"));
    let free: Vec<&str> = pipelines.filter(of_forge).filter(|path| !is_owned(path)).collect();
    match free[..] {
        [] => pass(),
        [one] => fail(Some(first.at.clone()), format!("names nobody in CODEOWNERS for {one}")),
        [one, ..] => {
            let what = format!("names nobody in CODEOWNERS for {one} and {} more pipelines", free.len() - 1);
            fail(Some(first.at.clone()), what)
        }
    }
}

/// Is the path one that the pattern means, as `.gitignore` has it?
fn covers(pattern: &str, path: &str) -> bool {
    // A name without a slash before its end is meant wherever it stands; a directory means all that is in it.
    let anchored = pattern.trim_end_matches('/').contains('/');
    let parts: Vec<&str> = path.split('/').collect();
    let starts = if anchored { 1 } else { parts.len() };
    (0..starts).any(|start| leads_to(pattern, &parts[start..]))
}

/// Does the pattern lead along these parts of a path to its end, or to a directory on its way?
fn leads_to(pattern: &str, parts: &[&str]) -> bool {
    let wanted = pattern.trim_matches('/');
    let mut reached = vec![false; parts.len() + 1];
    reached[0] = true;
    for part in wanted.split('/') {
        let before = std::mem::replace(&mut reached, vec![false; parts.len() + 1]);
        for at in (0..=parts.len()).filter(|at| before[*at]) {
            match part {
                "**" => reached[at..].fill(true),
                part if parts.get(at).is_some_and(|name| matches(part, name)) => reached[at + 1] = true,
                _ => {}
            }
        }
    }
    let (whole, inner) = (reached[parts.len()], reached[1..parts.len()].contains(&true));
    // `/docs/*` means the files of that directory, and none further in.
    let within = inner && !(wanted.contains('/') && wanted.ends_with("/*"));
    if pattern.ends_with('/') { within } else { whole || within }
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn patterns_mean_what_forges_take_them_for() {
        let workflow = ".github/workflows/ci.yml";
        for (pattern, path, means) in [
            ("*", workflow, true),
            ("**", workflow, true),
            ("/.github/", workflow, true),
            (".github/", workflow, true),
            ("/.github", workflow, true),
            ("workflows/", workflow, true),
            ("*.yml", workflow, true),
            ("/.github/**/*.yml", workflow, true),
            ("**/ci.yml", workflow, true),
            ("/.github/*", workflow, false),
            ("/workflows/", workflow, false),
            ("/web/", workflow, false),
            ("/Jenkinsfile", "Jenkinsfile", true),
            ("Jenkinsfile", "Jenkinsfile", true),
            ("Jenkinsfile/", "Jenkinsfile", false),
            ("/ci/Jenkinsfile", "Jenkinsfile", false),
            ("/", "Jenkinsfile", false),
        ] {
            assert_eq!(covers(pattern, path), means, "{pattern} {path}");
        }
    }
}
