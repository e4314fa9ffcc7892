use crate::checks::prelude::*;

check! {
    /// A script has a shell read text again after variables are put into it.
    ///
    /// ## What it checks
    /// `eval` of a text that has a command and variables in it. `eval` of what a command prints, as of `ssh-
    /// agent -s`, is left out.
    /// ## Why it matters
    /// What stands in the variable runs as a command.
    /// ## Fix
    /// Call the command directly with its arguments quoted, or keep them in an array: `"${args[@]}"`.
    "evaluated-text",
    layer: Layer::Build,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["lint-scripts"],
    ids: &["attack:T1059.004"],
    bad: &[
        Example::Tree(&[("x.sh", r#"#!/bin/bash
eval "kubectl apply -k overlays/$ENV $EXTRA_ARGS"
"#)]),
    ],
    good: &[
        Example::Tree(&[("x.sh", r#"#!/bin/bash
eval "$(ssh-agent -s)"
kubectl apply -k "overlays/$ENV"
"#)]),
    ],
}

fn check(see: &See, it: &Script) -> Judged {
    const CALLED: &[&str] = &[
        "kubectl",
        "docker",
        "helm",
        "ssh",
        "scp",
        "rsync",
        "curl",
        "wget",
        "aws",
        "gcloud",
        "az",
        "terraform",
        "git",
        "sudo",
        "rm",
        "psql",
        "mysql",
    ];
    let commands = see.get(&it.pipelines)?.iter().flat_map(|pipe| &pipe.commands);
    let evals = commands.filter(|c| c.program() == "eval").filter(|c| {
        let text = c.arguments().collect::<Vec<_>>().join(" ");
        let first = text.split_whitespace().next().unwrap_or_default();
        CALLED.contains(&first) && text.contains('$') && !text.contains("$(")
    });
    faults(
        evals
            .map(|c| Fault {
                what: "evaluates a command with variables in it".into(),
                at: Some(c.at.clone()),
            })
            .collect(),
    )
}
