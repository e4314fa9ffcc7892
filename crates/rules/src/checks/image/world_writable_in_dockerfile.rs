use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, final_stages, runs};
use std::collections::BTreeSet;

check! {
    /// A build lets everybody write to files.
    ///
    /// ## What it checks
    /// `chmod` with a mode whose last digit has the bit 2 or with `o+w` and `a+w`, and `COPY` or `ADD` with
    /// such a `--chmod`, in the stages that the image is made of. Directories with the sticky bit (`1777`) are
    /// left out.
    /// ## Why it matters
    /// Whichever process is broken into can change what others run or read there, also those of root: the user
    /// that the image runs as no longer limits anything.
    /// ## Fix
    /// Give the file to the user who needs it: `COPY --chown=10001:10001`, `chown`; `chmod 755` for programs.
    "world-writable-in-dockerfile",
    layer: Layer::Image,
    gain: Gain::Workload,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["cis-docker"],
    ids: &["attack:T1574", "nist:3.1.2"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
COPY a /a
RUN chmod -R 777 /a
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
COPY --chmod=0666 a /a
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN chmod a+rwx /srv
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "FROM debian:12\nRUN d=\"$(mktemp -d)\" && chmod 777 \"$d\" && make && rm -rf \"$d\"")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN chmod 1777 /tmp && chmod 755 /a && chmod +x /b && chmod g=u /c
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12 AS b
RUN chmod 777 /a
FROM debian:12
COPY --chmod=755 --from=b /a /a
")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let stages = final_stages(see, it)?;
    let mut found = Vec::new();
    for run in runs(see, &stages) {
        let passing: BTreeSet<String> = run.commands().flat_map(passing).collect();
        for command in run.commands() {
            let (program, arguments) = call(command);
            let passes = |argument: &&str| passing.contains(argument.trim_end_matches('/'));
            if arguments.last().is_some_and(passes) {
                continue;
            }
            let mode = arguments.iter().copied().find(|argument| !argument.starts_with('-')).unwrap_or("");
            if program == "chmod" && opens(mode) {
                found.push(fault(&command.at, format!("lets everybody write (chmod {mode})")));
            }
        }
    }
    for instruction in stages.iter().flat_map(|stage| &stage.instructions) {
        for (name, mode) in &instruction.flags {
            if name == "chmod" && opens(mode) {
                found.push(fault(&instruction.at, format!("lets everybody write (--chmod={mode})")));
            }
        }
    }
    faults(found)
}

/// What does not outlast the step: folders of `mktemp`, by their variable, and what is removed again.
fn passing(command: &Command) -> Vec<String> {
    let (program, arguments) = call(command);
    let made = command.assignments.iter().filter(|(_, value)| value.text.contains("mktemp"));
    let mut found: Vec<String> =
        made.flat_map(|(name, _)| [format!("${name}"), format!("${{{name}}}")]).collect();
    if program == "rm" {
        let removed = arguments.iter().filter(|argument| !argument.starts_with('-'));
        found.extend(removed.map(|argument| argument.trim_end_matches('/').to_owned()));
    }
    found
}

fn opens(mode: &str) -> bool {
    if let Ok(bits) = u32::from_str_radix(mode, 8) {
        return bits & 0o002 != 0 && bits & 0o1000 == 0;
    }
    mode.split(',').any(|part| {
        let Some(at) = part.find(['+', '=']) else { return false };
        let (who, what) = part.split_at(at);
        let letters =
            who.bytes().all(|b| b"ugoa".contains(&b)) && what[1..].bytes().all(|b| b"rwxXst".contains(&b));
        letters && who.contains(['o', 'a']) && what.contains('w') && !what.contains('t')
    })
}

fn mend(spot: &Spot) -> Mend {
    let what = spot.fault.what.as_str();
    let mode = |text: &str| {
        let bits = u32::from_str_radix(text, 8).ok()?;
        Some(format!("{:0width$o}", bits & !0o022, width = text.len()))
    };
    let (word, other) =
        if let Some(written) = what.split("(chmod ").nth(1).and_then(|it| it.strip_suffix(')')) {
            (written.to_owned(), mode(written))
        } else if let Some(written) = what.split("(--chmod=").nth(1).and_then(|it| it.strip_suffix(')')) {
            (format!("--chmod={written}"), mode(written).map(|mode| format!("--chmod={mode}")))
        } else {
            (String::new(), None)
        };
    match other {
        Some(other) => Mend::to_try(
            vec![spot.instruction(Rewrite::Word(word, other))],
            "who writes there must own it (chown)",
        ),
        None => Mend::Person("who is to write there is known to its author".into()),
    }
}
