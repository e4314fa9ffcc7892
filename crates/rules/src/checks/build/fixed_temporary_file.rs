use crate::checks::prelude::*;

check! {
    /// A script writes to a name in /tmp that everybody can guess.
    ///
    /// ## What it checks
    /// Output redirected to a fixed name directly below `/tmp` or `/var/tmp`. A name that a variable completes
    /// is left out.
    /// ## Why it matters
    /// Another user of the machine puts a link there first and has the script overwrite what it may write, or
    /// reads what it writes.
    /// ## Fix
    /// Make the file with `mktemp`, and a directory of one's own with `mktemp -d`.
    "fixed-temporary-file",
    layer: Layer::Build,
    gain: Gain::Hold,
    barrier: Barrier::SecondFault,
    confidence: Confidence::Medium,
    controls: &["lint-scripts"],
    ids: &["attack:T1565.001"],
    bad: &[
        Example::Tree(&[("x.sh", r#"#!/bin/sh
pg_dump shop > /tmp/backup.sql
"#)]),
    ],
    good: &[
        Example::Tree(&[("x.sh", r#"#!/bin/sh
file=$(mktemp)
pg_dump shop > "$file"
echo x > /dev/null
"#)]),
    ],
}

fn check(see: &See, it: &Script) -> Judged {
    let commands = see.get(&it.pipelines)?.iter().flat_map(|pipe| &pipe.commands);
    let fixed = |c: &&Command| {
        c.redirects.iter().any(|(operator, target)| {
            let name = target.text.strip_prefix("/tmp/").or_else(|| target.text.strip_prefix("/var/tmp/"));
            matches!(operator.trim_start_matches(|c: char| c.is_ascii_digit()), ">" | ">>" | ">|" | "&>")
                && !target.expands
                && name.is_some_and(|name| !name.contains('/'))
        })
    };
    let places: Vec<Pos> = commands.filter(fixed).map(|c| c.at.clone()).collect();
    match places.first() {
        Some(at) => {
            fail(Some(at.clone()), format!("writes to a fixed name in /tmp ({} times)", places.len()))
        }
        None => pass(),
    }
}
