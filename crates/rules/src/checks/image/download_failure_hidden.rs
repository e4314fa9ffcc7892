use crate::checks::prelude::*;
use crate::dockerfile::{call, downloads, fault, runs, stages};

check! {
    /// A build goes on when a download fails.
    ///
    /// ## What it checks
    /// RUN in which the output of `curl` or `wget` is piped into something that takes an empty input as well,
    /// in a shell without `pipefail`. What an interpreter reads is another check's.
    /// ## Why it matters
    /// Only the last part of a pipe counts: the download fails or breaks off, the step succeeds, and an image
    /// is released in which a part, a key or a configuration is missing.
    /// ## Fix
    /// `SHELL ["/bin/bash", "-o", "pipefail", "-c"]` before it, `set -o pipefail` in the RUN, or a file in
    /// between: `curl -fsSLo a …`.
    "download-failure-hidden",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::Foothold,
    confidence: Confidence::Medium,
    controls: &["lint-scripts"],
    ids: &["nist:3.1.2"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN curl -fsSL https://example.com/a.txt | tee /etc/a.txt
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]
RUN curl -fsSL https://example.com/a.txt | tee /etc/a.txt
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN set -o pipefail; curl -fsSL https://example.com/a | sort > /a
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN curl -fsSL https://example.com/a.tgz | tar xz
")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for run in runs(see, &stages(see, it)?) {
        let set = run.commands().any(|command| {
            let (program, arguments) = call(command);
            program == "set" && arguments.iter().any(|argument| argument.contains("pipefail"))
        });
        if run.script.pipefail || set || !run.script.shell.ends_with("sh") {
            continue;
        }
        for pipe in run.pipes.iter().filter(|pipe| !pipe.condition) {
            if let [first, .., last] = pipe.commands.as_slice()
                && downloads(first)
                && matches!(
                    call(last).0,
                    "tee" | "sort" | "sed" | "cat" | "tr" | "cut" | "head" | "tail" | "base64" | "awk"
                )
                && pipe
                    .commands
                    .iter()
                    .any(|command| !command.redirects.is_empty() || call(command).0 == "tee")
            {
                found.push(fault(&pipe.at, "goes on when the download fails: the shell has no pipefail"));
            }
        }
    }
    faults(found)
}

fn mend(spot: &Spot) -> Mend {
    let shell = "SHELL [\"/bin/bash\", \"-o\", \"pipefail\", \"-c\"]";
    Mend::to_try(
        vec![spot.instruction(Rewrite::Before(shell.into()))],
        "bash must be in the image by then; all RUNs from there on use it",
    )
}
