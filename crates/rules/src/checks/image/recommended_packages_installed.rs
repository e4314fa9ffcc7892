use crate::checks::prelude::*;
use crate::dockerfile::{call, fault, final_stages, packages, runs, says};

check! {
    /// A build installs packages that nobody asked for.
    ///
    /// ## What it checks
    /// `apt-get install` without `--no-install-recommends`, in the stages that the image is made of, where no
    /// configuration of apt says the same.
    /// ## Why it matters
    /// Recommended packages are most often interpreters, mail servers, documentation: more to mend, and more to use for
    /// whoever breaks in.
    /// ## Fix
    /// `apt-get install -y --no-install-recommends …`, and name what is missing then.
    "recommended-packages-installed",
    layer: Layer::Image,
    gain: Gain::Knowledge,
    barrier: Barrier::SecondFault,
    confidence: Confidence::High,
    controls: &["minimal-image"],
    ids: &["nist:3.1.2", "nist:4.1.2", "cis-docker:4.3"],
    bad: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y curl
")]),
    ],
    good: &[
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends curl
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12
RUN echo 'APT::Install-Recommends \"false\";' > /etc/apt/apt.conf.d/99own && apt-get update && apt-get install -y curl
")]),
        Example::Tree(&[("Dockerfile", "
FROM debian:12 AS build
RUN apt-get update && apt-get install -y gcc
FROM debian:12
RUN apt-get update && apt-get -o APT::Install-Recommends=0 install -y curl && apk add curl
")]),
    ],
    mend: Some(mend),
}

fn check(see: &See, it: &Dockerfile) -> Judged {
    let mut found = Vec::new();
    for run in runs(see, &final_stages(see, it)?) {
        let open = run.commands().find(|command| {
            let named = packages(command).is_some_and(|(program, packages)| {
                matches!(program, "apt-get" | "apt") && !packages.is_empty()
            });
            named
                && !call(command).1.iter().any(|it| {
                    matches!(*it, "--no-install-recommends" | "--without-recommends")
                        || it.contains("Install-Recommends")
                })
        });
        found.extend(open.map(|command| fault(&command.at, "installs recommended packages as well")));
    }
    let configured = |command: &Command| {
        let mut texts = command.words.iter().chain(command.redirects.iter().map(|(_, text)| text));
        call(command).0 != "apt-get" && texts.any(|word| word.text.contains("Install-Recommends"))
    };
    if !found.is_empty() && says(see, it, configured)? {
        return pass();
    }
    faults(found)
}

fn mend(spot: &Spot) -> Mend {
    let word = Rewrite::Word("install".into(), "install --no-install-recommends".into());
    Mend::to_try(vec![spot.instruction(word)], "what it used of the recommended packages is to be named")
}
