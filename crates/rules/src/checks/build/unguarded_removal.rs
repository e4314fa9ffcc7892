use crate::checks::prelude::*;

check! {
    /// A script removes a path that begins with a variable nobody has checked.
    ///
    /// ## What it checks
    /// `rm -r` of `$X/…` in scripts without `set -u`, where the variable stands first and has no `:?`, and is
    /// not set in the script, by `: "${X:=…}"` for instance.
    /// ## Why it matters
    /// Where the variable is empty, everything from the root on is removed.
    /// ## Fix
    /// Write `"${X:?}/…"`, and `set -u` at the top.
    "unguarded-removal",
    layer: Layer::Build,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["lint-scripts"],
    ids: &["attack:T1485"],
    bad: &[
        Example::Tree(&[("x.sh", r#"#!/bin/bash
rm -rf $BUILD_DIR/*
"#)]),
    ],
    good: &[
        Example::Tree(&[("x.sh", r#"#!/bin/bash
set -euo pipefail
rm -rf "$BUILD_DIR"/*
"#)]),
        Example::Tree(&[("x.sh", r#"#!/bin/bash
rm -rf "${BUILD_DIR:?}"/*
DIR=$(mktemp -d)
rm -rf "$DIR/x"
"#)]),
        Example::Tree(&[("x.sh", r#"#!/bin/bash
: "${DATA_HOME:="/var/data"}" "${CACHE_HOME:?}"
rm -rf "${DATA_HOME}/old" "$CACHE_HOME/old"
"#)]),
    ],
}

fn check(see: &See, it: &Script) -> Judged {
    let pipes = see.get(&it.pipelines)?;
    let commands: Vec<&Command> = pipes.iter().flat_map(|pipe| &pipe.commands).collect();
    let nounset = commands.iter().any(|c| {
        c.program() == "set"
            && c.arguments()
                .any(|a| a == "nounset" || a.starts_with('-') && !a.starts_with("--") && a.contains('u'))
    });
    if nounset {
        return pass();
    }
    let is_set = |name: &str| {
        commands.iter().any(|c| {
            let declared =
                matches!(c.program(), "for" | "read" | "local" | "export" | "readonly" | "declare")
                    && c.arguments().any(|a| a.split('=').next() == Some(name));
            let has = |word: &str| {
                let after = |(at, _): (usize, &str)| word[at + 2..].strip_prefix(name);
                // `=` gives it a value, `?` ends the script where it has none.
                word.match_indices("${")
                    .filter_map(after)
                    .any(|rest| rest.trim_start_matches(':').starts_with(['=', '?']))
            };
            declared || c.assignments.iter().any(|(n, _)| n == name) || c.words.iter().any(|w| has(&w.text))
        })
    };
    let dangerous = |c: &Command| {
        let recursive =
            c.arguments().any(|a| a.starts_with('-') && !a.starts_with("--") && a.contains(['r', 'R']));
        c.program() == "rm"
            && recursive
            && c.words.iter().skip(1).any(|word| {
                let text = word.text.strip_prefix('$').unwrap_or_default();
                let text = text.strip_prefix('{').unwrap_or(text);
                let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
                let (name, rest) = text.split_at(end);
                let rest = rest.strip_prefix('}').unwrap_or(rest);
                let local = name.is_empty()
                    || name.starts_with(|c: char| c.is_ascii_digit() || c.is_ascii_lowercase());
                word.expands
                    && !local
                    && rest.starts_with('/')
                    && !is_set(name)
                    && !matches!(
                        name,
                        "HOME" | "PWD" | "TMPDIR" | "GITHUB_WORKSPACE" | "WORKSPACE" | "RUNNER_TEMP"
                    )
            })
    };
    let found = commands.iter().filter(|c| dangerous(c));
    faults(
        found
            .map(|c| Fault {
                what: "removes a path that begins with an unchecked variable".into(),
                at: Some(c.at.clone()),
            })
            .collect(),
    )
}
